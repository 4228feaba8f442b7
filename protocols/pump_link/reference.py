"""Renders the reference document of the pump link from its definitions.

Run `python -m protocols.pump_link.reference > docs/reference/pump-link.md`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import Enum, IntFlag
from inspect import getdoc
from typing import Any, Final

from protocols.pump_link import rules
from protocols.pump_link.codec import type_of
from protocols.pump_link.columns import Column, columns_of, number_range
from protocols.pump_link.fields import Rows
from protocols.pump_link.frame import FRAME_MAX, PAYLOAD_MAX, SYNC, VERSION
from protocols.pump_link.messages import EXCHANGES, Message
from protocols.pump_link.replies import AlarmNotice, Nak
from protocols.pump_link.requests import AlarmReceived
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    BolusDecision,
    Feature,
    FieldId,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
    SelfTestFault,
)
from protocols.pump_link.worked import WORKED_FRAMES, WorkedFrame

_VOCABULARY: Final = (
    PumpMode,
    PumpState,
    AlarmFlag,
    Feature,
    SelfTestFault,
    NakCode,
    FieldId,
    LogEvent,
    BolusDecision,
)
_FRAME_FIELDS: Final = (
    ("sync", 2, "bytes", SYNC.hex(" ").upper()),
    ("version", 1, "u8", f"{VERSION}"),
    ("type", 1, "u8", "message type"),
    ("sequence", 2, "u16", "0 to 65535; a reply repeats its request's"),
    ("serial", 4, "u32", "serial number of the pump; 0 = any pump"),
    ("length", 2, "u16", f"size of the payload, 0 to {PAYLOAD_MAX}"),
)
_LAYOUT_HEAD: Final = ("offset", "size", "type", "field", "unit", "range", "meaning")


def render() -> str:
    """Return the reference document as Markdown."""
    parts = [
        rules.INTRODUCTION,
        _frame_section(),
        rules.CHECK_VALUE,
        rules.RECEIVING,
        rules.SESSIONS,
        rules.PROGRAMMING,
        rules.PROGRAMS,
        rules.PATIENT_BOLUS,
        rules.ALARMS,
        rules.RECORDS,
        _message_section(),
        _vocabulary_section(),
        _worked_section(),
    ]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    """Return a Markdown table that ends with a line break."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def _frame_section() -> str:
    """Return the layout of a frame."""

    def rows() -> Iterator[Sequence[object]]:
        offset = 0
        for name, size, kind, meaning in _FRAME_FIELDS:
            yield offset, size, kind, name, meaning
            offset += size
        yield offset, "length", "bytes", "payload", "see the message"
        yield f"{offset} + length", 4, "u32", "crc", "over version to end of payload"

    table = _table(("offset", "size", "type", "field", "meaning"), rows())
    return f"## Frame\n\n{table}\nA frame has at most {FRAME_MAX} bytes.\n"


def _message_section() -> str:
    """Return the table of types and the layout of every message."""
    overview = _table(
        ("request", "type", "reply", "type"),
        (
            (
                _wire_name(line.request),
                f"0x{line.code:02X}",
                line.reply.__name__,
                f"0x{type_of(line.reply):02X}",
            )
            for line in EXCHANGES
        ),
    )
    single = (AlarmNotice, AlarmReceived, Nak)
    extra = (
        f"ALARM = AlarmNotice 0x{type_of(AlarmNotice):02X}, unasked; ALARM_RECEIVED "
        f"0x{type_of(AlarmReceived):02X}, not answered; NAK 0x{type_of(Nak):02X}, the "
        "other reply to any request.\n"
    )
    layouts = [
        _layout(declared)
        for line in EXCHANGES
        for declared in (line.request, line.reply)
    ]
    layouts += [_layout(declared) for declared in single]
    return "\n".join(["## Messages\n", overview, extra, *layouts])


def _layout(declared: type[Message]) -> str:
    """Return heading, meaning and payload table of one message."""
    columns = columns_of(declared)
    head = (
        f"### 0x{type_of(declared):02X} {_wire_name(declared)}\n\n{getdoc(declared)}\n"
    )
    if not columns:
        return f"{head}\nNo payload.\n"
    return f"{head}\n{_table(_LAYOUT_HEAD, _layout_rows(columns))}"


def _layout_rows(columns: Sequence[Column]) -> Iterator[Sequence[object]]:
    """Yield one line for each field; those of rows count from their row's start."""
    offset = 0
    for column in columns:
        spec = column.spec
        if isinstance(spec, Rows):
            meaning = f"number of rows: {spec.meaning}"
            yield offset, 1, "u8", "count", "", f"0 to {spec.maximum}", meaning
            for start, *line in _layout_rows(columns_of(spec.row)):
                row_line: list[object] = [f"row + {start}", *line]
                yield row_line
            return
        size = spec.wire.length
        yield (
            offset,
            size,
            _wire_type(column),
            column.name,
            spec.unit,
            _range(column),
            spec.meaning,
        )
        offset += size


def _wire_type(column: Column) -> str:
    """Return the type of a field in the document's words."""
    size = column.spec.wire.length if not isinstance(column.spec, Rows) else 1
    return f"text[{size}]" if column.python_type is str else f"u{8 * size}"


def _range(column: Column) -> str:
    """Return the allowed values of a field in the document's words."""
    if column.python_type is str:
        return "ASCII"
    if issubclass(column.python_type, Enum):
        return column.python_type.__name__
    minimum, maximum = number_range(column)
    return f"{minimum} to {maximum}"


def _vocabulary_section() -> str:
    """Return every enumeration and flag word."""
    parts = ["## Enumerations and flags\n"]
    for members in _VOCABULARY:
        flags = issubclass(members, IntFlag)
        rows = (
            (f"0x{member:04X}" if flags else int(member), member.name, member.meaning)
            for member in members
        )
        table = _table(("bit" if flags else "value", "name", "meaning"), rows)
        parts.append(f"### {members.__name__}\n\n{getdoc(members)}\n\n{table}")
    return "\n".join(parts)


def _worked_section() -> str:
    """Return the worked frames with their bytes taken apart."""
    parts = ["## Worked frames\n"]
    parts += [_worked(number, one) for number, one in enumerate(WORKED_FRAMES, 1)]
    return "\n".join(parts)


def _worked(number: int, worked: WorkedFrame) -> str:
    """Return one worked frame."""
    raw = worked.frame.to_bytes()
    name = _wire_name(type(worked.message))
    head = f"### {number}. {worked.title} ({name})\n\n```\n{_hex_block(raw)}\n```\n"
    return f"{head}\n{_table(('bytes', 'field', 'value'), _breakdown(worked, raw))}"


def _breakdown(worked: WorkedFrame, raw: bytes) -> Iterator[Sequence[object]]:
    """Yield bytes, name and value of each field of a frame."""
    frame = worked.frame
    values = {
        "sync": "",
        "version": VERSION,
        "type": _wire_name(type(worked.message)),
        "sequence": frame.sequence,
        "serial": frame.serial,
        "length": len(frame.payload),
    }
    at = 0
    for name, size, _, _ in _FRAME_FIELDS:
        yield _cell(raw[at : at + size]), name, values[name]
        at += size
    for name, size, value in _payload_fields(worked.message):
        yield _cell(raw[at : at + size]), name, value
        at += size
    yield _cell(raw[at:]), "crc", ""


def _payload_fields(message: Message) -> Iterator[tuple[str, int, object]]:
    """Yield name, size and value of each field of a message."""
    return _sized(columns_of(type(message)), asdict(message))


def _sized(
    columns: Sequence[Column], values: dict[str, Any], prefix: str = ""
) -> Iterator[tuple[str, int, object]]:
    """Yield name, size and value of each column, going into rows."""
    for column in columns:
        spec, value = column.spec, values[column.name]
        if isinstance(spec, Rows):
            yield f"{column.name} count", 1, len(value)
            for place, row in enumerate(value):
                names = f"{column.name}[{place}]."
                yield from _sized(columns_of(spec.row), row, names)
        else:
            yield prefix + column.name, spec.wire.length, _shown(value)


def _shown(value: object) -> object:
    """Return a value as the document shows it."""
    if isinstance(value, IntFlag):
        return " + ".join(str(flag.name) for flag in value) or "none"
    return value.name if isinstance(value, Enum) else value


def _hex_block(raw: bytes) -> str:
    """Return bytes in hexadecimal, 16 to a line."""
    lines = (raw[start : start + 16] for start in range(0, len(raw), 16))
    return "\n".join(line.hex(" ").upper() for line in lines)


def _cell(raw: bytes) -> str:
    """Return bytes in hexadecimal for a table cell."""
    return f"`{raw.hex(' ').upper()}`"


def _wire_name(declared: type) -> str:
    """Return a request's name in capitals as refusals and rules use it."""
    requests = [line.request for line in EXCHANGES]
    if declared not in (*requests, AlarmReceived):
        return declared.__name__
    words = "".join(f"_{c}" if c.isupper() else c for c in declared.__name__)
    return words.removeprefix("_").upper()


if __name__ == "__main__":
    print(render(), end="")
