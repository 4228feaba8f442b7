"""The profile: what a pump model specifies, as data.

::

    [profile]
    id = "reference-itb-40"
    title = "Reference intrathecal pump, 40 mL"
    basis = "where these numbers come from"

    [absent]  # features this model does not have, and why
    bolus = "the model delivers at constant rates only"

    [flow]
    accuracy = "5 %"  # read as profile.quantity("flow.accuracy", ...)

    [schedule]
    steps_per_day = "13 count"  # read as profile.count(...)

What a profile leaves out is not specified: nothing is put in its place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from harness import toml_files
from harness.errors import ConfigurationError, NotSpecified, UnitError
from harness.toml_files import Table
from harness.units import Quantity, magnitude, quantity

COUNT = "count"
# A dotted key of a profile, wherever another file refers to it.
KEY = r"[a-z_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*"
Leaf: TypeAlias = str | bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A pump model's specification.

    Attributes:
        path: the file.
        sha256: hash of the file.
        id: short name.
        title: the model in words.
        basis: where the numbers come from.
        absent: features that the model does not have, each with the justification.
        leaves: every value by its dotted path, as written.
    """

    path: Path
    sha256: str
    id: str
    title: str
    basis: str
    absent: Mapping[str, str]
    leaves: Mapping[str, Leaf]

    def specifies(self, key: str) -> bool:
        """Tell whether the profile says anything about a key."""
        return key in self.leaves

    def quantity(self, key: str, like: str) -> Quantity:
        """Return a number with a unit of the dimension of ``like``.

        Raises:
            NotSpecified: no such key.
            UnitError: not a quantity of that dimension.
        """
        return quantity(self._leaf(key), like, where=f"{self.path}: {key}")

    def count(self, key: str) -> int:
        """Return a whole number of things, written as ``"13 count"``.

        Raises:
            NotSpecified: no such key.
            ConfigurationError: no whole number.
            UnitError: not a count at all.
        """
        number = magnitude(self.quantity(key, COUNT), COUNT)
        if not number.is_integer():
            raise ConfigurationError(
                f"{self.path}: {key} is {number:g}; write a whole number, as in"
                f' "13 {COUNT}"'
            )
        return int(number)

    def text(self, key: str) -> str:
        """Return a text.

        Raises:
            NotSpecified: no such key.
            ConfigurationError: something else.
        """
        leaf = self._leaf(key)
        if not isinstance(leaf, str):
            raise ConfigurationError(f"{self.path}: {key} is {leaf}; write text")
        return leaf

    def flag(self, key: str) -> bool:
        """Return true or false.

        Raises:
            NotSpecified: no such key.
            ConfigurationError: something else.
        """
        leaf = self._leaf(key)
        if not isinstance(leaf, bool):
            raise ConfigurationError(
                f"{self.path}: {key} is {leaf!r}; write true or false, without quotes"
            )
        return leaf

    def _leaf(self, key: str) -> Leaf:
        if key not in self.leaves:
            near = difflib.get_close_matches(key, self.leaves, n=1)
            mend = f"did you mean {near[0]!r}?" if near else "add it to the profile"
            raise NotSpecified(
                f"not specified: the profile {self.id} says nothing about {key};"
                f" {mend}",
                key=key,
            )
        return self.leaves[key]


def load(path: Path) -> Profile:
    """Read a profile.

    Raises:
        ConfigurationError: the file is not a profile, or a unit in it is unknown.
    """
    file = toml_files.read(path, "profile")
    head = file.table.table("profile")
    absent = file.table.table("absent")
    profile = Profile(
        path=path,
        sha256=file.sha256,
        id=head.identifier("id"),
        title=head.text("title"),
        basis=head.text("basis"),
        absent=MappingProxyType(
            {key: absent.text(key) for key in sorted(absent.keys())}
        ),
        leaves=MappingProxyType(dict(_leaves(file.table, ""))),
    )
    head.done()
    return profile


def _leaves(table: Table, prefix: str) -> Iterator[tuple[str, Leaf]]:
    for key in sorted(table.keys()):
        path = f"{prefix}{key}"
        if table.is_table(key):
            yield from _leaves(table.table(key), f"{path}.")
        elif table.is_flag(key):
            yield path, table.flag(key)
        else:
            yield path, _checked(table.text(key), f"{table.where}: {key}")


def _checked(text: str, where: str) -> str:
    """Return the text; one that starts with a number must have a unit that exists."""
    number, _, unit = text.partition(" ")
    try:
        float(number)
    except ValueError:
        return text
    try:
        quantity(text, unit, where=where)
    except UnitError as error:
        raise ConfigurationError(
            f"{where}: {text!r:.80} starts with a number but has no known unit; write"
            ' it as in "5 %" or "40 mL"'
        ) from error
    return text
