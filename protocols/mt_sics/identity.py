"""Meaning of the replies with which a balance describes itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from protocols.errors import RemoteProtocolError
from protocols.mt_sics.replies import TextReply

# The type may hold blanks, so capacity and unit are found from the right.
_MODEL = re.compile(r"(.*\S) +([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Model:
    """Type of a balance and its weighing capacity in `unit`."""

    type: str
    capacity: Decimal
    unit: str


def parse_model(reply: TextReply) -> Model:
    """Return the model in an I2 reply.

    Raises:
        RemoteProtocolError: The reply is not one string of type, capacity, unit.
    """
    found = _MODEL.fullmatch(" ".join(reply.parameters))
    if len(reply.parameters) != 1 or found is None:
        raise RemoteProtocolError(
            f"MT-SICS reply {reply.raw!r} is not one string of type, capacity and "
            "unit; check that the instrument is a balance"
        )
    return Model(found[1], Decimal(found[2]), found[3])


def parse_number(reply: TextReply) -> int:
    """Return the one whole number of a reply, as of I15 (minutes) or M67 (seconds).

    Raises:
        RemoteProtocolError: The reply has no such number, or more than that.
    """
    if len(reply.parameters) != 1 or not _NUMBER.fullmatch(reply.parameters[0]):
        raise RemoteProtocolError(
            f"MT-SICS reply {reply.raw!r} is not one whole number of at most 9 digits;"
            " check the model"
        )
    return int(reply.parameters[0])


def parse_command_list(replies: Iterable[TextReply]) -> frozenset[str]:
    """Return the keywords in the lines of an I0 reply.

    Raises:
        RemoteProtocolError: A line is not a level and a command.
    """
    return frozenset(_listed_keyword(reply) for reply in replies)


def _listed_keyword(reply: TextReply) -> str:
    if len(reply.parameters) != 2:
        raise RemoteProtocolError(
            f"MT-SICS reply {reply.raw!r} is not a level and a command; read the "
            "I0 list again"
        )
    return reply.parameters[1]
