"""Links that are lost in the middle of a case, over real sockets."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from drivers.sim.factory import build
from drivers.sim.pace import LockStep
from drivers.sim.parts import Simulation
from drivers.sim.server import Ports, Server
from fixtures import bench_file, served, simulated, toml_text
from harness.clock import VirtualClock
from harness.evidence.records import Kind
from harness.execution.exit_code import ExitCode
from harness.judging import Verdict
from harness.render.case_record import CaseRecord
from harness.render.run_fold import of_journal
from protocols.pump_link.codec import type_of
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.requests import GetIdentity, OpenSession
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.proxy import NOTHING, Address, Plugged, Proxy, proxy
from tests.end_to_end.pumps import REFERENCE_40

FILE: Final = bench_file.load(bench_file.DEFAULT)
# Weighed, and without effect on the unit.
BOLUS: Final = "ITB-BOL-002/single"
# Conditioning and short, and what comes after it.
MARKING: Final = "ITB-BOL-009/priming"
NEXT: Final = "ITB-REF-003/6-months"
# Bytes from the host that bring an instrument into the middle of its first case.
MID_CASE: Final = MappingProxyType({"pump": 436, "balance": 590})
# What the check of the balance takes of them.
CHECKED: Final = 610
OTHER: Final = replace(
    FILE.simulation, pump=replace(FILE.simulation.pump, serial=10_002)
)


@contextmanager
def bench(simulation: Simulation = FILE.simulation) -> Iterator[Server]:
    """A simulated bench that is served in lock-step by a thread."""
    assert FILE.clock.epoch_ns is not None
    lines = {simulated.device_of(entry): entry.line for entry in FILE.instruments}
    made = build(replace(simulation, seed=1), VirtualClock(FILE.clock.epoch_ns), lines)
    with Server(made, LockStep(made), Ports()) as server:
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join()


@dataclass(frozen=True, slots=True)
class Cabled:
    """A served bench with a proxy before one instrument."""

    server: Server
    folder: Path
    processes: Executor

    def address(self, device: str) -> Address:
        return self.server.addresses.tcp[device]

    def verify(
        self,
        cable: Proxy,
        device: str,
        *cases: str,
        within: str = "10 s",
        is_checked: bool = False,
    ) -> Outcome:
        members = tomllib.loads(served.describe(FILE, self.server.addresses, None, 1))
        members["bench"]["reconnect_within"] = within
        if not is_checked:
            del members["check_weight"]  # it takes as long as a case
        was, now = (each[1] for each in (self.address(device), cable.address))
        text = toml_text.dumps(members).replace(f":{was}", f":{now}")
        path = self.folder / "cabled.toml"
        path.write_text(text, encoding="utf-8")
        pump = replace(REFERENCE_40, bench=path)
        home = self.folder / "home"
        done = self.processes.submit(campaign.verify, home, pump, cases or (BOLUS,))
        return done.result()


@pytest.fixture
def cabled(tmp_path: Path, processes: Executor) -> Iterator[Cabled]:
    with bench() as server:
        yield Cabled(server, tmp_path, processes)


def links(outcome: Outcome) -> list[tuple[str, str]]:
    found = [each.fields for each in outcome.of(Kind.LINK)]
    return [(str(each["instrument"]), str(each["event"])) for each in found]


def case_of(outcome: Outcome, case_id: str = BOLUS) -> CaseRecord:
    record = of_journal(outcome.folder)
    return next(each for each in record.cases if each.id == case_id)


def assert_begun_again_and_passed(outcome: Outcome) -> None:
    assert outcome.code == ExitCode.PASSED, outcome.output
    case = case_of(outcome)
    assert (case.attempt, case.verdict) == (2, Verdict.PASS)
    [broken] = case.attempts
    assert [each.settled for each in broken.verdicts] == [True]
    assert broken.ended is Verdict.INCONCLUSIVE


def assert_safe_bench_fault(outcome: Outcome, *said: str) -> None:
    assert outcome.code == ExitCode.BENCH_FAULT, outcome.output
    assert case_of(outcome).verdict is Verdict.INCONCLUSIVE
    for each in said:
        assert each in " ".join(outcome.output.split())


@pytest.mark.slow
def test_a_balance_that_was_unplugged_is_zeroed_and_checked_first(
    cabled: Cabled,
) -> None:
    to = cabled.address("balance")
    with proxy(Plugged(to, CHECKED + MID_CASE["balance"]), Plugged(to)) as cable:
        outcome = cabled.verify(cable, "balance", is_checked=True)
    assert links(outcome) == [("balance", "lost"), ("balance", "restored")]
    assert_begun_again_and_passed(outcome)
    restored = outcome.of(Kind.LINK)[-1].seq
    again = outcome.of(Kind.CASE_BEGIN)[-1].seq
    between = [r for r in outcome.records if restored < r.seq < again]
    assert len([r for r in between if r.kind is Kind.CHECK]) == 3
    zeroed = [r for r in between if r.fields.get("sent") == b"Z\r\n".hex()]
    assert [r.fields["received"] for r in zeroed] == [b"Z A\r\n".hex()]
    # While nobody could see what arrived, nothing was delivered.
    lost = outcome.of(Kind.LINK)[0].seq
    stop = [r.fields["command"] for r in outcome.of(Kind.INTENT) if r.seq > lost]
    assert stop[0] == "stop"


@pytest.mark.slow
def test_a_pump_is_measured_again_once_it_answers_and_no_other_unit_does(
    cabled: Cabled,
) -> None:
    to = cabled.address("pump")
    with bench(OTHER) as other:
        stranger = Plugged(other.addresses.tcp["pump"])
        plugged = (Plugged(to, MID_CASE["pump"]), NOTHING, stranger, Plugged(to))
        with proxy(*plugged) as cable:
            outcome = cabled.verify(cable, "pump")
    events = ["lost", "refused", "restored"]
    assert links(outcome) == [("pump", each) for each in events]
    refused = outcome.of(Kind.LINK)[1].fields["reason"]
    assert "serial number '10002', but the bench file says '10001'" in str(refused)
    assert_begun_again_and_passed(outcome)


@pytest.mark.slow
def test_another_unit_that_stays_ends_the_run_and_is_never_commanded(
    cabled: Cabled,
) -> None:
    with bench(OTHER) as other:
        stranger = Plugged(other.addresses.tcp["pump"])
        with proxy(
            Plugged(cabled.address("pump"), MID_CASE["pump"]), stranger
        ) as cable:
            outcome = cabled.verify(cable, "pump")
            _, *heard = cable.sent
    assert links(outcome) == [("pump", "lost"), ("pump", "refused")]
    assert len(heard) == 3  # at once and every 5 s
    assert_safe_bench_fault(
        outcome,
        "serial number '10002'",
        "not restored within 10 s",
        "pump, tamper: NOT SAFE, see to it by hand",
    )
    asked = {
        frame.type
        for sent in heard
        for frame in FrameReader().feed(sent)
        if isinstance(frame, Frame)
    }
    assert asked == {type_of(OpenSession), type_of(GetIdentity)}


@pytest.mark.slow
def test_a_balance_that_is_gone_for_good_is_a_bench_fault(cabled: Cabled) -> None:
    with proxy(
        Plugged(cabled.address("balance"), MID_CASE["balance"]), NOTHING
    ) as cable:
        outcome = cabled.verify(cable, "balance", within="1 s")
    assert links(outcome) == [("balance", "lost")]
    assert_safe_bench_fault(
        outcome,
        "balance: the VISA resource",
        "let the run go on with `dosebench resume`",
        "pump, tamper: stopped",
    )


@pytest.mark.slow
def test_a_link_that_is_lost_again_and_again_ends_the_run(cabled: Cabled) -> None:
    with proxy(Plugged(cabled.address("pump"), MID_CASE["pump"])) as cable:
        outcome = cabled.verify(cable, "pump")
    lost = ("pump", "lost"), ("pump", "restored")
    assert links(outcome) == [*lost, *lost, ("pump", "lost")]
    assert case_of(outcome).attempt == 3
    assert_safe_bench_fault(outcome, "in 3 attempts a link was lost, now to the pump")


@pytest.mark.slow
def test_a_case_that_leaves_its_mark_is_given_up_and_the_next_one_runs(
    cabled: Cabled,
) -> None:
    to = cabled.address("pump")
    with proxy(Plugged(to, MID_CASE["pump"]), Plugged(to)) as cable:
        outcome = cabled.verify(cable, "pump", MARKING, NEXT)
    assert outcome.code == ExitCode.INCONCLUSIVE, outcome.output
    assert links(outcome) == [("pump", "lost"), ("pump", "restored")]
    given_up = case_of(outcome, MARKING)
    assert (given_up.attempt, given_up.verdict) == (1, Verdict.INCONCLUSIVE)
    assert "its effect on the unit is conditioning" in given_up.statement
    assert case_of(outcome, NEXT).verdict is Verdict.PASS


@pytest.mark.slow
def test_a_pump_that_started_anew_meanwhile_is_not_simply_measured_again(
    cabled: Cabled,
) -> None:
    with bench() as fresh:
        plugged = Plugged(fresh.addresses.tcp["pump"])
        with proxy(Plugged(cabled.address("pump"), MID_CASE["pump"]), plugged) as cable:
            outcome = cabled.verify(cable, "pump")
    assert outcome.code == ExitCode.INCONCLUSIVE, outcome.output
    assert links(outcome) == [("pump", "lost"), ("pump", "restored")]
    case = case_of(outcome)
    assert (case.attempt, case.verdict) == (1, Verdict.INCONCLUSIVE)
    # It is a judgement that lasts, not one that is settled until a repeat.
    assert [each.settled for each in case.verdicts] == [False]
    assert "has started anew since the case began" in case.verdicts[0].statement


def test_a_balance_that_lost_its_power_blames_no_pump(
    tmp_path: Path, processes: Executor
) -> None:
    seeded = [("balance", {"restarts_after_s": "4 hour"})]
    home = tmp_path / "home"
    outcome = processes.submit(
        campaign.verify, home, REFERENCE_40, (BOLUS,), seeded
    ).result()
    assert links(outcome) == [("balance", "lost"), ("balance", "restored")]
    assert_begun_again_and_passed(outcome)
