"""The calibration gate, against dates worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from harness.clock import NS_PER_S
from harness.execution.calibration import Calibration, planned_end_ns
from tests.harness.execution.test_run import CASES

BALANCE = Calibration("balance", date(2026, 3, 31), "K-1")


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * NS_PER_S


@pytest.mark.parametrize(
    ("begin", "end", "reason"),
    [
        ("2026-03-01T00:00Z", "2026-03-31T23:59Z", ""),
        (
            "2026-03-01T00:00Z",
            "2026-04-01T00:00Z",
            "balance: the calibration ends on 2026-03-31, and the run, which begins on"
            " 2026-03-01, may last until 2026-04-01 by the durations in its plan",
        ),
        (
            "2026-04-01T00:00Z",
            "2026-04-02T00:00Z",
            "balance: the calibration ended on 2026-03-31, and the run begins on"
            " 2026-04-01",
        ),
    ],
)
def test_a_calibration_must_outlast_the_run(begin: str, end: str, reason: str) -> None:
    assert BALANCE.why_not(at(begin), at(end)) == reason


def test_the_planned_end_is_the_sum_of_the_durations() -> None:
    assert planned_end_ns(5, CASES) == 5 + 3 * 3600 * NS_PER_S
