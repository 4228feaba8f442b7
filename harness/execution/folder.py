"""The folder of a run, and the facts of the wall beside the journal.

The journal carries bench time only, so that one seed gives one sequence of bytes. When
and where a run really took place, and how long its cases took, stands in ``run.json``.
"""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

from harness.clock import NS_PER_S, wall_monotonic_ns, wall_ns
from harness.errors import RecordFault
from harness.evidence.records import JsonValue

FILE_NAME = "run.json"


def reserve(runs: Path, plan_id: str, seed: int) -> Path:
    """Create the folder of a new run: ``<UTC time>-<plan>-s<seed>``, unlike any other.

    Raises:
        RecordFault: it cannot be created.
    """
    name = f"{_utc():%Y%m%dT%H%M%SZ}-{plan_id}-s{seed}"
    folder, number = runs / name, 1
    while not _created(folder):
        number += 1
        folder = runs / f"{name}-{number}"
    return folder


def _created(folder: Path) -> bool:
    """Create a folder; False where something of that name exists."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise _fault(folder, error) from error
    return True


class WallFacts:
    """``run.json``: host, start, end and durations of a run.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._durations_s: dict[str, float] = {}
        self._case_began_ns = wall_monotonic_ns()
        self._facts: dict[str, JsonValue] = {
            "host": platform.node(),
            "platform": platform.platform(),
            "started": _utc().isoformat(),
            "ended": None,
        }

    def begin_case(self) -> None:
        """Note that a case begins."""
        self._case_began_ns = wall_monotonic_ns()

    def end_case(self, case_id: str) -> float:
        """Note that it ends; return how long it took, in seconds."""
        wall_s = (wall_monotonic_ns() - self._case_began_ns) / NS_PER_S
        self._durations_s[case_id] = round(wall_s, 3)
        return wall_s

    def begin(self) -> None:
        """Write what is known at the start.

        Raises:
            RecordFault: the file cannot be written.
        """
        self._write()

    def end(self) -> None:
        """Write it again with end and durations; a reader never sees half a file.

        Raises:
            RecordFault: the file cannot be written.
        """
        self._facts["ended"] = _utc().isoformat()
        self._write()

    def _write(self) -> None:
        facts = {**self._facts, "cases_wall_s": self._durations_s}
        beside = self._path.with_suffix(".part")
        try:
            beside.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
            beside.replace(self._path)
        except OSError as error:
            raise _fault(self._path, error) from error


def _utc() -> datetime:
    return datetime.fromtimestamp(wall_ns() / NS_PER_S, UTC)


def _fault(path: Path, error: OSError) -> RecordFault:
    return RecordFault(
        f"{path}: cannot be written ({error.strerror}); make the folder writable, or"
        " choose another with --runs"
    )
