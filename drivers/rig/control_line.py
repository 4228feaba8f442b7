"""The rig's control port: one command, one answer."""

from __future__ import annotations

from typing import Final

from harness.clock import NS_PER_S, Clock
from harness.errors import ConfigurationError, InstrumentFault, InstrumentSilent
from harness.ports.tap import Tap
from protocols.bench_commands import Command, Done, Reply
from protocols.bench_control import encode_command, parse_reply
from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader

TIMEOUT_NS: Final = 10 * NS_PER_S
"""How long one answer is waited for."""


class ControlLine:
    """Asks the rig, once each time.

    Args:
        name: what messages call the rig.
        port: its control port, journalled.
        clock: bench time.
        timeout_ns: how long one answer is waited for.
    """

    def __init__(self, name: str, port: Tap, clock: Clock, timeout_ns: int) -> None:
        self.name = name
        self._port = port
        self._clock = clock
        self._timeout_ns = timeout_ns
        self._lines = LineReader()

    def drop(self) -> None:
        """Drop what has come so far."""
        self._port.read_waiting()

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    def order(self, command: Command) -> None:
        """Have a command carried out.

        Raises:
            ConfigurationError: it does not fit the line.
            InstrumentFault: the rig did not carry it out.
            InstrumentSilent: nobody knows whether it did.
        """
        reply = self.ask(command)
        if reply != Done():
            raise InstrumentFault(
                f"{self.name} answered {command} with {reply}; correct the plan or the"
                " simulated bench"
            )

    def ask(self, command: Command) -> Reply:
        """Send a command and return the answer, whatever it is.

        Raises:
            ConfigurationError: the command does not fit the line.
            InstrumentFault: the answer is none.
            InstrumentSilent: nothing answers.
        """
        try:
            line = encode_command(command)
        except LocalProtocolError as error:
            raise ConfigurationError(f"{self.name}: {error}") from error
        # A late answer to an earlier command must not count as this one's.
        self._port.read_waiting()
        self._lines.reset()
        self._port.write(line)
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        lines: list[bytes] = []
        while not lines:
            lines = self._lines.feed(self._port.read(deadline_ns))
            if not lines and self._clock.now_ns() >= deadline_ns:
                self._port.settle()
                raise InstrumentSilent(
                    f"{self.name} did not answer {line!r}, so whether it acted is"
                    " unknown; check that the bench still runs, and start again"
                )
        self._port.settle()
        return self._only(lines)

    def _only(self, lines: list[bytes]) -> Reply:
        if len(lines) != 1:
            raise InstrumentFault(
                f"{self.name} answered one command with {lines}; let nobody else use"
                " its control port"
            )
        try:
            return parse_reply(lines[0])
        except RemoteProtocolError as error:
            raise InstrumentFault(f"{self.name}: {error}") from error
