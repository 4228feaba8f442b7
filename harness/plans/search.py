"""Which plan the paths on a command line lead to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.errors import ConfigurationError
from harness.plans.plan import FILE_NAME


def find(paths: Iterable[Path]) -> Path | None:
    """Return the plan beside a file, or in or below a folder; None if there is none.

    Raises:
        ConfigurationError: there are several; a run verifies one.
    """
    found = sorted({plan for path in paths for plan in _plans_at(path)})
    if len(found) > 1:
        names = ", ".join(str(plan) for plan in found)
        raise ConfigurationError(f"several plans: {names}; a run takes one, name it")
    return found[0] if found else None


def _plans_at(path: Path) -> Iterator[Path]:
    beside = path.parent / FILE_NAME
    if path.is_file() and beside.is_file():
        yield beside.resolve()
    for folder, below, files in os.walk(path):
        below[:] = [name for name in below if not name.startswith((".", "_"))]
        if FILE_NAME in files:
            yield Path(folder, FILE_NAME).resolve()
