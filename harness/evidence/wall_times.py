"""When records reached the disk, by the host's clock: a file beside the chain.

The journal holds bench time alone, so that one seed gives one sequence of bytes. This
file says when that was on the wall: at most one line a second, each true of all records
up to its seq. It proves nothing, for nothing protects it.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from harness.clock import NS_PER_S, wall_monotonic_ns, wall_ns

FILE_NAME: Final = "wall-times.jsonl"
_LONGEST_LINE: Final = 200


@dataclass(frozen=True, slots=True)
class WallTime:
    """One line of the file.

    Attributes:
        seq: number of the last record that was on the disk.
        utc: by then, ISO 8601 with milliseconds.
    """

    seq: int
    utc: str


class WallTimes:
    """Writes the file, which comes into being with its first line.

    A line that was cut off by a kill is removed before another is written.

    Args:
        folder: the run's own folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._due_ns = 0

    def note(self, seq: int) -> None:
        """Say that all records up to ``seq`` are on the disk now.

        Nothing is written within a second of the last line.

        Raises:
            OSError: the disk failed.
        """
        now_ns = wall_monotonic_ns()
        if now_ns < self._due_ns:
            return
        is_first, self._due_ns = not self._due_ns, now_ns + NS_PER_S
        if is_first:
            self._cut_torn_line()
        utc = datetime.fromtimestamp(wall_ns() / NS_PER_S, UTC)
        text = utc.isoformat(timespec="milliseconds")
        line = f'{{"seq":{seq},"utc":"{text}"}}\n'.encode("ascii")
        with self.path.open("ab", buffering=0) as file:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, "no room for a line", str(self.path))

    def _cut_torn_line(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("r+b") as file:
            size = file.seek(0, 2)
            first = max(0, size - _LONGEST_LINE)
            file.seek(first)
            whole = file.read().rfind(b"\n") + 1
            if first + whole < size:
                file.truncate(first + whole)


def read(folder: Path) -> Iterator[WallTime]:
    """Yield the lines of the file; none where there is no file.

    Lines that cannot be read are left out, for nothing depends on them.

    Raises:
        OSError: the file cannot be read.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            try:
                members = json.loads(line)
                seq, utc = members["seq"], members["utc"]
                datetime.fromisoformat(utc)
            except (ValueError, KeyError, TypeError):
                continue
            if type(seq) is int and line.endswith(b"\n"):
                yield WallTime(seq, utc)
