"""Copies of what a run rests on are the bytes that were hashed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from harness.errors import ConfigurationError, RecordFault
from harness.execution import inputs
from harness.execution.inputs import InputFile, Place

BYTES = b"a = 1\r\n\xff"


def file(folder: Path, data: bytes = BYTES, name: str = "plan.toml") -> InputFile:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return InputFile(Place.PLAN, path, sha256(data).hexdigest())


def test_a_copy_is_byte_for_byte(tmp_path: Path) -> None:
    inputs.keep(tmp_path / "run", [file(tmp_path / "a")])

    assert (tmp_path / "run/inputs/plan/plan.toml").read_bytes() == BYTES


def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    changed = file(tmp_path / "a")
    changed.path.write_bytes(BYTES + b" ")

    with pytest.raises(ConfigurationError, match=r"plan\.toml: was changed while"):
        inputs.keep(tmp_path / "run", [changed])


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    gone = file(tmp_path / "a")
    gone.path.unlink()

    with pytest.raises(ConfigurationError, match="cannot be read any more"):
        inputs.keep(tmp_path / "run", [gone])


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    both = [file(tmp_path / "a"), file(tmp_path / "b", b"other")]

    with pytest.raises(ConfigurationError, match="has the same name"):
        inputs.keep(tmp_path / "run", both)


def test_a_folder_that_cannot_be_written_is_a_fault_of_the_bench(
    tmp_path: Path,
) -> None:
    (tmp_path / "run").write_text("a file in the way")

    with pytest.raises(RecordFault, match="cannot be written"):
        inputs.keep(tmp_path / "run", [file(tmp_path / "a")])


def test_copies_of_a_run_that_never_began_are_removed(tmp_path: Path) -> None:
    inputs.discard(tmp_path)
    inputs.keep(tmp_path, [file(tmp_path / "a")])
    inputs.discard(tmp_path)

    assert not (tmp_path / "inputs").exists()
