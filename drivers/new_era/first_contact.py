"""Who is on a line: asked in basic and in safe mode, answered within a second."""

from __future__ import annotations

from typing import Final

from drivers.new_era.wire import Wire
from harness.clock import NS_PER_MS
from harness.errors import InstrumentSilent, LinkViolation
from protocols.errors import RemoteProtocolError
from protocols.new_era.replies import Answer, Version, parse_version
from protocols.new_era.requests import Request
from protocols.new_era.vocabulary import Command, Mode

_PATIENCE_NS: Final = 200 * NS_PER_MS
# The first answer in each mode can be an alarm, in place of what was asked.
_MODES: Final = (Mode.BASIC, Mode.SAFE, Mode.BASIC, Mode.SAFE)


def find_out(wire: Wire, address: int) -> Version:
    """Ask for model and firmware; nothing else is sent.

    Raises:
        InstrumentSilent: nothing answers.
        LinkViolation: what answers is no New Era pump of this address.
    """
    wire.take_either()
    request = Request(address, Command.VERSION)
    for mode in _MODES:
        for reply in wire.exchange(request, mode, _PATIENCE_NS):
            if not isinstance(reply, Answer):
                continue
            try:
                return parse_version(reply.data)
            except RemoteProtocolError as error:
                raise LinkViolation(f"{wire.name}: {error}") from error
    if wire.has_heard:
        raise LinkViolation(
            f"{wire.name}: what was received is no reply of a New Era pump with the"
            f" address {address}; check `address` and the line's baud rate too"
        )
    raise InstrumentSilent(
        f"{wire.name} did not answer VER, neither in basic nor in safe mode; check that"
        " it is on, its cable, and that its baud rate and address are those of the"
        " bench file"
    )
