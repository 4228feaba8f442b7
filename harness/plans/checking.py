"""Everything that is wrong with a plan, in one go.

Reading a plan for a run ends at the first mistake; this goes on as far as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from harness.errors import ConfigurationError
from harness.plans import both_sides, contradictions, coverage, loading, plan_rules
from harness.plans.findings import Finding, Severity
from harness.plans.plan import Capability, Form, Plan, Role
from harness.plans.procedures import PREFIX
from harness.plans.register import RequirementKind
from harness.plans.selection import left_out, missing_roles


def check(
    path: Path,
    profile: Path | None = None,
    roles: Collection[str] | None = None,
    doubts: Callable[[Plan], Iterable[Finding]] | None = None,
) -> tuple[Finding, ...]:
    """Find what is wrong with a plan; errors come first, warnings last.

    Args:
        path: the plan's file.
        profile: the profile to use instead of the one that the plan names.
        roles: what the bench has; None asks nothing of a bench.
        doubts: what else can be said of a plan on that bench; None says nothing.
    """
    mistakes: list[ConfigurationError] = []
    findings: list[Finding] = []
    try:
        plan = loading.read(path, profile, Form.FULL, mistakes.append)
        findings += _findings(plan, is_whole=not mistakes)
    except ConfigurationError as error:
        mistakes.append(error)
    else:
        findings += () if roles is None else _of_bench(plan, roles)
        findings += () if doubts is None else doubts(plan)
    # A limit that is wrong for one case is wrong for all, and said once.
    said = dict.fromkeys(str(error) for error in mistakes)
    findings = [Finding(Severity.ERROR, text) for text in said] + findings
    return tuple(sorted(findings, key=lambda each: each.severity is Severity.WARNING))


def _findings(plan: Plan, *, is_whole: bool) -> Iterator[Finding]:
    yield from contradictions.find(plan.profile)
    yield from plan_rules.find(plan)
    yield from _unspecified(plan)
    if is_whole:
        # While cases are missing, so are their claims: that would be said for nothing.
        yield from _uncovered(plan)
        yield from _one_sided(plan)
        yield from _unused(plan)
        yield from _seeded(plan)
    yield from _unknown_absences(plan)


def _unspecified(plan: Plan) -> Iterator[Finding]:
    wanted: dict[str, list[str]] = {}
    for each in plan.register.requirements.values():
        if each.kind is RequirementKind.MEASURED and not _is_absent(plan, each.id):
            for key in plan.register.limit(each.id, plan.profile).unspecified:
                wanted.setdefault(key, []).append(each.id)
    for key, requirements in wanted.items():
        yield Finding(
            Severity.ERROR,
            f"{plan.profile.path}: {key} is not specified, so nothing can pass"
            f" {', '.join(requirements)}; add it, or declare the feature absent",
            (key,),
        )


def _is_absent(plan: Plan, requirement: str) -> bool:
    return requirement in plan.absent_requirements


def _uncovered(plan: Plan) -> Iterator[Finding]:
    claimed = {claim for case in plan.cases for claim in case.claims}
    left = [
        each
        for each in plan.register.requirements
        if each not in claimed and not _is_absent(plan, each)
    ]
    if left:
        yield Finding(
            Severity.ERROR,
            f"{plan.path}: no case claims {', '.join(left)}; add cases, or declare"
            " features absent in the profile",
        )


def _one_sided(plan: Plan) -> Iterator[Finding]:
    for side, subjects in both_sides.missing(plan).items():
        if subjects:
            yield Finding(
                Severity.ERROR,
                f"{plan.path}: no {side} case shows {', '.join(subjects)}; name each in"
                f" {side} of a case that does, or declare its features absent in the"
                " profile",
            )


def _unused(plan: Plan) -> Iterator[Finding]:
    used = {case.procedure for case in (*plan.cases, *plan.not_applicable)}
    for name, procedure in plan.procedures.by_name.items():
        if name not in used:
            yield Finding(
                Severity.WARNING,
                f"{procedure.file}: no case uses the procedure {PREFIX}{name}",
            )


def _unknown_absences(plan: Plan) -> Iterator[Finding]:
    known: set[str] = {each.value for each in Capability}
    for requirement in plan.register.requirements.values():
        known |= set(requirement.features)
    for case in (*plan.cases, *plan.not_applicable):
        known |= set(case.features)
    for subject in plan.register.subjects.values():
        known |= set(subject.features)
    for feature in plan.profile.absent:
        if feature not in known:
            yield Finding(
                Severity.WARNING,
                f"{plan.profile.path}: [absent] names {feature!r}, on which no"
                " requirement and no case depends; is it spelt right?",
            )


def _seeded(plan: Plan) -> Iterator[Finding]:
    claims = {c.id: c.claims for c in (*plan.cases, *plan.not_applicable)}
    try:
        coverage.load(plan.path.parent, plan.register, claims, plan.absent_requirements)
    except ConfigurationError as error:
        yield Finding(Severity.ERROR, str(error))


def _of_bench(plan: Plan, roles: Collection[str]) -> Iterator[Finding]:
    lacking: dict[Role, list[str]] = {}
    not_run = left_out(plan.cases, roles)
    for case in plan.cases:
        if case.id in not_run:
            yield Finding(
                Severity.WARNING,
                f"{plan.path}: {case.id} will not run, {not_run[case.id]}",
            )
            continue
        for role in missing_roles(case, roles):
            lacking.setdefault(role, []).append(case.id)
    for role, cases in lacking.items():
        yield Finding(
            Severity.ERROR,
            f"the bench has no {role}, which {len(cases)} cases need"
            f" ({', '.join(cases)}); add an instrument with that role, or leave the"
            " cases out with -k",
        )
