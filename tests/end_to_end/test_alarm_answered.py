"""A case of weeks that asks nothing of alarms lets none sound for all that time."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import pytest

from harness.evidence.records import Kind
from harness.judging import Verdict
from harness.plans.coverage import Parameter
from tests.end_to_end import campaign
from tests.end_to_end.pumps import REFERENCE_40

CASE = "ITB-FLOW-012/uptime-wrap"
# From one question to the next six critical alarms of 3 s, in blocks of a quarter.
HEARD_IN_AN_HOUR = 6 * 12


@pytest.mark.slow
def test_a_pump_that_stops_with_an_alarm_sounds_until_it_is_asked(
    tmp_path: Path, processes: Executor
) -> None:
    seeded: dict[str, Parameter] = {
        "defects": ("A09",),
        "profile": str(REFERENCE_40.profile),
    }
    run = processes.submit(
        campaign.verify, tmp_path / "run", REFERENCE_40, [CASE], [("seeded", seeded)]
    ).result()

    assert run.verdicts[CASE, "ITB-FLOW-012"] is Verdict.FAIL, run.output
    heard = [
        each for each in run.of(Kind.EXCHANGE) if each.fields["port"] == "listener"
    ]
    assert HEARD_IN_AN_HOUR <= len(heard) < 3 * HEARD_IN_AN_HOUR
