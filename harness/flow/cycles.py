"""The shot cycle of a quasi-continuous pump, and readings in step with it.

A mean over anything but whole cycles misreads such a pump: one shot more or less stands
at the window's edge. So the cycle is found in the recording, a sample interval that is
not whole cycles is refused, and the readings are taken where the pump rests.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.series import Floats, WeightSeries, number, on_grid, span

# So many successive cycles at least make the mean, in half of what is looked at.
_CYCLES: Final = 20
_PROBED: Final = 1 << 18
_WEAKEST: Final = 0.2
# A multiple of the cycle may fit the samples a little better than the cycle itself.
_AS_HIGH: Final = 0.8
_ROUNDING: Final = 1e-9
_BINS: Final = 24
_REST_BINS: Final = 12
# Share of a cycle by which the readings may fall out of step over the whole period.
_SLIP: Final = 0.25


def shot_cycle_s(series: WeightSeries, start_s: float = 0.0) -> float:
    """Mean length of a shot cycle, over twenty successive cycles or more.

    The highest peak of the autocorrelation of the flow is one cycle; its multiples,
    followed through half of the recording, say how long it is.

    Args:
        series: several readings for each cycle.
        start_s: from when on the pump is steady.

    Raises:
        MeasurementRefused: nothing repeats, or not twenty times.

    Source: method adapted from IEC 60601-2-24:1998, 50.105: mean of 20 cycles.
    """
    interval = series.interval_s
    end = min(series.duration_s, start_s + _PROBED * interval)
    grid = on_grid(series, interval, interval / 2.0, start_s=start_s, end_s=end)
    # Three readings together, for a shot may fall into either of two intervals.
    flow = np.convolve(np.diff(grid.mass_g), np.ones(3), mode="valid")
    unsteady = flow - flow.mean()
    correlation = _autocorrelation(unsteady)
    lag = _first_peak(correlation[: len(correlation) // (2 * _CYCLES) + 1])
    steady = unsteady.std() <= _ROUNDING * abs(flow.mean())
    if steady or not lag or correlation[lag] < _WEAKEST * correlation[0]:
        raise MeasurementRefused(
            f"shot cycle: nothing repeats {2 * _CYCLES} times in the"
            f" {span(grid.duration_s)} looked at; record longer or more often, or give"
            " the length of the cycle"
        )
    return _followed(correlation, lag) * interval


def quiet_phase_s(series: WeightSeries, cycle_s: float, start_s: float) -> float:
    """How long after ``start_s`` the middle of the pump's rest is, within one cycle."""
    begin = int(np.searchsorted(series.t_s, start_s + series.t_s[0]))
    t_s = series.t_s[begin : begin + _PROBED]
    middle = (t_s[1:] + t_s[:-1]) / 2.0 - (series.t_s[0] + start_s)
    phase = np.floor(middle % cycle_s / cycle_s * _BINS).astype(np.intp) % _BINS
    increments = np.diff(series.mass_g[begin : begin + _PROBED])
    given = np.bincount(phase, weights=increments, minlength=_BINS)
    around = np.concatenate((given, given[: _REST_BINS - 1]))
    quietest = int(np.convolve(around, np.ones(_REST_BINS), mode="valid").argmin())
    return (quietest + _REST_BINS / 2.0) % _BINS * cycle_s / _BINS


def require_whole_cycles(interval_s: float, cycle_s: float, intervals: int) -> None:
    """Refuse a sample interval that falls out of step with the shots.

    Raises:
        ConfigurationError: over ``intervals`` of them the readings slip by more than a
            quarter of a cycle.
    """
    cycles = max(1, round(interval_s / cycle_s))
    slip_s = intervals * abs(interval_s - cycles * cycle_s)
    if slip_s > _SLIP * cycle_s:
        raise ConfigurationError(
            f"sample interval {number(interval_s)} s: not a whole number of shot cycles"
            f" of {number(cycle_s)} s; take {number(cycles * cycle_s)} s, for a mean"
            " over parts of a cycle misreads the rate"
        )


def _autocorrelation(values: Floats) -> Floats:
    """Biased: long lags count less, so the first of equal peaks is the highest."""
    size = 1 << math.ceil(math.log2(2 * len(values)))
    spectrum = np.abs(np.fft.rfft(values, size)) ** 2
    correlation: Floats = np.fft.irfft(spectrum, size)[: len(values)]
    return correlation


def _first_peak(correlation: Floats) -> int:
    """The shortest lag that is about as good as the best; 0 if there is none."""
    negative = np.flatnonzero(correlation <= 0.0)
    if not negative.size:
        return 0
    begin = int(negative[0])
    best = float(correlation[begin:].max())
    lag = begin + int(np.argmax(correlation[begin:] >= _AS_HIGH * best))
    return lag + int(correlation[lag : lag + _reach(lag) + 1].argmax())


def _followed(correlation: Floats, lag: int) -> float:
    """The lag in fractions of a sample, from ever higher multiples of it."""
    cycle, cycles = float(lag), 1
    most = int(len(correlation) / (2.0 * lag))
    while cycles < most:
        cycles = min(2 * cycles, most)
        begin = round(cycles * cycle) - _reach(lag)
        near = correlation[begin : begin + 2 * _reach(lag) + 1]
        cycle = (begin + int(near.argmax())) / cycles
    return cycle


def _reach(lag: int) -> int:
    return max(2, lag // 4)
