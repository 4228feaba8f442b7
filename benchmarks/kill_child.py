"""``dosebench`` in a process that is to be killed: it reports what was acknowledged.

Two integers a record go down the pipe of the environment variable, eight bytes each:
its seq, and the last seq that is on the disk itself.
"""

# ruff: noqa: SLF001 - nothing public tells when a record is safe.

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from typing import Any, Final

from fixtures.cli.main import main
from harness.evidence.journal import Journal

PIPE: Final = "DOSEBENCH_ACKNOWLEDGED"
ACKNOWLEDGED: Final = struct.Struct("<QQ")


# So small that kills meet rotations too.
_ROTATE_BYTES: Final = 16 * 1024


def _report_to(pipe: int) -> None:
    """Wrap what returns when a record is safe; only this campaign does such a thing."""
    journal_class: Any = Journal
    begin, add, sync = Journal.__init__, journal_class._add, journal_class._sync
    on_disk = 0

    def begun(
        journal: Journal, folder: Path, _: int = 0, *reopened: Any, **named: Any
    ) -> None:
        begin(journal, folder, _ROTATE_BYTES, *reopened, **named)

    def added(journal: Journal, *arguments: Any) -> Any:
        seq = add(journal, *arguments)
        os.write(pipe, ACKNOWLEDGED.pack(seq, on_disk))
        return seq

    def synced(journal: Journal, **named: Any) -> None:
        nonlocal on_disk
        sync(journal, **named)
        on_disk = journal.records
        os.write(pipe, ACKNOWLEDGED.pack(on_disk, on_disk))

    journal_class.__init__ = begun
    journal_class._add, journal_class._sync = added, synced


if __name__ == "__main__":
    if PIPE in os.environ:
        _report_to(int(os.environ[PIPE]))
    sys.exit(main())
