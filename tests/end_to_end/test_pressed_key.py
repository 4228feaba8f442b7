"""A tare key pressed between two marks is the bench's fault, never the pump's.

Each procedure that weighs a delivery in phases is run once on a healthy pump, to know
when its line is open, and once more with a hand at the balance in the midst of that.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from concurrent.futures import Executor
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from harness.evidence.records import Kind
from harness.judging import Verdict
from tests.end_to_end import campaign, pressed_key
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import IMPLANTED, REFERENCE_40

# One case of each procedure that weighs in phases and of each kind of course.
EVERY_DAY: Final = (
    "ITB-BOL-004/six",
    "ITB-BOL-010/half-given",
    "ITB-SCH-001/thirteen-steps",
)
OTHERS: Final = (
    "ITB-FLOW-005/more-than-doubled",
    "ITB-FLOW-006/pressed-and-drawn",
    "ITB-FLOW-011/day",
    "ITB-FLOW-011/after-stall",
    "ITB-FLOW-012/uptime-wrap",
    "ITB-FLOW-013/running",
    "ITB-FLOW-014/clamped",
    "ITB-CNT-002/held",
    "ITB-BOL-002/hours",
    "ITB-BOL-003/running",
    "ITB-BOL-006/granted",
    "ITB-BOL-007/refused",
    "ITB-BOL-008/storm",
    "ITB-BOL-009/single",
    "ITB-BOL-009/stalled",
    "ITB-BOL-014/smallest",
    "ITB-SCH-003/30-days",
    "ITB-SCH-005/a-week",
    "ITB-SCH-006/on-and-back",
    "ITB-SCH-006/another-day",
    "ITB-PRM-001/short-catheter",
    "ITB-BRG-001/lower-rate",
    "ITB-DLY-001/running-before",
    "ITB-LNK-003/12-hours",
    "ITB-LNK-004/256-bytes",
    "ITB-PWR-001/continuous",
    "ITB-PWR-003/bolus",
    "ITB-PWR-005/low-battery",
)
MIDST: Final = 0.5


def open_spans(outcome: Outcome, case: str) -> list[tuple[int, int]]:
    """From when to when the line was open, ns since the case began."""
    records = outcome.within(case)
    clamp = [
        (record.t_ns - records[0].t_ns, record.fields["action"])
        for record in records
        if record.kind is Kind.STIMULUS and record.fields["name"] == "clamp"
    ]
    return [
        (begin, end)
        for (begin, action), (end, _) in pairwise(clamp)
        if action == "opened"
    ]


def moment(outcome: Outcome, case: str, share: float = MIDST) -> int:
    """After so large a share of a case's longest open line, ns since it began."""
    begin, end = max(open_spans(outcome, case), key=lambda span: span[1] - span[0])
    return round(begin + share * (end - begin))


def disturbed(
    home: Path, case: str, after_ns: int, added_ng: int | None = None
) -> Outcome:
    """Run a case in this process with a hand at the balance."""
    os.environ["PYTEST_PLUGINS"] = pressed_key.NAME
    os.environ[pressed_key.ENVIRONMENT] = json.dumps([after_ns, added_ng])
    return campaign.verify(home, REFERENCE_40, [case])


@pytest.fixture(scope="module")
def undisturbed(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[str, int]:
    """When somebody comes to the balance, by case."""
    chosen = [
        str(item.callspec.params["case"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if item.module is request.module
        if item.get_closest_marker("skip") is None
    ]
    home = folder / "undisturbed"
    healthy = processes.submit(campaign.verify, home, REFERENCE_40, chosen).result()
    assert set(healthy.verdicts.values()) == {Verdict.PASS}, healthy.output
    return {case: moment(healthy, case) for case in chosen}


@pytest.mark.parametrize(
    "case",
    [*EVERY_DAY, *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS)],
)
def test_a_key_pressed_between_marks_blames_no_pump(
    case: str, undisturbed: Mapping[str, int], folder: Path, processes: Executor
) -> None:
    home = folder / f"pressed in {case.replace('/', ' ')}"
    outcome = processes.submit(disturbed, home, case, undisturbed[case]).result()

    assert outcome.of(Kind.END)[0].fields["state"] == "BENCH_FAULT", outcome.output
    assert set(outcome.verdicts.values()) == {Verdict.INCONCLUSIVE}, outcome.output
    assert "zero or tare key was pressed" in outcome.output


def test_every_case_is_of_the_plan() -> None:
    known = {case.id for case in IMPLANTED.cases}
    assert {*EVERY_DAY, *OTHERS} <= known
