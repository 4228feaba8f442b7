"""What a user may choose in a flow analysis, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.errors import ConfigurationError
from harness.flow.cycles import quiet_phase_s, shot_cycle_s
from harness.flow.methods import (
    Edition,
    Method,
    Scheme,
    ambulatory_1,
    ambulatory_2,
    by_the_hour,
    stabilisation_s,
    without_method,
)
from harness.flow.series import WeightSeries, positive, span


@dataclass(frozen=True, slots=True)
class Options:
    """How a recording is analysed; everything has a default.

    Times are counted from the first sample, which is where the pump started.

    Attributes:
        method: a method of the standard; None with ``windows_s`` as given.
        edition: which edition is named in the result.
        windows_s: observation windows; by default those of the method.
        interval_s: sample interval S; by default the method's, or the recording's own
            where there is no method.
        start_s: start of the analysed period; by default the method's, or 0.
        end_s: its end; by default the method's, or the last sample.
        container_ml: filling of an ambulatory pump; the stabilisation is half of it or
            24 h, whichever is shorter.
        shot_cycle_s: length of a shot cycle, for ambulatory type 2; found in the
            recording by default.
        limits_percent: lowest and highest error, to count the windows inside.
        tolerance_s: how far from its place a sample may be; by default S / 100, or
            1 s for stamps rounded to whole seconds, and half the recording's own
            interval where the readings are in step with shots.
        interpolate: fill a place without a sample linearly, and say so.
    """

    method: Method | None = None
    edition: Edition = Edition.FIRST
    windows_s: tuple[float, ...] | None = None
    interval_s: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    container_ml: float | None = None
    shot_cycle_s: float | None = None
    limits_percent: tuple[float, float] | None = None
    tolerance_s: float | None = None
    interpolate: bool = False


def scheme_for(series: WeightSeries, rate_ml_per_h: float, options: Options) -> Scheme:
    """What the method prescribes, with the options' own numbers in place of it.

    Raises:
        ConfigurationError: neither a method nor windows, or a number that is not above
            zero.
        MeasurementRefused: the recording shows no shot cycle.
    """
    for name, value in (
        ("rate", rate_ml_per_h),
        ("sample interval", options.interval_s),
        ("shot cycle", options.shot_cycle_s),
        ("container volume", options.container_ml),
    ):
        if value is not None:
            positive(name, value)
    prescribed = _prescribed(series, rate_ml_per_h, options)
    scheme = _with_own_period(prescribed, options)
    if in_step(options):
        scheme = _in_step(series, scheme)
    return replace(
        scheme,
        windows_s=options.windows_s or scheme.windows_s,
        start_up_end_s=min(scheme.start_up_end_s, series.duration_s),
        remarks=_remarks(prescribed, scheme, options),
    )


def in_step(options: Options) -> bool:
    """Whether readings are taken where the recording itself shows the pump at rest."""
    return options.method is Method.AMBULATORY_2 and options.shot_cycle_s is None


def _prescribed(series: WeightSeries, rate_ml_per_h: float, options: Options) -> Scheme:
    edition, interval_s = options.edition, options.interval_s
    settled_s = stabilisation_s(rate_ml_per_h, options.container_ml)
    match options.method:
        case None:
            if not options.windows_s:
                raise ConfigurationError(
                    "flow analysis: neither a method nor windows are given; name one"
                )
            own = series.interval_s if interval_s is None else interval_s
            return without_method(own, options.windows_s, series.duration_s)
        case Method.AMBULATORY_1:
            return ambulatory_1(edition, settled_s, interval_s)
        case Method.AMBULATORY_2:
            begin = settled_s if options.start_s is None else options.start_s
            cycle_s = options.shot_cycle_s or shot_cycle_s(series, begin)
            return ambulatory_2(edition, settled_s, cycle_s, interval_s)
        case _:
            return by_the_hour(options.method, edition, interval_s)


def _with_own_period(scheme: Scheme, options: Options) -> Scheme:
    """The period that was asked for; a method's keeps its length if only moved."""
    start, end = scheme.start_s, scheme.end_s
    if options.start_s is not None:
        start = options.start_s
        if options.method is not None:
            end += start - scheme.start_s
    if options.end_s is not None:
        end = options.end_s
    stabilised = options.method in {Method.AMBULATORY_1, Method.AMBULATORY_2}
    return replace(
        scheme,
        start_s=start,
        end_s=end,
        start_up_end_s=start if stabilised else scheme.start_up_end_s,
    )


def _in_step(series: WeightSeries, scheme: Scheme) -> Scheme:
    """The same period, later by the part of a cycle after which the pump rests."""
    if scheme.shot_cycle_s is None:
        return scheme
    later = quiet_phase_s(series, scheme.shot_cycle_s, scheme.start_s)
    start = scheme.start_s + later
    end = min(scheme.end_s + later, max(scheme.end_s, series.duration_s))
    return replace(
        scheme,
        start_s=start,
        end_s=end,
        start_up_start_s=start % scheme.interval_s,
        start_up_end_s=start,
    )


def _remarks(prescribed: Scheme, scheme: Scheme, options: Options) -> tuple[str, ...]:
    if options.method is None:
        return ()
    own_period = (options.start_s, options.end_s) != (None, None)
    remarks = []
    if options.windows_s and options.windows_s != prescribed.windows_s:
        remarks.append(
            f"windows of {_spans(options.windows_s)} as given are analysed, not the"
            f" method's {_spans(prescribed.windows_s)}"
        )
    if own_period and (prescribed.start_s, prescribed.end_s) != (
        scheme.start_s,
        scheme.end_s,
    ):
        remarks.append(
            f"the period {span(scheme.start_s)} to {span(scheme.end_s)} is analysed,"
            f" not the method's {span(prescribed.start_s)} to {span(prescribed.end_s)}"
        )
    ambulatory = options.method in {Method.AMBULATORY_1, Method.AMBULATORY_2}
    if ambulatory and options.container_ml is None and options.start_s is None:
        remarks.append(
            "no container volume is given, so the stabilisation is taken as 24 h;"
            " half the container is the end of it where that is shorter"
        )
    return tuple(remarks)


def _spans(durations_s: tuple[float, ...]) -> str:
    return ", ".join(span(each) for each in durations_s)
