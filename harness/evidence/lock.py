"""One writer for a journal: a lock that the system takes back when its holder dies.

It lies on the first journal file, so no file of its own stays behind after a kill.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from harness.errors import RecordFault

if sys.platform == "win32":
    import msvcrt

    # Windows keeps others from reading what is locked, so it is no byte of the journal.
    _FAR_BEYOND_THE_END = 1 << 62

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    _FAR_BEYOND_THE_END = 0

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """Held from construction to :meth:`release`, or to the end of the process.

    Args:
        path: the file to lock; it exists.

    Raises:
        RecordFault: another process, or another journal in this one, holds it.
        OSError: the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b", buffering=0)
        try:
            self._file.seek(_FAR_BEYOND_THE_END)
            _take(self._file.fileno())
        except OSError as error:
            self._file.close()
            raise RecordFault(f"{path}: {_reason(error)}, then start again") from error

    def release(self) -> None:
        """Let others write; again is harmless.

        Raises:
            OSError: the disk failed.
        """
        self._file.close()


def _reason(error: OSError) -> str:
    if error.errno in (errno.EAGAIN, errno.EACCES):
        return "another process writes this journal; wait until it has ended"
    return f"the disk has no locks ({error.strerror}); move the run to a local disk"
