"""Which of pytest's items stand for which cases of a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pytest

from harness.errors import ConfigurationError
from harness.execution.header import BenchSetup
from harness.plans.plan import Plan, PlannedCase
from harness.plans.procedures import PREFIX
from harness.plans.selection import left_out


def planned(item: pytest.Item) -> PlannedCase | None:
    """Return the case that an item stands for; None for any other test."""
    if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
        case = item.callspec.params.get("case")
        return case if isinstance(case, PlannedCase) else None
    return None


def cases_of(plan: Plan, function: str, only: Collection[str]) -> list[PlannedCase]:
    """Return the cases of a procedure.

    Args:
        plan: the plan.
        function: name of the procedure's function.
        only: ids of the cases that may run; all may where it is empty.
    """
    return [
        case
        for case in plan.cases
        if PREFIX + case.procedure == function and (not only or case.id in only)
    ]


def by_case(items: Iterable[pytest.Item], bench: BenchSetup) -> dict[str, pytest.Item]:
    """Check that every item is a case, each once, with its roles on the bench.

    Raises:
        ConfigurationError: it is not so.
    """
    found: dict[str, pytest.Item] = {}
    for item in items:
        case = planned(item)
        if case is None or case.id in found:
            raise ConfigurationError(
                f"{item.nodeid} is no case of the plan, or stands for one twice; run"
                " one plan at a time, each case once, and tests apart"
            )
        if not left_out([case], bench.roles):
            bench.check_roles(case)
        found[case.id] = item
    return found
