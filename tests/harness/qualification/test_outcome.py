from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging import RunState, Verdict
from harness.qualification import outcome
from harness.qualification.outcome import JobKind, Judged, RunOutcome, hash_of
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
        (-8.0, None, 5.0, 0.0, -13.0),
        (4.0, None, 5.0, 0.8, -1.0),
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


GOLDEN = (
    '{"job": "H-1", "kind": "healthy", "seeded": [], "profile": "p", "seed": 1,'
    ' "fidelity": "in-process", "state": "COMPLETE", "judged": [{"case": "R-2/b",'
    ' "requirement": "R-2", "verdict": "FAIL", "bench_s": 30.0, "case_s": 30.0,'
    ' "value": null, "expanded_u": null, "lower": null, "upper": null, "unit": ""}],'
    ' "verdict_hash": "545a8029cc1b61b8e6a939ca366b3503'
    '34d6f83bb703b8936c9bab6d8c39b457", "wall_s": 2.5, "trouble": "0.1 µL"}'
)


def test_a_line_is_what_other_programs_read() -> None:
    healthy = made.run("H-1", made.WRONG_FACT, kind=JobKind.HEALTHY)
    told = replace(healthy, trouble="0.1 µL")
    assert told.to_line() == GOLDEN
    assert RunOutcome.from_line(GOLDEN) == told
    assert healthy.trouble == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"FAIL"', '"PASS"', "the verdicts of H-1 are not those of its hash"),
        ('"R-2"', '"R-1"', "the verdicts of H-1 are not those of its hash"),
        ('"value": null', '"value": "1"', "value is '1', and no number"),
    ],
)
def test_a_line_that_was_altered_is_refused(old: str, new: str, said: str) -> None:
    assert old in GOLDEN
    with pytest.raises(ValueError, match=said):
        RunOutcome.from_line(GOLDEN.replace(old, new))


def test_the_words_for_what_a_run_is_to_show() -> None:
    assert [str(each) for each in JobKind] == ["defect", "healthy", "bench fault"]
    assert outcome.RESULTS == "results.jsonl"


def test_a_refused_line_says_of_which_file_it_is_none() -> None:
    with pytest.raises(
        ValueError, match=r"^this is no line of results\.jsonl: 'kind'$"
    ):
        RunOutcome.from_line("{}")


def test_every_job_of_a_file_is_read_in_utf_8(tmp_path: Path) -> None:
    runs = [replace(made.run(job), trouble="µ") for job in ("M01", "M02", "M03")]
    file = tmp_path / outcome.RESULTS
    file.write_bytes("".join(f"{each.to_line()}\n\n" for each in runs).encode())
    assert outcome.read(file) == tuple(runs)
    file.write_bytes(b"")
    assert outcome.read(file) == ()


@pytest.mark.parametrize(
    ("value", "lower", "upper", "share", "beyond"),
    [
        # Exactly at a limit.
        (10.0, -10.0, 10.0, 1.0, 0.0),
        (24.0, 24.0, None, 1.0, 0.0),
        (20.0, None, 20.0, 1.0, 0.0),
        # Halfway from 0 to a lower limit below 0.
        (-2.5, -5.0, None, 0.5, -2.5),
        # No way to go.
        (3.0, 3.0, 3.0, None, 0.0),
        (0.5, None, 0.0, None, 0.5),
        (1.0, 0.0, None, None, -1.0),
        (1.0, None, None, None, None),
        # Nothing was delivered where something must be.
        (0.0, 24.0, None, None, 24.0),
        (0.5, 0.25, None, 0.5, -0.25),
    ],
)
def test_a_value_at_the_end_of_its_way(
    value: float,
    lower: float | None,
    upper: float | None,
    share: float | None,
    beyond: float | None,
) -> None:
    judged = Judged("c", "R", Verdict.PASS, 0.0, 0.0, value, 0.1, lower, upper, "%")
    assert judged.share_of_limit == share
    assert judged.beyond == beyond
