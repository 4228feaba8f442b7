"""The curves of a case as small SVG pictures that stand inside the page.

Bytes depend on the record alone. Texts stay texts, colours follow the page (light,
dark, print) and tell curves apart without colour vision, as do line styles.
Only names known here are drawn; what else comes from the record is escaped.

Importing matplotlib takes longer than most runs of the tool's commands: import this
module only where pictures are drawn.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from html import escape
from types import MappingProxyType
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.render.run_record import CaseRecord, LimitRecord, SeriesRecord
from harness.render.wording import symbol

Points = Sequence[tuple[float, float]]

_SIZE_INCH: Final = (7.2, 2.7)
_BUCKETS: Final = 60
_INK: Final = "#010203"
_FAINT: Final = "#040506"
_BAND: Final = "#070809"
# Blue and vermilion of Okabe and Ito, which colour-blind readers tell apart.
_MEASURED: Final = "#0072b2"
_COUNTED: Final = "#009e73"
_PROGRAMMED: Final = "#d55e00"
# The page may set these; elsewhere the second value holds.
_THEME: Final = MappingProxyType(
    {
        _INK: "currentColor",
        _FAINT: "var(--plot-faint, #8a8a8a)",
        _BAND: "var(--plot-band, #9ab)",
        _MEASURED: f"var(--plot-measured, {_MEASURED})",
        _COUNTED: f"var(--plot-counted, {_COUNTED})",
        _PROGRAMMED: f"var(--plot-programmed, {_PROGRAMMED})",
    }
)
_NO_METADATA: Final = MappingProxyType(
    {"Date": None, "Creator": None, "Format": None, "Type": None}
)
_TIME_UNITS: Final = (("days", 172800.0, 86400.0), ("hours", 7200.0, 3600.0))
_GENERATED_IDS: Final = re.compile(r' id="[A-Za-z0-9.]+_\d+"')


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        title: what it shows, in a few words.
        svg: an ``<svg>`` element, safe inside a page.
    """

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class _Curve:
    label: str
    color: str
    style: str


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One kind of picture: a title, an axis, and the curves that belong to it."""

    title: str
    axis: str
    curves: tuple[tuple[str, _Curve], ...]
    reference: str


_DRAWINGS: Final = (
    _Drawing(
        "Delivered against programmed volume",
        "volume",
        (
            ("programmed", _Curve("programmed", _PROGRAMMED, "--")),
            ("counted", _Curve("pump's counter", _COUNTED, ":")),
            ("delivered", _Curve("delivered, by weight", _MEASURED, "-")),
        ),
        "programmed",
    ),
    _Drawing(
        "Flow over time; the limit applies to the whole volume, not to each block",
        "flow",
        (
            ("programmed flow", _Curve("programmed", _PROGRAMMED, "--")),
            ("flow", _Curve("flow, by weight", _MEASURED, "-")),
        ),
        "programmed flow",
    ),
    _Drawing(
        "Reservoir content",
        "volume",
        (("reservoir", _Curve("reservoir", _MEASURED, "-")),),
        "",
    ),
)


def pictures(case: CaseRecord) -> tuple[Picture, ...]:
    """Draw the curves of a case; of two with one name the later one is drawn."""
    finite = (replace(each, points=_finite(each.points)) for each in case.series)
    by_name = {series.name: series for series in finite if series.points}
    return tuple(
        Picture(drawing.title, _svg(drawing, by_name, _percent_limit(case), case.id))
        for drawing in _DRAWINGS
        if any(name in by_name for name, _ in drawing.curves)
    )


def thin(points: Points) -> list[tuple[float, float]]:
    """Keep first and last, and of every stretch the lowest and the highest point."""
    step = -(-len(points) // _BUCKETS)
    if step <= 2:
        return list(points)
    kept = {0, len(points) - 1}
    for first in range(0, len(points), step):
        stretch = range(first, min(first + step, len(points)))
        kept.add(min(stretch, key=lambda i: points[i][1]))
        kept.add(max(stretch, key=lambda i: points[i][1]))
    return [points[i] for i in sorted(kept)]


def _svg(
    drawing: _Drawing,
    by_name: dict[str, SeriesRecord],
    limit: LimitRecord | None,
    case_id: str,
) -> str:
    drawn = [
        (by_name[name], curve) for name, curve in drawing.curves if name in by_name
    ]
    unit = drawn[0][0].unit
    drawn = [(series, curve) for series, curve in drawn if series.unit == unit]
    time_name, second = _time_unit(series for series, _ in drawn)
    with _style():
        figure = Figure(figsize=_SIZE_INCH, layout="constrained")
        axes = figure.add_subplot()
        if drawing.reference in by_name and limit is not None:
            _draw_band(axes, by_name[drawing.reference].points, limit, second)
        for series, curve in drawn:
            x, y = _columns(thin(series.points), second)
            axes.plot(x, y, curve.style, color=curve.color, lw=1.4, label=curve.label)
        axes.set_xlabel(time_name)
        axes.set_ylabel(f"{drawing.axis} ({symbol(unit)})")
        axes.margins(x=0.01)
        axes.grid(visible=True, color=_FAINT, lw=0.3, alpha=0.5)
        figure.legend(loc="outside upper left", ncols=len(drawn) + 1)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata=dict(_NO_METADATA))
    return _for_page(out.getvalue(), drawing.title, f"{drawing.title}, {case_id}")


def _style() -> AbstractContextManager[None]:
    return mpl.rc_context(
        {
            "axes.edgecolor": _FAINT,
            "axes.labelcolor": _INK,
            "axes.linewidth": 0.6,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.unicode_minus": True,
            "font.family": "DejaVu Sans",
            "font.size": 8.0,
            "legend.frameon": False,
            "legend.fontsize": 8.0,
            "path.simplify": True,
            "svg.fonttype": "none",
            "svg.hashsalt": "dosebench",
            "text.color": _INK,
            "text.parse_math": False,
            "xtick.color": _FAINT,
            "xtick.labelcolor": _INK,
            "ytick.color": _FAINT,
            "ytick.labelcolor": _INK,
        }
    )


def _draw_band(axes: Axes, points: Points, limit: LimitRecord, second: float) -> None:
    """Shade what the limit allows around the programmed curve."""
    x, y = _columns(thin(points), second)
    if limit.lower is None or limit.upper is None:
        return
    lower = [value * (1.0 + limit.lower / 100.0) for value in y]
    upper = [value * (1.0 + limit.upper / 100.0) for value in y]
    label = f"limit of {limit.requirement}"
    axes.fill_between(x, lower, upper, color=_BAND, alpha=0.35, lw=0.0, label=label)


def _percent_limit(case: CaseRecord) -> LimitRecord | None:
    """The first limit in percent: that of the requirement for which a case exists."""
    return next((each for each in case.limits if each.unit == "percent"), None)


def _time_unit(drawn: Iterable[SeriesRecord]) -> tuple[str, float]:
    longest_s = max(series.points[-1][0] for series in drawn)
    for name, least_s, second in _TIME_UNITS:
        if longest_s >= least_s:
            return f"time ({name})", second
    return "time (minutes)", 60.0


def _finite(points: Points) -> tuple[tuple[float, float], ...]:
    return tuple(p for p in points if math.isfinite(p[0]) and math.isfinite(p[1]))


def _columns(points: Points, second: float) -> tuple[list[float], list[float]]:
    return [x / second for x, _ in points], [y for _, y in points]


def _for_page(svg: str, title: str, description: str) -> str:
    """Make matplotlib's file an element of a page, which says what it shows."""
    body = svg[svg.index("<svg") :]
    for color, themed in _THEME.items():
        body = body.replace(color, themed)
    body = _GENERATED_IDS.sub("", body)
    head, _, rest = body.partition(">")
    return (
        f'{head} role="img"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc>{rest}"
    )
