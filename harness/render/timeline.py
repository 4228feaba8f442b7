"""What happened in a case, in lanes over one axis of bench time.

Every attempt is on it, with the gap between a break and a resume. Lanes show what was
commanded, what came out, alarms, what was done to the pump, and the wires.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from harness.evidence.records import Kind
from harness.render.case_record import CaseRecord, Event
from harness.render.measurement_record import SeriesRecord
from harness.render.points import finite
from harness.render.programme import programme
from harness.render.record_fields import text, texts
from harness.render.run_record import ResumeRecord
from harness.render.spans import Span, Tone
from harness.render.wording import duration, symbol
from harness.units import NS_PER_S

# A curve is known by the name that the procedure gave it.
_CURVES: Final = (
    ("delivered", "programmed"),
    ("flow", "programmed flow"),
    ("reservoir", ""),
    ("content, as counted", ""),
)


class LinkEvent(StrEnum):
    """What a link record tells of a wire."""

    LOST = "lost"
    RESTORED = "restored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (bench time in ns, value): what was found, and what was programmed."""

    found: tuple[tuple[float, float], ...]
    programmed: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """A row over the axis; it holds spans, moments (ns) or a curve."""

    name: str
    spans: tuple[Span, ...] = ()
    moments_ns: tuple[int, ...] = ()
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lanes over bench time.

    Attributes:
        begin_ns, end_ns: the ends of the axis; the end is later.
        lanes: from top to bottom; none is empty.
        gaps: from a break to the resume after it.
        attempts: bench time at which each attempt but the first began, and its number.
    """

    begin_ns: int
    end_ns: int
    lanes: tuple[Lane, ...]
    gaps: tuple[Span, ...]
    attempts: tuple[tuple[int, int], ...]


def timeline(case: CaseRecord, resumes: Sequence[ResumeRecord]) -> Timeline | None:
    """Lay out what happened in all attempts of a case; None if it never began.

    Args:
        case: the case with its attempts.
        resumes: of the whole run; those outside of the case are left out.
    """
    attempts = [each for each in (*case.attempts, case) if each.t_begin_ns is not None]
    if not attempts:
        return None
    begin_ns = attempts[0].t_begin_ns or 0
    events = [event for each in attempts for event in each.events]
    ends = [each.t_end_ns or begin_ns for each in attempts]
    end_ns = max([begin_ns + 1, *ends, *(event.t_ns for event in events)])
    gaps = tuple(_gaps(resumes, begin_ns, end_ns))
    ordered, others = programme(_of(events, Kind.INTENT), end_ns)
    lanes = (
        Lane("programmed", spans=ordered),
        *_curves(attempts),
        Lane("other commands", moments_ns=others),
        *_alarms(_of(events, Kind.ALARM), end_ns),
        *_stimuli(_of(events, Kind.STIMULUS), end_ns),
        _moments("operator", events, Kind.OPERATOR),
        *_links(_of(events, Kind.LINK), end_ns),
        _moments("looks", events, Kind.LOOK),
        _moments("wire", events, Kind.RETRY, Kind.REJECTION),
        _moments("faults", events, Kind.FAULT),
    )
    return Timeline(
        begin_ns=begin_ns,
        end_ns=end_ns,
        lanes=tuple(lane for lane in lanes if lane != Lane(lane.name)),
        gaps=gaps,
        attempts=tuple((each.t_begin_ns or 0, each.attempt) for each in attempts[1:]),
    )


def _of(events: Iterable[Event], *kinds: Kind) -> list[Event]:
    return [event for event in events if event.kind in kinds]


def _moments(name: str, events: Iterable[Event], *kinds: Kind) -> Lane:
    return Lane(name, moments_ns=tuple(event.t_ns for event in _of(events, *kinds)))


def _gaps(
    resumes: Iterable[ResumeRecord], begin_ns: int, end_ns: int
) -> Iterator[Span]:
    for each in resumes:
        if begin_ns <= each.t_ns <= end_ns:
            first_ns = max(begin_ns, each.last_ns)
            said = f"gap of {duration(each.t_ns - each.last_ns)}, {each.decision}"
            yield Span(first_ns, each.t_ns, said, Tone.QUIET)


def _curves(attempts: Sequence[CaseRecord]) -> Iterator[Lane]:
    series = [each for attempt in attempts for each in attempt.series]
    for name, beside in _CURVES:
        unit = next((each.unit for each in series if each.name == name), "")
        found, programmed = (
            tuple(
                point
                for each in series
                if each.name == wanted and each.unit == unit
                for point in _placed(each)
            )
            for wanted in (name, beside)
        )
        if found:
            yield Lane(f"{name} ({symbol(unit)})", curve=Curve(found, programmed))


def _placed(series: SeriesRecord) -> Iterator[tuple[float, float]]:
    """Points at bench times; none of a curve that lies over something else."""
    if series.origin_ns is not None:
        for x, y in finite(series.points):
            yield series.origin_ns + x * NS_PER_S, y


@dataclass(slots=True)
class _States:
    """Spans of one lane, each from an event to the next."""

    spans: list[Span] = field(default_factory=list)
    since_ns: int = 0
    said: str = ""
    tone: Tone = Tone.QUIET

    def enter(self, t_ns: int, said: str, tone: Tone) -> None:
        self.leave(t_ns)
        self.since_ns, self.said, self.tone = t_ns, said, tone

    def leave(self, t_ns: int) -> None:
        if self.said:
            self.spans.append(Span(self.since_ns, t_ns, self.said, self.tone))
        self.said = ""


def _lanes(states: dict[str, _States], end_ns: int) -> Iterator[Lane]:
    for name, each in states.items():
        each.leave(end_ns)
        yield Lane(name, tuple(each.spans))


def _alarms(events: Iterable[Event], end_ns: int) -> Iterator[Lane]:
    """A lane for each alarm, from its being raised to its being cleared."""
    lanes: dict[str, _States] = {}
    for event in events:
        told = (*texts(event.fields, "raised"), *texts(event.fields, "active"))
        for name in dict.fromkeys(told):
            lane = lanes.setdefault(f"alarm {name}", _States())
            if not lane.said:
                lane.enter(event.t_ns, "active", Tone.ALARM)
        for name in texts(event.fields, "cleared"):
            lanes.setdefault(f"alarm {name}", _States()).leave(event.t_ns)
    return _lanes(lanes, end_ns)


def _stimuli(events: Sequence[Event], end_ns: int) -> Iterator[Lane]:
    """A lane for each stimulus that changed; one for those that were only set."""
    lanes: dict[str, _States] = {}
    set_once: list[int] = []
    names = [text(event.fields, "name") for event in events]
    for name, event in zip(names, events, strict=True):
        if names.count(name) == 1:
            set_once.append(event.t_ns)
            continue
        tone = Tone.STIMULUS if name in lanes else Tone.QUIET
        lane = lanes.setdefault(name, _States())
        lane.enter(event.t_ns, text(event.fields, "action"), tone)
    yield from _lanes(lanes, end_ns)
    yield Lane("other stimuli", moments_ns=tuple(set_once))


def _links(events: Iterable[Event], end_ns: int) -> Iterator[Lane]:
    """A lane for each wire that was lost, while it was away."""
    lanes: dict[str, _States] = {}
    for event in events:
        name = f"link to {text(event.fields, 'instrument')}"
        lane = lanes.setdefault(name, _States())
        what = text(event.fields, "event")
        lane.leave(event.t_ns)
        if what != LinkEvent.RESTORED:
            lane.enter(event.t_ns, what, Tone.ALARM)
    return _lanes(lanes, end_ns)
