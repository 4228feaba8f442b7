"""What the tests of several files share: runs cost seconds, so none is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from harness.plans.plan import Plan
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome, verify
from tests.end_to_end.pumps import REFERENCE_40

_PROCESSES: Final = 2


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes a minute; runs with -m slow only")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if not config.option.markexpr:
        for item in items:
            if item.get_closest_marker("slow") is not None:
                item.add_marker(pytest.mark.skip(reason="slow; runs with -m slow"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("end_to_end")


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The implanted plan for the 40 mL pump."""
    return REFERENCE_40.plan


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


@pytest.fixture(scope="session")
def whole_begun(folder: Path, pool: Executor) -> Future[Outcome]:
    """The whole plan on the simulated bench with seed 1, which may still run."""
    return pool.submit(verify, folder / "whole")


@pytest.fixture(scope="session")
def whole(whole_begun: Future[Outcome]) -> Outcome:
    """The same, ended."""
    return whole_begun.result()
