"""The picture of how long to collect: uncertainty against time, with the limit.

Importing matplotlib takes longer than the calculation: import this module only where
the picture is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from harness.planning.forecast import Forecast
from harness.render import plot_style
from harness.render.wording import lasting, short

_SIZE_INCH: Final = (7.2, 4.0)
_LEVELS: Final = ((1.0, "limit", "-"), (1.0 / 3.0, "limit / 3", "--"))
# What people count in: minutes, hours, a day, a week, a month, a year.
_TICKS_H: Final = (1.0 / 60.0, 1.0 / 6.0, 1.0, 6.0, 24.0, 168.0, 720.0, 8760.0)
# Beyond these multiples of the limit nothing is decided, and nothing is interesting.
_LOWEST: Final = 1e-3
_HIGHEST: Final = 10.0


def draw(
    curve: Sequence[Forecast], decided: Forecast | None, limit: float, title: str
) -> str:
    """Return an SVG file: expanded uncertainty against the time of collection.

    Args:
        curve: one run or more, of growing length.
        decided: the shortest that decides; None if none does.
        limit: largest error allowed, in percent.
        title: what was asked, in one line.
    """
    drawn = [each for each in curve if _is_drawn(each, limit)]
    coverage = curve[0].coverage
    with plot_style.style():
        figure = Figure(figsize=_SIZE_INCH, layout="constrained")
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.plot(
            [each.delivery.duration_h for each in drawn],
            [each.expanded_percent for each in drawn],
            color=plot_style.MEASURED,
            lw=1.4,
            label=f"U ({100.0 * coverage:.4g} %)",
        )
        for share, name, line in _LEVELS:
            label = f"{name} ({short(share * limit, 3)} %)"
            axes.axhline(
                share * limit, ls=line, lw=1.0, color=plot_style.PROGRAMMED, label=label
            )
        if decided is not None:
            _mark(axes, decided)
        axes.set_xlabel("time of collection")
        axes.set_ylabel("expanded uncertainty of the error (%)")
        axes.xaxis.set_major_locator(FixedLocator(_TICKS_H))
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda h, _: _time(h)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda u, _: short(u, 3)))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_locator(NullLocator())
        axes.grid(visible=True, which="major", color=plot_style.FAINT, lw=0.3)
        figure.legend(loc="outside upper left", ncols=4)
        return plot_style.file_text(figure, "How long to collect", title)


def _is_drawn(forecast: Forecast, limit: float) -> bool:
    return _LOWEST * limit <= forecast.expanded_percent <= _HIGHEST * limit


def _mark(axes: Axes, decided: Forecast) -> None:
    hours, u = decided.delivery.duration_h, decided.expanded_percent
    axes.axvline(hours, color=plot_style.FAINT, lw=0.8, ls=":")
    label = f"decides after {_time(hours)}"
    axes.plot([hours], [u], "o", color=plot_style.COUNTED, ms=5.0, label=label)


def _time(hours: float) -> str:
    return lasting(3600.0 * hours)
