"""What the pump refuses to be told, besides programs; nothing is clipped.

`pump_program_limits` has the ranges of programs.
"""

from typing import Final

from drivers.sim.contracts import PumpParameters
from drivers.sim.pump_defects import Defect
from protocols.pump_link.requests import (
    SetAlarmIntervals,
    SetClock,
    WriteDrug,
    WriteRefill,
)
from protocols.pump_link.vocabulary import FieldId, NakCode

DAYS: Final = (1, 3_650)
CONCENTRATION_NG_PER_ML: Final = (1_000, 4_000_000)
"""1 µg/mL to 4 mg/mL; the label of baclofen ends at 2 mg/mL [S]."""
CRITICAL_INTERVAL_S: Final = (60, 3_600)
NONCRITICAL_INTERVAL_S: Final = (600, 43_200)
MAX_U32: Final = 0xFFFF_FFFF
CLOCK_MAX_S: Final = MAX_U32 - 86_400 * DAYS[1]
"""Latest settable clock: a refill date ten years on still fits its 32 bits."""


class RequestRefusedError(Exception):
    """A request that the firmware refuses; nothing has changed.

    Attributes:
        code: the reason.
        field: the refused field.
        minimum: least value allowed, 0 without a range.
        maximum: greatest value allowed, 0 without a range.
    """

    def __init__(
        self,
        code: NakCode,
        field: FieldId = FieldId.NONE,
        minimum: int = 0,
        maximum: int = 0,
    ) -> None:
        """Keep what the refusal tells the host."""
        super().__init__(f"{code.name} {field.name} {minimum}..{maximum}")
        self.code = code
        self.field = field
        self.minimum = minimum
        self.maximum = maximum


def check_refill(refill: WriteRefill, parameters: PumpParameters) -> None:
    """Refuse a refill that the reservoir or the refill dates cannot hold.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    capacity_nl = parameters.capacity_nl
    if Defect.CAPACITY_UNLIMITED in parameters.defects:
        capacity_nl = MAX_U32
    if Defect.FULL_REFUSED in parameters.defects:
        capacity_nl = capacity_nl * 9 // 10
    check_range(FieldId.VOLUME_NL, refill.volume_nl, 0, capacity_nl)
    check_range(FieldId.LOW_THRESHOLD_NL, refill.low_threshold_nl, 0, capacity_nl)
    check_range(FieldId.STABILITY_DAYS, refill.stability_days, *DAYS)
    check_range(FieldId.LABEL_MAX_DAYS, refill.label_max_days, *DAYS)


def check_intervals(intervals: SetAlarmIntervals) -> None:
    """Refuse tone intervals outside the pump's ranges.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    critical_s = intervals.critical_interval_s
    noncritical_s = intervals.noncritical_interval_s
    check_range(FieldId.CRITICAL_INTERVAL_S, critical_s, *CRITICAL_INTERVAL_S)
    check_range(FieldId.NONCRITICAL_INTERVAL_S, noncritical_s, *NONCRITICAL_INTERVAL_S)


def check_drug(drug: WriteDrug, parameters: PumpParameters) -> None:
    """Refuse a concentration that no drug has.

    Raises:
        RequestRefusedError: naming the concentration and its range.
    """
    lowest, highest = CONCENTRATION_NG_PER_ML
    if Defect.CONCENTRATION_UNLIMITED in parameters.defects:
        lowest, highest = 0, MAX_U32
    given = drug.concentration_ng_per_ml
    check_range(FieldId.CONCENTRATION_NG_PER_ML, given, lowest, highest)


def check_clock(setting: SetClock) -> None:
    """Refuse a clock so late that refill dates would overflow.

    Raises:
        RequestRefusedError: naming the clock and its range.
    """
    check_range(FieldId.CLOCK_S, setting.clock_s, 0, CLOCK_MAX_S)


def check_range(field: FieldId, value: int, minimum: int, maximum: int) -> None:
    """Refuse a value outside a range.

    Raises:
        RequestRefusedError: OUT_OF_RANGE, naming field and range.
    """
    if not minimum <= value <= maximum:
        raise RequestRefusedError(NakCode.OUT_OF_RANGE, field, minimum, maximum)
