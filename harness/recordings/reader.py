"""Reads the samples of a table, line by line, into arrays."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigurationError
from harness.recordings.cells import (
    VALUES,
    Decimal,
    Kind,
    Number,
    Thousands,
    kind,
    plain_number,
)
from harness.recordings.columns import Chosen
from harness.recordings.layout import Layout, is_comment, rows
from harness.recordings.source import Lines, Progress, Source, shown
from harness.recordings.stamps import ClockTimes, Form

Cell = Callable[[str], float]

# Beyond these no balance was read: a mark for an overload, or another column.
_LONGEST_S: Final = 1e12
_SHORTEST_S: Final = 1e-3
_HEAVIEST_G: Final = 1e9

# A table may be followed by remarks, but not by samples again.
_LONGEST_REMARKS: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What a table holds, in its own order.

    Attributes:
        t_s: times, shape (n,), from an arbitrary beginning.
        mass_g: masses, shape (n,).
        line: the line on which each stands, shape (n,).
        first_s: what the first stamp says, if the times are numbers; else 0.
        empty_lines: lines whose time or mass is missing.
        remark_lines: first and last line of what follows the table; None for nothing.
    """

    t_s: NDArray[np.float64]
    mass_g: NDArray[np.float64]
    line: NDArray[np.uint32]
    first_s: float
    empty_lines: tuple[int, ...]
    remark_lines: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose layout and columns are known.

    Attributes:
        source: the file.
        layout: how it is written.
        time: where the times are.
        mass: where the masses are.
        decimal: the sign before the decimals.
    """

    source: Source
    layout: Layout
    time: Chosen
    mass: Chosen
    decimal: Decimal


@dataclass(slots=True)
class _Columns:
    """The samples read so far, as compact as C holds them."""

    t_s: array[float] = field(default_factory=lambda: array("d"))
    mass_g: array[float] = field(default_factory=lambda: array("d"))
    line: array[int] = field(default_factory=lambda: array("I"))


def read(table: Table, progress: Progress | None = None) -> Samples:
    """Read every sample of a table.

    Raises:
        ConfigurationError: a cell is no number or no time, or a row is cut short.
    """
    lines = Lines(table.source, progress)
    row_of = _Row(table)
    found = _Columns()
    failed: tuple[int, ConfigurationError] | None = None
    for row in rows(_told(table, lines), table.layout.separator):
        try:
            t_s, mass_g = row_of(row)
        except (ValueError, IndexError) as error:
            failed = failed or (lines.number, row_of.wrong(lines.number, row, error))
            too_long = lines.number - failed[0] > _LONGEST_REMARKS
            if too_long or row_of.is_meant(row):
                raise failed[1] from error
            continue
        if failed is not None:
            raise failed[1]
        found.t_s.append(t_s)
        found.mass_g.append(mass_g)
        found.line.append(lines.number)
    if failed is not None and not found.t_s:
        raise failed[1]
    return _samples(table, found, (failed[0], lines.number) if failed else None)


def _told(table: Table, lines: Lines) -> Iterator[str]:
    """The lines from the first sample on that are no comments."""
    separator, first = table.layout.separator, table.layout.first_line
    for line in lines:
        if lines.number < first or is_comment(line, separator):
            continue
        if '"' in line and line.count('"') % 2:
            raise ConfigurationError(
                f"{table.source.path}, line {lines.number}: a quotation mark is not"
                " closed and would swallow the lines below; mend the line"
            )
        yield line


class _Row:
    """Takes time and mass out of a row, and says what is wrong with one.

    Args:
        table: the table of the row.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._time = _time_reader(table)
        self._mass = _number_reader(table.mass, table.decimal)
        self._mass_at = table.mass.column.number - 1
        # Between commas a decimal comma would pass for a separator.
        self._width = len(table.layout.columns) if table.layout.separator == "," else 0
        self._units = tuple(
            (each.beside.number - 1, each.beside.cells[0].strip())
            for each in (table.time, table.mass)
            if each.beside is not None
        )

    def __call__(self, row: Sequence[str]) -> tuple[float, float]:
        if self._width and len(row) != self._width:
            raise ValueError
        for at, unit in self._units:
            if row[at].strip() != unit:
                raise ValueError
        return self._time(row), self._mass(row[self._mass_at])

    def is_meant(self, row: Sequence[str]) -> bool:
        """Tell whether a row was meant as a sample: it has something like a time."""
        at = self._table.time.column.number - 1
        return len(row) > at and kind(row[at]) in (*VALUES, Kind.BROKEN)

    def wrong(
        self, number: int, row: Sequence[str], error: Exception
    ) -> ConfigurationError:
        """The one error about a row, with its line, its column and the mend."""
        where = f"{self._table.source.path}, line {number}"
        width = len(self._table.layout.columns)
        if self._width and len(row) != width:
            return ConfigurationError(
                f"{where}: {len(row)} cells where the table has {width}; mend the line,"
                " or export with semicolons if it has decimal commas"
            )
        if isinstance(error, IndexError):
            return ConfigurationError(
                f"{where}: only {len(row)} cells where the table has {width}; complete"
                " the line or remove it"
            )
        for at, unit in self._units:
            if row[at].strip() != unit:
                return ConfigurationError(
                    f"{where}, column {at + 1}: the unit is {shown(row[at].strip())}"
                    f" where others have {unit}; convert the line to {unit}"
                )
        return self._wrong_cell(where, row)

    def _wrong_cell(self, where: str, row: Sequence[str]) -> ConfigurationError:
        chosen, cell, why = self._table.time, "", "cannot be read"
        try:
            cell = row[chosen.column.number - 1]
            self._time(row)
            chosen = self._table.mass
            cell = row[self._mass_at]
            self._mass(cell)
        except Thousands as error:
            why = f"{error}: a thousands separator? export without it"
        except ValueError as error:
            why = f"{error}; mend the line or remove it"
        return ConfigurationError(
            f"{where}, column {chosen.column}: {shown(cell)} {why}"
        )


def _time_reader(table: Table) -> Callable[[Sequence[str]], float]:
    chosen = table.time
    at = chosen.column.number - 1
    if chosen.column.kind is Kind.NUMBER:
        number = _number_reader(chosen, table.decimal)
        return lambda row: number(row[at])
    clock = ClockTimes(Form(chosen.unit))
    if chosen.column.kind is Kind.STAMP:
        return lambda row: clock.stamp(row[at])
    if chosen.date is None:
        return lambda row: clock.time_of_day(row[at])
    date_at = chosen.date.number - 1
    return lambda row: clock.joined(row[date_at], row[at])


def _number_reader(chosen: Chosen, decimal: Decimal) -> Cell:
    if decimal is Decimal.POINT and not chosen.cell_unit:
        return plain_number
    return Number(decimal, chosen.cell_unit)


def _samples(table: Table, found: _Columns, remarks: tuple[int, int] | None) -> Samples:
    t_s = np.frombuffer(found.t_s, dtype=np.float64)
    mass_g = np.frombuffer(found.mass_g, dtype=np.float64)
    line = np.frombuffer(found.line, dtype=np.uint32)
    there = np.isfinite(t_s) & np.isfinite(mass_g)
    empty: tuple[int, ...] = ()
    if not there.all():
        blank = np.isnan(t_s) & np.isnan(mass_g)
        empty = tuple(int(each) for each in line[~there & ~blank])
        t_s, mass_g, line = t_s[there], mass_g[there], line[there]
    if len(t_s) < 2:
        raise ConfigurationError(
            f"{table.source.path}: has {len(t_s)} samples; a recording needs two at"
            " least"
        )
    counted = table.time.column.kind is Kind.NUMBER
    _require_sense(table, table.time, t_s, line, _LONGEST_S)
    _require_sense(table, table.mass, mass_g, line, _HEAVIEST_G)
    if 0.0 <= (t_s[-1] - t_s[0]) * table.time.factor < _SHORTEST_S:
        raise ConfigurationError(
            f"{table.source.path}: column {table.time.column} goes on by less than"
            f" {_SHORTEST_S:g} s from the first sample to the last; correct the time or"
            " its unit"
        )
    return Samples(
        t_s=(t_s - t_s[0]) * table.time.factor,
        mass_g=mass_g * table.mass.factor,
        line=line,
        first_s=float(t_s[0]) * table.time.factor if counted else 0.0,
        empty_lines=empty,
        remark_lines=remarks,
    )


def _require_sense(
    table: Table,
    chosen: Chosen,
    values: NDArray[np.float64],
    line: NDArray[np.uint32],
    most: float,
) -> None:
    """Refuse numbers that cannot have been measured, before they overflow."""
    least, largest = float(values.min()), float(values.max())
    if max(-least, largest) <= most / chosen.factor:
        return
    k = int(values.argmax() if largest >= -least else values.argmin())
    raise ConfigurationError(
        f"{table.source.path}, line {line[k]}, column {chosen.column}: {values[k]:g}"
        f" {chosen.unit} was never measured, perhaps a mark for an overload; remove the"
        " line, or name the right column"
    )
