"""The trumpet curve: the extreme mean errors over windows of growing length.

The mean of the flow errors in a window needs no moving average: the flows are
differences of weights, so their sum telescopes to the window's two ends::

    Ep[j] = 100 ((W[j+n] - W[j]) / (P d) - r) / r,    n = P / S,    j = 0 .. m - 1

with m = (T - P)/S + 1 windows in a period T. Method adapted from IEC 60601-2-24:1998,
50.102, equations 2 to 5; the identity is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.errors import ConfigurationError
from harness.flow.series import Floats, Grid, positive, span

_S_PER_H: Final = 3600.0
# The differences of one piece stay in the processor's cache.
_CHUNK: Final = 1 << 15
# How far, in intervals, a window may be from a whole number of them.
_WHOLE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Window:
    """The extremes over all windows of one length, times from the first sample.

    Attributes:
        window_s: length of the window, P.
        count: number of overlapping windows in the period, m.
        ep_max_percent: largest mean error, Ep(max).
        ep_max_s: where the first window with it begins.
        ep_min_percent: smallest mean error, Ep(min).
        ep_min_s: where the first window with it begins.
        inside_percent: share of the windows within given limits, else None.
    """

    window_s: float
    count: int
    ep_max_percent: float
    ep_max_s: float
    ep_min_percent: float
    ep_min_s: float
    inside_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Trumpet:
    """The curve of one period.

    Attributes:
        start_s: time of the period's first weight, from the first sample.
        end_s: time of its last weight.
        samples: number of weights, one more than of flows.
        mean_error_percent: of the whole period, A or B. The windows do not cover the
            period's ends as often as its middle, so it may lie outside of them all.
        windows: shortest first.
    """

    start_s: float
    end_s: float
    samples: int
    mean_error_percent: float
    windows: tuple[Window, ...]


def trumpet(
    grid: Grid,
    rate_ml_per_h: float,
    density_g_per_ml: float,
    windows_s: Iterable[float],
    limits_percent: tuple[float, float] | None = None,
) -> Trumpet:
    """The trumpet curve of the whole grid.

    Memory beyond the grid itself is small and constant.

    Args:
        grid: weights, evaporation already accounted for.
        rate_ml_per_h: set rate, r.
        density_g_per_ml: density of the liquid at its temperature, d.
        windows_s: window lengths P, each a whole number of sample intervals.
        limits_percent: lowest and highest error, to count the windows inside.

    Raises:
        ConfigurationError: no positive rate or density, no window, a window that is
            not whole intervals or longer than the period, limits the wrong way round.
    """
    positive("rate", rate_ml_per_h)
    positive("density", density_g_per_ml)
    if limits_percent is not None and not limits_percent[0] < limits_percent[1]:
        raise ConfigurationError(f"limits {limits_percent} %: give the lower one first")
    lengths = sorted({_intervals(each, grid) for each in windows_s})
    if not lengths:
        raise ConfigurationError("windows: none is given; name at least one length")
    flow = rate_ml_per_h * density_g_per_ml
    whole = float(grid.mass_g[-1] - grid.mass_g[0])
    return Trumpet(
        start_s=grid.start_s,
        end_s=grid.end_s,
        samples=len(grid.mass_g),
        mean_error_percent=error_percent(whole, grid.duration_s, flow),
        windows=tuple(_window(grid, flow, n, limits_percent) for n in lengths),
    )


def error_percent(mass_g: float, duration_s: float, flow_g_per_h: float) -> float:
    """Error of a collected mass against a set mass flow, ``r d``."""
    return 100.0 * (mass_g * _S_PER_H / (duration_s * flow_g_per_h) - 1.0)


def _intervals(window_s: float, grid: Grid) -> int:
    """Number of sample intervals in a window."""
    positive("window", window_s)
    exact = window_s / grid.interval_s
    if round(exact) < 1 or abs(exact - round(exact)) > _WHOLE:
        raise ConfigurationError(
            f"window {span(window_s)}: not a whole multiple of the sample interval"
            f" {span(grid.interval_s)}; leave it out, or record more often"
        )
    if round(exact) >= len(grid.mass_g):
        raise ConfigurationError(
            f"window {span(window_s)}: longer than the analysed period of"
            f" {span(grid.duration_s)}; leave it out, or analyse a longer period"
        )
    return round(exact)


def _window(
    grid: Grid, flow_g_per_h: float, n: int, limits_percent: tuple[float, float] | None
) -> Window:
    """Extremes of W[j+n] - W[j], scaled once at the end."""
    mass = grid.mass_g
    window_s = n * grid.interval_s
    low = high = 0
    inside = 0
    for begin in range(0, len(mass) - n, _CHUNK):
        end = min(begin + _CHUNK, len(mass) - n)
        collected = mass[begin + n : end + n] - mass[begin:end]
        low = _better(mass, n, low, begin + int(collected.argmin()), -1.0)
        high = _better(mass, n, high, begin + int(collected.argmax()), 1.0)
        if limits_percent is not None:
            inside += _inside(collected, window_s * flow_g_per_h, limits_percent)
    count = len(mass) - n

    def error(j: int) -> float:
        return error_percent(float(mass[j + n] - mass[j]), window_s, flow_g_per_h)

    return Window(
        window_s=window_s,
        count=count,
        ep_max_percent=error(high),
        ep_max_s=grid.start_s + high * grid.interval_s,
        ep_min_percent=error(low),
        ep_min_s=grid.start_s + low * grid.interval_s,
        inside_percent=None if limits_percent is None else 100.0 * inside / count,
    )


def _better(mass_g: Floats, n: int, best: int, found: int, sign: float) -> int:
    """The beginning of the more extreme of two windows, the earlier one if equal."""
    gain = (mass_g[found + n] - mass_g[found]) - (mass_g[best + n] - mass_g[best])
    return found if sign * gain > 0.0 else best


def _inside(
    collected_g: Floats, set_g_s_per_h: float, limits_percent: tuple[float, float]
) -> int:
    lowest, highest = (
        (1.0 + each / 100.0) * set_g_s_per_h / _S_PER_H for each in limits_percent
    )
    within = (collected_g >= lowest) & (collected_g <= highest)
    return int(np.count_nonzero(within))
