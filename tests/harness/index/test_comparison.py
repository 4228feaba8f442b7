"""Two runs side by side."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from harness.index.comparison import changed_verdicts, compare, e_n, moved_values
from harness.judging import Verdict
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from tests.harness.populations import written_runs as written
from tests.harness.populations.written_runs import FLOW, LOW, MAGNET, MIDDLE
from tests.harness.render import sample_run
from tests.harness.render.sample_run import Writer, measured


def run(folder: Path, *values: float, u: float = 0.02, serial: str = "S1") -> RunRecord:
    """Flow of the first cases, percent."""
    cases = dict(zip((LOW, MIDDLE), values, strict=False))
    return of_journal(written.run(folder, cases, u=u, serial=serial, cases=[*cases]))


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ((10.0, 3.0), (15.0, 4.0), 1.0),
        ((1.0, 0.6), (3.0, 0.8), 2.0),
        ((5.0, 0.0), (5.0, 0.0), 0.0),
        ((5.0, 0.0), (5.1, 0.0), math.inf),
        ((5.0, math.inf), (9.0, 1.0), 0.0),
    ],
)
def test_e_n_by_hand(
    one: tuple[float, float], other: tuple[float, float], score: float
) -> None:
    assert e_n(*one, *other) == pytest.approx(score)
    assert e_n(*other, *one) == pytest.approx(score)


def test_e_n_of_what_is_no_number() -> None:
    assert math.isnan(e_n(math.nan, 1.0, 2.0, 1.0))


def test_a_run_is_like_itself(tmp_path: Path) -> None:
    same = of_journal(sample_run.write(tmp_path))

    found = compare(same, same)
    assert (found.changes, found.moved, found.differences) == ((), (), ())
    assert (found.only_before, found.only_after) == ((), ())
    assert found.verdicts == 7
    assert found.values == 6


def test_a_changed_verdict_has_both_values(tmp_path: Path) -> None:
    before = run(tmp_path / "before", 1.0, 2.0)
    after = run(tmp_path / "after", 14.0, 2.0)

    (change,) = changed_verdicts(before, after)
    assert (change.case, change.requirement) == (LOW, FLOW)
    assert change.before.verdict is Verdict.PASS
    assert change.after.verdict is Verdict.FAIL
    assert change.after.measurement is not None
    assert change.after.measurement.value == 14.0
    assert change.before.value.startswith("1.0")


def test_a_value_moves_only_beyond_the_combined_u(tmp_path: Path) -> None:
    before = run(tmp_path / "before", 1.0, 1.0, u=0.3)
    after = run(tmp_path / "after", 1.5, 3.0, u=0.3)

    (moved,) = moved_values(before, after)
    assert (moved.case, moved.requirement) == (MIDDLE, FLOW)
    u1, u2 = moved.before.expanded_u, moved.after.expanded_u
    assert moved.e_n == pytest.approx(2.0 / math.sqrt(u1**2 + u2**2))
    assert changed_verdicts(before, after) == ()


def test_what_only_one_run_judged_has_changed(tmp_path: Path) -> None:
    before = run(tmp_path / "before", 1.0)
    cut_off = Writer(tmp_path / "after")
    cut_off.begin(cases=[LOW, MAGNET])
    cut_off.begin_case(LOW)
    cut_off.judge(LOW, FLOW, measured(1.0, 0.02))
    cut_off.recorder.journal.close()

    found = compare(before, of_journal(tmp_path / "after"))
    (change,) = found.changes
    assert change.requirement == "ITB-CNT-001"
    assert change.after.verdict is Verdict.INCONCLUSIVE
    assert change.after.measurement is None
    assert found.only_after == (MAGNET,)


def test_what_the_runs_rest_on(tmp_path: Path) -> None:
    found = compare(
        run(tmp_path / "before", 1.0), run(tmp_path / "after", 1.0, serial="S2")
    )

    (difference,) = found.differences
    assert difference.what == "instrument pump"
    assert "serial number S1" in difference.before
    assert "serial number S2" in difference.after


def test_an_earlier_fail_still_decides(tmp_path: Path) -> None:
    before = run(tmp_path / "before", 1.0)
    again = Writer(tmp_path / "after")
    again.begin(cases=[LOW])
    for attempt, value in ((1, 14.0), (2, 1.0)):
        again.begin_case(LOW, attempt)
        again.judge(LOW, FLOW, measured(value, 0.02))
        again.judge(LOW, "ITB-CNT-001", measured(0.02, 0.004))
        again.end_case(LOW, "PASS", "judged")
    again.end()

    (change,) = changed_verdicts(before, of_journal(tmp_path / "after"))
    assert change.after.verdict is Verdict.FAIL
    assert change.after.measurement is not None
    assert change.after.measurement.value == 14.0
