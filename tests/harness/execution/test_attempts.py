"""Attempts: a repeat never improves a verdict that was given."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.execution.attempts import Attempts
from harness.execution.case import CaseResult, Entry
from harness.judging import Judgement, Verdict

CASE = "A-1/x"
JUDGED = st.sampled_from([Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL])
ENTRIES = st.lists(st.tuples(JUDGED, st.booleans()), min_size=1, max_size=4)


def result(attempt: int, judged: list[tuple[Verdict, bool]]) -> CaseResult:
    entries = tuple(
        Entry(100 * attempt + index, Judgement("A-1", verdict, "said"), settled)
        for index, (verdict, settled) in enumerate(judged)
    )
    return CaseResult(CASE, Verdict.INCONCLUSIVE, "", entries, 0)


@given(st.lists(ENTRIES, max_size=4), st.sets(st.integers(0, 303)))
def test_what_was_judged_stays_and_what_was_settled_goes(
    attempts: list[list[tuple[Verdict, bool]]], void: set[int]
) -> None:
    known = Attempts()
    for number, judged in enumerate(attempts):
        known.supersede(result(number, judged))

    expected = [
        verdict
        for number, judged in enumerate(attempts)
        for index, (verdict, settled) in enumerate(judged)
        if not settled and 100 * number + index not in void
    ]
    found = [each.verdict for each in known.lasting(CASE, void)]
    assert found == expected
    assert known.worst(CASE, void) == max(expected, default=Verdict.NOT_RUN)
    assert known.worst(None, void, "A-1") == known.worst(CASE, void)
    assert known.worst(CASE, void, "A-2") is Verdict.NOT_RUN


@given(ENTRIES, ENTRIES)
def test_another_attempt_never_makes_it_better(
    first: list[tuple[Verdict, bool]], second: list[tuple[Verdict, bool]]
) -> None:
    known = Attempts()
    known.supersede(result(0, first))
    before = known.worst(CASE, ())
    known.supersede(result(1, second))

    assert known.worst(CASE, ()) >= before


def test_attempts_count_from_one() -> None:
    known = Attempts()
    assert known.number(CASE) == 0
    assert [known.begin(CASE), known.begin(CASE), known.begin("A-1/y")] == [1, 2, 1]
    assert known.number(CASE) == 2
