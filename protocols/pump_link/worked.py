"""The worked frames of the reference document, one small conversation."""

from dataclasses import dataclass
from typing import Final

from protocols.pump_link.codec import frame_of
from protocols.pump_link.fields import ScheduleStep
from protocols.pump_link.frame import VERSION, Frame
from protocols.pump_link.messages import Message
from protocols.pump_link.replies import (
    AlarmNotice,
    Committed,
    Identity,
    LogEntry,
    LogPage,
    Nak,
    ProgramStaged,
    RefillStaged,
    ScheduleDayStaged,
    SessionOpened,
    Status,
    Stopped,
)
from protocols.pump_link.requests import (
    AlarmReceived,
    Commit,
    GetIdentity,
    GetLog,
    GetStatus,
    OpenSession,
    Stop,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    Feature,
    FieldId,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
)

_SERIAL: Final = 1_000_042
_CONTINUOUS, _STOPPED = PumpMode.CONTINUOUS, PumpMode.STOPPED
_MONDAY = (ScheduleStep(0, 12_500), ScheduleStep(390, 25_000))


@dataclass(frozen=True, slots=True)
class WorkedFrame:
    """One example: what it shows, its message and its frame."""

    title: str
    message: Message
    frame: Frame


def _work(title: str, sequence: int, message: Message) -> WorkedFrame:
    return WorkedFrame(title, message, frame_of(message, sequence, _SERIAL))


WORKED_FRAMES: Final = (
    _work("The host opens a session", 0, OpenSession(0xC0FFEE01)),
    _work("The pump confirms it", 0, SessionOpened(1_500, 0xC0FFEE01)),
    _work("The host asks who the pump is", 1, GetIdentity()),
    _work(
        "A 20 mL pump answers",
        1,
        Identity(
            uptime_ms=1_750,
            model="REFERENCE ITB",
            firmware="1.4.2",
            serial=_SERIAL,
            protocol_version=VERSION,
            capacity_nl=20_000_000,
            min_rate_nl_per_h=2_000,
            max_rate_nl_per_h=1_000_000,
            features=(Feature.BOLUS | Feature.REFILL | Feature.LOG | Feature.SCHEDULE),
        ),
    ),
    _work(
        "The host stages 12.5 µL/h, 0.3 mL a day",
        2,
        WriteProgram(_CONTINUOUS, 12_500, 0, 0),
    ),
    _work(
        "The pump repeats what it understood",
        2,
        ProgramStaged(2_000, 0x5EED0001, _CONTINUOUS, 12_500, 0, 0),
    ),
    _work("The host commits", 3, Commit(0x5EED0001)),
    _work(
        "The pump infuses",
        3,
        Committed(2_250, _CONTINUOUS, PumpState.DELIVERING, 12_500),
    ),
    _work("The host asks for the status", 4, GetStatus()),
    _work(
        "One hour later by the pump's count, with a low reservoir",
        4,
        Status(
            uptime_ms=3_602_250,
            mode=_CONTINUOUS,
            state=PumpState.DELIVERING,
            rate_nl_per_h=12_500,
            delivered_nl=5_000_012_500,
            reservoir_nl=1_987_500,
            alarms=AlarmFlag.LOW_RESERVOIR,
            battery_mv=2_950,
        ),
    ),
    _work(
        "Unasked: the alarm; 7 is the pump's own sequence number",
        7,
        AlarmNotice(
            3_600_000,
            AlarmFlag.LOW_RESERVOIR,
            AlarmFlag.LOW_RESERVOIR,
            AlarmFlag(0),
        ),
    ),
    _work("The host has it", 7, AlarmReceived(7)),
    _work(
        "The host stages a bolus that is too fast",
        5,
        WriteProgram(PumpMode.BOLUS, 12_500, 50_000, 60),
    ),
    _work(
        "The pump refuses: 50 µL take 180 to 90000 s",
        5,
        Nak(
            uptime_ms=3_603_000,
            request=0x04,
            code=NakCode.OUT_OF_RANGE,
            field=FieldId.BOLUS_DURATION_S,
            minimum=180,
            maximum=90_000,
        ),
    ),
    _work(
        "The host stages a refill of 18 mL",
        6,
        WriteRefill(18_000_000, 2_000_000, 180, 180),
    ),
    _work(
        "The pump repeats what it understood",
        6,
        RefillStaged(3_604_000, 0x5EED0002, 18_000_000, 2_000_000, 180, 180),
    ),
    _work(
        "The host stages the Monday of a schedule: 12.5 µL/h, from 06:30 on 25 µL/h",
        7,
        WriteScheduleDay(0, _MONDAY),
    ),
    _work(
        "The pump repeats what it understood and waits for Tuesday",
        7,
        ScheduleDayStaged(3_605_000, 0x5EED0003, 0, _MONDAY),
    ),
    _work("A day and 65528 requests later the host stops the pump", 65_535, Stop()),
    _work(
        "The pump has stopped",
        65_535,
        Stopped(90_000_000, _STOPPED, PumpState.STOPPED, 0),
    ),
    _work("The sequence wraps; the host asks for the log", 0, GetLog(40)),
    _work(
        "The pump has two entries from there",
        0,
        LogPage(
            uptime_ms=90_000_500,
            total=42,
            first=40,
            entries=(
                LogEntry(40, 800_000_000, 2_250, LogEvent.PROGRAM_COMMITTED, 12_500),
                LogEntry(41, 800_089_997, 90_000_000, LogEvent.STOPPED, 0),
            ),
        ),
    ),
)
"""The conversation of the reference document."""
