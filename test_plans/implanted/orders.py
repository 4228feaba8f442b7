"""Orders to a pump whose effect is weighed, whatever the pump says of them."""

from __future__ import annotations

from collections.abc import Callable

from harness.bench import Bench
from harness.errors import LinkViolation
from harness.execution.case import Case


def give(case: Case, bench: Bench, order: Callable[[], object]) -> int:
    """Give an order, and go on if the pump reads back something else.

    What it says then is noted; what it does is for the balance to tell. An order that
    the pump refuses is none: that ends the procedure.

    Returns:
        The bench time at which the order had been given.

    Raises:
        CommandRefused: the pump declines.
    """
    try:
        order()
    except LinkViolation as violation:
        case.note(
            f"the pump contradicts its order; what it does is weighed: {violation}"
        )
    return bench.now_ns()
