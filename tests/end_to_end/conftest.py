"""Whole runs that several tests look at: each costs seconds, so each is made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.end_to_end.command import Outcome, verify


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
