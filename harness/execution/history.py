"""The history of a unit: which cases have left their mark on it, in all runs.

One file a unit, ``units/<model>-<serial>.jsonl`` in the folder of the runs; one line
when a case with an effect on the unit begins and one when it ends, so that a case that
was broken off shows as well. Lines are added, never changed. A line is a JSON object:
``utc`` (wall time, ISO 8601), ``run`` (its folder), ``case`` (its id), ``effect`` and
``moment``.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from harness.clock import NS_PER_S, wall_ns
from harness.errors import ConfigurationError, RecordFault
from harness.plans.plan import Effect

FOLDER = "units"
_LONGEST_NAME = 200


class Moment(StrEnum):
    """Which end of a case a line is about."""

    BEGIN = "begin"
    END = "end"


def history_path(runs: Path, model: str, serial: str) -> Path:
    """Return where a unit's history stands; texts of a unit are not to be trusted.

    Whatever is not a letter, a digit or one of ``_.~-`` is percent-encoded; in the
    serial number the hyphen too, so that two units never share a file.

    Raises:
        ConfigurationError: the name would be empty or too long.
    """
    parts = (_encoded(model), _encoded(serial).replace("-", "%2D"))
    name = "-".join(parts)
    if not all(parts) or len(name) > _LONGEST_NAME:
        raise ConfigurationError(
            f"the unit {model!r:.40}, {serial!r:.40}: no history can be kept under this"
            f" name; it must have 1 to {_LONGEST_NAME} characters"
        )
    if name.startswith("."):
        # A leading dot would hide the file.
        name = f"%2E{name[1:]}"
    return runs / FOLDER / f"{name}.jsonl"


def append_history(
    path: Path, run: str, case: str, effect: Effect, moment: Moment
) -> None:
    """Add one line, dated now, and return once it is on the disk.

    Raises:
        RecordFault: it cannot be written.
    """
    utc = datetime.fromtimestamp(wall_ns() / NS_PER_S, UTC).isoformat()
    fields = {"utc": utc, "run": run, "case": case, "effect": effect, "moment": moment}
    line = f"{json.dumps(fields)}\n".encode("ascii")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            # A line that a crash cut off must not take this one with it.
            if file.tell() and _last_byte(path) != b"\n":
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RecordFault(
            f"{path}: the unit's history cannot be written ({error.strerror}); make the"
            " folder writable, or choose another with --runs"
        ) from error


def _encoded(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
