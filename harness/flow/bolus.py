"""Boluses in a series of weights, and the statistics of many of the same setting.

The mass of a bolus is the difference of two plateaus, far enough from the jump for the
balance to have settled, less the basal flow between them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.jumps import Jump, Search, find_jumps, lagged_flow
from harness.flow.noise import Noise
from harness.flow.plateaus import FEWEST_READINGS, SILENT, difference
from harness.flow.series import Floats, WeightSeries, number, positive

_TIME_CONSTANTS: Final = 5.0
_FEWEST_BLOCKS: Final = 3
_SUCCESSIVE: Final = 25


@dataclass(frozen=True, slots=True)
class Bolus:
    """One bolus, times from the first sample.

    Attributes:
        start_s: where the jump begins, to within the lag of the search.
        end_s: where it ends, likewise.
        before_s: mean time of the plateau before it.
        after_s: mean time of the plateau after it.
        mass_g: what it added.
        u_g: standard uncertainty: readings, random walk, basal flow.
        basal_included: whether the basal flow during the bolus is in the mass.
        detected: False where a command left no visible jump.
    """

    start_s: float
    end_s: float
    before_s: float
    after_s: float
    mass_g: float
    u_g: float
    basal_included: bool
    detected: bool


@dataclass(frozen=True, slots=True)
class BolusStatistics:
    """Many boluses of one setting, in percent of it.

    Attributes:
        count: number of boluses.
        mean_ml: mean volume.
        mean_deviation_percent: of the mean from the setting.
        largest_percent: largest deviation of one bolus, with its sign.
        smallest_percent: smallest deviation of one bolus, with its sign.
        remark: "" for 25 boluses, else what is wrong with their number.
    """

    count: int
    mean_ml: float
    mean_deviation_percent: float
    largest_percent: float
    smallest_percent: float
    remark: str


@dataclass(frozen=True, slots=True)
class _Basal:
    g_per_s: float
    u_g_per_s: float


def boluses(
    series: WeightSeries, search: Search, noise: Noise = SILENT
) -> tuple[Bolus, ...]:
    """Find and measure all boluses, in order of time.

    Args:
        series: the recording, with readings before, between and after the boluses.
        search: how.
        noise: of the measurement; without it the uncertainty holds the scatter of the
            readings but no random walk.

    Raises:
        MeasurementRefused: the recording is too short, two boluses leave no plateau
            between them, or nothing undisturbed shows the basal flow.
    """
    flow = lagged_flow(series, search.lag)
    jumps = find_jumps(series, flow, search, noise)
    if not jumps:
        return ()
    rests = _rests(series, jumps, search)
    basal = _basal(series, flow, rests, search)
    return tuple(
        _measured(series, jump, before, after, (basal, search, noise))
        for jump, (before, after) in zip(jumps, pairwise(rests), strict=True)
    )


def bolus_statistics(volumes_ml: Sequence[float], set_ml: float) -> BolusStatistics:
    """Mean and extremes of successive boluses, as deviations from the setting.

    Raises:
        ConfigurationError: no bolus, or no positive setting.

    Source: method adapted from IEC 60601-2-24:1998, 50.106: 25 successive boluses at
    the minimum, then at the maximum setting.
    """
    positive("set bolus", set_ml)
    if not volumes_ml:
        raise ConfigurationError("bolus statistics: no bolus is given; give them all")
    volumes = np.asarray(volumes_ml, dtype=np.float64)
    deviations = 100.0 * (volumes - set_ml) / set_ml
    count = len(volumes)
    remark = f"{count} boluses instead of {_SUCCESSIVE}" if count != _SUCCESSIVE else ""
    return BolusStatistics(
        count=count,
        mean_ml=float(volumes.mean()),
        mean_deviation_percent=float(deviations.mean()),
        largest_percent=float(deviations.max()),
        smallest_percent=float(deviations.min()),
        remark=remark,
    )


def _rests(
    series: WeightSeries, jumps: Sequence[Jump], search: Search
) -> tuple[slice, ...]:
    """The undisturbed samples before, between and after the jumps.

    A jump that was found is known to within the lag; one that was commanded cannot
    begin before its command.
    """
    early = 0 if search.commands_s is not None else search.lag
    settled_s = _TIME_CONSTANTS * search.tau_s
    begins = [0]
    for jump in jumps:
        late = min(jump.last + search.lag, len(series.t_s) - 1)
        begins.append(int(np.searchsorted(series.t_s, series.t_s[late] + settled_s)))
    ends = [*(jump.first - early + 1 for jump in jumps), len(series.t_s)]
    for k, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if end - begin < FEWEST_READINGS:
            raise MeasurementRefused(
                f"bolus search: {max(0, end - begin)} settled readings"
                f" {_where(series, jumps, k)} are no plateau; leave more time there,"
                " read more often, or take a shorter lag"
            )
    return tuple(slice(*pair) for pair in zip(begins, ends, strict=True))


def _where(series: WeightSeries, jumps: Sequence[Jump], k: int) -> str:
    at = [number(series.t_s[jump.first] - series.t_s[0]) for jump in jumps]
    if k == 0:
        return f"before the bolus at {at[0]} s"
    if k == len(at):
        return f"after the bolus at {at[-1]} s"
    return f"between the boluses at {at[k - 1]} and {at[k]} s"


def _basal(
    series: WeightSeries, flow: Floats, rests: Sequence[slice], search: Search
) -> _Basal:
    """Mean flow where nothing jumps, and how well it is known."""
    if search.basal_g_per_s is not None:
        return _Basal(search.basal_g_per_s, 0.0)
    within = [flow[rest.start : rest.stop - search.lag] for rest in rests]
    blocks = np.concatenate([each[:: search.lag] for each in within])
    if len(blocks) < _FEWEST_BLOCKS:
        raise MeasurementRefused(
            f"bolus search: between the boluses there are not {_FEWEST_BLOCKS} times"
            f" {search.lag} settled readings to show the basal flow; give the basal"
            " rate, or record longer"
        )
    scatter = float(blocks.std(ddof=1)) / math.sqrt(len(blocks))
    return _Basal(float(np.concatenate(within).mean()), scatter)


def _measured(
    series: WeightSeries,
    jump: Jump,
    before: slice,
    after: slice,
    how: tuple[_Basal, Search, Noise],
) -> Bolus:
    basal, search, noise = how
    found = difference(
        series,
        slice(max(before.start, before.stop - search.readings), before.stop),
        slice(after.start, min(after.stop, after.start + search.readings)),
        noise,
    )
    start, end = (float(series.t_s[k] - series.t_s[0]) for k in (jump.first, jump.last))
    basal_s = found.end_s - found.start_s
    if search.keep_basal:
        basal_s -= end - start
    return Bolus(
        start_s=start,
        end_s=end,
        before_s=found.start_s,
        after_s=found.end_s,
        mass_g=found.mass_g - basal.g_per_s * basal_s,
        u_g=math.hypot(found.u_g, basal.u_g_per_s * basal_s),
        basal_included=search.keep_basal,
        detected=jump.detected,
    )
