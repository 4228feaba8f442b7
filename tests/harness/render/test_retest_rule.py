"""A repeat never replaces a verdict, unless a signed deviation takes it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.chain import file_name
from harness.evidence.reader import Integrity
from harness.evidence.records import JsonValue, Kind
from harness.judging import Verdict, worst
from harness.render.run_fold import RunFold, of_journal
from harness.render.run_record import RunRecord
from harness.render.traceability import trace
from harness.signing import deviations
from harness.signing.deviations import Deviation, Invalidated, Role
from harness.signing.keys import SigningKey, new_key
from tests.harness.render.sample_run import CASES, Writer, header

CASE = "ITB-STL-001/magnet"
(CLAIM,) = CASES[CASE]
HEAD = "e" * 64
WHOLE = Integrity(1, complete=True, torn_tail=False, broken=None, head=HEAD)
JUDGED = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)
WEAKER = Deviation(
    id="DEV-2026-001",
    text="The vessel stood askew",
    root_cause="A loose foot",
    name="R. Example",
    role=Role.REVIEWER,
    t_ns=0,
)


def attempt(run: Writer, number: int, verdict: Verdict) -> int:
    """Write an attempt at the case; return the seq of its verdict."""
    run.begin_case(CASE, number)
    holds = {Verdict.PASS: True, Verdict.FAIL: False}.get(verdict)
    seq = run.judge_fact(CASE, CLAIM, holds, f"attempt {number}")
    run.end_case(CASE, verdict.name, f"attempt {number}")
    return seq


def earlier(run: Writer, verdict: Verdict, case: str = CASE) -> None:
    judged: JsonValue = {
        "case": case,
        "requirement": CLAIM,
        "verdict": verdict.name,
        "seq": 7,
        "statement": "long ago",
    }
    run.record(
        Kind.EARLIER,
        run="earlier-run",
        digest="d" * 64,
        head=HEAD,
        state="COMPLETE",
        verdicts=[judged],
    )


def begun(folder: Path) -> Writer:
    run = Writer(folder)
    run.begin(cases=[CASE])
    return run


def place(folder: Path, seq: int) -> str:
    """The hash of a record, read from its line by hand."""
    lines = (folder / file_name(1)).read_bytes().splitlines()
    return lines[seq - 1][-66:-2].decode("ascii")


def deviate(
    folder: Path, at: tuple[str, int], key: SigningKey, said: Deviation = WEAKER
) -> RunRecord:
    named = replace(said, invalidates=(Invalidated(*at),))
    deviations.add(folder, deviations.sign(named, place(folder, 1), key))
    return of_journal(folder)


@pytest.mark.parametrize("first", JUDGED)
@pytest.mark.parametrize("second", JUDGED)
def test_the_worst_attempt_counts(
    tmp_path: Path, first: Verdict, second: Verdict
) -> None:
    run = begun(tmp_path)
    attempt(run, 1, first)
    attempt(run, 2, second)
    run.end()
    record = of_journal(tmp_path)
    (case,) = record.cases

    assert record.verdict is max(first, second)
    assert case.verdict_on(CLAIM) is max(first, second)
    assert case.own_verdict is second
    assert [each.own_verdict for each in case.attempts] == [first]


@pytest.mark.parametrize("first", JUDGED)
@pytest.mark.parametrize("second", JUDGED)
def test_the_worst_of_earlier_runs_counts(
    tmp_path: Path, first: Verdict, second: Verdict
) -> None:
    run = begun(tmp_path)
    earlier(run, first)
    attempt(run, 1, second)
    run.end()
    record = of_journal(tmp_path)

    assert record.verdict is max(first, second)
    by_requirement = {r.requirement.id: r.verdict for r in trace(record).requirements}
    assert by_requirement[CLAIM] is max(first, second)
    assert [each.digest for each in record.earlier] == ["d" * 64]


def test_an_earlier_run_that_is_told_twice_counts_once(tmp_path: Path) -> None:
    run = begun(tmp_path)
    earlier(run, Verdict.FAIL)
    earlier(run, Verdict.FAIL)
    run.end()
    record = of_journal(tmp_path)

    assert len(record.earlier) == len(record.cases[0].earlier) == 1


def test_an_earlier_pass_is_no_verdict_on_a_case_that_did_not_run(
    tmp_path: Path,
) -> None:
    run = begun(tmp_path)
    earlier(run, Verdict.PASS)
    run.end()
    record = of_journal(tmp_path)

    assert record.cases[0].verdict is Verdict.NOT_RUN
    assert record.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("before", "after"),
    [(Verdict.PASS, Verdict.PASS), (Verdict.FAIL, Verdict.FAIL)],
)
def test_a_case_that_left_the_plan_counts_where_it_failed(
    tmp_path: Path, before: Verdict, after: Verdict
) -> None:
    run = begun(tmp_path)
    earlier(run, before, "ITB-STL-001/no-longer")
    attempt(run, 1, Verdict.PASS)
    run.end()

    assert of_journal(tmp_path).verdict is after


def test_what_an_attempt_failed_stays_if_the_next_one_is_cut_off(
    tmp_path: Path,
) -> None:
    run = begun(tmp_path)
    attempt(run, 1, Verdict.FAIL)
    run.begin_case(CASE, 2)
    run.cut_off()
    record = of_journal(tmp_path)

    assert record.cases[0].verdict_on(CLAIM) is Verdict.FAIL
    assert record.verdict is Verdict.FAIL


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER])
def test_a_deviation_takes_an_attempt_out_and_keeps_it_in_sight(
    tmp_path: Path, role: Role
) -> None:
    run = begun(tmp_path)
    seq = attempt(run, 1, Verdict.FAIL)
    attempt(run, 2, Verdict.PASS)
    run.end()
    at = (place(tmp_path, seq), seq)
    record = deviate(tmp_path, at, new_key(), replace(WEAKER, role=role))
    (case,) = record.cases

    assert record.verdict is Verdict.PASS
    (before,) = case.attempts
    assert [(v.recorded, v.invalidated) for v in before.verdicts] == [
        (Verdict.FAIL, "DEV-2026-001")
    ]
    (said,) = record.deviations
    assert (said.in_force, said.why_not, said.root_cause) == (True, "", "A loose foot")
    assert said.invalidates == (at,)


def test_a_deviation_takes_an_earlier_run_out(tmp_path: Path) -> None:
    run = begun(tmp_path)
    earlier(run, Verdict.FAIL)
    attempt(run, 1, Verdict.PASS)
    run.end()
    record = deviate(tmp_path, (HEAD, 7), new_key())

    assert record.verdict is Verdict.PASS
    (kept,) = record.cases[0].earlier
    assert (kept.recorded, kept.invalidated) == (Verdict.FAIL, "DEV-2026-001")


def test_a_deviation_makes_no_pass_of_the_last_attempt(tmp_path: Path) -> None:
    run = begun(tmp_path)
    seq = attempt(run, 1, Verdict.FAIL)
    run.end()

    record = deviate(tmp_path, (place(tmp_path, seq), seq), new_key())
    assert record.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("changes", "why_not"),
    [
        ({"root_cause": ""}, "no root cause"),
        ({"role": Role.PERFORMER}, "a reviewer or an approver must sign"),
    ],
)
def test_a_deviation_without_power_is_shown_and_changes_nothing(
    tmp_path: Path, changes: dict[str, str], why_not: str
) -> None:
    run = begun(tmp_path)
    seq = attempt(run, 1, Verdict.FAIL)
    attempt(run, 2, Verdict.PASS)
    run.end()
    powerless = replace(WEAKER, **changes)  # type: ignore[arg-type]
    record = deviate(tmp_path, (place(tmp_path, seq), seq), new_key(), powerless)
    (said,) = record.deviations

    assert record.verdict is Verdict.FAIL
    assert not said.in_force
    assert why_not in said.why_not


def test_a_performer_cannot_review_with_the_same_key(tmp_path: Path) -> None:
    run = begun(tmp_path)
    seq = attempt(run, 1, Verdict.FAIL)
    attempt(run, 2, Verdict.PASS)
    run.end()
    at, key = (place(tmp_path, seq), seq), new_key()
    as_performer = replace(WEAKER, id="DEV-2026-002", role=Role.PERFORMER)
    deviate(tmp_path, at, key, as_performer)
    record = deviate(tmp_path, at, key)

    assert record.verdict is Verdict.FAIL
    assert "performer's key" in record.deviations[0].why_not


@pytest.mark.parametrize("at", [("0" * 64, None), (None, 1)])
def test_a_deviation_that_names_another_record_changes_nothing(
    tmp_path: Path, at: tuple[str | None, int | None]
) -> None:
    run = begun(tmp_path)
    seq = attempt(run, 1, Verdict.FAIL)
    attempt(run, 2, Verdict.PASS)
    run.end()
    head, number = at
    named = (head or place(tmp_path, seq), number or seq)

    assert deviate(tmp_path, named, new_key()).verdict is Verdict.FAIL


def test_the_deviation_of_another_run_changes_nothing(tmp_path: Path) -> None:
    run = begun(tmp_path)
    seq = attempt(run, 1, Verdict.FAIL)
    attempt(run, 2, Verdict.PASS)
    run.end()
    named = replace(WEAKER, invalidates=(Invalidated(place(tmp_path, seq), seq),))
    deviations.add(tmp_path, deviations.sign(named, "0" * 64, new_key()))
    record = of_journal(tmp_path)

    assert record.verdict is Verdict.FAIL
    assert "another run" in record.deviations[0].why_not


@pytest.mark.parametrize("flaw", [b"", b"{}\n", b"\xff" * 10, b" " * (1 << 20) + b"x"])
def test_a_file_that_is_no_deviation_is_shown_without_a_path(
    tmp_path: Path, flaw: bytes
) -> None:
    run = begun(tmp_path)
    attempt(run, 1, Verdict.PASS)
    run.end()
    (tmp_path / "deviations").mkdir()
    (tmp_path / "deviations" / "DEV-\N{RIGHT-TO-LEFT OVERRIDE}1.dsse.json").write_bytes(
        flaw
    )
    (said,) = of_journal(tmp_path).deviations

    assert said.id == "DEV-\\u202e1.dsse.json"
    assert not said.in_force
    assert said.why_not
    assert str(tmp_path) not in said.why_not


def test_a_deviation_under_another_name_changes_nothing(tmp_path: Path) -> None:
    run = begun(tmp_path)
    seq = attempt(run, 1, Verdict.FAIL)
    attempt(run, 2, Verdict.PASS)
    run.end()
    deviate(tmp_path, (place(tmp_path, seq), seq), new_key())
    folder = tmp_path / "deviations"
    (folder / "DEV-2026-001.dsse.json").rename(folder / "DEV-2026-009.dsse.json")
    record = of_journal(tmp_path)

    assert record.verdict is Verdict.FAIL
    assert "holds DEV-2026-001" in record.deviations[0].why_not


Attempt = tuple[Verdict, bool, bool]
"""A verdict, whether it was only settled, and whether the attempt came to its end."""
ATTEMPTS = st.lists(
    st.tuples(st.sampled_from(JUDGED), st.booleans(), st.booleans()), max_size=5
)


def folded(attempts: Sequence[Attempt], before: Sequence[Verdict]) -> RunRecord:
    """Fold attempts at the one case of a run, after earlier runs."""
    fold, seqs = RunFold(), count(1)
    steps: list[tuple[Kind, dict[str, JsonValue]]] = [
        (Kind.RUN, dict(header(cases=[CASE])))
    ]
    for number, verdict in enumerate(before):
        judged: dict[str, JsonValue] = {
            "case": CASE,
            "requirement": CLAIM,
            "verdict": verdict.name,
            "seq": 3,
            "statement": "",
        }
        run: dict[str, JsonValue] = {"run": "r", "head": "h", "state": "COMPLETE"}
        run |= {"digest": str(number), "verdicts": [judged]}
        steps.append((Kind.EARLIER, run))
    for number, (verdict, settled, ends) in enumerate(attempts, start=1):
        begin: dict[str, JsonValue] = {"case": CASE, "attempt": number}
        steps.append((Kind.CASE_BEGIN, {**begin, "requirements": [CLAIM]}))
        recorded = Verdict.INCONCLUSIVE if settled else verdict
        said: dict[str, JsonValue] = {"requirement": CLAIM, "verdict": recorded.name}
        steps.append((Kind.VERDICT, {"case": CASE, **said, "settled": settled}))
        if ends:
            steps.append((Kind.CASE_END, {"case": CASE, "verdict": recorded.name}))
    steps.append((Kind.END, {"state": "COMPLETE"}))
    for kind, fields in steps:
        fold.take(kind, next(seqs), 0, fields)
    return fold.result(WHOLE)


@given(ATTEMPTS, ATTEMPTS, st.lists(st.sampled_from(JUDGED), max_size=2))
def test_another_attempt_never_improves_what_was_judged(
    attempts: list[Attempt], more: list[Attempt], before: list[Verdict]
) -> None:
    judged = [verdict for verdict, settled, _ in attempts if not settled]
    floor = worst((*judged, *before))
    run = folded([*attempts, *more], before)
    (case,) = run.cases

    assert run.verdict >= floor
    on = case.verdict_on(CLAIM)
    assert on is not None or not (attempts or more)
    if attempts or more:
        assert case.verdict >= floor
        assert on is not None
        assert on >= floor
        assert case.verdict >= on


@given(ATTEMPTS, ATTEMPTS)
def test_more_attempts_are_never_better_than_fewer_unless_one_was_broken_off(
    attempts: list[Attempt], more: list[Attempt]
) -> None:
    whole = [(verdict, False, True) for verdict, _, _ in attempts]
    if whole:
        fewer, longer = folded(whole, ()), folded([*whole, *more], ())
        assert longer.verdict >= fewer.verdict


def test_a_deviation_about_a_verdict_that_is_not_there_changes_nothing(
    tmp_path: Path,
) -> None:
    run = begun(tmp_path)
    earlier(run, Verdict.FAIL)
    seq = attempt(run, 1, Verdict.FAIL)
    run.end()
    for number, at in enumerate(
        ((place(tmp_path, seq), seq + 1), (place(tmp_path, 1), 1), (HEAD, 8)), start=1
    ):
        said = replace(WEAKER, id=f"DEV-2026-00{number}")
        record = deviate(tmp_path, at, new_key(), said)
        told = record.deviations[-1]

        assert not told.in_force
        assert f"no verdict of this run with record {at[1]}" in told.why_not
    assert record.verdict is Verdict.FAIL
