"""Where the mass leaves its slope: change detection on differences over a lag.

A bolus shows as a jump on the steady basal flow. Differences over some readings are
compared with their median and their median absolute deviation, which a few boluses do
not move. A least-squares line with a bend would be moved by them, and was.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.noise import Noise
from harness.flow.plateaus import FEWEST_READINGS, indices
from harness.flow.series import Floats, WeightSeries, number, positive

# No balance resolves less; keeps the last bits of a float from looking like a bolus.
_FINEST_G: Final = 1e-7
# Turns a median absolute deviation into a standard deviation.
_MAD: Final = 1.4826
_CORE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Search:
    """How boluses are looked for and measured.

    Attributes:
        lag: readings over which differences are taken.
        threshold: how many standard deviations make a bolus.
        tau_s: time constant of the balance; plateaus begin five of them later.
        readings: in each plateau; fewer where the next bolus is near.
        basal_g_per_s: known flow between the boluses; found in the recording otherwise.
        keep_basal: leave in the mass what the basal flow adds during the bolus.
        commands_s: when boluses were commanded, from the first sample; only there is
            looked, and each command gives one bolus, found or not.
        within_s: how long after its command a bolus is complete.

    Raises:
        ConfigurationError: a number below what makes sense, or commands that overlap.
    """

    lag: int = 20
    threshold: float = 6.0
    tau_s: float = 2.0
    readings: int = 50
    basal_g_per_s: float | None = None
    keep_basal: bool = False
    commands_s: tuple[float, ...] | None = None
    within_s: float = 60.0

    def __post_init__(self) -> None:
        positive("bolus search, threshold", self.threshold)
        positive("bolus search, time after a command", self.within_s)
        if self.lag < 1 or self.readings < FEWEST_READINGS or not self.tau_s >= 0.0:
            raise ConfigurationError(
                f"bolus search: a lag of {self.lag} and plateaus of {self.readings}"
                f" readings, time constant {self.tau_s} s; give at least 1,"
                f" {FEWEST_READINGS} and 0"
            )
        commands = self.commands_s or ()
        for earlier, later in pairwise(commands):
            if later < earlier + self.within_s:
                raise ConfigurationError(
                    f"bolus search: the command at {number(later)} s is within"
                    f" {number(self.within_s)} s of the one at {number(earlier)} s;"
                    " put them in order, or shorten the time for a bolus"
                )


@dataclass(frozen=True, slots=True)
class Jump:
    """Samples between which the mass leaves its slope.

    Attributes:
        first: the last sample before, to within the lag.
        last: the first sample after, to within the lag.
        detected: False where a command left nothing to see.
    """

    first: int
    last: int
    detected: bool


def lagged_flow(series: WeightSeries, lag: int) -> Floats:
    """Mean mass flow over each ``lag`` readings, g/s.

    Raises:
        MeasurementRefused: the recording is not much longer than the lag.
    """
    if len(series.t_s) <= 2 * lag:
        raise MeasurementRefused(
            f"bolus search: {len(series.t_s)} readings are too few for differences over"
            f" {lag}; record longer or take a shorter lag"
        )
    rise = series.mass_g[lag:] - series.mass_g[:-lag]
    return rise / (series.t_s[lag:] - series.t_s[:-lag])


def find_jumps(
    series: WeightSeries, flow: Floats, search: Search, noise: Noise
) -> tuple[Jump, ...]:
    """All upward jumps, or one for each command, in order of time.

    Args:
        series: the recording.
        flow: its :func:`lagged_flow` with the search's lag.
        search: how.
        noise: of the measurement, the least that differences are believed to scatter.

    Raises:
        MeasurementRefused: a command outside the recording.
    """
    lag_s = series.t_s[search.lag :] - series.t_s[: -search.lag]
    above_g = (flow - np.median(flow)) * lag_s
    known_g = noise.u_difference_g(float(np.median(lag_s)))
    deviation_g = max(_FINEST_G, known_g, _deviation(above_g))
    raised = np.flatnonzero(above_g > search.threshold * deviation_g)
    if search.commands_s is None:
        return _everywhere(raised, search.lag)
    return tuple(
        _after_command(series, raised, command_s, search)
        for command_s in search.commands_s
    )


def _deviation(values: Floats) -> float:
    """Standard deviation of all but what stands out.

    The median absolute deviation says what stands out. Alone it would not do: whole
    digits of a balance make it a third too small.
    """
    distance = np.abs(values)
    core = values[distance <= _CORE * _MAD * np.median(distance)]
    return float(np.sqrt(np.mean(core**2)))


def _everywhere(raised: NDArray[np.intp], lag: int) -> tuple[Jump, ...]:
    if not raised.size:
        return ()
    gaps = np.flatnonzero(np.diff(raised) > lag) + 1
    return tuple(_edges(run, lag) for run in np.split(raised, gaps))


def _edges(run: NDArray[np.intp], lag: int) -> Jump:
    """A rise is inside every difference that begins before it and ends after it."""
    edges = sorted((int(run[0]) + lag, int(run[-1])))
    return Jump(edges[0], edges[1], detected=True)


def _after_command(
    series: WeightSeries, raised: NDArray[np.intp], command_s: float, search: Search
) -> Jump:
    first, stop = indices(series, command_s, command_s + search.within_s)
    first, last = first - 1, stop - 1
    if first < 0 or last - first < 1 or stop == len(series.t_s):
        raise MeasurementRefused(
            f"bolus search: the recording lasts from 0 to {number(series.duration_s)} s"
            f" and does not hold {number(search.within_s)} s after the command at"
            f" {number(command_s)} s with readings on both sides; record longer"
        )
    here = raised[(raised > first - search.lag) & (raised < last)]
    if not here.size:
        return Jump(first, last, detected=False)
    end = max(_edges(here, search.lag).last, first + 1)
    return Jump(first, min(end, last), detected=True)
