"""Whole runs that several tests look at: each costs seconds, so each is made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.end_to_end.command import Outcome, verify


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes minutes; runs with -m slow only")


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
def twice(folder: Path) -> list[Outcome]:
    """The whole plan on the simulated bench with seed 1, in two runs at one time."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(verify, (folder / "whole", folder / "again")))


@pytest.fixture(scope="session")
def whole(twice: list[Outcome]) -> Outcome:
    return twice[0]


@pytest.fixture(scope="session")
def again(twice: list[Outcome]) -> Outcome:
    return twice[1]
