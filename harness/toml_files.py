"""TOML files read strictly: every key has a type, and unknown keys are refused.

A mistake is one :class:`~harness.errors.ConfigurationError` that names the file, the
table, the key, what is wrong and how to mend it.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from harness.errors import ConfigurationError
from harness.units import Quantity, quantity

E = TypeVar("E", bound=StrEnum)

_LONGEST_TEXT = 2000
_ID = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class Given:
    """A quantity of a file, and as it was written there."""

    text: str
    value: Quantity


class Table:
    """One table of a file: a reader takes its key out, :meth:`done` refuses the rest.

    Args:
        members: the table as :mod:`tomllib` gives it.
        where: file and table, for messages.
    """

    def __init__(self, members: Mapping[str, object], where: str) -> None:
        self.where = where
        self._members = dict(members)
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        self._known.append(key)
        return key in self._members

    def is_table(self, key: str) -> bool:
        """Tell whether a key that has not been read yet is a table."""
        return isinstance(self._members[key], dict)

    def is_flag(self, key: str) -> bool:
        """Tell whether a key that has not been read yet is true or false."""
        return isinstance(self._members[key], bool)

    def is_integer(self, key: str) -> bool:
        """Tell whether a key that has not been read yet is a whole number."""
        return type(self._members[key]) is int

    def is_text(self, key: str) -> bool:
        """Tell whether a key that has not been read yet is there and is text."""
        return isinstance(self._members.get(key), str)

    def over(self, defaults: Table, names: Iterable[str] | None = None) -> Table:
        """Return this table, with what it leaves out taken from another.

        Tables within both are merged in the same way; of the other nothing is read.

        Args:
            defaults: the other table.
            names: the keys that may come from it; all where None.
        """
        usable = defaults._members.keys() if names is None else set(names)
        others = {key: v for key, v in defaults._members.items() if key in usable}
        return Table(_merged(self._members, others), self.where)

    def keys(self) -> tuple[str, ...]:
        """Return the keys that have not been read yet."""
        return tuple(self._members)

    def text(self, key: str, default: str | None = None) -> str:
        """Read one text; white space is folded, so that it prints on one line.

        Raises:
            ConfigurationError: missing, empty, too long, not text or not printable.
        """
        return self._text_of(key, self._take(key, 'text, as in "like this"', default))

    def identifier(self, key: str) -> str:
        """Read a name that is safe in an id, a file name and a command line.

        Raises:
            ConfigurationError: missing, or other than letters, digits and single
                . _ - between them.
        """
        return checked_id(self.text(key), f"{self.where}: {key}")

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """Read a list of texts without repetition.

        Raises:
            ConfigurationError: missing, not a list of texts, or one twice.
        """
        value = self._take(key, 'a list of texts, as in ["a", "b"]', default)
        if not isinstance(value, list | tuple):
            raise self._wrong(key, value, 'a list of texts, as in ["a", "b"]')
        texts = tuple(self._text_of(key, each) for each in value)
        if len(set(texts)) < len(texts):
            raise ConfigurationError(
                f"{self.where}: {key} names one thing twice; name each once"
            )
        return texts

    def choice(self, key: str, options: type[E], default: E | None = None) -> E:
        """Read one of the values of an enumeration.

        Raises:
            ConfigurationError: missing, or no such value.
        """
        return one_of(options, self.text(key, default), f"{self.where}: {key}")

    def choices(self, key: str, options: type[E]) -> tuple[E, ...]:
        """Read a list of values of an enumeration; empty where the key is missing.

        Raises:
            ConfigurationError: a value that the enumeration does not have.
        """
        where = f"{self.where}: {key}"
        return tuple(one_of(options, text, where) for text in self.texts(key, ()))

    def flag(self, key: str, default: bool | None = None) -> bool:
        """Read true or false.

        Raises:
            ConfigurationError: missing, or something else.
        """
        value = self._take(key, "true or false", default)
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false, without quotes")
        return value

    def integer(self, key: str, default: int | None = None) -> int:
        """Read a whole number.

        Raises:
            ConfigurationError: missing, or something else.
        """
        value = self._take(key, "a whole number", default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, value, "a whole number, without quotes")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Read a pure number; whatever has a unit is read with :meth:`quantity`.

        Raises:
            ConfigurationError: missing, or something else.
        """
        value = self._take(key, "a number", default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong(key, value, "a number, without quotes")
        return float(value)

    def quantity(self, key: str, like: str) -> Quantity:
        """Read a number with its unit, of the dimension of ``like``.

        Raises:
            ConfigurationError: missing.
            UnitError: no unit, an unknown one, or another dimension.
        """
        return self.given(key, like).value

    def given(self, key: str, like: str) -> Given:
        """Read like :meth:`quantity`, and keep the text.

        Raises:
            ConfigurationError: missing.
            UnitError: no unit, an unknown one, or another dimension.
        """
        text = self._take(key, f'text with a unit, as in "1.5 {like}"', None)
        value = quantity(text, like, where=f"{self.where}: {key}")
        return Given(" ".join(str(text).split()), value)

    def table(self, key: str) -> Table:
        """Read a table within this one; an empty one where the key is missing.

        Raises:
            ConfigurationError: not a table.
        """
        value = self._take(key, "a table", {})
        if not isinstance(value, dict):
            raise self._wrong(key, value, f"a table, [{key}]")
        return Table(value, f"{self.where} [{key}]")

    def tables(self, key: str, name: str) -> Iterator[Table]:
        """Read the entries of ``[[key]]``; messages call each by number and ``name``.

        Raises:
            ConfigurationError: missing, or not written as ``[[key]]``.
        """
        value = self._take(key, f"at least one [[{key}]]", None)
        if not isinstance(value, list) or not all(isinstance(e, dict) for e in value):
            raise self._wrong(key, value, f"tables, each under its own [[{key}]]")
        for number, members in enumerate(value, start=1):
            called = f" {members[name]!r:.80}" if name in members else ""
            yield Table(members, f"{self.where} [[{key}]] {number}{called}")

    def done(self) -> None:
        """Refuse what has not been read.

        Raises:
            ConfigurationError: an unknown key; a similar known one is proposed.
        """
        for key in self._members:
            near = difflib.get_close_matches(key, self._known, n=1)
            known = ", ".join(dict.fromkeys(self._known))
            mend = f"write {near[0]!r}" if near else f"known here: {known}"
            raise ConfigurationError(
                f"{self.where}: the key {key!r} is unknown; {mend}"
            )

    def _take(self, key: str, wanted: str, default: object) -> object:
        self._known.append(key)
        value = self._members.pop(key, default)
        if value is None:
            raise ConfigurationError(
                f"{self.where}: the key {key!r} is missing; add {wanted}"
            )
        return value

    def _text_of(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            raise self._wrong(key, value, 'text, as in "like this"')
        text = " ".join(value.split())
        if not text or len(text) > _LONGEST_TEXT or not text.isprintable():
            raise ConfigurationError(
                f"{self.where}: {key} must be printable text of 1 to {_LONGEST_TEXT}"
                " characters"
            )
        return text

    def _wrong(self, key: str, value: object, wanted: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self.where}: {key} is {value!r:.80}; write {wanted}"
        )


def _merged(
    members: Mapping[str, object], defaults: Mapping[str, object]
) -> dict[str, object]:
    merged = {**defaults, **members}
    for key in members.keys() & defaults.keys():
        own, other = members[key], defaults[key]
        if isinstance(own, dict) and isinstance(other, dict):
            merged[key] = _merged(own, other)
    return merged


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file as it was read: the hash is that of the very bytes that were parsed."""

    path: Path
    sha256: str
    table: Table


def read(path: Path, what: str) -> TomlFile:
    """Read a TOML file.

    Args:
        path: the file.
        what: what the file is, for messages: ``"profile"``.

    Raises:
        ConfigurationError: it cannot be read, is not UTF-8, or is not TOML.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the {what} cannot be read ({error.strerror}); check the path"
        ) from error
    try:
        members = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 ({error.reason})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{path}: not TOML: {error}; mend that line"
        ) from error
    return TomlFile(path, hashlib.sha256(data).hexdigest(), Table(members, str(path)))


def checked_id(text: str, where: str) -> str:
    """Return ``text`` if it is safe in an id, a file name and a command line.

    Raises:
        ConfigurationError: it is not.
    """
    if len(text) > _LONGEST_ID or not _ID.fullmatch(text):
        raise ConfigurationError(
            f"{where} is {text!r:.80}; use up to {_LONGEST_ID} letters and digits, with"
            " single . _ - between them"
        )
    return text


def one_of(options: type[E], text: str, where: str) -> E:
    """Return the member of an enumeration whose value is ``text``.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return options(text)
    except ValueError as error:
        known = ", ".join(options)
        raise ConfigurationError(
            f"{where} names {text!r:.80}, which does not exist; choose from {known}"
        ) from error
