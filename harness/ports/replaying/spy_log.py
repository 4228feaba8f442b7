"""What pyserial's ``spy://`` port has logged, as exchanges.

Source: the formatter ``FormatHexdump`` of pyserial 3.5. A line reads: seconds since the
port was opened, ``TX`` or ``RX``, offset and up to 16 bytes in hex, the same as text;
an offset of 0 begins a new call of write or read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.clock import NS_PER_MS
from harness.errors import ConfigurationError
from harness.ports.replaying.tape import Exchange

_COLOUR: Final = re.compile(r"\x1b\[\d{1,2}m")
_LINE: Final = re.compile(r"(\d{6,9})\.(\d{3}) (\S{2,5}) +(.*)")
_BYTES: Final = re.compile(r"([0-9A-F]{4,8})  (.{49}) .*")
_EMPTY: Final = "<empty>"
_NEW_CALL: Final = 0


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of write or read."""

    t_ns: int
    is_sent: bool
    data: bytes


@dataclass(slots=True)
class _Open:
    """An exchange that goes on."""

    sent_ns: int
    sent: bytes
    reads: list[_Call] = field(default_factory=list)

    def closed(self, seq: int, port: str) -> Exchange:
        size, ends = 0, []
        for each in self.reads:
            size += len(each.data)
            ends.append((each.t_ns, size))
        t_ns = ends[-1][0] if ends else self.sent_ns
        # Of reads within one millisecond the last says it all, but one in vain stands.
        last = dict(ends)
        pauses = tuple(last.items())[: -1 if size or len(last) > 1 else None]
        received = b"".join(each.data for each in self.reads)
        return Exchange(seq, port, self.sent_ns, self.sent, t_ns, received, pauses)


def exchanges(port: str, lines: Iterable[str], where: str) -> tuple[Exchange, ...]:
    """Read a log: a question begins an exchange, and what is read then is its answer.

    Time begins with 0 when the port was opened.

    Args:
        port: what the instrument is to be called.
        lines: of the log.
        where: the file, for messages.

    Raises:
        ConfigurationError: a line is none of such a log.
    """
    found: list[_Open] = []
    for call in _calls(lines, where):
        if call.is_sent:
            found.append(_Open(call.t_ns, call.data))
        else:
            if not found:
                found.append(_Open(call.t_ns, b""))
            found[-1].reads.append(call)
    return tuple(each.closed(n, port) for n, each in enumerate(found, start=1))


def _calls(lines: Iterable[str], where: str) -> Iterator[_Call]:
    last: _Call | None = None
    for number, text in enumerate(lines, start=1):
        line = _COLOUR.sub("", text).rstrip("\r\n")
        if not line.strip():
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise _wrong(where, number)
        seconds, ms, label, rest = parts.groups()
        if label not in ("TX", "RX"):
            continue
        t_ns = (int(seconds) * 1_000 + int(ms)) * NS_PER_MS
        offset, data = _bytes(rest, where, number)
        if offset == _NEW_CALL:
            if last is not None:
                yield last
            last = _Call(t_ns, label == "TX", data)
        elif last is None or len(last.data) != offset:
            raise _wrong(where, number)
        else:
            last = _Call(last.t_ns, last.is_sent, last.data + data)
    if last is not None:
        yield last


def _bytes(rest: str, where: str, number: int) -> tuple[int, bytes]:
    if rest.strip() == _EMPTY:
        return _NEW_CALL, b""
    parts = _BYTES.fullmatch(rest)
    if parts is None:
        raise _wrong(where, number)
    try:
        return int(parts[1], 16), bytes.fromhex(parts[2])
    except ValueError as error:
        raise _wrong(where, number) from error


def _wrong(where: str, number: int) -> ConfigurationError:
    return ConfigurationError(
        f"{where}: line {number} is none of a log of pyserial's spy port; open the port"
        " as spy://PORT?file=FILE, without `raw`"
    )
