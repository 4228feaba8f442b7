"""From a recording to its flow analysis: density, evaporation, noise and limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from harness.errors import ConfigurationError, MeasurementRefused
from harness.evidence.records import JsonValue
from harness.flow.analysis import FlowAnalysis, analyse
from harness.flow.methods import Method
from harness.flow.noise import Noise, estimate, last_digit_g
from harness.flow.options import Options, in_step
from harness.flow.series import WeightSeries, on_grid, span
from harness.recordings.limit import Standing, standing
from harness.recordings.recording import Recording

_S_PER_H: Final = 3600.0
_HALF_MINUTE_S: Final = 30.0
_DEFAULT_WINDOWS_S: Final = tuple(60.0 * p for p in (2, 5, 11, 19, 31))
_TWO_HOURS_S: Final = 7200.0
# So far below nothing is no pump but a vessel that was weighed the other way round.
_OTHER_WAY_PERCENT: Final = -110.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a recording.

    Attributes:
        rate_ml_per_h: set rate.
        density_g_per_ml: density of the liquid, at its temperature.
        options: method, windows, period.
        falling: the supply vessel was weighed.
        evaporation_g_per_h: loss of the weighed vessel that is no flow.
        noise: of the balance as a number, or a recording with the pump stopped.
        limit_percent: largest mean error allowed, either way; None for no limit.
    """

    rate_ml_per_h: float
    density_g_per_ml: float
    options: Options
    falling: bool = False
    evaporation_g_per_h: float = 0.0
    noise: Noise | Recording | None = None
    limit_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a recording says.

    Attributes:
        recording: what was analysed.
        question: what was asked.
        flow: the analysis.
        standing: how the mean error stands to the limit; None without one.
        warnings: sentences for the reader, from reading to analysis.
    """

    recording: Recording
    question: Question
    flow: FlowAnalysis
    standing: Standing | None
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Everything as JSON can hold it, in full precision."""
        return {
            "file": self.recording.to_json(),
            "falling": self.question.falling,
            "evaporation_g_per_h": self.question.evaporation_g_per_h,
            **self.flow.to_json(),
            "limit": None if self.standing is None else self.standing.to_json(),
            "warnings": list(self.warnings),
        }


def answer(recording: Recording, question: Question) -> Answer:
    """Analyse the flow in a recording.

    Raises:
        ConfigurationError: an option is wrong, or the mass goes the other way.
        MeasurementRefused: the recording is too short or lacks a sample.
    """
    weights = series(recording, question.falling, question.evaporation_g_per_h)
    with naming(recording.path):
        options, said = _with_defaults(weights, question.options)
    noise = known_noise(question.noise)
    rate, density = question.rate_ml_per_h, question.density_g_per_ml
    with naming(recording.path):
        flow = analyse(weights, rate, density, options, noise)
    _refuse_other_way(recording, question, flow.trumpet.mean_error_percent)
    stands = None
    if question.limit_percent is not None:
        stands = _against_limit(weights, question.limit_percent, flow)
    return Answer(
        recording,
        question,
        flow,
        stands,
        (
            *recording.warnings,
            *recording.jumps,
            *about_first_stamp(recording, options.start_s, options.end_s),
            *said,
            *flow.warnings,
        ),
    )


def about_first_stamp(
    recording: Recording, start_s: float | None, end_s: float | None
) -> tuple[str, ...]:
    """Say from where a period counts, if the stamps may suggest another beginning."""
    first_s = recording.first_s
    asked = start_s is not None or end_s is not None
    if not asked or not 0.0 < abs(first_s) <= recording.t_s[-1]:
        return ()
    return (
        f"the first stamp says {span(first_s)}; --from and --to count from that sample,"
        " not from the zero of the stamps",
    )


def series(
    recording: Recording, falling: bool, evaporation_g_per_h: float
) -> WeightSeries:
    """Mass that the pump moved: evaporation added back, rising with the flow."""
    mass_g = recording.mass_g
    if evaporation_g_per_h:
        mass_g = mass_g + recording.t_s * (evaporation_g_per_h / _S_PER_H)
    return WeightSeries(recording.t_s, -mass_g if falling else mass_g)


def _with_defaults(
    weights: WeightSeries, options: Options
) -> tuple[Options, tuple[str, ...]]:
    """Choose a method, or windows, where neither is asked for.

    Samples that fit 30 s and last two hours are analysed like a volumetric pump's; of
    all others the windows that are whole multiples of their interval.
    """
    if options.method is not None or options.windows_s is not None:
        return options, ()
    own_s = weights.interval_s if options.interval_s is None else options.interval_s
    whole = options.interval_s is None and _divides(own_s, _HALF_MINUTE_S)
    period_asked = options.start_s is not None or options.end_s is not None
    if whole and not period_asked and weights.duration_s >= _TWO_HOURS_S - own_s / 2.0:
        return replace(options, method=Method.VOLUMETRIC), ()
    if whole:
        own_s = _HALF_MINUTE_S
    start_s = options.start_s or 0.0
    end_s = weights.duration_s if options.end_s is None else options.end_s
    fitting = tuple(
        p for p in _DEFAULT_WINDOWS_S if _divides(own_s, p) and p < end_s - start_s
    )
    if not fitting:
        raise ConfigurationError(
            f"windows: none of 2, 5, 11, 19 and 31 min fits samples every"
            f" {span(own_s)} over {span(end_s - start_s)}; choose some with --windows,"
            " whole multiples of the sample interval"
        )
    left_out = [span(p) for p in _DEFAULT_WINDOWS_S if p not in fitting]
    said = (
        f"windows of {', '.join(left_out)} are left out: not whole multiples of the"
        f" sample interval {span(own_s)}, or too long"
    )
    chosen = replace(options, windows_s=fitting, interval_s=own_s)
    return chosen, (said,) if left_out else ()


def _divides(interval_s: float, whole_s: float) -> bool:
    count = whole_s / interval_s
    return round(count) >= 1 and math.isclose(count, round(count), rel_tol=1e-3)


def known_noise(given: Noise | Recording | None) -> Noise | None:
    """The noise as a number, out of a recording with the pump stopped if it is one.

    Raises:
        MeasurementRefused: the recording is too short, or lacks samples.
    """
    if not isinstance(given, Recording):
        return given
    weights = WeightSeries(given.t_s, given.mass_g)
    with naming(given.path):
        blank = on_grid(weights, weights.interval_s)
        return estimate(blank, last_digit_g(given.mass_g))


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let what is wrong with a series of weights say in which file it is."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    except MeasurementRefused as error:
        raise MeasurementRefused(f"{path}: {error}") from error


def _refuse_other_way(
    recording: Recording, question: Question, mean_error_percent: float
) -> None:
    if mean_error_percent > _OTHER_WAY_PERCENT:
        return
    if question.falling:
        raise ConfigurationError(
            f"{recording.path}: the mass rises; leave --falling out, which is for a"
            " supply vessel on the balance"
        )
    raise ConfigurationError(
        f"{recording.path}: the mass falls; if the supply vessel stood on the balance,"
        " say so with --falling"
    )


def _against_limit(
    weights: WeightSeries, limit_percent: float, flow: FlowAnalysis
) -> Standing:
    """The mean error against the limit, widened by noise and offset of the readings.

    Without a known noise the scatter of the analysed flow itself bounds it: what the
    pump's own fluctuation adds makes the bound wider, never narrower.
    """
    u_percent = flow.mean_error_u_percent
    if u_percent is None:
        u_percent = _bound_of_u_percent(weights, flow)
    if not in_step(flow.options):
        # A sample off its place at either end counts in full within two times u.
        duration_s = flow.trumpet.end_s - flow.trumpet.start_s
        u_percent += 100.0 * flow.largest_offset_s / duration_s
    return standing(flow.trumpet.mean_error_percent, u_percent, limit_percent)


def _bound_of_u_percent(weights: WeightSeries, flow: FlowAnalysis) -> float:
    """Standard uncertainty of the mean error, were all scatter the balance's.

    White noise s gives second differences a variance of 6 s², and the difference of
    two readings one of 2 s². A display that seldom changes scatters less than its last
    digit d hides, which gives that difference d² / 6 at least.
    """
    begin, end = np.searchsorted(
        weights.t_s, (flow.trumpet.start_s, flow.trumpet.end_s + flow.interval_s)
    )
    mass_g = weights.mass_g[begin:end]
    second = np.diff(mass_g, 2)
    if not len(second):
        return math.inf
    scatter_g = math.sqrt(float(np.dot(second, second)) / len(second) / 3.0)
    u_g = max(scatter_g, last_digit_g(mass_g) / math.sqrt(6.0))
    hours = (flow.trumpet.end_s - flow.trumpet.start_s) / _S_PER_H
    return 100.0 * u_g / (hours * flow.rate_ml_per_h * flow.density_g_per_ml)
