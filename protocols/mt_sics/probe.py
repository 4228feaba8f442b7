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
    """Return which balance has answered; None where none has.

    A late answer may stand behind a later question, so what counts is what it says.
    """
    told = {reply.id: reply for reply in _replies(b"".join(answers))}
    if Keyword.SERIAL_NUMBER not in told or Keyword.MODEL not in told:
        return None
    software = told.get(Keyword.SOFTWARE)
    return Found(
        _model(told[Keyword.MODEL]),
        _joined(told[Keyword.SERIAL_NUMBER]),
        "" if software is None else _joined(software),
    )


def _model(reply: TextReply) -> str:
    try:
        return parse_model(reply).type
    except RemoteProtocolError:
        return _joined(reply)


def _replies(answer: bytes) -> list[TextReply]:
    replies = map(parse, LineReader().feed(answer))
    return [each for each in replies if isinstance(each, TextReply)]


def _joined(reply: TextReply) -> str:
    return " ".join(reply.parameters)


PROBE: Final = Probe(tuple(command(keyword) for keyword in _ASKED), read)
