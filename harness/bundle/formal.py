"""Which runs are no formal evidence, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.judging import RunState
from harness.render.run_record import RunRecord

_MOMENTS: Final = ("before", "after")


def against_formal(run: RunRecord) -> Iterator[str]:
    """Yield every reason why the run cannot be formal evidence, in words."""
    header = run.header
    if run.integrity.broken is not None:
        yield f"the journal is broken: {run.integrity.broken}"
    elif not run.is_complete:
        yield "the journal has no end record: the run was cut off or still goes on"
    if run.state is not RunState.COMPLETE:
        yield f"the run ended as {run.state.name}"
    if header.is_simulated:
        yield f"the bench was simulated (fidelity: {header.fidelity})"
    yield from header.engineering
    yield from (f"partial: {reason}" for reason in header.partial)
    if not header.formal:
        yield "no approval of plan, register and profile was given before the run"
    if header.git_clean is not True:
        yield "the source of the tool was not exactly that of a commit"
    if not header.setup:
        yield "there is no record of the set-up of the bench"
    yield from _checks(run)


def _checks(run: RunRecord) -> Iterator[str]:
    for moment in _MOMENTS:
        checks = [each for each in run.checks if each.moment == moment]
        if not checks:
            yield f"there is no check of the balance {moment} the cases"
        yield from (
            f"a check of the balance {moment} the cases does not hold: {each.statement}"
            for each in checks
            if each.holds is not True
        )
