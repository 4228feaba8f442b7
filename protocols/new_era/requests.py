"""Requests: an address, a command, an argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.new_era.vocabulary import Command

HIGHEST_ADDRESS: Final = 99

_ARGUMENT: Final = re.compile(r"[0-9A-Z.]*")
_REQUEST: Final = re.compile(r"([0-9]{0,2})(.*)", re.DOTALL)
_IGNORED: Final = bytes(range(0x21)) + b"\x7f"
_BY_LENGTH: Final = sorted(Command, key=lambda each: -len(each.value))


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        address: of the pump, 0 to 99.
        command: what it shall do or tell.
        argument: "" to ask.
    """

    address: int
    command: Command
    argument: str = ""

    def to_data(self) -> bytes:
        """Return the data of its frame.

        Raises:
            LocalProtocolError: it cannot be told to a pump.
        """
        if not 0 <= self.address <= HIGHEST_ADDRESS:
            raise LocalProtocolError(
                f"New Era request: address {self.address} is not 0 to"
                f" {HIGHEST_ADDRESS}; correct the caller"
            )
        if not _ARGUMENT.fullmatch(self.argument):
            raise LocalProtocolError(
                f"New Era request: {self.argument!r} is no argument of"
                f" {self.command.name}; correct the caller"
            )
        text = f"{self.address}{self.command.value}{self.argument}"
        return text.encode("ascii")


def address_of(data: bytes) -> int:
    """Return the address of a request, 0 where it has none; it may be damaged else."""
    found = _REQUEST.fullmatch(_cleaned(data))
    return int(found[1] or "0") if found else 0


def parse_request(data: bytes) -> Request:
    """Read the data of a request's frame as a pump does: blanks and case do not matter.

    Raises:
        RemoteProtocolError: no command is known by this name.
    """
    found = _REQUEST.fullmatch(_cleaned(data))
    text = found[2] if found else ""
    for command in _BY_LENGTH:
        argument = text.removeprefix(command.value)
        is_named = bool(command.value) or not text
        if (
            text.startswith(command.value)
            and is_named
            and _ARGUMENT.fullmatch(argument)
        ):
            return Request(address_of(data), command, argument)
    raise RemoteProtocolError(f"New Era request: {text[:20]!r} is no command")


def _cleaned(data: bytes) -> str:
    # Bytes, not text, to upper case: that would make two letters of 0xDF.
    return data.translate(None, _IGNORED).upper().decode("latin-1")
