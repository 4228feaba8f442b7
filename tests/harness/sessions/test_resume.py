"""Runs that broke off and go on, in real pytest sessions with an empty bench."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from harness.evidence.reader import read
from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.render import junit
from harness.render.case_record import CaseRecord
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from tests.harness.plans import written

pytest_plugins = ["pytester"]

CONFTEST = """
import hashlib
import pytest
from pathlib import Path
from harness.bench import Bench
from harness.clock import VirtualClock
from harness.evidence.records import Kind
from harness.execution.header import BenchSetup, Fidelity
from harness.pytest_plugin import RESUMED_KEY

def pytest_dosebench_bench(config):
    past = config.stash.get(RESUMED_KEY, None)
    clock = VirtualClock(1_767_225_600_000_000_000 if past is None else past.t_last_ns)
    bench = Path("bench.toml")
    sha256 = hashlib.sha256(bench.read_bytes()).hexdigest()
    return BenchSetup(bench, sha256, Fidelity.HARDWARE, clock, frozenset({"pump"}))

@pytest.fixture(scope="session")
def bench(run):
    bench = Bench(run.bench.clock, run.recorder, [])
    yield bench
    run.recorder.record(Kind.SAFE_STATE, {"role": "pump", "outcome": "stopped"})
"""

# What goes wrong goes wrong once: the second time a file says that it has happened.
PROCEDURES = """
import pytest
from pathlib import Path
from harness.errors import MeasurementRefused, PortFault
from harness.metrology.measurement import bracketed
from harness.units import TIME, ureg

def first_time(name):
    happened = Path(__file__).with_name(name)
    is_first = not happened.exists()
    happened.touch()
    return is_first

@pytest.mark.procedure(error="percent", duration=TIME)
def test_measure(case, bench):
    limit = case.limit("M-1")
    bench.run_for(case.numbers["duration"])
    error = case.numbers["error"].magnitude
    low, high = (ureg.Quantity(error + s * 0.001, "percent") for s in (-1, 1))
    case.judge(limit, bracketed(low, high, "balance", 0, 1))

@pytest.mark.procedure
def test_attribute(case, bench):
    bench.recorder.note("something happened")
    case.judge_fact("A-1", True, "the pump refused")

@pytest.mark.procedure
def test_two_facts(case):
    is_first = first_time("two-facts")
    case.judge_fact("A-1", not is_first, "the pump answered")
    if is_first:
        raise MeasurementRefused("the balance drifted")
    case.judge_fact("A-2", True, "the pump answered")

@pytest.mark.procedure
def test_drifts_once(case):
    if first_time("drifts"):
        raise MeasurementRefused("the balance drifted")
    case.judge_fact("A-1", True, "the pump refused")

@pytest.mark.procedure
def test_interrupted_once(case):
    if first_time("interrupted"):
        raise KeyboardInterrupt
    case.judge_fact("A-1", True, "the pump refused")

@pytest.mark.procedure
def test_unplugged_once(case, run, bench, around):
    if first_time("unplugged"):
        case.judge_fact("A-2", True, "before the plug was drawn")
        run.ask_again(case.id, "the plug was drawn, and is in again")
        raise PortFault("COM7: lost")
    case.judge_fact("A-1", True, "the pump refused")
    case.judge_fact("A-2", True, "the pump refused")

@pytest.fixture
def around(run):
    run.recorder.note("set up")
    yield
    run.recorder.note("torn down")
"""

REGISTER = written.register(
    written.measured("M-1", 'lower = "-flow.accuracy"\nupper = "flow.accuracy"'),
    written.attribute("A-1"),
    written.attribute("A-2"),
)
PLUGINS = ("-p", "harness.pytest_plugin", "-p", "no:hypothesispytest")
# The tool's own source may be edited while its tests run.
ANY_TOOL = "--allow-changed-software"


def case(
    procedure: str, point: str = "", requirement: str = "A-1", more: str = ""
) -> str:
    point = point or procedure.replace("_", "-")
    return written.case(requirement, point, more, procedure=procedure)


def measured(error: str, point: str) -> str:
    numbers = f'numbers = {{ error = "{error}", duration = "36 hour" }}'
    return case("measure", point, "M-1", numbers)


GOOD = measured("1 %", "middle")
BAD = measured("9 %", "far")
MARKING = case("attribute", "marks", more='effect = "conditioning"')
TWO = 'claims = ["A-1", "A-2"]'


class Sessions:
    """Runs one plan, and goes on with its runs."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.root = pytester.path
        self.plan = pytester.mkdir("plan")
        pytester.makeconftest(CONFTEST)
        (self.root / "bench.toml").touch()
        for name, text in (
            ("profile.toml", written.PROFILE),
            ("register.toml", REGISTER),
            ("test_procedures.py", PROCEDURES),
        ):
            (self.plan / name).write_text(text, encoding="utf-8")

    def begin(self, *cases: str) -> tuple[int, Path]:
        """Run the cases; return the exit code and the run's folder."""
        text = written.HEAD + "".join(cases)
        (self.plan / "plan.toml").write_text(text, encoding="utf-8")
        code, _ = self.session()
        (folder,) = (self.root / "runs").glob("*")
        return code, folder

    def session(self, *arguments: str) -> tuple[int, str]:
        """Start pytest; return the exit code and what it said."""
        result = self._pytester.runpytest_inprocess(
            *PLUGINS, *arguments, "plan", no_reraise_ctrlc=True
        )
        return int(result.ret), result.stdout.str() + result.stderr.str()

    def resume(self, folder: Path, *arguments: str) -> tuple[int, str]:
        """Go on with a run."""
        return self.session(f"--resume={folder}", ANY_TOOL, *arguments)


@pytest.fixture
def sessions(pytester: pytest.Pytester) -> Sessions:
    return Sessions(pytester)


def of(record: RunRecord, case_id: str) -> CaseRecord:
    return next(each for each in record.cases if each.id == case_id)


def verdicts(record: RunRecord) -> dict[str, Verdict]:
    return {each.id: each.verdict for each in record.cases}


def test_from_every_record_a_run_comes_to_the_verdicts_of_the_unbroken_one(
    sessions: Sessions,
) -> None:
    _, whole = sessions.begin(GOOD, BAD, MARKING, case("attribute"))
    unbroken = verdicts(of_journal(whole))
    lines = (whole / "journal-0001.jsonl").read_bytes().splitlines(keepends=True)
    kinds = [(each.kind, each.fields.get("case")) for each in read(whole)]
    marks = [i for i, (_, case_id) in enumerate(kinds) if case_id == "A-1/marks"]
    assert len(lines) > 15

    for stop in range(1, len(lines)):
        folder = sessions.root / "runs" / f"cut-{stop}"
        shutil.copytree(whole, folder)
        torn = lines[stop][: stop * 7 % len(lines[stop])]
        (folder / "journal-0001.jsonl").write_bytes(b"".join(lines[:stop]) + torn)
        code, said = sessions.resume(folder)
        record = of_journal(folder)

        # Its effect on the unit forbids that it begins a second time.
        was_marked = marks[0] < stop <= marks[-1]
        expected = {"A-1/marks": Verdict.INCONCLUSIVE} if was_marked else {}
        assert verdicts(record) == {**unbroken, **expected}, said
        assert (code, record.verdict) == (1, Verdict.FAIL), said
        assert (record.state, record.is_complete) == (RunState.COMPLETE, True)
        assert record.resumes[0].torn_bytes == len(torn)
        # The bench was opened, if only to be left in its safe state.
        after = [each for each in read(folder) if each.seq > stop]
        assert after[0].kind is Kind.RESUME
        assert Kind.SAFE_STATE in {each.kind for each in after}
        shutil.rmtree(folder)


def test_a_fail_before_the_crash_stays_a_fail_after_a_pass(sessions: Sessions) -> None:
    code, folder = sessions.begin(case("two_facts", "x", more=TWO), GOOD)
    assert code == 1
    code, said = sessions.resume(folder)
    record = of_journal(folder)

    again = of(record, "A-1/x")
    assert (again.attempt, again.own_verdict) == (2, Verdict.PASS)
    assert (again.verdict, record.verdict, code) == (Verdict.FAIL, Verdict.FAIL, 1)
    assert record.state is RunState.COMPLETE
    assert again.verdict_on("A-1") is Verdict.FAIL
    assert again.verdict_on("A-2") is Verdict.PASS
    assert "still counts, from an earlier attempt: FAIL of A-1 in A-1/x" in said
    found = verdicts_in_ci(folder, "A-1/x")
    assert found == {"verdict": "FAIL", "A-1": "FAIL", "A-2": "PASS"}


@pytest.mark.parametrize("procedure", ["drifts_once", "interrupted_once"])
def test_what_broke_off_in_good_order_begins_again(
    sessions: Sessions, procedure: str
) -> None:
    code, folder = sessions.begin(case("attribute"), case(procedure, "x"), GOOD)
    assert code in (2, 11)
    code, said = sessions.resume(folder)
    record = of_journal(folder)

    assert (code, record.verdict) == (0, Verdict.PASS), said
    assert record.state is RunState.COMPLETE
    assert all(fault.overcome for fault in record.faults)
    assert of(record, "A-1/x").attempt == 2
    assert len(of(record, "A-1/x").attempts) == 1
    assert (of(record, "A-1/attribute").attempt, of(record, "M-1/middle").attempt) == (
        1,
        1,
    )
    assert [each.case for each in record.resumes] == ["A-1/x"]
    assert record.resumes[0].decision == "restarted"
    facts = json.loads((folder / "run.json").read_text("utf-8"))
    assert len(facts["resumed"]) == 1
    assert facts["ended"] > facts["resumed"][0] > facts["started"]


def test_every_session_reports_all_cases_to_the_ci_system(sessions: Sessions) -> None:
    _, folder = sessions.begin(GOOD, BAD, case("drifts_once", "x"))
    sessions.resume(folder)

    suite = next(in_ci(folder).iter("testsuite"))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (
        "3",
        "1",
        "0",
    )
    assert verdicts_in_ci(folder, "M-1/far") == {"verdict": "FAIL", "M-1": "FAIL"}


def test_a_complete_run_is_not_resumed(sessions: Sessions) -> None:
    _, folder = sessions.begin(GOOD)
    before = (folder / "journal-0001.jsonl").read_bytes()
    code, said = sessions.resume(folder)

    assert code == 4
    assert "complete" in said
    assert (folder / "journal-0001.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "name", ["plan.toml", "profile.toml", "register.toml", "test_procedures.py"]
)
def test_a_changed_file_is_refused_by_its_name(sessions: Sessions, name: str) -> None:
    _, folder = sessions.begin(case("drifts_once", "x"))
    before = (folder / "journal-0001.jsonl").read_bytes()
    with (sessions.plan / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    code, said = sessions.resume(folder)

    assert code == 4
    assert f"{name} (was" in said
    assert (folder / "journal-0001.jsonl").read_bytes() == before


def test_a_part_of_a_run_is_not_resumed(sessions: Sessions) -> None:
    _, folder = sessions.begin(case("drifts_once", "x"), GOOD)
    code, said = sessions.resume(folder, "--case=A-1/x")

    assert code == 4
    assert "has M-1/middle too" in said


def test_a_journal_without_a_record_is_no_run(sessions: Sessions) -> None:
    _, folder = sessions.begin(case("drifts_once", "x"), GOOD)
    (folder / "journal-0001.jsonl").write_bytes(b'{"seq":1,"t":')
    code, said = sessions.resume(folder)

    assert code == 4
    assert "no record was written before the run broke off" in said


def test_a_journal_that_is_synced_at_its_end_only_is_no_evidence(
    sessions: Sessions,
) -> None:
    sessions.begin(GOOD)
    code, said = sessions.session("--sync-at-end")
    assert code == 0
    assert "ENGINEERING: its journal was brought to the disk at its end only" in said


def test_another_tool_is_refused_unless_asked_for_and_then_marked(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder = sessions.begin(case("drifts_once", "x"))
    other = {"name": "dosebench 9", "sha256": "9" * 64}
    monkeypatch.setattr("harness.execution.software.describe", lambda: other)
    code, said = sessions.session(f"--resume={folder}")
    assert (code, "not the tool that began the run" in said) == (4, True)

    code, said = sessions.resume(folder)
    record = of_journal(folder)
    reason = "the tool was changed between two parts of the run"
    assert code == 0
    assert record.header.engineering[-1] == reason
    assert f"ENGINEERING: {reason}" in said


def test_a_case_whose_wire_was_mended_begins_again_in_the_same_session(
    sessions: Sessions,
) -> None:
    code, folder = sessions.begin(case("unplugged_once", "x", more=TWO), GOOD)
    record = of_journal(folder)

    assert (code, record.verdict, record.faults) == (0, Verdict.PASS, ())
    assert of(record, "A-1/x").attempt == 2
    first = of(record, "A-1/x").attempts[0]
    assert [each.settled for each in first.verdicts] == [False, True]
    notes = [e.fields["text"] for e in read(folder) if e.kind is Kind.NOTE]
    assert notes.count("set up") == notes.count("torn down") == 2
    suite = next(in_ci(folder).iter("testsuite"))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (
        "2",
        "0",
        "0",
    )
    assert [each.kind for each in read(folder)].count(Kind.SAFE_STATE) == 1


def test_a_case_that_marks_the_unit_is_given_up_in_the_same_session_too(
    sessions: Sessions,
) -> None:
    marking = TWO + '\neffect = "conditioning"'
    code, folder = sessions.begin(case("unplugged_once", "x", more=marking), GOOD)
    record = of_journal(folder)

    assert (code, record.state) == (10, RunState.COMPLETE)
    assert of(record, "A-1/x").attempt == 1
    assert verdicts(record) == {
        "A-1/x": Verdict.INCONCLUSIVE,
        "M-1/middle": Verdict.PASS,
    }


def test_a_run_that_breaks_off_again_and_again_comes_to_the_same(
    sessions: Sessions,
) -> None:
    _, whole = sessions.begin(BAD, MARKING, case("attribute"))
    lines = (whole / "journal-0001.jsonl").read_bytes().splitlines(keepends=True)
    kinds = [(each.kind, each.fields.get("case")) for each in read(whole)]
    marks = [i for i, (_, case_id) in enumerate(kinds) if case_id == "A-1/marks"]
    once = sessions.root / "runs" / "once"
    shutil.copytree(whole, once)
    (once / "journal-0001.jsonl").write_bytes(b"".join(lines[: marks[0] + 1]))
    sessions.resume(once)
    again = (once / "journal-0001.jsonl").read_bytes().splitlines(keepends=True)

    for stop in range(marks[0] + 1, len(again)):
        folder = sessions.root / "runs" / f"cut-{stop}"
        shutil.copytree(once, folder)
        (folder / "journal-0001.jsonl").write_bytes(b"".join(again[:stop]))
        _, said = sessions.resume(folder)
        record = of_journal(folder)

        assert verdicts(record) == {
            "M-1/far": Verdict.FAIL,
            "A-1/marks": Verdict.INCONCLUSIVE,
            "A-1/attribute": Verdict.PASS,
        }, said
        assert record.state is RunState.COMPLETE
        assert of(record, "A-1/marks").attempt == 1
        shutil.rmtree(folder)


def in_ci(folder: Path) -> ET.Element:
    """Return what a CI system is told of a run."""
    return ET.fromstring(junit.as_xml(of_journal(folder)))


def verdicts_in_ci(folder: Path, case_id: str) -> dict[str, str]:
    """Return the verdicts that a CI system is told of a case."""
    (found,) = (e for e in in_ci(folder).iter("testcase") if e.get("name") == case_id)
    said = {str(p.get("name")): str(p.get("value")) for p in found.iter("property")}
    return {name: value for name, value in said.items() if value in Verdict.__members__}
