"""What a journal says of requirements, cases and seeded faults, and how they belong.

The whole register and the whole plan stand there, not only what runs: a report can then
show what nobody verifies.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from harness.evidence.records import JsonValue
from harness.plans import both_sides, features, selection
from harness.plans.coverage import Coverage, SeededFault
from harness.plans.plan import Form, Plan, PlannedCase
from harness.plans.register import Requirement, RequirementKind
from harness.plans.subjects import Side, Subject

NOT_SELECTED: Final = "not selected"
"""Why a case is not to run that nobody has chosen."""


def describe(
    plan: Plan, roles: Collection[str], selected: Collection[str]
) -> dict[str, JsonValue]:
    """Return the fields of the run record from which both directions can be traced.

    Args:
        plan: the plan.
        roles: what the bench has.
        selected: ids of the cases chosen, also of those that the bench leaves out.
    """
    reasons = partial_reasons(plan, roles, selected)
    left_out = _left_out(plan, roles, selected)
    return {
        "partial": bool(reasons),
        "partial_reasons": list(reasons),
        "coverage": _file(plan.coverage),
        "requirements": [
            _requirement(each, plan) for each in plan.register.requirements.values()
        ],
        "subjects": [_subject(each, plan) for each in plan.register.subjects.values()],
        "plan_cases": [
            {
                "id": case.id,
                "procedure": case.procedure,
                "form": form_of(case),
                "claims": list(case.claims),
                **{side: list(case.shows(side)) for side in Side},
                "why_not": left_out.get(case.id, ""),
                "applies": applies,
            }
            for applies, cases in ((True, plan.cases), (False, plan.not_applicable))
            for case in cases
        ],
        "proofs": [_proof(each) for each in plan.coverage.faults],
        "cases": [case.id for case in plan.cases if case.id not in left_out],
        "not_selected": [c.id for c in plan.cases if c.id not in selected],
        "not_applicable": [case.id for case in plan.not_applicable],
    }


def form_of(case: PlannedCase) -> str:
    """Name the form in which a case runs, with the reason where it is not the full one.

    A case without an accelerated form runs in full, or on a simulator only.
    """
    if case.simulator_only:
        return f"simulator only: {case.simulator_only}"
    if case.accelerated is None or case.form is Form.FULL:
        return Form.FULL
    return f"{case.form}: {case.accelerated.justification}"


def partial_reasons(
    plan: Plan, roles: Collection[str], selected: Collection[str]
) -> tuple[str, ...]:
    """Say why a run does not verify the whole register; empty if it does.

    Args:
        plan: the plan.
        roles: what the bench has.
        selected: ids of the cases chosen, also of those that the bench leaves out.
    """
    known = plan.register.requirements.keys()
    claimed = {claim for case in plan.cases for claim in case.claims}
    chosen = [case for case in plan.cases if case.id in selected]
    counts = (
        (len(plan.cases) - len(chosen), "cases of the plan were not selected"),
        (len(selection.left_out(chosen, roles)), "cases need a simulated bench"),
        (
            len(known - claimed - plan.absent_requirements.keys()),
            "requirements of the register have no case",
        ),
        (
            sum(known.isdisjoint(case.claims) for case in plan.cases),
            "cases of the plan have no requirement",
        ),
        *(
            (len(subjects), f"modes, refills or alarms have no {side} case")
            for side, subjects in both_sides.missing(plan).items()
        ),
    )
    return tuple(f"{count} {what}" for count, what in counts if count)


def _left_out(
    plan: Plan, roles: Collection[str], selected: Collection[str]
) -> Mapping[str, str]:
    """Return why cases of the plan were not to run, by their ids."""
    absent = {each.id: _absence(each, plan) for each in plan.not_applicable}
    return {
        **{case_id: f"not applicable: {why}" for case_id, why in absent.items()},
        **{each.id: NOT_SELECTED for each in plan.cases if each.id not in selected},
        **selection.left_out((c for c in plan.cases if c.id in selected), roles),
    }


def _absence(case: PlannedCase, plan: Plan) -> str:
    """Return the justifications for which a case does not apply."""
    wanted = (*case.capabilities, *case.features)
    lacks = [features.justification([name], plan.profile) for name in wanted]
    lacks += [plan.absent_requirements.get(claim, "") for claim in case.claims]
    return "; ".join(dict.fromkeys(filter(None, lacks)))


def _requirement(each: Requirement, plan: Plan) -> dict[str, JsonValue]:
    absent = plan.absent_requirements.get(each.id, "")
    is_limited = each.kind is RequirementKind.MEASURED and not absent
    limit = (
        plan.register.limit(each.id, plan.profile, plan.rule) if is_limited else None
    )
    return {
        "id": each.id,
        "text": each.text,
        "source": each.source,
        "hazard": each.hazard,
        "kind": each.kind,
        "limit": "" if limit is None else limit.describe(),
        "gip": list(each.gip),
        "features": list(each.features),
        "absent": absent,
    }


def _subject(each: Subject, plan: Plan) -> dict[str, JsonValue]:
    return {
        "id": each.id,
        "kind": each.kind,
        "title": each.title,
        "features": list(each.features),
        "absent": features.justification(each.features, plan.profile),
    }


def _file(seeded: Coverage) -> dict[str, JsonValue] | None:
    if not seeded.sha256:
        return None
    return {"name": seeded.path.name, "sha256": seeded.sha256}


def _proof(fault: SeededFault) -> dict[str, JsonValue]:
    return {
        "requirement": fault.requirement,
        "case": fault.case,
        "fault": fault.fault,
        "also_fails": list(fault.also_fails),
        "because": fault.because,
    }
