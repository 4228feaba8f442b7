"""One verdict of a case in the words in which the report shows it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from harness.judging import Verdict
from harness.render import wording
from harness.render.case_record import CaseRecord
from harness.render.header_record import Requirement
from harness.render.measurement_record import BudgetLine, LimitRecord, MeasurementRecord
from harness.render.provenance import Trail, trail
from harness.render.run_record import JournalFile
from harness.render.verdict_record import VerdictRecord

Row: TypeAlias = tuple[str, str]
# Of u; all smaller lines of a budget together are less than this.
_NEGLIGIBLE: Final = 0.01
_UNKNOWN_TEXT: Final = "this requirement is not in the header of the run"


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A line of a budget; ``share`` is its part of u², in percent."""

    name: str
    value: str
    u: str
    evaluation: str
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
        details: rule, probabilities, source, instrument and time of the measurement.
        looks: the looks that were taken before, and the verdict as the last one.
        remarks: what the reader of the measurement should know.
        gauge: the value beside its limits.
        budget: the budget, largest contribution first.
        budget_unit: unit of the contributions.
        correlations: of lines of the budget.
        trail: the records behind it, and the raw frames.
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
    looks: tuple[Row, ...]
    remarks: tuple[str, ...]
    gauge: Gauge | None
    budget: tuple[BudgetRow, ...]
    budget_unit: str
    correlations: tuple[str, ...]
    trail: Trail


def judgement_view(
    case: CaseRecord,
    verdict: VerdictRecord,
    requirements: Mapping[str, Requirement],
    files: Sequence[JournalFile] = (),
) -> JudgementView:
    """Put a verdict into words.

    Args:
        case: the attempt in which it was given.
        verdict: the verdict.
        requirements: what the header says of each requirement, by id.
        files: of the journal; without them no record is led back to its line.
    """
    limit, measured = case.limit_of(verdict), case.measurement_of(verdict)
    unknown = Requirement(verdict.requirement, _UNKNOWN_TEXT, "", "", "")
    value = None
    if limit is not None and measured is not None:
        value = wording.convert(measured.value, measured.unit, limit.unit)
    return JudgementView(
        requirement=requirements.get(verdict.requirement, unknown),
        verdict=verdict.verdict,
        recorded="" if not _withdrawn(verdict) else verdict.recorded.name,
        void=_withdrawn(verdict),
        statement=verdict.statement,
        limit="" if limit is None else wording.limit(limit),
        measured=_measured(verdict, limit, measured, value),
        margin=_margin(verdict),
        details=tuple(_details(verdict, limit, measured)),
        looks=tuple(_looks(case, verdict)),
        remarks=() if measured is None else _remarks(measured),
        gauge=_gauge(limit, value, verdict.expanded_u),
        budget=() if measured is None else _budget(measured),
        budget_unit="" if measured is None else wording.symbol(measured.unit),
        correlations=() if measured is None else _correlations(measured),
        trail=trail(case, verdict, files),
    )


def _withdrawn(verdict: VerdictRecord) -> str:
    if verdict.invalidated:
        return f"invalidated by the deviation {verdict.invalidated}"
    return verdict.void or ""


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
    verdict: VerdictRecord,
    limit: LimitRecord | None,
    measured: MeasurementRecord | None,
) -> Iterable[Row]:
    if limit is not None:
        yield "decision rule", limit.rule
        yield "limit from", limit.source
    if verdict.p_c is not None:
        yield "conformance probability p_c", wording.probability(verdict.p_c)
    if measured is not None:
        share = f"{wording.short(100.0 * measured.coverage, 6)} %"
        yield (
            "coverage",
            f"{share}, k = {wording.short(measured.k, 3)},"
            f" {wording.freedom(measured.dof)} degrees of freedom",
        )
        if measured.monte_carlo:
            yield "distributions", measured.monte_carlo
        yield "measured by", measured.instrument
        lasted = wording.duration(measured.t_end_ns - measured.t_start_ns)
        yield "measured from", f"{wording.utc(measured.t_start_ns)}, for {lasted}"


def _looks(case: CaseRecord, verdict: VerdictRecord) -> Iterable[Row]:
    """The looks in their order; a conclusive first one is the only one."""
    looks = case.looks_before(verdict)
    for each in looks:
        chance = "" if each.p_c is None else f" (p_c {wording.probability(each.p_c)})"
        name = f"look {each.number} of {each.of}"
        yield name, f"{each.finding}{chance}: {each.statement}"
    if looks and looks[-1].finding == Verdict.INCONCLUSIVE.name:
        last = f"look {looks[-1].of} of {looks[-1].of}"
        yield last, f"{verdict.recorded.name}: {verdict.statement}"


def _remarks(measured: MeasurementRecord) -> tuple[str, ...]:
    """Every remark that does not stand among the details already."""
    return tuple(each for each in measured.remarks if each != measured.monte_carlo)


def _correlations(measured: MeasurementRecord) -> tuple[str, ...]:
    return tuple(
        f"{each.first} and {each.second}: r = {wording.short(each.r, 3)}"
        for each in measured.correlations
    )


def _budget(measured: MeasurementRecord) -> tuple[BudgetRow, ...]:
    """The lines that count, and one for all others, which together do not."""
    lines = sorted(measured.budget, key=lambda line: line.contribution, reverse=True)
    whole = math.hypot(*(line.contribution for line in lines))
    least = _NEGLIGIBLE * whole / math.sqrt(len(lines) or 1)
    # Not ">=": a NaN is never negligible.
    shown = [line for line in lines if not line.contribution < least]
    rows = tuple(_budget_row(line, measured.u) for line in shown)
    left_out = len(lines) - len(shown)
    return (*rows, _others(left_out)) if left_out else rows


def _others(count: int) -> BudgetRow:
    said = f"{count} more, which stand in the journal"
    share = f"< {100.0 * _NEGLIGIBLE**2:g} %"
    return BudgetRow(said, "", "", "", "", "", "", "", share)


def _budget_row(line: BudgetLine, u: float) -> BudgetRow:
    unit = wording.symbol(line.unit)
    share = 100.0 * (line.contribution / u) ** 2 if u > 0.0 else math.nan
    return BudgetRow(
        name=line.name,
        value=f"{wording.short(line.value, 6)} {unit}",
        u=f"{wording.short(line.u, 2)} {unit}",
        evaluation=line.evaluation,
        distribution=line.distribution,
        dof=wording.freedom(line.dof),
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
