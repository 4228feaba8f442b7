"""Defects that are in no catalogue: each is failed by the requirement that it harms."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

import pytest

from drivers.sim.defects import own_file
from harness.evidence.records import Kind
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.own_defects.therapy import OwnDefect
from tests.end_to_end.pumps import REFERENCE_40

FILE: Final = Path(__file__).parent / "own_defects" / "therapy.py"
DEFECTS: Final = OwnDefect.__subclasses__()


@pytest.fixture(scope="module")
def runs(folder: Path, processes: Executor) -> Mapping[str, Future[Outcome]]:
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    return {
        each.id: processes.submit(
            campaign.verify,
            folder / f"own-{each.id}",
            REFERENCE_40,
            [each.case],
            [
                (
                    "seeded",
                    {
                        "defects": (each.id,),
                        "profile": str(REFERENCE_40.profile),
                        "file": str(FILE),
                        "sha256": digest,
                    },
                )
            ],
        )
        for each in DEFECTS
    }


@pytest.mark.slow
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda each: each.id)
def test_a_defect_of_ones_own_is_failed(
    defect: type[OwnDefect], runs: Mapping[str, Future[Outcome]]
) -> None:
    run = runs[defect.id].result()

    found = [
        verdict.fields["verdict"]
        for verdict in run.of(Kind.VERDICT)
        if verdict.fields["requirement"] == defect.requirement
    ]
    assert found == ["FAIL"], run.output


def test_the_file_is_one_that_a_user_could_name() -> None:
    named = {each.id for each in own_file.load(FILE)}
    assert named >= {each.id for each in DEFECTS}
