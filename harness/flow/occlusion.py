"""An occlusion: how long until the alarm, and what comes out when it is released."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.bolus import boluses
from harness.flow.jumps import Search
from harness.flow.noise import Noise, last_digit_g
from harness.flow.plateaus import (
    FEWEST_READINGS,
    SILENT,
    Delivered,
    difference,
    indices,
)
from harness.flow.series import WeightSeries, positive, span

_S_PER_H: Final = 3600.0
_TIME_CONSTANTS: Final = 5.0
# A flow that should not be is told from three standard uncertainties on, if it is
# more than this share of the bolus.
_CERTAIN: Final = 3.0
_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Events:
    """What happened during an occlusion test, from the first sample.

    Attributes:
        closed_s: when the line was closed.
        alarm_s: when the pump alarmed.
        released_s: when the line was opened again.

    Raises:
        ConfigurationError: not in this order.
    """

    closed_s: float
    alarm_s: float
    released_s: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.closed_s <= self.alarm_s <= self.released_s:
            raise ConfigurationError(
                f"occlusion: closed at {span(self.closed_s)}, alarm at"
                f" {span(self.alarm_s)}, released at {span(self.released_s)}; give them"
                " in this order"
            )


@dataclass(frozen=True, slots=True)
class Occlusion:
    """The outcome.

    Attributes:
        time_to_alarm_s: from closing to the alarm.
        bolus_ml: released volume, without what was commanded meanwhile.
        u_bolus_ml: its standard uncertainty from the weights: readings, random walk and
            the last digit of the balance.
        commanded_ml: what was commanded meanwhile, and is no part of the bolus.
        detected: whether the release shows in the weights as a jump.
        tight: whether nothing came through the closed line.
        settled: whether after the bolus nothing came but what was commanded.
    """

    time_to_alarm_s: float
    bolus_ml: float
    u_bolus_ml: float
    commanded_ml: float
    detected: bool
    tight: bool
    settled: bool


def occlusion(
    series: WeightSeries,
    events: Events,
    density_g_per_ml: float,
    search: Search,
    commanded_ml_per_h: float = 0.0,
    noise: Noise = SILENT,
) -> Occlusion:
    """Time to alarm, and the bolus after the release.

    Args:
        series: weights from before the release until the pressure is gone.
        events: when what happened.
        density_g_per_ml: of the liquid.
        search: ``within_s`` is how long the release takes; its commands and basal flow
            are replaced by the release and by what was commanded.
        commanded_ml_per_h: flow commanded from the release on, 0 if the alarm stopped
            the pump; it is no part of the bolus.
        noise: of the measurement.

    Raises:
        ConfigurationError: no positive density.
        MeasurementRefused: the recording does not hold the release with a plateau on
            both sides, or its mass never changes.

    Source: method adapted from IEC 60601-2-24:1998, 51.101 b.
    """
    positive("density", density_g_per_ml)
    digit_g = _u_of_last_digit_g(series)
    first = _closed_from(series, events, search)
    _require_rest_after(series, events, search)
    # Before the closing the pump ran: no plateau may reach back to that.
    closed = WeightSeries(series.t_s[first:], series.mass_g[first:])
    later_s = float(series.t_s[first] - series.t_s[0])
    released_s = events.released_s - later_s
    release = replace(
        search, commands_s=(released_s,), basal_g_per_s=0.0, keep_basal=False
    )
    (bolus,) = boluses(closed, release, noise)
    # Through the closed line nothing came, whatever was commanded.
    commanded_ml = commanded_ml_per_h * (bolus.after_s - released_s) / _S_PER_H
    bolus_ml = bolus.mass_g / density_g_per_ml - commanded_ml
    shut = indices(closed, 0.0, released_s)
    begin, end = indices(closed, bolus.after_s, closed.duration_s)
    after = begin, min(end, begin + 2 * search.readings)
    notable_g = _SHARE * abs(bolus_ml) * density_g_per_ml
    flow_g_per_s = commanded_ml_per_h * density_g_per_ml / _S_PER_H
    return Occlusion(
        time_to_alarm_s=events.alarm_s - events.closed_s,
        bolus_ml=bolus_ml,
        u_bolus_ml=math.hypot(bolus.u_g, digit_g) / density_g_per_ml,
        commanded_ml=commanded_ml,
        detected=bolus.detected,
        tight=_is_flow(_ends(closed, shut, search, noise), 0.0, notable_g),
        settled=_is_flow(_ends(closed, after, search, noise), flow_g_per_s, notable_g),
    )


def _u_of_last_digit_g(series: WeightSeries) -> float:
    """Standard uncertainty that rounding gives a difference of two resting weights.

    Readings at rest may all be the same, and their scatter then says nothing. Of the
    last digit d, either weight has d / √12.
    """
    digit_g = last_digit_g(series.mass_g)
    if digit_g == 0.0:
        raise MeasurementRefused(
            "occlusion: the mass never changes, so nothing says what the balance would"
            " have shown; look for the right column, or for a frozen display"
        )
    return digit_g / math.sqrt(6.0)


def _closed_from(series: WeightSeries, events: Events, search: Search) -> int:
    """First sample at which the balance had settled after the closing."""
    settled_s = events.closed_s + _TIME_CONSTANTS * search.tau_s
    first, stop = indices(series, settled_s, events.released_s)
    if events.released_s > series.duration_s:
        raise MeasurementRefused(
            f"occlusion: released at {span(events.released_s)}, but the recording lasts"
            f" from 0 to {span(series.duration_s)}; correct the time, or record longer"
        )
    if stop - first < 2 * FEWEST_READINGS:
        raise MeasurementRefused(
            f"occlusion: {max(0, stop - first)} settled readings between closing at"
            f" {span(events.closed_s)} and release at {span(events.released_s)} are no"
            " plateau; leave the line closed for longer, or read more often"
        )
    return first


def _require_rest_after(series: WeightSeries, events: Events, search: Search) -> None:
    """Refuse a recording that ends before it shows the rest after the release."""
    within_s = events.released_s + search.within_s
    first, stop = indices(series, events.released_s, within_s)
    if first == stop:
        raise MeasurementRefused(
            f"occlusion: no reading within {span(search.within_s)} of the release at"
            f" {span(events.released_s)}; take a longer time, or read more often"
        )
    late = min(stop - 1 + search.lag, len(series.t_s) - 1)
    settled_s = float(series.t_s[late]) + _TIME_CONSTANTS * search.tau_s
    rest = len(series.t_s) - int(np.searchsorted(series.t_s, settled_s))
    # The second half of the rest shows whether the first one was a rest.
    if rest < 4 * FEWEST_READINGS:
        raise MeasurementRefused(
            f"occlusion: {rest} readings are left after the release at"
            f" {span(events.released_s)}, {span(search.within_s)} for the bolus and"
            f" {search.lag} readings of lag, where {4 * FEWEST_READINGS} are needed;"
            " record longer, read more often, or take a shorter time or lag"
        )


def _ends(
    series: WeightSeries, place: tuple[int, int], search: Search, noise: Noise
) -> Delivered:
    """What arrived between two plateaus at the ends of a period."""
    first, stop = place
    readings = min(search.readings, (stop - first) // 2)
    before, after = slice(first, first + readings), slice(stop - readings, stop)
    return difference(series, before, after, noise)


def _is_flow(found: Delivered, flow_g_per_s: float, notable_g: float) -> bool:
    """Whether nothing arrived but a flow, as far as it can be told."""
    other_g = abs(found.mass_g - flow_g_per_s * (found.end_s - found.start_s))
    return other_g <= max(_CERTAIN * found.u_g, notable_g)
