"""A measurement as it is judged: its distributions propagated beside its linear U."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.clock import NS_PER_S
from harness.evidence.records import JsonValue
from harness.judging import DecisionRule, Judgement, Limit
from harness.metrology import monte_carlo
from harness.metrology.measurement import Measurement, number
from harness.metrology.monte_carlo import Check
from harness.units import magnitude

# So many trials lie beyond either end of the interval, at least.
_BEYOND = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement, and what the journal says of the measurement behind it."""

    judgement: Judgement
    fields: dict[str, JsonValue]


def with_gaps(measurement: Measurement, gaps: Iterable[tuple[int, int]]) -> Measurement:
    """Return a measurement that names the gaps that it spans.

    Args:
        measurement: as it was made.
        gaps: bench times, ns, between which the harness was dead.
    """
    remarks = tuple(
        f"nobody looked at the bench for {(end_ns - begin_ns) / NS_PER_S:.3g} s of it:"
        " the run was broken off and went on"
        for begin_ns, end_ns in gaps
        if measurement.t_start_ns <= begin_ns and end_ns <= measurement.t_end_ns
    )
    return replace(measurement, remarks=(*measurement.remarks, *remarks))


def judge(limit: Limit, measurement: Measurement) -> Judged:
    """Hold a measurement against a limit, with a Monte Carlo run beside its U.

    Raises:
        TypeError: the value is a bare number.
        UnitError: it has another dimension than the limit.
    """
    judgement = limit.judge(measurement)
    sampled = _check(measurement, limit.rule)
    if sampled is not None and not sampled.agrees:
        judgement = limit.judge(measurement, sampled)
    fields = measurement.to_json(limit.rule.coverage)
    fields["monte_carlo"] = None
    if sampled is not None:
        fields["monte_carlo"] = _to_json(sampled, limit.rule.interval)
        if not sampled.agrees:
            fields["remarks"] = [*measurement.remarks, sampled.statement]
    return Judged(judgement, {"name": limit.requirement, **fields})


def _check(measurement: Measurement, rule: DecisionRule) -> Check | None:
    """Propagate distributions; None where there is no interval to compare with."""
    expanded, _ = measurement.expanded(rule.interval)
    used = measurement.value, expanded
    if not all(math.isfinite(magnitude(each, measurement.unit)) for each in used):
        return None
    trials = math.ceil(2 * _BEYOND / (1.0 - rule.interval))
    trials = max(monte_carlo.CHECK_TRIALS, trials)
    return monte_carlo.check(measurement, rule.interval, trials=trials)


def _to_json(check: Check, p: float) -> dict[str, JsonValue]:
    sample = check.sample
    return {
        "statement": check.statement,
        "agrees": check.agrees,
        "tolerance": number(check.tolerance),
        "coverage": p,
        "value": number(sample.value),
        "u": number(sample.u),
        "low": number(sample.low),
        "high": number(sample.high),
        "trials": sample.trials,
        "seed": sample.seed,
        "generator": sample.generator,
    }
