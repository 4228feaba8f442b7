from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judging import RunState, Verdict
from harness.qualification.matrix import Fate, Matrix, Sought, matrix
from harness.qualification.outcome import RunOutcome
from tests.harness.qualification import made

SOUGHT = Sought("M01", "stands still", "engineering", "R-1")


def of(*runs: RunOutcome) -> Matrix:
    return matrix([SOUGHT], runs)


@pytest.mark.parametrize(
    ("run", "fate"),
    [
        (made.run("M01", made.FAILED), Fate.KILLED),
        (made.run("M01", made.FAILED, state=RunState.ABORTED), Fate.KILLED),
        (made.run("M01", made.PASSED, made.WRONG_FACT), Fate.ELSEWHERE),
        (made.run("M01", made.UNDECIDED), Fate.MISSED),
        (made.run("M01", made.PASSED), Fate.MISSED),
        (made.run("M01", state=RunState.BENCH_FAULT), Fate.NO_RUN),
        (made.run("M02", made.FAILED), Fate.NO_RUN),
    ],
)
def test_only_a_fail_by_the_named_requirement_kills(
    run: RunOutcome, fate: Fate
) -> None:
    found = of(run)
    assert found.rows[0].fate is fate
    assert found.is_complete == (fate is Fate.KILLED)
    assert found.count(fate) == 1


def test_the_margin_is_what_lies_beyond_the_limit_in_u() -> None:
    row = of(made.run("M01", made.FAILED)).rows[0]
    assert row.margin_in_u == pytest.approx((12.0 - 10.0) / 0.5)


def test_the_clearest_killer_tells_the_margin() -> None:
    worse = replace(made.FAILED, case="R-1/b", value=-15.0)
    exact = replace(made.FAILED, case="R-1/c", value=99.0, expanded_u=0.0)
    for judged in ((made.FAILED, worse, exact), (exact, worse, made.FAILED)):
        row = of(made.run("M01", *judged)).rows[0]
        assert row.margin_in_u == pytest.approx((15.0 - 10.0) / 0.5)


def test_one_defect_alive_leaves_the_matrix_incomplete() -> None:
    other = Sought("M02", "y", "engineering", "R-1")
    killed = made.run("M01", made.FAILED)
    for missed in ([], [made.run("M02", made.PASSED)]):
        found = matrix([SOUGHT, other], [killed, *missed])
        assert not found.is_complete
        assert found.count(Fate.KILLED) == 1
    both = matrix([SOUGHT, other], [killed, made.run("M02", made.FAILED)])
    assert both.is_complete


def test_a_defect_without_a_run_has_a_cell_in_every_test() -> None:
    other = Sought("M02", "y", "engineering", "R-1")
    found = matrix([SOUGHT, other], [made.run("M01", made.FAILED)])
    assert found.tests == (("R-1/a", "R-1"),)
    assert found.cells() == {("R-1/a", "R-1"): [Verdict.FAIL, Verdict.NOT_RUN]}


def test_the_words_for_what_became_of_a_defect() -> None:
    assert [str(each) for each in Fate] == [
        "killed",
        "killed elsewhere",
        "missed",
        "no whole run",
    ]


def test_a_fact_has_no_margin() -> None:
    sought = Sought("M01", "x", "engineering", "R-2")
    found = matrix([sought], [made.run("M01", made.WRONG_FACT)])
    assert found.rows[0].fate is Fate.KILLED
    assert found.rows[0].margin_in_u is None


def test_a_cell_is_the_verdict_of_a_test_on_a_defect() -> None:
    other = Sought("M02", "y", "engineering", "R-2")
    runs = [made.run("M01", made.FAILED), made.run("M02", made.PASSED, made.WRONG_FACT)]
    assert matrix([SOUGHT, other], runs).cells() == {
        ("R-1/a", "R-1"): [Verdict.FAIL, Verdict.PASS],
        ("R-2/b", "R-2"): [Verdict.NOT_RUN, Verdict.FAIL],
    }
