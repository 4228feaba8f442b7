"""A line of a journal, taken apart into its record."""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from harness.evidence.records import JsonValue, Kind, Record

_INTEGER = "(0|-?[1-9][0-9]{0,18})"
EXCHANGE: Final = re.compile(
    rf'\{{"seq":{_INTEGER},"t":{_INTEGER},"kind":"exchange","port":"([ !#-\[\]-~]*)"'
    rf',"sent_ns":{_INTEGER},"sent":"([0-9a-f]*)","received":"([0-9a-f]*)"\}}'
)
"""Nearly all lines of a long run; matched in half the time that JSON takes."""


def parse(body: str, file: str, line: int) -> Record:
    """Return the record that a line holds.

    Args:
        body: the line without its seal.
        file: name of the journal file.
        line: number of the line in it, from 1.

    Raises:
        ValueError, KeyError, AttributeError, TypeError, RecursionError: it is no
            record of this version.
    """
    if found := EXCHANGE.fullmatch(body):
        seq, t_ns, port, sent_ns, sent, received = found.groups()
        fields: dict[str, JsonValue] = {
            "port": port,
            "sent_ns": int(sent_ns),
            "sent": sent,
            "received": received,
        }
        return Record(int(seq), int(t_ns), Kind.EXCHANGE, fields, file, line)
    return _parse_json(body, file, line)


def _parse_json(body: str, file: str, line: int) -> Record:
    if not body.isascii():
        raise ValueError("it is not ASCII")
    members = _decode(body)
    seq, t_ns, kind = (members.pop(name) for name in ("seq", "t", "kind"))
    if type(seq) is not int or type(t_ns) is not int:
        raise TypeError("seq and t are integers")
    return Record(seq, t_ns, Kind(kind), members, file, line)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _unique(members: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    if len(found := dict(members)) < len(members):
        raise ValueError("a name stands twice in it")
    return found


_decode = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_unique).decode
