"""A population in words: units, interval, assumptions, verdict and its reasons."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence, Set

from harness.judging import Verdict
from harness.populations.campaign import Campaign
from harness.populations.population import Part, Result
from harness.populations.sample import UnitSample
from harness.populations.variables import Statistics
from harness.render import wording
from harness.render.text_table import columns

_HEADINGS = ("unit", "values", "mean ± U", "verdict")
EXPLORATORY = "EXPLORATORY"


def opening(campaign: Campaign) -> Iterator[str]:
    """Say what was read, and what an auditor must know of it."""
    yield f"{len(campaign.runs)} runs of {len(campaign.units)} units"
    yield from campaign.remarks


def lines(result: Result, campaign: Campaign) -> Iterator[str]:
    """Everything about one population."""
    declared = result.declared
    yield f"{declared.requirement}: {result.verdict.name}{mark(campaign)}"
    yield f"  declared: {declared.describe()}"
    yield f"  risk: {declared.risk}"
    yield f"  invalid runs: {declared.invalid_runs}"
    for part in result.parts:
        yield f"  {part.title}: {part.verdict.name}"
        yield from (f"    {line}" for line in _part(part))
        for reason in part.reasons:
            yield f"    {reason.verdict.name}: {reason.statement}"
    for check in result.checks:
        yield f"  {check.name}: {check.finding}: {check.statement}"
    for reason in result.reasons:
        yield f"  other cases: {reason.verdict.name}: {reason.statement}"


def explored(requirement: str, part: Part) -> Iterator[str]:
    """What was not declared: numbers without a verdict."""
    yield f"{EXPLORATORY}, no verdict: {requirement} in {part.title}"
    yield from (f"  {line}" for line in _part(part))


def closing(results: Sequence[Result], campaign: Campaign) -> str:
    """One line with every verdict."""
    said = ", ".join(f"{r.declared.requirement} {r.verdict.name}" for r in results)
    return f"{said}{mark(campaign)}"


def mark(campaign: Campaign) -> str:
    """Return what follows a verdict that is restricted; nothing otherwise."""
    return f" ({', '.join(campaign.marks)})" if campaign.marks else ""


def _part(part: Part) -> Iterator[str]:
    units = {bounds.unit for bounds in part.sample.bounds}
    rows = [_row(each, units) for each in part.sample.units]
    if rows:
        yield from columns([_HEADINGS, *rows])
    if part.statistics is not None:
        yield from _numbers(part.statistics)
    yield from (
        f"{each.name}: {each.finding}: {each.statement}" for each in part.checks
    )


def _row(unit: UnitSample, units: Set[str]) -> tuple[str, str, str, str]:
    shown = ""
    if unit.values and len(units) == 1:
        u = max(each.expanded_u for each in unit.values)
        shown = wording.with_u(unit.mean, u, *units)
    return unit.unit, str(len(unit.values)), shown, unit.verdict.name


def _numbers(found: Statistics) -> Iterator[str]:
    unit = wording.symbol(found.bounds.unit)
    spread, interval = found.spread, found.interval
    yield (
        f"n = {spread.units} units, mean {wording.short(spread.mean)} {unit},"
        f" s {wording.short(spread.s)} {unit}"
    )
    k = "" if interval.factor is None else f", k = {interval.factor:.4f}"
    ends = [
        f"{wording.short(end)} {unit}"
        for end in (interval.lower, interval.upper)
        if math.isfinite(end)
    ]
    yield f"tolerance interval ({interval.method}{k}): {' to '.join(ends)}"


def worst_of(results: Iterable[Result]) -> Verdict:
    """The verdict of several populations together."""
    return max((each.verdict for each in results), default=Verdict.NOT_RUN)
