"""The picture of a population: its units, the tolerance interval and the limit.

Importing matplotlib takes longer than the calculation: import this module only where
the picture is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.populations.sample import UnitSample
from harness.populations.variables import Statistics
from harness.render import plot_style
from harness.render.wording import symbol

_WIDTH_INCH: Final = 7.2
_ROW_INCH: Final = 0.16
_FRAME_INCH: Final = 1.3
_MOST_NAMES: Final = 60


def draw(units: Sequence[UnitSample], found: Statistics, title: str) -> str:
    """Return an SVG file: a row for each unit, its values with U.

    Args:
        units: those that have values.
        found: interval and limit.
        title: what is shown, in one line.
    """
    rows = range(len(units))
    height = _FRAME_INCH + _ROW_INCH * max(6, min(len(units), _MOST_NAMES))
    with plot_style.style():
        figure = Figure(figsize=(_WIDTH_INCH, height), layout="constrained")
        axes = figure.add_subplot()
        _draw_interval(axes, found)
        _draw_limit(axes, found)
        points = [
            (each.value, row, each.expanded_u)
            for row, unit in zip(rows, units, strict=True)
            for each in unit.values
        ]
        axes.errorbar(
            [x for x, _, _ in points],
            [row for _, row, _ in points],
            xerr=[u for _, _, u in points],
            fmt="o",
            ms=3.0,
            lw=1.0,
            capsize=2.0,
            color=plot_style.MEASURED,
            label="value ± U",
        )
        if len(units) <= _MOST_NAMES:
            axes.set_yticks(list(rows), [each.unit for each in units])
        else:
            axes.set_ylabel("units, in the order of the runs")
        axes.set_ylim(len(units) - 0.5, -0.5)
        axes.set_xlabel(f"value ({symbol(found.bounds.unit)})")
        axes.grid(visible=True, axis="x", color=plot_style.FAINT, lw=0.3, alpha=0.5)
        axes.set_title(title, loc="left", fontsize=8.0)
        figure.legend(loc="outside upper left", ncols=5)
        return plot_style.file_text(figure, title, _description(found, title))


def _draw_interval(axes: Axes, found: Statistics) -> None:
    interval = found.interval
    ends = [end for end in (interval.lower, interval.upper) if math.isfinite(end)]
    if len(ends) == 2:
        axes.axvspan(
            *ends,
            color=plot_style.BAND,
            alpha=0.35,
            lw=0.0,
            label=f"tolerance interval ({interval.method})",
        )
        return
    axes.axvline(
        ends[0],
        color=plot_style.COUNTED,
        lw=1.2,
        ls="--",
        label=f"tolerance limit ({interval.method})",
    )


def _draw_limit(axes: Axes, found: Statistics) -> None:
    inward = ((found.bounds.lower, 1.0), (found.bounds.upper, -1.0))
    bounds = [(bound, sign) for bound, sign in inward if bound is not None]
    for name, line, share in (
        ("limit", "-", 0.0),
        ("limit less shared U", "--", found.shared_u),
    ):
        for number, (bound, sign) in enumerate(bounds):
            axes.axvline(
                bound + sign * share,
                color=plot_style.PROGRAMMED,
                lw=1.2,
                ls=line,
                label=None if number else name,
            )
    axes.axvline(
        found.spread.mean, color=plot_style.INK, lw=0.8, ls=":", label="mean of units"
    )


def _description(found: Statistics, title: str) -> str:
    return f"{title}: {found.spread.units} units, mean {found.spread.mean:.4g}"
