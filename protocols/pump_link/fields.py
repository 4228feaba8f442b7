"""How a field of a message is declared: its Construct type, unit, range and meaning.

A message is a frozen dataclass whose annotations carry a `Field`. The Construct type in
it is the specification of the bytes; codec and reference document both follow from it.
"""

from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from construct import Construct, Int8ub, Int16ub, Int32ub, Int64ub

from protocols.pump_link.vocabulary import AlarmFlag, PumpMode, PumpState


@dataclass(frozen=True, slots=True)
class Field:
    """One field on the wire.

    Attributes:
        wire: Construct type: a big-endian integer or `Bytes(n)` for ASCII text padded
            with NUL.
        meaning: what the value says, for the reference document.
        unit: unit of one count, empty for numbers without one.
        minimum: least value that may be sent.
        maximum: greatest value that may be sent; None for all the wire type can carry.
    """

    wire: Construct
    meaning: str
    unit: str = ""
    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A counted list of equal rows: one byte with the count, then the rows.

    Attributes:
        row: the dataclass of one row, itself declared with `Field`.
        meaning: what the list holds.
        maximum: greatest number of rows.
    """

    row: type
    meaning: str
    maximum: int


UptimeMs: TypeAlias = Annotated[
    int, Field(Int32ub, "time since the pump started; wraps to 0 after 2^32 ms", "ms")
]
RateNlPerH: TypeAlias = Annotated[
    int, Field(Int32ub, "programmed background rate", "nL/h")
]
BolusNl: TypeAlias = Annotated[
    int, Field(Int32ub, "volume of the bolus; 0 where the mode has none", "nL")
]
BolusDurationS: TypeAlias = Annotated[
    int, Field(Int32ub, "duration of the bolus; 0 where the mode has none", "s")
]
PeriodS: TypeAlias = Annotated[
    int, Field(Int32ub, "from the start of one bolus to the start of the next", "s")
]
CatheterNl: TypeAlias = Annotated[int, Field(Int32ub, "volume of the catheter", "nL")]
BridgeRateNlPerH: TypeAlias = Annotated[
    int, Field(Int32ub, "rate at which the old drug is cleared", "nL/h")
]
Allotted: TypeAlias = Annotated[
    int, Field(Int8ub, "patient boluses in any 24 h; 0 allows none")
]
LockoutS: TypeAlias = Annotated[
    int, Field(Int32ub, "least time between the starts of two patient boluses", "s")
]
ConcentrationNgPerMl: TypeAlias = Annotated[
    int, Field(Int32ub, "concentration of the drug; 0 = not entered", "ng/mL")
]
Day: TypeAlias = Annotated[int, Field(Int8ub, "day of the week, 0 = Monday", "", 0, 6)]
Token: TypeAlias = Annotated[
    int, Field(Int32ub, "names one staged programming, never twice the same in a row")
]
VolumeNl: TypeAlias = Annotated[
    int, Field(Int32ub, "counted volume in the reservoir", "nL")
]
LowThresholdNl: TypeAlias = Annotated[
    int, Field(Int32ub, "LOW_RESERVOIR is raised at or below this volume", "nL")
]
StabilityDays: TypeAlias = Annotated[
    int, Field(Int16ub, "the drug is stable for so long after the refill", "d", 1)
]
LabelMaxDays: TypeAlias = Annotated[
    int, Field(Int16ub, "longest refill interval by the label", "d", 1)
]
ClockS: TypeAlias = Annotated[
    int, Field(Int32ub, "pump clock, seconds since 2000-01-01 00:00 UTC", "s")
]
ModeField: TypeAlias = Annotated[PumpMode, Field(Int8ub, "programmed mode")]
StateField: TypeAlias = Annotated[PumpState, Field(Int8ub, "observed state")]
ActiveFlags: TypeAlias = Annotated[
    AlarmFlag, Field(Int32ub, "alarms that are active, acknowledged or not")
]
CriticalIntervalS: TypeAlias = Annotated[
    int, Field(Int16ub, "time between two tones of a critical alarm", "s", 1)
]
NoncriticalIntervalS: TypeAlias = Annotated[
    int, Field(Int16ub, "time between two tones of any other alarm", "s", 1)
]
SCHEDULE_STEPS_MAX: Final = 13
"""Most steps of one day."""


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """From a minute of the day on, a rate; a row of a day schedule."""

    minute: Annotated[
        int, Field(Int16ub, "minute of the day by the pump clock", "min", 0, 1439)
    ]
    rate_nl_per_h: RateNlPerH


Steps: TypeAlias = Annotated[
    tuple[ScheduleStep, ...],
    Rows(
        ScheduleStep,
        "the day's steps in rising minute, the first at 0",
        SCHEDULE_STEPS_MAX,
    ),
]
DeliveredNl: TypeAlias = Annotated[
    int,
    Field(Int64ub, "volume delivered since manufacture, by the pump's count", "nL"),
]
