"""Cells of a table that a spreadsheet opens and does not run."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

Cell: TypeAlias = str | int | float | bool | None

# A spreadsheet takes a text that begins so for a formula, and runs it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARD: Final = "'"


def cell(value: Cell) -> str:
    """Return what stands in a cell: numbers in full, text made harmless.

    A text that a spreadsheet would run as a formula gets an apostrophe in front. What
    UTF-8 cannot carry becomes a question mark. ``None`` is an empty cell, and the
    numbers that JSON lacks are text: ``nan``, ``inf`` and ``'-inf``.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and math.isfinite(value):
        return repr(value)
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return f"{_GUARD}{text}" if text.startswith(_FORMULA) else text


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table with its heading; rows end with CR LF, as RFC 4180 has it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(each) for each in row] for row in rows)
    return text.getvalue()
