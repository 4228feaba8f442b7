"""Pytest runs the cases of a plan; this plugin carries them to a run (`execution`).

It decides nothing itself. It wakes when a path on the command line leads to a
``plan.toml`` and is inert otherwise. In the order of a session:

1. ``pytest_configure``: the plan, all that it names and the bench file are read and
   checked; the run's folder is made, and report and JUnit file are pointed into it;
2. ``pytest_collection_finish``, tried first: the journal is opened and the run put into
   ``config.stash[RUN_KEY]``;
3. ``pytest_runtestloop``: the header record is written and the cases run;
4. ``pytest_sessionfinish``, tried last but before pytest-html: the bench is safe by
   now, the end record is written, and the run's own exit code replaces pytest's.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.bench import Bench
from harness.errors import BenchFault, ConfigurationError, RecordFault
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.execution import folder as run_folder
from harness.execution import summary
from harness.execution.case import Case
from harness.execution.folder import WallFacts
from harness.execution.header import BenchSetup
from harness.execution.run import NOT_RUN, Run, one_line, state_after
from harness.judging import RunState, Verdict
from harness.plans import loading
from harness.plans import search as plan_search
from harness.plans.plan import Form, Plan, PlannedCase
from harness.plans.procedures import MARK, PREFIX
from harness.plans.selection import check_ids, left_out

REPORT = "report.html"
JUNIT = "junit.xml"
RUN_KEY = pytest.StashKey[Run]()


class Hooks:
    """What this plugin asks of others."""

    @pytest.hookspec(firstresult=True)
    def pytest_dosebench_bench(self, config: pytest.Config) -> BenchSetup | None:
        """Read the bench file of the option ``bench``, or a default; open nothing.

        Raises:
            ConfigurationError: the file is wrong.
        """


@dataclass(frozen=True, slots=True)
class _Session:
    """What is known of a run before its cases are collected."""

    bench: BenchSetup
    folder: Path
    wall: WallFacts


_SESSION = pytest.StashKey[_Session]()
_PLAN = pytest.StashKey[Plan]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run."""
    group = parser.getgroup("dosebench", "verification of a pump")
    group.addoption("--bench", metavar="FILE", help="bench file (TOML)")
    other = "profile to use instead of the plan's (TOML)"
    group.addoption("--profile", metavar="FILE", help=other)
    form = "form of the cases that have two (default: full)"
    group.addoption("--form", choices=tuple(Form), default=Form.FULL, help=form)
    only = "run only this case; may be given several times"
    group.addoption("--case", action="append", default=[], metavar="ID", help=only)
    seed = "seed of the simulated bench (default: 1)"
    group.addoption("--seed", type=int, default=1, metavar="N", help=seed)
    runs = "folder that takes a folder for each run (default: runs)"
    group.addoption("--runs", default="runs", metavar="DIR", help=runs)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Announce the hook by which a bench is found."""
    pluginmanager.add_hookspecs(Hooks)


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
            config.stash[_PLAN] = _load(config, path)
            check_ids(config.stash[_PLAN], config.getoption("case"))
            if not config.option.collectonly:
                config.stash[_SESSION] = _prepare(config, config.stash[_PLAN])
    except (ConfigurationError, RecordFault) as error:
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no folder behind for a run that never began."""
    session = config.stash.get(_SESSION, None)
    if session is not None and RUN_KEY not in config.stash:
        with suppress(OSError):
            for name in (REPORT, JUNIT):
                (session.folder / name).unlink(missing_ok=True)
            session.folder.rmdir()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str
) -> list[pytest.Item] | None:
    """Leave out a procedure for which the plan has no case."""
    plan = collector.config.stash.get(_PLAN, None)
    if plan is None or not name.startswith(PREFIX):
        return None
    is_beside = collector.path.resolve().parent == plan.path.parent
    return [] if is_beside and not _cases_of(collector.config, plan, name) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item of each case."""
    plan = metafunc.config.stash.get(_PLAN, None)
    if plan is None or metafunc.definition.get_closest_marker(MARK) is None:
        return
    cases = _cases_of(metafunc.config, plan, metafunc.function.__name__)
    metafunc.parametrize("case", cases, ids=[c.id for c in cases], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Put the cases in the order of the plan, and open the journal of their run."""
    known = session.config.stash.get(_SESSION, None)
    plan = session.config.stash.get(_PLAN, None)
    if known is None or plan is None or session.testsfailed or not session.items:
        return
    try:
        items = _items_by_case(session.items, known.bench)
        recorder = Recorder(Journal(known.folder), known.bench.clock)
    except (ConfigurationError, RecordFault) as error:
        # There is nothing to sum up, and the reports that it would name will be gone.
        session.config.pluginmanager.unregister(name="terminalreporter")
        raise pytest.UsageError(str(error)) from error
    selected = [case for case in plan.cases if case.id in items]
    seed = session.config.getoption("seed")
    run = Run(known.folder, recorder, plan, selected, seed, known.bench)
    session.items[:] = [items[case_id] for case_id in run.selected]
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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the end of a procedure into a verdict, and the verdict into an outcome."""
    report = yield
    run, planned = item.config.stash.get(RUN_KEY, None), _planned(item)
    if run is None or planned is None:
        return report
    error = None if call.excinfo is None else call.excinfo.value
    if report.when == "teardown":
        if error is not None:
            run.add_fault(max(state_after(error), RunState.BENCH_FAULT), error)
    elif report.when == "call" or error is not None:
        _settle(item, report, planned, error)
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


def _load(config: pytest.Config, path: Path) -> Plan:
    other = config.getoption("profile")
    profile = None if other is None else config.invocation_params.dir / other
    return loading.load(path, profile, Form(config.getoption("form")))


def _prepare(config: pytest.Config, plan: Plan) -> _Session:
    bench = config.hook.pytest_dosebench_bench(config=config)
    if bench is None:
        raise ConfigurationError(
            f"{plan.path}: no plugin offers a bench; load one, as in -p fixtures.plugin"
        )
    runs = config.invocation_params.dir / config.getoption("runs")
    folder = run_folder.reserve(runs, plan.id, config.getoption("seed"))
    config.option.htmlpath = str(folder / REPORT)
    config.option.self_contained_html = True
    config.option.xmlpath = str(folder / JUNIT)
    # Every case has its line and its row in the closing table already.
    config.option.reportchars = "N"
    return _Session(bench, folder, WallFacts(folder))


def _cases_of(config: pytest.Config, plan: Plan, function: str) -> list[PlannedCase]:
    only = config.getoption("case")
    return [
        case
        for case in plan.cases
        if PREFIX + case.procedure == function and (not only or case.id in only)
    ]


def _items_by_case(
    items: list[pytest.Item], bench: BenchSetup
) -> dict[str, pytest.Item]:
    """Check that every item is a case, each once, with its roles on the bench."""
    found: dict[str, pytest.Item] = {}
    for item in items:
        case = _planned(item)
        if case is None or case.id in found:
            raise ConfigurationError(
                f"{item.nodeid} is no case of the plan, or stands for one twice; run"
                " one plan at a time, each case once, and tests apart"
            )
        if not left_out([case], bench.roles):
            bench.check_roles(case)
        found[case.id] = item
    return found


def _planned(item: pytest.Item) -> PlannedCase | None:
    if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
        case = item.callspec.params.get("case")
        return case if isinstance(case, PlannedCase) else None
    return None


def _settle(
    item: pytest.Item,
    report: pytest.TestReport,
    planned: PlannedCase,
    error: BaseException | None,
) -> None:
    """End the case and write its verdict into pytest's report."""
    run = item.config.stash[RUN_KEY]
    state, trouble = _trouble(item, error)
    if error is not None and state is not RunState.COMPLETE:
        run.add_fault(state, error)
    result = run.end_case(planned.id, trouble)
    is_excused = error is None or isinstance(
        error, pytest.skip.Exception | pytest.xfail.Exception
    )
    if trouble and is_excused:
        # Whoever expects a failure has not planned a verdict: what passed is withdrawn.
        run.void_passes(result, trouble)
    is_pass = result.verdict is Verdict.PASS
    report.outcome = "passed" if is_pass else "failed"
    # To pytest an error is what fails outside the call: here, what is no finding.
    report.when = "call" if state is RunState.COMPLETE else "setup"
    if state is not RunState.TOOL_ERROR:
        said = f"{result.verdict.name}: {result.statement}"
        report.longrepr = None if is_pass else said
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    item.user_properties.append(("verdict", result.verdict.name))
    item.user_properties += [
        (entry.judgement.requirement, run.standing(entry).name)
        for entry in result.entries
    ]
    wall_s = item.config.stash[_SESSION].wall.end_case(result.case_id)
    _write(item.config, summary.case_line(result, wall_s))


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


def _write(config: pytest.Config, line: str) -> None:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        # One line a case is ours; pytest would break it with file names.
        terminal.showfspath = False
        terminal.write_line(line)
