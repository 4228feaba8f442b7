"""Asking a line for the balances that print what their display shows.

Their languages do not mark a serial number or a model as such, so an answer counts only
where each question has one line of its own, all lines differ, and none looks like an
error or gives the question back.
"""

import re
from collections.abc import Callable
from typing import Final

from protocols import and_balance, ohaus, radwag, sbi
from protocols.balance_replies import Reply, Text
from protocols.mt_sics.line_reader import LineReader
from protocols.probe import Found, Probe

_ERROR = re.compile(r"E[A-Z]|[?>:*]|.*(?:ERR|UNKNOWN|INVALID|SYNTAX).*", re.IGNORECASE)

_Parse = Callable[[bytes], Reply]


def read_sbi(answers: tuple[bytes, ...]) -> Found | None:
    """Return which Sartorius balance has answered; None where none has."""
    asked = (sbi.Command.MODEL, sbi.Command.SERIAL_NUMBER, sbi.Command.SOFTWARE)
    texts = _texts(sbi.parse, asked, answers)
    return Found(*texts) if texts else None


def read_and(answers: tuple[bytes, ...]) -> Found | None:
    """Return which A&D balance has answered; None where none has."""
    asked = (and_balance.Command.TYPE, and_balance.Command.SERIAL_NUMBER)
    texts = _texts(and_balance.parse, asked, answers)
    return Found(*texts) if texts else None


def read_ohaus(answers: tuple[bytes, ...]) -> Found | None:
    """Return which Ohaus balance has answered; None where none has."""
    asked = (ohaus.Command.SERIAL_NUMBER, ohaus.Command.SOFTWARE)
    texts = _texts(ohaus.parse, asked, answers)
    return Found("Ohaus", *texts) if texts else None


def read_radwag(answers: tuple[bytes, ...]) -> Found | None:
    """Return which Radwag balance has answered; None where none has."""
    texts = _texts(radwag.parse, (radwag.Command.SERIAL_NUMBER,), answers)
    return Found("Radwag", *texts) if texts else None


def _texts(
    parse: _Parse, asked: tuple[str, ...], answers: tuple[bytes, ...]
) -> list[str]:
    """Return what each question was answered; nothing if one was not."""
    texts = [_text(parse, *pair) for pair in zip(asked, answers, strict=True)]
    is_whole = all(texts) and len(set(texts)) == len(texts)
    return texts if is_whole else []


def _text(parse: _Parse, question: str, answer: bytes) -> str:
    """Return the first line as a text; of several lines, the others are free."""
    lines = LineReader().feed(answer)
    reply = parse(lines[0]) if lines else None
    if not isinstance(reply, Text) or question in reply.text:
        return ""
    return "" if _ERROR.fullmatch(reply.text) else reply.text


SBI: Final = Probe(
    tuple(
        map(
            sbi.encode,
            (sbi.Command.MODEL, sbi.Command.SERIAL_NUMBER, sbi.Command.SOFTWARE),
        )
    ),
    read_sbi,
)
AND: Final = Probe(
    tuple(
        map(
            and_balance.encode,
            (and_balance.Command.TYPE, and_balance.Command.SERIAL_NUMBER),
        )
    ),
    read_and,
)
OHAUS: Final = Probe(
    tuple(map(ohaus.encode, (ohaus.Command.SERIAL_NUMBER, ohaus.Command.SOFTWARE))),
    read_ohaus,
)
RADWAG: Final = Probe((radwag.encode(radwag.Command.SERIAL_NUMBER),), read_radwag)
