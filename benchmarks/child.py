"""A command as a whole process: how long it took, and how much memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and those that it started took.

    Attributes:
        wall_s: from its start to its end.
        processor_s: of it, on a processor.
        peak_bytes: the most memory that one of them held.
    """

    wall_s: float
    processor_s: float
    peak_bytes: int


def python(*arguments: str, environment: Mapping[str, str] | None = None) -> Usage:
    """Run Python with these arguments in the project's folder; POSIX only.

    Raises:
        RuntimeError: it did not end with exit code 0.
    """
    begin_s = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begin_s
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: exit code {process.returncode}")
    peak = used.ru_maxrss if sys.platform == "darwin" else used.ru_maxrss * _KIB
    return Usage(wall_s, used.ru_utime + used.ru_stime, peak)
