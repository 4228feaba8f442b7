"""Files that belong together are written whole, once, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.signing import files
from harness.signing.files import NewFile


def test_an_interrupt_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        assert os.fstat(descriptor).st_size == 4
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)

    with pytest.raises(KeyboardInterrupt):
        files.create(NewFile(tmp_path / "a", b"data", "key"))

    assert list(tmp_path.iterdir()) == []


def test_the_first_goes_again_if_the_second_cannot_be_made(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    second.write_bytes(b"mine")

    with pytest.raises(ConfigurationError, match="b: exists"):
        files.create_all([NewFile(first, b"1", "key"), NewFile(second, b"2", "key")])

    assert list(tmp_path.iterdir()) == [second]
    assert second.read_bytes() == b"mine"


def test_an_interrupt_between_two_files_leaves_neither(tmp_path: Path) -> None:
    def interrupted() -> Iterator[NewFile]:
        yield NewFile(tmp_path / "a", b"1", "key")
        assert (tmp_path / "a").exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.create_all(interrupted())

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the key cannot be written"):
        files.create(NewFile(tmp_path / "no" / "a", b"1", "key"))
    with pytest.raises(ConfigurationError, match="the folder cannot be made"):
        files.make_folder(tmp_path / "no" / "deviations")
