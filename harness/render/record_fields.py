"""Reading the fields of a record as plain values of one known type.

A field that a kind does not require may be missing: it reads as empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.evidence.records import JsonValue

Fields = Mapping[str, JsonValue]


def text(fields: Fields, name: str) -> str:
    """A text; empty where there is none."""
    return as_text(fields.get(name))


def as_text(value: JsonValue) -> str:
    """Any JSON value as text for a reader; nothing for ``null``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {as_text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    return str(value)


def text_or_none(fields: Fields, name: str) -> str | None:
    """A text, or None for ``null``."""
    return None if fields.get(name) is None else text(fields, name)


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(map(as_text, _items(fields.get(name))))


def mapping(fields: Fields, name: str) -> dict[str, str]:
    """An object whose values are shown as text."""
    found = fields.get(name)
    if not isinstance(found, Mapping):
        return {}
    return {each: as_text(value) for each, value in found.items()}


def number(fields: Fields, name: str) -> float:
    """A number, also one of the texts that stand for what JSON lacks.

    Raises:
        ValueError: it is no number.
    """
    return _float(fields.get(name), name)


def number_or_none(fields: Fields, name: str) -> float | None:
    """A number, or None for ``null``.

    Raises:
        ValueError: it is no number.
    """
    return None if fields.get(name) is None else number(fields, name)


def whole(fields: Fields, name: str) -> int:
    """An integer.

    Raises:
        ValueError: it is not an integer.
    """
    return _int(fields.get(name), name)


def whole_or_none(fields: Fields, name: str) -> int | None:
    """An integer, or None for ``null``.

    Raises:
        ValueError: it is not an integer.
    """
    return None if fields.get(name) is None else whole(fields, name)


def flag_or_none(fields: Fields, name: str) -> bool | None:
    """True or false; None for anything else."""
    found = fields.get(name)
    return found if isinstance(found, bool) else None


def integers(fields: Fields, name: str) -> tuple[int, ...]:
    """A list of integers.

    Raises:
        ValueError: one of them is not an integer.
    """
    return tuple(_int(each, name) for each in _items(fields.get(name)))


def points(fields: Fields, name: str) -> tuple[tuple[float, float], ...]:
    """A list of points (x, y).

    Raises:
        ValueError: one of them is not a pair of numbers.
    """
    return tuple(_point(each, name) for each in _items(fields.get(name)))


def object_of(fields: Fields, name: str) -> Fields:
    """An object; empty where there is none."""
    found = fields.get(name)
    return found if isinstance(found, Mapping) else {}


def objects(fields: Fields, name: str) -> list[Fields]:
    """A list of objects; anything else in it is left out."""
    return [each for each in _items(fields.get(name)) if isinstance(each, Mapping)]


def _items(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, list | tuple) else ()


def _point(value: JsonValue, name: str) -> tuple[float, float]:
    if isinstance(value, list | tuple) and len(value) == 2:
        return _float(value[0], name), _float(value[1], name)
    raise ValueError(f"the field {name!r} has a point {value!r:.80} that is no pair")


def _float(value: JsonValue, name: str) -> float:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"the field {name!r} is {value!r:.80}, which is no number")


def _int(value: JsonValue, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"the field {name!r} holds {value!r:.80}, which is no integer")
