"""Data sheet: any relay box that speaks SCPI, told in the bench file's own words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import ConfigurationError, InstrumentFault, InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.plans.plan import Role
from harness.ports.tap import Tap
from harness.readings import Identity
from harness.roles import FlowClamp, Instrument, Magnet, PowerSwitch
from harness.toml_files import Table
from harness.units import Quantity, magnitude
from protocols import scpi
from protocols.errors import LocalProtocolError, RemoteProtocolError

TIMEOUT_NS: Final = 2 * NS_PER_S
"""How long one answer is waited for."""

_SAME_SUPPLY: Final = 0.01
_QUIET_NS: Final = 200 * NS_PER_MS
_SAID: Final = MappingProxyType(
    {
        Role.CLAMP: ("closed", "opened"),
        Role.MAGNET: ("brought", "taken away"),
        Role.POWER: ("switched on", "switched off"),
    }
)
_SAFE: Final = MappingProxyType(
    {
        Role.CLAMP: (False, "clamp open"),
        Role.MAGNET: (False, "magnet away"),
        Role.POWER: (True, "power on"),
    }
)
"""The safe state of each role, in the order in which it is taken."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What the relay is told for one role.

    Attributes:
        close_command: closes the line, brings the magnet, or gives the pump its supply.
        open_command: undoes that.
        state_query: is answered 1 while the first is in force, 0 otherwise; "" if the
            relay cannot say.
    """

    close_command: str
    open_command: str
    state_query: str


def read_options(table: Table, roles: Sequence[Role]) -> dict[str, object]:
    """Read ``channels`` and ``supply`` of the bench file's entry, as own keywords.

    Raises:
        ConfigurationError: a role without a channel, a channel without a role, or a
            command that SCPI cannot carry.
    """
    given = table.table("channels")
    channels = {role: _channel(given, role) for role in roles}
    given.done()
    supply = table.quantity("supply", "V") if Role.POWER in roles else None
    return {"channels": MappingProxyType(channels), "supply": supply}


class ScpiRelay(Instrument, FlowClamp, Magnet, PowerSwitch):
    """Relays in the roles for which the bench file gives them a channel.

    After each command the relay's error queue is read, and where it can tell its state,
    that too. A command is sent once.

    Args:
        name: what the journal and messages call the relay.
        port: its line, journalled; it returns whole lines or any pieces.
        clock: bench time.
        recorder: where stimuli are written.
        timeout_ns: how long one answer is waited for.
        channels: what is sent, by role.
        supply: voltage that the relay of the role power switches; None without one.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = TIMEOUT_NS,
        channels: Mapping[Role, Channel] = MappingProxyType({}),
        supply: Quantity | None = None,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._channels = channels
        self._supply = supply
        self._in_step = False

    def connect(self) -> None:
        """Clear the error queue, and check that a SCPI instrument answers.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: what answers is none, or it has an error at once.
        """
        self._get_in_step()
        self._send(scpi.CLEAR)
        self.read_identity()
        self._check_queue(scpi.CLEAR)

    def read_identity(self) -> Identity:
        """Ask who the relay is; maker and model make the model."""
        try:
            found = scpi.parse_identification(self._ask(scpi.IDENTITY))
        except RemoteProtocolError as error:
            raise self._fault(error) from error
        return Identity(f"{found.maker} {found.model}", found.serial, found.firmware)

    def set_closed(self, closed: bool) -> None:
        """Close the line downstream of the pump, or open it."""
        self._set(Role.CLAMP, closed)

    def set_present(self, present: bool) -> None:
        """Bring the magnet to the pump, or take it away."""
        self._set(Role.MAGNET, present)

    def set_powered(self, on: bool) -> None:
        """Give the pump its supply, or take it away."""
        self._set(Role.POWER, on)

    def set_supply(self, voltage: Quantity) -> None:
        """Do nothing if the relay's supply has this voltage; it cannot be set.

        Raises:
            ConfigurationError: it has another.
        """
        wanted_v = magnitude(voltage, "V")
        has_v = 0.0 if self._supply is None else magnitude(self._supply, "V")
        if not math.isclose(wanted_v, has_v, rel_tol=_SAME_SUPPLY):
            raise ConfigurationError(
                f"{self._name}: this relay switches {has_v:g} V and cannot give"
                f" {wanted_v:g} V; leave such cases out, or give the role power to an"
                " adjustable supply"
            )

    def set_safe(self) -> str:
        """Open the line, take the magnet away, give the supply: whatever it has."""
        steps = [(role, *_SAFE[role]) for role in _SAFE if role in self._channels]
        # The stack calls in reverse order, and goes on after any exception.
        with ExitStack() as stack:
            for role, is_on, _ in reversed(steps):
                stack.callback(self._set, role, is_on)
        return ", ".join(said for _, _, said in steps)

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    def _set(self, role: Role, is_on: bool) -> None:
        if role not in self._channels:
            raise ConfigurationError(
                f"{self._name}: the bench file gives this relay no channel for the"
                f" {role}; add it under [instrument.channels]"
            )
        channel = self._channels[role]
        command = channel.close_command if is_on else channel.open_command
        self._get_in_step()
        self._send(command)
        self._check_queue(command)
        if channel.state_query:
            self._check_state(channel.state_query, command, is_on)
        self._recorder.stimulus(role, _SAID[role][0 if is_on else 1])

    def _check_queue(self, command: str) -> None:
        try:
            error = scpi.parse_error(self._ask(scpi.NEXT_ERROR))
        except RemoteProtocolError as mistake:
            raise self._fault(mistake) from mistake
        if error.code:
            raise InstrumentFault(
                f"{self._name} answered {command!r} with error {error.code},"
                f" {error.text[:80]!r}; correct its channels in the bench file"
            )

    def _check_state(self, question: str, command: str, is_on: bool) -> None:
        try:
            found = scpi.parse_yes_no(self._ask(question))
        except RemoteProtocolError as error:
            raise self._fault(error) from error
        if found is not is_on:
            raise InstrumentFault(
                f"{self._name} was told {command!r}, but answers {question!r} with"
                f" {int(found)}; see to the relay, or correct its channels in the bench"
                " file"
            )

    def _send(self, message: str) -> None:
        try:
            line = scpi.encode(message)
        except LocalProtocolError as error:
            raise ConfigurationError(f"{self._name}: {error}") from error
        self._port.write(line)
        self._port.settle()

    def _ask(self, question: str) -> str:
        self._port.write(scpi.encode(question))
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        answer = b""
        while not answer.endswith(b"\n") and len(answer) < scpi.MAX_LINE_BYTES:
            answer += self._port.read(deadline_ns)
            if self._clock.now_ns() >= deadline_ns and not answer.endswith(b"\n"):
                # What comes late must not count as the next answer.
                self._in_step = False
                self._port.settle()
                raise InstrumentSilent(
                    f"{self._name} did not answer {question!r}; check its power, its"
                    " cable and `port` in the bench file"
                )
        self._port.settle()
        try:
            return scpi.decode(answer)
        except RemoteProtocolError as error:
            raise self._fault(error) from error

    def _get_in_step(self) -> None:
        """Read until the line is quiet, where an answer may still be under way.

        Raises:
            InstrumentFault: it is never quiet.
        """
        give_up_ns = self._clock.now_ns() + self._timeout_ns
        while not self._in_step:
            deadline_ns = self._clock.now_ns() + _QUIET_NS
            self._in_step = not self._port.read(deadline_ns)
            self._port.settle()
            if not self._in_step and self._clock.now_ns() >= give_up_ns:
                raise InstrumentFault(
                    f"{self._name} never stops sending, so no answer of it can be"
                    " told; check `port` in the bench file"
                )

    def _fault(self, error: RemoteProtocolError) -> InstrumentFault:
        self._in_step = False
        return InstrumentFault(f"{self._name}: {error}")


def _channel(given: Table, role: Role) -> Channel:
    table = given.table(role)
    channel = Channel(
        close_command=_message(table, "close"),
        open_command=_message(table, "open"),
        state_query=_message(table, "state") if "state" in table else "",
    )
    table.done()
    return channel


def _message(table: Table, key: str) -> str:
    text = table.text(key)
    try:
        scpi.encode(text)
    except LocalProtocolError as error:
        raise ConfigurationError(f"{table.where}: {key}: {error}") from error
    return text
