"""Everything the pump says. The counts in it are claims, not measurements."""

from dataclasses import dataclass
from typing import Annotated, Final

from construct import Bytes, Int8ub, Int16ub, Int32ub, Int64ub

from protocols.pump_link.fields import (
    ActiveFlags,
    Allotted,
    BolusDurationS,
    BolusNl,
    BridgeRateNlPerH,
    CatheterNl,
    ClockS,
    ConcentrationNgPerMl,
    CriticalIntervalS,
    Day,
    DeliveredNl,
    Field,
    LabelMaxDays,
    LockoutS,
    LowThresholdNl,
    ModeField,
    NoncriticalIntervalS,
    PeriodS,
    RateNlPerH,
    Rows,
    StabilityDays,
    StateField,
    Steps,
    Token,
    UptimeMs,
    VolumeNl,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    BolusDecision,
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
class Staged(PumpMessage):
    """The fields of the request as the pump understood them, under their own names."""

    token: Token


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
class ProgramStaged(Staged):
    """The program as the pump understood it; nothing has changed yet."""

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
class RefillStaged(Staged):
    """The refill as the pump understood it; nothing has changed yet."""

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
class ScheduleDayStaged(Staged):
    """The day as the pump understood it; nothing has changed yet."""

    day: Day
    steps: Steps


@dataclass(frozen=True, slots=True)
class PeriodicStaged(Staged):
    """The program as the pump understood it; nothing has changed yet."""

    rate_nl_per_h: RateNlPerH
    bolus_nl: BolusNl
    bolus_duration_s: BolusDurationS
    period_s: PeriodS


@dataclass(frozen=True, slots=True)
class PatientBolusStaged(Staged):
    """What a patient may ask for, as the pump understood it; nothing has changed."""

    bolus_nl: BolusNl
    bolus_duration_s: BolusDurationS
    allotted: Allotted
    lockout_s: LockoutS


@dataclass(frozen=True, slots=True)
class PatientBolusAnswer(PumpMessage):
    """What became of a patient's wish."""

    decision: Annotated[BolusDecision, Field(Int8ub, "granted, or why not")]
    given: Annotated[
        int, Field(Int8ub, "boluses begun in the last 24 h, this one included")
    ]
    lockout_s: Annotated[int, Field(Int32ub, "until the next may be granted", "s")]


@dataclass(frozen=True, slots=True)
class PrimingStaged(Staged):
    """The priming as the pump understood it; nothing has changed yet."""

    prime_nl: Annotated[int, Field(Int32ub, "volume of tubing and catheter", "nL")]
    catheter_nl: CatheterNl
    bolus_duration_s: BolusDurationS
    rate_nl_per_h: RateNlPerH


@dataclass(frozen=True, slots=True)
class BridgeStaged(Staged):
    """The bridge as the pump understood it; nothing has changed yet."""

    bridge_nl: Annotated[int, Field(Int32ub, "volume of tubing and catheter", "nL")]
    catheter_nl: CatheterNl
    bridge_rate_nl_per_h: BridgeRateNlPerH
    rate_nl_per_h: RateNlPerH


@dataclass(frozen=True, slots=True)
class CommitPending(PumpMessage):
    """The staged program will come into force; a Stop forgets it."""

    clock_s: ClockS


@dataclass(frozen=True, slots=True)
class Program(PumpMessage):
    """The program in force, also while a patient bolus runs.

    BOLUS, PRIMING and BRIDGE tell bolus_nl and bolus_duration_s of what runs, BRIDGE
    the duration rounded up, and rate_nl_per_h of what follows. SCHEDULE tells the rate
    of the step in force, MINIMUM the pump's least rate. Other fields are 0.
    """

    mode: ModeField
    rate_nl_per_h: RateNlPerH
    bolus_nl: BolusNl
    bolus_duration_s: BolusDurationS
    period_s: PeriodS
    start_clock_s: Annotated[
        int, Field(Int32ub, "when a pending program will start; 0 = none", "s")
    ]


@dataclass(frozen=True, slots=True)
class ScheduleDay(PumpMessage):
    """One day of the schedule in force."""

    day: Day
    steps: Steps


@dataclass(frozen=True, slots=True)
class DrugStaged(Staged):
    """The concentration as the pump understood it; nothing has changed yet."""

    concentration_ng_per_ml: ConcentrationNgPerMl


@dataclass(frozen=True, slots=True)
class Drug(PumpMessage):
    """The drug, and what the program in force gives of it in 24 h.

    SCHEDULE counts the present day's steps, PERIODIC the rate and its boluses; any
    other bolus, priming, bridge and a pending program are not counted.
    """

    concentration_ng_per_ml: ConcentrationNgPerMl
    daily_dose_ng: Annotated[
        int, Field(Int64ub, "programmed volume of 24 h * concentration", "ng")
    ]


@dataclass(frozen=True, slots=True)
class Service(PumpMessage):
    """Wear and supply."""

    battery_mv: Annotated[int, Field(Int16ub, "battery voltage", "mV")]
    replacement_clock_s: Annotated[
        int, Field(Int32ub, "pump clock when REPLACEMENT_DUE was raised; 0 = not", "s")
    ]
    end_clock_s: Annotated[
        int, Field(Int32ub, "pump clock of the end of service; 0 = unknown", "s")
    ]
    tube_used_nl: Annotated[int, Field(Int64ub, "volume that the tube has moved", "nL")]
    tube_life_nl: Annotated[int, Field(Int64ub, "TUBE_LIFE is raised there", "nL")]


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
