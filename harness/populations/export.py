"""Populations as JSON, for programs; every number in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from harness.evidence.records import JsonValue
from harness.metrology.measurement import number
from harness.populations.campaign import Campaign
from harness.populations.population import Part, Result
from harness.populations.sample import UnitSample
from harness.populations.summary import EXPLORATORY, worst_of
from harness.populations.variables import Statistics

SCHEMA: Final = "dosebench-population/1"


def document(
    campaign: Campaign,
    results: Sequence[Result],
    explored: Mapping[str, Sequence[Part]],
) -> dict[str, JsonValue]:
    """Return everything that was found; not finite numbers are texts.

    Args:
        campaign: the runs.
        results: the declared populations.
        explored: what was not declared, by requirement.
    """
    return {
        "schema": SCHEMA,
        "simulated": campaign.is_simulated,
        "marks": list(campaign.marks),
        "verdict": worst_of(results).name,
        "runs": [
            {
                "run": run.name,
                "unit": run.unit,
                "head": run.head,
                "state": run.state.name,
            }
            for run in campaign.runs
        ],
        "remarks": list(campaign.remarks),
        "populations": [_result(each) for each in results],
        "exploratory": [
            {"requirement": name, "mark": EXPLORATORY, **_numbers(part)}
            for name, parts in explored.items()
            for part in parts
        ],
    }


def _result(result: Result) -> dict[str, JsonValue]:
    return {
        "declared": result.declared.to_json(),
        "verdict": result.verdict.name,
        "parts": [
            {
                **_numbers(part),
                "verdict": part.verdict.name,
                "reasons": [
                    {"verdict": each.verdict.name, "statement": each.statement}
                    for each in part.reasons
                ],
            }
            for part in result.parts
        ],
        "checks": [
            {"name": each.name, "finding": each.finding, "statement": each.statement}
            for each in result.checks
        ],
        "other_cases": [each.statement for each in result.reasons],
    }


def _numbers(part: Part) -> dict[str, JsonValue]:
    found = part.statistics
    return {
        "title": part.title,
        "units": [_unit(each) for each in part.sample.units],
        "statistics": None if found is None else _statistics(found),
        "checks": [
            {"name": each.name, "finding": each.finding, "statement": each.statement}
            for each in part.checks
        ],
    }


def _unit(unit: UnitSample) -> dict[str, JsonValue]:
    return {
        "unit": unit.unit,
        "verdict": unit.verdict.name,
        "values": [each.value for each in unit.values],
        "expanded_u": [each.expanded_u for each in unit.values],
        "shared_u": [each.shared_u for each in unit.values],
    }


def _statistics(found: Statistics) -> dict[str, JsonValue]:
    spread, interval = found.spread, found.interval
    return {
        "unit": found.bounds.unit,
        "lower_limit": found.bounds.lower,
        "upper_limit": found.bounds.upper,
        "n": spread.units,
        "mean": spread.mean,
        "s": spread.s,
        "s_between": spread.s_between,
        "s_within": spread.s_within,
        "method": interval.method,
        "k": interval.factor,
        "lower": number(interval.lower),
        "upper": number(interval.upper),
        "shared_u": found.shared_u,
    }
