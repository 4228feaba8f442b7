"""The curves of a run as small SVG pictures that stand inside the page.

Bytes depend on the record alone. Texts stay texts, colours follow the page (light,
dark, print) and tell curves apart without colour vision, as do line styles.
Only names known here are drawn; what else comes from the record is escaped.

Importing matplotlib takes longer than most runs of the tool's commands: import this
module only where pictures are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.render import plot_style
from harness.render.case_record import CaseRecord
from harness.render.drawings import DRAWINGS, ROOM, Band, Drawing
from harness.render.measurement_record import LimitRecord, SeriesRecord
from harness.render.points import Points, finite, thin
from harness.render.wording import symbol
from harness.units import NS_PER_S

_WIDTH_INCH: Final = 7.2
_WINDOW_UNIT: Final = ("observation window (min)", 60.0)
# What matplotlib leaves out of a legend.
_NO_LABEL: Final = "_nolegend_"
_TIME_UNITS: Final = (("days", 172800.0, 86400.0), ("hours", 7200.0, 3600.0))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        title: what it shows, in a few words.
        svg: an ``<svg>`` element, safe inside a page.
    """

    title: str
    svg: str


def pictures(case: CaseRecord) -> tuple[Picture, ...]:
    """Draw the curves of a case; of two with one name the later one is drawn."""
    known = (replace(each, points=finite(each.points)) for each in case.series)
    by_name = {series.name: series for series in known if series.points}
    whose = f"{case.id}, attempt {case.attempt}" if case.attempts else case.id
    return _drawn(DRAWINGS, by_name, _percent_limit(case), whose)


def room(cases: Iterable[CaseRecord], began_ns: int) -> tuple[Picture, ...]:
    """Draw what the ambient sensor showed while the cases of a run weighed.

    Args:
        cases: in any order.
        began_ns: bench time from which the pictures count.
    """
    by_name: dict[str, SeriesRecord] = {}
    for case in cases:
        for series in case.series:
            origin_ns = series.origin_ns or case.t_begin_ns or began_ns
            later_s = (origin_ns - began_ns) / NS_PER_S
            points = tuple((t + later_s, y) for t, y in finite(series.points))
            before = by_name.get(series.name, replace(series, points=()))
            if points and before.unit == series.unit:
                merged = tuple(sorted(before.points + points))
                by_name[series.name] = replace(before, points=merged)
    return _drawn(ROOM, by_name, None, "all cases")


def _drawn(
    drawings: Iterable[Drawing],
    by_name: dict[str, SeriesRecord],
    limit: LimitRecord | None,
    whose: str,
) -> tuple[Picture, ...]:
    return tuple(
        _picture(drawing, by_name, limit, whose)
        for drawing in drawings
        if any(name in by_name for name, _ in drawing.curves)
    )


def _picture(
    drawing: Drawing,
    known: dict[str, SeriesRecord],
    limit: LimitRecord | None,
    whose: str,
) -> Picture:
    unit = next(known[name].unit for name, _ in drawing.curves if name in known)
    by_name = {
        name: known[name]
        for name in drawing.names
        if name in known and known[name].unit == unit
    }
    texts = dict.fromkeys(series.text for series in by_name.values() if series.text)
    title = "; ".join([drawing.title, *texts])
    svg = _svg(drawing, by_name, limit, title, whose)
    return Picture(title, svg)


def _svg(
    drawing: Drawing,
    by_name: dict[str, SeriesRecord],
    limit: LimitRecord | None,
    title: str,
    whose: str,
) -> str:
    drawn = [
        (by_name[name], curve) for name, curve in drawing.curves if name in by_name
    ]
    unit = drawn[0][0].unit
    x_name, second = (
        _WINDOW_UNIT
        if drawing.window_axis
        else _time_unit(series for series, _ in drawn)
    )
    with plot_style.style(f"{title}, {whose}"):
        figure = Figure(
            figsize=(_WIDTH_INCH, drawing.height_inch), layout="constrained"
        )
        axes = figure.add_subplot()
        if drawing.reference in by_name and limit is not None:
            around = thin(by_name[drawing.reference].points, drawing.stretches)
            _draw_band(axes, around, limit, second)
        for band in drawing.bands:
            _draw_between(axes, band, by_name, second)
        for series, curve in drawn:
            x, y = _columns(thin(series.points, drawing.stretches), second)
            (plotted,) = axes.plot(x, y, curve.style, color=curve.color, lw=1.4, ms=3.5)
            plotted.set_label(curve.label or _NO_LABEL)
        if drawing.window_axis:
            lengths = {x / second for series, _ in drawn for x, _ in series.points}
            axes.set_xticks(sorted(lengths))
        axes.set_xlabel(x_name)
        axes.set_ylabel(f"{drawing.axis} ({symbol(unit)})")
        axes.margins(x=0.01)
        axes.grid(visible=True, color=plot_style.FAINT, lw=0.3, alpha=0.5)
        figure.legend(loc="outside upper left", ncols=len(drawn) + 1)
        return plot_style.element(figure, title, f"{title}, {whose}")


def _draw_band(axes: Axes, points: Points, limit: LimitRecord, second: float) -> None:
    """Shade what the limit allows around the programmed curve."""
    x, y = _columns(points, second)
    if limit.lower is None or limit.upper is None:
        return
    lower = [value * (1.0 + limit.lower / 100.0) for value in y]
    upper = [value * (1.0 + limit.upper / 100.0) for value in y]
    label = f"limit of {limit.requirement}"
    axes.fill_between(
        x, lower, upper, color=plot_style.BAND, alpha=0.35, lw=0.0, label=label
    )


def _draw_between(
    axes: Axes, band: Band, by_name: dict[str, SeriesRecord], second: float
) -> None:
    """Shade what lies between two curves over the same places."""
    if not {band.lower, band.upper} <= by_name.keys():
        return
    x, lower = _columns(by_name[band.lower].points, second)
    places, upper = _columns(by_name[band.upper].points, second)
    if x == places:
        axes.fill_between(
            x, lower, upper, color=band.color, alpha=0.6, lw=0.0, label=band.label
        )


def _percent_limit(case: CaseRecord) -> LimitRecord | None:
    """The first limit in percent: that of the requirement for which a case exists."""
    return next((each for each in case.limits if each.unit == "percent"), None)


def _time_unit(drawn: Iterable[SeriesRecord]) -> tuple[str, float]:
    longest_s = max(series.points[-1][0] for series in drawn)
    for name, least_s, second in _TIME_UNITS:
        if longest_s >= least_s:
            return f"time ({name})", second
    return "time (minutes)", 60.0


def _columns(points: Points, second: float) -> tuple[list[float], list[float]]:
    return [x / second for x, _ in points], [y for _, y in points]
