r"""The prompt protocol of Harvard PHD ULTRA and KDS Legato syringe pumps.

A command is text and CR, perhaps behind an address and a colon. The answer is lines
between LF and CR, and then LF and a prompt that says what the pump does; so what has
lost its beginning is no answer::

    irate 250 ul/hr\r          \n: XON
    status\r                   \n69444444 36 2500000000 i...I\r\n> XON

XON (0x11) follows the prompt after ``poll on``; it is the only sure end of an answer.
The status counts in fL/s, s and fL.

Source: PHD ULTRA manual 5419-002, p. 83 and 88. Assumed, because the sources at hand
do not say so: that ``civolume`` and ``ctvolume`` clear volume and target; that
``version`` answers a line with model and version; that a setting is read back as number
and unit; that a command which is taken answers no line, and one that is refused does.
No real pump has been met yet; one that differs is refused, never misread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.probe import Found, Probe

XON: Final = b"\x11"
MAX_ANSWER_BYTES: Final = 1_024
MAX_ADDRESS: Final = 99

_ANSWER: Final = re.compile(
    r"(?P<lines>(?:\n+[ -~]*\r)*)\n+(?P<address>[0-9]{2})?"
    r"(?P<prompt>T\*|>\*|<\*|[:><*])"
)
_STATUS: Final = re.compile(
    r"([0-9]{1,18}) ([0-9]{1,12}) ([0-9]{1,20}) ([iIwW])([IW.])([S.])([T.])([IW])"
)
_NUMBER: Final = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)"
_RATE: Final = re.compile(rf"{_NUMBER} (ml|ul|nl|pl)/(hr|min|sec)")
_VOLUME: Final = re.compile(rf"{_NUMBER} (ml|ul|nl|pl)")
_DIAMETER: Final = re.compile(rf"{_NUMBER} mm")
_VERSION: Final = re.compile(
    r"([ -~]*(?:PHD|LEGATO)(?:[ -~]*[!-~])?) +V?([0-9][0-9A-Z.]*)"
)
_IN_NL: Final = MappingProxyType(
    {"ml": Decimal(10**6), "ul": Decimal(10**3), "nl": Decimal(1),
     "pl": Decimal("1e-3")}
)  # fmt: skip
_PER_HOUR: Final = MappingProxyType({"hr": 1, "min": 60, "sec": 3_600})
_FL_PER_NL: Final = 10**6
_S_PER_H: Final = 3_600


class Word(StrEnum):
    """Commands, questions where nothing is behind them."""

    POLL_ON = "poll on"
    VERSION = "version"
    STATUS = "status"
    DIAMETER = "diameter"
    RATE = "irate"
    TARGET = "tvolume"
    VOLUME = "ivolume"
    CLEAR_TARGET = "ctvolume"
    CLEAR_VOLUME = "civolume"
    INFUSE = "irun"
    STOP = "stp"


class Prompt(StrEnum):
    """What the pump does, at the end of every answer."""

    IDLE = ":"
    INFUSING = ">"
    WITHDRAWING = "<"
    STALLED = "*"
    TARGET_REACHED = "T*"
    INFUSE_LIMIT = ">*"
    WITHDRAW_LIMIT = "<*"


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer.

    Attributes:
        prompt: what the pump does.
        lines: text before it; untrusted.
        address: that the pump puts before its prompt; None without one.
        raw: the bytes, XON included.
    """

    prompt: Prompt
    lines: tuple[str, ...]
    address: int | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes up to XON that are no answer."""

    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Status:
    """The machine's own report, for the direction in which it moves."""

    rate_fl_per_s: int
    time_s: int
    volume_fl: int
    is_withdrawing: bool
    is_at_infuse_limit: bool
    is_stalled: bool
    is_triggered: bool

    @property
    def rate_nl_per_h(self) -> int:
        """The rate, to the nearest nL/h."""
        scaled = self.rate_fl_per_s * _S_PER_H
        return (2 * scaled + _FL_PER_NL) // (2 * _FL_PER_NL)

    @property
    def volume_nl(self) -> int:
        """The volume in whole nL."""
        return self.volume_fl // _FL_PER_NL


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the pump reads back, in nL, nL/h or µm, and half its last digit."""

    value: Decimal
    half_digit: Decimal

    def agrees(self, count: int) -> bool:
        """Tell whether it is this number, rounded at most to the last digit shown.

        A reading of so few digits that it is off by more than 0.05 % does not count.
        """
        off = abs(self.value - count)
        return off <= self.half_digit and off <= Decimal(count) / 2_000


class AnswerReader:
    """Cuts a stream into answers, each ended by XON."""

    def __init__(self) -> None:
        self._pending = b""

    @property
    def pending(self) -> int:
        """Number of bytes held because their answer is not complete."""
        return len(self._pending)

    def feed(self, data: bytes) -> list[Reply | Malformed]:
        """Take the next bytes; return the answers that they completed, in order."""
        *whole, rest = (self._pending + data).split(XON)
        # With its XON this is still too long, so that no end of it passes for all.
        self._pending = rest[:MAX_ANSWER_BYTES]
        return [parse(each + XON) for each in whole]

    def reset(self) -> bytes:
        """Forget, and return, an answer that has only begun."""
        pending, self._pending = self._pending, b""
        return pending


def parse(answer: bytes) -> Reply | Malformed:
    """Return what one answer, up to its XON, says. Never raises."""
    if len(answer) > MAX_ANSWER_BYTES:
        return Malformed("longer than any answer", answer[:MAX_ANSWER_BYTES])
    found = _ANSWER.fullmatch(answer.removesuffix(XON).decode("latin-1"))
    if found is None or not answer.endswith(XON):
        return Malformed("no lines with a prompt and XON behind", answer)
    lines = (line.strip("\n") for line in found["lines"].split("\r"))
    address = None if found["address"] is None else int(found["address"])
    prompt = Prompt(found["prompt"])
    return Reply(prompt, tuple(line for line in lines if line), address, answer)


def encode(command: str, address: int = 0) -> bytes:
    """Return the bytes of a command; address 0 is that of a pump on its own.

    Raises:
        LocalProtocolError: the address is not 0 to 99, or the command no printable
            ASCII.
    """
    if not 0 <= address <= MAX_ADDRESS:
        raise LocalProtocolError(f"address {address} is not 0 to {MAX_ADDRESS}")
    if not (command.isascii() and command.isprintable()):
        raise LocalProtocolError(f"{command!r} is not printable ASCII")
    prefix = f"{address}:" if address else ""
    return f"{prefix}{command}\r".encode("ascii")


def set_rate(rate_nl_per_h: int) -> str:
    """Return the command that sets the rate of infusion."""
    return f"{Word.RATE} {_thousandths(rate_nl_per_h)} ul/hr"


def set_target(volume_nl: int) -> str:
    """Return the command that sets the volume at which the pump stops."""
    return f"{Word.TARGET} {_thousandths(volume_nl)} ul"


def set_diameter(diameter_um: int) -> str:
    """Return the command that sets the syringe's inner diameter."""
    return f"{Word.DIAMETER} {_thousandths(diameter_um)}"


def parse_status(line: str) -> Status:
    """Return what the answer to ``status`` tells.

    Raises:
        RemoteProtocolError: it is something else.
    """
    found = _STATUS.fullmatch(line)
    if found is None:
        raise RemoteProtocolError(f"{line[:80]!r} is no status")
    rate, time, volume, direction, limit, stall, trigger, _ = found.groups()
    return Status(
        rate_fl_per_s=int(rate),
        time_s=int(time),
        volume_fl=int(volume),
        is_withdrawing=direction in "wW",
        is_at_infuse_limit=limit == "I",
        is_stalled=stall == "S",
        is_triggered=trigger == "T",
    )


def parse_rate(line: str) -> Figure:
    """Return a rate that is read back, in nL/h.

    Raises:
        RemoteProtocolError: it is something else.
    """
    number, unit, per = _groups(_RATE, line, "rate")
    return _figure(number, _IN_NL[unit] * _PER_HOUR[per])


def parse_volume(line: str) -> Figure:
    """Return a volume that is read back, in nL.

    Raises:
        RemoteProtocolError: it is something else.
    """
    number, unit = _groups(_VOLUME, line, "volume")
    return _figure(number, _IN_NL[unit])


def parse_diameter(line: str) -> Figure:
    """Return a diameter that is read back, in µm.

    Raises:
        RemoteProtocolError: it is something else.
    """
    (number,) = _groups(_DIAMETER, line, "diameter")
    return _figure(number, Decimal(1_000))


def parse_version(line: str) -> tuple[str, str]:
    """Return model and version; both are untrusted.

    Raises:
        RemoteProtocolError: the line names no pump of this family.
    """
    # Only of ASCII: one other letter is two in upper case.
    found = _VERSION.fullmatch(line.upper()) if line.isascii() else None
    if found is None:
        raise RemoteProtocolError(f"{line[:80]!r} names no PHD or Legato pump")
    return found[1].strip(), found[2]


def _thousandths(count: int) -> str:
    whole, part = divmod(count, 1_000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


def _groups(form: re.Pattern[str], line: str, what: str) -> tuple[str, ...]:
    found = form.fullmatch(line.strip())
    if found is None:
        raise RemoteProtocolError(f"{line[:80]!r} is no {what}")
    return found.groups()


def _figure(number: str, scale: Decimal) -> Figure:
    value = Decimal(number)
    digit = Decimal(1).scaleb(int(value.as_tuple().exponent))
    return Figure(value * scale, digit * scale / 2)


def read_probe(answers: tuple[bytes, ...], family: str) -> Found | None:
    """Return which pump of a family has answered ``version``; None if none has."""
    for line in b"".join(answers).decode("latin-1").splitlines():
        try:
            model, version = parse_version(line.strip(XON.decode("ascii")))
        except RemoteProtocolError:
            continue
        return Found(model, firmware=version) if family in model else None
    return None


# The first CR ends whatever other instruments' questions have left in the line.
_QUESTIONS: Final = (b"\r" + encode(Word.VERSION),)
PHD_PROBE: Final = Probe(_QUESTIONS, partial(read_probe, family="PHD"))
LEGATO_PROBE: Final = Probe(_QUESTIONS, partial(read_probe, family="LEGATO"))
