"""Everything the host says, each request naming the type of its reply."""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from construct import Int16ub, Int32ub

from protocols.pump_link.fields import (
    Allotted,
    BolusDurationS,
    BolusNl,
    BridgeRateNlPerH,
    CatheterNl,
    ClockS,
    ConcentrationNgPerMl,
    CriticalIntervalS,
    Day,
    Field,
    LabelMaxDays,
    LockoutS,
    LowThresholdNl,
    ModeField,
    NoncriticalIntervalS,
    PeriodS,
    RateNlPerH,
    StabilityDays,
    Steps,
    Token,
    VolumeNl,
)
from protocols.pump_link.replies import (
    AlarmIntervalsSet,
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
from protocols.pump_link.vocabulary import AlarmFlag

R_co = TypeVar("R_co", bound=PumpMessage, covariant=True)


@dataclass(frozen=True, slots=True)
class HostMessage:
    """Anything the host says."""


@dataclass(frozen=True, slots=True)
class Request(HostMessage, Generic[R_co]):
    """A host message that the pump answers with a reply of type `R_co` or a `Nak`."""


@dataclass(frozen=True, slots=True)
class OpenSession(Request[SessionOpened]):
    """Begin a session; every other request needs one."""

    session_id: Annotated[int, Field(Int32ub, "chosen by the host, new each time")]


@dataclass(frozen=True, slots=True)
class GetIdentity(Request[Identity]):
    """Ask who the pump is."""


@dataclass(frozen=True, slots=True)
class GetStatus(Request[Status]):
    """Ask what the pump does."""


@dataclass(frozen=True, slots=True)
class WriteProgram(Request[ProgramStaged]):
    """Stage an infusion program, CONTINUOUS, BOLUS or MINIMUM, for a later Commit.

    For MINIMUM all other fields are 0.
    """

    mode: ModeField
    rate_nl_per_h: RateNlPerH
    bolus_nl: BolusNl
    bolus_duration_s: BolusDurationS


@dataclass(frozen=True, slots=True)
class Commit(Request[Committed]):
    """Put the staged programming into force."""

    token: Token


@dataclass(frozen=True, slots=True)
class Stop(Request[Stopped]):
    """Stop all delivery at once, without a Commit; harmless when already stopped."""


@dataclass(frozen=True, slots=True)
class GetReservoir(Request[Reservoir]):
    """Ask for the reservoir bookkeeping."""


@dataclass(frozen=True, slots=True)
class WriteRefill(Request[RefillStaged]):
    """Stage the record of a refill for a later Commit."""

    volume_nl: VolumeNl
    low_threshold_nl: LowThresholdNl
    stability_days: StabilityDays
    label_max_days: LabelMaxDays


@dataclass(frozen=True, slots=True)
class GetAlarms(Request[Alarms]):
    """Ask for the alarms."""


@dataclass(frozen=True, slots=True)
class AckAlarms(Request[AlarmsAcknowledged]):
    """Silence alarms; each flag stays active while its cause lasts."""

    flags: Annotated[AlarmFlag, Field(Int32ub, "alarms to acknowledge")]


@dataclass(frozen=True, slots=True)
class ClearAlarms(Request[AlarmsCleared]):
    """Clear alarms whose cause is gone; all of them or none."""

    flags: Annotated[AlarmFlag, Field(Int32ub, "alarms to clear")]


@dataclass(frozen=True, slots=True)
class SetAlarmIntervals(Request[AlarmIntervalsSet]):
    """Set the tone intervals; the pump refuses values outside its own limits."""

    critical_interval_s: CriticalIntervalS
    noncritical_interval_s: NoncriticalIntervalS


@dataclass(frozen=True, slots=True)
class GetLog(Request[LogPage]):
    """Ask for log entries from an index; older than kept gives the oldest kept."""

    first: Annotated[int, Field(Int32ub, "index of the first entry wanted")]


@dataclass(frozen=True, slots=True)
class GetClock(Request[Clock]):
    """Ask for the pump clock."""


@dataclass(frozen=True, slots=True)
class SetClock(Request[ClockSet]):
    """Set the pump clock; uptime is not touched."""

    clock_s: ClockS


@dataclass(frozen=True, slots=True)
class SelfTest(Request[SelfTestResult]):
    """Run the self test; delivery goes on."""


@dataclass(frozen=True, slots=True)
class WriteScheduleDay(Request[ScheduleDayStaged]):
    """Stage one day of a schedule, Monday first; Sunday's token commits the week."""

    day: Day
    steps: Steps


@dataclass(frozen=True, slots=True)
class WritePeriodic(Request[PeriodicStaged]):
    """Stage a rate with equal boluses in equal periods, the first one at once."""

    rate_nl_per_h: RateNlPerH
    bolus_nl: BolusNl
    bolus_duration_s: BolusDurationS
    period_s: PeriodS


@dataclass(frozen=True, slots=True)
class WritePatientBolus(Request[PatientBolusStaged]):
    """Stage what a patient may ask for; the program in force goes on."""

    bolus_nl: BolusNl
    bolus_duration_s: BolusDurationS
    allotted: Allotted
    lockout_s: LockoutS


@dataclass(frozen=True, slots=True)
class RequestPatientBolus(Request[PatientBolusAnswer]):
    """Ask for a bolus, as the patient does. There is nothing to commit."""


@dataclass(frozen=True, slots=True)
class WritePriming(Request[PrimingStaged]):
    """Stage the priming of tubing and catheter; the pump adds its tubing's volume."""

    catheter_nl: CatheterNl
    bolus_duration_s: BolusDurationS
    rate_nl_per_h: RateNlPerH


@dataclass(frozen=True, slots=True)
class WriteBridge(Request[BridgeStaged]):
    """Stage the clearing of an old drug; the pump adds its tubing's volume."""

    catheter_nl: CatheterNl
    bridge_rate_nl_per_h: BridgeRateNlPerH
    rate_nl_per_h: RateNlPerH


@dataclass(frozen=True, slots=True)
class CommitAt(Request[CommitPending]):
    """Put the staged program into force later; until then nothing changes."""

    token: Token
    clock_s: ClockS


@dataclass(frozen=True, slots=True)
class GetProgram(Request[Program]):
    """Ask for the program in force."""


@dataclass(frozen=True, slots=True)
class GetScheduleDay(Request[ScheduleDay]):
    """Ask for one day of the schedule in force."""

    day: Day


@dataclass(frozen=True, slots=True)
class WriteDrug(Request[DrugStaged]):
    """Stage the concentration of the drug for a later Commit."""

    concentration_ng_per_ml: ConcentrationNgPerMl


@dataclass(frozen=True, slots=True)
class GetDrug(Request[Drug]):
    """Ask for the drug and the daily dose that follows."""


@dataclass(frozen=True, slots=True)
class GetService(Request[Service]):
    """Ask for wear and supply."""


@dataclass(frozen=True, slots=True)
class AlarmReceived(HostMessage):
    """The host has an AlarmNotice; the pump stops repeating it and does not answer."""

    sequence: Annotated[int, Field(Int16ub, "sequence of the frame with the notice")]
