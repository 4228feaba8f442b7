"""Running an item more than once, or not at all: pytest hears of its last attempt only.

pytest has no public way to run an item again; what is used of its inside here is what
plugins such as pytest-rerunfailures have used for years.
"""

# ruff: noqa: SLF001 - see above.

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, cast

import pytest
from _pytest.runner import call_and_report

from harness.execution.reasons import state_after
from harness.execution.run import Run
from harness.judging import RunState, Verdict
from harness.sessions import settling

_OUTWARDS = (pytest.exit.Exception, KeyboardInterrupt)
_Phase: TypeAlias = Literal["setup", "call", "teardown"]


def run_item(
    item: pytest.Function,
    nextitem: pytest.Item | None,
    is_to_repeat: Callable[[], bool],
) -> None:
    """Run an item until nothing asks for another attempt.

    Between two attempts everything is torn down that belongs to this item alone; the
    bench stays open.

    Args:
        item: the case's.
        nextitem: what pytest runs next; None after the last.
        is_to_repeat: asked after each attempt.
    """
    reports = _attempt(item)
    while is_to_repeat() and not item.session.shouldfail:
        reports = _attempt(item)
    is_last = item.session.shouldfail or item.session.shouldstop
    around = _leave(item, None if is_last else nextitem)
    if not around.passed or reports[-1].passed:
        reports[-1] = around
    _announce(item, reports)


def report_kept(
    item: pytest.Function, nextitem: pytest.Item | None, run: Run, case_id: str
) -> None:
    """Let pytest's reports say of a case what the journal says, without running it.

    Args:
        item: the case's.
        nextitem: what pytest runs next; None after the last.
        run: the run.
        case_id: the case.
    """
    result = next(each for each in run.results if each.case_id == case_id)
    is_pass = run.verdict_of(result) is Verdict.PASS
    call = _report(item, "call")
    if not is_pass:
        call.outcome, call.longrepr = "failed", settling.said(run, result)
    setup, teardown = _report(item, "setup"), _report(item, "teardown")
    if nextitem is None:
        _visit_bench(item, run)
        teardown = _leave(item, None)
    _announce(item, [setup, call, teardown])


def _visit_bench(item: pytest.Function, run: Run) -> None:
    """Open the bench if no case did: whatever was left running goes to its safe state.

    What fails there is a fault of the run, and no case's.
    """
    item.fixturenames = ["bench"]
    item._initrequest()
    call = pytest.CallInfo.from_call(
        lambda: item.session._setupstate.setup(item), when="setup", reraise=_OUTWARDS
    )
    if call.excinfo is not None:
        error = call.excinfo.value
        run.add_fault(max(state_after(error), RunState.BENCH_FAULT), error)


def _leave(item: pytest.Function, nextitem: pytest.Item | None) -> pytest.TestReport:
    """Tear down what the next item does not need; the item itself was before."""
    call = pytest.CallInfo.from_call(
        lambda: item.session._setupstate.teardown_exact(nextitem),
        when="teardown",
        reraise=_OUTWARDS,
    )
    report: pytest.TestReport = item.ihook.pytest_runtest_makereport(
        item=item, call=call
    )
    return report


def _around(item: pytest.Function) -> pytest.Item:
    """Return what stands round an item, for whoever sets up and tears down by items."""
    return cast("pytest.Item", item.parent)


def _attempt(item: pytest.Function) -> list[pytest.TestReport]:
    """Run an item and tear down what is its own."""
    item._initrequest()
    try:
        reports = [call_and_report(item, "setup", log=False)]
        if reports[0].passed:
            reports.append(call_and_report(item, "call", log=False))
        around = _around(item)
        reports.append(call_and_report(item, "teardown", log=False, nextitem=around))
    finally:
        item._request = False  # type: ignore[assignment]
        item.funcargs = None  # type: ignore[assignment]
    return reports


def _report(item: pytest.Item, phase: _Phase) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome="passed",
        longrepr=None,
        when=phase,
    )


def _announce(item: pytest.Item, reports: list[pytest.TestReport]) -> None:
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
