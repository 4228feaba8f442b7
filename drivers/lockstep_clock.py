"""Bench time that a simulated bench in its own process owns."""

from __future__ import annotations

from typing import Final

from harness.clock import NS_PER_S, Clock
from harness.errors import InstrumentFault, InstrumentSilent
from harness.ports.base import Port
from protocols.bench_commands import (
    Command,
    LetTimePass,
    Now,
    ReadTime,
)
from protocols.bench_control import (
    encode_command,
    parse_reply,
)
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader

TIMEOUT_NS: Final = 60 * NS_PER_S
"""How long, by the host's clock, one answer of the bench is waited for."""


class LockstepClock:
    """A :class:`~harness.clock.Clock` that asks the bench for the time.

    Time stands still unless somebody waits or bytes travel, so each look at the clock
    is a question to the bench.

    Args:
        name: what messages call the bench.
        port: a connection to the control port that nobody else uses: a question about
            time must not meet another command's answer.
        host: the host's own clock, by which the bench counts as silent.
        timeout_ns: how long an answer is waited for, by ``host``.
    """

    def __init__(
        self, name: str, port: Port, host: Clock, *, timeout_ns: int = TIMEOUT_NS
    ) -> None:
        self._name = name
        self._port = port
        self._host = host
        self._timeout_ns = timeout_ns
        self._lines = LineReader()
        self._now_ns = 0

    def now_ns(self) -> int:
        """Ask for the bench time, nanoseconds since 1970-01-01 UTC.

        Raises:
            InstrumentSilent: the bench does not answer.
            InstrumentFault: the answer is no time, or one before the last.
        """
        return self._ask(ReadTime())

    def sleep_until(self, deadline_ns: int) -> int:
        """Let time pass until the deadline, or until an unasked byte arrives.

        Returns:
            The bench time on waking.

        Raises:
            InstrumentSilent: the bench does not answer.
            InstrumentFault: the answer is no time, or one before the last.
        """
        return self._ask(LetTimePass(deadline_ns))

    def close(self) -> None:
        """Release the connection."""
        self._port.close()

    def _ask(self, command: Command) -> int:
        self._port.write(encode_command(command))
        deadline_ns = self._host.now_ns() + self._timeout_ns
        lines: list[bytes] = []
        while not lines:
            lines = self._lines.feed(self._port.read(deadline_ns))
            if not lines and self._host.now_ns() >= deadline_ns:
                raise InstrumentSilent(
                    f"{self._name} did not answer {command} within"
                    f" {self._timeout_ns / NS_PER_S:g} s of the host's time; check that"
                    " the simulated bench still runs"
                )
        self._now_ns = self._time_in(lines)
        return self._now_ns

    def _time_in(self, lines: list[bytes]) -> int:
        try:
            replies = [parse_reply(line) for line in lines]
        except RemoteProtocolError as error:
            raise InstrumentFault(f"{self._name}: {error}") from error
        match replies:
            case [Now(t_ns)] if t_ns >= self._now_ns:
                return t_ns
            case _:
                raise InstrumentFault(
                    f"{self._name} answered a question about time with {replies}, after"
                    f" {self._now_ns} ns; start the simulated bench again"
                )
