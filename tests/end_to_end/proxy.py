"""A cable that can be pulled: a proxy between the harness and a served instrument."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

Address = tuple[str, int]
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Plugged:
    """What one connection is plugged into, and for how long.

    Attributes:
        to: the instrument; None hangs up at once, as if nothing were there.
        at_most: bytes from the client after which it hangs up; None is never.
    """

    to: Address | None
    at_most: int | None = None


NOTHING = Plugged(None)


class Proxy:
    """Takes one connection after the other.

    Args:
        plugged: what each connection is plugged into, in order; the last one stays.

    Attributes:
        address: where it listens.
        sent: what the client has sent on each connection.
    """

    def __init__(self, plugged: Sequence[Plugged]) -> None:
        self.sent: list[bytes] = []
        self._plugged = plugged
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: Address = self._listener.getsockname()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # Closing alone does not wake a thread that waits.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            plugged = self._plugged[min(len(self.sent), len(self._plugged) - 1)]
            self.sent.append(b"")
            with client, suppress(OSError):
                if plugged.to is not None:
                    with socket.create_connection(plugged.to) as instrument:
                        self._pass_on(client, instrument, plugged.at_most)

    def _pass_on(
        self, client: socket.socket, instrument: socket.socket, at_most: int | None
    ) -> None:
        """Carry bytes both ways until one end hangs up, or enough has been carried."""
        for each in (client, instrument):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, instrument)
            selector.register(instrument, selectors.EVENT_READ, client)
            while at_most is None or len(self.sent[-1]) < at_most:
                for key, _ in selector.select():
                    source, sink = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    data = source.recv(_CHUNK)
                    if not data:
                        return
                    if source is client:
                        left = None if at_most is None else at_most - len(self.sent[-1])
                        data = data[:left]
                        self.sent[-1] += data
                    sink.sendall(data)


@contextmanager
def proxy(*plugged: Plugged) -> Iterator[Proxy]:
    """A proxy that is closed in the end."""
    made = Proxy(plugged)
    try:
        yield made
    finally:
        made.close()
