"""Whether a flow stands, lasts or is back, from single readings of the balance."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.balance_response import BalanceResponse
from harness.errors import MeasurementRefused
from harness.metrology.measurement import Measurement, bracketed
from harness.readings import WeightReading
from harness.units import NS_PER_S, Quantity, magnitude, ureg

# A flow that is held may still let this share of the programmed one pass.
_HELD_SHARE = 0.1
# A flow that is there is more than this share of the programmed one.
_FLOWING_SHARE = 0.5
_NG_PER_ML = 1e9
# A pause as long as one of so many parts of a time is seen in it.
_PARTS = 4


def is_held(
    readings: Sequence[WeightReading], start_ns: int, end_ns: int, rate: Quantity
) -> bool:
    """Tell by weight whether the flow stood still in the second half of a time."""
    share = _late_share(readings, start_ns, end_ns, rate)
    return share is not None and abs(share) < _HELD_SHARE


def is_flowing(
    readings: Sequence[WeightReading], start_ns: int, end_ns: int, rate: Quantity
) -> bool:
    """Tell by weight whether the pump delivered in the second half of a time."""
    share = _late_share(readings, start_ns, end_ns, rate)
    return share is not None and share > _FLOWING_SHARE


def is_lasting(
    readings: Sequence[WeightReading], start_ns: int, end_ns: int, rate: Quantity
) -> bool:
    """Tell by weight whether the flow lasted through the second half of a time."""
    middle_ns = (start_ns + end_ns) // 2
    part_ns = (end_ns - middle_ns) // _PARTS
    shares = [
        _share(readings, middle_ns + n * part_ns, middle_ns + (n + 1) * part_ns, rate)
        for n in range(_PARTS)
    ]
    return all(share is not None and share > _FLOWING_SHARE for share in shares)


def flow_is_back(
    readings: Sequence[WeightReading],
    freed: tuple[int, int],
    visible_ng: float,
    response: BalanceResponse,
) -> Measurement | None:
    """Bracket the time from the release to the first visible gain of mass.

    What a reading shows may have come earlier by the balance's response.

    Raises:
        MeasurementRefused: no reading before the release says from which level.
    """
    still = [r.mass_ng for r in readings if r.t_ns <= freed[0]][-10:]
    if not still:
        raise MeasurementRefused(
            "balance: no reading before the pump was free to run; read more often"
        )
    level_ng = sum(still) / len(still)
    previous_ns = freed[1]
    for reading in (r for r in readings if r.t_ns > freed[1]):
        if reading.mass_ng - level_ng > visible_ng:
            return bracketed(
                _minutes(max(0, previous_ns - response.longest_ns - freed[1])),
                _minutes(reading.t_ns - freed[0]),
                "balance",
                freed[0],
                reading.t_ns,
            )
        previous_ns = reading.t_ns
    return None


def _late_share(
    readings: Sequence[WeightReading], start_ns: int, end_ns: int, rate: Quantity
) -> float | None:
    """Flow in the second half of an interval, by weight, as a share of ``rate``."""
    return _share(readings, (start_ns + end_ns) // 2, end_ns, rate)


def _share(
    readings: Sequence[WeightReading], start_ns: int, end_ns: int, rate: Quantity
) -> float | None:
    """Flow in an interval, by weight, as a share of ``rate``.

    None where fewer than two readings lie in it.
    """
    inside = [r for r in readings if start_ns <= r.t_ns <= end_ns]
    if len(inside) < 2:
        return None
    change_ng = inside[-1].mass_ng - inside[0].mass_ng
    seconds = (inside[-1].t_ns - inside[0].t_ns) / NS_PER_S
    return change_ng / (magnitude(rate, "mL/s") * seconds * _NG_PER_ML)


def _minutes(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S / 60.0, "minute")
