"""Which curves are drawn, and in which pictures.

A curve is known by the name that the procedure gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.render import plot_style


@dataclass(frozen=True, slots=True)
class Curve:
    """How a curve is drawn: its name in the legend ("" for none), colour and style."""

    label: str
    color: str
    style: str


@dataclass(frozen=True, slots=True)
class Band:
    """What lies between two curves, shaded; for the legend and in which colour."""

    lower: str
    upper: str
    label: str
    color: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One kind of picture: a title, an axis, and the curves that belong to it.

    Attributes:
        title: what it shows.
        axis: of the values, without unit.
        curves: name in the case, and how it is drawn.
        reference: the curve round which the case's limit is shaded; "" for none.
        bands: what is shaded besides.
        window_axis: whether the points lie over lengths of windows, not over times.
        height_inch: of the picture; all are as wide.
        stretches: of each a curve keeps its lowest and its highest point.
    """

    title: str
    axis: str
    curves: tuple[tuple[str, Curve], ...]
    reference: str = ""
    bands: tuple[Band, ...] = ()
    window_axis: bool = False
    height_inch: float = 2.7
    stretches: int = 60

    @property
    def names(self) -> tuple[str, ...]:
        """All curves that it looks for."""
        edges = [name for band in self.bands for name in (band.lower, band.upper)]
        return (*(name for name, _ in self.curves), *edges)


_LOW_INCH: Final = 1.5
# A day's wave in half a year; fewer would show waves that were not there.
_ROOM_STRETCHES: Final = 600
_TRUMPET = Curve("Ep max and min", plot_style.MEASURED, "-o")

DRAWINGS: Final = (
    Drawing(
        "Delivered against programmed volume",
        "volume",
        (
            ("programmed", Curve("programmed", plot_style.PROGRAMMED, "--")),
            ("counted", Curve("pump's counter", plot_style.COUNTED, ":")),
            ("delivered", Curve("delivered, by weight", plot_style.MEASURED, "-")),
        ),
        "programmed",
    ),
    Drawing(
        "Flow over time; the limit applies to the whole volume, not to each block",
        "flow",
        (
            ("programmed flow", Curve("programmed", plot_style.PROGRAMMED, "--")),
            ("flow", Curve("flow, by weight", plot_style.MEASURED, "-")),
        ),
        "programmed flow",
    ),
    Drawing(
        "Reservoir content",
        "volume",
        (("reservoir", Curve("reservoir", plot_style.MEASURED, "-")),),
    ),
    Drawing(
        "Start-up curve",
        "flow",
        (
            ("set rate at start-up", Curve("set rate", plot_style.PROGRAMMED, "--")),
            ("start-up flow", Curve("flow, by weight", plot_style.MEASURED, "-")),
        ),
    ),
    Drawing(
        "Trumpet curve",
        "error of the mean flow",
        (
            ("mean error A", Curve("mean error A", plot_style.PROGRAMMED, "-.")),
            ("Ep max", _TRUMPET),
            ("Ep min", Curve("", _TRUMPET.color, _TRUMPET.style)),
            ("limit, top", Curve("limit, where judged", plot_style.COUNTED, "--")),
            ("limit, end", Curve("", plot_style.COUNTED, "--")),
        ),
        bands=(
            Band(
                "noise floor, end", "noise floor, top", "noise floor", plot_style.BAND
            ),
        ),
        window_axis=True,
    ),
    Drawing(
        "Deviation of each bolus from its setting",
        "deviation",
        (
            ("mean deviation", Curve("mean", plot_style.PROGRAMMED, "-.")),
            ("bolus deviation", Curve("bolus, by weight", plot_style.MEASURED, "o")),
            ("mean limit, top", Curve("limit of the mean", plot_style.COUNTED, "--")),
            ("mean limit, end", Curve("", plot_style.COUNTED, "--")),
            ("single limit, top", Curve("limit of each", plot_style.COUNTED, ":")),
            ("single limit, end", Curve("", plot_style.COUNTED, ":")),
        ),
    ),
)

# Of the whole run: of one case they would say little, and cost much.
ROOM: Final = (
    Drawing(
        "Temperatures while cases weighed, as the sensor showed them, uncorrected",
        "temperature",
        (
            ("air temperature", Curve("air", plot_style.PROGRAMMED, "--")),
            ("liquid temperature", Curve("liquid", plot_style.MEASURED, "-")),
        ),
        height_inch=_LOW_INCH,
        stretches=_ROOM_STRETCHES,
    ),
    Drawing(
        "Air pressure while cases weighed, as the sensor showed it, uncorrected",
        "pressure",
        (("air pressure", Curve("air pressure", plot_style.MEASURED, "-")),),
        height_inch=_LOW_INCH,
        stretches=_ROOM_STRETCHES,
    ),
)
