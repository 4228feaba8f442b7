"""A user's own file of defects is checked before it is run or tried."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from drivers.sim.defects import own_file
from harness.errors import ConfigurationError

GOOD = """
from dataclasses import replace
from drivers.sim.defects import SeededDefect

class Stiff(SeededDefect):
    id = "ACME-17"
    title = "stiff tube"
    source = "complaint"
    telemetry = "nominal"
    bench = "too little flow"
    requirement = "ITB-FLOW-001"

    def pump(self, good):
        return replace(good, flow_error=-0.3)
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "own.py"
    path.write_text(text)
    return path


def test_the_defects_of_a_file_are_found(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (found,) = own_file.load(path, digest)
    assert found.id == "ACME-17"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"ACME-17"', '"M01"', "the id 'M01' of Stiff is taken; choose another"),
        ('"ACME-17"', '"an id"', "the id 'an id' must be letters"),
        ('"stiff tube"', '" "', "says no title; add title"),
        ('"nominal"', 'f"{0:500}"', "telemetry must be at most 400 printable"),
        ("def pump", "def bump", "changes nothing; override one of simulation, pump"),
        ("class Stiff", "class _Stiff", "no defect is defined here; write a class"),
        ("replace\n", "nothing\n", "the file of defects ends in ImportError"),
        ("\nclass", "raise SystemExit(0)\nclass", "of defects ends in SystemExit: 0"),
        ('id = "', 'profiles = ()\n    id = "', "profiles must be names, as in"),
        ('id = "', 'profiles = None\n    id = "', "profiles must be names, as in"),
        ('id = "', 'profiles = "valve-20"\n    id = "', "profiles must be names, as"),
    ],
)
def test_a_defect_that_is_not_complete_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError, match=message):
        own_file.load(written(tmp_path, GOOD.replace(old, new, 1)))


def test_a_file_that_has_changed_is_not_run(tmp_path: Path) -> None:
    path = written(tmp_path, "raise SystemExit")
    with pytest.raises(ConfigurationError, match="has changed since: begin anew"):
        own_file.load(path, "0" * 64)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"own\.py: the file of defects cannot"
    ):
        own_file.load(tmp_path / "own.py")
