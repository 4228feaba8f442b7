"""A killed delivery on a served bench goes on where it was, or says why not."""

# Roles are protocols, which mypy takes for abstract classes; they only meet isinstance.
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.itb_pump import ItbPump
from drivers.lockstep_clock import LockstepClock
from fixtures import bench_file, simulated
from fixtures.bench_file import BenchFile
from fixtures.hookup import Hookup
from harness.clock import NS_PER_S, Clock, RealClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind, Record
from harness.judging import RunState, Verdict
from harness.plans.plan import Role
from harness.ports.serial import SerialPort
from harness.render.run_fold import of_journal
from harness.roles import Operator, PowerSwitch
from harness.units import ureg
from protocols.mt_sics.commands import Keyword, command
from tests.end_to_end.command import (
    DOSEBENCH,
    Outcome,
    arguments,
    copy_of_plan,
    finish,
    start,
    verify,
)

# Each kills a run of its own, and waits for what goes on after it.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]

T = TypeVar("T")
CASE = "ITB-FLOW-001/high"
FLOW = (CASE, "ITB-FLOW-001")
LONGEST_S = 120.0
# Of the records of the case: in the middle of the delivery, blanks are over.
IN_DELIVERY = 0.55


@contextmanager
def served(home: Path, options: Sequence[str] = ()) -> Iterator[Path]:
    """The bench file of a bench that ``dosebench simulate`` serves in lock-step."""
    home.mkdir()
    bench = home / "served.toml"
    line = [*DOSEBENCH, "simulate", "--bench-out", str(bench), *options]
    process = start(line, home)
    assert process.stdout is not None
    try:
        said = ""
        while "serving" not in said:
            text = process.stdout.readline()
            assert text, said
            said += text
        yield bench
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The implanted plan, whose fast delivery may go on."""
    folder = copy_of_plan(tmp_path_factory.mktemp("plan"))
    path = folder / "plan.toml"
    text = path.read_text("utf-8")
    before, found, after = text.partition('point = "high"\n')
    assert found
    path.write_text(f'{before}{found}restart = "continue"\n{after}', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def unbroken(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    home = tmp_path_factory.mktemp("unbroken")
    with served(home / "there") as bench:
        return verify(home / "run", plan=plan, bench=bench, cases=[CASE])


def killed(home: Path, plan: Path, bench: Path, records: int) -> Path:
    """Run the case, kill it at so many records, and return the folder of its run."""
    home.mkdir()
    process = start(
        arguments(home / "runs", plan=plan, bench=bench, cases=[CASE]), home
    )
    try:
        await_records(process, home, records)
    finally:
        process.kill()
        process.communicate()
    return next((home / "runs").glob("*/journal-0001.jsonl")).parent


Disturbance = Callable[[Hookup, Clock, BenchFile], None]


def disturb(bench: Path, home: Path, disturbance: Disturbance) -> None:
    """Do something to a served bench beside the run that it serves."""
    file = bench_file.load(bench)
    host = RealClock()
    rig = simulated.rig(file.instruments)
    assert rig is not None
    port = SerialPort("bench time", rig.port, rig.line, host)
    clock = LockstepClock("bench time", port, host)
    with closing(clock), Journal(home / "beside") as journal:
        hookup = Hookup(clock, Recorder(journal, clock), lambda prompt: "")
        disturbance(hookup, clock, file)


@contextmanager
def instrument(
    hookup: Hookup, file: BenchFile, role: Role, ability: type[T]
) -> Iterator[T]:
    entry = file.entry(role)
    assert entry is not None
    with hookup.open(entry) as opened:
        assert isinstance(opened.driver, ability)
        yield opened.driver


def restart_pump(hookup: Hookup, clock: Clock, file: BenchFile) -> None:
    with instrument(hookup, file, Role.POWER, PowerSwitch) as power:
        power.set_powered(False)
        clock.sleep_until(clock.now_ns() + NS_PER_S)
        power.set_powered(True)


def change_rate(hookup: Hookup, clock: Clock, file: BenchFile) -> None:
    with instrument(hookup, file, Role.PUMP, ItbPump) as pump:
        pump.connect()
        pump.start_continuous(ureg.Quantity(20, "mL/day"))


def empty_vessel(hookup: Hookup, clock: Clock, file: BenchFile) -> None:
    with instrument(hookup, file, Role.OPERATOR, Operator) as operator:
        operator.empty_vessel()


def tare(hookup: Hookup, clock: Clock, file: BenchFile) -> None:
    entry = file.entry(Role.BALANCE)
    assert entry is not None
    with hookup.open(entry) as opened:
        assert opened.tap is not None
        opened.tap.write(command(Keyword.TARE_NOW))
        assert opened.tap.read(clock.now_ns() + NS_PER_S)


def await_records(process: subprocess.Popen[str], home: Path, records: int) -> None:
    """Wait until the one run has so many records."""
    while count(home) < records:
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(0.005)
            pytest.fail(f"ended with code {code} before it could be killed")


def count(home: Path) -> int:
    """The records of the one run so far."""
    found = next((home / "runs").glob("*/journal-0001.jsonl"), None)
    return 0 if found is None else found.read_bytes().count(b"\n")


def resumed(home: Path, folder: Path) -> Outcome:
    process = start([*DOSEBENCH, "resume", str(folder)], home)
    return finish(process, home / "runs", at_most_s=LONGEST_S)


def place(unbroken: Outcome, share: float) -> int:
    """The number of a record so far into the case."""
    within = unbroken.within(CASE)
    return within[round(share * len(within))].seq


def cut(folder: Path, records: int) -> None:
    """Leave a run as if its process had died at so many records."""
    path = folder / "journal-0001.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) >= records
    path.write_bytes(b"".join(lines[:records]))


def resumes(outcome: Outcome) -> list[Record]:
    return outcome.of(Kind.RESUME)


@pytest.mark.parametrize(
    "share", [IN_DELIVERY, pytest.param(0.45, marks=pytest.mark.slow)]
)
def test_a_killed_delivery_goes_on_in_the_same_attempt(
    unbroken: Outcome, plan: Path, tmp_path: Path, share: float
) -> None:
    with served(tmp_path / "there") as bench:
        folder = killed(tmp_path / "run", plan, bench, place(unbroken, share))
        outcome = resumed(tmp_path / "run", folder)

    assert outcome.code == 0, outcome.output
    (resume,) = resumes(outcome)
    assert resume.fields["decision"] == "continued", resume.fields
    record = of_journal(outcome.folder)
    assert (record.state, record.verdict) == (RunState.COMPLETE, Verdict.PASS)
    (case,) = record.cases
    assert (case.attempt, case.attempts) == (1, ())
    assert outcome.verdicts == unbroken.verdicts
    assert outcome.measured[FLOW].value == pytest.approx(
        unbroken.measured[FLOW].value, abs=1e-6
    )


@pytest.mark.parametrize(
    ("disturbance", "reason"),
    [
        (restart_pump, "pump"),
        pytest.param(change_rate, "pump", marks=pytest.mark.slow),
        pytest.param(tare, "balance shows", marks=pytest.mark.slow),
        pytest.param(empty_vessel, "balance shows", marks=pytest.mark.slow),
    ],
)
def test_what_was_disturbed_meanwhile_is_begun_again(
    unbroken: Outcome,
    plan: Path,
    tmp_path: Path,
    disturbance: Disturbance,
    reason: str,
) -> None:
    with served(tmp_path / "there") as bench:
        folder = killed(tmp_path / "run", plan, bench, place(unbroken, IN_DELIVERY))
        disturb(bench, tmp_path, disturbance)
        outcome = resumed(tmp_path / "run", folder)

    assert outcome.code == 0, outcome.output
    decisions = [each.fields["decision"] for each in resumes(outcome)]
    assert decisions == ["continued", "restarted"]
    said = str(resumes(outcome)[-1].fields["reason"])
    assert reason in said.partition("start state, as")[2], said
    (case,) = of_journal(outcome.folder).cases
    assert (case.attempt, len(case.attempts), case.verdict) == (2, 1, Verdict.PASS)
    assert outcome.verdicts[FLOW] is Verdict.PASS


def test_a_case_goes_on_more_than_once_and_replays(
    unbroken: Outcome, plan: Path, tmp_path: Path
) -> None:
    home = tmp_path / "run"
    with served(tmp_path / "there") as bench:
        folder = killed(home, plan, bench, place(unbroken, 0.45))
        process = start([*DOSEBENCH, "resume", str(folder)], home)
        await_records(process, home, place(unbroken, IN_DELIVERY))
        process.kill()
        process.communicate()
        outcome = resumed(home, folder)

    assert outcome.code == 0, outcome.output
    decisions = [each.fields["decision"] for each in resumes(outcome)]
    assert decisions == ["continued", "continued"]
    assert outcome.measured[FLOW].value == pytest.approx(
        unbroken.measured[FLOW].value, abs=1e-6
    )
    again = start([*DOSEBENCH, "replay", str(folder), f"--runs={tmp_path}"], home)
    said, _ = again.communicate(timeout=LONGEST_S)
    assert "none changed" in said, said
    assert "diverged" not in said


@pytest.mark.parametrize("then", [Kind.EXCHANGE, Kind.INTENT])
def test_where_nobody_read_the_pump_a_case_begins_again(
    unbroken: Outcome, plan: Path, tmp_path: Path, then: Kind
) -> None:
    early = unbroken.within(CASE)[40:]
    records = next(each.seq for each in early if each.kind is then) - 1
    with served(tmp_path / "there") as bench:
        folder = killed(tmp_path / "run", plan, bench, records)
        cut(folder, records)
        outcome = resumed(tmp_path / "run", folder)

    assert outcome.code == 0, outcome.output
    (resume,) = resumes(outcome)
    assert resume.fields["decision"] == "restarted"
    assert "nobody was reading the pump" in str(resume.fields["reason"])
