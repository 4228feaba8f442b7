"""The one table of messages.

To add an exchange, declare the request and the reply and add one line to `EXCHANGES`;
codec, sessions and reference document follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from protocols.pump_link.replies import (
    AlarmIntervalsSet,
    AlarmNotice,
    Alarms,
    AlarmsAcknowledged,
    AlarmsCleared,
    BridgeStaged,
    Clock,
    ClockSet,
    CommitPending,
    Committed,
    Drug,
    DrugStaged,
    Identity,
    LogPage,
    Nak,
    PatientBolusAnswer,
    PatientBolusStaged,
    PeriodicStaged,
    PrimingStaged,
    Program,
    ProgramStaged,
    PumpMessage,
    RefillStaged,
    Reservoir,
    ScheduleDay,
    ScheduleDayStaged,
    SelfTestResult,
    Service,
    SessionOpened,
    Status,
    Stopped,
)
from protocols.pump_link.requests import (
    AckAlarms,
    AlarmReceived,
    ClearAlarms,
    Commit,
    CommitAt,
    GetAlarms,
    GetClock,
    GetDrug,
    GetIdentity,
    GetLog,
    GetProgram,
    GetReservoir,
    GetScheduleDay,
    GetService,
    GetStatus,
    HostMessage,
    OpenSession,
    Request,
    RequestPatientBolus,
    SelfTest,
    SetAlarmIntervals,
    SetClock,
    Stop,
    WriteBridge,
    WriteDrug,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)

Message = HostMessage | PumpMessage
"""Anything on the link."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request type and its reply.

    Attributes:
        code: type of the request on the wire; the reply's is `code | REPLY_BIT`.
        request: class of the request.
        reply: class of the reply.
    """

    code: int
    request: type[Request[PumpMessage]]
    reply: type[PumpMessage]


REPLY_BIT: Final = 0x80
"""Set in the type of a reply; the other bits are the request's."""

EXCHANGES: Final = (
    Exchange(0x01, OpenSession, SessionOpened),
    Exchange(0x02, GetIdentity, Identity),
    Exchange(0x03, GetStatus, Status),
    Exchange(0x04, WriteProgram, ProgramStaged),
    Exchange(0x05, Commit, Committed),
    Exchange(0x06, Stop, Stopped),
    Exchange(0x07, GetReservoir, Reservoir),
    Exchange(0x08, WriteRefill, RefillStaged),
    Exchange(0x09, GetAlarms, Alarms),
    Exchange(0x0A, AckAlarms, AlarmsAcknowledged),
    Exchange(0x0B, ClearAlarms, AlarmsCleared),
    Exchange(0x0C, SetAlarmIntervals, AlarmIntervalsSet),
    Exchange(0x0D, GetLog, LogPage),
    Exchange(0x0E, GetClock, Clock),
    Exchange(0x0F, SetClock, ClockSet),
    Exchange(0x10, SelfTest, SelfTestResult),
    Exchange(0x11, WriteScheduleDay, ScheduleDayStaged),
    Exchange(0x12, WritePeriodic, PeriodicStaged),
    Exchange(0x13, WritePatientBolus, PatientBolusStaged),
    Exchange(0x14, RequestPatientBolus, PatientBolusAnswer),
    Exchange(0x15, WritePriming, PrimingStaged),
    Exchange(0x16, WriteBridge, BridgeStaged),
    Exchange(0x17, CommitAt, CommitPending),
    Exchange(0x18, GetProgram, Program),
    Exchange(0x19, GetScheduleDay, ScheduleDay),
    Exchange(0x1A, WriteDrug, DrugStaged),
    Exchange(0x1B, GetDrug, Drug),
    Exchange(0x1C, GetService, Service),
)
"""The table: one line for each request that the pump answers."""

ALARM_NOTICE: Final = 0x40
"""Type of AlarmNotice, the one message that the pump sends without being asked."""

ALARM_RECEIVED: Final = 0x41
"""Type of AlarmReceived, the one host message without an answer."""

NAK: Final = 0xFF
"""Type of Nak, the other possible reply to every request."""


def _message_types() -> dict[int, type[Message]]:
    """Return the class of each type on the wire."""
    types: dict[int, type[Message]] = {
        ALARM_NOTICE: AlarmNotice,
        ALARM_RECEIVED: AlarmReceived,
        NAK: Nak,
    }
    for exchange in EXCHANGES:
        types[exchange.code] = exchange.request
        types[exchange.code | REPLY_BIT] = exchange.reply
    return types


MESSAGE_TYPES: Final[Mapping[int, type[Message]]] = MappingProxyType(_message_types())
"""Class of each message type on the wire."""
