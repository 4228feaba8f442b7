"""How a table is laid out in a file: separator, header, where its samples begin."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from harness.errors import ConfigurationError
from harness.recordings.cells import MASS_UNITS, TIME_UNITS, VALUES, Kind, kind
from harness.recordings.source import Lines, Source, shown
from harness.recordings.stamps import Form

BLANKS: Final = " "
# In the order of preference where several explain a file equally well.
_SEPARATORS: Final = ("\t", ";", "|", ",", BLANKS)
_SAMPLE_LINES: Final = 2000
_COMMENT_MARKS: Final = ("#", "%", ";")
_DECLARED: Final = re.compile(r"\ufeff?sep=(.)\s*", re.IGNORECASE)
_UNIT_AT_END: Final = re.compile(
    r"(?P<name>.*?)\s*(?:\((?P<round>[^()]*)\)|\[(?P<square>[^\[\]]*)\]"
    r"|[/_, ]\s*(?P<bare>[A-Za-zµμ]+))"
)
_SPACED_NAME: Final = re.compile(r"\S+?(?:\s*(?:\([^)]*\)|\[[^\]]*\]))|\S+")

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the header and the first samples show it.

    Attributes:
        number: from 1.
        title: its heading as it is written; "" without one.
        name: the heading without its unit.
        unit: the unit that the heading states; "" for none.
        kind: what its cells look like.
        cells: the first of them that look so, one at least.
    """

    number: int
    title: str
    name: str
    unit: str
    kind: Kind
    cells: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.number} {shown(self.title)}" if self.title else f"{self.number}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written.

    Attributes:
        separator: between cells; :data:`BLANKS` for any number of blanks.
        first_line: number of the line with the first sample.
        columns: all of them.
        remarks: what was passed over above the table.
    """

    separator: str
    first_line: int
    columns: tuple[Column, ...]
    remarks: tuple[str, ...]


def rows(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """Split lines into cells."""
    if separator == BLANKS:
        lines = (line.strip().replace("\t", " ") for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def is_comment(line: str, separator: str) -> bool:
    """Tell whether a line says nothing: empty, or a comment."""
    text = line.lstrip(" ") if separator == "\t" else line.lstrip()
    if not text.strip():
        return True
    return text[0] in _COMMENT_MARKS and text[0] != separator


def find(source: Source) -> Layout:
    """Find out how the table in a file is laid out.

    Raises:
        ConfigurationError: no table is found, or its cells cannot be told apart.
    """
    lines = list(islice(Lines(source), _SAMPLE_LINES))
    declared = _DECLARED.fullmatch(lines[0]) if lines else None
    wanted = (declared[1],) if declared else _SEPARATORS
    if declared:
        lines[0] = ""
    found = [_table(lines, separator) for separator in wanted]
    best = max(found, key=_likelihood)
    if not best.length:
        raise ConfigurationError(
            f"{source.path}: no table is found in the first {len(lines)} lines; each"
            " sample must stand on a line of its own, its time and its mass separated"
            " by a tab, semicolon, comma or blanks"
        )
    return _describe(source, lines, best)


@dataclass(frozen=True, slots=True)
class _Table:
    """The samples among some lines, if these are separated so."""

    separator: str
    length: int
    start: int
    shape: tuple[Kind, ...]
    rows: tuple[Row, ...]


def _table(lines: list[str], separator: str) -> _Table:
    """Take the longest run of alike rows, and begin where the first like them is."""
    split = [_cells(line, separator) for line in lines]
    shapes = [_shape(row) for row in split]
    told = [i for i, row in enumerate(split) if row]
    length = 0
    shape: tuple[Kind, ...] = ()
    for found, run in groupby(told, key=lambda i: shapes[i]):
        if found and (count := sum(1 for _ in run)) > length:
            length, shape = count, found
    if not shape:
        return _Table(separator, 0, 0, (), ())
    start = next(i for i in told if _alike(shapes[i], shape))
    samples = [split[i] for i in told if i >= start and _alike(shapes[i], shape)]
    return _Table(separator, len(samples), start, shape, tuple(samples))


def _likelihood(table: _Table) -> float:
    """How well a separator explains a file: cells that are nothing speak against it."""
    return table.length * (0.5 if Kind.BROKEN in table.shape else 1.0)


def _cells(line: str, separator: str) -> Row:
    if is_comment(line, separator):
        return ()
    try:
        return next(rows([line], separator), ())
    except csv.Error:
        return ()


def _shape(row: Row) -> tuple[Kind, ...]:
    """The kinds of a row's cells; nothing if it cannot be a sample."""
    kinds = tuple(kind(cell) for cell in row)
    values = sum(each in VALUES for each in kinds)
    return kinds if values and values + kinds.count(Kind.BROKEN) >= 2 else ()


def _alike(row: tuple[Kind, ...], shape: tuple[Kind, ...]) -> bool:
    return len(row) == len(shape) and all(
        mine is other or Kind.EMPTY in (mine, other) or mine is Kind.BROKEN
        for mine, other in zip(row, shape, strict=True)
    )


def _describe(source: Source, lines: list[str], table: _Table) -> Layout:
    titles, units, remarks = _header(source, lines, table)
    columns = []
    for i, cells in enumerate(zip(*table.rows, strict=True)):
        name, stated = _name_and_unit(titles[i])
        alike = tuple(each for each in cells if kind(each) is table.shape[i])
        title, unit = titles[i].strip(), units[i] or stated
        columns.append(Column(i + 1, title, name, unit, table.shape[i], alike))
    return Layout(table.separator, table.start + 1, tuple(columns), remarks)


def _header(
    source: Source, lines: list[str], table: _Table
) -> tuple[Row, Row, tuple[str, ...]]:
    """Titles and units of the columns, from the lines right above the samples."""
    width = len(table.shape)
    nothing = [""] * width
    above = [
        line
        for line in lines[: table.start]
        if line.strip() and not _values(line, table)
    ]
    passed_over = _passed_over(lines, table)
    titles = _titles(source, above[-1], table) if above else None
    if titles is None:
        return nothing, nothing, passed_over
    if len(above) > 1 and all(_is_unit(each) for each in titles):
        names = _titles(source, above[-2], table)
        return names or nothing, [_bare(each) for each in titles], passed_over
    return titles, nothing, passed_over


def _titles(source: Source, line: str, table: _Table) -> Row | None:
    """The cells of a header; None if the line is none."""
    comment = is_comment(line, table.separator)
    if comment:
        line = line.strip().lstrip("".join(_COMMENT_MARKS))
    width = len(table.shape)
    if table.separator == BLANKS and '"' not in line:
        cells: list[str] = _SPACED_NAME.findall(line)
    else:
        cells = next(rows([line], table.separator), [])
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) < 2 or any(kind(each) in (*VALUES, Kind.BROKEN) for each in cells):
        return None
    if len(cells) == width:
        return cells
    if table.separator == "," and not comment and len(cells) < width:
        raise ConfigurationError(
            f"{source.path}, line {table.start + 1}: {width} cells under a header of"
            f" {len(cells)}; if these are decimal commas between commas, nothing can"
            " tell them apart: export with semicolons, or give every column a name"
        )
    return _beside_units(cells, table)


def _beside_units(cells: list[str], table: _Table) -> Row | None:
    """Give names to the columns that do not merely hold a unit."""
    first = table.rows[0]
    named = [i for i, cell in enumerate(first) if not _is_unit(cell)]
    if len(named) != len(cells):
        return None
    titles = [""] * len(first)
    for i, cell in zip(named, cells, strict=True):
        titles[i] = cell
    return titles


def _passed_over(lines: list[str], table: _Table) -> tuple[str, ...]:
    """Lines above the samples that may have been meant as samples themselves."""
    return tuple(
        f"line {i + 1}, above the samples, was passed over: {shown(line.strip())}"
        for i, line in enumerate(lines[: table.start])
        if _values(line, table) >= (1 if i == table.start - 1 else 2)
    )


def _values(line: str, table: _Table) -> int:
    """Number of values in a line that is as wide as the samples."""
    cells = _cells(line, table.separator)
    if len(cells) != len(table.shape):
        return 0
    return sum(kind(cell) in VALUES for cell in cells)


def _name_and_unit(title: str) -> tuple[str, str]:
    """Split ``"time (min)"``, ``"Weight/g"``, ``"mass_mg"`` into name and unit."""
    title = title.strip()
    found = _UNIT_AT_END.fullmatch(title)
    if found is None:
        return title, ""
    bare = found["bare"]
    if bare is not None:
        return (found["name"], bare) if _is_unit(bare) else (title, "")
    return found["name"], (found["round"] or found["square"] or "").strip()


def _is_unit(text: str) -> bool:
    text = _bare(text)
    return text in TIME_UNITS or text in MASS_UNITS or text in frozenset(Form)


def _bare(text: str) -> str:
    return text.strip().strip("()[]").strip()
