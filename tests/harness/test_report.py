"""The report in real pytest sessions and in a real browser."""

import csv
import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from harness.evidence import disk
from harness.render import artefacts, paging
from harness.render.artefacts import FACTS, REPORT, TRACE_CSV, TRACE_JSON
from harness.render.html import page
from harness.render.run_fold import of_journal
from harness.render.views import run_view
from harness.report import rebuild_arguments
from tests.harness.plans import written
from tests.harness.render.test_render import HOSTILE, Elements, write_hostile

pytest_plugins = ["pytester"]

CONFTEST = f"""
import hashlib
import pytest
from pathlib import Path
from harness.bench import Bench
from harness.clock import VirtualClock
from harness.evidence.records import Kind
from harness.execution.header import BenchSetup, Fidelity

HOSTILE = {HOSTILE!r}

def pytest_dosebench_bench(config):
    clock = VirtualClock(1_767_225_600_000_000_000)
    path = Path("bench.toml")
    path.touch()
    sha256 = hashlib.sha256(b"").hexdigest()
    return BenchSetup(path, sha256, Fidelity.IN_PROCESS, clock, frozenset({{"pump"}}))

@pytest.fixture(scope="session")
def bench(run):
    identity = {{"model": HOSTILE, "serial": HOSTILE, "firmware": HOSTILE}}
    run.recorder.record(
        Kind.INSTRUMENT, {{"role": "pump", "calibration_due": None, **identity}}
    )
    yield Bench(run.bench.clock, run.recorder, [])
    run.recorder.record(Kind.SAFE_STATE, {{"role": "pump", "outcome": HOSTILE}})
"""

PROCEDURES = f"""
import pytest
from harness.errors import MeasurementRefused
from harness.metrology.measurement import bracketed
from harness.units import ureg

HOSTILE = {HOSTILE!r}

@pytest.mark.procedure(error="percent")
def test_measure(case, bench):
    value = case.numbers["error"]
    low, high = (value + ureg.Quantity(s * 0.5, "percent") for s in (-1, 1))
    bench.recorder.operator("fill the pump", HOSTILE)
    print(HOSTILE)
    case.judge(case.limit("M-1"), bracketed(low, high, HOSTILE, 0, 1))

@pytest.mark.procedure
def test_attribute(case):
    case.judge_fact("A-1", True, HOSTILE)

@pytest.mark.procedure
def test_fault(case):
    raise MeasurementRefused(HOSTILE)

@pytest.mark.procedure
def test_voided(case, run):
    case.judge_fact("A-1", True, "it refused")

@pytest.fixture(scope="session", autouse=True)
def find_out_late(run, bench):
    yield
    seqs = [e.seq for r in run.results if "voided" in r.case_id for e in r.entries]
    if seqs:
        run.void(seqs, HOSTILE)
"""

HEAD = written.HEAD.replace("small plan", "small <b>plan</b>")
REGISTER = written.register(
    written.measured("M-1", 'lower = "-flow.accuracy"\nupper = "flow.accuracy"'),
    written.attribute("A-1"),
).replace("works", "<i>works</i>")

# A name that a folder can have and that runs when it becomes HTML.
FOLDER = "plan<img src=x onerror=document.title='owned'>"


def planned(requirement: str, procedure: str, more: str = "") -> str:
    return written.case(requirement, procedure, more, procedure=procedure)


MEASURE = planned("M-1", "measure", 'numbers = { error = "1.23 %" }')


COVERAGE = """
[coverage]
register = "r"
[[covered]]
requirement = "M-1"
case = "M-1/measure"
fault = "a fifth too much"
[covered.pump]
flow_error = "20 %"
"""


def run(pytester: pytest.Pytester, *cases: str, coverage: str = "") -> Path:
    """Run a plan of these cases; return the folder of the run."""
    folder = pytester.mkdir(FOLDER)
    pytester.makeconftest(CONFTEST)
    written.write(folder, HEAD, *cases, register=REGISTER, procedures=PROCEDURES)
    if coverage:
        (folder / "coverage.toml").write_text(coverage, encoding="utf-8")
    plugins = ("-pharness.pytest_plugin", "-pharness.report", "-pno:hypothesispytest")
    result = pytester.runpytest_inprocess(*plugins, "--strict-markers", folder)
    (found,) = (pytester.path / "runs").glob("*")
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    return found


def table(report: Path) -> dict[str, list[str]]:
    """The rows of pytest-html's table by case, as the page's script gets them."""
    (blob,) = (
        given["data-jsonblob"]
        for _, given in Elements(report.read_text("utf-8")).tags
        if "data-jsonblob" in given
    )
    tests = json.loads(blob or "")["tests"]
    rows = [test["resultsTableRow"] for group in tests.values() for test in group]
    return {
        Elements(row[1]).text: [Elements(cell).text for cell in row] for row in rows
    }


def test_the_table_says_what_the_journal_says(pytester: pytest.Pytester) -> None:
    folder = run(pytester, MEASURE, planned("A-1", "attribute"))
    report = folder / REPORT
    rows = table(report)

    assert rows["M-1/measure"] == [
        "PASS",
        "M-1/measure",
        "M-1",
        "+1.23 % ± 0.57 %",
        "-5 % to 5 %",
        "+3.77 %",
        "0 s",
    ]
    assert rows["A-1/attribute"][0] == "PASS"
    text = Elements(report.read_text("utf-8")).text
    assert "dosebench verification report" in text
    assert "SIMULATED" in text
    assert of_journal(folder).integrity.head in text
    assert json.loads((folder / FACTS).read_text("utf-8"))["verdict"] == "PASS"


def test_a_verdict_withdrawn_at_the_end_is_no_pass_anywhere(
    pytester: pytest.Pytester,
) -> None:
    folder = run(pytester, planned("A-1", "voided"))

    assert table(folder / REPORT)["A-1/voided"][0] == "INCONCLUSIVE"
    assert json.loads((folder / FACTS).read_text("utf-8"))["verdict"] == "INCONCLUSIVE"
    assert "Withdrawn verdicts" in Elements((folder / REPORT).read_text("utf-8")).text
    dossier = (folder / artefacts.DOSSIER).read_text("utf-8")
    assert "recorded as PASS" in Elements(dossier).text


def test_a_run_fault_shows_in_its_row_and_in_the_headline(
    pytester: pytest.Pytester,
) -> None:
    folder = run(pytester, planned("A-1", "fault"))

    assert table(folder / REPORT)["A-1/fault"][0] == "INCONCLUSIVErun fault"
    text = Elements((folder / REPORT).read_text("utf-8")).text
    assert "INCONCLUSIVE, ENGINEERING, PARTIAL, run BENCH FAULT" in text


def test_the_matrix_lies_beside_the_report(pytester: pytest.Pytester) -> None:
    folder = run(pytester, MEASURE)

    read = json.loads((folder / TRACE_JSON).read_text("utf-8"))
    assert read["journal"] == of_journal(folder).integrity.head
    assert {each["id"]: each["coverage"] for each in read["requirements"]} == {
        "M-1": "unproven",
        "A-1": "uncovered",
    }
    assert (folder / TRACE_CSV).read_bytes().startswith(b"\xef\xbb\xbfrequirement,")
    with (folder / TRACE_CSV).open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["requirement"], row["case"]) for row in csv.DictReader(file)]
    assert rows == [("M-1", "M-1/measure"), ("A-1", "")]


def test_what_has_no_case_or_no_fault_is_said_in_the_report_and_at_the_terminal(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run(pytester, MEASURE)

    text = Elements((folder / REPORT).read_text("utf-8")).text
    terminal = capsys.readouterr().out
    assert "PASS, ENGINEERING, PARTIAL" in text
    for said in (text, " ".join(terminal.split())):
        assert "1 requirements of the register have no case" in said
        assert "1 requirements have no seeded fault" in said
    assert "PARTIAL: 1 requirements of the register have no case" in terminal
    assert "UNPROVEN: 1 requirements" in terminal


def test_a_seeded_fault_proves_its_requirement(pytester: pytest.Pytester) -> None:
    folder = run(pytester, MEASURE, planned("A-1", "attribute"), coverage=COVERAGE)

    header = of_journal(folder).header
    assert header.partial == ()
    assert header.coverage is not None
    assert header.coverage.sha256 == sha256(COVERAGE.encode()).hexdigest()
    text = Elements((folder / REPORT).read_text("utf-8")).text
    assert "1 of 2 requirements have a case, and a seeded fault" in text
    assert "a fifth too much: found by M-1/measure" in text
    assert "PARTIAL" not in text


def rebuild(pytester: pytest.Pytester, folder: Path, page: int = 1) -> None:
    """Make a page again in a session that runs nothing."""
    result = pytester.runpytest_inprocess(
        "-pno:hypothesispytest", *rebuild_arguments(folder, page)
    )
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_the_report_made_again_is_the_report_of_the_run(
    pytester: pytest.Pytester,
) -> None:
    folder = run(pytester, MEASURE, planned("A-1", "fault"), planned("A-1", "voided"))
    wanted = {name: (folder / name).read_bytes() for name in artefacts.WRITERS}
    rows = table(folder / REPORT)
    for name in (*wanted, REPORT):
        (folder / name).unlink()

    rebuild(pytester, folder)

    assert {name: (folder / name).read_bytes() for name in wanted} == wanted
    assert table(folder / REPORT) == rows
    assert len(list((pytester.path / "runs").iterdir())) == 1


def test_more_rows_than_a_browser_likes_come_on_further_pages(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run(pytester, MEASURE, planned("A-1", "attribute"))
    monkeypatch.setattr(paging, "MOST_ROWS", 1)
    monkeypatch.setattr("harness.report._make_page", partial(rebuild, pytester))

    rebuild(pytester, folder)

    first, second = folder / REPORT, folder / "report-2.html"
    assert [*table(first), *table(second)] == ["M-1/measure", "A-1/attribute"]
    assert '<a href="report-2.html">cases from 2</a>' in first.read_text("utf-8")
    assert '<a href="report.html">cases from 1</a>' in second.read_text("utf-8")


def test_a_full_disk_costs_the_report_but_not_the_run(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @contextmanager
    def whole(path: Path) -> Iterator[BinaryIO]:
        with own(path) as file:
            yield file
            if path.name == "facts.json":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    own = disk.whole
    with monkeypatch.context() as patch:
        patch.setattr(disk, "whole", whole)
        folder = run(pytester, MEASURE)

    assert of_journal(folder).is_complete
    said = " ".join(capsys.readouterr().out.split())
    assert "facts.json: cannot be written (No space left on device)" in said
    assert f"then run dosebench report {folder}" in said
    assert not list(folder.glob("*.part"))


def test_nothing_of_the_host_gets_into_the_page(pytester: pytest.Pytester) -> None:
    report = run(pytester, MEASURE) / REPORT

    (blob,) = (
        given["data-jsonblob"]
        for _, given in Elements(report.read_text("utf-8")).tags
        if "data-jsonblob" in given
    )
    environment = json.loads(blob or "")["environment"]
    assert environment["run state"] == "COMPLETE"
    assert not {"Platform", "Python", "Packages", "Plugins"} & environment.keys()


def test_without_a_plan_the_page_is_pytest_htmls_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    plugins = ("-pharness.pytest_plugin", "-pharness.report", "-pno:hypothesispytest")

    result = pytester.runpytest_inprocess(
        *plugins, "--html=own.html", "--self-contained-html"
    )

    assert result.ret == 0
    page = (pytester.path / "own.html").read_text("utf-8")
    assert "dosebench" not in Elements(page).text
    assert "Platform" in page


def in_browser(file: Path, profile: Path) -> str:
    """Open a page in Chromium, let its scripts run, and return what it became."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed; .ci/run installs it")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom")
    done = subprocess.run(
        [browser, *options, f"--user-data-dir={profile}", file.as_uri()],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    return done.stdout


def is_owned(html: str) -> bool:
    """Whether a script of an attacker has changed the title."""
    return "<title>owned</title>" in html or ">owned</title>" in html


def test_the_attack_works_where_nothing_is_escaped(tmp_path: Path) -> None:
    bare = tmp_path / "bare.html"
    bare.write_text(f"<title>mine</title><p>{HOSTILE}</p>", encoding="utf-8")

    assert is_owned(in_browser(bare, tmp_path / "profile"))


def test_no_attack_works_on_the_page_of_record(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        page(run_view(of_journal(write_hostile(tmp_path / "run")))), encoding="utf-8"
    )

    html = in_browser(file, tmp_path / "profile")

    assert not is_owned(html)
    assert "onerror" in html


def test_no_attack_works_on_the_page_of_pytest_html(pytester: pytest.Pytester) -> None:
    report = run(
        pytester, MEASURE, planned("A-1", "attribute"), planned("A-1", "fault")
    )

    html = in_browser(report / REPORT, pytester.path / "profile")

    assert not is_owned(html)
    assert "+1.23 % ± 0.57 %</td>" in html
