"""Messages to payload bytes and back.

The Construct declarations in the messages are the specification. A layout of fixed
size is also turned into one `struct` format, which is many times faster; a test holds
the two to the same result. No Construct object leaves this package.
"""

import struct
from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, cast

from construct import (
    Construct,
    ConstructError,
    Int8ub,
    PrefixedArray,
    Struct,
    Terminated,
)

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.pump_link.columns import (
    Column,
    Convert,
    UnfitValueError,
    columns_of,
    incoming,
    outgoing,
    struct_format,
)
from protocols.pump_link.fields import Rows
from protocols.pump_link.frame import Frame
from protocols.pump_link.messages import EXCHANGES, MESSAGE_TYPES, Message
from protocols.pump_link.packing import packer
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import Request
from protocols.pump_link.vocabulary import NakCode

M = TypeVar("M")
R = TypeVar("R", bound=PumpMessage)


class PayloadError(RemoteProtocolError):
    """The peer's payload is not what its type says.

    Attributes:
        code: the refusal a pump answers with.
        field: name of the field at fault, empty if no single one is.
        minimum: least value the field allows, 0 if it has no range.
        maximum: greatest value the field allows, 0 if it has no range.
    """

    def __init__(
        self, message: str, code: NakCode, field: str = "", *limits: int
    ) -> None:
        """Keep what a refusal needs; `limits` is empty or (minimum, maximum)."""
        super().__init__(message)
        self.code = code
        self.field = field
        self.minimum, self.maximum = limits or (0, 0)


class Codec(Generic[M]):
    """Reads and writes the payload of one message class.

    Attributes:
        layout: the Construct declaration of the whole payload.
    """

    __slots__ = (
        "_columns",
        "_declared",
        "_fast",
        "_getters",
        "_incoming",
        "_outgoing",
        "_pack",
        "layout",
    )

    def __init__(self, declared: type[M]) -> None:
        """Derive the layout from the annotations of a message class."""
        self._declared = declared
        self._columns = columns_of(declared)
        self._getters = tuple(attrgetter(column.name) for column in self._columns)
        self._incoming = tuple(
            (place, convert)
            for place, column in enumerate(self._columns)
            if (convert := _incoming(column)) is not None
        )
        self._outgoing = tuple(_outgoing(column) for column in self._columns)
        self._fast = _fast_struct(self._columns)
        self._pack = packer(self._columns, self._fast) if self._fast else None
        self.layout = Struct(*map(_named_wire, self._columns), Terminated)

    def decode(self, payload: bytes) -> M:
        """Return the message in a payload.

        Raises:
            PayloadError: when length or a field breaks the layout.
        """
        fast = self._fast
        if fast is None:
            return self.from_wire(self._parse(payload))
        if len(payload) != fast.size:
            raise self._bad_length(payload)
        return self.from_wire([*fast.unpack(payload)])

    def encode(self, message: M) -> bytes:
        """Return the payload of a message.

        Raises:
            LocalProtocolError: when a field is out of range.
        """
        if self._pack is not None and (packed := self._pack(message)) is not None:
            return packed
        values = self.to_wire(message)
        if self._fast is not None:
            return self._fast.pack(*values)
        return cast(bytes, self.layout.build(self._by_name(values)))

    def from_wire(self, values: list[Any]) -> M:
        """Return the message of one raw value for each field.

        Raises:
            PayloadError: when a field does not allow its value.
        """
        for place, convert in self._incoming:
            try:
                values[place] = convert(values[place])
            except UnfitValueError as unfit:
                name = self._columns[place].name
                raise PayloadError(
                    f"pump link {self._declared.__name__}.{name} {unfit}; "
                    "the peer breaks the protocol, keep the frame as a finding",
                    NakCode.OUT_OF_RANGE,
                    name,
                    unfit.minimum,
                    unfit.maximum,
                ) from unfit
        return self._declared(*values)

    def to_wire(self, message: M) -> list[Any]:
        """Return one raw value for each field.

        Raises:
            LocalProtocolError: when a field is out of range.
        """
        values = []
        for column, get, convert in zip(
            self._columns, self._getters, self._outgoing, strict=True
        ):
            try:
                values.append(convert(get(message)))
            except UnfitValueError as unfit:
                raise LocalProtocolError(
                    f"pump link {self._declared.__name__}.{column.name} {unfit}; "
                    "correct the value"
                ) from unfit
        return values

    def _parse(self, payload: bytes) -> list[Any]:
        try:
            container = self.layout.parse(payload)
        except ConstructError as error:
            raise self._bad_length(payload) from error
        return [container[column.name] for column in self._columns]

    def _by_name(self, values: Sequence[Any]) -> dict[str, Any]:
        names = (column.name for column in self._columns)
        return dict(zip(names, values, strict=True))

    def _bad_length(self, payload: bytes) -> PayloadError:
        wanted = "whole rows" if self._fast is None else f"{self._fast.size} bytes"
        return PayloadError(
            f"pump link {self._declared.__name__} is {len(payload)} bytes long, its "
            f"layout needs {wanted} (payload {payload.hex()}); the peer breaks the "
            "protocol, keep the frame as a finding",
            NakCode.BAD_LENGTH,
        )


def frame_of(message: Message, sequence: int, serial: int) -> Frame:
    """Return the frame that carries a message.

    Raises:
        LocalProtocolError: when a field, `sequence` or `serial` is out of range.
    """
    code = _CODE_OF[type(message)]
    return Frame(code, sequence, serial, _CODECS[code].encode(message))


def message_of(frame: Frame) -> Message:
    """Return the message in a frame.

    Raises:
        PayloadError: when the type is unknown or the payload breaks its layout.
    """
    try:
        codec = _CODECS[frame.type]
    except KeyError:
        raise PayloadError(
            f"pump link message type 0x{frame.type:02X} is unknown (payload "
            f"{frame.payload.hex()}); compare the protocol versions of both sides",
            NakCode.UNKNOWN_TYPE,
        ) from None
    message: Message = codec.decode(frame.payload)
    return message


def type_of(declared: type[Message]) -> int:
    """Return the type on the wire of a message class."""
    return _CODE_OF[declared]


def layout_of(declared: type) -> Construct:
    """Return the Construct declaration of a message's payload."""
    return _CODECS[_CODE_OF[declared]].layout


def reply_type(request: Request[R]) -> type[R]:
    """Return the class of the reply to a request, for `isinstance`."""
    return _REPLY_OF[type(request)]


def _incoming(column: Column) -> Convert | None:
    """Return the conversion of a received value or list of rows."""
    spec = column.spec
    if not isinstance(spec, Rows):
        return incoming(column)
    codec: Codec[Any] = Codec(spec.row)
    maximum = spec.maximum
    names = [row_column.name for row_column in columns_of(spec.row)]

    def rows_from_wire(rows: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
        if len(rows) > maximum:
            text = f"has {len(rows)} rows, allowed are 0 to {maximum}"
            raise UnfitValueError(text, 0, maximum)
        try:
            return tuple(codec.from_wire([row[name] for name in names]) for row in rows)
        except PayloadError as error:
            # A refusal names fields of the request, and this list is one of them.
            limits = (error.minimum, error.maximum)
            raise PayloadError(str(error), error.code, column.name, *limits) from error

    return rows_from_wire


def _outgoing(column: Column) -> Convert:
    """Return the conversion of a value or a tuple of rows to be sent."""
    spec = column.spec
    if not isinstance(spec, Rows):
        return outgoing(column)
    codec: Codec[Any] = Codec(spec.row)
    maximum = spec.maximum
    names = [row_column.name for row_column in columns_of(spec.row)]

    def rows_to_wire(rows: Sequence[Any]) -> list[dict[str, Any]]:
        if len(rows) > maximum:
            raise UnfitValueError(f"has {len(rows)} rows, allowed are 0 to {maximum}")
        return [dict(zip(names, codec.to_wire(row), strict=True)) for row in rows]

    return rows_to_wire


def _named_wire(column: Column) -> Construct:
    """Return the Construct of a column under its name."""
    spec = column.spec
    if not isinstance(spec, Rows):
        return column.name / spec.wire
    row = Struct(*map(_named_wire, columns_of(spec.row)))
    return column.name / PrefixedArray(Int8ub, row)


def _fast_struct(columns: Sequence[Column]) -> struct.Struct | None:
    """Return one `struct` for a layout of fixed size, None if it has rows."""
    codes = [struct_format(column) for column in columns]
    if None in codes:
        return None
    return struct.Struct(">" + "".join(filter(None, codes)))


_CODECS: Final[Mapping[int, Codec[Any]]] = MappingProxyType(
    {code: Codec(declared) for code, declared in MESSAGE_TYPES.items()}
)
_CODE_OF: Final[Mapping[type, int]] = MappingProxyType(
    {declared: code for code, declared in MESSAGE_TYPES.items()}
)
_REPLY_OF: Final[Mapping[type, type[Any]]] = MappingProxyType(
    {exchange.request: exchange.reply for exchange in EXCHANGES}
)
