"""What the pump was told to deliver, from the intents in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.evidence.records import JsonValue
from harness.render.case_record import Event
from harness.render.record_fields import Fields, text
from harness.render.spans import Span, Tone
from harness.render.wording import short
from harness.units import NS_PER_S

_START: Final = "start_"
_STOP: Final = "stop"
_ML_PER_D: Final = 24.0 / 1e6
_S_PER_H: Final = 3600.0
# A rate that the intent does not state.
_UNKNOWN: Final = -1.0


@dataclass(frozen=True, slots=True)
class _Part:
    """A rate (nL/h) from a bench time on, and in words."""

    t_ns: int
    rate_nl_per_h: float
    said: str


def programme(
    intents: Sequence[Event], end_ns: int
) -> tuple[tuple[Span, ...], tuple[int, ...]]:
    """Return what was commanded as spans, and the moments of all other intents.

    The height of a span is its rate as part of the highest; a programme whose intent
    states no rate has full height.

    Args:
        intents: in their order.
        end_ns: bench time at which the last one ends.
    """
    parts: list[_Part] = []
    for event in filter(_is_order, intents):
        # What was still to come of the order before comes no more.
        while parts and parts[-1].t_ns >= event.t_ns:
            parts.pop()
        parts += _parts(event)
    ends = [*(part.t_ns for part in parts), end_ns][1:]
    highest = max((part.rate_nl_per_h for part in parts), default=0.0)
    spans = tuple(
        _span(part, until_ns, highest)
        for part, until_ns in zip(parts, ends, strict=True)
        if part.t_ns < until_ns
    )
    others = (event.t_ns for event in intents if not _is_order(event))
    return spans, tuple(others)


def _span(part: _Part, end_ns: int, highest: float) -> Span:
    rate, level = part.rate_nl_per_h, 1.0
    if rate >= 0.0:
        level = rate / highest if highest > 0.0 else 0.0
    tone = Tone.QUIET if rate == 0.0 else Tone.PROGRAMME
    return Span(part.t_ns, end_ns, part.said, tone, level)


def _is_order(event: Event) -> bool:
    command = text(event.fields, "command")
    return command == _STOP or command.startswith(_START)


def _parts(event: Event) -> Iterable[_Part]:
    command, found = text(event.fields, "command"), event.fields.get("details")
    details: Fields = found if isinstance(found, dict) else {}
    if command == _STOP:
        yield _Part(event.t_ns, 0.0, "stopped")
        return
    name = command.removeprefix(_START).replace("_", " ")
    volume_nl = _number(details.get("bolus_nl"))
    lasting_s = _number(details.get("bolus_duration_s"))
    then = _number(details.get("then_nl_per_h"))
    if then is not None and volume_nl is not None and lasting_s:
        rate = volume_nl / lasting_s * _S_PER_H
        yield _Part(event.t_ns, rate, _said(name, rate))
        yield _Part(event.t_ns + round(lasting_s * NS_PER_S), then, _said("then", then))
        return
    known = _number(details.get("rate_nl_per_h"))
    yield _Part(event.t_ns, _UNKNOWN if known is None else known, _said(name, known))


def _said(name: str, rate_nl_per_h: float | None) -> str:
    if rate_nl_per_h is None:
        return name
    return f"{name} {short(rate_nl_per_h * _ML_PER_D, 4)} mL/d"


def _number(value: JsonValue) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None
