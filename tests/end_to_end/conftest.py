"""What the tests of several files share: runs cost seconds, so none is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from harness.plans.plan import Plan
from tests.end_to_end import campaign
from tests.end_to_end.pumps import IMPLANTED

_PROCESSES: Final = 2
# Most of it is waiting for other runs on the same processor.
_LONGEST_S: Final = 300.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_LONGEST_S))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("end_to_end")


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The implanted plan for the 40 mL pump."""
    return IMPLANTED


@pytest.fixture(scope="session")
def pool() -> Iterator[Executor]:
    """Waits for runs, each a process of its own; not all of them at one time."""
    with ThreadPoolExecutor(_PROCESSES) as executor:
        yield executor
        executor.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def processes() -> Iterator[Executor]:
    """Makes the short runs of a campaign."""
    with campaign.processes() as executor:
        yield executor
