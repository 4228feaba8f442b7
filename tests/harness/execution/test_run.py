"""A run: from verdicts and faults to a state and an exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from harness.clock import VirtualClock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    LinkViolation,
    MeasurementRefused,
    PortFault,
    RecordFault,
)
from harness.evidence.journal import Journal
from harness.evidence.reader import inspect, read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.execution import folder as run_folder
from harness.execution import summary
from harness.execution.exit_code import ExitCode
from harness.execution.header import BenchSetup, Fidelity
from harness.execution.reasons import one_line, state_after
from harness.execution.resuming import Decision
from harness.execution.run import Run
from harness.judging import GUARD_BAND_U, RunState, Verdict
from harness.plans.plan import Effect, Phase, Plan, PlannedCase, Restart, Role
from harness.plans.procedures import Procedures
from harness.plans.profile import Profile
from harness.plans.register import Register, Requirement, RequirementKind
from harness.units import ureg

NONE = MappingProxyType[str, str]({})
DEMAND = Requirement(
    "A-1", "It refuses.", "us", "overdose", RequirementKind.ATTRIBUTE, "", "", ""
)
HOUR = ureg.Quantity(1.0, "hour")


def planned(point: str) -> PlannedCase:
    return PlannedCase(
        requirement="A-1",
        point=point,
        procedure="refusal",
        claims=("A-1",),
        needs=(Role.PUMP,),
        capabilities=(),
        restart=Restart.RESTART,
        hardware_duration=HOUR,
        effect=Effect.NONE,
        start=MappingProxyType({}),
        numbers=MappingProxyType({}),
    )


CASES = tuple(planned(point) for point in ("a", "b", "c"))
PLAN = Plan(
    path=Path("plan.toml"),
    sha256="1" * 64,
    id="small",
    title="A small plan",
    phase=Phase.IMPLANTED,
    rule=GUARD_BAND_U,
    register=Register(
        Path("register.toml"),
        "2" * 64,
        "r",
        "R",
        "1",
        MappingProxyType({"A-1": DEMAND}),
    ),
    profile=Profile(Path("profile.toml"), "3" * 64, "p", "P", "invented", NONE, NONE),
    procedures=Procedures(MappingProxyType({}), NONE),
    cases=CASES,
    not_applicable=(),
)


def start(folder: Path, cases: tuple[PlannedCase, ...] = CASES) -> Run:
    clock = VirtualClock(0)
    bench = BenchSetup(
        Path("bench.toml"), "4" * 64, Fidelity.WIRE, clock, frozenset({"pump"})
    )
    run = Run(folder, Recorder(Journal(folder), clock), PLAN, cases, 3, bench)
    run.begin()
    return run


def judge(run: Run, case_id: str, holds: bool | None) -> None:
    run.begin_case(case_id).judge_fact("A-1", holds, "the pump answered")
    run.end_case(case_id)


@pytest.mark.parametrize(
    ("facts", "fault", "code"),
    [
        ((True, True, True), None, ExitCode.PASSED),
        ((True, None, True), None, ExitCode.INCONCLUSIVE),
        ((True, None, False), None, ExitCode.FAILED),
        ((True, True, True), RunState.TOOL_ERROR, ExitCode.TOOL_ERROR),
        ((True, True, True), RunState.BENCH_FAULT, ExitCode.BENCH_FAULT),
        ((True, True, True), RunState.ABORTED, ExitCode.ABORTED),
        ((True, None), RunState.BENCH_FAULT, ExitCode.BENCH_FAULT),
        ((True, False), RunState.TOOL_ERROR, ExitCode.FAILED),
        ((True, True), None, ExitCode.ABORTED),
        ((), None, ExitCode.ABORTED),
    ],
)
def test_exit_code(
    tmp_path: Path,
    facts: tuple[bool | None, ...],
    fault: RunState | None,
    code: ExitCode,
) -> None:
    run = start(tmp_path / "run")
    for case_id, holds in zip(run.selected, facts, strict=False):
        judge(run, case_id, holds)
    if fault is not None:
        run.add_fault(fault, RuntimeError("something broke"))
    run.end()

    assert run.exit_code is code
    assert inspect(tmp_path / "run").complete
    assert len(run.results) == len(CASES)
    left = run.results[len(facts) :]
    assert all(result.verdict is Verdict.INCONCLUSIVE for result in left)
    assert all(result.statement == "planned but not run" for result in left)


def test_the_numbers_of_the_exit_codes_are_fixed() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "PASSED": 0,
        "FAILED": 1,
        "ABORTED": 2,
        "TOOL_ERROR": 3,
        "INCONCLUSIVE": 10,
        "BENCH_FAULT": 11,
    }


def test_the_worst_fault_stays(tmp_path: Path) -> None:
    run = start(tmp_path / "run")
    run.add_fault(RunState.TOOL_ERROR, RuntimeError("broke"))
    run.add_fault(RunState.ABORTED, KeyboardInterrupt())
    run.end()

    assert run.state is RunState.TOOL_ERROR
    assert run.faults == ["RuntimeError: broke", "KeyboardInterrupt: KeyboardInterrupt"]


def test_a_fault_that_is_told_again_counts_once(tmp_path: Path) -> None:
    run = start(tmp_path / "run")
    for _ in range(3):
        run.add_fault(RunState.BENCH_FAULT, PortFault("the cable is out"))
    run.add_fault(RunState.TOOL_ERROR, PortFault("the cable is out"))
    run.end()

    assert run.state is RunState.TOOL_ERROR
    faults = [r for r in read(tmp_path / "run") if r.kind is Kind.FAULT]
    assert len(faults) == len(run.faults) == 2


@pytest.mark.parametrize(
    ("doubt", "decision", "said"),
    [
        ("", Decision.RESTARTED, "the plug was drawn; begun again"),
        ("who knows", Decision.GIVEN_UP, "the plug was drawn; who knows"),
    ],
)
def test_a_case_that_was_mended_begins_again_unless_there_is_doubt(
    tmp_path: Path, doubt: str, decision: Decision, said: str
) -> None:
    run = start(tmp_path / "run")
    run.begin_case("A-1/a")
    assert run.ask_again("A-1/a", "the plug was drawn", doubt) is decision

    assert run.is_to_repeat("A-1/a") is (decision is Decision.RESTARTED)
    terms = run.mended("A-1/a")
    assert terms is not None
    assert terms.reason.startswith(said)
    assert run.mended("A-1/b") is None
    run.end_case("A-1/a", terms.reason)
    run.begin_case("A-1/b")
    assert run.mended("A-1/a") is None
    run.end()


def test_an_open_case_is_broken_off_with_the_reason(tmp_path: Path) -> None:
    run = start(tmp_path / "run")
    run.begin_case("A-1/a").judge_fact("A-1", True, "refused")
    run.add_fault(RunState.ABORTED, KeyboardInterrupt())
    run.end()

    assert run.results[0].verdict is Verdict.INCONCLUSIVE
    assert "broken off: KeyboardInterrupt" in run.results[0].statement


def test_a_withdrawn_verdict_is_inconclusive(tmp_path: Path) -> None:
    run = start(tmp_path / "run", CASES[:2])
    judge(run, "A-1/a", False)
    judge(run, "A-1/b", True)
    seq = run.results[0].entries[0].seq

    run.void([seq], "the balance was out of calibration")
    run.end()

    assert run.is_void(seq)
    assert run.exit_code is ExitCode.INCONCLUSIVE
    (void,) = [r for r in read(tmp_path / "run") if r.kind is Kind.VOID]
    assert void.fields["records"] == [seq]
    assert any(row.endswith("INCONCLUSIVE (void)") for row in summary.table(run))


def test_a_recorded_fail_survives_a_full_disk(tmp_path: Path) -> None:
    run = start(tmp_path / "run")
    run.begin_case("A-1/a").judge_fact("A-1", False, "the pump obeyed")
    run.recorder.journal.close()
    run.end_case("A-1/a")
    run.end()

    assert run.state is RunState.BENCH_FAULT
    assert run.exit_code is ExitCode.FAILED


def test_a_pass_does_not_survive_a_full_disk(tmp_path: Path) -> None:
    run = start(tmp_path / "run", CASES[:1])
    run.begin_case("A-1/a").judge_fact("A-1", True, "refused")
    run.recorder.journal.close()
    run.end_case("A-1/a")
    run.end()

    assert run.verdict is Verdict.INCONCLUSIVE
    assert run.exit_code is ExitCode.BENCH_FAULT


def test_fewer_cases_than_planned_are_partial(tmp_path: Path) -> None:
    run = start(tmp_path / "run", CASES[:1])
    judge(run, "A-1/a", True)
    run.end()

    assert run.is_partial
    assert run.exit_code is ExitCode.PASSED
    assert "PARTIAL: 2 cases of the plan were not selected" in summary.closing(run)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (MeasurementRefused("drift"), RunState.BENCH_FAULT),
        (RecordFault("disk full"), RunState.BENCH_FAULT),
        (CommandRefused("no", command="START", code="RANGE"), RunState.COMPLETE),
        (LinkViolation("two answers"), RunState.COMPLETE),
        (AssertionError(), RunState.COMPLETE),
        (ConfigurationError("no such key"), RunState.TOOL_ERROR),
        (ValueError(), RunState.TOOL_ERROR),
    ],
)
def test_what_an_exception_means(error: Exception, state: RunState) -> None:
    assert state_after(error) is state


def test_a_reason_is_one_bounded_line() -> None:
    assert one_line(PortFault("COM7:\n  lost")) == "COM7: lost"
    assert len(one_line(PortFault("x" * 5000))) == 500
    assert one_line(ValueError()) == "ValueError"


def test_a_bench_refuses_a_case_that_it_cannot_run(tmp_path: Path) -> None:
    run = start(tmp_path / "run")
    bench = run.bench
    run.end()
    needy = replace(CASES[0], needs=(Role.PUMP, Role.MAGNET))

    bench.check_roles(CASES[0])
    with pytest.raises(ConfigurationError, match="A-1/a needs magnet"):
        bench.check_roles(needy)


def test_run_folders_never_collide(tmp_path: Path) -> None:
    folders = {run_folder.reserve(tmp_path, "small", 3) for _ in range(4)}

    assert len(folders) == 4
    assert all("-small-s3" in folder.name for folder in folders)


def test_a_run_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the way")

    with pytest.raises(RecordFault, match="--runs"):
        run_folder.reserve(tmp_path / "runs", "small", 3)


def test_wall_facts_stay_beside_the_journal(tmp_path: Path) -> None:
    wall = run_folder.WallFacts(tmp_path)
    wall.begin()
    assert json.loads((tmp_path / run_folder.FILE_NAME).read_text())["ended"] is None
    wall.begin_case()
    took_s = wall.end_case("A-1/a")
    wall.end()

    facts = json.loads((tmp_path / run_folder.FILE_NAME).read_text())
    assert facts["ended"] >= facts["started"]
    assert facts["cases_wall_s"] == {"A-1/a": pytest.approx(took_s, abs=1e-3)}
    assert sorted(path.name for path in tmp_path.iterdir()) == [run_folder.FILE_NAME]
