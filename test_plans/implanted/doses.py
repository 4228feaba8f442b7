"""What one dose gave, by weight, while a background rate runs before and behind it.

The pump's own flows are measured beside the dose, so that an error of its flow is not
taken for an error of the dose's programme. Bench times are integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from fixtures.procedures import conclusions
from fixtures.procedures.phases import Phase, Phases, in_time
from harness.execution.case import Case
from harness.judging import Limit
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement, difference
from harness.readings import BolusDecision, PatientBolusReading
from harness.units import VOLUME, Quantity, nanoseconds


def in_turn(run: Phases, marks: Sequence[Weighing]) -> list[Phase]:
    """The phases from each mark of a closed run to the next."""
    return [run.between(start, end) for start, end in pairwise(marks)]


def since(mark: Weighing, t_ns: int) -> int:
    """The time from a mark to a bench time, ns."""
    return t_ns - mark.plateau.t_ns


def given(
    before: Phase, across: Phase, after: Phase, start_ns: int, duration: Quantity
) -> Measurement:
    """The volume of a dose that takes the place of the background while it runs.

    Args:
        before: a phase at the background rate.
        across: the phase in which the dose lies.
        after: a phase at the rate behind it.
        start_ns: when the dose was begun.
        duration: of the dose, by its programme.
    """
    end_ns = start_ns + nanoseconds(duration)
    earlier = in_time(before.flow, since(across.start, start_ns))
    later = in_time(after.flow, -since(across.end, end_ns))
    return difference(difference(across.volume, earlier), later)


def judge_locked(
    case: Case,
    answers: tuple[PatientBolusReading, PatientBolusReading],
    before: Phase,
    behind: Phase,
) -> None:
    """Judge another wish within the lockout of a patient's bolus (ITB-BOL-007).

    Args:
        case: the case; ``volume`` is that of a bolus.
        answers: to the wish that began the lockout, and to the other one.
        before: a phase without any bolus, right before the other wish.
        behind: the phase behind it, which must be at the same flow.
    """
    first, again = answers
    elapsed_ns = since(behind.start, behind.end.plateau.t_ns)
    limit = Limit(
        requirement=case.id,
        lower=None,
        upper=case.numbers["volume"] / 2,
        rule=case.rule,
        unit=VOLUME,
        source="half of a patient's bolus",
    )
    more = limit.judge(difference(behind.volume, in_time(before.flow, elapsed_ns)))
    held = conclusions.holds(again.decision is BolusDecision.LOCKED_OUT, more)
    case.judge_fact(
        "ITB-BOL-007",
        # Without a bolus before there is no lockout to be held.
        held if first.decision is BolusDecision.GRANTED else None,
        f"the first wish was {first.decision.value}, another one within the lockout"
        f" {again.decision.value}; what came behind it besides the background:"
        f" {more.statement}",
    )
