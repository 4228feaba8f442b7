"""The plugin with a real pytest session, a small plan and a bench without instruments."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from harness.journal_reader import inspect, read
from harness.records import Kind, Record

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from pathlib import Path
from harness.bench import Bench
from harness.clock import VirtualClock
from harness.errors import PortFault
from harness.records import Kind
from harness.run_header import BenchSetup, Fidelity

def pytest_dosebench_bench(config):
    path = Path(config.getoption("bench") or "bench.toml")
    clock = VirtualClock(1_767_225_600_000_000_000)
    return BenchSetup(path, "0" * 64, Fidelity.IN_PROCESS, clock, frozenset({"pump"}))

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
from harness.measurement import bracketed
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

HEAD = """
[plan]
id = "small"
title = "A small plan"
phase = "implanted"
register = "register.toml"
profile = "profile.toml"
rule = "guard-band"
"""

PROFILE = """
[profile]
id = "p"
title = "A pump"
basis = "invented"
[absent]
bolus = "constant rates only"
[flow]
accuracy = "5 %"
"""

REGISTER = """
[register]
id = "r"
title = "Demands"
version = "1"
[[requirement]]
id = "M-1"
text = "The error is small."
source = "us"
hazard = "overdose"
kind = "measured"
unit = "percent"
lower = "-flow.accuracy"
upper = "flow.accuracy"
[[requirement]]
id = "A-1"
text = "It refuses."
source = "us"
hazard = "overdose"
kind = "attribute"
[[requirement]]
id = "A-2"
text = "It beeps."
source = "us"
hazard = "silence"
kind = "attribute"
"""


def case(procedure: str, point: str = "", requirement: str = "A-1", more: str = "") -> str:
    return f"""
[[case]]
requirement = "{requirement}"
point = "{point or procedure.replace("_", "-")}"
procedure = "{procedure}"
needs = ["pump"]
hardware_duration = "1 hour"
{more}
"""


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
        self.write("profile.toml", PROFILE)
        self.write("register.toml", REGISTER)
        self.write("test_procedures.py", PROCEDURES)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *cases: str, args: tuple[str, ...] = ("plan",)) -> Outcome:
        if cases:
            self.write("plan.toml", HEAD + "".join(cases))
        result = self._pytester.runpytest_inprocess(
            "-p", "harness.pytest_plugin", "--strict-markers", *args
        )
        return Outcome(result, self._pytester.path)


@pytest.fixture
def plan(pytester: pytest.Pytester) -> Plan:
    return Plan(pytester)


def test_pass(plan: Plan) -> None:
    outcome = plan.run(GOOD, case("attribute"))
    assert outcome.code == 0, outcome.text
    assert outcome.verdicts() == {"M-1/middle": "PASS", "A-1/attribute": "PASS"}
    assert inspect(outcome.folder).complete


def test_tmp(plan: Plan) -> None:
    outcome = plan.run(GOOD, measured("4.9999 %","edge"), measured("9 %","far"), case("attribute"), case("skipped"), case("breaks"), case("silent"))
    print(outcome.text, [p.name for p in outcome.folder.iterdir()])
    for r in read(outcome.folder): print(r.kind, r.fields)
    print((outcome.folder/"junit.xml").read_text())
    print((outcome.folder/"run.json").read_text())
    assert 0
