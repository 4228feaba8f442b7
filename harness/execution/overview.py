"""A plan as a table: what will run, in which order, for how long, and with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from harness.planning.cases import Expectation
from harness.plans.plan import Effect, Form, Plan, PlannedCase
from harness.render.text_table import columns
from harness.render.wording import lasting
from harness.units import Quantity, magnitude

_HEADINGS = (
    "case",
    "procedure",
    "claims",
    "needs besides",
    "on hardware",
    "accelerated",
    "on the simulator",
    "effect",
    "expected U",
    "of the limit",
)
_NOT_YET = "not yet run"
NOTHING: Final[Mapping[str, Expectation]] = MappingProxyType({})


def overview(
    plan: Plan,
    simulator_s: Mapping[str, float],
    expected: Mapping[str, Expectation] = NOTHING,
) -> list[str]:
    """Return the lines of the table, the totals, and what needs an explanation.

    Args:
        plan: the plan, with its cases in their full form.
        simulator_s: wall seconds of cases in earlier simulated runs.
        expected: what cases that are judged by weight are expected to be worth.
    """
    common = _common_needs(plan)
    rows = [
        (*_row(case, simulator_s, common), *_worth(expected.get(case.id)))
        for case in plan.cases
    ]
    return [
        f"{plan.title} ({plan.id}), profile {plan.profile.id}",
        "",
        *columns([_HEADINGS, *rows]),
        "",
        *_totals(plan, simulator_s),
        *_remarks(plan),
    ]


def _row(
    case: PlannedCase, simulator_s: Mapping[str, float], common: frozenset[str]
) -> tuple[str, ...]:
    wall_s = simulator_s.get(case.id)
    fast = case.accelerated
    is_real = not case.simulator_only
    return (
        case.id,
        case.procedure,
        _short(case.claims),
        ", ".join(role for role in case.needs if role not in common),
        _time(case.hardware_duration) if is_real else "simulator only",
        "" if fast is None else _time(fast.hardware_duration),
        _NOT_YET if wall_s is None else lasting(wall_s),
        case.effect,
    )


def _worth(expected: Expectation | None) -> tuple[str, str]:
    """Expected U, and its share of the limit, where they can be told."""
    if expected is None:
        return "", ""
    if expected.forecast.refusal:
        return "refused", ""
    return (
        f"{expected.forecast.expanded_percent:.2g} %",
        f"{100.0 * expected.share:.2g} %",
    )


def _common_needs(plan: Plan) -> frozenset[str]:
    """The roles that every case needs."""
    needs = [frozenset(case.needs) for case in plan.cases]
    return frozenset[str]().union(*needs[:1]).intersection(*needs)


def _short(claims: Sequence[str]) -> str:
    """Requirement ids in one cell: of a family only the first one is written out."""
    said: list[str] = []
    family = ""
    for claim in claims:
        prefix, dash, number = claim.rpartition("-")
        said.append(f"{dash}{number}" if dash and prefix == family else claim)
        family = prefix
    return " ".join(said)


def _totals(plan: Plan, simulator_s: Mapping[str, float]) -> Iterator[str]:
    real = [case for case in plan.cases if not case.simulator_only]
    fast = [case.in_form(Form.ACCELERATED) for case in real]
    known = [simulator_s[case.id] for case in plan.cases if case.id in simulator_s]
    needs = dict.fromkeys(role for case in plan.cases for role in case.needs)
    yield f"every case needs: {', '.join(sorted(_common_needs(plan)))}"
    yield f"{len(plan.cases)} cases, {len(real)} of them for a real unit"
    yield f"on hardware at most {_sum(real)}, accelerated {_sum(fast)}"
    if known:
        yield (
            f"on the simulator {lasting(sum(known))} for the {len(known)} cases that"
            " have run"
        )
    else:
        yield "on the simulator: no case has run yet; `dosebench verify` runs them"
    yield f"all of them together need: {', '.join(needs)}"


def _remarks(plan: Plan) -> Iterator[str]:
    for case in plan.cases:
        if case.simulator_only:
            yield f"simulator only: {case.id}: {case.simulator_only}"
        if case.accelerated is not None:
            yield f"accelerated: {case.id}: {case.accelerated.justification}"
        if case.effect is Effect.DESTRUCTIVE:
            yield f"destructive, runs last, after a confirmation: {case.id}"
    for case in plan.not_applicable:
        yield f"not applicable: {case.id}, absent in profile {plan.profile.id}"
    for requirement, why in plan.absent_requirements.items():
        yield f"not applicable: requirement {requirement}, {why}"


def _sum(cases: Iterable[PlannedCase]) -> str:
    return lasting(sum(magnitude(case.hardware_duration, "s") for case in cases))


def _time(value: Quantity) -> str:
    return lasting(magnitude(value, "s"))
