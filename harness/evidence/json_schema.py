"""The journal's lines as a JSON Schema, for programs that are not ours.

Made from the table in `harness.evidence.record_table`, published as
`docs/reference/journal.schema.json`. The chain is no matter of a schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.evidence.record_table import KINDS, Field, FieldType
from harness.evidence.records import NOT_FINITE, SCHEMA_VERSION, JsonValue, Kind

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SHA256: Final[JsonValue] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TYPES: Final[Mapping[FieldType, dict[str, JsonValue]]] = MappingProxyType(
    {
        FieldType.TEXT: {"type": "string"},
        FieldType.HEX: {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
        FieldType.INTEGER: {"type": "integer"},
        FieldType.NUMBER: {"anyOf": [{"type": "number"}, {"enum": list(NOT_FINITE)}]},
        FieldType.FLAG: {"type": "boolean"},
        FieldType.LIST: {"type": "array"},
        FieldType.OBJECT: {"type": "object"},
        FieldType.HASHED: {
            "type": "object",
            "required": ["name", "sha256"],
            "properties": {"name": {"type": "string"}, "sha256": _SHA256},
        },
    }
)


def text() -> str:
    """Return the schema as it is published: JSON, indented, with a line feed."""
    return json.dumps(schema(), indent=1, ensure_ascii=True) + "\n"


def schema() -> dict[str, JsonValue]:
    """Return the JSON Schema, draft 2020-12, of one line of a journal."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:dosebench:journal-line:{SCHEMA_VERSION}",
        "title": f"One line of a dosebench journal, schema version {SCHEMA_VERSION}",
        "type": "object",
        "required": ["seq", "t", "kind", "h"],
        "properties": {
            "seq": {"type": "integer", "minimum": 1},
            "t": {"description": "bench time, ns", "type": "integer"},
            "kind": {"enum": list(KINDS)},
            "h": _SHA256,
        },
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in KINDS],
        "$defs": {kind: _record(kind, fields) for kind, fields in KINDS.items()},
    }


def _record(kind: Kind, fields: tuple[Field, ...]) -> dict[str, JsonValue]:
    properties: dict[str, JsonValue] = {"kind": {"const": kind}}
    return {
        "required": [field.name for field in fields],
        "properties": properties | {field.name: _value(field) for field in fields},
    }


def _value(field: Field) -> dict[str, JsonValue]:
    described: dict[str, JsonValue] = {"description": field.meaning}
    if field.nullable:
        return described | {"anyOf": [_TYPES[field.type], {"type": "null"}]}
    return described | _TYPES[field.type]
