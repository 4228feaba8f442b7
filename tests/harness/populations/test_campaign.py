"""Which runs may stand together, and what of them counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import ConfigurationError
from harness.judging import Verdict
from harness.populations import campaign
from harness.populations.campaign import Campaign
from harness.populations.evidence import Judged
from tests.harness.populations import written_runs as written
from tests.harness.populations.written_runs import COUNT, FLOW, LOW, MIDDLE
from tests.harness.render.sample_run import Writer, hashed, measured


def flow(found: Campaign) -> list[Judged]:
    return [each for each in found.judged() if each.requirement == FLOW]


def test_what_a_run_says_of_its_unit(tmp_path: Path) -> None:
    declared = written.population(units=12, cases=(LOW, MIDDLE), pooled=True)
    folder = written.run(
        tmp_path / "one", {LOW: 1.5}, serial="A7", u=0.1, declared=[declared]
    )
    found = campaign.gather([folder])
    assert found.units == ("A7",)
    assert found.populations == (declared,)
    assert not found.is_simulated
    (judged,) = flow(found)
    assert (judged.unit, judged.run, judged.case) == ("A7", "one", LOW)
    assert judged.verdict is Verdict.PASS
    assert judged.value is not None
    assert judged.bounds is not None
    assert judged.value.value == pytest.approx(1.5)
    # 24 degrees of freedom: t = 2.0639. The sample's budget names no cause, and all of
    # it is type B: all of U may be shared.
    assert judged.value.expanded_u == pytest.approx(0.20639, rel=1e-4)
    assert judged.value.shared_u == pytest.approx(judged.value.expanded_u)
    assert judged.value.random_u == pytest.approx(0.0, abs=1e-6)
    assert (judged.bounds.lower, judged.bounds.upper) == (-10.0, 10.0)


def test_repeats_of_one_unit_are_one_unit(tmp_path: Path) -> None:
    folders = [
        written.run(tmp_path / name, {LOW: value}, serial=serial)
        for name, value, serial in (("a", 1.0, "A"), ("b", 2.0, "A"), ("c", 3.0, "C"))
    ]
    found = campaign.gather(folders)
    assert found.units == ("A", "C")
    assert len(flow(found)) == 3
    assert "unit A has 2 runs and counts as one unit" in found.remarks


def test_simulated_units_are_told_apart_by_seed(tmp_path: Path) -> None:
    folders = [
        written.run(tmp_path / str(seed), {LOW: 1.0}, fidelity="in-process", seed=seed)
        for seed in (1, 2)
    ]
    found = campaign.gather(folders)
    assert found.units == ("S1, seed 1", "S1, seed 2")
    assert found.is_simulated
    assert found.remarks[0] == "SIMULATED: evidence for nothing but the tool"


MIXED: list[tuple[str, dict[str, Any]]] = [
    ("plan", {"plan": hashed("other.toml")}),
    ("profile", {"profile": hashed("other.toml", absent={})}),
    ("register", {"register": hashed("other.toml")}),
    ("procedures", {"procedures": [hashed("other.py")]}),
    ("firmware", {"firmware": "2.2.0"}),
    ("kind of bench", {"fidelity": "wire", "seed": 1}),
]


@pytest.mark.parametrize(("name", "change"), MIXED)
def test_runs_of_different_kinds_are_refused(
    tmp_path: Path, name: str, change: dict[str, Any]
) -> None:
    one = written.run(tmp_path / "one", {LOW: 1.0})
    other = written.run(tmp_path / "other", {LOW: 1.0}, serial="S2", **change)
    with pytest.raises(ConfigurationError, match=f"other: its {name} is"):
        campaign.gather([one, other])


def test_another_bench_is_said_but_not_refused(tmp_path: Path) -> None:
    one = written.run(tmp_path / "one", {LOW: 1.0})
    other = written.run(
        tmp_path / "other", {LOW: 1.0}, serial="S2", bench=hashed("other.toml")
    )
    remarks = campaign.gather([one, other]).remarks
    assert "the runs have 2 different versions of the bench file" in remarks


def test_one_record_counts_once_under_whatever_name(tmp_path: Path) -> None:
    one = written.run(tmp_path / "one", {LOW: 1.0})
    copy = tmp_path / "copy"
    copy.mkdir()
    journal = "journal-0001.jsonl"
    (copy / journal).write_bytes((one / journal).read_bytes())
    for again in (one, copy):
        with pytest.raises(ConfigurationError, match="the same record as one"):
            campaign.gather([one, again])


def test_a_partial_or_engineering_run_is_said(tmp_path: Path) -> None:
    one = written.run(tmp_path / "one", {LOW: 1.0}, partial_reasons=["a part"])
    two = written.run(
        tmp_path / "two", {LOW: 1.0}, serial="S2", engineering=["typed constants"]
    )
    assert campaign.gather([one, two]).remarks == (
        "one: PARTIAL: a part",
        "two: ENGINEERING: typed constants",
    )


def test_of_a_run_with_a_fault_only_a_fail_counts(tmp_path: Path) -> None:
    values = {LOW: 1.0, MIDDLE: 14.0}
    run = written.run(tmp_path / "run", values, state="BENCH_FAULT")
    found = campaign.gather([run])
    assert [(each.case, each.verdict) for each in found.judged()] == [
        (MIDDLE, Verdict.FAIL)
    ]
    (remark,) = found.remarks
    assert "the run is BENCH_FAULT; 3 of its verdicts are not used" in remark


def test_a_withdrawn_verdict_has_no_value(tmp_path: Path) -> None:
    found = campaign.gather([written.run(tmp_path / "run", {LOW: 1.0}, void=True)])
    (judged,) = flow(found)
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert judged.value is None
    assert any("the balance had moved" in remark for remark in found.remarks)


def test_a_case_that_did_not_end_has_no_value(tmp_path: Path) -> None:
    run = Writer(tmp_path / "run")
    run.begin(populations=[])
    run.instrument("pump", "RP-40", "S1")
    run.begin_case(LOW)
    run.judge(LOW, FLOW, measured(1.0, 0.02))
    run.end("COMPLETE")
    (judged,) = campaign.gather([tmp_path / "run"]).judged()
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert judged.value is None


def test_an_altered_journal_is_refused(tmp_path: Path) -> None:
    run = written.run(tmp_path / "run", {LOW: 1.0})
    journal = run / "journal-0001.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"value":1.0', b'"value":0.9'))
    with pytest.raises(ConfigurationError, match="the hash does not fit"):
        campaign.gather([run])


def test_a_journal_without_its_end_is_no_complete_run(tmp_path: Path) -> None:
    run = written.run(tmp_path / "run", {LOW: 1.0})
    journal = run / "journal-0001.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))
    found = campaign.gather([run])
    assert found.judged() == ()
    assert "the run is ABORTED" in found.remarks[0]


@pytest.mark.parametrize("pumps", [0, 2])
def test_a_run_needs_one_pump(tmp_path: Path, pumps: int) -> None:
    run = Writer(tmp_path / "run")
    run.begin()
    for number in range(pumps):
        run.instrument("pump", "RP-40", f"S{number}")
    run.end()
    with pytest.raises(ConfigurationError, match=f"{pumps} pumps answered"):
        campaign.gather([tmp_path / "run"])


def test_a_folder_without_a_journal(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="give the folder of a run"):
        campaign.gather([tmp_path])
    with pytest.raises(ConfigurationError, match="no run was given"):
        campaign.gather([])


def test_counters_are_judged_too(tmp_path: Path) -> None:
    found = campaign.gather([written.run(tmp_path / "run", {LOW: 1.0})])
    assert {each.requirement for each in found.judged()} == {FLOW, COUNT}
