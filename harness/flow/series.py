"""A series of weights, and the samples of it that lie on a regular grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigurationError, MeasurementRefused

Floats = NDArray[np.float64]

# Large enough to forget Python's share, small enough for the processor's cache.
_CHUNK: Final = 1 << 15
EXACT_SHARE: Final = 0.01
"""Of the sample interval: by so much a sample may miss its place."""
# Two stamps in whole seconds are off by so much together. That is taken as the reason
# only if it is a small part of the sample interval, and no whole sample.
_ROUNDED_S: Final = 1.0
_ROUNDED_SHARE: Final = 0.05
# From here on minutes are written with an exponent, like everything else.
_LONG_MIN: Final = 1e9
# So many intervals say what a recording's own interval is.
_PROBED: Final = 10_001
# A sample this near to its place, as a share of the interval, needs no comparison.
_EXACT: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class WeightSeries:
    """Weights in the order in which they were read, regular or not.

    Attributes:
        t_s: times, shape (n,), strictly increasing.
        mass_g: what the balance showed, shape (n,), rising as the pump delivers.

    Both become read-only views of what was given.

    Raises:
        ConfigurationError: fewer than two samples, unequal lengths, a value that is no
            finite number, or a time that does not go on.
    """

    t_s: Floats
    mass_g: Floats

    def __post_init__(self) -> None:
        for name, given in (("t_s", self.t_s), ("mass_g", self.mass_g)):
            object.__setattr__(self, name, _frozen(given, name))
        if len(self.t_s) != len(self.mass_g):
            raise ConfigurationError(
                f"weight series: {len(self.t_s)} times but {len(self.mass_g)} masses;"
                " give one mass for each time"
            )
        later = self.t_s[1:] > self.t_s[:-1]
        if not later.all():
            k = int(np.argmin(later)) + 1
            raise ConfigurationError(
                f"weight series: sample {k + 1} is at {number(self.t_s[k])} s, not"
                f" after {number(self.t_s[k - 1])} s; sort the samples by time and"
                " leave one for each time"
            )

    @property
    def duration_s(self) -> float:
        """Time from the first sample to the last."""
        return float(self.t_s[-1] - self.t_s[0])

    @property
    def interval_s(self) -> float:
        """The recording's own sample interval, not misled by a few missing samples."""
        typical = float(np.median(np.diff(self.t_s[:_PROBED])))
        return self.duration_s / max(1, round(self.duration_s / typical))


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Weights at ``start_s + k interval_s``.

    Attributes:
        interval_s: sample interval, S.
        start_s: time of the first weight, from the first sample of its series.
        mass_g: weights, shape (n,), n >= 2.
        largest_offset_s: how far the farthest sample was from its place.
        interpolated: number of places that had no sample.

    Raises:
        ConfigurationError: no positive interval, or weights that are no finite numbers.
    """

    interval_s: float
    start_s: float
    mass_g: Floats
    largest_offset_s: float = 0.0
    interpolated: int = 0

    def __post_init__(self) -> None:
        positive("sample interval", self.interval_s)
        object.__setattr__(self, "mass_g", _frozen(self.mass_g, "mass_g"))

    @property
    def duration_s(self) -> float:
        """Time from the first weight to the last."""
        return (len(self.mass_g) - 1) * self.interval_s

    @property
    def end_s(self) -> float:
        """Time of the last weight."""
        return self.start_s + self.duration_s


def on_grid(
    series: WeightSeries,
    interval_s: float,
    tolerance_s: float | None = None,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
    interpolate: bool = False,
) -> Grid:
    """Take the samples that lie on a grid; both ends of the period belong to it.

    Args:
        series: the recording.
        interval_s: sample interval, S.
        tolerance_s: how far from its place a sample may be, by default S / 100, or 1 s
            where the stamps are rounded to whole seconds. It moves the error of a
            window P by 100 offset / P percent at either end.
        start_s: start of the period, from the first sample. Where no sample is, the
            grid starts with the next one.
        end_s: end of the period, by default the last sample.
        interpolate: draw straight lines between samples instead, over a gap of two
            intervals at most.

    Raises:
        ConfigurationError: no positive interval, a tolerance of more than half of it,
            or a period that is none.
        MeasurementRefused: the recording does not cover the period, or a sample is
            missing.
    """
    positive("sample interval", interval_s)
    tolerance = _tolerance_s(series, interval_s) if tolerance_s is None else tolerance_s
    if not 0.0 <= tolerance <= interval_s / 2.0:
        raise ConfigurationError(
            f"tolerance {number(tolerance)} s: not between zero and half the sample"
            f" interval of {span(interval_s)}, so a sample could stand for two places"
        )
    first, count = _extent(series, interval_s, tolerance, start_s, end_s)
    mass = np.empty(count)
    largest, filled = 0.0, 0
    for begin in range(0, count, _CHUNK):
        places = np.arange(begin, min(begin + _CHUNK, count), dtype=np.float64)
        wanted = places * interval_s + (first + series.t_s[0])
        offset, weights = _samples(series, wanted, interval_s)
        absent = offset > tolerance
        if not interpolate and absent.any():
            raise _missing(series, float(wanted[np.argmax(absent)]), interval_s)
        if interpolate:
            weights = _drawn(series, wanted, absent, interval_s)
            filled += int(np.count_nonzero(absent))
        else:
            largest = max(largest, float(offset.max()))
        mass[begin : begin + _CHUNK] = weights
    return Grid(interval_s, first, mass, largest, filled)


def positive(name: str, value: float) -> None:
    """Refuse what is no positive, finite number.

    Raises:
        ConfigurationError: naming the quantity.
    """
    if not (math.isfinite(value) and value > 0.0):
        raise ConfigurationError(f"{name}: {value} is not above zero; correct it")


def number(value: float) -> str:
    """A number for a message, without an exponent that hides a time."""
    return f"{value:.10g}"


def span(duration_s: float) -> str:
    """A duration for a message: whole minutes in min, everything else in s."""
    minutes = duration_s / 60.0
    whole = 1.0 <= minutes < _LONG_MIN and math.isclose(
        minutes, round(minutes), rel_tol=1e-9
    )
    return f"{round(minutes)} min" if whole else f"{number(duration_s)} s"


def _frozen(values: Floats, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64).view()
    if array.ndim != 1 or len(array) < 2:
        raise ConfigurationError(
            f"weight series: {name} has the shape {array.shape}; give at least two"
            " samples in one row"
        )
    finite = np.isfinite(array)
    if not finite.all():
        k = int(np.argmin(finite))
        raise ConfigurationError(
            f"weight series: {name} of sample {k + 1} is {array[k]}; leave out what"
            " was not read"
        )
    array.flags.writeable = False
    return array


def _tolerance_s(series: WeightSeries, interval_s: float) -> float:
    """A hundredth of the interval, or what rounding of the stamps explains."""
    exact_s = interval_s * EXACT_SHARE
    if (
        exact_s < _ROUNDED_S <= interval_s * _ROUNDED_SHARE
        and series.interval_s > 2.0 * _ROUNDED_S
        and _is_whole(series.t_s)
    ):
        return _ROUNDED_S
    return exact_s


def _is_whole(t_s: Floats) -> bool:
    """Whether all stamps are whole seconds; parts at a time, for the cache's sake."""
    parts = (t_s[begin : begin + _CHUNK] for begin in range(0, len(t_s), _CHUNK))
    return all(bool((part == np.rint(part)).all()) for part in parts)


def _extent(
    series: WeightSeries,
    interval_s: float,
    tolerance_s: float,
    start_s: float,
    end_s: float | None,
) -> tuple[float, int]:
    """Time of the first place and number of places, from the first sample."""
    last = series.duration_s
    end = last if end_s is None else end_s
    if not -tolerance_s <= start_s <= last or end > last + tolerance_s:
        raise MeasurementRefused(
            f"weight series: the period {span(start_s)} to {span(end)} is not"
            f" covered; the recording lasts from 0 to {span(last)}: choose a period"
            " inside it or record longer"
        )
    begin = start_s + series.t_s[0]
    sample = int(np.searchsorted(series.t_s, begin - tolerance_s))
    found = (
        float(series.t_s[sample] - series.t_s[0]) if sample < len(series.t_s) else end
    )
    first = start_s if found - start_s <= tolerance_s else found
    if first - start_s >= interval_s:
        raise _missing(series, float(begin), interval_s)
    whole = (end - first + tolerance_s) / interval_s
    if whole > 2.0 * len(series.t_s):
        # Even interpolation bridges one place between two samples, no more.
        raise _missing(series, first + interval_s + float(series.t_s[0]), interval_s)
    count = math.floor(whole) + 1
    if count < 2:
        raise ConfigurationError(
            f"weight series: the period {span(start_s)} to {span(end)} holds no whole"
            f" sample interval of {span(interval_s)}; choose a longer one"
        )
    return first, count


def _samples(
    series: WeightSeries, wanted: Floats, interval_s: float
) -> tuple[Floats, Floats]:
    """Distance and weight of the sample nearest to each wanted time.

    In a regular recording these are every so many samples, and no search is needed.
    """
    first, second = _nearest(series.t_s, wanted[[0, min(1, len(wanted) - 1)]])
    step = max(1, int(second - first))
    evenly = slice(first, first + step * len(wanted), step)
    t_s = series.t_s[evenly]
    if len(t_s) == len(wanted):
        offset = np.abs(t_s - wanted)
        if offset.max() <= _EXACT * interval_s:
            return offset, series.mass_g[evenly]
    nearest = _nearest(series.t_s, wanted)
    return np.abs(series.t_s[nearest] - wanted), series.mass_g[nearest]


def _nearest(t_s: Floats, wanted: Floats) -> NDArray[np.intp]:
    """Index of the sample nearest to each wanted time."""
    right = np.searchsorted(t_s, wanted)
    np.clip(right, 1, len(t_s) - 1, out=right)
    right -= wanted - t_s[right - 1] <= t_s[right] - wanted
    return right


def _drawn(
    series: WeightSeries, wanted: Floats, absent: NDArray[np.bool_], interval_s: float
) -> Floats:
    """Masses on straight lines between samples."""
    right = np.clip(np.searchsorted(series.t_s, wanted[absent]), 1, len(series.t_s) - 1)
    gap = series.t_s[right] - series.t_s[right - 1]
    wide = gap > 2.0 * interval_s * (1.0 + EXACT_SHARE)
    if wide.any():
        raise _missing(series, float(wanted[absent][np.argmax(wide)]), interval_s)
    return np.interp(wanted, series.t_s, series.mass_g)


def _missing(
    series: WeightSeries, wanted_s: float, interval_s: float
) -> MeasurementRefused:
    start = float(series.t_s[0])
    nearest = float(series.t_s[_nearest(series.t_s, np.array([wanted_s]))[0]])
    return MeasurementRefused(
        f"weight series: no sample at {number(wanted_s - start)} s after the first (the"
        f" nearest is at {number(nearest - start)} s); it has one every"
        f" {number(series.interval_s)} s where one every {number(interval_s)} s is"
        " needed: choose another period or sample interval, or ask for interpolation,"
        " which bridges at most one missing sample"
    )
