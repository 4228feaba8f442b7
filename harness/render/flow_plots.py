"""The curves of a flow analysis as SVG files of their own.

Bytes depend on the numbers alone.

Importing matplotlib takes longer than most analyses: import this module only where
pictures are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from harness.flow.analysis import FlowAnalysis
from harness.flow.plateaus import indices
from harness.flow.trumpet import Trumpet
from harness.recordings.bolus_analysis import BolusAnswer
from harness.recordings.occlusion_analysis import OcclusionAnswer
from harness.recordings.source import shown
from harness.render import plot_style

Floats = NDArray[np.float64]

_SIZE_INCH: Final = (7.2, 4.0)
_BUCKETS: Final = 600
# So much of the time between closing and release is drawn before and after.
_MARGIN: Final = 0.5
# The axes of the standard, widened where a pump does not fit into them.
_TRUMPET_PERCENT: Final = 15.0
_PERCENT_STEP: Final = 5.0
_START_UP_RATES: Final = (-0.2, 2.0)
_TIME_UNITS: Final = (("d", 3 * 86400.0, 86400.0), ("h", 3 * 3600.0, 3600.0))


def trumpet_svg(flow: FlowAnalysis, curve: Trumpet, letter: str, name: str) -> str:
    """Draw a trumpet curve with the measurement's own noise floor.

    Args:
        flow: the analysis.
        curve: its analysed period, or its last hour.
        letter: what the mean error of that period is called, A or B.
        name: of the recording, for the title.
    """

    def draw(axes: Axes) -> None:
        minutes = [each.window_s / 60.0 for each in curve.windows]
        _draw_floor(axes, flow)
        highest = [each.ep_max_percent for each in curve.windows]
        lowest = [each.ep_min_percent for each in curve.windows]
        axes.plot(
            minutes,
            highest,
            "-o",
            color=plot_style.MEASURED,
            ms=3.5,
            lw=1.4,
            label="Ep max and min",
        )
        axes.plot(minutes, lowest, "-o", color=plot_style.MEASURED, ms=3.5, lw=1.4)
        mean = curve.mean_error_percent
        label = f"mean error {letter}, {mean:+.2f} %"
        axes.axhline(mean, color=plot_style.PROGRAMMED, ls="-.", lw=1.2, label=label)
        axes.axhline(0.0, color=plot_style.INK, ls=":", lw=0.9)
        drawn = [*highest, *lowest, mean]
        if flow.options.limits_percent is not None:
            low, high = flow.options.limits_percent
            axes.axhline(
                low,
                color=plot_style.COUNTED,
                ls="--",
                lw=1.0,
                label="limit of the mean",
            )
            axes.axhline(high, color=plot_style.COUNTED, ls="--", lw=1.0)
            drawn += [low, high]
        _percent_axis(axes, drawn)
        axes.set_xlim(0.0, max(minutes) * 1.03)
        axes.set_xticks(minutes, [f"{each:g}" for each in minutes])
        axes.set_xlabel("observation window (min)")
        axes.set_ylabel("percentage error of the flow")

    unknown = "" if flow.floor else "; noise floor not known"
    period = f"{_time(curve.start_s)} to {_time(curve.end_s)}"
    return _svg(draw, f"Trumpet curve, {period}: {name}\n{_caption(flow)}{unknown}")


def start_up_svg(flow: FlowAnalysis, name: str) -> str:
    """Draw the flow from the start of the pump; nothing where it is not known.

    Args:
        flow: the analysis.
        name: of the recording, for the title.
    """
    first = flow.start_up
    if first is None:
        return ""
    t_s, rates = thinned(first.t_s, first.rate_ml_per_h)
    unit, second = _time_unit(float(first.t_s[-1]))

    def draw(axes: Axes) -> None:
        rate = flow.rate_ml_per_h
        axes.plot(
            t_s / second, rates, "-", color=plot_style.MEASURED, lw=1.0, label="flow"
        )
        axes.axhline(
            rate,
            color=plot_style.PROGRAMMED,
            ls="--",
            lw=1.2,
            label=f"set rate {rate:g} mL/h",
        )
        low, high = (rate * each for each in _START_UP_RATES)
        axes.set_ylim(min(low, 1.05 * rates.min()), max(high, 1.05 * rates.max()))
        if (low, high) == axes.get_ylim():
            axes.set_yticks(rate * np.arange(-1, 11) / 5.0)
        axes.set_xlim(0.0, first.t_s[-1] / second)
        axes.set_xlabel(f"time from the first sample ({unit})")
        axes.set_ylabel("flow (mL/h)")

    return _svg(draw, f"Start-up curve: {name}\n{_caption(flow)}")


def bolus_svg(answer: BolusAnswer) -> str:
    """Draw the deviation of each bolus from the setting, with its uncertainty."""
    numbers = np.arange(1, len(answer.given) + 1)
    deviations = np.array([each.deviation_percent for each in answer.given])
    set_ml = answer.question.set_ml
    bars = [200.0 * each.u_ml / set_ml for each in answer.given]
    mean = answer.statistics.mean_deviation_percent

    def draw(axes: Axes) -> None:
        axes.errorbar(
            numbers,
            deviations,
            bars,
            fmt="o",
            color=plot_style.MEASURED,
            ms=4.0,
            lw=1.0,
            label="bolus, with 2 u of the weights",
        )
        label = f"mean, {mean:+.2f} %"
        axes.axhline(mean, color=plot_style.PROGRAMMED, ls="-.", lw=1.2, label=label)
        axes.axhline(0.0, color=plot_style.INK, ls=":", lw=0.9)
        if answer.question.limit_percent is not None:
            limit = answer.question.limit_percent
            axes.axhline(
                -limit, color=plot_style.COUNTED, ls="--", lw=1.0, label="limit, mean"
            )
            axes.axhline(limit, color=plot_style.COUNTED, ls="--", lw=1.0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlim(0.5, len(numbers) + 0.5)
        axes.set_xlabel("bolus")
        axes.set_ylabel("deviation from the set volume (%)")

    said = f"{answer.text}\nset volume {set_ml:g} mL"
    return _svg(draw, f"Boluses: {shown(answer.recording.path.name)}\n{said}")


def occlusion_svg(answer: OcclusionAnswer) -> str:
    """Draw the weights round closing, alarm and release as volumes."""
    events, density = answer.question.events, answer.question.density_g_per_ml
    weights = answer.weights
    margin_s = answer.question.search.within_s + _MARGIN * (
        events.released_s - events.closed_s
    )
    first, stop = indices(
        weights, events.closed_s - margin_s, events.released_s + margin_s
    )
    t_s = weights.t_s[first:stop] - weights.t_s[0]
    volume_ml = (weights.mass_g[first:stop] - weights.mass_g[first]) / density
    t_s, volume_ml = thinned(t_s, volume_ml)

    def draw(axes: Axes) -> None:
        axes.plot(t_s / 60.0, volume_ml, "-", color=plot_style.MEASURED, lw=1.2)
        for label, moment_s, line in (
            ("line closed", events.closed_s, "--"),
            ("alarm", events.alarm_s, ":"),
            ("line opened", events.released_s, "-."),
        ):
            axes.axvline(
                moment_s / 60.0,
                color=plot_style.PROGRAMMED,
                ls=line,
                lw=1.1,
                label=f"{label}, {_time(moment_s)}",
            )
        axes.set_xlabel("time from the first sample (min)")
        axes.set_ylabel("weighed volume (mL)")

    alarm, bolus = _time(answer.found.time_to_alarm_s), answer.found.bolus_ml
    said = (
        f"time to alarm {alarm}, bolus {bolus:.4g} mL ± {answer.expanded_u_ml:.2g} mL"
    )
    title = f"Occlusion: {shown(answer.recording.path.name)}"
    return _svg(draw, f"{title}\n{answer.text}\n{said}")


def thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Keep first and last, and of every stretch the lowest and the highest point."""
    step = -(-len(x) // _BUCKETS)
    if step <= 2:
        return x, y
    kept = {0, len(x) - 1}
    for begin in range(0, len(x), step):
        stretch = y[begin : begin + step]
        kept |= {begin + int(stretch.argmin()), begin + int(stretch.argmax())}
    places = sorted(kept)
    return x[places], y[places]


def _draw_floor(axes: Axes, flow: FlowAnalysis) -> None:
    if not flow.floor:
        return
    axes.fill_between(
        [each.window_s / 60.0 for each in flow.floor],
        [each.ep_min_percent for each in flow.floor],
        [each.ep_max_percent for each in flow.floor],
        color=plot_style.BAND,
        alpha=0.6,
        lw=0.0,
        label="noise floor of the measurement",
    )


def _percent_axis(axes: Axes, drawn: list[float]) -> None:
    largest = max(abs(each) for each in drawn)
    if largest <= _TRUMPET_PERCENT:
        axes.set_ylim(-_TRUMPET_PERCENT, _TRUMPET_PERCENT)
        axes.set_yticks(np.arange(-_TRUMPET_PERCENT, 16.0, _PERCENT_STEP))
    else:
        axes.set_ylim(-1.1 * largest, 1.1 * largest)


def _svg(draw: Callable[[Axes], None], title: str) -> str:
    with plot_style.style():
        figure = Figure(figsize=_SIZE_INCH, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.set_title(title, loc="left", fontsize=9.0)
        axes.grid(visible=True, color=plot_style.FAINT, lw=0.3, alpha=0.5)
        figure.legend(loc="outside lower left", ncols=4)
        first, _, rest = title.partition("\n")
        return plot_style.file_text(figure, first, rest)


def _caption(flow: FlowAnalysis) -> str:
    return (
        f"{flow.text}\nset rate {flow.rate_ml_per_h:g} mL/h, density"
        f" {flow.density_g_per_ml:.6g} g/mL, S = {_time(flow.interval_s)}"
    )


def _time(duration_s: float) -> str:
    if duration_s < 60.0:
        return f"{duration_s:g} s"
    return f"{duration_s / 60.0:g} min"


def _time_unit(longest_s: float) -> tuple[str, float]:
    for unit, least_s, second in _TIME_UNITS:
        if longest_s >= least_s:
            return unit, second
    return "min", 60.0
