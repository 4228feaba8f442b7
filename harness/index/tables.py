"""Frozen dataclasses as rows of SQLite: one table for each class, a column a field.

Table and column names are our own identifiers; values are always bound.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from types import MappingProxyType
from typing import Any, Final

_KEY: Final = "of_run"
_AFFINITY: Final = MappingProxyType(
    {"str": "TEXT", "int": "INTEGER", "bool": "INTEGER"}
)
_READ_BACK: Final = MappingProxyType(
    {"str": str, "int": int, "bool": bool, "float": float}
)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of every run, each under the name of the run's folder.

    Attributes:
        name: of the table.
        kind: dataclass of a row; its fields are texts, numbers and flags, or None.
    """

    name: str
    kind: type[Any]

    def create(self, database: sqlite3.Connection) -> None:
        """Make the table anew, empty."""
        columns = [f"{_KEY} TEXT NOT NULL"]
        for name, kind, nullable in self._members():
            affinity, null = _AFFINITY.get(kind, "REAL"), "" if nullable else "NOT NULL"
            columns.append(f'"{name}" {affinity} {null}')
        database.execute(f"DROP TABLE IF EXISTS {self.name}")
        database.execute(f"CREATE TABLE {self.name} ({', '.join(columns)})")
        database.execute(f"CREATE INDEX {self.name}_{_KEY} ON {self.name} ({_KEY})")

    def add(self, database: sqlite3.Connection, run: str, rows: Iterable[Any]) -> None:
        """Add rows of a run, in order."""
        marks = ", ".join("?" * (1 + len(self._members())))
        command = f"INSERT INTO {self.name} VALUES ({marks})"  # noqa: S608 - our own.
        values = ((run, *map(_storable, astuple(each))) for each in rows)
        database.executemany(command, values)

    def delete(self, database: sqlite3.Connection, run: str) -> None:
        """Delete the rows of a run."""
        command = f"DELETE FROM {self.name} WHERE {_KEY} = ?"  # noqa: S608 - our own.
        database.execute(command, (run,))

    def rows(self, database: sqlite3.Connection, run: str) -> tuple[Any, ...]:
        """Return the rows of a run, in order.

        Raises:
            ValueError: a number is none.
            TypeError: something is missing.
        """
        names = ", ".join(f'"{name}"' for name, _, _ in self._members())
        command = f"SELECT {names} FROM {self.name} WHERE {_KEY} = ?"  # noqa: S608 - our own.
        found = database.execute(f"{command} ORDER BY rowid", (run,))
        return tuple(map(self._read_back, found))

    def runs(self, database: sqlite3.Connection) -> tuple[str, ...]:
        """Return the names of the runs that have a row."""
        found = database.execute(f"SELECT DISTINCT {_KEY} FROM {self.name}")  # noqa: S608 - our own.
        return tuple(name for (name,) in found)

    def _members(self) -> list[tuple[str, str, bool]]:
        """Name, type and whether it may be None, of each field."""
        found = []
        for each in fields(self.kind):
            kind, _, none = str(each.type).partition(" | ")
            found.append((each.name, kind, bool(none)))
        return found

    def _read_back(self, values: Sequence[Any]) -> Any:
        members = zip(self._members(), values, strict=True)
        return self.kind(
            **{
                name: None if nullable and value is None else _READ_BACK[kind](value)
                for (name, kind, nullable), value in members
            }
        )


def _storable(value: Any) -> Any:
    """SQLite takes NaN for NULL; as a text it stays what it is."""
    return str(value) if isinstance(value, float) and value != value else value  # noqa: PLR0124
