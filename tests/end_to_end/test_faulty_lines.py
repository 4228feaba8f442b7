"""A few faults of a line on one bolus; `make faults` tries all of them, on more."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Final

import pytest

from tests.end_to_end.faulty import (
    ALLOWED,
    Became,
    Fault,
    Result,
    Run,
    make,
)
from tests.end_to_end.faulty_benches import BOLUS, IMPLANT, OCCLUSION

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no alarms there")

OVERCOME: Final[tuple[tuple[str, Fault], ...]] = (
    ("pump", (("kind", "doubled"), ("rate", 1e-3))),
    ("balance", (("kind", "merged"), ("rate", 1.0))),
    ("pump", (("kind", "split"), ("rate", 0.3))),
    ("balance", (("kind", "delayed"), ("rate", 1e-2))),
)
HARD: Final[tuple[tuple[str, Fault], ...]] = (
    ("pump", (("kind", "noise"), ("rate", 1e-2))),
    ("balance", (("kind", "noise"), ("rate", 3e-3))),
    ("pump", (("kind", "stuck"), ("byte", 0x55), ("from", "1 hour"))),
    ("balance", (("kind", "wrong-baud"), ("baud", 4_800), ("from", "1 hour"))),
)
CASES: Final = (BOLUS,)
NOISE: Final[Fault] = (("kind", "noise"), ("rate", 2e-3))
TWICE: Final = Run(IMPLANT, "pump", NOISE, seed=2, cases=CASES)
LITTLE: Final[Fault] = (("kind", "noise"), ("rate", 3e-4))
OPEN: Final = Run("harvard-phd", "pump", LITTLE, must_fail=True, cases=(OCCLUSION,))
"""A line without check values, where one bit makes a stall alarm out of nothing."""

EVERYDAY: Final = 1


def as_tests(runs: Sequence[Run]) -> list[Any]:
    """Every run as a test; some every day, the others with ``-m slow``."""
    return [
        pytest.param(run, marks=pytest.mark.slow if number >= EVERYDAY else ())
        for number, run in enumerate(runs)
    ]


SOUND: Final = as_tests([Run(IMPLANT, *each, cases=CASES) for each in OVERCOME])
WRONG: Final = as_tests(
    [*(Run(IMPLANT, *each, must_fail=True, cases=CASES) for each in HARD), OPEN]
)


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[Run, Future[Result]]:
    runs = [
        run
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if isinstance(run := item.callspec.params.get("run"), Run)
        if item.get_closest_marker("skip") is None
    ]
    sound = dict.fromkeys(run.on_sound_line for run in runs)
    return {
        run: processes.submit(make, run, folder / f"faulty-{number}")
        for number, run in enumerate((*sound, *runs))
    }


def became(results: Mapping[Run, Future[Result]], run: Run) -> Became:
    return results[run].result().became(results[run.on_sound_line].result())


@pytest.mark.parametrize("run", SOUND)
def test_what_can_be_recovered_from_changes_no_verdict(
    results: Mapping[Run, Future[Result]], run: Run
) -> None:
    assert became(results, run) is Became.SAME, results[run].result().output
    assert "made faulty on purpose" in results[run].result().output


@pytest.mark.parametrize("run", WRONG)
def test_a_pump_that_must_fail_never_passes(
    results: Mapping[Run, Future[Result]], run: Run
) -> None:
    assert became(results, run) in ALLOWED, results[run].result().output


def test_a_run_on_a_faulty_line_repeats_exactly(
    folder: Path, processes: Executor
) -> None:
    first, second = (
        processes.submit(make, TWICE, folder / f"twice-{number}") for number in (1, 2)
    )
    assert first.result().digest == second.result().digest
