"""A run as JSON, for programs that compare runs or trace requirements."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from enum import IntEnum
from typing import Any, Final

from harness.render.marks import marks
from harness.render.run_record import RunRecord
from harness.render.traceability import trace

SCHEMA: Final = "dosebench-facts/1"


def facts(run: RunRecord) -> str:
    """Return everything that the record says, with the verdicts that follow from it.

    Numbers that JSON lacks are the texts ``"nan"``, ``"inf"`` and ``"-inf"``, as in the
    journal. One record gives one text.
    """
    broken = run.integrity.broken
    # An exception is no data; its text stands beside the record.
    whole = replace(run.integrity, broken=None)
    document = {
        "schema": SCHEMA,
        "verdict": run.verdict.name,
        "state": run.state.name,
        "complete": run.is_complete,
        "marks": {each.word: each.meaning for each in marks(run)},
        "simulated": run.header.is_simulated,
        "engineering": list(run.header.engineering),
        "partial": list(run.header.partial),
        "requirements": {
            each.requirement.id: each.verdict.name for each in trace(run).requirements
        },
        "cases": {case.id: case.verdict.name for case in run.cases},
        "broken": "" if broken is None else str(broken),
        "record": _plain(asdict(replace(run, integrity=whole))),
    }
    return json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
