"""What evidence wants of a disk beyond writing, and words for its failures."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def sync_folder(folder: Path) -> None:
    """Bring the folder's entries to the disk; Windows needs no such call.

    Raises:
        OSError: the disk failed.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place only once all of it is written.

    A reader sees all of it, or what stood there before; of a file whose writing broke
    off nothing is left.

    Raises:
        OSError: it cannot be written.
    """
    beside = path.parent / f"{path.name}.part"
    try:
        with beside.open("wb") as file:
            yield file
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def failure(path: Path, error: OSError) -> str:
    """Say in one sentence why a file of the journal cannot be written, and the mend.

    Args:
        path: the file, where the error itself does not name one.
        error: what the system said.
    """
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            mend = "free space on this disk or choose another"
        case errno.EEXIST:
            mend = "choose a new folder, for no journal is ever overwritten"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            mend = "make the folder writable or choose another"
        case errno.ENOTDIR:
            mend = "choose a folder; a part of this path is a file"
        case _:
            mend = "check the disk and its connection"
    return (
        f"{error.filename or path}: the journal cannot be written ({error.strerror});"
        f" {mend}, then resume the run or start a new one"
    )
