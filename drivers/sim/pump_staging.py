"""What has been written and waits for its commit."""

from dataclasses import dataclass
from typing import Final

from drivers.sim.pump_limits import RequestRefusedError
from drivers.sim.pump_programs import Program
from drivers.sim.pump_time import NS_PER_MS
from protocols.pump_link.requests import (
    WriteDrug,
    WritePatientBolus,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.session import STAGING_LIFETIME_MS
from protocols.pump_link.vocabulary import FieldId, NakCode

_FIRST_TOKEN: Final = 1
_TOKEN_MODULO: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class StagedDays:
    """The first days of a schedule, Monday first; it lacks the others."""

    days: tuple[WriteScheduleDay, ...]


Content = Program | StagedDays | WriteRefill | WritePatientBolus | WriteDrug


@dataclass(frozen=True, slots=True)
class _Staged:
    """A checked programming that waits for its commit until a pump time, ns."""

    token: int
    content: Content
    expires_ns: int


class Staging:
    """The one programming that waits for its commit."""

    __slots__ = ("_next_token", "_staged")

    def __init__(self) -> None:
        """Begin with nothing staged."""
        self._staged: _Staged | None = None
        self._next_token = _FIRST_TOKEN

    def stage(self, content: Content, u_ns: int) -> int:
        """Keep what was checked, in place of what was staged; return its token."""
        token = self._next_token
        self._next_token = (token + 1) % _TOKEN_MODULO
        expires_ns = u_ns + STAGING_LIFETIME_MS * NS_PER_MS
        self._staged = _Staged(token, content, expires_ns)
        return token

    def content(self, token: int, u_ns: int) -> Content:
        """Return what a token stands for.

        Raises:
            RequestRefusedError: BAD_TOKEN.
        """
        staged = self._staged
        if staged is None or staged.token != token or staged.expires_ns <= u_ns:
            raise RequestRefusedError(NakCode.BAD_TOKEN, FieldId.TOKEN)
        return staged.content

    def days(self, u_ns: int) -> tuple[WriteScheduleDay, ...]:
        """Return the days of a schedule that are staged; none once they expired."""
        staged = self._staged
        if staged is None or staged.expires_ns <= u_ns:
            return ()
        return staged.content.days if isinstance(staged.content, StagedDays) else ()

    def drop(self) -> None:
        """Forget what is staged."""
        self._staged = None
