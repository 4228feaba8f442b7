"""Which runs are no formal evidence, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.judging import RunState
from harness.render.marks import overdue
from harness.render.run_record import RunRecord

_MOMENTS: Final = ("before", "after")
_RESTORED: Final = "restored"


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
    if header.git_clean is not True:
        yield "the source of the tool was not exactly that of a commit"
    yield from (f"a calibration ended before the run: {e}" for e in overdue(run))
    yield from _checks(run)
    yield from _links(run)


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


def _links(run: RunRecord) -> Iterator[str]:
    """Yield each instrument that was away, and of which nothing says that it came back.

    A session that takes up a run meets every instrument anew.
    """
    met_ns = max((each.t_ns for each in run.resumes), default=run.t_first_ns)
    last = {each.instrument: each for each in run.links if each.t_ns >= met_ns}
    for each in last.values():
        if each.event != _RESTORED:
            yield f"the link to {each.instrument} was {each.event}: {each.reason}"
