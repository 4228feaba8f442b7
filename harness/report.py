"""The report of a run, placed into the page of pytest-html by its own hooks.

Nothing is shown that does not stand in the journal: when the run has ended, the journal
is read back and verified, and all that pytest-html has gathered for its table is
replaced by what the journal says. Every string passes through
:mod:`harness.render.html`, because pytest-html escapes none of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from pytest_html.report_data import ReportData

from harness.evidence.reader import Broken
from harness.plans.plan import PlannedCase
from harness.pytest_plugin import RUN_KEY
from harness.render import html, trace_files
from harness.render.facts import facts
from harness.render.rows import COLUMNS, case_row
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from harness.render.views import Stamp, run_view

FACTS: Final = "facts.json"
TRACE_JSON: Final = "traceability.json"
TRACE_CSV: Final = "traceability.csv"
_DATA: Final = pytest.StashKey[Any]()
_WARNINGS: Final = pytest.StashKey[tuple[Stamp, ...]]()
_CSS: Final = (
    "verdict",
    "case",
    "requirement",
    "figures",
    "figures",
    "figures",
    "time",
)
# By this outcome of pytest's, the page colours, filters and counts its rows.
_ERROR: Final = "Error"


@pytest.hookimpl(optionalhook=True)
def pytest_html_report_title(report: ReportData) -> None:
    """Remember what pytest-html gathers; no other hook hands it out."""
    report.config.stash[_DATA] = report


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_summary(prefix: list[str], session: pytest.Session) -> None:
    """Put the report of a run that has ended into the page and beside it."""
    run = session.config.stash.get(RUN_KEY, None)
    if run is None:
        return
    data = session.config.stash[_DATA]
    try:
        record = of_journal(run.folder)
    except Broken as error:
        data.data["tests"].clear()
        data.set_data("environment", {})
        prefix.append(html.text(f"There is no report: {error}"))
        return
    view = run_view(record)
    prefix.append(html.dossier(view))
    data.title = f"{view.headline}: {view.title}"
    data.set_data(
        "environment",
        {name: html.text(said) for name, said in (*view.tested, *view.facts)},
    )
    _replace_rows(data, record, _case_ids(session))
    _write_beside(run.folder, record)
    session.config.stash[_WARNINGS] = view.warnings


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say at the terminal what the report warns of."""
    for warning in config.stash.get(_WARNINGS, ()):
        terminalreporter.write_line(f"{warning.word}: {warning.meaning}")


def _write_beside(folder: Path, record: RunRecord) -> None:
    """Write what programs read, from the same record as the page."""
    (folder / FACTS).write_text(facts(record), encoding="utf-8")
    (folder / TRACE_JSON).write_text(trace_files.as_json(record), encoding="utf-8")
    # Spreadsheets take UTF-8 for something else without its mark.
    (folder / TRACE_CSV).write_text(
        trace_files.as_csv(record), encoding="utf-8-sig", newline=""
    )


def _case_ids(session: pytest.Session) -> dict[str, str]:
    """Return the id of the case of each test, by node id."""
    found = {}
    for item in session.items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            case = item.callspec.params.get("case")
            if isinstance(case, PlannedCase):
                found[item.nodeid] = case.id
    return found


def _replace_rows(
    data: ReportData, record: RunRecord, case_ids: dict[str, str]
) -> None:
    """Let the page's own table say what the journal says."""
    cases = {case.id: case for case in record.cases}
    data.table_header = [f"<th>{each}</th>" for each in COLUMNS]
    for nodeid, tests in data.data["tests"].items():
        case = cases[case_ids[nodeid]]
        for test in tests:
            row = list(case_row(record, case))
            if test["result"] == _ERROR:
                row[0] = (*row[0], "run fault")
            test["resultsTableRow"] = [
                html.cell(lines, f"col-{column.split()[0].lower()}")
                for lines, column in zip(row, COLUMNS, strict=True)
            ]
