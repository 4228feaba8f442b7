"""Asking a line for a New Era pump: its version, in either mode.

Asking moves nothing and sets nothing; an alarm that waits to be read is shown to the
asker, and then gone.
"""

from typing import Final

from protocols.errors import RemoteProtocolError
from protocols.new_era.frames import basic_request, safe_frame
from protocols.new_era.reader import Found as Frame
from protocols.new_era.reader import ReplyReader
from protocols.new_era.replies import Answer, Version, parse_reply, parse_version
from protocols.new_era.vocabulary import Command
from protocols.probe import Found, Probe

_ASKED: Final = Command.VERSION.value.encode("ascii")


def read(answers: tuple[bytes, ...]) -> Found | None:
    """Return which pump has answered; None where none has."""
    for answer in answers:
        for item in ReplyReader().feed(answer):
            if isinstance(item, Frame) and (found := _version(item.data)) is not None:
                return Found(found.model, "", found.firmware)
    return None


def _version(data: bytes) -> Version | None:
    try:
        reply = parse_reply(data)
        return parse_version(reply.data) if isinstance(reply, Answer) else None
    except RemoteProtocolError:
        return None


# Asked twice, because the first answer can be an alarm. A pump in safe mode takes no
# lines; one in basic mode takes safe frames too.
PROBE: Final = Probe(
    (basic_request(_ASKED), basic_request(_ASKED), safe_frame(_ASKED)), read
)
