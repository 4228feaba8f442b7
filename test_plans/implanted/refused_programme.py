"""A programme that a running pump must refuse, and that must leave it as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixtures.procedures import conclusions, refusals
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import PumpFinding
from harness.execution.case import Case
from harness.judging import Judgement
from harness.roles import InfusionPump
from test_plans.implanted import steps


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a programme that was to be refused.

    Attributes:
        answer: the pump's objection, None if it obeyed.
        is_unchanged: whether mode, state and rate were the same behind it.
        by_weight: whether the flow was.
    """

    answer: PumpFinding | None
    is_unchanged: bool
    by_weight: Judgement

    def is_refusal(self, field: str) -> bool | None:
        """Tell whether it was refused by name of a field, and nothing came of it."""
        named = refusals.names(self.answer, field)
        return conclusions.holds(named and self.is_unchanged, self.by_weight)

    def __str__(self) -> str:
        return (
            f"answer: {self.answer or 'accepted'}; programme unchanged:"
            f" {self.is_unchanged}; change of flow: {self.by_weight.statement}"
        )


def all_refused(commands: Sequence[Callable[[], object]], field: str) -> None:
    """Give commands in turn, up to the first that is not refused by name of a field.

    Raises:
        PumpFinding: what was answered to the last command that was given; nothing is
            raised where the pump obeyed it.
    """
    answer: PumpFinding | None = None
    for command in commands:
        answer = refusals.answer_to(command)
        if not refusals.names(answer, field):
            break
    if answer is not None:
        raise answer


def ask(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    command: Callable[[], object],
) -> Outcome:
    """Run at the case's ``running_rate``, give a command at half-time, and weigh."""
    answers: list[PumpFinding | None] = []
    unchanged: list[bool] = []

    def disturb() -> None:
        earlier = pump.read_status()
        answers.append(refusals.answer_to(command))
        unchanged.append(refusals.is_same_programme(earlier, pump.read_status()))

    rate = case.numbers["running_rate"]
    change = steps.deliver_disturbed(case, bench, pump, weighing, rate, disturb)
    return Outcome(answers[0], all(unchanged), conclusions.unchanged(case, change))
