"""What the pump refuses to be told: every range in one place, nothing is clipped."""

from typing import Final

from drivers.sim.contracts import PumpParameters
from protocols.pump_link.requests import (
    SetAlarmIntervals,
    SetClock,
    WriteProgram,
    WriteRefill,
)
from protocols.pump_link.vocabulary import FieldId, NakCode, PumpMode

DAYS: Final = (1, 3_650)
CRITICAL_INTERVAL_S: Final = (60, 3_600)
NONCRITICAL_INTERVAL_S: Final = (600, 43_200)
CLOCK_MAX_S: Final = 0xFFFF_FFFF - 86_400 * DAYS[1]
"""Latest settable clock: a refill date ten years on still fits its 32 bits."""

_S_PER_H: Final = 3_600


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


def check_program(program: WriteProgram, parameters: PumpParameters) -> None:
    """Refuse a program that the pump cannot run.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    _check(FieldId.MODE, program.mode, PumpMode.CONTINUOUS, PumpMode.BOLUS)
    rates = (parameters.min_rate_nl_per_h, parameters.max_rate_nl_per_h)
    is_bolus = program.mode is PumpMode.BOLUS
    if program.rate_nl_per_h or not is_bolus:
        _check(FieldId.RATE_NL_PER_H, program.rate_nl_per_h, *rates)
    if is_bolus:
        least_nl = max(-(-rates[0] // _S_PER_H), 1)
        _check(FieldId.BOLUS_NL, program.bolus_nl, least_nl, parameters.capacity_nl)
        fastest_s = max(-(-program.bolus_nl * _S_PER_H // rates[1]), 1)
        slowest_s = program.bolus_nl * _S_PER_H // rates[0]
        duration_s = program.bolus_duration_s
        _check(FieldId.BOLUS_DURATION_S, duration_s, fastest_s, slowest_s)
    else:
        _check(FieldId.BOLUS_NL, program.bolus_nl, 0, 0)
        _check(FieldId.BOLUS_DURATION_S, program.bolus_duration_s, 0, 0)


def check_refill(refill: WriteRefill, parameters: PumpParameters) -> None:
    """Refuse a refill that the reservoir or the refill dates cannot hold.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    capacity_nl = parameters.capacity_nl
    _check(FieldId.VOLUME_NL, refill.volume_nl, 0, capacity_nl)
    _check(FieldId.LOW_THRESHOLD_NL, refill.low_threshold_nl, 0, capacity_nl)
    _check(FieldId.STABILITY_DAYS, refill.stability_days, *DAYS)
    _check(FieldId.LABEL_MAX_DAYS, refill.label_max_days, *DAYS)


def check_intervals(intervals: SetAlarmIntervals) -> None:
    """Refuse tone intervals outside the pump's ranges.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    critical_s = intervals.critical_interval_s
    noncritical_s = intervals.noncritical_interval_s
    _check(FieldId.CRITICAL_INTERVAL_S, critical_s, *CRITICAL_INTERVAL_S)
    _check(FieldId.NONCRITICAL_INTERVAL_S, noncritical_s, *NONCRITICAL_INTERVAL_S)


def check_clock(setting: SetClock) -> None:
    """Refuse a clock so late that refill dates would overflow.

    Raises:
        RequestRefusedError: naming the clock and its range.
    """
    _check(FieldId.CLOCK_S, setting.clock_s, 0, CLOCK_MAX_S)


def _check(field: FieldId, value: int, minimum: int, maximum: int) -> None:
    if not minimum <= value <= maximum:
        raise RequestRefusedError(NakCode.OUT_OF_RANGE, field, minimum, maximum)
