"""What a campaign shows: every way in which it may not be enough turns a grade."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import ConfigurationError
from harness.judging import RunState, Verdict
from harness.qualification import pack_campaign, pack_runs
from harness.qualification.outcome import JobKind, RunOutcome
from harness.qualification.pack import Grade, Subject
from tests.harness.qualification.packs import (
    DEFECTS,
    EXPECTED,
    PLAN,
    PLAN_OF_FAULTS,
    campaign_file,
    contents,
    defect,
    judged,
    lines,
    outcomes,
    over_the_wire,
    parts,
    run,
)

FIRST = "campaigns/1/campaign.json"
RESULTS = "campaigns/1/results.jsonl"


def changed(job: str, **changes: object) -> list[RunOutcome]:
    return [replace(e, **changes) if e.job == job else e for e in outcomes()]  # type: ignore[arg-type]


def without(job: str) -> list[RunOutcome]:
    return [each for each in outcomes() if each.job != job]


def test_everything_passes() -> None:
    assert {each.grade for each in parts(contents()).values()} == {Grade.PASSED}


ELSEWHERE = (judged("REQ-007", Verdict.FAIL),)
UNDECIDED = (judged("REQ-003", Verdict.INCONCLUSIVE),)
FALSE_FAIL = (judged("REQ-000", Verdict.FAIL, 3.0),)
INCONCLUSIVE = (judged("REQ-000", Verdict.INCONCLUSIVE, 3.0),)
BROKEN = RunState.TOOL_ERROR


@pytest.mark.parametrize(
    ("runs", "subject", "grade", "said"),
    [
        (without("D03"), Subject.KILLS, Grade.MISSING, "not run"),
        (changed("D03", judged=()), Subject.KILLS, Grade.FAILED, "missed"),
        (
            changed("D03", judged=UNDECIDED),
            Subject.KILLS,
            Grade.FAILED,
            "missed",
        ),
        (
            changed("D03", judged=ELSEWHERE),
            Subject.KILLS,
            Grade.FAILED,
            "killed elsewhere by REQ-007",
        ),
        (
            changed("D03", judged=(), state=BROKEN),
            Subject.KILLS,
            Grade.FAILED,
            "TOOL_ERROR",
        ),
        (changed("D03", judged=()), Subject.ORACLES, Grade.FAILED, "11 of 12"),
        (without("allowed-0007"), Subject.HEALTHY, Grade.FAILED, "299 pumps"),
        (
            changed("allowed-0007", judged=FALSE_FAIL),
            Subject.HEALTHY,
            Grade.FAILED,
            "allowed-0007",
        ),
        (
            changed("allowed-0007", state=BROKEN, judged=()),
            Subject.HEALTHY,
            Grade.FAILED,
            "allowed-0007",
        ),
        (
            changed("near-the-limit-0001", judged=FALSE_FAIL),
            Subject.HEALTHY,
            Grade.FAILED,
            "1 others",
        ),
        (without("B02"), Subject.BENCH_FAULTS, Grade.MISSING, "not run"),
        (
            changed("B02", judged=FALSE_FAIL),
            Subject.BENCH_FAULTS,
            Grade.FAILED,
            "FAIL of REQ-000",
        ),
        (
            changed("B02", state=RunState.COMPLETE, judged=()),
            Subject.BENCH_FAULTS,
            Grade.FAILED,
            "COMPLETE",
        ),
    ],
)
def test_what_a_run_may_lack(
    runs: list[RunOutcome], subject: Subject, grade: Grade, said: str
) -> None:
    part = parts(contents(runs))[subject]
    assert part.grade is grade
    assert any(said in each.found for each in part.checks if each.grade is grade)


def test_a_healthy_pump_counts_once_by_the_worst_of_its_runs() -> None:
    some = [each for each in outcomes() if each.job < "allowed-0200"]
    again = [each for each in some if each.kind is JobKind.HEALTHY]
    part = parts(contents(some, [*over_the_wire(), *again]))[Subject.HEALTHY]
    assert part.checks[0].grade is Grade.FAILED
    assert part.checks[0].found == "200 pumps, 0 with a FAIL"
    failed = replace(again[0], judged=FALSE_FAIL)
    for runs in ([failed, *over_the_wire()], [*over_the_wire(), failed]):
        part = parts(contents(wire=runs))[Subject.HEALTHY]
        assert part.checks[0].found == f"300 pumps, 1 with a FAIL ({failed.job} first)"


def test_a_bench_fault_that_nobody_noticed_is_seen() -> None:
    passed = replace(judged("REQ-000", Verdict.PASS), case="REQ-000/steady")
    runs = changed("B02", judged=(passed, *UNDECIDED))
    part = parts(contents(runs))[Subject.BENCH_FAULTS]
    assert part.grade is Grade.FAILED
    assert part.checks[1].found == "B02: run BENCH_FAULT, PASS of REQ-000"


def test_a_pump_that_is_blamed_for_a_fault_within_u_is_seen() -> None:
    blamed = run("B03", JobKind.BENCH_FAULT, FALSE_FAIL)
    part = parts(contents([*outcomes(), blamed]))[Subject.BENCH_FAULTS]
    assert part.checks[-1].grade is Grade.FAILED
    assert part.checks[-1].found == "B03: run COMPLETE, FAIL of REQ-000"


@pytest.mark.parametrize("state", [RunState.TOOL_ERROR, RunState.ABORTED])
def test_a_fault_within_u_of_which_nothing_was_seen_is_no_good_result(
    state: RunState,
) -> None:
    fine = run("B03", JobKind.BENCH_FAULT, [judged("REQ-000", Verdict.PASS)])
    for runs, grade in (
        ([fine], Grade.PASSED),
        ([replace(fine, state=state)], Grade.FAILED),
        ([replace(fine, judged=())], Grade.FAILED),
    ):
        part = parts(contents([*outcomes(), *runs]))[Subject.BENCH_FAULTS]
        assert part.checks[-1].grade is grade


def test_too_many_undecided_values_are_seen() -> None:
    runs = [
        replace(e, judged=INCONCLUSIVE) if e.job < "allowed-0016" else e
        for e in outcomes()
    ]
    assert parts(contents(runs))[Subject.DECIDED].grade is Grade.FAILED


def test_healthy_pumps_of_which_nothing_was_found_out_are_seen() -> None:
    nothing = (judged("REQ-001", Verdict.INCONCLUSIVE),)
    runs = [
        replace(e, judged=(*e.judged, *nothing)) if e.job.startswith("allowed") else e
        for e in outcomes()
    ]
    part = parts(contents(runs))[Subject.DECIDED]
    assert [each.grade for each in part.checks] == [Grade.PASSED, Grade.FAILED]
    assert part.checks[1].found == "1 (REQ-001 in CASE/steady first)"


def test_of_several_runs_of_a_defect_the_worst_counts() -> None:
    missed = replace(defect(DEFECTS[3]), judged=(), job="again")
    for runs in ([missed, *outcomes()], [*outcomes(), missed]):
        assert parts(contents(runs))[Subject.KILLS].grade is Grade.FAILED


def test_a_defect_of_ones_own_counts_too() -> None:
    own = run("ACME-1", JobKind.DEFECT, (), "ACME-1")
    part = parts(contents([*outcomes(), own]))[Subject.KILLS]
    assert part.grade is Grade.FAILED
    assert part.checks[-1].what == "ACME-1 of your own"


def test_other_verdicts_over_the_wire_are_seen() -> None:
    wire = over_the_wire()
    wire[3] = replace(wire[3], judged=(*wire[3].judged, *FALSE_FAIL))
    assert parts(contents(wire=wire))[Subject.WIRE].grade is Grade.FAILED
    assert parts(contents(wire=over_the_wire()[:9]))[Subject.WIRE].grade is Grade.FAILED
    assert parts(contents(wire=[]))[Subject.WIRE].grade is Grade.MISSING
    empty = [replace(each, judged=()) for each in over_the_wire()]
    assert parts(contents(outcomes(), empty))[Subject.WIRE].grade is Grade.MISSING
    alone = [each for each in outcomes() if each.job != "D03"]
    assert parts(contents(alone))[Subject.WIRE].grade is Grade.MISSING


def test_a_run_that_broke_off_in_both_ways_is_not_the_same() -> None:
    crashed = RunState.TOOL_ERROR
    here, there = outcomes(), over_the_wire()
    here[3], there[3] = (replace(each[3], state=crashed) for each in (here, there))
    assert parts(contents(here, there))[Subject.WIRE].grade is Grade.MISSING
    there[3] = replace(there[3], state=RunState.BENCH_FAULT)
    assert parts(contents(here, there))[Subject.WIRE].grade is Grade.FAILED
    here[3] = replace(here[3], state=RunState.BENCH_FAULT)
    assert parts(contents(here, there))[Subject.WIRE].grade is Grade.PASSED


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"software": {"sha256": "00" * 32}}, "others: name, sha256, lock"),
        ({"plan": {"id": "qualification", "files": {}}}, "qualification: others"),
        ({"cases": ["CASE/steady"]}, "others, 1 of its cases alone"),
        ({"jobs": []}, "319 others"),
    ],
)
def test_a_campaign_of_something_else_is_seen(
    changes: dict[str, object], said: str
) -> None:
    files = {**contents(), FIRST: campaign_file(outcomes(), **changes)}
    part = parts(files)[Subject.CAMPAIGN]
    assert part.grade is Grade.FAILED
    assert any(said in each.found for each in part.checks)


def test_a_campaign_that_was_broken_off_is_seen() -> None:
    whole = lines(outcomes())
    for cut in (whole[:-2], b"\n".join(whole.split(b"\n")[:-3]) + b"\n"):
        part = parts({**contents(), RESULTS: cut})[Subject.CAMPAIGN]
        assert part.grade is Grade.FAILED


def test_without_a_campaign_nothing_is_shown() -> None:
    found = parts({})
    assert {each.grade for each in found.values()} == {Grade.MISSING}


@pytest.mark.parametrize(
    ("name", "data"),
    [(FIRST, b"{}"), (FIRST, b"["), (RESULTS, b"{}\n"), (RESULTS, b"\xff\n")],
)
def test_what_is_no_campaign_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(ConfigurationError, match="campaigns/1: no campaign"):
        pack_runs.read({**contents(), name: data})
    missing = {k: v for k, v in contents().items() if k != RESULTS}
    with pytest.raises(ConfigurationError, match="campaigns/1"):
        pack_runs.read(missing)


def test_the_order_of_a_list_of_faults_changes_nothing() -> None:
    # The data file sorts its keys, and an audit makes the parts again from there.
    faults = {"B02": "second", "B01": "first"}
    rising = replace(EXPECTED, bench_faults=dict(sorted(faults.items())))
    falling = replace(EXPECTED, bench_faults=faults)
    assert pack_campaign.parts((), rising) == pack_campaign.parts((), falling)


@pytest.mark.parametrize(
    ("files", "grade"),
    [(PLAN_OF_FAULTS, Grade.PASSED), (PLAN, Grade.FAILED), ({}, Grade.FAILED)],
)
def test_faults_of_the_bench_are_tried_with_the_plan_that_is_here(
    files: dict[str, str], grade: Grade
) -> None:
    faults = [e for e in outcomes() if e.kind is JobKind.BENCH_FAULT]
    others = [e for e in outcomes() if e.kind is not JobKind.BENCH_FAULT]
    plan = {"id": "implanted", "files": files}
    own = {
        "campaigns/3/campaign.json": campaign_file(faults, plan=plan),
        "campaigns/3/results.jsonl": lines(faults),
    }
    assert parts({**contents(others), **own})[Subject.CAMPAIGN].grade is grade


@pytest.mark.parametrize(("before", "after"), [(b"PASS", b"FAIL"), (b"FAIL", b"PASS")])
def test_a_verdict_that_was_altered_is_refused(before: bytes, after: bytes) -> None:
    files = contents()
    altered = files[RESULTS].replace(b'"%s"' % before, b'"%s"' % after, 1)
    with pytest.raises(ConfigurationError, match="are not those of its hash"):
        pack_runs.read({**files, RESULTS: altered})
