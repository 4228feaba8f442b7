"""From one field's annotation to its wire type and its checks in both directions."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum, IntFlag
from typing import Any, get_args, get_type_hints

from construct import Construct, FormatField

from protocols.pump_link.fields import Field, Rows

Convert = Callable[[Any], Any]


class UnfitValueError(ValueError):
    """A value that its field cannot hold; the text says what the field allows.

    Attributes:
        minimum: least number allowed, 0 where there is no range.
        maximum: greatest number allowed, 0 where there is no range.
    """

    def __init__(self, text: str, minimum: int = 0, maximum: int = 0) -> None:
        """Keep the text and the range."""
        super().__init__(text)
        self.minimum = minimum
        self.maximum = maximum


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a message, ready to be read and written.

    Attributes:
        name: name of the dataclass field.
        spec: its declaration.
        python_type: int, str, an IntEnum, an IntFlag or a tuple of rows.
    """

    name: str
    spec: Field | Rows
    python_type: type


class _Members(dict[int, IntEnum]):
    """Members of a closed enumeration by number: faster than calling the class."""

    def __init__(self, members: type[IntEnum]) -> None:
        super().__init__((int(member), member) for member in members)
        self._members = members

    def __missing__(self, number: int) -> IntEnum:
        text = f"is {number}, which is no {self._members.__name__}"
        raise UnfitValueError(text, min(self), max(self))


class _FlagSets(dict[int, IntFlag]):
    """The common flag sets by number, none and single; others are made, not kept."""

    def __init__(self, flags: type[IntFlag]) -> None:
        super().__init__((int(flag), flag) for flag in (flags(0), *flags))
        self._flags = flags

    def __missing__(self, number: int) -> IntFlag:
        return self._flags(number)


def columns_of(declared: type) -> tuple[Column, ...]:
    """Return the columns of a message class in their order on the wire."""
    hints = get_type_hints(declared, include_extras=True)
    columns = []
    for declaration in fields(declared):
        python_type, spec = get_args(hints[declaration.name])
        columns.append(Column(declaration.name, spec, python_type))
    return tuple(columns)


def number_range(column: Column) -> tuple[int, int]:
    """Return the least and the greatest number the column allows."""
    spec = column.spec
    if isinstance(spec, Rows):
        return 0, spec.maximum
    if issubclass(column.python_type, IntEnum):
        return min(column.python_type), max(column.python_type)
    capacity = 256**spec.wire.length - 1
    return spec.minimum, capacity if spec.maximum is None else spec.maximum


def incoming(column: Column) -> Convert | None:
    """Return the conversion of a received value, None where every value is good."""
    spec, python_type = column.spec, column.python_type
    if isinstance(spec, Rows):
        return None
    if issubclass(python_type, IntEnum):
        return _Members(python_type).__getitem__
    if issubclass(python_type, IntFlag):
        return _FlagSets(python_type).__getitem__
    if issubclass(python_type, str):
        return _text_from_wire
    if spec.minimum == 0 and spec.maximum is None:
        return None
    return _number(*number_range(column), spec.unit)


def outgoing(column: Column) -> Convert:
    """Return the conversion of a value to be sent."""
    spec, python_type = column.spec, column.python_type
    if isinstance(spec, Rows):
        raise TypeError(f"{column.name}: rows are converted by their own codec")
    if issubclass(python_type, str):
        return _text_to_wire(spec.wire)
    number = _number(*number_range(column), spec.unit)
    return number if python_type is int else _member_to_wire(python_type, number)


def struct_format(column: Column) -> str | None:
    """Return the `struct` code of a column of fixed size, None for rows."""
    if isinstance(column.spec, Rows):
        return None
    wire = column.spec.wire
    if isinstance(wire, FormatField):
        return str(wire.fmtstr).removeprefix(">")
    return f"{wire.length}s"


def _number(minimum: int, maximum: int, unit: str) -> Convert:
    """Return a check that a value is a whole number within a range."""
    allowed = f"allowed is {minimum} to {maximum} {unit}".rstrip()

    def check(value: object) -> int:
        if not isinstance(value, int):
            raise UnfitValueError(f"is {value!r}, {allowed}, whole numbers", 0, 0)
        if not minimum <= value <= maximum:
            raise UnfitValueError(f"is {value}, {allowed}", minimum, maximum)
        return value

    return check


def _member_to_wire(members: type, number: Convert) -> Convert:
    """Return a check that refuses a bare integer where a member is due."""

    def check(value: object) -> int:
        if not isinstance(value, members):
            raise UnfitValueError(f"is {value!r}, which is no {members.__name__}")
        return int(number(value))

    return check


def _text_from_wire(raw: bytes) -> str:
    """Return printable ASCII text without its padding."""
    text = raw.rstrip(b"\0")
    if not text.isascii() or not text.decode("latin-1").isprintable():
        raise UnfitValueError(f"is {raw.hex()}, which is no printable ASCII")
    return text.decode("ascii")


def _text_to_wire(wire: Construct) -> Convert:
    """Return the conversion of text to bytes padded with NUL."""
    size = wire.length

    def pad(value: str) -> bytes:
        if not value.isascii() or not value.isprintable() or len(value) > size:
            raise UnfitValueError(
                f"is {value!r}, allowed is printable ASCII of at most {size} characters"
            )
        return value.encode("ascii").ljust(size, b"\0")

    return pad
