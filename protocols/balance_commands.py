"""Commands of balances: words that stand on a line alone."""

from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from protocols.balance_replies import TERMINATOR

C = TypeVar("C", bound=StrEnum)


class CommandLines(Generic[C]):
    """How the commands of one language are written.

    Args:
        commands: all that there are.
        escape: what stands before each.
    """

    def __init__(self, commands: type[C], escape: str = "") -> None:
        self._escape = escape
        lines = {self.encode(each): each for each in commands}
        self._commands = MappingProxyType(lines)

    def encode(self, command: C) -> bytes:
        """Return the bytes of a command."""
        return f"{self._escape}{command}{TERMINATOR}".encode("ascii")

    def parse(self, line: bytes) -> C | None:
        """Return the command in a line, CR LF included, or None if it is none."""
        return self._commands.get(line)
