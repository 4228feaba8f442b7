"""The control port of a simulated bench, as lines of text.

The rig is what hands do on a real bench: clamp, magnet, syringe, vessel. On a bench
that runs in its own process the same port also owns time.

=========================  ===============================================
``ID``                     ``ID DOSEBENCH-RIG <serial> <firmware>``
``NOW``                    ``NOW <ns>``, bench time since 1970-01-01 UTC
``UNTIL <ns>``             ``NOW <ns>``, after time has passed until then or
                           until the first unasked byte on any line
``CASE <id>``              ``OK``
``CLAMP CLOSED|OPEN``      ``OK``
``MAGNET ON|OFF``          ``OK``
``FILL <nl>``              ``OK``
``WITHDRAW``               ``OK``, the residual is in the vessel
``EMPTY``                  ``OK``, the vessel has its starting content
anything that fails        ``ERR <text>``
=========================  ===============================================

A line is printable ASCII, ends with CR LF and has at most 128 bytes; exactly one blank
stands between words. `protocols.mt_sics.line_reader.LineReader` splits such a stream.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_LINE_BYTES: Final = 128
"""Longest line, in bytes, terminator included."""
MAX_INTEGER: Final = 2**63 - 1
"""Largest number in a line."""

_MODEL = "DOSEBENCH-RIG"
_TERMINATOR = b"\r\n"
_LINE = re.compile(r"([!-~]+(?: [!-~]+)*)\r\n")
_WORD = re.compile(r"[!-~]{1,100}")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class ReadIdentity:
    """Who are you? Answered by `RigIdentity`."""


@dataclass(frozen=True, slots=True)
class ReadTime:
    """What is the bench time? Answered by `Now`."""


@dataclass(frozen=True, slots=True)
class LetTimePass:
    """Let time pass until ``until_ns`` or the first unasked byte; answered by `Now`."""

    until_ns: int


@dataclass(frozen=True, slots=True)
class BeginCase:
    """A case begins now. Its id has no blanks and at most 100 characters."""

    case_id: str


@dataclass(frozen=True, slots=True)
class SetClamp:
    """Close the line downstream of the pump, or open it."""

    closed: bool


@dataclass(frozen=True, slots=True)
class SetMagnet:
    """Bring the magnet to the pump, or take it away."""

    present: bool


@dataclass(frozen=True, slots=True)
class FillReservoir:
    """Put so many nanolitres into the pump's reservoir."""

    volume_nl: int


@dataclass(frozen=True, slots=True)
class WithdrawReservoir:
    """Draw the residual out of the reservoir into the vessel on the balance."""


@dataclass(frozen=True, slots=True)
class EmptyVessel:
    """Empty the vessel on the balance to its starting content."""


Command = (
    ReadIdentity
    | ReadTime
    | LetTimePass
    | BeginCase
    | SetClamp
    | SetMagnet
    | FillReservoir
    | WithdrawReservoir
    | EmptyVessel
)


@dataclass(frozen=True, slots=True)
class Done:
    """The command has been carried out."""


@dataclass(frozen=True, slots=True)
class RigIdentity:
    """Serial number and firmware of the rig; neither has blanks."""

    serial: str
    firmware: str
    model: str = _MODEL


@dataclass(frozen=True, slots=True)
class Now:
    """Bench time in nanoseconds since 1970-01-01 UTC."""

    t_ns: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The command was not carried out; `text` says why."""

    text: str


Reply = Done | RigIdentity | Now | Failed

_FIXED: Final[MappingProxyType[str, Command]] = MappingProxyType(
    {
        "ID": ReadIdentity(),
        "NOW": ReadTime(),
        "CLAMP CLOSED": SetClamp(closed=True),
        "CLAMP OPEN": SetClamp(closed=False),
        "MAGNET ON": SetMagnet(present=True),
        "MAGNET OFF": SetMagnet(present=False),
        "WITHDRAW": WithdrawReservoir(),
        "EMPTY": EmptyVessel(),
    }
)
_WORDS: Final = MappingProxyType({command: words for words, command in _FIXED.items()})


def encode_command(command: Command) -> bytes:
    """Return the line that asks the rig for ``command``.

    Raises:
        LocalProtocolError: a number or a case id does not fit the line.
    """
    match command:
        case LetTimePass(until_ns):
            return _line(f"UNTIL {_checked_integer('UNTIL', until_ns)}")
        case FillReservoir(volume_nl):
            return _line(f"FILL {_checked_integer('FILL', volume_nl)}")
        case BeginCase(case_id):
            return _line(f"CASE {_checked_word('CASE', case_id)}")
        case _:
            return _line(_WORDS[command])


def parse_command(line: bytes) -> Command:
    """Return the command in ``line``, CR LF included.

    Raises:
        RemoteProtocolError: the line is no command.
    """
    text = _text(line)
    if fixed := _FIXED.get(text):
        return fixed
    match text.split(" "):
        case ["UNTIL", number] if _is_integer(number):
            return LetTimePass(int(number))
        case ["FILL", number] if _is_integer(number):
            return FillReservoir(int(number))
        case ["CASE", case_id] if _WORD.fullmatch(case_id):
            return BeginCase(case_id)
        case _:
            raise RemoteProtocolError(
                f"bench control has no command {text!r}; see its list of commands"
            )


def encode_reply(reply: Reply) -> bytes:
    """Return the line with which the rig answers.

    The text of a `Failed` is cut to the line's length, and characters that are not
    printable ASCII become ``?``; an error message must not fail itself.

    Raises:
        LocalProtocolError: a number or an identity does not fit the line.
    """
    match reply:
        case Done():
            return _line("OK")
        case Now(t_ns):
            return _line(f"NOW {_checked_integer('NOW', t_ns)}")
        case RigIdentity(serial, firmware, model):
            words = [_checked_word("ID", word) for word in (model, serial, firmware)]
            return _line(" ".join(["ID", *words]))
        case Failed(text):
            words = re.sub(r"[^!-~ ]", "?", text).split() or ["unknown"]
            return _line(" ".join(["ERR", *words])[: MAX_LINE_BYTES - 2].rstrip())


def parse_reply(line: bytes) -> Reply:
    """Return the reply in ``line``, CR LF included.

    Raises:
        RemoteProtocolError: the line is no reply.
    """
    text = _text(line)
    match text.split(" "):
        case ["OK"]:
            return Done()
        case ["NOW", number] if _is_integer(number):
            return Now(int(number))
        case ["ID", model, serial, firmware] if model == _MODEL:
            return RigIdentity(serial, firmware)
        case ["ERR", *words] if words:
            return Failed(" ".join(words))
        case _:
            raise RemoteProtocolError(
                f"bench control was answered {text!r}, which is no reply; check that"
                " the port is the control port of a simulated bench"
            )


def _text(line: bytes) -> str:
    found = _LINE.fullmatch(line.decode("latin-1"))
    if found is None or len(line) > MAX_LINE_BYTES:
        raise RemoteProtocolError(
            f"bench control line {line[:40]!r} is not single words of printable ASCII"
            f" ended by CR LF in at most {MAX_LINE_BYTES} bytes; correct the sender"
        )
    return found[1]


def _line(text: str) -> bytes:
    line = text.encode("ascii") + _TERMINATOR
    if len(line) > MAX_LINE_BYTES:
        raise LocalProtocolError(
            f"bench control line {text[:40]!r}... has {len(line)} bytes; shorten it to"
            f" fit {MAX_LINE_BYTES}"
        )
    return line


def _is_integer(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and int(text) <= MAX_INTEGER


def _checked_integer(keyword: str, number: int) -> int:
    if not 0 <= number <= MAX_INTEGER:
        raise LocalProtocolError(
            f"bench control {keyword} cannot carry {number}; give 0 to {MAX_INTEGER}"
        )
    return number


def _checked_word(keyword: str, word: str) -> str:
    if not _WORD.fullmatch(word):
        raise LocalProtocolError(
            f"bench control {keyword} cannot carry {word!r}; use 1 to 100 printable"
            " ASCII characters without blanks"
        )
    return word
