"""From a measurement to a verdict, by a rule that was declared before the value.

Two scales, never mixed: ``Verdict`` is about the pump, ``RunState`` about the run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

from harness.errors import ConfigurationError
from harness.evidence.records import JsonValue
from harness.metrology.measurement import Measurement, number, refuse_offset_unit
from harness.units import Quantity, magnitude, show, ureg

_DIGITS = 6


class Verdict(IntEnum):
    """What is known about the pump; the larger, the worse."""

    NOT_RUN = 0
    PASS = 1
    INCONCLUSIVE = 2
    FAIL = 3


class RunState(IntEnum):
    """What became of the run itself; the larger, the worse."""

    COMPLETE = 0
    ABORTED = 1
    BENCH_FAULT = 2
    TOOL_ERROR = 3


class DecisionRule(StrEnum):
    """How a value with uncertainty is held against a limit."""

    GUARD_BAND_U = "guard band w = U (95 %), non-binary"


class Zone(StrEnum):
    """Where a value lies by a limit and its guard band (ILAC-G8:09/2019)."""

    PASS = "pass"
    CONDITIONAL_PASS = "conditional pass"
    CONDITIONAL_FAIL = "conditional fail"
    FAIL = "fail"
    UNUSABLE = "unusable"
    NOT_SPECIFIED = "not specified"


_UNDECIDED = (
    "Not proven either way: measure longer or with a smaller U, and judge again"
)
_FINDINGS = MappingProxyType(
    {
        Zone.PASS: (Verdict.PASS, "inside by at least U"),
        Zone.CONDITIONAL_PASS: (
            Verdict.INCONCLUSIVE,
            f"inside, but by less than U. {_UNDECIDED}",
        ),
        Zone.CONDITIONAL_FAIL: (
            Verdict.INCONCLUSIVE,
            f"outside, but by no more than U. {_UNDECIDED}",
        ),
        Zone.FAIL: (Verdict.FAIL, "outside by more than U"),
        Zone.UNUSABLE: (
            Verdict.INCONCLUSIVE,
            "no evidence, because the value or its uncertainty is not a finite number."
            " Find the cause in the journal and measure again",
        ),
        Zone.NOT_SPECIFIED: (
            Verdict.INCONCLUSIVE,
            "add the limit to the profile, or declare the feature absent there",
        ),
    }
)
_EMPTY_ZONE = ". U is more than half the tolerance, so no value at all could pass"


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
            "unit": "" if self.limit is None else self.limit.unit,
        }


@dataclass(frozen=True, slots=True)
class Limit:
    """What a requirement allows, declared before anything is measured.

    Attributes:
        requirement: the requirement's identifier.
        lower: smallest allowed value, or None.
        upper: largest allowed value, or None; at least one of the two is given.
        rule: how a value with uncertainty is held against the limit.
        unit: unit for display and for the margin.
        source: where the limit comes from, in words.
        unspecified: keys that the profile lacks. Where there is one, there is no bound,
            and nothing can be judged.

    Raises:
        ConfigurationError: no bound, one beside a missing key, one that is not finite,
            or lower above upper.
        TypeError: a bound is a bare number.
        UnitError: a bound has another dimension than ``unit``, or ``unit`` an offset.
    """

    requirement: str
    lower: Quantity | None
    upper: Quantity | None
    rule: DecisionRule
    unit: str
    source: str
    unspecified: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_offset_unit(self.unit, self.requirement)
        has_bound = not (self.lower is None and self.upper is None)
        if has_bound and self.unspecified:
            raise ConfigurationError(
                f"{self.requirement}: a limit has both a bound and a missing key"
            )
        if not (has_bound or self.unspecified):
            raise ConfigurationError(f"{self.requirement}: a limit needs a bound")
        for bound in (self.lower, self.upper):
            if bound is None or math.isfinite(magnitude(bound, self.unit)):
                continue
            raise ConfigurationError(
                f"{self.requirement}: a bound is not a finite number"
            )
        lower, upper = self.bounds()
        if lower > upper:
            raise ConfigurationError(
                f"{self.requirement}: the lower limit is above the upper one"
            )

    def bounds(self) -> tuple[float, float]:
        """Both bounds in ``unit``; a bound that is not given is infinite."""
        lower = -math.inf if self.lower is None else magnitude(self.lower, self.unit)
        upper = math.inf if self.upper is None else magnitude(self.upper, self.unit)
        return lower, upper

    def describe(self) -> str:
        """The limit in words, such as ``"-5 % to 5 %"``."""
        if self.unspecified:
            keys = ", ".join(self.unspecified)
            return f"not specified: the profile says nothing about {keys}"
        if self.lower is None:
            return f"at most {self._show(self.bounds()[1])}"
        if self.upper is None:
            return f"at least {self._show(self.bounds()[0])}"
        return " to ".join(self._show(bound) for bound in self.bounds())

    def to_json(self) -> dict[str, JsonValue]:
        """Plain numbers in the display unit, with the rule and the source."""
        lower, upper = self.bounds()
        return {
            "requirement": self.requirement,
            "lower": None if self.lower is None else lower,
            "upper": None if self.upper is None else upper,
            "unit": self.unit,
            "rule": self.rule.value,
            "source": self.source,
        }

    def judge(self, measurement: Measurement) -> Judgement:
        """Hold a measurement against the limit.

        PASS is a value inside by at least U, FAIL one outside by more than U. Anything
        between, anything not finite, and anything without a specified limit, is
        INCONCLUSIVE.

        Raises:
            TypeError: ``measurement`` is not a Measurement but a bare number.
            UnitError: it has another dimension than the limit.

        Source: ILAC-G8:09/2019, non-binary statement with guard band w = U.
        """
        if not isinstance(measurement, Measurement):
            raise TypeError(
                f"{self.requirement}: {measurement!r} is not a Measurement; a value"
                " without its uncertainty cannot be judged"
            )
        value = magnitude(measurement.value, self.unit)
        expanded, k = measurement.expanded()
        u_expanded = magnitude(expanded, self.unit)
        lower, upper = self.bounds()
        margin = min(value - lower, upper - value)
        zone = Zone.NOT_SPECIFIED if self.unspecified else _zone(margin, u_expanded)
        shown = f"{self._show(value)} ± {self._show(u_expanded)} (k = {k:.3g})"
        verdict, finding = _FINDINGS[zone]
        undecided = zone in (Zone.CONDITIONAL_PASS, Zone.CONDITIONAL_FAIL)
        if undecided and u_expanded > (upper - lower) / 2.0:
            finding += _EMPTY_ZONE
        against = f"{shown} against {self.describe()}"
        if self.unspecified:
            against = f"{self.describe()}; measured {shown}"
        return Judgement(
            requirement=self.requirement,
            verdict=verdict,
            statement=f"{against}: {finding}.",
            zone=zone,
            margin=ureg.Quantity(margin, self.unit) if math.isfinite(margin) else None,
            expanded_u=ureg.Quantity(u_expanded, self.unit),
            k=k,
            limit=self,
            measurement=measurement,
        )

    def _show(self, value: float) -> str:
        return show(ureg.Quantity(value, self.unit), self.unit, _DIGITS)


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


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst verdict of a group; NOT_RUN for an empty one."""
    return max(verdicts, default=Verdict.NOT_RUN)


def _zone(margin: float, expanded_u: float) -> Zone:
    if not (math.isfinite(margin) and math.isfinite(expanded_u)):
        return Zone.UNUSABLE
    if margin >= expanded_u:
        return Zone.PASS
    if margin >= 0.0:
        return Zone.CONDITIONAL_PASS
    if margin >= -expanded_u:
        return Zone.CONDITIONAL_FAIL
    return Zone.FAIL


def _plain(value: Quantity | None) -> JsonValue:
    return None if value is None else number(float(value.magnitude))
