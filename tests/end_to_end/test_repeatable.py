"""One seed gives one run, and a case does not depend on those before it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.records import Kind
from tests.end_to_end.command import Judged, Outcome, copy_of_plan, verify

# The pump looks at its causes of alarm once a second and counts whole nanolitres, at
# moments that do not know when a case begins: a tick, and a few nL of 6 and of 20 mL.
OF_THE_PUMP = {
    "ITB-STL-001": 1.0 / 60.0,
    "ITB-CNT-001": 5e-5,
    "ITB-CNT-002": 5e-5,
    "ITB-REF-001": 1e-5,
}
SOME = "single or magnet or half-used or 3-months or programme or ITB-FLOW-001/high"


def test_the_same_seed_gives_the_same_bytes(whole: Outcome, again: Outcome) -> None:
    assert again.folder != whole.folder
    assert again.journal == whole.journal


def test_another_seed_is_another_unit(tmp_path: Path, whole: Outcome) -> None:
    other = verify(tmp_path / "run", seed=2, only="ITB-BOL-001/single")
    bolus = ("ITB-BOL-001/single", "ITB-BOL-001")
    assert other.code == 0, other.output
    assert abs(other.measured[bolus].value - whole.measured[bolus].value) > 0.5


def test_a_case_alone_gives_what_it_gives_in_the_whole_plan(
    tmp_path: Path, whole: Outcome
) -> None:
    alone = verify(tmp_path / "run", only="ITB-BOL-001/single")
    bolus: Judged = ("ITB-BOL-001/single", "ITB-BOL-001")
    assert alone.verdicts == {bolus: whole.verdicts[bolus]}
    value = whole.measured[bolus].value
    assert alone.measured[bolus].value == pytest.approx(value, rel=1e-6)


def test_cases_in_reverse_order_give_what_they_give_in_the_whole_plan(
    tmp_path: Path, whole: Outcome
) -> None:
    plan = copy_of_plan(tmp_path / "plans")
    path = plan / "plan.toml"
    head, *cases = re.split(r"(?m)^(?=\[\[case\]\])", path.read_text("utf-8"))
    path.write_text(head + "\n".join(reversed(cases)), encoding="utf-8")

    outcome = verify(tmp_path / "run", plan=plan, only=SOME)

    assert [*outcome.ended_cases] == [
        case for case in reversed([*whole.ended_cases]) if case in outcome.ended_cases
    ]
    assert len(outcome.ended_cases) == 6
    assert outcome.verdicts == {key: whole.verdicts[key] for key in outcome.verdicts}
    for judged, measured in outcome.measured.items():
        before = whole.measured[judged]
        allowed = OF_THE_PUMP.get(judged[1], 0.0)
        assert measured.unit == before.unit
        assert measured.value == pytest.approx(before.value, 1e-6, allowed), judged


def test_the_journal_names_no_time_or_place_of_the_host(whole: Outcome) -> None:
    assert str(whole.folder.parent).encode() not in whole.journal
    assert whole.folder.name[:15].encode() not in whole.journal
    first, *_, last = whole.records
    assert first.kind is Kind.RUN
    # Half a year and more of bench time in seconds: the epoch is the bench file's.
    assert first.t_ns == 1_767_225_600_000_000_000
    assert (last.t_ns - first.t_ns) / 86_400e9 > 200.0
