"""From the end of a procedure to a verdict, and from a verdict to pytest's outcome."""

from __future__ import annotations

import pytest

from harness.execution.case import CaseResult
from harness.execution.reasons import one_line, state_after
from harness.execution.run import NOT_RUN, Run
from harness.judging import RunState, Verdict
from harness.plans.plan import PlannedCase


def settle(
    run: Run,
    item: pytest.Item,
    report: pytest.TestReport,
    planned: PlannedCase,
    error: BaseException | None,
) -> CaseResult:
    """End a case and write its verdict into pytest's report.

    Args:
        run: the run.
        item: the case's item.
        report: pytest's own of the procedure, or of what was set up before it.
        planned: the case.
        error: what left the procedure; None if it ended by itself.
    """
    state, trouble = _trouble(item, error)
    if (mended := run.mended(planned.id)) is not None:
        # The run itself goes on as it was.
        state, trouble = RunState.COMPLETE, mended.reason
    if error is not None and state is not RunState.COMPLETE:
        run.add_fault(state, error)
    result = run.end_case(planned.id, trouble)
    is_excused = error is None or isinstance(
        error, pytest.skip.Exception | pytest.xfail.Exception
    )
    if trouble and is_excused:
        # Whoever expects a failure has not planned a verdict: what passed is withdrawn.
        run.void_passes(result, trouble)
    is_pass = run.verdict_of(result) is Verdict.PASS
    report.outcome = "passed" if is_pass else "failed"
    # To pytest an error is what fails outside the call: here, what is no finding.
    report.when = "call" if state is RunState.COMPLETE else "setup"
    if state is not RunState.TOOL_ERROR:
        report.longrepr = None if is_pass else said(run, result)
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    return result


def said(run: Run, result: CaseResult) -> str:
    """Return a case's verdict and its reason in one line."""
    verdict = run.verdict_of(result)
    before = "" if verdict is result.verdict else " (by an earlier attempt)"
    return f"{verdict.name}{before}: {result.statement}"


def _trouble(item: pytest.Item, error: BaseException | None) -> tuple[RunState, str]:
    """Say what a procedure's end means for the run, and ("": nothing) for its case."""
    if error is None:
        is_marked = item.get_closest_marker("xfail") is not None
        return RunState.COMPLETE, f"{NOT_RUN}: marked xfail" if is_marked else ""
    text = one_line(error)
    if isinstance(error, pytest.skip.Exception | pytest.xfail.Exception):
        return RunState.COMPLETE, f"{NOT_RUN}: {text}"
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return RunState.COMPLETE, f"an assertion is no judgement: {text}"
    return state_after(error), f"{type(error).__name__}: {text}"
