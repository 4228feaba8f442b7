"""From a real run to a bundle that is trusted, and of which no bit can change."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.bundle import bundling
from tests.end_to_end import command
from tests.end_to_end.command import Outcome
from tests.harness.bundle import bundled
from tests.harness.bundle.bundled import ANNA, BERT, CARL

ALL = (ANNA, BERT, CARL)
FLIPS = 1000


def bundle(outcome: Outcome, folder: Path) -> Path:
    assert outcome.code in (0, 1), outcome.output
    path = bundled.bundle(outcome.folder, folder / "run.zip")
    return bundled.signed_off(path)


def flip(path: Path, place: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        (before,) = file.read(1)
        file.seek(place)
        file.write(bytes([before ^ bit]))


@pytest.mark.skipif(
    not all(map(shutil.which, ("unzip", "sha256sum"))),
    reason="this machine lacks unzip or sha256sum",
)
def test_a_real_run_becomes_a_bundle_that_is_trusted(tmp_path: Path) -> None:
    outcome = command.verify(tmp_path / "home", cases=["ITB-BOL-001/small"])
    path = bundle(outcome, tmp_path)
    assert bundled.both(path, *ALL) == "TRUSTED"
    there = tmp_path / "unpacked"
    subprocess.run(["unzip", "-q", str(path), "-d", str(there)], check=True)
    check = ["sha256sum", "--check", "--strict", "--quiet", "manifest.sha256"]
    subprocess.run(check, cwd=there, check=True)
    again = bundling.gather(there / "run")
    assert again.record.integrity.complete
    # Every input that the first record names is in it: nothing cannot be told.
    told = {e.subject: e.finding for e in bundled.audited(path, *ALL).checks}
    assert told["inputs"] == "holds"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_bit_of_the_bundle_of_a_whole_plan_can_change(tmp_path: Path) -> None:
    path = bundle(command.verify(tmp_path / "home"), tmp_path)
    chance, size = random.Random(5), path.stat().st_size
    for _ in range(FLIPS):
        place, bit = chance.randrange(size), 1 << chance.randrange(8)
        flip(path, place, bit)
        assert bundled.both(path, *ALL) == "ALTERED", (place, bit)
        flip(path, place, bit)
    assert bundled.both(path, *ALL) == "TRUSTED"
