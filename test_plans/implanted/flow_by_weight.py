"""Whether a flow stands, lasts or is back, from single readings of the balance."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import MeasurementRefused
from harness.measurement import Measurement, bracketed
from harness.readings import WeightReading
from harness.units import NS_PER_S, Quantity, magnitude, ureg

# A flow that is held may still let this share of the programmed one pass.
_HELD_SHARE = 0.1
# A flow that is there is more than this share of the programmed one.
_FLOWING_SHARE = 0.5
_NG_PER_ML = 1e9


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


def flow_is_back(
    readings: Sequence[WeightReading], freed: tuple[int, int], visible_ng: float
) -> Measurement | None:
    """Bracket the time from the release to the first visible gain of mass.

    Raises:
        MeasurementRefused: no reading before the release says from which level.
    """
    still = [r.mass_ng for r in readings if r.t_ns <= freed[0]][-10:]
    if not still:
        raise MeasurementRefused(
            "balance: no reading before the magnet was taken away; read more often"
        )
    level_ng = sum(still) / len(still)
    previous_ns = freed[1]
    for reading in (r for r in readings if r.t_ns > freed[1]):
        if reading.mass_ng - level_ng > visible_ng:
            return bracketed(
                _minutes(previous_ns - freed[1]),
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
    """Flow in the second half of an interval, by weight, as a share of ``rate``.

    None where fewer than two readings lie in it.
    """
    half = [r for r in readings if (start_ns + end_ns) // 2 <= r.t_ns <= end_ns]
    if len(half) < 2:
        return None
    change_ng = half[-1].mass_ng - half[0].mass_ng
    seconds = (half[-1].t_ns - half[0].t_ns) / NS_PER_S
    return change_ng / (magnitude(rate, "mL/s") * seconds * _NG_PER_ML)


def _minutes(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S / 60.0, "minute")
