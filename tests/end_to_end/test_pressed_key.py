"""A tare key pressed between two marks is the bench's fault, never the pump's.

Each procedure that weighs a delivery in phases is run once on a healthy pump, to know
when its line is open, and once more with a hand at the balance in the midst of that.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import Executor
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from fixtures.weighing import RELAXATION
from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.units import nanoseconds
from tests.end_to_end import campaign, pressed_key
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import IMPLANTED, REFERENCE_40

# After which share of its open line somebody comes: while that is weighed from one mark
# to the next, and when something is on the display that can be lost.
EVERY_DAY: Final = {
    "ITB-SCH-001/thirteen-steps": 0.5,
}
OTHERS: Final = {
    "ITB-BOL-004/six": 0.5,
    "ITB-BOL-010/half-given": 0.5,
    "ITB-FLOW-005/more-than-doubled": 0.5,
    "ITB-FLOW-006/pressed-and-drawn": 0.4,  # at half of it no flow is weighed
    "ITB-FLOW-009/fast": 0.5,
    "ITB-FLOW-011/day": 0.5,
    "ITB-FLOW-011/after-stall": 0.5,
    "ITB-FLOW-012/uptime-wrap": 0.9,
    "ITB-FLOW-014/clamped": 0.1,
    "ITB-CNT-002/held": 0.4,
    "ITB-BOL-002/hours": 0.5,
    "ITB-BOL-003/running": 0.5,
    "ITB-BOL-006/granted": 0.5,
    "ITB-BOL-007/refused": 0.5,
    "ITB-BOL-008/storm": 0.5,
    "ITB-BOL-009/single": 0.96,
    "ITB-BOL-009/stalled": 0.9,
    "ITB-BOL-014/smallest": 0.5,
    "ITB-SCH-003/30-days": 0.5,
    "ITB-SCH-005/a-week": 0.4,
    "ITB-SCH-006/on-and-back": 0.4,
    "ITB-SCH-006/another-day": 0.9,
    "ITB-PRM-001/short-catheter": 0.5,
    "ITB-BRG-001/lower-rate": 0.5,
    "ITB-DLY-001/running-before": 0.5,
    "ITB-LNK-003/12-hours": 0.5,
    "ITB-LNK-004/256-bytes": 0.3,
    "ITB-PWR-001/continuous": 0.5,
    "ITB-PWR-003/bolus": 0.5,
    "ITB-PWR-005/low-battery": 0.5,
}


def moment(outcome: Outcome, case: str, share: float) -> int:
    """The bench time after so large a share of that in which a delivery was weighed."""
    clamp = [
        (record.t_ns, record.fields["action"])
        for record in outcome.within(case)
        if record.kind is Kind.STIMULUS and record.fields["name"] == "clamp"
    ]
    # The start state opens it too, and at last the blank closes it.
    begin_ns, end_ns = [
        (opened_ns, closed_ns)
        for (opened_ns, action), (closed_ns, _) in pairwise(clamp)
        if action == "opened"
    ][-1]
    weighed_ns = end_ns - nanoseconds(RELAXATION) - begin_ns
    return round(begin_ns + share * weighed_ns)


def disturbed(
    home: Path, case: str, due_ns: int, added_ng: int | None = None
) -> Outcome:
    """Run a case in this process with a hand at the balance."""
    os.environ["PYTEST_PLUGINS"] = pressed_key.NAME
    os.environ[pressed_key.ENVIRONMENT] = json.dumps([due_ns, added_ng])
    return campaign.verify(home, REFERENCE_40, [case])


@pytest.mark.parametrize(
    ("case", "share"),
    [
        *EVERY_DAY.items(),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in OTHERS.items()),
    ],
)
def test_a_key_pressed_between_marks_blames_no_pump(
    case: str, share: float, folder: Path, processes: Executor
) -> None:
    home = folder / f"pressed in {case.replace('/', ' ')}"
    healthy = processes.submit(
        campaign.verify, home / "before", REFERENCE_40, [case]
    ).result()
    assert set(healthy.verdicts.values()) == {Verdict.PASS}, healthy.output
    due_ns = moment(healthy, case, share)
    outcome = processes.submit(disturbed, home / "then", case, due_ns).result()

    assert outcome.of(Kind.END)[0].fields["state"] == "BENCH_FAULT", outcome.output
    assert set(outcome.verdicts.values()) == {Verdict.INCONCLUSIVE}, outcome.output
    assert "zero or tare key was pressed" in outcome.output


def test_every_case_is_of_the_plan() -> None:
    known = {case.id for case in IMPLANTED.cases}
    assert (EVERY_DAY | OTHERS).keys() <= known
