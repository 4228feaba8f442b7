"""Runs of several units, written record by record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.evidence.records import Kind
from harness.populations.assurance import Assurance
from harness.populations.declaration import Method, Population
from tests.harness.render import sample_run
from tests.harness.render.sample_run import Writer, measured

FLOW = "ITB-FLOW-001"
COUNT = "ITB-CNT-001"
STALL = "ITB-STL-001"
ALARM = "ITB-ALM-001"
LOW, MIDDLE, MAGNET, DAY = sample_run.CASES
NARROW_U = 0.02


def population(
    requirement: str = FLOW,
    method: Method = Method.NORMAL,
    *,
    units: int = 10,
    cases: Sequence[str] = (LOW,),
    failures: int = 0,
    pooled: bool = False,
) -> Population:
    """95 % confidence, 90 % reliability."""
    return Population(
        requirement=requirement,
        assurance=Assurance(0.95, 0.90),
        method=method,
        units=units,
        failures=failures,
        cases={case: (case,) for case in cases},
        pooled=pooled,
        risk="medium",
        invalid_runs="repeated once",
    )


def run(
    folder: Path,
    values: Mapping[str, float],
    *,
    serial: str = "S1",
    u: float = NARROW_U,
    state: str = "COMPLETE",
    firmware: str = "2.1.0",
    declared: Sequence[Population] = (),
    void: bool = False,
    **header: Any,
) -> Path:
    """Write a run on hardware that measures flow in some cases.

    Args:
        folder: where to.
        values: percent, by the id of the case.
        serial: of the pump.
        u: standard uncertainty, percent.
        state: what becomes of the run.
        firmware: of the pump.
        declared: populations of the plan.
        void: whether all verdicts are withdrawn in the end.
        header: other fields of the run record.
    """
    written = Writer(folder)
    changes = {"fidelity": "hardware", "seed": None, **header}
    written.begin(populations=[each.to_json() for each in declared], **changes)
    written.record(
        Kind.INSTRUMENT,
        role="pump, tamper",
        model="RP-40",
        serial=serial,
        firmware=firmware,
        calibration_due=None,
    )
    verdicts = []
    for case, value in values.items():
        written.begin_case(case)
        # The journals of two runs on two benches are never the same.
        written.recorder.operator("name the unit", f"{serial} in {folder.name}")
        verdicts.append(written.judge(case, FLOW, measured(value, u)))
        written.judge(case, COUNT, measured(0.02, 0.004))
        written.end_case(case, "PASS", "judged")
    if void:
        written.record(Kind.VOID, records=verdicts, reason="the balance had moved")
    written.end(state)
    return folder
