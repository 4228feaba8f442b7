"""When delivery really ended, by weight, and what lies before or behind that moment."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.balance_response import BalanceResponse
from fixtures.weighing import WeighingStation
from harness.metrology.gravimetry import Blank
from harness.metrology.measurement import Measurement, bracketed
from harness.readings import AlarmEvent, WeightReading
from harness.units import NS_PER_S, Quantity, magnitude, ureg
from test_plans.implanted.alarm_moments import Cause, Moment

NOT_ENDED = (
    "by weight, delivery had not visibly ended: weigh longer, or with less noise"
)
_NS_PER_H = 3600 * NS_PER_S


def find(
    weighing: WeighingStation,
    readings: Sequence[WeightReading],
    before: Blank,
    after: Blank,
    rate: Quantity,
    response: BalanceResponse,
) -> Moment | None:
    """Bracket the end of a delivery at ``rate`` that was weighed between two blanks.

    What the balance shows may have come earlier by its response.

    Raises:
        MeasurementRefused: a blank is not usable.
    """
    shown = bracket(
        [reading.t_ns for reading in readings],
        weighing.volumes_ml(readings, before, after),
        weighing.noise_ml(),
        weighing.drift_ml_per_h(before, after),
        magnitude(rate, "mL/hour"),
    )
    if shown is None:
        return None
    return Moment(shown.earliest_ns - response.longest_ns, shown.latest_ns)


def bracket(
    times_ns: Sequence[int],
    volumes_ml: Sequence[float],
    noise_ml: float,
    drift_ml_per_h: float,
    rate_ml_per_h: float,
) -> Moment | None:
    """Bracket the moment after which nothing more came.

    Before the bracket more was still to come than noise, and drift until the last
    reading, can feign. It closes one reading later, and later still by the time in
    which the pump delivers what the two can hide: as much again.

    Returns:
        The moment, or None where the last hour still shows a flow.
    """
    final_ml = sum(volumes_ml[-5:]) / len(volumes_ml[-5:])

    def unseen_ml(t_ns: int) -> float:
        return noise_ml + drift_ml_per_h * (times_ns[-1] - t_ns) / _NS_PER_H

    last = -1
    for index, (t_ns, volume_ml) in enumerate(zip(times_ns, volumes_ml, strict=True)):
        if final_ml - volume_ml > unseen_ml(t_ns):
            last = index
    if last < 0 or times_ns[last] >= times_ns[-1] - _NS_PER_H:
        return None
    earliest_ns, next_ns = times_ns[last], times_ns[last + 1]
    hidden_h = 2.0 * unseen_ml(next_ns) / rate_ml_per_h
    return Moment(earliest_ns, next_ns + round(hidden_h * _NS_PER_H))


def as_cause(end: Moment | None, now_ns: int) -> Cause:
    """The end of delivery as the cause of an alarm, in doubt if it was not seen."""
    if end is None:
        return Cause(Moment(now_ns, now_ns), NOT_ENDED)
    return Cause(end)


def lead(start_ns: int, end: Moment) -> Measurement:
    """The time from a known moment to the end of delivery."""
    earliest, latest = (
        _hours(ns - start_ns) for ns in (end.earliest_ns, end.latest_ns)
    )
    first_ns = min(start_ns, end.earliest_ns)
    return bracketed(earliest, latest, "balance", first_ns, end.latest_ns)


def delay(end: Moment, event: AlarmEvent) -> Measurement:
    """The time from the end of delivery to an alarm, negative if that came first."""
    shortest = _hours(event.t_ns - end.latest_ns)
    longest = _hours(event.t_ns - end.earliest_ns)
    first_ns = min(end.earliest_ns, event.t_ns)
    last_ns = max(end.latest_ns, event.t_ns)
    return bracketed(shortest, longest, "balance", first_ns, last_ns)


def _hours(ns: int) -> Quantity:
    return ureg.Quantity(ns / _NS_PER_H, "hour")
