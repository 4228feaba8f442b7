"""Everything judged in a run as CSV and as JSON, for spreadsheets and for programs.

`docs/reference/measurements.md` describes both files and
`docs/reference/measurements.schema.json` the second one; both follow from the columns
here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, Final

from harness.evidence.records import NOT_FINITE
from harness.judging import RunState, Verdict
from harness.render import marks, spreadsheet
from harness.render.header_record import Hashed
from harness.render.judged import MEANING, JudgedRow, judged_rows
from harness.render.run_record import RunRecord
from harness.units import NS_PER_S

SCHEMA: Final = "dosebench-measurements/1"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "float": {"anyOf": [{"type": "number"}, {"enum": list(NOT_FINITE)}]},
}
# Of the run, for whoever has a single row of the CSV.
_BESIDE: Final = {
    "t_start_utc": "start of the measured interval, UTC",
    "t_end_utc": "its end, UTC",
    "run": "hash of the first record of the run's journal, which identifies the run",
    "head": "hash of its last record",
    "marks": "what restricts the run: SIMULATED, ENGINEERING, PARTIAL and others",
}


def as_csv(run: RunRecord) -> str:
    """Return one row for each verdict of every attempt; a fact has no value."""
    shared = run.digest, run.integrity.head, ", ".join(marks.words(run))
    rows = (
        (
            *asdict(each).values(),
            _utc(each.t_start_ns),
            _utc(each.t_end_ns),
            *shared,
        )
        for each in judged_rows(run)
    )
    return spreadsheet.table((*_columns(), *_BESIDE), rows)


def as_json(run: RunRecord) -> str:
    """Return the same rows with what the run rests on, as the schema has it."""
    header = run.header
    pump = next((each for each in run.instruments if each.is_pump), None)
    files = {
        "plan": header.plan,
        "profile": header.profile,
        "register": header.register,
        "bench": header.bench,
        "software": header.software,
    }
    document = {
        "schema": SCHEMA,
        "run": run.digest,
        "head": run.integrity.head,
        "verdict": run.verdict.name,
        "state": run.state.name,
        "complete": run.is_complete,
        "marks": list(marks.words(run)),
        **{what: _file(each) for what, each in files.items()},
        "pump": pump
        and {
            "model": pump.model,
            "serial": pump.serial,
            "firmware": pump.firmware,
        },
        "began_ns": run.t_first_ns,
        "ended_ns": run.t_last_ns,
        "rows": [_plain(asdict(each)) for each in judged_rows(run)],
    }
    return json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `as_json`."""
    text, hashed = _TYPES["str"], {"$ref": "#/$defs/hashed"}
    members: dict[str, Any] = {
        "schema": {"const": SCHEMA},
        "run": {**text, "description": _BESIDE["run"]},
        "head": {**text, "description": _BESIDE["head"]},
        "verdict": {"enum": [each.name for each in Verdict]},
        "state": {"enum": [each.name for each in RunState]},
        "complete": _TYPES["bool"],
        "marks": {"type": "array", "items": text, "description": _BESIDE["marks"]},
        **dict.fromkeys(("plan", "profile", "register", "bench", "software"), hashed),
        "pump": {"anyOf": [{"$ref": "#/$defs/pump"}, {"type": "null"}]},
        "began_ns": _TYPES["int"],
        "ended_ns": _TYPES["int"],
        "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
    }
    return {
        "$schema": _DIALECT,
        "title": "Everything judged in a run of dosebench",
        **_object(members),
        "$defs": {
            "hashed": _object(dict.fromkeys(("name", "sha256"), text)),
            "pump": _object(dict.fromkeys(("model", "serial", "firmware"), text)),
            "row": _object({name: _member(name) for name in _columns()}),
        },
    }


def markdown() -> str:
    """Return the table of columns for `docs/reference/measurements.md`."""
    rows = ["| column | type | meaning |", "| --- | --- | --- |"]
    for each in fields(JudgedRow):
        rows.append(f"| `{each.name}` | {each.type} | {each.metadata[MEANING]} |")
    rows += [f"| `{name}` | str | {said} (CSV) |" for name, said in _BESIDE.items()]
    return "\n".join(rows).replace(" | None |", " or empty |") + "\n"


def _utc(t_ns: int | None) -> str | None:
    """ISO 8601, whole seconds: spreadsheets lose digits of nanoseconds."""
    if t_ns is None:
        return None
    return f"{datetime.fromtimestamp(t_ns // NS_PER_S, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _columns() -> tuple[str, ...]:
    return tuple(each.name for each in fields(JudgedRow))


def _member(name: str) -> dict[str, Any]:
    (found,) = (each for each in fields(JudgedRow) if each.name == name)
    kind, _, none = str(found.type).partition(" | ")
    said: dict[str, Any] = {"description": found.metadata[MEANING]}
    if not none:
        return {**_TYPES[kind], **said}
    return {"anyOf": [_TYPES[kind], {"type": "null"}], **said}


def _object(members: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(members),
        "additionalProperties": False,
    }


def _file(file: Hashed) -> dict[str, str]:
    return {"name": file.name, "sha256": file.sha256}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers that JSON lacks as text, as in the journal."""
    return {
        name: str(value)
        if isinstance(value, float) and not math.isfinite(value)
        else value
        for name, value in row.items()
    }
