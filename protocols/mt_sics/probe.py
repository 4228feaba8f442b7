"""Asking a line for an MT-SICS balance: serial number (I4), model (I2), software (I3).

None of the three changes a setting, and none is a weighing, which could have to wait
until the pan is at rest.
"""

from typing import Final

from protocols.errors import RemoteProtocolError
from protocols.mt_sics.commands import Keyword, command
from protocols.mt_sics.identity import parse_model
from protocols.mt_sics.line_reader import LineReader
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import TextReply
from protocols.probe import Found, Probe

_ASKED: Final = (Keyword.SERIAL_NUMBER, Keyword.MODEL, Keyword.SOFTWARE)


def read(answers: tuple[bytes, ...]) -> Found | None:
    """Return which balance has answered; None where none has."""
    replies = map(_told, _ASKED, answers)
    serial, model, software = ("" if r is None else _joined(r) for r in replies)
    if not serial or not model:
        return None
    return Found(_model(answers[1]), serial, software)


def _model(answer: bytes) -> str:
    reply = _told(Keyword.MODEL, answer)
    if reply is None:
        return ""
    try:
        return parse_model(reply).type
    except RemoteProtocolError:
        return _joined(reply)


def _told(keyword: Keyword, answer: bytes) -> TextReply | None:
    for line in LineReader().feed(answer):
        reply = parse(line)
        if isinstance(reply, TextReply) and reply.id == keyword:
            return reply
    return None


def _joined(reply: TextReply) -> str:
    return " ".join(reply.parameters)


PROBE: Final = Probe(tuple(command(keyword) for keyword in _ASKED), read)
