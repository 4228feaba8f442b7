from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging import RunState, Verdict
from harness.qualification import outcome
from harness.qualification.outcome import Judged, RunOutcome, hash_of
from tests.harness.qualification import made

MAYBE = st.none() | st.floats(allow_nan=False, allow_infinity=False)
JUDGED = st.builds(
    Judged,
    case=st.text(min_size=1),
    requirement=st.text(min_size=1),
    verdict=st.sampled_from(Verdict),
    bench_s=st.floats(0, 1e9),
    case_s=st.floats(0, 1e9),
    value=MAYBE,
    expanded_u=MAYBE,
    lower=MAYBE,
    upper=MAYBE,
    unit=st.text(),
)


@given(st.lists(JUDGED), st.sampled_from(RunState), st.text())
def test_a_line_gives_back_what_was_written(
    judged: list[Judged], state: RunState, trouble: str
) -> None:
    ended = replace(made.run("M01", *judged, state=state), trouble=trouble)
    line = ended.to_line()
    assert "\n" not in line
    assert RunOutcome.from_line(line) == ended


def test_the_hash_is_that_of_sorted_lines() -> None:
    lines = b"R-1/a R-1 PASS\nR-2/b R-2 FAIL"
    expected = hashlib.sha256(lines).hexdigest()
    assert hash_of([made.WRONG_FACT, made.PASSED]) == expected
    later = replace(made.PASSED, bench_s=1e6, value=2.0)
    assert hash_of([later, made.WRONG_FACT]) == expected
    assert hash_of([made.FAILED, made.WRONG_FACT]) != expected


def test_what_failed_first_stands_first() -> None:
    assert made.run("M01", made.FAILED, made.WRONG_FACT).failed == (
        made.WRONG_FACT,
        made.FAILED,
    )


@pytest.mark.parametrize(
    ("value", "lower", "upper", "share", "beyond"),
    [
        (8.0, -10.0, 10.0, 0.8, -2.0),
        (-12.0, -10.0, 10.0, 1.2, 2.0),
        (3.0, 2.0, 10.0, 0.75, -1.0),
        (5.0, None, 20.0, 0.25, -15.0),
        (48.0, 24.0, None, 0.5, -24.0),
        (None, None, None, None, None),
    ],
)
def test_a_value_is_placed_by_its_limits(
    value: float | None,
    lower: float | None,
    upper: float | None,
    share: float | None,
    beyond: float | None,
) -> None:
    judged = replace(made.PASSED, value=value, lower=lower, upper=upper)
    assert judged.share_of_limit == pytest.approx(share)
    assert judged.beyond == pytest.approx(beyond)


def test_the_last_line_of_a_job_counts_and_half_a_line_does_not(tmp_path: Path) -> None:
    first, again = made.run("M01", made.PASSED), made.run("M01", made.FAILED)
    file = tmp_path / outcome.RESULTS
    text = f"{first.to_line()}\n{again.to_line()}\n"
    file.write_text(text + first.to_line()[:40], encoding="utf-8")
    assert outcome.read(file) == (again,)


@pytest.mark.parametrize("line", ["{}", "[]", '{"job": 1', '{"kind": "defect"}'])
def test_a_line_of_something_else_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        RunOutcome.from_line(line)
