"""A few faults of a line on one bolus; `make faults` tries all of them, on more."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.end_to_end.faulty import (
    ALLOWED,
    BOLUS,
    SOUND,
    UNITS,
    Became,
    Fault,
    Result,
    Run,
    make,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no alarms there")

FAULTY: Final = next(unit for unit in UNITS if unit != SOUND)
OVERCOME: Final[tuple[tuple[str, Fault], ...]] = (
    ("pump", (("kind", "doubled"), ("rate", 1e-3))),
    ("pump", (("kind", "split"), ("rate", 0.3))),
    ("balance", (("kind", "merged"), ("rate", 1.0))),
    ("balance", (("kind", "delayed"), ("rate", 1e-2))),
)
HARD: Final[tuple[tuple[str, Fault], ...]] = (
    ("pump", (("kind", "noise"), ("rate", 1e-2))),
    ("pump", (("kind", "stuck"), ("byte", 0x55), ("from", "1 hour"))),
    ("balance", (("kind", "noise"), ("rate", 3e-3))),
    ("balance", (("kind", "wrong-baud"), ("baud", 4_800), ("from", "1 hour"))),
)
TWICE: Final = Run("pump", (("kind", "noise"), ("rate", 2e-3)), SOUND, 2, (BOLUS,))

RUNS: Final = (
    *(Run(line, fault, SOUND, cases=(BOLUS,)) for line, fault in OVERCOME),
    *(Run(line, fault, FAULTY, cases=(BOLUS,)) for line, fault in HARD),
    *(Run("", (), unit, cases=(BOLUS,)) for unit in UNITS),
)


@pytest.fixture(scope="module")
def results(folder: Path, processes: Executor) -> Mapping[Run, Future[Result]]:
    return {
        run: processes.submit(make, run, folder / f"faulty-{number}")
        for number, run in enumerate(RUNS)
    }


def became(results: Mapping[Run, Future[Result]], run: Run) -> Became:
    sound = results[replace(run, line="", fault=())].result()
    return results[run].result().became(sound)


@pytest.mark.parametrize(("line", "fault"), OVERCOME)
def test_what_can_be_recovered_from_changes_no_verdict(
    results: Mapping[Run, Future[Result]], line: str, fault: Fault
) -> None:
    run = Run(line, fault, SOUND, cases=(BOLUS,))
    assert became(results, run) is Became.SAME, results[run].result().output
    assert "made faulty on purpose" in results[run].result().output


@pytest.mark.parametrize(("line", "fault"), HARD)
def test_a_pump_that_must_fail_never_passes(
    results: Mapping[Run, Future[Result]], line: str, fault: Fault
) -> None:
    run = Run(line, fault, FAULTY, cases=(BOLUS,))
    assert became(results, run) in ALLOWED, results[run].result().output


def test_a_run_on_a_faulty_line_repeats_exactly(
    folder: Path, processes: Executor
) -> None:
    first, second = (
        processes.submit(make, TWICE, folder / f"twice-{number}") for number in (1, 2)
    )
    assert first.result().digest == second.result().digest
