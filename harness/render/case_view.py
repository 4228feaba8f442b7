"""One case in the words in which the report shows it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.judging import Verdict
from harness.render import wording
from harness.render.header_record import Requirement
from harness.render.run_record import (
    BudgetLine,
    CaseRecord,
    LimitRecord,
    MeasurementRecord,
    VerdictRecord,
)

if TYPE_CHECKING:
    from harness.render.plots import Picture

Row = tuple[str, str]
_MOST_EVENTS: Final = 80
_UNKNOWN_TEXT: Final = "this requirement is not in the header of the run"


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A line of a budget; ``share`` is its part of u², in percent."""

    name: str
    value: str
    u: str
    distribution: str
    dof: str
    sensitivity: str
    contribution: str
    share: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value with U on a scale from 0 to 100; the limits stand at fixed places."""

    lower: float | None
    upper: float | None
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class JudgementView:
    """One verdict of a case, with what it rests on.

    Attributes:
        requirement: what was judged.
        verdict: what stands.
        recorded: what was recorded first, if it was withdrawn; else empty.
        void: why it was withdrawn, or empty.
        statement: the reason.
        limit, measured, margin: empty where a fact was judged.
        details: rule, source, instrument, coverage and time of the measurement.
        gauge: the value beside its limits.
        budget: the budget, largest contribution first.
        budget_unit: unit of the contributions.
    """

    requirement: Requirement
    verdict: Verdict
    recorded: str
    void: str
    statement: str
    limit: str
    measured: str
    margin: str
    details: tuple[Row, ...]
    gauge: Gauge | None
    budget: tuple[BudgetRow, ...]
    budget_unit: str


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of the timeline."""

    at: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as the report shows it; ``omitted`` events stand in the journal only."""

    anchor: str
    id: str
    verdict: Verdict
    statement: str
    facts: tuple[Row, ...]
    judgements: tuple[JudgementView, ...]
    pictures: tuple[Picture, ...]
    events: tuple[EventView, ...]
    omitted: int
    duration: str


def case_view(
    number: int, case: CaseRecord, requirements: Mapping[str, Requirement]
) -> CaseView:
    """Put a case into words.

    Args:
        number: its place in the report, from 1.
        case: the case.
        requirements: what the header says of each requirement, by id.
    """
    from harness.render.plots import pictures  # noqa: PLC0415 - matplotlib is slow to import.

    return CaseView(
        anchor=f"case-{number}",
        id=case.id,
        verdict=case.verdict,
        statement=_statement(case),
        facts=tuple((name, said) for name, said in _facts(case) if said),
        judgements=tuple(
            judgement_view(case, each, requirements) for each in case.verdicts
        ),
        pictures=pictures(case),
        events=tuple(_events(case)),
        omitted=max(0, len(case.events) - _MOST_EVENTS),
        duration=case_duration(case),
    )


def judgement_view(
    case: CaseRecord, verdict: VerdictRecord, requirements: Mapping[str, Requirement]
) -> JudgementView:
    """Put a verdict into words."""
    limit, measured = case.limit_of(verdict), case.measurement_of(verdict)
    unknown = Requirement(verdict.requirement, _UNKNOWN_TEXT, "", "", "")
    value = None
    if limit is not None and measured is not None:
        value = wording.convert(measured.value, measured.unit, limit.unit)
    return JudgementView(
        requirement=requirements.get(verdict.requirement, unknown),
        verdict=verdict.verdict,
        recorded="" if verdict.void is None else verdict.recorded.name,
        void=verdict.void or "",
        statement=verdict.statement,
        limit="" if limit is None else wording.limit(limit),
        measured=_measured(verdict, limit, measured, value),
        margin=_margin(verdict),
        details=tuple(_details(limit, measured)),
        gauge=_gauge(limit, value, verdict.expanded_u),
        budget=() if measured is None else _budget(measured),
        budget_unit="" if measured is None else wording.symbol(measured.unit),
    )


def _statement(case: CaseRecord) -> str:
    if case.ended is not None:
        return case.statement
    if case.verdict is Verdict.NOT_RUN:
        return "planned but not run"
    return "the case began but has no end record"


def _facts(case: CaseRecord) -> Iterable[Row]:
    yield "procedure", case.procedure
    yield "start state", ", ".join(f"{k} {v}" for k, v in case.start.items())
    yield "numbers", ", ".join(f"{k} {v}" for k, v in case.numbers.items())
    yield "form", case.form
    yield "effect on the unit", case.effect
    if case.t_begin_ns is not None:
        lasted = case_duration(case)
        yield "bench time", f"{wording.utc(case.t_begin_ns)}, {lasted}"
    if case.rejections or case.retries:
        yield "link", f"{case.rejections} rejected answers, {case.retries} retries"


def case_duration(case: CaseRecord) -> str:
    """How long a case took on the bench, or why that is not known."""
    if case.t_begin_ns is None:
        return "not begun"
    if case.t_end_ns is None:
        return "not ended"
    return wording.duration(case.t_end_ns - case.t_begin_ns)


def _measured(
    verdict: VerdictRecord,
    limit: LimitRecord | None,
    measured: MeasurementRecord | None,
    value: float | None,
) -> str:
    if limit is None or measured is None:
        return ""
    if value is None or verdict.expanded_u is None:
        return wording.with_u(measured.value, measured.expanded_u, measured.unit)
    is_signed = wording.is_signed(limit)
    return wording.with_u(value, verdict.expanded_u, limit.unit, signed=is_signed)


def _margin(verdict: VerdictRecord) -> str:
    if verdict.margin is None:
        return ""
    places = wording.decimals(verdict.expanded_u or 0.0)
    shown = wording.plain(verdict.margin, places, signed=True)
    return f"{shown} {wording.symbol(verdict.unit)}"


def _details(
    limit: LimitRecord | None, measured: MeasurementRecord | None
) -> Iterable[Row]:
    if limit is not None:
        yield "decision rule", limit.rule
        yield "limit from", limit.source
    if measured is not None:
        coverage = f"k = {wording.short(measured.k, 3)}"
        yield (
            "coverage",
            f"{coverage}, {wording.short(measured.dof, 3)} degrees of freedom",
        )
        yield "measured by", measured.instrument
        lasted = wording.duration(measured.t_end_ns - measured.t_start_ns)
        yield "measured from", f"{wording.utc(measured.t_start_ns)}, for {lasted}"


def _budget(measured: MeasurementRecord) -> tuple[BudgetRow, ...]:
    lines = sorted(measured.budget, key=lambda line: line.contribution, reverse=True)
    return tuple(_budget_row(line, measured.u) for line in lines)


def _budget_row(line: BudgetLine, u: float) -> BudgetRow:
    unit = wording.symbol(line.unit)
    share = 100.0 * (line.contribution / u) ** 2 if u > 0.0 else math.nan
    return BudgetRow(
        name=line.name,
        value=f"{wording.short(line.value, 6)} {unit}",
        u=f"{wording.short(line.u, 2)} {unit}",
        distribution=line.distribution,
        dof=wording.short(line.dof, 3),
        sensitivity=wording.short(line.sensitivity, 3),
        contribution=wording.short(line.contribution, 2),
        share=f"{share:.1f} %" if math.isfinite(share) else "",
    )


def _gauge(
    limit: LimitRecord | None, value: float | None, expanded_u: float | None
) -> Gauge | None:
    """Place a value on a scale that shows the limits and 30 % more on either side."""
    if limit is None or value is None or expanded_u is None:
        return None
    bounds = [bound for bound in (limit.lower, limit.upper) if bound is not None]
    if not (bounds and math.isfinite(value) and math.isfinite(expanded_u)):
        return None
    anchors = [*bounds, *([0.0] if len(bounds) == 1 else [])]
    first, last = min(anchors), max(anchors)
    width = (last - first) or abs(first) or 1.0
    start, span = first - 0.3 * width, 1.6 * width

    def place(x: float) -> float:
        return round(min(100.0, max(0.0, 100.0 * (x - start) / span)), 2)

    return Gauge(
        lower=None if limit.lower is None else place(limit.lower),
        upper=None if limit.upper is None else place(limit.upper),
        value=place(value),
        low=place(value - expanded_u),
        high=place(value + expanded_u),
    )


def _events(case: CaseRecord) -> Iterable[EventView]:
    began_ns = case.t_begin_ns or 0
    for event in case.events[:_MOST_EVENTS]:
        at = wording.clock(event.t_ns - began_ns)
        yield EventView(at, event.kind.value, event.text)
