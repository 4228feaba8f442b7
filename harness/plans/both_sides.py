"""Which subjects of a register a plan shows from one side only, or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from harness.plans.plan import Plan
from harness.plans.subjects import Side


def missing(plan: Plan) -> Mapping[Side, tuple[str, ...]]:
    """Return the subjects without a case on a side, by the side.

    A subject that the pump lacks needs none. A case counts only if it applies to the
    pump.
    """
    absent = plan.register.absent_subjects(plan.profile)
    shown = {
        side: {subject for case in plan.cases for subject in case.shows(side)}
        for side in Side
    }
    return {
        side: tuple(
            each
            for each in plan.register.subjects
            if each not in absent and each not in shown[side]
        )
        for side in Side
    }
