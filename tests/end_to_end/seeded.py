"""Seeded faults as tests: which run every day, and what a run has found."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import pytest

from harness.judging import Verdict
from harness.plans.coverage import SeededFault
from tests.end_to_end.command import Outcome

_ONE_IN: Final = 24


def name_of(fault: SeededFault) -> str:
    return f"{fault.requirement} by {fault.fault}"


def every_day(fault: SeededFault) -> bool:
    """Whether an entry is of those every day; its name alone decides."""
    return zlib.crc32(name_of(fault).encode()) % _ONE_IN == 0


def as_tests(faults: Sequence[SeededFault]) -> list[Any]:
    """Every fault as a parameter; some of them are proved every day."""
    return [
        pytest.param(
            fault,
            id=name_of(fault),
            marks=[] if every_day(fault) else pytest.mark.slow,
        )
        for fault in faults
    ]


def chosen(session: pytest.Session) -> list[SeededFault]:
    """The faults of the tests that are to run."""
    return [
        fault
        for item in session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        if isinstance(fault := item.callspec.params.get("fault"), SeededFault)
        if item.get_closest_marker("skip") is None
    ]


def failed_in(outcome: Outcome) -> set[str]:
    """The requirements whose verdict is FAIL."""
    return {
        requirement
        for (_, requirement), verdict in outcome.verdicts.items()
        if verdict is Verdict.FAIL
    }


def defects_in(faults: Sequence[SeededFault]) -> set[str]:
    """The names of all defects that some faults seed by the parameters of a pump."""
    return {
        name
        for fault in faults
        for table, parameters in fault.simulation.items()
        if table != "seeded"
        if isinstance(names := parameters.get("defects"), tuple)
        for name in names
    }
