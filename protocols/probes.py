"""Asking a line for the instruments whose protocol is a single module.

Lines end with CR LF where an instrument allows it, so that whatever else listens has
its own input buffer empty again for the next question.
"""

from collections.abc import Iterable
from typing import Final

from protocols import bench_control, ear, ptu300, scpi
from protocols.bench_commands import ReadIdentity, RigIdentity
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader
from protocols.probe import Found, Probe

_SERIAL_NUMBER: Final = "Serial number"


def read_rig(answers: tuple[bytes, ...]) -> Found | None:
    """Return which simulated bench's rig has answered; None where none has."""
    for line in _lines(answers):
        try:
            reply = bench_control.parse_reply(line)
        except RemoteProtocolError:
            continue
        if isinstance(reply, RigIdentity):
            return Found(reply.model, reply.serial, reply.firmware)
    return None


def read_ptu300(answers: tuple[bytes, ...]) -> Found | None:
    """Return which ambient sensor has answered; None where none has."""
    replies = [ptu300.parse(line) for line in _lines(answers)]
    software = [each for each in replies if isinstance(each, ptu300.Software)]
    serials = [
        each.value
        for each in replies
        if isinstance(each, ptu300.Setting) and each.name == _SERIAL_NUMBER
    ]
    if not software or not serials:
        return None
    return Found(software[0].model, serials[0], software[0].version)


def read_scpi(answers: tuple[bytes, ...]) -> Found | None:
    """Return which instrument has answered to ``*IDN?``; None where none has."""
    for line in _lines(answers):
        try:
            found = scpi.parse_identification(scpi.decode(line))
        except RemoteProtocolError:
            continue
        return Found(f"{found.maker} {found.model}", found.serial, found.firmware)
    return None


def read_ear(answers: tuple[bytes, ...]) -> Found | None:
    """Return which ear has answered, among its sounds; None where none has."""
    for message in ear.EarReader().feed(b"".join(answers)):
        if isinstance(message, ear.EarStatus):
            return Found(ear.MODEL, message.serial, message.firmware)
    return None


def _lines(answers: Iterable[bytes]) -> list[bytes]:
    return LineReader().feed(b"".join(answers))


RIG: Final = Probe((bench_control.encode_command(ReadIdentity()),), read_rig)
PTU300: Final = Probe((ptu300.encode(ptu300.Command.INFORMATION),), read_ptu300)
# A carriage return before LF is a blank to SCPI, and ends the line for others.
SCPI: Final = Probe((f"{scpi.IDENTITY}\r\n".encode("ascii"),), read_scpi)
EAR: Final = Probe((ear.encode(ear.AskStatus()),), read_ear)
