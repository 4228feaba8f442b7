"""A flow that one look cannot judge is measured on once, as the plan has declared."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import pytest

from harness.evidence.records import Kind, Record
from tests.end_to_end import campaign
from tests.end_to_end.command import Outcome
from tests.end_to_end.pumps import REFERENCE_40

LOW: Final = "ITB-FLOW-001/low"
FLOW: Final = "ITB-FLOW-001"
HOUR_NS: Final = 3_600_000_000_000


def run(folder: Path, processes: Executor, error: str) -> Outcome:
    seeded = [("pump", {"flow_error": error})]
    home = folder / f"second look with {error}"
    return processes.submit(
        campaign.verify, home, REFERENCE_40, (LOW,), seeded
    ).result()


def flows(outcome: Outcome) -> list[Record]:
    return [r for r in outcome.of(Kind.MEASUREMENT) if r.fields["name"] == FLOW]


def number(record: Record, name: str) -> float:
    value = record.fields[name]
    assert isinstance(value, int | float)
    return float(value)


def test_an_open_look_is_followed_by_one_more_and_both_count(
    folder: Path, processes: Executor
) -> None:
    # 8 % is within the 10 % of the profile, but not by the U of the first 48 hours.
    outcome = run(folder, processes, "8 %")

    (begun,) = outcome.of(Kind.CASE_BEGIN)
    assert begun.fields["second_look"] == "48 hour"
    (look,) = outcome.of(Kind.LOOK)
    assert look.fields["finding"] == "INCONCLUSIVE"
    first, second = flows(outcome)
    assert number(second, "t_start_ns") == number(first, "t_start_ns")
    longer_h = (number(second, "t_end_ns") - number(first, "t_end_ns")) / HOUR_NS
    # The second delivery and a blank on either side of it.
    assert 48 < longer_h < 60
    assert number(second, "expanded_u") < 0.8 * number(first, "expanded_u")
    assert number(second, "value") == pytest.approx(
        8.0, abs=number(second, "expanded_u")
    )
    (verdict,) = [
        r for r in outcome.of(Kind.VERDICT) if r.fields["requirement"] == FLOW
    ]
    evidence = verdict.fields["evidence"]
    assert isinstance(evidence, list)
    assert evidence[1:] == [second.seq, look.seq]
    assert verdict.fields["verdict"] == "PASS"
    (limit,) = [r for r in outcome.of(Kind.LIMIT) if r.fields["requirement"] == FLOW]
    assert limit.seq < first.seq
    assert "each of 2 looks with its share (Bonferroni)" in str(limit.fields["rule"])


@pytest.mark.parametrize(("error", "verdict"), [("0 %", "PASS"), ("14 %", "FAIL")])
def test_a_look_that_decides_is_the_last(
    folder: Path, processes: Executor, error: str, verdict: str
) -> None:
    outcome = run(folder, processes, error)

    (look,) = outcome.of(Kind.LOOK)
    assert look.fields["finding"] == verdict
    assert len(flows(outcome)) == 1
    (judged,) = [r for r in outcome.of(Kind.VERDICT) if r.fields["requirement"] == FLOW]
    assert judged.fields["verdict"] == verdict
