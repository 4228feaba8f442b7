"""Serves a simulated bench from its own process, so that any client can reach it.

Every wire is a TCP port on the loopback interface; all but rig and ear can be pseudo
terminals too. The rig's wire is the control port: there ``NOW`` and ``UNTIL`` are
answered by the server and cost no time, and each client hears the answers to its own
commands only. In lock-step, bytes from a client are handed over at once and their
answer is sent immediately, so a run gives what it gives in-process. A pseudo terminal
takes a moment of the host's own time, which the control port's answer waits for.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Self

from drivers.sim.bench import SimulatedBench, Wire
from drivers.sim.factory import EAR, RIG
from drivers.sim.pace import Pace
from drivers.sim.plugs import LOOPBACK, Plug, PtyPlug, SocketPlug, listen
from protocols.bench_commands import (
    Command,
    LetTimePass,
    Now,
    ReadTime,
    Reply,
)
from protocols.bench_control import (
    encode_reply,
    parse_command,
)
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen: TCP ports by wire name (none or 0: any), and ptys beside."""

    tcp: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    pty: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a served bench can be reached, by wire name."""

    tcp: Mapping[str, tuple[str, int]]
    pty: Mapping[str, str]


class Server:
    """A bench on sockets. A context manager that hangs up at its end.

    Args:
        bench: to serve; its wires are named as the factory does without a prefix.
        pace: how its time moves.
        ports: where to listen.

    Attributes:
        addresses: where clients reach it.

    Raises:
        OSError: a port is taken or forbidden.
    """

    def __init__(self, bench: SimulatedBench, pace: Pace, ports: Ports) -> None:
        self._bench = bench
        self._pace = pace
        self._stopped = False
        self._plugs: dict[Wire, list[Plug]] = {w: [] for w in bench.wires.values()}
        self._control = bench.wires[RIG]
        self._asker: Plug | None = None
        self._sent_to: set[Plug] = set()
        self._readers: dict[Plug, LineReader] = {}
        self._listeners: dict[Wire, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._bell, self._button = socket.socketpair()
        self._selector.register(self._bell, selectors.EVENT_READ, _nothing)
        try:
            self.addresses = self._open(ports)
        except OSError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Serve until :meth:`stop`, or until ``until()``, asked twice a second."""
        while not self._stopped and not until():
            events = self._selector.select(self._pace.wait_s())
            self._pace.catch_up()
            for key, _ in events:
                key.data()
            self._flush()

    def stop(self) -> None:
        """Make :meth:`run` return; for signal handlers and other threads."""
        self._stopped = True
        self._button.send(b"\0")

    def close(self) -> None:
        """Hang up on everybody."""
        for wire, plugs in self._plugs.items():
            for plug in list(plugs):
                self._unplug(wire, plug)
        for listener in self._listeners.values():
            listener.close()
        self._selector.close()
        self._bell.close()
        self._button.close()

    def _open(self, ports: Ports) -> Addresses:
        tcp = {}
        for name, wire in self._bench.wires.items():
            listener = self._listeners[wire] = listen(ports.tcp.get(name, 0))
            accept = partial(self._accept, wire)
            self._selector.register(listener, selectors.EVENT_READ, accept)
            tcp[name] = (LOOPBACK, listener.getsockname()[1])
        pty = {}
        for name, wire in self._bench.wires.items():
            # What the ear hears in a tick is more than a pseudo terminal holds.
            if ports.pty and wire is not self._control and name != EAR:
                plug = PtyPlug()
                self._plug_in(wire, plug)
                pty[name] = plug.path
        return Addresses(MappingProxyType(tcp), MappingProxyType(pty))

    def _accept(self, wire: Wire) -> None:
        try:
            connection, _ = self._listeners[wire].accept()
        except OSError:  # nobody, or somebody who has hung up again
            return
        self._plug_in(wire, SocketPlug(connection))

    def _plug_in(self, wire: Wire, plug: Plug) -> None:
        if not self._plugs[wire]:
            wire.open()
        self._plugs[wire].append(plug)
        self._readers[plug] = LineReader()
        serve = partial(self._serve, wire, plug)
        self._selector.register(plug.fileno(), selectors.EVENT_READ, serve)

    def _unplug(self, wire: Wire, plug: Plug) -> None:
        self._selector.unregister(plug.fileno())
        self._plugs[wire].remove(plug)
        self._sent_to.discard(plug)
        del self._readers[plug]
        plug.close()

    def _serve(self, wire: Wire, plug: Plug) -> bool:
        """Read from one client; tell whether there was anything to do."""
        if plug not in self._readers:  # unplugged a moment ago
            return False
        data = plug.read()
        if data is None:
            self._unplug(wire, plug)
        elif data and wire is self._control:
            for line in self._readers[plug].feed(data):
                self._obey(plug, line)
        elif data:
            self._hand_over(wire, data)
        return bool(data)

    def _obey(self, plug: Plug, line: bytes) -> None:
        self._sent_to.clear()
        self._serve_data()
        match _parsed(line):
            case ReadTime():
                reply: Reply = Now(self._bench.clock.now_ns())
            case LetTimePass(until_ns):
                reply = self._pace.let_pass(until_ns)
                self._flush()
            case _:
                self._asker = plug
                self._hand_over(self._control, line)
                return
        # Whoever waits for the time looks at its lines as soon as it knows it.
        for each in self._sent_to:
            each.settle()
        plug.send(encode_reply(reply))

    def _serve_data(self) -> None:
        """Serve first what clients have sent to the instruments before."""
        for wire in self._plugs:
            if wire is not self._control:
                self._accept(wire)
        busy = True
        while busy:
            busy = False
            for wire, plugs in self._plugs.items():
                if wire is not self._control:
                    for plug in list(plugs):
                        busy |= self._serve(wire, plug)

    def _hand_over(self, wire: Wire, data: bytes) -> None:
        self._bench.deliver(wire, data)
        self._pace.let_answer(wire)
        self._flush()

    def _flush(self) -> None:
        for wire, plugs in self._plugs.items():
            if waiting := wire.waiting():
                data = wire.take(waiting)
                for plug in plugs:
                    if wire is not self._control or plug is self._asker:
                        plug.send(data)
                        self._sent_to.add(plug)


def _parsed(line: bytes) -> Command | None:
    try:
        return parse_command(line)
    except RemoteProtocolError:  # the rig will say so
        return None


def _nothing() -> None:
    pass
