"""One face for the analysis of a recorded flow: what went in, and all that came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from harness.errors import MeasurementRefused
from harness.evidence.records import JsonValue
from harness.flow.cycles import require_whole_cycles
from harness.flow.methods import Method, Scheme
from harness.flow.noise import Floor, Noise, noise_floor
from harness.flow.options import Options, in_step, scheme_for
from harness.flow.series import (
    EXACT_SHARE,
    Grid,
    WeightSeries,
    number,
    on_grid,
    positive,
    span,
)
from harness.flow.startup import StartUp, start_up
from harness.flow.trumpet import Trumpet, trumpet

_HOUR_S: Final = 3600.0
# Offsets of samples that move no error by as much are not worth a sentence.
_NOTABLE_PERCENT: Final = 0.05
_NOTABLE_NOISE_PERCENT: Final = 0.5


@dataclass(frozen=True, slots=True)
class FlowAnalysis:
    """Everything that is printed about a recording, times from its first sample.

    Attributes:
        text: the method in one sentence, with the edition.
        options: as they were asked for.
        rate_ml_per_h: set rate, r.
        density_g_per_ml: density of the liquid, d.
        interval_s: sample interval used, S.
        shot_cycle_s: cycle of an ambulatory pump of type 2, else None.
        trumpet: mean error A and the windows of the analysed period.
        last_hour: mean error B and its windows: volumetric pumps, recordings > 2 h.
        start_up: flow from the start of the pump; None where samples are missing.
        noise: of the measurement, where it is known.
        floor: what a perfect pump's trumpet would show with that noise, window by
            window as in ``trumpet``; empty where it is not known.
        mean_error_u_percent: standard uncertainty of A by that noise alone.
        largest_offset_s: how far a sample was from its place.
        interpolated: number of places that had no sample.
        warnings: sentences for the reader.
    """

    text: str
    options: Options
    rate_ml_per_h: float
    density_g_per_ml: float
    interval_s: float
    shot_cycle_s: float | None
    trumpet: Trumpet
    last_hour: Trumpet | None
    start_up: StartUp | None
    noise: Noise | None
    floor: tuple[Floor, ...]
    mean_error_u_percent: float | None
    largest_offset_s: float
    interpolated: int
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Everything as JSON can hold it, in full precision.

        The analysed period stands at the top; ``last_hour`` has the same keys.
        """
        first, last = self.start_up, self.last_hour
        return {
            "text": self.text,
            "options": asdict(self.options),
            "rate_ml_per_h": self.rate_ml_per_h,
            "density_g_per_ml": self.density_g_per_ml,
            "interval_s": self.interval_s,
            "shot_cycle_s": self.shot_cycle_s,
            **asdict(self.trumpet),
            "mean_error_u_percent": self.mean_error_u_percent,
            "last_hour": None if last is None else asdict(last),
            "start_up": None if first is None else first.to_json(),
            "noise": None if self.noise is None else asdict(self.noise),
            "noise_floor": [asdict(each) for each in self.floor],
            "largest_offset_s": self.largest_offset_s,
            "interpolated": self.interpolated,
            "warnings": list(self.warnings),
        }


def analyse(
    series: WeightSeries,
    rate_ml_per_h: float,
    density_g_per_ml: float,
    options: Options,
    noise: Noise | None = None,
) -> FlowAnalysis:
    """Analyse the flow in a series of weights.

    Args:
        series: weights from the start of the pump on, evaporation accounted for.
        rate_ml_per_h: set rate, r.
        density_g_per_ml: density of the liquid at its temperature, d.
        options: how; at least a method or windows.
        noise: of the balance and its surroundings, from a recording with the pump
            stopped (:func:`harness.flow.noise.estimate`); it gives the floor.

    Raises:
        ConfigurationError: an option is wrong or contradicts another.
        MeasurementRefused: the recording is too short, lacks a sample, or shows no
            shot cycle.
    """
    positive("density", density_g_per_ml)
    scheme = scheme_for(series, rate_ml_per_h, options)

    def grid_of(start_s: float, end_s: float) -> Grid:
        return _grid(series, scheme, options, start_s, end_s)

    def curve_of(grid: Grid) -> Trumpet:
        limits = options.limits_percent
        return trumpet(grid, rate_ml_per_h, density_g_per_ml, scheme.windows_s, limits)

    grid = grid_of(scheme.start_s, scheme.end_s)
    if scheme.shot_cycle_s is not None:
        intervals = len(grid.mass_g) - 1
        require_whole_cycles(scheme.interval_s, scheme.shot_cycle_s, intervals)
    curve = curve_of(grid)
    lost: list[str] = []
    last = _last_hour(grid_of, series, scheme, options, lost)
    first = _beginning(grid_of, scheme, lost)
    flow = rate_ml_per_h * density_g_per_ml
    floor = _floor(noise, curve, scheme.interval_s, flow)
    every = scheme.start_up_every
    return FlowAnalysis(
        text=scheme.text,
        options=options,
        rate_ml_per_h=rate_ml_per_h,
        density_g_per_ml=density_g_per_ml,
        interval_s=scheme.interval_s,
        shot_cycle_s=scheme.shot_cycle_s,
        trumpet=curve,
        last_hour=None if last is None else curve_of(last),
        start_up=None if first is None else start_up(first, density_g_per_ml, every),
        noise=noise,
        floor=floor,
        mean_error_u_percent=_u_percent(noise, grid.duration_s, flow),
        largest_offset_s=grid.largest_offset_s,
        interpolated=grid.interpolated,
        warnings=(
            *scheme.remarks,
            *_about_period(grid, scheme, options),
            *_about_samples(grid, curve, options),
            *_about_noise(curve, floor),
            *lost,
        ),
    )


def _grid(
    series: WeightSeries,
    scheme: Scheme,
    options: Options,
    start_s: float,
    end_s: float,
) -> Grid:
    tolerance_s = options.tolerance_s
    if tolerance_s is None and in_step(options):
        # Nothing flows where these readings are taken, so no error comes of it.
        tolerance_s = min(scheme.interval_s, series.interval_s) / 2.0
    return on_grid(
        series,
        scheme.interval_s,
        tolerance_s,
        start_s=start_s,
        end_s=end_s,
        interpolate=options.interpolate,
    )


def _last_hour(
    grid_of: Callable[[float, float], Grid],
    series: WeightSeries,
    scheme: Scheme,
    options: Options,
    lost: list[str],
) -> Grid | None:
    """The last hour of a volumetric pump's test period, where it is another one."""
    own_period = (options.start_s, options.end_s) != (None, None)
    end = series.duration_s // scheme.interval_s * scheme.interval_s
    if options.method is not Method.VOLUMETRIC or own_period or end <= scheme.end_s:
        return None
    try:
        return grid_of(end - _HOUR_S, end)
    except MeasurementRefused as refused:
        lost.append(f"the last hour is not analysed: {refused}")
        return None


def _beginning(
    grid_of: Callable[[float, float], Grid], scheme: Scheme, lost: list[str]
) -> Grid | None:
    """The samples of the start-up curve; without them the rest still has its worth."""
    begin, end = scheme.start_up_start_s, scheme.start_up_end_s
    if end - begin < scheme.start_up_every * scheme.interval_s:
        lost.append("no start-up curve: the period before has not one point of it")
        return None
    try:
        return grid_of(begin, end)
    except MeasurementRefused as refused:
        lost.append(f"no start-up curve: {refused}")
        return None


def _floor(
    noise: Noise | None, curve: Trumpet, interval_s: float, flow_g_per_h: float
) -> tuple[Floor, ...]:
    if noise is None:
        return ()
    windows_s = [each.window_s for each in curve.windows]
    return noise_floor(noise, curve.samples, interval_s, flow_g_per_h, windows_s)


def _u_percent(
    noise: Noise | None, duration_s: float, flow_g_per_h: float
) -> float | None:
    if noise is None:
        return None
    set_g = duration_s * flow_g_per_h / _HOUR_S
    return 100.0 * noise.u_difference_g(duration_s) / set_g


def _about_period(grid: Grid, scheme: Scheme, options: Options) -> list[str]:
    """One sentence where the samples do not reach the period's ends."""
    least_s = scheme.interval_s / 100.0
    ends_early = scheme.end_s - grid.end_s > least_s
    if options.method is None and options.end_s is None:
        ends_early = False
    if grid.start_s - scheme.start_s <= least_s and not ends_early:
        return []
    return [
        f"the samples within {span(scheme.start_s)} to {span(scheme.end_s)} lie at"
        f" {span(grid.start_s)} to {span(grid.end_s)}, and that is analysed"
    ]


def _about_samples(grid: Grid, curve: Trumpet, options: Options) -> list[str]:
    """Sentences about samples that were not where they belong."""
    found = []
    if grid.interpolated:
        found.append(
            f"{grid.interpolated} of {len(grid.mass_g)} places had no sample and were"
            " interpolated, which hides what happened there"
        )
    percent = 200.0 * grid.largest_offset_s / curve.windows[0].window_s
    rounded = (
        options.tolerance_s is None
        and grid.largest_offset_s > grid.interval_s * EXACT_SHARE
    )
    if (percent > _NOTABLE_PERCENT or rounded) and not in_step(options):
        why = " by the rounding of the stamps to whole seconds" if rounded else ""
        found.append(
            f"samples are up to {number(grid.largest_offset_s)} s from their"
            f" places{why}, which moves the errors of the shortest window by up to"
            f" {percent:.2g} percent"
        )
    return found


def _about_noise(curve: Trumpet, floor: tuple[Floor, ...]) -> list[str]:
    """One sentence on the windows that show the balance rather than the pump."""
    blind = [
        span(below.window_s)
        for window, below in zip(curve.windows, floor, strict=False)
        if below.ep_max_percent > _NOTABLE_NOISE_PERCENT
        and window.ep_max_percent - window.ep_min_percent < 4.0 * below.ep_max_percent
    ]
    if not blind:
        return []
    return [
        f"in windows of {', '.join(blind)} at least half of the trumpet's width may be"
        " the measurement's own noise"
    ]
