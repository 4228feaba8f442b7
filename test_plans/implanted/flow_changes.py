"""Whether a flow changes when it is due, by weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import Phase, Phases, delay_of_change
from harness.execution.case import Case
from harness.judging import Verdict
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement
from harness.units import FLOW, Quantity, magnitude, show
from test_plans.implanted import doses


@dataclass(frozen=True, slots=True)
class Change:
    """A change of flow that was due, and what was weighed round it.

    Attributes:
        due_ns: bench time at which it was due.
        before: a phase at the first rate.
        across: the phase in which the change is due.
        after: a phase at the second rate.
        old: the first rate, volume per time.
        new: the second one.
    """

    due_ns: int
    before: Phase
    across: Phase
    after: Phase
    old: Quantity
    new: Quantity

    def delay(self) -> Measurement | None:
        """How much later than due the flow changed, in minutes.

        None where it did not change within the phase across: a flow beside that phase
        is nearer to the rate of the other side.
        """
        is_old = _is_nearer(self.before.flow, self.old, self.new)
        is_new = _is_nearer(self.after.flow, self.new, self.old)
        if not (is_old and is_new):
            return None
        return delay_of_change(self.before, self.across, self.after, self.due_ns)

    def is_sharp(self) -> bool:
        """Tell whether the flows beside it are known well enough to tell the rates.

        Where the U of a flow exceeds half of what lies between the two rates, a flow
        that seems nearer to one of them may be the other.
        """
        gap = abs(magnitude(self.new, FLOW) - magnitude(self.old, FLOW))
        return all(
            magnitude(phase.flow.expanded()[0], FLOW) <= gap / 2.0
            for phase in (self.before, self.after)
        )

    def missing(self) -> str:
        """Say that the flow did not change, and what was weighed."""
        rates = " to ".join(show(rate, FLOW) for rate in (self.old, self.new))
        flows = " and ".join(
            show(phase.flow.value, FLOW) for phase in (self.before, self.after)
        )
        return (
            f"by weight the flow did not change from {rates} at its time: beside that"
            f" time {flows} were weighed"
        )


def change_of(
    run: Phases,
    due_ns: int,
    marks: Sequence[Weighing],
    old: Quantity,
    new: Quantity,
) -> Change:
    """The change between the second and the third of four marks of a closed run."""
    before, across, after = doses.in_turn(run, marks)
    return Change(due_ns, before, across, after, old, new)


def judge_changes(case: Case, requirement: str, changes: Sequence[Change]) -> None:
    """Judge the worst delay of several changes that must come when they are due."""
    limit = case.limit(requirement)
    delays = [change.delay() for change in changes]
    missing = [c for c, delay in zip(changes, delays, strict=True) if delay is None]
    proven = [change for change in missing if change.is_sharp()]
    came = [delay for delay in delays if delay is not None]
    found = worst(limit, came) if came else None
    is_late = found is not None and limit.judge(found).verdict is Verdict.FAIL
    if proven or (missing and not is_late):
        shown = (proven or missing)[0]
        case.judge_fact(requirement, False if proven else None, shown.missing())
    elif found is not None:
        case.judge(limit, found)
    else:
        nothing = "the plan's schedule has no change of rate in the time watched"
        case.judge_fact(requirement, None, nothing)


def _is_nearer(flow: Measurement, own: Quantity, other: Quantity) -> bool:
    measured, near, far = (magnitude(q, FLOW) for q in (flow.value, own, other))
    return abs(measured - near) < abs(measured - far)
