"""What stands in for the hand that empties the syringe in the therapy."""

from __future__ import annotations

from harness.execution.case import Case

_STANDS_IN = (
    "a pump stands in for the hand that empties the syringe in the therapy: this shows"
    " the dose of bench, line and arithmetic, not how evenly a hand pushes"
)


def note(case: Case) -> None:
    """Say in the report that no hand has injected."""
    case.note(_STANDS_IN)
