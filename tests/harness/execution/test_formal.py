"""What a formal run needs: each thing that is missing is refused by its own words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from harness.clock import NS_PER_S, VirtualClock, wall_ns
from harness.errors import ConfigurationError
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.execution import earlier, formal, loaded, software
from harness.execution.calibration import Calibration
from harness.execution.folder import Invocation
from harness.execution.formal import Basis
from harness.execution.header import BenchSetup, Fidelity
from harness.execution.run import Run
from harness.execution.software import Checkout
from harness.plans import loading
from harness.plans.digests import digests
from harness.plans.plan import Plan
from harness.signing import approvals
from harness.signing.keys import SigningKey, new_key
from tests.harness.plans import written

ALL = ("A-1/a", "A-1/b")
CLEAN = Checkout("c" * 40, clean=True)
SETUP = '[setup]\noperator = "A. Example"\nset_lot = "L-1"\n'
NOW_NS = 1_767_225_600 * NS_PER_S  # 2026-01-01
HOUR_NS = 3600 * NS_PER_S


@dataclass(frozen=True)
class Bench:
    """A plan that asks for two items, a bench, and everything that a run may need."""

    home: Path
    plan: Plan
    bench: BenchSetup
    key: SigningKey
    how: Invocation

    def establish(self, how: Invocation, *selected: str) -> Basis:
        folder = self.home / "runs" / "new"
        return formal.establish(how, self.plan, self.bench, selected or ALL, folder)

    def refused(self, how: Invocation, *selected: str) -> list[str]:
        """The reasons for which a formal run may not begin."""
        with pytest.raises(ConfigurationError, match="cannot begin") as caught:
            self.establish(how, *selected)
        return str(caught.value).splitlines()[1:]


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(software, "loaded_from", lambda: CLEAN)
    monkeypatch.setattr(loaded, "strangers", lambda _plan: ())
    (tmp_path / "runs" / "new").mkdir(parents=True)
    for name, text in {
        "plan.toml": written.HEAD
        + '[setup]\nrequires = ["operator", "set_lot"]\n'
        + written.case("A-1", "a")
        + written.case("A-1", "b"),
        "register.toml": written.register(written.attribute("A-1")),
        "profile.toml": written.PROFILE,
        "test_it.py": f"import pytest\n{written.PROCEDURES}",
        "setup.toml": SETUP,
        "bench.toml": "",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    plan = loading.load(tmp_path / "plan.toml")
    bench = BenchSetup(
        path=tmp_path / "bench.toml",
        sha256=sha256(b"").hexdigest(),
        fidelity=Fidelity.HARDWARE,
        clock=VirtualClock(NOW_NS),
        roles=frozenset({"pump"}),
        calibrations=(Calibration("balance", date(2026, 1, 31), "K-1"),),
    )
    key = new_key()
    (tmp_path / "key.pub.pem").write_bytes(key.public.to_pem())
    made = approvals.approve(digests(plan), "B. Example", wall_ns(), key)
    (tmp_path / "approval.json").write_bytes(made.to_bytes())
    how = Invocation(
        plan=plan.path,
        bench=bench.path,
        setup=tmp_path / "setup.toml",
        formal=True,
        approval=tmp_path / "approval.json",
        trusted_keys=(tmp_path / "key.pub.pem",),
    )
    return Bench(tmp_path, plan, bench, key, how)


def test_a_formal_run_may_begin(ready: Bench) -> None:
    basis = ready.establish(ready.how)
    said = basis.to_json(ready.bench, NOW_NS)

    approval = (ready.home / "approval.json").read_bytes()
    assert basis.formal is not None
    assert basis.formal["sha256"] == sha256(approval).hexdigest()
    assert basis.formal["key_id"] == ready.key.key_id
    assert basis.formal["name"] == "B. Example"
    assert said["engineering"] == []
    assert said["git"] == {"commit": "c" * 40, "clean": True}
    assert {each.path.name for each in basis.files} == {"approval.json", "setup.toml"}


def unapproved(how: Invocation) -> Invocation:
    return replace(how, approval=None)


def untrusted(how: Invocation) -> Invocation:
    return replace(how, trusted_keys=())


def without_setup(how: Invocation) -> Invocation:
    return replace(how, setup=None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (unapproved, "there is no approval"),
        (untrusted, "no key is trusted"),
        (without_setup, "there is no set-up record"),
    ],
)
def test_a_missing_option_is_the_only_reason(
    ready: Bench, change: Callable[[Invocation], Invocation], reason: str
) -> None:
    (said,) = ready.refused(change(ready.how))

    assert reason in said


def test_another_key_than_the_trusted_one(ready: Bench) -> None:
    (ready.home / "key.pub.pem").write_bytes(new_key().public.to_pem())
    (said,) = ready.refused(ready.how)

    assert "not among the 1 trusted keys" in said


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("plan.toml", "plan plan.toml"),
        ("register.toml", "register register.toml"),
        ("profile.toml", "profile profile.toml"),
        ("test_it.py", "procedure test_it.py"),
    ],
)
def test_a_file_that_changed_after_its_approval(
    ready: Bench, file: str, name: str
) -> None:
    with (ready.home / file).open("a", encoding="utf-8") as opened:
        opened.write("\n")
    changed = replace(ready, plan=loading.load(ready.home / "plan.toml"))
    (said,) = changed.refused(ready.how)

    assert f"{name} was changed" in said


def test_an_approval_that_comes_later(ready: Bench) -> None:
    later = wall_ns() + HOUR_NS
    made = approvals.approve(digests(ready.plan), "B. Example", later, ready.key)
    (ready.home / "approval.json").write_bytes(made.to_bytes())
    (said,) = ready.refused(ready.how)

    assert "after the run's start" in said


def test_a_set_up_record_that_leaves_something_out(ready: Bench) -> None:
    (ready.home / "setup.toml").write_text('[setup]\noperator = "A"\n')
    (said,) = ready.refused(ready.how)

    assert "setup.toml does not say set_lot, which the plan requires" in said


def test_a_set_up_record_that_is_wrong(ready: Bench) -> None:
    (ready.home / "setup.toml").write_text("[setup]\nfluid = 1\n")
    (said,) = ready.refused(ready.how)

    assert "fluid is 1" in said


@pytest.mark.parametrize(
    ("git", "reason"),
    [
        (Checkout("c" * 40, clean=False), "differs from its commit cccccccccccc"),
        (software.UNKNOWN, "the commit of the source is not known"),
    ],
)
def test_a_source_that_is_no_commits(
    ready: Bench, monkeypatch: pytest.MonkeyPatch, git: Checkout, reason: str
) -> None:
    monkeypatch.setattr(software, "loaded_from", lambda: git)
    (said,) = ready.refused(ready.how)

    assert reason in said


def test_a_part_of_the_plan(ready: Bench) -> None:
    (said,) = ready.refused(ready.how, "A-1/a")

    assert "1 cases of the plan were not selected" in said


def test_a_calibration_that_ends_in_the_run(ready: Bench) -> None:
    due = Calibration("balance", date(2026, 1, 1), "K-1")
    # Both cases take an hour, and an hour is left of the day.
    clock = VirtualClock(NOW_NS + 23 * HOUR_NS)
    bench = replace(ready.bench, clock=clock, calibrations=(due,))
    (said,) = replace(ready, bench=bench).refused(ready.how)

    assert "ends on 2026-01-01" in said
    assert "may last until 2026-01-02" in said


def test_a_bench_that_makes_no_evidence(ready: Bench) -> None:
    bench = replace(ready.bench, engineering=("typed constants",))

    assert replace(ready, bench=bench).refused(ready.how) == ["  - typed constants"]


def test_everything_is_said_at_once(
    ready: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software, "loaded_from", lambda: software.UNKNOWN)
    how = replace(ready.how, approval=None, setup=None)

    assert len(ready.refused(how, "A-1/a")) == 4


def test_any_other_run_says_why_it_is_no_evidence(
    ready: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software, "loaded_from", lambda: software.UNKNOWN)
    basis = ready.establish(Invocation(ready.plan.path, ready.bench.path))

    assert basis.formal is None
    assert [each.split(";")[0].split(":")[0] for each in basis.engineering] == [
        "not a formal run",
        "the commit of the source is not known",
        "there is no set-up record",
    ]


def test_an_informal_run_keeps_its_set_up_record(ready: Bench) -> None:
    how = Invocation(ready.plan.path, ready.bench.path, setup=ready.how.setup)
    basis = ready.establish(how)

    assert basis.setup is not None
    assert basis.setup.said == {"operator": "A. Example", "set_lot": "L-1"}
    assert len(basis.engineering) == 1


@pytest.mark.parametrize("change", [unapproved, untrusted])
def test_an_approval_belongs_to_a_formal_run(
    ready: Bench, change: Callable[[Invocation], Invocation]
) -> None:
    with pytest.raises(ConfigurationError, match="add --formal"):
        ready.establish(replace(change(ready.how), formal=False))


def ran(
    ready: Bench,
    name: str,
    basis: Basis,
    plan: Plan,
    holds: bool | None,
    *,
    withdraws: bool = False,
) -> Path:
    """Write a run on the unit 10001: one case judged, the other settled."""
    folder = ready.home / "runs" / name
    recorder = Recorder(Journal(folder), VirtualClock(NOW_NS))
    run = Run(folder, recorder, plan, plan.cases, int(name[0]), ready.bench)
    run.basis = basis
    run.begin()
    pump = {"role": "pump", "model": "RP", "serial": "10001", "firmware": "1"}
    recorder.record(Kind.INSTRUMENT, {**pump, "calibration_due": None})
    run.meet_unit("RP", "10001")
    run.begin_case("A-1/a").judge_fact("A-1", holds, "seen")
    result = run.end_case("A-1/a")
    if withdraws:
        run.void([each.seq for each in result.entries], "the balance was wrong")
    run.end()
    return folder


def test_earlier_formal_runs_of_the_plan_are_found(ready: Bench) -> None:
    basis = ready.establish(ready.how)
    other = replace(ready.plan, id="other")
    failed = ran(ready, "1", basis, ready.plan, holds=False)
    ran(ready, "2-informal", Basis(), ready.plan, holds=False)
    ran(ready, "3-other-plan", basis, other, holds=False)
    (ready.home / "runs" / "units").mkdir()
    (ready.home / "runs" / "index.sqlite").touch()
    (found,) = ready.establish(ready.how).earlier

    assert (found.run, found.model, found.serial) == ("1", "RP", "10001")
    first, *_, last = (failed / "journal-0001.jsonl").read_bytes().splitlines()
    assert found.digest.encode() == first[-66:-2]
    assert found.head.encode() == last[-66:-2]
    # What was settled because the run was broken off is no judgement.
    assert [(v.case, v.verdict.name) for v in found.verdicts] == [("A-1/a", "FAIL")]


def judged(ready: Bench) -> list[tuple[str, str]]:
    found = ready.establish(ready.how).earlier
    return sorted((each.run, v.verdict.name) for each in found for v in each.verdicts)


def test_a_run_that_is_gone_is_known_from_the_next_one(ready: Bench) -> None:
    gone = ran(ready, "1", ready.establish(ready.how), ready.plan, holds=False)
    ran(ready, "2", ready.establish(ready.how), ready.plan, holds=True)
    there = judged(ready)
    shutil.rmtree(gone)

    assert judged(ready) == there == [("1", "FAIL"), ("2", "PASS")]


def test_what_was_cut_off_from_a_run_is_known_from_the_next_one(ready: Bench) -> None:
    cut = ran(ready, "1", ready.establish(ready.how), ready.plan, holds=False)
    ran(ready, "2", ready.establish(ready.how), ready.plan, holds=True)
    journal = cut / "journal-0001.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:2]))

    assert judged(ready) == [("1", "FAIL"), ("2", "PASS")]


@pytest.mark.parametrize("holds", [True, False])
def test_a_verdict_that_a_run_withdrew_is_not_forgotten(
    ready: Bench, holds: bool
) -> None:
    basis = ready.establish(ready.how)
    ran(ready, "1", basis, ready.plan, holds, withdraws=True)

    assert judged(ready) == [("1", "INCONCLUSIVE")]


@pytest.mark.parametrize("line", [0, 2])
def test_a_broken_journal_is_refused_with_its_name(ready: Bench, line: int) -> None:
    folder = ran(ready, "1-broken", ready.establish(ready.how), ready.plan, holds=False)
    journal = folder / "journal-0001.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"kind"', b'"Kind"')
    journal.write_bytes(b"".join(lines))
    (said,) = ready.refused(ready.how)

    assert str(folder) in said
    assert "its journal cannot be believed" in said


def test_a_run_that_never_wrote_anything_is_passed_over(ready: Bench) -> None:
    (ready.home / "runs" / "empty").mkdir()
    (ready.home / "runs" / "empty" / "journal-0001.jsonl").touch()

    assert earlier.find(ready.home / "runs", ready.plan, ready.home) == ()
