"""The plugin in real pytest sessions, with a small plan and an empty bench."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from harness.evidence.reader import inspect, read
from harness.evidence.records import Kind, Record
from harness.render.artefacts import REPORT
from tests.harness.plans import written

pytest_plugins = ["pytester"]

CONFTEST = """
import hashlib
import pytest
from pathlib import Path
from harness.bench import Bench
from harness.clock import VirtualClock
from harness.errors import PortFault
from harness.evidence.records import Kind
from harness.execution.header import BenchSetup, Fidelity

def pytest_dosebench_bench(config):
    path = Path(config.getoption("bench") or "bench.toml")
    clock = VirtualClock(1_767_225_600_000_000_000)
    path.touch()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return BenchSetup(path, sha256, Fidelity.IN_PROCESS, clock, frozenset({"pump"}))

@pytest.fixture(scope="session")
def bench(run):
    if run.seed == 666:
        raise PortFault("COM7: no such port")
    bench = Bench(run.bench.clock, run.recorder, [])
    yield bench
    run.recorder.record(Kind.SAFE_STATE, {"role": "pump", "outcome": "stopped"})

@pytest.fixture
def lost_at_the_end():
    yield
    raise PortFault("COM7: lost while the case was cleared up")
"""

PROCEDURES = """
import pytest
from harness.errors import CommandRefused, LinkViolation, MeasurementRefused
from harness.metrology.measurement import bracketed
from harness.units import TIME, ureg

def around(percent, half_width=0.001):
    low, high = (ureg.Quantity(percent + s * half_width, "percent") for s in (-1, 1))
    return bracketed(low, high, "balance", 0, 1)

@pytest.mark.procedure(error="percent", duration=TIME)
def test_measure(case, bench):
    limit = case.limit("M-1")
    bench.run_for(case.numbers["duration"])
    case.judge(limit, around(case.numbers["error"].magnitude))

@pytest.mark.procedure
def test_attribute(case):
    case.judge_fact("A-1", True, "the pump refused")

@pytest.mark.procedure
def test_silent(case):
    pass

@pytest.mark.procedure
def test_refused(case):
    raise CommandRefused("refused", command="START", code="RANGE")

@pytest.mark.procedure
def test_violates(case):
    raise LinkViolation("a second answer")

@pytest.mark.procedure
def test_asserts(case):
    case.judge_fact("A-1", True, "the pump refused")
    assert 1 == 2

@pytest.mark.procedure
def test_fault(case):
    raise MeasurementRefused("the balance drifted")

@pytest.mark.procedure
def test_fault_after_fail(case):
    case.judge_fact("A-1", False, "the pump obeyed")
    raise MeasurementRefused("the balance drifted")

@pytest.mark.procedure
def test_lost(case, lost_at_the_end):
    case.judge_fact("A-1", True, "the pump refused")

@pytest.mark.procedure
def test_breaks(case):
    raise ZeroDivisionError("division by zero")

@pytest.mark.procedure
def test_interrupted(case):
    raise KeyboardInterrupt

@pytest.mark.procedure
@pytest.mark.skip(reason="no magnet today")
def test_skipped(case):
    case.judge_fact("A-1", True, "the pump refused")

@pytest.mark.procedure
@pytest.mark.xfail(reason="known", strict=False)
def test_expected_to_fail(case):
    case.judge_fact("A-1", True, "the pump refused")

@pytest.mark.procedure
def test_not_claimed(case):
    case.judge_fact("A-2", True, "nobody asked")
"""

REGISTER = written.register(
    written.measured("M-1", 'lower = "-flow.accuracy"\nupper = "flow.accuracy"'),
    written.attribute("A-1"),
    written.attribute("A-2"),
)


def case(
    procedure: str, point: str = "", requirement: str = "A-1", more: str = ""
) -> str:
    point = point or procedure.replace("_", "-")
    return written.case(requirement, point, more, procedure=procedure)


def measured(error: str, point: str) -> str:
    numbers = f'numbers = {{ error = "{error}", duration = "36 hour" }}'
    return case("measure", point, "M-1", numbers)


GOOD = measured("1 %", "middle")


class Outcome:
    """What a session left behind."""

    def __init__(self, result: pytest.RunResult, root: Path) -> None:
        self.code = int(result.ret)
        self.text = result.stdout.str() + result.stderr.str()
        self.folders = sorted((root / "runs").glob("*"))

    @property
    def folder(self) -> Path:
        (folder,) = self.folders
        return folder

    def records(self, kind: Kind) -> list[Record]:
        return [record for record in read(self.folder) if record.kind is kind]

    def verdicts(self) -> dict[object, object]:
        ends = self.records(Kind.CASE_END)
        return {r.fields["case"]: r.fields["verdict"] for r in ends}


class Plan:
    """Writes a plan's folder and runs it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.folder = pytester.mkdir("plan")
        pytester.makeconftest(CONFTEST)
        self.write("profile.toml", written.PROFILE)
        self.write("register.toml", REGISTER)
        self.write("test_procedures.py", PROCEDURES)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *cases: str, args: tuple[str, ...] = ("plan",)) -> Outcome:
        if cases:
            self.write("plan.toml", written.HEAD + "".join(cases))
        plugins = ("-p", "harness.pytest_plugin", "-p", "no:hypothesispytest")
        result = self._pytester.runpytest_inprocess(
            *plugins, "--strict-markers", *args, no_reraise_ctrlc=True
        )
        return Outcome(result, self._pytester.path)


@pytest.fixture
def plan(pytester: pytest.Pytester) -> Plan:
    return Plan(pytester)


def test_a_pass_leaves_a_whole_record_and_a_report(plan: Plan) -> None:
    outcome = plan.run(GOOD, case("attribute"))

    assert outcome.code == 0, outcome.text
    assert outcome.verdicts() == {"M-1/middle": "PASS", "A-1/attribute": "PASS"}
    assert inspect(outcome.folder).complete
    kinds = [record.kind for record in read(outcome.folder)]
    assert kinds[0] is Kind.RUN
    assert kinds[-2:] == [Kind.SAFE_STATE, Kind.END]
    assert "M-1/middle" in (outcome.folder / REPORT).read_text("utf-8")
    facts = json.loads((outcome.folder / "run.json").read_text("utf-8"))
    assert facts["cases_wall_s"].keys() == outcome.verdicts().keys()
    assert facts["ended"] >= facts["started"]


def test_the_terminal_has_a_line_a_case_and_a_table(plan: Plan) -> None:
    outcome = plan.run(GOOD, measured("9 %", "far"))

    lines = [" ".join(line.split()) for line in outcome.text.splitlines()]
    assert "A small plan: 2 cases on bench.toml (in-process, seed 1)" in lines
    said = "PASS M-1/middle 1.5 d on the bench, "
    assert any(line.startswith(said) and line.endswith(" s here") for line in lines)
    assert "M-1/middle M-1 1.0000 % ± 0.0011 % -5 % to 5 % 4 % PASS" in lines
    assert "M-1/far M-1 9.0000 % ± 0.0011 % -5 % to 5 % -4 % FAIL" in lines
    assert f"report: {outcome.folder / REPORT}" in lines
    assert any("FAIL, run COMPLETE: 1 PASS, 1 FAIL" in line for line in lines)


@pytest.mark.parametrize(
    ("cases", "code", "verdicts"),
    [
        ([measured("9 %", "far"), GOOD], 1, "FAIL PASS"),
        ([measured("4.9999 %", "edge"), GOOD], 10, "INCONCLUSIVE PASS"),
        ([case("silent"), GOOD], 10, "INCONCLUSIVE PASS"),
        ([case("refused"), GOOD], 10, "INCONCLUSIVE PASS"),
        ([case("violates"), GOOD], 10, "INCONCLUSIVE PASS"),
        ([case("asserts"), GOOD], 10, "INCONCLUSIVE PASS"),
        ([case("skipped"), GOOD], 10, "INCONCLUSIVE PASS"),
        ([case("expected_to_fail"), GOOD], 10, "INCONCLUSIVE PASS"),
        ([case("silent"), measured("9 %", "far")], 1, "INCONCLUSIVE FAIL"),
        (
            [GOOD, case("fault"), case("attribute")],
            11,
            "PASS INCONCLUSIVE INCONCLUSIVE",
        ),
        ([case("fault_after_fail"), GOOD], 1, "FAIL INCONCLUSIVE"),
        ([case("lost"), GOOD], 11, "PASS INCONCLUSIVE"),
        ([case("breaks"), GOOD], 3, "INCONCLUSIVE INCONCLUSIVE"),
        ([case("not_claimed"), GOOD], 3, "INCONCLUSIVE INCONCLUSIVE"),
        ([case("interrupted"), GOOD], 2, "INCONCLUSIVE INCONCLUSIVE"),
        ([measured("9 %", "far"), case("interrupted")], 1, "FAIL INCONCLUSIVE"),
    ],
)
def test_exit_code(plan: Plan, cases: list[str], code: int, verdicts: str) -> None:
    outcome = plan.run(*cases)

    assert outcome.code == code, outcome.text
    assert " ".join(map(str, outcome.verdicts().values())) == verdicts
    assert inspect(outcome.folder).complete


@pytest.mark.parametrize(
    ("procedure", "outcome_line"),
    [
        ("silent", "1 failed"),
        ("skipped", "1 failed"),
        ("fault", "1 error"),
        ("breaks", "1 error"),
    ],
)
def test_outcomes_are_pytests_own(
    plan: Plan, procedure: str, outcome_line: str
) -> None:
    outcome = plan.run(case(procedure))

    assert f"= {outcome_line} in " in outcome.text


def test_an_expected_failure_is_an_ordinary_failure_in_every_report(plan: Plan) -> None:
    outcome = plan.run(case("expected_to_fail"))

    assert "= 1 failed in " in outcome.text
    (end,) = outcome.records(Kind.CASE_END)
    assert end.fields["verdict"] == "INCONCLUSIVE"
    assert str(end.fields["statement"]).startswith("planned but not run")
    assert "XPassed</td>" not in (outcome.folder / REPORT).read_text("utf-8")


def test_the_reason_stands_in_the_record_and_on_the_terminal(plan: Plan) -> None:
    outcome = plan.run(case("refused"), case("asserts"), case("skipped"))

    said = {
        r.fields["case"]: r.fields["statement"] for r in outcome.records(Kind.CASE_END)
    }
    assert said["A-1/refused"] == "CommandRefused: refused"
    assert "an assertion is no judgement" in str(said["A-1/asserts"])
    assert said["A-1/skipped"] == "planned but not run: no magnet today"
    for statement in said.values():
        assert f"INCONCLUSIVE: {statement}" in outcome.text


def test_a_bench_that_does_not_open_is_a_run_fault(plan: Plan) -> None:
    outcome = plan.run(GOOD, case("attribute"), args=("plan", "--seed", "666"))

    assert outcome.code == 11
    assert set(outcome.verdicts().values()) == {"INCONCLUSIVE"}
    (fault,) = outcome.records(Kind.FAULT)
    assert fault.fields == {
        "state": "BENCH_FAULT",
        "error": "PortFault",
        "reason": "COM7: no such port",
    }
    assert "run fault: PortFault: COM7: no such port" in outcome.text


@pytest.mark.parametrize(("point", "code"), [("far", 1), ("edge", 2)])
def test_a_run_that_stops_early_is_aborted(plan: Plan, point: str, code: int) -> None:
    error = {"far": "9 %", "edge": "4.9999 %"}[point]
    outcome = plan.run(measured(error, point), GOOD, args=("plan", "-x"))

    assert outcome.code == code
    assert outcome.verdicts()["M-1/middle"] == "INCONCLUSIVE"
    (end,) = outcome.records(Kind.END)
    assert end.fields["state"] == "ABORTED"


@pytest.mark.parametrize(
    "args",
    [
        ("plan", "-k", "M-1/middle"),
        ("plan", "--case", "M-1/middle"),
        ("plan/test_procedures.py::test_measure[M-1/middle]",),
    ],
)
def test_a_selection_is_partial(plan: Plan, args: tuple[str, ...]) -> None:
    outcome = plan.run(GOOD, measured("9 %", "far"), args=args)

    assert outcome.code == 0, outcome.text
    (header,) = outcome.records(Kind.RUN)
    assert header.fields["partial"] is True
    assert header.fields["not_selected"] == ["M-1/far"]
    assert "PARTIAL, 1 of 2 cases" in outcome.text
    assert "PARTIAL: 1 cases of the plan were not selected" in outcome.text


def test_cases_are_asked_for_by_their_whole_ids(plan: Plan) -> None:
    two = plan.run(
        GOOD,
        measured("9 %", "middle-of-9"),
        measured("8 %", "far"),
        args=("plan", "--case", "M-1/far", "--case", "M-1/middle"),
    )
    (header,) = two.records(Kind.RUN)
    assert header.fields["not_selected"] == ["M-1/middle-of-9"]


def test_an_id_that_no_case_has_is_a_mistake_before_anything_moves(plan: Plan) -> None:
    outcome = plan.run(GOOD, args=("plan", "--case", "M-1/middle", "--case", "M-1"))
    assert outcome.code == 4
    assert "--case M-1: no case of" in outcome.text
    assert "dosebench plan show" in outcome.text
    assert outcome.folders == []


def test_a_requirement_without_a_case_makes_the_run_partial(plan: Plan) -> None:
    missing = plan.run(GOOD, case("attribute"))
    (header,) = missing.records(Kind.RUN)
    assert header.fields["partial_reasons"] == [
        "1 requirements of the register have no case"
    ]
    assert "PARTIAL: 1 requirements of the register have no case" in missing.text
    assert missing.code == 0


def test_a_plan_that_covers_its_register_is_not_partial(plan: Plan) -> None:
    plan.write("register.toml", REGISTER[: REGISTER.rindex("[[requirement]]")])

    whole = plan.run(GOOD, case("attribute"))

    (header,) = whole.records(Kind.RUN)
    assert header.fields["partial"] is False
    assert "PARTIAL" not in whole.text


def test_a_mistake_in_the_seeded_faults_is_one_line_before_anything_moves(
    plan: Plan,
) -> None:
    plan.write("coverage.toml", '[coverage]\nregister = "another"\n')

    outcome = plan.run(GOOD)

    assert outcome.code == 4
    assert "coverage.toml [coverage]: register is 'another'" in outcome.text
    assert outcome.folders == []


def test_the_header_names_what_the_run_rests_on(plan: Plan) -> None:
    outcome = plan.run(GOOD, args=("plan", "--seed", "7"))

    (header,) = outcome.records(Kind.RUN)
    fields = header.fields
    assert fields["not_selected"] == []
    assert fields["seed"] == 7
    assert outcome.folder.name.endswith("Z-small-s7")
    for key, file in [
        ("plan", "plan"),
        ("profile", "profile"),
        ("register", "register"),
    ]:
        hashed = fields[key]
        assert isinstance(hashed, dict)
        digest = hashlib.sha256((plan.folder / f"{file}.toml").read_bytes())
        assert hashed["sha256"] == digest.hexdigest()
    digest = hashlib.sha256(PROCEDURES.encode())
    assert fields["procedures"] == [
        {"name": "test_procedures.py", "sha256": digest.hexdigest()}
    ]


def test_cases_run_in_the_order_of_the_plan(plan: Plan) -> None:
    outcome = plan.run(case("silent"), case("attribute"), GOOD)

    assert list(outcome.verdicts()) == ["A-1/silent", "A-1/attribute", "M-1/middle"]


def test_one_seed_gives_one_sequence_of_bytes(plan: Plan) -> None:
    plan.run(GOOD, case("refused"))
    outcome = plan.run()

    first, second = (folder / "journal-0001.jsonl" for folder in outcome.folders)
    assert first.read_bytes() == second.read_bytes()


def test_a_feature_that_the_profile_lacks_is_not_planned(plan: Plan) -> None:
    without = case("attribute", more='capabilities = ["bolus"]')
    outcome = plan.run(GOOD, without)

    assert outcome.code == 0
    (header,) = outcome.records(Kind.RUN)
    assert header.fields["not_applicable"] == ["A-1/attribute"]
    assert header.fields["not_selected"] == []
    assert "not applicable: A-1/attribute" in outcome.text


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ([case("unheard_of")], "there is no procedure 'unheard_of'"),
        ([case("measure", "x", "M-1")], "the key 'error' is missing"),
        ([measured("1 mL", "x")], "'1 mL' has the wrong dimension"),
        ([GOOD, GOOD], "the case M-1/middle stands twice"),
        (
            [
                case("attribute", more='needs = ["magnet"]').replace(
                    'needs = ["pump"]', ""
                )
            ],
            "needs magnet, which this bench does not have",
        ),
    ],
)
def test_a_mistake_in_the_plan_is_one_line_before_anything_moves(
    plan: Plan, cases: list[str], message: str
) -> None:
    outcome = plan.run(*cases)

    assert outcome.code == 4
    errors = [line for line in outcome.text.splitlines() if "ERROR" in line]
    assert len(errors) == 1
    assert message in errors[0]
    assert "plan.toml" in errors[0] or "bench.toml" in errors[0]
    assert "Traceback" not in outcome.text
    assert REPORT not in outcome.text
    assert outcome.folders == []


def test_runs_that_cannot_be_written_are_one_line(plan: Plan) -> None:
    plan.write("runs", "a file in the way")
    outcome = plan.run(GOOD, args=("plan", "--runs", "plan/runs"))

    assert outcome.code == 4
    assert "cannot be written" in outcome.text
    assert "Traceback" not in outcome.text


def test_a_broken_procedure_file_starts_no_run(plan: Plan) -> None:
    plan.write("test_procedures.py", "import nothing_of_that_name\n" + PROCEDURES)
    outcome = plan.run(GOOD)

    assert outcome.code == 2
    assert outcome.folders == []


def test_nothing_selected_is_pytests_own_code(plan: Plan) -> None:
    outcome = plan.run(GOOD, args=("plan", "-k", "nothing_like_it"))

    assert outcome.code == 5
    assert outcome.folders == []


def test_collecting_only_leaves_nothing_behind(plan: Plan) -> None:
    outcome = plan.run(GOOD, args=("plan", "--collect-only", "-q"))

    assert outcome.code == 0
    assert "test_measure[M-1/middle]" in outcome.text
    assert "test_silent" not in outcome.text
    assert outcome.folders == []


def test_tests_of_something_else_may_not_run_in_the_same_session(
    plan: Plan, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_other="def test_other(): pass")
    outcome = plan.run(GOOD, args=("plan", "test_other.py"))

    assert outcome.code == 4
    assert "test_other is no case of the plan" in outcome.text
    assert outcome.folders == []


def test_one_case_may_not_run_twice(plan: Plan) -> None:
    plan.write("test_again.py", "from test_procedures import test_attribute")
    outcome = plan.run(case("attribute"))

    assert outcome.code == 4
    assert "stands for one twice" in outcome.text


def test_the_plugin_is_inert_without_a_plan(
    plan: Plan, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_other="def test_a(): pass\ndef test_b(): assert False")
    outcome = plan.run(args=("test_other.py",))

    assert outcome.code == 1
    assert "1 failed, 1 passed" in outcome.text
    assert "verification" not in outcome.text
    assert outcome.folders == []


def test_two_plans_are_refused(plan: Plan) -> None:
    (plan.folder / "second").mkdir()
    plan.write("second/plan.toml", written.HEAD)
    outcome = plan.run(GOOD)

    assert outcome.code == 4
    assert "a run takes one" in outcome.text


ONLY_SIMULATED = 'simulator_only = "half a year"'


def test_what_is_for_a_simulator_is_left_out_where_there_is_none(plan: Plan) -> None:
    outcome = plan.run(GOOD, case("attribute", more=ONLY_SIMULATED))

    assert outcome.code == 0, outcome.text
    assert outcome.verdicts() == {"M-1/middle": "PASS"}
    assert "not run: A-1/attribute, simulator only: half a year" in outcome.text
    assert "PARTIAL" in outcome.text
    (header,) = outcome.records(Kind.RUN)
    assert header.fields["partial"] is True


def test_what_lacks_more_than_a_simulator_is_refused(plan: Plan) -> None:
    needs = case("attribute", more=ONLY_SIMULATED)
    needs = needs.replace('["pump"]', '["pump", "magnet"]')
    outcome = plan.run(GOOD, needs)

    assert outcome.code == 4
    assert "A-1/attribute needs magnet, simulator" in outcome.text
    assert not outcome.folders


def test_the_profile_may_be_another(plan: Plan) -> None:
    plan.write("other.toml", written.PROFILE.replace('"5 %"', '"0.5 %"'))
    outcome = plan.run(GOOD, args=("plan", "--profile", "plan/other.toml"))

    assert outcome.verdicts() == {"M-1/middle": "FAIL"}
    assert "1.0000 % ± 0.0011 %" in outcome.text


def test_the_form_chooses_the_numbers(plan: Plan) -> None:
    fast = """
[case.accelerated]
justification = "as good"
hardware_duration = "1 minute"
numbers = { error = "9 %" }
"""
    assert plan.run(GOOD + fast).verdicts() == {"M-1/middle": "PASS"}
    outcome = plan.run(args=("plan", "--form", "accelerated", "--runs", "fast"))
    assert outcome.code == 1, outcome.text


def test_what_the_profile_does_not_specify_is_inconclusive(plan: Plan) -> None:
    plan.write("profile.toml", written.PROFILE.replace("accuracy", "acuracy"))
    outcome = plan.run(GOOD)

    assert outcome.code == 10, outcome.text
    assert outcome.verdicts() == {"M-1/middle": "INCONCLUSIVE"}
    (measurement,) = outcome.records(Kind.MEASUREMENT)
    assert measurement.fields["value"] == pytest.approx(1.0)
    (verdict,) = outcome.records(Kind.VERDICT)
    assert "the profile says nothing about flow.accuracy" in str(
        verdict.fields["statement"]
    )
    assert "flow.accuracy" in (outcome.folder / REPORT).read_text("utf-8")
