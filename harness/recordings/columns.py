"""Which column is the time and which is the mass, and in which unit each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from harness.errors import ConfigurationError
from harness.recordings.cells import (
    MASS_UNITS,
    TIME_UNITS,
    Decimal,
    Kind,
    Thousands,
    decimal_of,
    unit_in,
)
from harness.recordings.layout import Column, Layout
from harness.recordings.source import Source, shown
from harness.recordings.stamps import Form


class Quantity(StrEnum):
    """What a column is about; its name in the options."""

    TIME = "time"
    MASS = "mass"


_UNITS: Final[Mapping[Quantity, Mapping[str, float]]] = MappingProxyType(
    {Quantity.TIME: TIME_UNITS, Quantity.MASS: MASS_UNITS}
)
_NAMES: Final = MappingProxyType(
    {
        Quantity.TIME: frozenset(
            ("t", "time", "elapsed", "elapsed time", "timestamp", "time stamp")
        ).union(("datetime", "date time", "date/time", "zeit", "uhrzeit", "temps")),
        Quantity.MASS: frozenset(
            ("m", "w", "mass", "weight", "net weight", "balance", "scale", "net")
        ).union(("masse", "gewicht", "netto", "poids")),
    }
)
_CLOCKS: Final = frozenset({Kind.CLOCK, Kind.STAMP})


@dataclass(frozen=True, slots=True)
class Options:
    """What is said about a file beside it; "" and None where nothing is.

    Attributes:
        time_column: heading or number of the column with the time.
        mass_column: likewise with the mass.
        time_unit: unit of the time, or the form of a time of day.
        mass_unit: unit of the mass.
        decimal: the sign before the decimals.
    """

    time_column: str = ""
    mass_column: str = ""
    time_unit: str = ""
    mass_unit: str = ""
    decimal: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A column, and how its cells are read.

    Attributes:
        column: the column.
        unit: what its numbers count, such as ``"min"``; the form of a time of day.
        factor: seconds or grams in that unit.
        cell_unit: the unit that stands behind the number of every cell; "" for none.
        beside: the column that holds only the unit; None for none.
        date: the column with the date of a time of day; None for none.
    """

    column: Column
    unit: str
    factor: float
    cell_unit: str = ""
    beside: Column | None = None
    date: Column | None = None


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses columns of one file."""

    source: Source
    layout: Layout
    options: Options

    def time(self) -> Chosen:
        """The column with the time.

        Raises:
            ConfigurationError: it is not there, not certain, or has no unit.
        """
        column = self._pick(Quantity.TIME, self.options.time_column)
        if column.kind is Kind.DATE:
            column = self._only(Kind.CLOCK, column)
        if column.kind in _CLOCKS:
            return self._clock(column)
        return self._number(column, Quantity.TIME, self.options.time_unit)

    def mass(self) -> Chosen:
        """The column with the mass.

        Raises:
            ConfigurationError: it is not there, not certain, or has no unit.
        """
        column = self._pick(Quantity.MASS, self.options.mass_column)
        return self._number(column, Quantity.MASS, self.options.mass_unit)

    def decimal(self, *chosen: Chosen) -> Decimal:
        """The decimal sign of some columns.

        Raises:
            ConfigurationError: it cannot be told, or is not the one of the option.
        """
        cells = [cell for each in chosen for cell in each.column.cells]
        try:
            found = decimal_of(cells)
        except Thousands as error:
            raise self._wrong(
                f"its numbers have {error}; thousands separators make them uncertain:"
                " export without them"
            ) from error
        wanted = self.options.decimal
        if found is None and wanted is None:
            raise self._wrong(
                "every comma stands before three digits, as in '1,234', and may be a"
                " decimal comma or separate thousands; say --decimal comma, or export"
                " without thousands separators"
            )
        has_sign = any("," in each or "." in each for each in cells)
        if wanted is not None and found is not None and has_sign and wanted != found:
            raise self._wrong(
                f"its numbers have a decimal {found}, but --decimal says {wanted};"
                " leave the option out"
            )
        return wanted or found or Decimal.POINT

    def _pick(self, quantity: Quantity, wanted: str) -> Column:
        if wanted:
            return self._named(quantity, wanted)
        found = [each for each in self.layout.columns if _is_about(each, quantity)]
        if len(found) == 1:
            return found[0]
        why = "several columns may be" if found else "no column says that it is"
        raise self._wrong(
            f"{why} the {quantity}; name it with --{quantity}-column, one of"
            f" {self._all()}"
        )

    def _named(self, quantity: Quantity, wanted: str) -> Column:
        key = wanted.strip().casefold()
        for attribute in ("title", "name", "number"):
            found = [
                each
                for each in self.layout.columns
                if key == _attribute(each, attribute).casefold()
            ]
            if len(found) == 1:
                return found[0]
            if found:
                raise self._wrong(
                    f"{len(found)} columns are called {shown(wanted)}; give a number"
                    f" with --{quantity}-column, one of {self._all()}"
                )
        raise self._wrong(
            f"has no column {shown(wanted)}; give --{quantity}-column one of"
            f" {self._all()}"
        )

    def _only(self, wanted: Kind, beside: Column) -> Column:
        found = [each for each in self.layout.columns if each.kind is wanted]
        if len(found) == 1:
            return found[0]
        raise self._wrong(
            f"column {beside} needs one column with the {wanted.value}, and"
            f" {len(found)} are there; export date and time in one column, such as"
            " 2026-03-01 13:05:30"
        )

    def _clock(self, column: Column) -> Chosen:
        stated = [each for each in (column.unit, self.options.time_unit) if each]
        forms = {each for each in stated if each in frozenset(Form)}
        if self.options.time_unit in TIME_UNITS or len(forms) > 1:
            raise self._wrong(
                f"column {column} holds a {column.kind.value}, such as"
                f" {shown(column.cells[0])}, and is not in"
                f" {self.options.time_unit}; leave --time-unit out"
            )
        self._known_option(Quantity.TIME, self.options.time_unit)
        dates = [each for each in self.layout.columns if each.kind is Kind.DATE]
        date = None
        if column.kind is Kind.CLOCK and dates:
            date = self._only(Kind.DATE, column)
        return Chosen(column, forms.pop() if forms else Form.FULL, 1.0, date=date)

    def _number(self, column: Column, quantity: Quantity, option: str) -> Chosen:
        if column.kind is Kind.BROKEN:
            raise self._wrong(
                f"column {column} holds {shown(column.cells[0])}, which is no number;"
                " export it without thousands separators or other signs"
            )
        if column.kind is not Kind.NUMBER:
            raise self._wrong(
                f"column {column} holds no numbers but {shown(column.cells[0])}; name"
                f" another with --{quantity}-column, one of {self._all()}"
            )
        self._known_option(quantity, option)
        known = _UNITS[quantity]
        beside = self._beside(column, known)
        in_cells = unit_in(column.cells[0])
        in_next = beside.cells[0].strip() if beside else ""
        if in_cells and in_cells not in known:
            raise self._wrong(
                f"column {column} has the unit {shown(in_cells)}, which is none of a"
                f" {quantity}; the {quantity} may be in {_list(known)}"
            )
        in_title = column.unit
        if in_title and in_title not in known:
            raise self._wrong(
                f"column {column} states the unit {shown(in_title)}, which is none of"
                f" a {quantity} here; rename the column, or convert it to one of"
                f" {_list(known)}"
            )
        stated = {each: known[each] for each in (in_title, in_cells, in_next) if each}
        if option:
            stated[option] = known[option]
        if not stated:
            raise self._wrong(
                f"column {column} states no unit; give it with --{quantity}-unit, such"
                f" as --{quantity}-unit {'min' if quantity is Quantity.TIME else 'g'}"
            )
        if len(set(stated.values())) > 1:
            raise self._wrong(
                f"column {column} is in {' and in '.join(stated)}, by its header, its"
                f" cells and --{quantity}-unit; mend whichever is wrong"
            )
        unit, factor = next(iter(stated.items()))
        return Chosen(column, unit, factor, in_cells, beside)

    def _beside(self, column: Column, known: Mapping[str, float]) -> Column | None:
        """The next column, if it holds nothing but one unit."""
        following = self.layout.columns[column.number : column.number + 1]
        for each in following:
            if each.cells[0].strip() in known and len(set(each.cells)) == 1:
                return each
        return None

    def _known_option(self, quantity: Quantity, option: str) -> None:
        known = list(_UNITS[quantity])
        if quantity is Quantity.TIME:
            known += list(Form)
        if option and option not in known:
            raise ConfigurationError(
                f"--{quantity}-unit: {shown(option)} is unknown; give one of"
                f" {', '.join(known)}"
            )

    def _all(self) -> str:
        return ", ".join(str(each) for each in self.layout.columns)

    def _wrong(self, text: str) -> ConfigurationError:
        return ConfigurationError(f"{self.source.path}: {text}")


def _is_about(column: Column, quantity: Quantity) -> bool:
    if quantity is Quantity.TIME and column.kind in _CLOCKS:
        return True
    if column.kind not in (Kind.NUMBER, Kind.BROKEN):
        return False
    units = _UNITS[quantity]
    return (
        column.unit in units
        or unit_in(column.cells[0]) in units
        or column.name.casefold() in _NAMES[quantity]
    )


def _attribute(column: Column, name: str) -> str:
    match name:
        case "title":
            return column.title
        case "name":
            return column.name
        case _:
            return str(column.number)


def _list(known: Mapping[str, float]) -> str:
    return ", ".join(known)
