"""Two runs side by side: which verdicts changed, which values moved, what differs.

A value has moved if the two results contradict each other's uncertainty: its E_n score
is above 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.judging import Verdict
from harness.render import wording
from harness.render.case_record import CaseRecord
from harness.render.measurement_record import MeasurementRecord
from harness.render.run_record import RunRecord
from harness.render.verdict_record import VerdictRecord


@dataclass(frozen=True, slots=True)
class Standing:
    """What a case of one run says on a requirement.

    Attributes:
        verdict: the worst of its attempts; None if nothing was judged.
        measurement: what decided it; None for a fact.
        statement: the reason.
    """

    verdict: Verdict | None
    measurement: MeasurementRecord | None
    statement: str

    @property
    def value(self) -> str:
        """The value with its U, ``"+1.23 % ± 0.85 %"``; the reason of a fact."""
        found = self.measurement
        if found is None:
            return self.statement
        return wording.with_u(found.value, found.expanded_u, found.unit)


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that is not the same in two runs."""

    case: str
    requirement: str
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Moved:
    """A value that differs by more than the combined U of both.

    Attributes:
        case: id of the case.
        requirement: id of the requirement.
        before, after: the two measurements.
        e_n: E_n score, above 1; infinite where neither has an uncertainty.
    """

    case: str
    requirement: str
    before: MeasurementRecord
    after: MeasurementRecord
    e_n: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Something on which the two runs rest differently, as text."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two runs.

    Attributes:
        differences: of what they rest on.
        changes: of verdicts.
        moved: values.
        only_before, only_after: ids of cases that only one of them was to run.
        verdicts: number of verdicts compared.
        values: number of pairs of values compared.
    """

    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    verdicts: int
    values: int


def compare(before: RunRecord, after: RunRecord) -> Comparison:
    """Put two runs side by side."""
    ids_before = {case.id: None for case in before.cases}
    ids_after = {case.id: None for case in after.cases}
    pairs = tuple(_pairs(before, after))
    return Comparison(
        differences=tuple(_differences(before, after)),
        changes=changed_verdicts(before, after),
        moved=tuple(moved_values(before, after)),
        only_before=tuple(each for each in ids_before if each not in ids_after),
        only_after=tuple(each for each in ids_after if each not in ids_before),
        verdicts=sum(len(_requirements(one, other)) for one, other in pairs),
        values=sum(1 for pair in pairs for _ in _values(*pair)),
    )


def changed_verdicts(before: RunRecord, after: RunRecord) -> tuple[Change, ...]:
    """Return every verdict that differs, in the cases that both runs were to run.

    A requirement that only one of the two judged counts as changed.
    """
    return tuple(
        Change(one.id, requirement, *standings)
        for one, other in _pairs(before, after)
        for requirement in _requirements(one, other)
        for standings in [(_standing(one, requirement), _standing(other, requirement))]
        if standings[0].verdict is not standings[1].verdict
    )


def moved_values(before: RunRecord, after: RunRecord) -> Iterator[Moved]:
    """Yield every value that moved by more than the combined U of both runs."""
    for one, other in _pairs(before, after):
        for requirement, then, now in _values(one, other):
            score = _score(then, now)
            if score > 1.0:
                yield Moved(one.id, requirement, then, now, score)


def e_n(value_1: float, expanded_1: float, value_2: float, expanded_2: float) -> float:
    """Return how far two results contradict each other; above 1 they do.

    NaN where a value is not finite. Infinite U contradicts nothing.

    Source: E_n score of ISO 13528, ``|x1 - x2| / sqrt(U1² + U2²)``.
    """
    if not (math.isfinite(value_1) and math.isfinite(value_2)):
        return math.nan
    apart, combined = abs(value_1 - value_2), math.hypot(expanded_1, expanded_2)
    if apart == 0.0:
        return 0.0
    return math.inf if combined == 0.0 else apart / combined


def _score(then: MeasurementRecord, now: MeasurementRecord) -> float:
    """E_n in the unit of the first; what cannot be compared has moved."""
    value = wording.convert(now.value, now.unit, then.unit)
    expanded = wording.convert(now.expanded_u, now.unit, then.unit)
    if value is None or expanded is None:
        return math.inf
    score = e_n(then.value, then.expanded_u, value, expanded)
    same = math.isfinite(then.value) == math.isfinite(now.value)
    return (0.0 if same else math.inf) if math.isnan(score) else score


def _pairs(
    before: RunRecord, after: RunRecord
) -> Iterator[tuple[CaseRecord, CaseRecord]]:
    others = {case.id: case for case in after.cases}
    return ((case, others[case.id]) for case in before.cases if case.id in others)


def _requirements(one: CaseRecord, other: CaseRecord) -> tuple[str, ...]:
    """The requirements that either is about, in the order of the first."""
    about = [
        requirement
        for case in (one, other)
        for requirement in (*case.claims, *(v.requirement for v in case.verdicts))
    ]
    return tuple(dict.fromkeys(about))


def _standing(case: CaseRecord, requirement: str) -> Standing:
    verdict = case.verdict_on(requirement)
    judged = [
        (attempt, each)
        for attempt in (case, *reversed(case.attempts))
        for each in attempt.verdicts
        if each.requirement == requirement
    ]
    if not judged:
        return Standing(verdict, None, "not judged")
    deciding = [pair for pair in judged if pair[1].verdict is verdict] or judged
    attempt, decided = deciding[0]
    return Standing(verdict, attempt.measurement_of(decided), decided.statement)


def _values(
    one: CaseRecord, other: CaseRecord
) -> Iterator[tuple[str, MeasurementRecord, MeasurementRecord]]:
    """The values of both last attempts, the n-th on a requirement with the n-th."""
    then, now = _measured(one), _measured(other)
    for requirement, values in then.items():
        pairs = zip(values, now.get(requirement, ()), strict=False)
        yield from ((requirement, first, second) for first, second in pairs)


def _measured(case: CaseRecord) -> Mapping[str, list[MeasurementRecord]]:
    found: dict[str, list[MeasurementRecord]] = {}
    for verdict in case.verdicts:
        measured = case.measurement_of(verdict)
        if measured is not None and _is_in_force(verdict):
            found.setdefault(verdict.requirement, []).append(measured)
    return found


def _is_in_force(verdict: VerdictRecord) -> bool:
    return verdict.void is None and not verdict.invalidated


def _differences(before: RunRecord, after: RunRecord) -> Iterator[Difference]:
    then, now = _described(before), _described(after)
    for what in dict.fromkeys((*then, *now)):
        one, other = then.get(what, "none"), now.get(what, "none")
        if one != other:
            yield Difference(what, one, other)


def _described(run: RunRecord) -> dict[str, str]:
    header = run.header
    files = {
        "plan": header.plan,
        "profile": header.profile,
        "requirement register": header.register,
        "seeded faults": header.coverage,
        "bench file": header.bench,
        "software": header.software,
        **{f"procedures {each.name}": each for each in header.procedures},
    }
    said = {
        what: f"{file.name}, sha256 {file.sha256[:16]}"
        for what, file in files.items()
        if file is not None
    }
    said |= {
        "libraries": header.software.details.get("libraries", ""),
        "form": header.plan.details.get("form", ""),
        "fidelity": header.fidelity,
        "seed": "none" if header.seed is None else str(header.seed),
        "git commit": header.git_commit,
        "run state": run.state.name,
    }
    said |= {f"conditions: {name}": value for name, value in header.conditions.items()}
    said |= {f"set-up: {name}": value for name, value in header.setup.items()}
    for each in run.instruments:
        said[f"instrument {each.role.split(', ')[0]}"] = (
            f"{each.model}, serial number {each.serial}, firmware {each.firmware},"
            f" calibrated until {each.calibration_due or 'not stated'}"
        )
    return said
