"""From the fields of a record to the text that stands in its line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Final

from harness.evidence.records import JsonValue

encode: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
"""JSON in ASCII without spaces; raises TypeError for what is no JSON data."""


def members(fields: Mapping[str, JsonValue]) -> str:
    """Return the members of a record's object, without its braces.

    Numbers that are not finite become the texts of `records.NOT_FINITE`.

    Raises:
        TypeError: a value is not JSON data.
    """
    return encode(_finite(fields))[1:-1]


def _finite(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
