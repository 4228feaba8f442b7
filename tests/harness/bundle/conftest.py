"""Bundles are made once; a test that changes one works on a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.bundle import bundled


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that ended; its files are not to be changed."""
    return bundled.run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="session")
def made(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its bundle, signed by Anna as performed, Bert as reviewed, Carl as approved."""
    output = tmp_path_factory.mktemp("bundles") / "run.zip"
    return bundled.signed_off(bundled.bundle(run, output))


@pytest.fixture(scope="session")
def files(made: Path) -> dict[str, bytes]:
    """What is in it."""
    return bundled.unpacked(made)
