"""Small files of keys and envelopes: read with a bound, created and never replaced."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from harness.errors import ConfigurationError

PUBLIC_MODE: Final = 0o644
PRIVATE_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that shall be.

    Attributes:
        path: where; what stands there already is never replaced.
        data: all of it.
        what: what it is, for messages: ``"public key"``.
        mode: its permissions, before the umask; Windows has none.
    """

    path: Path
    data: bytes
    what: str
    mode: int = PUBLIC_MODE


def read(path: Path, what: str, most_bytes: int) -> bytes:
    """Return the bytes of a small file.

    Args:
        path: the file.
        what: what it is, for messages: ``"public key"``.
        most_bytes: the most that such a file may have.

    Raises:
        ConfigurationError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the {what} cannot be read ({error.strerror}); check the path"
        ) from error
    if len(data) > most_bytes:
        raise ConfigurationError(
            f"{path}: no {what}, for it has more than {most_bytes} bytes; check the"
            " path"
        )
    return data


def create(new: NewFile) -> None:
    """Write a file to the disk itself; nothing is left of one that was broken off.

    Raises:
        ConfigurationError: it exists, or cannot be written.
    """
    path, opener = new.path, partial(os.open, mode=new.mode)
    try:
        file = open(path, "xb", opener=opener)  # noqa: SIM115 - _write closes it
        try:
            _write(file, new.data)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the {new.what} cannot be written ({error.strerror}); choose"
            " another place"
        ) from error


def create_all(new: Iterable[NewFile]) -> None:
    """Write files that belong together: all of them or none.

    Raises:
        ConfigurationError: one exists, or cannot be written.
    """
    written: list[Path] = []
    try:
        for each in new:
            create(each)
            written.append(each.path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def refuse_existing(paths: Iterable[Path]) -> None:
    """Say before anything is asked for that files stand in the way.

    Raises:
        ConfigurationError: one of them exists.
    """
    for path in paths:
        if path.exists():
            raise _exists(path)


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    Raises:
        ConfigurationError: it cannot be made.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the folder cannot be made ({error.strerror}); choose another"
            " place"
        ) from error


def _exists(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: exists, and is never overwritten; choose another name"
    )


def _write(file: BinaryIO, data: bytes) -> None:
    with file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
