"""Defects of families M, V and S: found by what names them, far enough from its limit.

A magnitude that is only just beyond a limit would prove the bench's luck: the measured
value lies outside by at least twice its expanded uncertainty, U, of the same run.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

import pytest

from drivers.sim.defects import motor, sequences, volume
from drivers.sim.defects.catalogue import BY_ID
from harness.evidence.records import Kind
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import REFERENCE_20, REFERENCE_40, VALVE_20

FOUND_BY: Final = {
    "M01": "ITB-FLOW-001/middle",
    "M03": "ITB-STL-001/magnet",
    "M04": "ITB-STL-001/magnet",
    "M05": "ITB-STL-001/magnet",
    "M08": "ITB-FLOW-011/after-stall",
    "M10": "ITB-FLOW-013/running",
    "M11": "ITB-STA-003/updated",
    "V01": "ITB-FLOW-001/10-ml-a-day",
    "V03": "ITB-FLOW-010/long-stop",
    "V04": "ITB-FLOW-001/10-ml-a-day",
    "V05": "ITB-FLOW-005/more-than-doubled",
    "V07": "ITB-FLOW-001/1-ml-a-day",
    "V08": "ITB-FLOW-009/fast",
    "V10": "ITB-FLOW-015/middle",
    "V11": "ITB-FLOW-001/middle",
    "V12": "ITB-CNT-003/lowest-dose",
    "V13": "ITB-FLOW-001/3-ml-a-day",
    "S01": "ITB-PRM-001/short-catheter",
    "S03": "ITB-CNT-002/held-bolus",
    "S05": "ITB-BOL-001/single",
    "S07": "ITB-BOL-012/resent",
    "S08": "ITB-DLY-001/stopped-before",
    "S10": "ITB-FLOW-004/5-days",
    "S11": "ITB-FLOW-002/from-the-stop-on",
    "S12": "ITB-STA-003/updated",
    "S14": "ITB-FLOW-014/clamped",
}
PUMPS: Final = {each.name: each for each in (REFERENCE_40, REFERENCE_20, VALVE_20)}
RUNS: Final = [(id_, pump) for id_ in FOUND_BY for pump in BY_ID[id_].profiles]


def marks(id_: str, pump: str) -> list[pytest.MarkDecorator]:
    """A few of them are tried every day, always the same."""
    daily = zlib.crc32(f"{id_} on {pump}".encode()) % 32 == 0
    return [] if daily else [pytest.mark.slow]


AS_TESTS: Final = [
    pytest.param(id_, pump, marks=marks(id_, pump), id=f"{id_}-{pump}")
    for id_, pump in RUNS
]


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, folder: Path, processes: Executor
) -> Mapping[tuple[str, str], Future[Outcome]]:
    """The runs of the selected defects."""
    chosen = [
        (str(item.callspec.params["id_"]), str(item.callspec.params["pump"]))
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
        if hasattr(item, "callspec") and item.get_closest_marker("skip") is None
    ]
    return {
        (id_, pump): processes.submit(
            campaign.verify,
            folder / f"defect-{id_}-{pump}",
            PUMPS[pump],
            [FOUND_BY[id_]],
            [("seeded", {"defects": (id_,), "profile": str(PUMPS[pump].profile)})],
        )
        for id_, pump in chosen
    }


@pytest.mark.parametrize(("id_", "pump"), AS_TESTS)
def test_a_defect_is_found_by_what_names_it_and_far_enough(
    id_: str, pump: str, runs: Mapping[tuple[str, str], Future[Outcome]]
) -> None:
    run = runs[id_, pump].result()

    found = [
        verdict.fields
        for verdict in run.of(Kind.VERDICT)
        if verdict.fields["requirement"] == BY_ID[id_].requirement
    ]
    assert [each["verdict"] for each in found] == ["FAIL"], run.output
    margin = found[0].get("margin")
    if margin is not None:
        expanded_u = found[0]["expanded_u"]
        assert isinstance(margin, float)
        assert isinstance(expanded_u, float)
        assert -margin >= 2 * expanded_u


def test_every_defect_of_these_families_is_tried() -> None:
    families = (*motor.DEFECTS, *volume.DEFECTS, *sequences.DEFECTS)
    assert FOUND_BY.keys() == {each.id for each in families}
