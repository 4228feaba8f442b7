"""How every picture looks, as an element of a page or as a file of its own.

In a page, colours follow it (light, dark, print); a file has its own. Texts stay texts.
Curves are told apart without colour vision.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from html import escape
from types import MappingProxyType
from typing import Final

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK: Final = "#010203"
FAINT: Final = "#040506"
BAND: Final = "#070809"
# Blue, green and vermilion of Okabe and Ito, which colour-blind readers tell apart.
MEASURED: Final = "#0072b2"
COUNTED: Final = "#009e73"
PROGRAMMED: Final = "#d55e00"
# The page may set these; elsewhere the second value holds.
_THEME: Final = MappingProxyType(
    {
        INK: "currentColor",
        FAINT: "var(--plot-faint, #8a8a8a)",
        BAND: "var(--plot-band, #9ab)",
        MEASURED: f"var(--plot-measured, {MEASURED})",
        COUNTED: f"var(--plot-counted, {COUNTED})",
        PROGRAMMED: f"var(--plot-programmed, {PROGRAMMED})",
    }
)
# Programs that are no browser know no variables.
_PAPER: Final = MappingProxyType({INK: "#222222", FAINT: "#8a8a8a", BAND: "#99aabb"})
_NO_METADATA: Final = MappingProxyType(
    {"Date": None, "Creator": None, "Format": None, "Type": None}
)
_GENERATED_IDS: Final = re.compile(r' id="[A-Za-z0-9.]+_\d+"')


def style(whose: str = "") -> AbstractContextManager[None]:
    """The settings of matplotlib in which a picture is drawn and saved.

    Args:
        whose: what tells the picture from all others on its page; from this come the
            ids of its parts, and a page may hold an id only once.
    """
    return mpl.rc_context(
        {
            "axes.edgecolor": FAINT,
            "axes.labelcolor": INK,
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
            "svg.hashsalt": f"dosebench {whose}",
            "text.color": INK,
            "text.parse_math": False,
            "xtick.color": FAINT,
            "xtick.labelcolor": INK,
            "ytick.color": FAINT,
            "ytick.labelcolor": INK,
        }
    )


def element(figure: Figure, title: str, description: str) -> str:
    """Return a picture as an ``<svg>`` element that is safe inside a page."""
    return _svg(figure, title, description, _THEME, transparent=True)


def file_text(figure: Figure, title: str, description: str) -> str:
    """Return a picture as the text of an SVG file, on white."""
    return _svg(figure, title, description, _PAPER, transparent=False)


def _svg(
    figure: Figure,
    title: str,
    description: str,
    colors: Mapping[str, str],
    *,
    transparent: bool,
) -> str:
    out = io.StringIO()
    if transparent:
        for background in (figure.patch, *(axes.patch for axes in figure.axes)):
            background.set(facecolor="none", edgecolor="none")
    # Figure.savefig would draw everything twice.
    FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
        out, metadata=dict(_NO_METADATA)
    )
    svg = out.getvalue()
    body = svg[svg.index("<svg") :]
    for color, shown in colors.items():
        body = body.replace(color, shown)
    # A page may hold many pictures, and an id only once.
    body = _GENERATED_IDS.sub("", body)
    head, _, rest = body.partition(">")
    return (
        f'{head} role="img"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc>{rest}"
    )
