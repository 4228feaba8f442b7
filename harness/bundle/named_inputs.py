"""The files that a run's first record names, of which copies lie in ``inputs/``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from harness.bundle import names
from harness.evidence.records import JsonValue

FOLDER: Final = f"{names.RUN}inputs/"
_NAMED: Final = 3


def named(header: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return the name of each file by its SHA-256; the tool itself is none.

    Args:
        header: the fields of the run record.
    """
    return dict(_digests({**header, "software": None}))


def without_copy(header: Mapping[str, JsonValue], copies: Collection[str]) -> str:
    """Say which files have no copy; empty where all have one.

    Args:
        header: the fields of the run record.
        copies: SHA-256 of each file below ``inputs/``.
    """
    files = named(header)
    absent = sorted(name for sha256, name in files.items() if sha256 not in copies)
    if not absent:
        return ""
    some = ", ".join(absent[:_NAMED]) + (", ..." if len(absent) > _NAMED else "")
    return f"{len(absent)} of {len(files)} files have no copy here: {some}"


def _digests(value: JsonValue) -> Iterator[tuple[str, str]]:
    """Yield SHA-256 and name of every file that a record names."""
    if isinstance(value, Mapping):
        if isinstance(sha256 := value.get("sha256"), str):
            yield sha256, str(value.get("name", sha256))
        for each in value.values():
            yield from _digests(each)
    elif isinstance(value, list):
        for each in value:
            yield from _digests(each)
