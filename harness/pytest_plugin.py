"""Pytest runs the cases of a plan; this plugin carries them to a run (`execution`).

It decides nothing itself. It wakes when a path on the command line leads to a
``plan.toml`` and is inert otherwise. In the order of a session:

1. ``pytest_configure``: the plan, all that it names and the bench file are read and
   checked; the run's folder is made, and the report is pointed into it;
2. ``pytest_collection_finish``, tried first: the journal is opened and the run put into
   ``config.stash[RUN_KEY]``;
3. ``pytest_runtestloop``: the header record is written and the cases run;
4. ``pytest_sessionfinish``, tried last but before pytest-html: the bench is safe by
   now, the end record is written, and the run's own exit code replaces pytest's.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from harness.bench import Bench
from harness.errors import BenchFault, ConfigurationError, RecordFault
from harness.evidence import reader
from harness.evidence.reader import Broken
from harness.execution import going_on, inputs, resuming, summary
from harness.execution.case import Case
from harness.execution.header import BenchSetup
from harness.execution.reasons import one_line, state_after
from harness.execution.run import Run
from harness.judging import RunState
from harness.plans import loading
from harness.plans import search as plan_search
from harness.plans.plan import Plan, PlannedCase
from harness.plans.procedures import MARK, PREFIX
from harness.plans.selection import check_ids, require_cases
from harness.render.artefacts import REPORT
from harness.render.run_record import RunRecord
from harness.sessions import attempts, items, options, settling, starting
from harness.sessions.starting import Prepared

RUN_KEY = pytest.StashKey[Run]()
RESUMED_KEY = pytest.StashKey[RunRecord]()
"""What the journal says of a run that goes on; missing for a new one."""
WHY_NOT_KEY = pytest.StashKey[str]()
"""Why the open case of that run cannot go on where it was; "" as long as it can."""


class Hooks:
    """What this plugin asks of others."""

    @pytest.hookspec(firstresult=True)
    def pytest_dosebench_bench(self, config: pytest.Config) -> BenchSetup | None:
        """Read the bench file of the option ``bench``, or a default; open nothing.

        Raises:
            ConfigurationError: the file is wrong.
        """


_SESSION = pytest.StashKey[Prepared]()
_PLAN = pytest.StashKey[Plan]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    options.add_to(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Announce the hook by which a bench is found."""
    pluginmanager.add_hookspecs(Hooks)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Let what lies above procedures that are another plan's be loaded in time."""
    base = early_config.invocation_params.dir
    paths: list[str] = early_config.known_args_namespace.file_or_dir
    # What is wrong is said when all is read.
    with suppress(ConfigurationError):
        found = plan_search.find(base / each.split("::")[0] for each in paths)
        if found is not None:
            paths.append(str(loading.procedures_folder(found)))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read and check everything, if there is a plan; before any report plugin."""
    config.addinivalue_line(
        "markers", f"{MARK}(name=unit, ...): a procedure and the numbers that it takes"
    )
    try:
        base = config.invocation_params.dir
        path = plan_search.find(base / each.split("::")[0] for each in config.args)
        if path is not None:
            plan = config.stash[_PLAN] = options.load_plan(config, path)
            if plan.procedures.folder.resolve() != path.parent:
                config.args.append(str(plan.procedures.folder))
            require_cases(plan)
            check_ids(plan, config.getoption("case"))
            if not config.option.collectonly:
                config.stash[_SESSION] = _prepare(config, plan)
    except (Broken, ConfigurationError, RecordFault) as error:
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no folder behind for a run that never began."""
    session = config.stash.get(_SESSION, None)
    if session is not None and session.past is None and RUN_KEY not in config.stash:
        with suppress(OSError):
            (session.folder / REPORT).unlink(missing_ok=True)
            inputs.discard(session.folder)
            session.folder.rmdir()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str
) -> list[pytest.Item] | None:
    """Leave out a procedure for which the plan has no case."""
    plan = collector.config.stash.get(_PLAN, None)
    if plan is None or not name.startswith(PREFIX):
        return None
    is_beside = collector.path.resolve().parent == plan.procedures.folder.resolve()
    cases = items.cases_of(plan, name, collector.config.getoption("case"))
    return [] if is_beside and not cases else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item of each case."""
    plan = metafunc.config.stash.get(_PLAN, None)
    if plan is None or metafunc.definition.get_closest_marker(MARK) is None:
        return
    only = metafunc.config.getoption("case")
    cases = items.cases_of(plan, metafunc.function.__name__, only)
    metafunc.parametrize("case", cases, ids=[c.id for c in cases], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Put the cases in the order of the plan, and open the journal of their run."""
    known = session.config.stash.get(_SESSION, None)
    if known is None or session.testsfailed or not session.items:
        return
    try:
        found = items.by_case(session.items, known.bench)
        run = starting.open_run(known, found)
    except (Broken, ConfigurationError, RecordFault) as error:
        # There is nothing to sum up, and the reports that it would name will be gone.
        session.config.pluginmanager.unregister(name="terminalreporter")
        raise pytest.UsageError(str(error)) from error
    session.items[:] = [found[case_id] for case_id in run.selected]
    session.config.stash[RUN_KEY] = run
    session.config.pluginmanager.register(_Watch(run))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Write the header before the first case, and say what will happen."""
    run = session.config.stash.get(RUN_KEY, None)
    if run is not None:
        session.config.stash[_SESSION].wall.begin()
        run.begin()
        _write(session.config, summary.opening(run))


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run; a bench fixture takes recorder, seed and clock from it."""
    return request.config.stash[RUN_KEY]


@pytest.fixture
def case(request: pytest.FixtureRequest, run: Run, bench: Bench) -> Case:
    """The case that a procedure runs."""
    planned: PlannedCase = request.param
    request.config.stash[_SESSION].wall.begin_case()
    begun = run.begin_case(planned.id)
    bench.set_case(planned.id)
    return begun


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """Run a case, again where what broke it off was mended; leave alone what stays."""
    run, planned = item.config.stash.get(RUN_KEY, None), items.planned(item)
    if run is None or planned is None or not isinstance(item, pytest.Function):
        return None
    if run.is_kept(planned.id):
        attempts.report_kept(item, nextitem, run, planned.id)
    else:
        attempts.run_item(item, nextitem, lambda: run.is_to_repeat(planned.id))
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the end of a procedure into a verdict, and the verdict into an outcome."""
    report = yield
    run, planned = item.config.stash.get(RUN_KEY, None), items.planned(item)
    if run is None or planned is None:
        return report
    error = None if call.excinfo is None else call.excinfo.value
    if report.when == "teardown":
        if error is not None:
            run.add_fault(max(state_after(error), RunState.BENCH_FAULT), error)
            if state_after(error) is RunState.BENCH_FAULT:
                report.longrepr = one_line(error)
    elif report.when == "call" or error is not None:
        result = settling.settle(run, item, report, planned, error)
        wall_s = item.config.stash[_SESSION].wall.end_case(result.case_id)
        _write(item.config, summary.case_line(result, run.verdict_of(result), wall_s))
    if run.state is not RunState.COMPLETE:
        item.session.shouldfail = f"run fault {run.state.name}: {run.faults[-1]}"
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport, config: pytest.Config
) -> tuple[str, str, str] | None:
    """Count outcomes as pytest does, but leave the lines to this plugin."""
    if RUN_KEY not in config.stash:
        return None
    beside = "error" if report.failed else ""
    return (report.outcome if report.when == "call" else beside), "", ""


class _Watch:
    """Hears of what ends a session from outside its cases; pytest names no config."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_keyboard_interrupt(
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> None:
        """Note that somebody broke the run off."""
        self._run.add_fault(RunState.ABORTED, excinfo.value)

    def pytest_internalerror(
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> None:
        """Note that pytest or a plugin broke."""
        is_bench = isinstance(excinfo.value, BenchFault)
        state = RunState.BENCH_FAULT if is_bench else RunState.TOOL_ERROR
        self._run.add_fault(state, excinfo.value)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(
        self, session: pytest.Session
    ) -> Generator[None, object, object]:
        """Say how the bench was left even where a full disk takes no report."""
        try:
            return (yield)
        except OSError as error:
            self._run.add_fault(RunState.BENCH_FAULT, error)
            session.exitstatus = self._run.exit_code
            return None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close the record once the bench is safe, and give the run's exit code."""
    config = session.config
    run = config.stash.get(RUN_KEY, None)
    if run is None:
        return
    run.end()
    try:
        config.stash[_SESSION].wall.end()
    except RecordFault as fault:
        run.add_fault(RunState.BENCH_FAULT, fault)
    session.exitstatus = run.exit_code


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the table of verdicts and where the report is."""
    run = config.stash.get(RUN_KEY, None)
    if run is None:
        return
    terminalreporter.section("verification")
    where = f"report: {run.folder / REPORT}"
    for line in (*summary.table(run), "", *summary.closing(run), where):
        terminalreporter.write_line(line)


def _prepare(config: pytest.Config, plan: Plan) -> Prepared:
    again = starting.resumed_folder(config)
    if again is not None:
        _look_back(config, plan, again)
    bench = config.hook.pytest_dosebench_bench(config=config)
    if bench is None:
        raise ConfigurationError(
            f"{plan.path}: no plugin offers a bench; load one, as in -p fixtures.plugin"
        )
    how = options.invocation(config, plan, bench)
    if again is None:
        known = starting.prepare(config, plan, bench, how)
    else:
        record = config.stash[RESUMED_KEY]
        why_not = config.stash[WHY_NOT_KEY]
        known = starting.prepare_again(config, plan, bench, how, record, why_not)
    config.option.htmlpath = str(known.folder / REPORT)
    config.option.self_contained_html = True
    # Every case has its line and its row in the closing table already.
    config.option.reportchars = "N"
    return known


def _look_back(config: pytest.Config, plan: Plan, folder: Path) -> None:
    """Read how far a run had come, and whether its open case may simply go on."""
    record = config.stash[RESUMED_KEY] = resuming.read_record(folder)
    why_not = config.getoption("begin_again")
    if resuming.has_changed_tool(record):
        why_not = why_not or "the tool was changed"
    why_not = why_not or going_on.why_not(
        resuming.open_case(record, plan), reader.read(folder)
    )
    config.stash[WHY_NOT_KEY] = why_not


def _write(config: pytest.Config, line: str) -> None:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        # One line a case is ours; pytest would break it with file names.
        terminal.showfspath = False
        terminal.write_line(line)
