"""The report of a run, placed into the page of pytest-html by its own hooks.

Nothing is shown that does not stand in the journal: when the run has ended, the journal
is read back and verified, and all that pytest-html has gathered for its table is
replaced by what the journal says. Every string passes through
:mod:`harness.render.html`, because pytest-html escapes none of them.

With ``--rebuild RUN`` a session runs no test: it makes the report of that run again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from pytest_html.report_data import ReportData

from harness.errors import ReportFault
from harness.evidence.reader import Broken
from harness.pytest_plugin import RUN_KEY
from harness.render import artefacts, html, paging
from harness.render.artefacts import REPORT
from harness.render.paging import Page
from harness.render.rows import COLUMNS, Outcome, table_row
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from harness.render.views import RunView, Stamp, run_view

_DATA: Final = pytest.StashKey[ReportData]()
_WARNINGS: Final = pytest.StashKey[tuple[Stamp, ...]]()
_FOLDER: Final = pytest.StashKey[Path]()
_PAGE: Final = pytest.StashKey[Page]()
_SAID: Final = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options by which a report is made again."""
    group = parser.getgroup("dosebench")
    again = "run no test; make the report of this run again"
    group.addoption("--rebuild", metavar="RUN", help=again)
    which = "which page of the report (default: 1, with all other files)"
    group.addoption("--page", type=int, default=1, metavar="N", help=which)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-html looks where to write: point it into the run's folder."""
    again = config.getoption("rebuild")
    if again is None:
        return
    folder = config.stash[_FOLDER] = config.invocation_params.dir / again
    name = paging.file_name(REPORT, config.getoption("page"))
    config.option.htmlpath = str(folder / name)
    config.option.self_contained_html = True


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    """Collect nothing where a report is made again."""
    return True if _FOLDER in session.config.stash else None


@pytest.hookimpl(optionalhook=True)
def pytest_html_report_title(report: ReportData) -> None:
    """Remember what pytest-html gathers; no other hook hands it out."""
    report.config.stash[_DATA] = report


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_summary(prefix: list[str], session: pytest.Session) -> None:
    """Put the report of a run that has ended into the page and beside it."""
    config = session.config
    run = config.stash.get(RUN_KEY, None)
    folder = config.stash.get(_FOLDER, None if run is None else run.folder)
    if folder is None:
        return
    data = config.stash[_DATA]
    try:
        record = of_journal(folder)
    except Broken as error:
        _empty(data)
        # A CI system must not read on what an unbroken journal once said.
        (folder / artefacts.JUNIT).unlink(missing_ok=True)
        prefix.append(html.text(f"There is no report: {error}"))
        config.stash[_SAID] = f"there is no report: {error}"
        return
    view = run_view(record)
    page = paging.page(record.cases, config.getoption("page"))
    config.stash[_FOLDER], config.stash[_PAGE] = folder, page
    config.stash[_WARNINGS] = view.warnings
    prefix.append(html.index(view))
    prefix.append(html.page_links(paging.links(REPORT, page)))
    data.title = f"{view.headline}: {view.title}"
    named = ((name, html.text(said)) for name, said in (*view.tested, *view.facts))
    data.set_data("environment", dict(named))
    _fill(data, record, page, view)
    if page.number == 1:
        try:
            artefacts.write(folder, record, view)
        except ReportFault as fault:
            config.stash[_SAID] = str(fault)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say at the terminal what the report warns of, and make its further pages."""
    for warning in config.stash.get(_WARNINGS, ()):
        terminalreporter.write_line(f"{warning.word}: {warning.meaning}")
    if _SAID in config.stash:
        terminalreporter.write_line(config.stash[_SAID])
    page = config.stash.get(_PAGE, None)
    if page is not None and page.number == 1:
        for number in range(2, page.of + 1):
            _make_page(config.stash[_FOLDER], number)


def rebuild_arguments(folder: Path, number: int) -> list[str]:
    """Return pytest's arguments by which one page of a report is made again."""
    return [
        "--quiet",
        "-pno:cacheprovider",
        "-pharness.pytest_plugin",
        "-pharness.report",
        f"--rebuild={folder.resolve()}",
        f"--page={number}",
        # Some path there must be, and beside a run lies the plan that it ran.
        __file__,
    ]


def _make_page(folder: Path, number: int) -> None:
    """Make a further page in a process of its own: pytest-html makes one a session."""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "pytest", f"--rootdir={root}"]
    subprocess.run(
        [*command, f"-c{root / 'pyproject.toml'}", *rebuild_arguments(folder, number)],
        cwd=root,
        stdout=subprocess.DEVNULL,
        check=False,
    )


def _empty(data: ReportData) -> None:
    data.set_data("tests", {})
    data.set_data("environment", {})


def _fill(data: ReportData, record: RunRecord, page: Page, view: RunView) -> None:
    """Let the page's own table say what the journal says, of every case on the page."""
    data.table_header = [f"<th>{each}</th>" for each in COLUMNS]
    # Plots are looked at one by one; a page that unfolds all is no index.
    data.set_data("renderCollapsed", [each.lower() for each in Outcome])
    shown = {each.id: each for each in view.cases}
    tests: dict[str, list[dict[str, Any]]] = {}
    counts = dict.fromkeys(Outcome, 0)
    for case in page.cases:
        row = table_row(record, case)
        counts[row.outcome] += 1
        cells = [
            html.cell(lines, f"col-{column.split()[0].lower()}")
            for lines, column in zip(row.cells, COLUMNS, strict=True)
        ]
        tests[case.id] = [
            {
                "result": row.outcome.value,
                "testId": html.text(case.id),
                "resultsTableRow": cells,
                "extras": [],
                "tableHtml": [html.row_details(shown[case.id])],
                "log": html.text(case.statement),
            }
        ]
    data.set_data("tests", tests)
    for each in data.outcomes.values():
        each["value"] = 0
    for outcome, count in counts.items():
        data.outcomes[outcome.value.lower()]["value"] = count
