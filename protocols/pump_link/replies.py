"""Everything the pump says. The counts in it are claims, not measurements."""

from dataclasses import dataclass
from typing import Annotated, Final

from construct import Bytes, Int8ub, Int16ub, Int32ub

from protocols.pump_link.fields import (
    ActiveFlags,
    BolusDurationS,
    BolusNl,
    ClockS,
    CriticalIntervalS,
    DeliveredNl,
    Field,
    LabelMaxDays,
    LowThresholdNl,
    ModeField,
    NoncriticalIntervalS,
    RateNlPerH,
    Rows,
    StabilityDays,
    StateField,
    Token,
    UptimeMs,
    VolumeNl,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    Feature,
    FieldId,
    LogEvent,
    NakCode,
    SelfTestFault,
)

LOG_PAGE_MAX: Final = 8
"""Most entries in one LogPage."""


@dataclass(frozen=True, slots=True)
class PumpMessage:
    """Anything the pump says; it always begins with its uptime."""

    uptime_ms: UptimeMs


@dataclass(frozen=True, slots=True)
class SessionOpened(PumpMessage):
    """The session is open; staged programming and the stored answer are gone."""

    session_id: Annotated[int, Field(Int32ub, "echo")]


@dataclass(frozen=True, slots=True)
class Identity(PumpMessage):
    """Who the pump is and what it can do."""

    model: Annotated[str, Field(Bytes(16), "model name")]
    firmware: Annotated[str, Field(Bytes(12), "firmware version")]
    serial: Annotated[int, Field(Int32ub, "serial number, the link address", "", 1)]
    protocol_version: Annotated[int, Field(Int8ub, "version of this protocol")]
    capacity_nl: Annotated[int, Field(Int32ub, "reservoir capacity", "nL")]
    min_rate_nl_per_h: Annotated[int, Field(Int32ub, "least rate above 0", "nL/h")]
    max_rate_nl_per_h: Annotated[int, Field(Int32ub, "greatest rate", "nL/h")]
    features: Annotated[Feature, Field(Int32ub, "what the pump can do")]


@dataclass(frozen=True, slots=True)
class Status(PumpMessage):
    """What the pump does and has counted. The counts are claims, not measurements."""

    mode: ModeField
    state: StateField
    rate_nl_per_h: RateNlPerH
    delivered_nl: DeliveredNl
    reservoir_nl: VolumeNl
    alarms: ActiveFlags
    battery_mv: Annotated[int, Field(Int16ub, "battery voltage", "mV")]


@dataclass(frozen=True, slots=True)
class ProgramStaged(PumpMessage):
    """The program as the pump understood it; nothing has changed yet."""

    token: Token
    mode: ModeField
    rate_nl_per_h: RateNlPerH
    bolus_nl: BolusNl
    bolus_duration_s: BolusDurationS


@dataclass(frozen=True, slots=True)
class Committed(PumpMessage):
    """The staged programming is in force."""

    mode: ModeField
    state: StateField
    rate_nl_per_h: RateNlPerH


@dataclass(frozen=True, slots=True)
class Stopped(PumpMessage):
    """The pump has stopped."""

    mode: ModeField
    state: StateField
    rate_nl_per_h: RateNlPerH


@dataclass(frozen=True, slots=True)
class Reservoir(PumpMessage):
    """The reservoir by the pump's bookkeeping."""

    volume_nl: VolumeNl
    capacity_nl: Annotated[int, Field(Int32ub, "reservoir capacity", "nL")]
    low_threshold_nl: LowThresholdNl
    last_refill_clock_s: Annotated[
        int, Field(Int32ub, "pump clock at the last refill; 0 = never", "s")
    ]
    low_clock_s: Annotated[
        int,
        Field(
            Int32ub,
            "pump clock at which the count reaches the low threshold at the "
            "programmed rate; 0 = never",
            "s",
        ),
    ]
    refill_by_clock_s: Annotated[
        int,
        Field(
            Int32ub,
            "earliest of low_clock_s, end of drug stability and longest refill "
            "interval by the label; 0 = never refilled",
            "s",
        ),
    ]


@dataclass(frozen=True, slots=True)
class RefillStaged(PumpMessage):
    """The refill as the pump understood it; nothing has changed yet."""

    token: Token
    volume_nl: VolumeNl
    low_threshold_nl: LowThresholdNl
    stability_days: StabilityDays
    label_max_days: LabelMaxDays


@dataclass(frozen=True, slots=True)
class AlarmState(PumpMessage):
    """The alarms and their tone intervals, common to four replies."""

    active: ActiveFlags
    unacknowledged: Annotated[
        AlarmFlag, Field(Int32ub, "those of the active alarms that still sound")
    ]
    critical_interval_s: CriticalIntervalS
    noncritical_interval_s: NoncriticalIntervalS


@dataclass(frozen=True, slots=True)
class Alarms(AlarmState):
    """Answer to GetAlarms."""


@dataclass(frozen=True, slots=True)
class AlarmsAcknowledged(AlarmState):
    """Answer to AckAlarms."""


@dataclass(frozen=True, slots=True)
class AlarmsCleared(AlarmState):
    """Answer to ClearAlarms."""


@dataclass(frozen=True, slots=True)
class AlarmIntervalsSet(AlarmState):
    """Answer to SetAlarmIntervals."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event of the log; a row of LogPage."""

    index: Annotated[int, Field(Int32ub, "number of the entry since manufacture")]
    clock_s: ClockS
    uptime_ms: UptimeMs
    event: Annotated[LogEvent, Field(Int8ub, "what happened")]
    detail: Annotated[int, Field(Int32ub, "see LogEvent")]


@dataclass(frozen=True, slots=True)
class LogPage(PumpMessage):
    """Some consecutive log entries."""

    total: Annotated[int, Field(Int32ub, "entries written since manufacture")]
    first: Annotated[
        int, Field(Int32ub, "index asked for, or the oldest kept if that is later")
    ]
    entries: Annotated[
        tuple[LogEntry, ...],
        Rows(LogEntry, "entries in rising index", LOG_PAGE_MAX),
    ]


@dataclass(frozen=True, slots=True)
class Clock(PumpMessage):
    """The pump clock."""

    clock_s: ClockS


@dataclass(frozen=True, slots=True)
class ClockSet(PumpMessage):
    """The pump clock after it was set."""

    clock_s: ClockS


@dataclass(frozen=True, slots=True)
class SelfTestResult(PumpMessage):
    """What the self test found."""

    faults: Annotated[SelfTestFault, Field(Int32ub, "parts that failed; 0 = passed")]
    program_crc: Annotated[
        int,
        Field(Int32ub, "CRC-32 of the committed WRITE_PROGRAM payload; 0 = none"),
    ]


@dataclass(frozen=True, slots=True)
class AlarmNotice(PumpMessage):
    """Alarms changed; sent by the pump without being asked."""

    active: ActiveFlags
    raised: Annotated[AlarmFlag, Field(Int32ub, "alarms newly active")]
    cleared: Annotated[AlarmFlag, Field(Int32ub, "alarms no longer active")]


@dataclass(frozen=True, slots=True)
class Nak(PumpMessage):
    """The pump refuses a request, and tells why."""

    request: Annotated[int, Field(Int8ub, "type of the refused request")]
    code: Annotated[NakCode, Field(Int8ub, "reason")]
    field: Annotated[FieldId, Field(Int8ub, "refused field")]
    minimum: Annotated[int, Field(Int32ub, "least value allowed; 0 if no range")]
    maximum: Annotated[int, Field(Int32ub, "greatest value allowed; 0 if no range")]
