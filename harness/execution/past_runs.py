"""How long cases took in earlier runs, as an estimate for the next one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from harness.evidence import reader
from harness.evidence.reader import Broken
from harness.evidence.records import Kind
from harness.execution import folder as run_folder
from harness.execution.header import Fidelity

_MOST_RUNS = 50


def simulator_times(runs: Path, plan_id: str) -> Mapping[str, float]:
    """Return the wall seconds of each case in the newest simulated run that had it.

    A run that cannot be read is passed over: this is an estimate and no record.

    Args:
        runs: folder of the runs; it need not exist.
        plan_id: the plan.
    """
    times: dict[str, float] = {}
    for folder in islice(_newest_first(runs), _MOST_RUNS):
        if _is_simulated_run(folder, plan_id):
            for case, wall_s in _times(folder).items():
                times.setdefault(case, wall_s)
    return times


def _newest_first(runs: Path) -> Iterator[Path]:
    found = runs.glob(f"*/{run_folder.FILE_NAME}")
    return iter(sorted((file.parent for file in found), reverse=True))


def _is_simulated_run(folder: Path, plan_id: str) -> bool:
    try:
        first = next(reader.read(folder), None)
    except (OSError, Broken):
        return False
    if first is None or first.kind is not Kind.RUN:
        return False
    plan = first.fields.get("plan")
    is_simulated = first.fields.get("fidelity") == Fidelity.IN_PROCESS
    return is_simulated and isinstance(plan, dict) and plan.get("id") == plan_id


def _times(folder: Path) -> Mapping[str, float]:
    try:
        facts = json.loads((folder / run_folder.FILE_NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    times = facts.get("cases_wall_s") if isinstance(facts, dict) else None
    if not isinstance(times, dict):
        return {}
    return {case: float(s) for case, s in times.items() if isinstance(s, int | float)}
