"""What instruments report, as integers: made thousands of times, so no Pint in here.

A case asks for a quantity when it needs one (see :mod:`harness.measurement`). Every
reading carries the bench time of its last byte, which is the time on which decisions
are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag, auto


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


class PumpMode(Enum):
    """What the pump was told to do."""

    STOPPED = "stopped"
    CONTINUOUS = "continuous"
    BOLUS = "bolus"


class PumpState(Enum):
    """What the pump says it is doing."""

    STOPPED = "stopped"
    DELIVERING = "delivering"
    STALLED = "stalled"
    EMPTY = "empty"


class Alarm(Flag):
    """Alarm conditions of an implanted pump."""

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
    UNRECOGNISED = auto()


@dataclass(frozen=True, slots=True)
class PumpReading:
    """One status report of the pump: its claims, never the measurement.

    ``delivered_nl`` counts since manufacture; ``reservoir_nl`` is the pump's
    bookkeeping; ``uptime_ms`` wraps at 2^32.
    """

    t_ns: int
    uptime_ms: int
    mode: PumpMode
    state: PumpState
    rate_nl_per_h: int
    delivered_nl: int
    reservoir_nl: int
    alarms: Alarm
    battery_mv: int


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
    """An alarm message that the pump sent unasked; ``t_ns`` is when it arrived."""

    t_ns: int
    uptime_ms: int
    raised: Alarm
    cleared: Alarm
    active: Alarm


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the pump's event log, in the pump's own clock."""

    index: int
    clock_s: int
    uptime_ms: int
    event: str
    detail: int
