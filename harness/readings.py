"""What instruments report, as integers: made thousands of times, so no Pint in here.

A case asks for a quantity when it needs one, from
:mod:`harness.metrology.measurement`. Every reading carries the bench time of its last
byte, which is the time on which decisions are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag, auto

from harness.errors import LinkViolation


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an instrument says it is. The strings are untrusted."""

    model: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class WeightReading:
    """One weight as the balance showed it."""

    t_ns: int
    mass_ng: int
    stable: bool


@dataclass(frozen=True, slots=True)
class BalanceSettings:
    """What a balance does by itself; None where it cannot tell.

    Attributes:
        autozero: it takes slow changes of the load near zero for drift, and hides them.
        adjusts_itself: it adjusts its span by an inner weight when it sees fit.
    """

    autozero: bool | None
    adjusts_itself: bool | None


@dataclass(frozen=True, slots=True)
class AmbientReading:
    """Air and liquid beside the balance, as the sensor showed them, uncorrected."""

    t_ns: int
    air_mk: int
    liquid_mk: int
    pressure_pa: int
    humidity_ppm: int


@dataclass(frozen=True, slots=True)
class PressureReading:
    """One pressure as a gauge showed it, against the atmosphere."""

    t_ns: int
    pressure_pa: int


@dataclass(frozen=True, slots=True)
class ChargeReading:
    """What a meter has counted of the charge drawn from a supply; it only counts on."""

    t_ns: int
    charge_nah: int


@dataclass(frozen=True, slots=True)
class Sound:
    """One burst of tones that the alarm listener heard.

    Attributes:
        t_ns: bench time at which it began.
        u_ns: half-width of the interval in which that time surely lies.
        duration_ms: from the first tone to the end of the last.
        tones_hz: its one or two frequencies, rising; alternating or at once.
        level_db: against full scale.
    """

    t_ns: int
    u_ns: int
    duration_ms: int
    tones_hz: tuple[int, ...]
    level_db: float


class PumpMode(Enum):
    """What the pump was told to do."""

    STOPPED = "stopped"
    CONTINUOUS = "continuous"
    BOLUS = "bolus"
    SCHEDULE = "schedule"
    PERIODIC = "periodic"
    MINIMUM = "minimum"
    PRIMING = "priming"
    BRIDGE = "bridge"


class PumpState(Enum):
    """What the pump says it is doing."""

    STOPPED = "stopped"
    DELIVERING = "delivering"
    STALLED = "stalled"
    EMPTY = "empty"
    OCCLUDED = "occluded"
    ENDED = "ended"


class BolusDecision(Enum):
    """How the pump answers the patient's wish for a bolus."""

    GRANTED = "granted"
    LOCKED_OUT = "locked out"
    ALLOTMENT_USED = "allotment used"
    NOT_ALLOWED = "not allowed"
    ALARM = "alarm"


class Alarm(Flag):
    """Alarm conditions of a pump."""

    NONE = 0
    LOW_RESERVOIR = auto()
    EMPTY_RESERVOIR = auto()
    MOTOR_STALL = auto()
    STOPPED_TOO_LONG = auto()
    LOW_BATTERY = auto()
    MEMORY_ERROR = auto()
    RESET = auto()
    REFILL_OVERDUE = auto()
    END_OF_SERVICE = auto()
    OCCLUSION = auto()
    REPLACEMENT_DUE = auto()
    MEMORY_CORRECTED = auto()
    TUBE_LIFE = auto()
    FILL_MISMATCH = auto()
    UNRECOGNISED = auto()


@dataclass(frozen=True, slots=True)
class PumpReading:
    """One status report of the pump: its claims, never the measurement.

    ``delivered_nl`` only ever counts on; ``reservoir_nl`` is the pump's bookkeeping;
    ``uptime_ms`` wraps at 2^32. What a pump does not tell is None.
    """

    t_ns: int
    uptime_ms: int | None
    mode: PumpMode
    state: PumpState
    rate_nl_per_h: int
    delivered_nl: int
    reservoir_nl: int | None
    alarms: Alarm
    battery_mv: int | None

    @property
    def told_uptime_ms(self) -> int:
        """The uptime, from a pump that must tell it.

        Raises:
            LinkViolation: it does not.
        """
        return _told(self.uptime_ms, "uptime")

    @property
    def told_reservoir_nl(self) -> int:
        """The bookkeeping of the reservoir, from a pump that must tell it.

        Raises:
            LinkViolation: it does not.
        """
        return _told(self.reservoir_nl, "reservoir's content")


def _told(value: int | None, what: str) -> int:
    if value is None:
        raise LinkViolation(
            f"the pump does not tell its {what}, which this procedure needs; declare"
            " the feature absent in the profile"
        )
    return value


@dataclass(frozen=True, slots=True)
class ReservoirReading:
    """The pump's bookkeeping; times are seconds of its own clock, 0 is never."""

    t_ns: int
    volume_nl: int
    capacity_nl: int
    low_threshold_nl: int
    low_clock_s: int
    refill_by_clock_s: int


@dataclass(frozen=True, slots=True)
class AlarmReading:
    """Alarm conditions that hold, and those that nobody has acknowledged."""

    t_ns: int
    active: Alarm
    unacknowledged: Alarm


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """An alarm message that the pump sent unasked.

    ``t_ns`` is when it arrived, and ``late_ns`` how long it was under way at most.
    """

    t_ns: int
    uptime_ms: int
    raised: Alarm
    cleared: Alarm
    active: Alarm
    late_ns: int = 0


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the pump's event log, in the pump's own clock.

    ``alarms`` are those that an entry about alarms names.
    """

    index: int
    clock_s: int
    uptime_ms: int
    event: str
    detail: int
    alarms: Alarm = Alarm.NONE


@dataclass(frozen=True, slots=True)
class PatientBolusReading:
    """The pump's answer to the patient's wish; counts are of the last 24 h."""

    t_ns: int
    decision: BolusDecision
    given: int
    lockout_s: int


@dataclass(frozen=True, slots=True)
class DrugReading:
    """What the pump believes about the drug, and the daily dose that follows."""

    t_ns: int
    concentration_ng_per_ml: int
    daily_dose_ng: int


@dataclass(frozen=True, slots=True)
class ServiceReading:
    """Wear and supply, by the pump's own bookkeeping; dates in its own clock, s."""

    t_ns: int
    battery_mv: int
    replacement_clock_s: int
    end_clock_s: int
    tube_used_nl: int
    tube_life_nl: int


@dataclass(frozen=True, slots=True)
class ProgramReading:
    """The programme in force, as the pump reads it back."""

    t_ns: int
    mode: PumpMode
    rate_nl_per_h: int
    bolus_nl: int
    bolus_duration_s: int
    period_s: int
    start_clock_s: int
