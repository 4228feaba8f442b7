"""What crossed one wire as a small file of its own, to be played to a driver.

One JSON object a line: the first says whose conversation it is, every other one is an
exchange as a journal has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError
from harness.ports.replaying.tape import Exchange

SUFFIX: Final = ".trace.jsonl"
_VERSION: Final = 1
_LARGEST_BYTES: Final = 256 * 1024 * 1024
_LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Trace:
    """A conversation with one instrument.

    Attributes:
        instrument: its name on the bench.
        model: its model's name in the catalogue; empty where that is not known.
        late_ns: how long a program may have been at work between a wait and what it
            did next, ns; 0 where the clock was virtual.
        exchanges: in order.
    """

    instrument: str
    model: str
    late_ns: int
    exchanges: tuple[Exchange, ...]


def dumps(trace: Trace) -> str:
    """Return the text of the file."""
    head = {
        "trace": _VERSION,
        "instrument": trace.instrument,
        "model": trace.model,
        "late_ns": trace.late_ns,
    }
    lines = [head, *map(_members, trace.exchanges)]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def read(path: Path) -> Trace:
    """Read a trace file.

    Raises:
        ConfigurationError: it cannot be read, or is no trace.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ConfigurationError(
                f"{path}: larger than {_LARGEST_BYTES} bytes; cut a shorter trace"
            )
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error}); give a trace that `dosebench trace cut`"
            " or `trace import` has written"
        ) from error
    return _trace(path, lines)


def _trace(path: Path, lines: list[str]) -> Trace:
    done = 0
    found: list[Exchange] = []
    try:
        head = _object(lines[0] if lines else "")
        trace = Trace(
            instrument=_name(head["instrument"]),
            model=_name(head["model"]),
            late_ns=_whole(head["late_ns"]),
            exchanges=(),
        )
        if head["trace"] != _VERSION or not trace.instrument:
            raise ValueError(f"is not version {_VERSION}, or names no instrument")
        for done, line in enumerate(lines[1:], start=1):  # noqa: B007 - told below.
            found.append(_exchange(trace.instrument, _object(line)))
            _refuse_disorder(found)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{path}: line {done + 1} is no line of a trace ({error}); cut it again"
            " from the journal"
        ) from error
    if not found:
        raise ConfigurationError(f"{path}: holds no exchange; cut it again")
    return Trace(trace.instrument, trace.model, trace.late_ns, tuple(found))


def _members(exchange: Exchange) -> dict[str, object]:
    return {
        "seq": exchange.seq,
        "sent_ns": exchange.sent_ns,
        "sent": exchange.sent.hex(),
        "t_ns": exchange.t_ns,
        "received": exchange.received.hex(),
        "pauses": exchange.pauses,
    }


def _exchange(port: str, members: dict[str, object]) -> Exchange:
    exchange = Exchange(
        seq=_whole(members["seq"]),
        port=port,
        sent_ns=_whole(members["sent_ns"]),
        sent=bytes.fromhex(_text(members["sent"])),
        t_ns=_whole(members["t_ns"]),
        received=bytes.fromhex(_text(members["received"])),
        pauses=tuple(_pauses(members["pauses"])),
    )
    steps = [exchange.sent_ns, *(t_ns for t_ns, _ in exchange.pauses), exchange.t_ns]
    sizes = [0, *(size for _, size in exchange.pauses), len(exchange.received)]
    if steps != sorted(steps) or sizes != sorted(sizes):
        raise ValueError("its times or sizes fall")
    return exchange


def _refuse_disorder(found: list[Exchange]) -> None:
    if len(found) > 1 and found[-1].sent_ns < found[-2].sent_ns:
        raise ValueError("earlier than the line before")


def _pauses(value: object) -> Iterator[tuple[int, int]]:
    if not isinstance(value, list):
        raise TypeError("pauses is no list")
    for t_ns, size in value:
        yield _whole(t_ns), _whole(size)


def _object(line: str) -> dict[str, object]:
    value = json.loads(line)
    if not isinstance(value, dict):
        raise TypeError("no JSON object")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r:.40} is no whole number from 0")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _name(value: object) -> str:
    text = _text(value)
    if len(text) > _LONGEST_NAME or not (text.isascii() and text.isprintable()):
        raise ValueError(f"{text!r:.40} is no name")
    return text
