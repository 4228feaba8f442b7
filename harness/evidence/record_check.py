"""Checks a record against the table of kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from harness.evidence.record_table import KINDS, FieldType
from harness.evidence.records import NOT_FINITE, JsonValue, Kind

RESERVED: Final = frozenset({"seq", "t", "kind", "h"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def check(kind: Kind, fields: Mapping[str, JsonValue]) -> None:
    """Refuse fields that do not fit the kind; further fields are allowed.

    Raises:
        ValueError: a required field is missing, has another type, or a field's name
            belongs to the journal itself.
    """
    if taken := RESERVED.intersection(fields):
        raise ValueError(f"record {kind}: {sorted(taken)} are the journal's own names")
    for field in KINDS[kind]:
        if field.name not in fields:
            raise ValueError(f"record {kind}: the field {field.name!r} is missing")
        value = fields[field.name]
        if value is None and field.nullable:
            continue
        if not _fits(value, field.type):
            raise ValueError(
                f"record {kind}: the field {field.name!r} is {value!r:.80}; it must be"
                f" of type {field.type}"
            )


def _fits(value: JsonValue, wanted: FieldType) -> bool:
    if wanted is FieldType.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted is FieldType.NUMBER:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number or value in NOT_FINITE
    if wanted is FieldType.FLAG:
        return isinstance(value, bool)
    if wanted is FieldType.LIST:
        return isinstance(value, list | tuple)
    if isinstance(value, Mapping):
        return wanted is FieldType.OBJECT or (
            wanted is FieldType.HASHED and _is_hashed(value)
        )
    return isinstance(value, str) and (
        wanted is FieldType.TEXT
        or (wanted is FieldType.HEX and _HEX.fullmatch(value) is not None)
    )


def _is_hashed(value: Mapping[str, JsonValue]) -> bool:
    name, sha256 = value.get("name"), value.get("sha256")
    return (
        isinstance(name, str)
        and isinstance(sha256, str)
        and _SHA256.fullmatch(sha256) is not None
    )
