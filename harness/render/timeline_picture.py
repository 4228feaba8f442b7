"""A timeline as a small SVG element of lines and texts, in the colours of the page.

The same timeline gives the same bytes everywhere: no library draws it, and every place
is rounded to a tenth of a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from harness.render.axis import places
from harness.render.plain_text import visible
from harness.render.points import thin
from harness.render.spans import Span
from harness.render.timeline import Curve, Lane, Timeline
from harness.render.wording import short

_WIDTH: Final = 1000.0
_LEFT: Final = 158.0
_RIGHT: Final = 14.0
_TOP: Final = 16.0
_FOOT: Final = 30.0
_ROW: Final = 19.0
_CURVE_ROW: Final = 54.0
_BAR: Final = 13.0
_LETTER: Final = 5.8
_STRETCHES: Final = 80
# So few letters of a text say nothing.
_FEWEST_LETTERS: Final = 4


@dataclass(frozen=True, slots=True)
class _Scale:
    """From bench time to a place across the picture."""

    begin_ns: int
    end_ns: int

    def x(self, t_ns: float) -> float:
        share = (t_ns - self.begin_ns) / (self.end_ns - self.begin_ns)
        return _LEFT + min(1.0, max(0.0, share)) * (_WIDTH - _LEFT - _RIGHT)


def picture(shown: Timeline, title: str) -> str:
    """Return a timeline as an ``<svg>`` element that is safe inside a page."""
    scale = _Scale(shown.begin_ns, shown.end_ns)
    heights = [_height(lane) for lane in shown.lanes]
    foot = _TOP + sum(heights)
    parts = [*_axis(shown, scale, foot)]
    top = _TOP
    for lane, height in zip(shown.lanes, heights, strict=True):
        parts += _lane(lane, scale, top, height)
        top += height
    parts += _attempts(shown, scale, foot)
    names = ", ".join(lane.name for lane in shown.lanes)
    return (
        f'<svg class="axis" viewBox="0 0 {_WIDTH:.0f} {foot + _FOOT:.0f}" role="img">'
        f"<title>{_text(title)}</title><desc>lanes: {_text(names)}</desc>"
        f"{''.join(parts)}</svg>"
    )


def _height(lane: Lane) -> float:
    return _ROW if lane.curve is None else _CURVE_ROW


def _axis(shown: Timeline, scale: _Scale, foot: float) -> Iterator[str]:
    for place in places(shown.end_ns - shown.begin_ns):
        x = scale.x(shown.begin_ns + place.t_ns)
        yield f'<path class="grid" d="M{x:.1f} {_TOP:.1f}V{foot:.1f}"/>'
        yield _label(x, foot + 13.0, place.said, "middle")
    yield f'<path class="line" d="M{_LEFT:.1f} {foot:.1f}H{_WIDTH - _RIGHT:.1f}"/>'
    yield _label(_LEFT, foot + 26.0, "bench time since the case began", "start")
    for gap in shown.gaps:
        yield _box(gap, "gap", scale, _TOP, foot - _TOP)
        yield _label(scale.x(gap.begin_ns), _TOP - 4.0, gap.said, "middle")


def _attempts(shown: Timeline, scale: _Scale, foot: float) -> Iterator[str]:
    for t_ns, number in shown.attempts:
        x = scale.x(t_ns)
        yield f'<path class="attempt" d="M{x:.1f} {_TOP - 4.0:.1f}V{foot:.1f}"/>'
        yield _label(x + 3.0, foot - 3.0, f"attempt {number}", "start")


def _lane(lane: Lane, scale: _Scale, top: float, height: float) -> Iterator[str]:
    middle = top + height / 2.0
    above = 3.5 if lane.curve is None else -3.0
    yield _label(_LEFT - 8.0, middle + above, _cut(lane.name, 25), "end")
    yield f'<path class="rule" d="M0 {top + height:.1f}H{_WIDTH:.0f}"/>'
    if lane.curve is not None:
        values = [y for _, y in (*lane.curve.found, *lane.curve.programmed)]
        extent = f"{short(min(values), 3)} to {short(max(values), 3)}"
        yield _label(_LEFT - 8.0, middle + 10.0, extent, "end")
        yield from _curve(lane.curve, scale, top + 5.0, height - 10.0)
    yield from _spans(lane.spans, scale, top + (height - _BAR) / 2.0)
    yield from _moments(lane.moments_ns, scale, top, height)


def _spans(spans: Iterable[Span], scale: _Scale, top: float) -> Iterator[str]:
    drawn = ""
    for span in spans:
        height = max(1.0, _BAR * span.level)
        box = _box(span, span.tone.value, scale, top + _BAR - height, height)
        # Many a span is narrower than a line; nobody sees the second one there.
        if box == drawn:
            continue
        drawn = box
        yield box
        x = scale.x(span.begin_ns)
        if said := _cut(span.said, int((scale.x(span.end_ns) - x - 6.0) / _LETTER)):
            yield _label(x + 4.0, top + _BAR - 3.0, said, "start", "in")


def _box(span: Span, tone: str, scale: _Scale, top: float, height: float) -> str:
    x = scale.x(span.begin_ns)
    width = max(1.0, scale.x(span.end_ns) - x)
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{tone}" x="{x:.1f}" y="{top:.1f}" {size}/>'


def _moments(
    moments_ns: Iterable[int], scale: _Scale, top: float, height: float
) -> Iterator[str]:
    places_x = dict.fromkeys(f"{scale.x(t_ns):.1f}" for t_ns in moments_ns)
    if places_x:
        line = "".join(f"M{x} {top + 4.0:.1f}v{height - 8.0:.1f}" for x in places_x)
        yield f'<path class="moment" d="{line}"/>'


def _curve(curve: Curve, scale: _Scale, top: float, height: float) -> Iterator[str]:
    values = [y for _, y in (*curve.found, *curve.programmed)]
    lowest, highest = min(values), max(values)
    extent = (highest - lowest) or 1.0
    for points, tone in ((curve.programmed, "planned"), (curve.found, "curve")):
        line = " ".join(
            f"{scale.x(t_ns):.1f} {top + height * (1.0 - (y - lowest) / extent):.1f}"
            for t_ns, y in thin(points, _STRETCHES)
        )
        yield f'<path class="{tone}" d="M{line}"/>' if line else ""


def _cut(said: str, letters: int) -> str:
    """A text as far as it fits; empty where too little of it would."""
    if len(said) <= letters:
        return said
    return f"{said[: letters - 1]}…" if letters > _FEWEST_LETTERS else ""


def _label(x: float, y: float, said: str, anchor: str, tone: str = "out") -> str:
    place = f'class="{tone}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {place}>{_text(said)}</text>"


def _text(said: str) -> str:
    return escape(visible(said))
