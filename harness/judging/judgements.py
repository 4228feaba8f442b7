"""A verdict with everything that an auditor needs to repeat it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.records import JsonValue
from harness.judging.verdicts import Verdict, Zone
from harness.metrology.measurement import Measurement, number
from harness.units import Quantity

if TYPE_CHECKING:
    from harness.judging.limits import Limit


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with everything that an auditor needs to repeat it.

    Attributes:
        requirement: the requirement that was judged.
        verdict: what follows for the pump.
        statement: the finding in words and, where undecided, what to do next.
        zone: place of the value; None where a fact was judged.
        margin: distance of the value from the nearest limit, in the limit's display
            unit, positive inside; U is not taken off. None without a usable value.
        expanded_u: U, in the limit's display unit; None where a fact was judged.
        k: coverage factor of U; None where a fact was judged.
        p_c: conformance probability, by the measurement alone; None without a usable
            value or a limit.
        limit: the limit, with its rule; None where a fact was judged.
        measurement: what was judged; None where a fact was judged.
    """

    requirement: str
    verdict: Verdict
    statement: str
    zone: Zone | None = None
    margin: Quantity | None = None
    expanded_u: Quantity | None = None
    k: float | None = None
    p_c: float | None = None
    limit: Limit | None = None
    measurement: Measurement | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """Plain numbers in ``unit``, the limit's; limit and value are other records."""
        return {
            "requirement": self.requirement,
            "verdict": self.verdict.name,
            "statement": self.statement,
            "zone": None if self.zone is None else self.zone.value,
            "margin": _plain(self.margin),
            "expanded_u": _plain(self.expanded_u),
            "k": None if self.k is None else number(self.k),
            "p_c": self.p_c,
            "unit": "" if self.limit is None else self.limit.unit,
        }


def judge_fact(requirement: str, holds: bool | None, statement: str) -> Judgement:
    """Judge something that is so or not, such as a refusal; None means not established.

    Raises:
        TypeError: ``holds`` is neither a bool nor None.
    """
    if holds is None:
        verdict = Verdict.INCONCLUSIVE
    elif isinstance(holds, bool):
        verdict = Verdict.PASS if holds else Verdict.FAIL
    else:
        raise TypeError(f"{requirement}: {holds!r} is not a yes, a no or None")
    return Judgement(requirement, verdict, statement)


def _plain(value: Quantity | None) -> JsonValue:
    return None if value is None else number(float(value.magnitude))
