"""Which cases of a plan are asked for, and which of them a bench can run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from harness.errors import ConfigurationError
from harness.plans import features
from harness.plans.plan import Plan, PlannedCase, Role


def missing_roles(case: PlannedCase, roles: Collection[str]) -> tuple[Role, ...]:
    """Return what a case needs and a bench with these roles does not have."""
    return tuple(role for role in case.needs if role not in roles)


def check_ids(plan: Plan, asked: Iterable[str]) -> None:
    """Refuse an id that no case has which applies to the plan's pump.

    Raises:
        ConfigurationError: there is no such case.
    """
    there = {case.id for case in plan.cases}
    for case_id in asked:
        if case_id not in there:
            raise ConfigurationError(
                f"--case {case_id:.80}: no case of {plan.path} that applies to"
                f" {plan.profile.id} has this id; `dosebench plan show` lists them"
            )


def require_cases(plan: Plan) -> None:
    """Refuse a plan of which nothing applies to its pump, and say why.

    Raises:
        ConfigurationError: the profile declares absent what every case needs.
    """
    if plan.not_applicable and not plan.cases:
        needed = [
            name
            for case in plan.not_applicable
            for name in (*case.capabilities, *case.features)
        ]
        whys = dict.fromkeys(plan.absent_requirements.values())
        because = features.justification(needed, plan.profile) or "; ".join(whys)
        raise ConfigurationError(
            f"{plan.path}: no case applies to {plan.profile.id}, which lacks {because}."
            " There is nothing to run; give another profile or plan"
        )


def left_out(cases: Iterable[PlannedCase], roles: Collection[str]) -> Mapping[str, str]:
    """Return the cases that only a simulator could run: id, reason.

    A case that lacks anything else is not left out but refused by the bench.
    """
    return MappingProxyType(
        {
            case.id: f"simulator only: {case.simulator_only}"
            for case in cases
            if case.simulator_only and missing_roles(case, roles) == (Role.SIMULATOR,)
        }
    )
