"""Several units, rates and repeats to one verdict on a requirement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.judging import Verdict
from harness.populations import assumptions, attribute, variables
from harness.populations.assumptions import Check
from harness.populations.campaign import Campaign
from harness.populations.declaration import Method, Population
from harness.populations.evidence import Judged
from harness.populations.findings import Reason, decided, inconclusive, names
from harness.populations.sample import Sample, sample
from harness.populations.variables import Statistics


@dataclass(frozen=True, slots=True)
class Part:
    """What was judged together: a case, or all of them.

    Attributes:
        title: the case, or the cases.
        sample: unit by unit.
        statistics: of the values; None for an attribute, or without enough values.
        checks: the assumptions.
        reasons: what follows.
    """

    title: str
    sample: Sample
    statistics: Statistics | None
    checks: tuple[Check, ...]
    reasons: tuple[Reason, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the reasons."""
        return decided(self.reasons)


@dataclass(frozen=True, slots=True)
class Result:
    """A population that was judged.

    Attributes:
        declared: what the plan said before.
        parts: one for each case; one for all where they are pooled or an attribute.
        reasons: what follows from cases that the population leaves out.
        checks: what is taken for granted of all parts.
    """

    declared: Population
    parts: tuple[Part, ...]
    reasons: tuple[Reason, ...]
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the parts, and of what follows from other cases."""
        parts = (reason for part in self.parts for reason in part.reasons)
        return decided([*parts, *self.reasons])


def judge(declared: Population, campaign: Campaign) -> Result:
    """Judge a population that the plan declared.

    A FAIL of a unit in any case of the requirement counts, also in a case that the
    population leaves out.
    """
    about = [
        each for each in campaign.judged() if each.requirement == declared.requirement
    ]
    judged = [each for each in about if each.case in declared.case_ids]
    others = [each for each in about if each.case not in declared.case_ids]
    units = tuple(dict.fromkeys(each.unit for each in judged))
    return Result(
        declared=declared,
        parts=tuple(_parts(declared, judged)),
        reasons=tuple(_failed_units(others)),
        checks=(assumptions.independence(units, declared.assurance.confidence),),
    )


def _parts(declared: Population, judged: Sequence[Judged]) -> Iterator[Part]:
    if declared.method is Method.ATTRIBUTE:
        yield _attribute(declared, judged)
    elif declared.pooled:
        title = ", ".join(declared.cases)
        yield _measured(declared, title, judged, declared.case_ids)
    else:
        for name, repeats in declared.cases.items():
            of_case = [each for each in judged if each.case in repeats]
            yield _measured(declared, name, of_case, repeats)


def explore(judged: Iterable[Judged], declared: Population) -> Part:
    """Look at values that no plan declared; the verdict of the part means nothing."""
    return _measured(declared, ", ".join(declared.cases), list(judged))


def _measured(
    declared: Population,
    title: str,
    judged: Sequence[Judged],
    expected: Sequence[str] = (),
) -> Part:
    counted = sample(judged, declared.cases)
    found, checks = variables.statistics_of(
        counted, declared.assurance, declared.method
    )
    units = [each.unit for each in counted.measured]
    reasons = [
        *_failed_units(judged),
        *_open_units(counted),
        *_wrong_count(declared, units),
        *_left_out(judged, units, expected),
        *_unusable(counted),
    ]
    if found is not None:
        reasons += variables.reasons(counted, found, checks, declared.assurance)
    return Part(title, counted, found, checks, tuple(reasons))


def _failed_units(judged: Iterable[Judged]) -> Iterator[Reason]:
    failed = [each for each in judged if each.verdict is Verdict.FAIL]
    if failed:
        which = [f"{each.unit} in {each.case} ({each.run})" for each in failed]
        said = f"FAILED under its own rule: {names(tuple(dict.fromkeys(which)))}"
        yield Reason(Verdict.FAIL, said)


def _open_units(counted: Sample) -> Iterator[Reason]:
    undecided = [
        each.unit for each in counted.units if each.verdict is Verdict.INCONCLUSIVE
    ]
    if undecided:
        yield inconclusive(
            f"INCONCLUSIVE under its own rule, which is no PASS: {names(undecided)};"
            " mend what its report says, and measure a sample declared anew; a repeat"
            " does not undo it"
        )


def _wrong_count(declared: Population, units: Sequence[str]) -> Iterator[Reason]:
    missing = declared.units - len(units)
    if missing > 0:
        yield inconclusive(
            f"{len(units)} of the {declared.units} declared units are here: {missing}"
            " more must be measured under this plan"
        )
    elif missing < 0:
        yield inconclusive(
            f"{len(units)} units are here but {declared.units} were declared: a sample"
            " that grows until it passes proves nothing; declare the number first"
        )


def _left_out(
    judged: Sequence[Judged], units: Sequence[str], expected: Sequence[str]
) -> Iterator[Reason]:
    """A unit must not choose the cases and repeats in which it is measured."""
    met = {(each.unit, each.case) for each in judged if each.value is not None}
    missing = [
        f"{unit} in {case}"
        for unit in units
        for case in expected
        if (unit, case) not in met
    ]
    if missing:
        yield inconclusive(f"no usable value: {names(missing)}; measure it there too")


def _unusable(counted: Sample) -> Iterator[Reason]:
    if len(counted.bounds) > 1:
        yield inconclusive(
            "the cases were judged against different limits; do not pool them"
        )
    elif counted.bounds and not counted.bounds[0].sides:
        yield inconclusive("the profile specifies no limit; add it there")
    elif len(counted.measured) == 1:
        yield inconclusive("one unit shows no spread")


def _attribute(declared: Population, judged: Sequence[Judged]) -> Part:
    counted = sample(judged, declared.cases)
    reasons = (*_complete(declared, judged), *_passes(declared, judged, counted))
    return Part(", ".join(declared.cases), counted, None, (), reasons)


def _complete(declared: Population, judged: Sequence[Judged]) -> Iterator[Reason]:
    """Every declared unit must have been in every case."""
    units = tuple(dict.fromkeys(each.unit for each in judged))
    met = [
        unit
        for unit in units
        if {each.case for each in judged if each.unit == unit}.issuperset(
            declared.case_ids
        )
        or any(e.unit == unit and e.verdict is Verdict.FAIL for e in judged)
    ]
    yield from _wrong_count(declared, met)
    missing = [unit for unit in units if unit not in met]
    if missing:
        yield inconclusive(
            f"not in every declared case: {names(missing)}; measure it there too"
        )


def _passes(
    declared: Population, judged: Sequence[Judged], counted: Sample
) -> Iterator[Reason]:
    failed = [each for each in counted.units if each.verdict is Verdict.FAIL]
    undecided = [each for each in counted.units if each.verdict is Verdict.INCONCLUSIVE]
    if len(failed) > declared.failures:
        yield from _failed_units(judged)
    elif len(failed) + len(undecided) > declared.failures:
        yield from _open_units(counted)
    elif counted.units:
        bad = len(failed) + len(undecided)
        confidence = declared.assurance.confidence
        shown = attribute.reliability_shown(len(counted.units), bad, confidence)
        yield Reason(
            Verdict.PASS,
            f"{len(counted.units) - bad} of {len(counted.units)} units PASS,"
            f" {declared.failures} may fail: {100.0 * confidence:.6g} % confidence,"
            f" {100.0 * shown:.4g} % reliability shown",
        )
