"""What a requirement allows, declared before anything is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.errors import ConfigurationError
from harness.evidence.records import JsonValue
from harness.judging.chances import Chances, chances
from harness.judging.findings import contradiction, finding
from harness.judging.judgements import Judgement
from harness.judging.rules import CONDITIONAL, DecisionRule, Spread
from harness.judging.verdicts import Verdict, Zone
from harness.metrology.measurement import Measurement, refuse_offset_unit
from harness.metrology.monte_carlo import Check
from harness.units import Quantity, magnitude, show, ureg

_DIGITS = 6


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
            "rule": self.rule.describe(),
            "source": self.source,
        }

    def judge(
        self, measurement: Measurement, sampled: Check | None = None
    ) -> Judgement:
        """Hold a measurement against the limit, as its rule says.

        Anything not finite, anything without a specified limit, and anything of which
        U is larger than the rule bears, is INCONCLUSIVE under every rule. So is a PASS
        or a FAIL that does not stand when the Monte Carlo interval takes the place of
        U where the two disagree.

        Args:
            measurement: what was measured.
            sampled: how its U compares with the distributions of its inputs; None
                where that was not looked at.

        Raises:
            TypeError: ``measurement`` is not a Measurement but a bare number.
            UnitError: it has another dimension than the limit.
        """
        if not isinstance(measurement, Measurement):
            raise TypeError(
                f"{self.requirement}: {measurement!r} is not a Measurement; a value"
                " without its uncertainty cannot be judged"
            )
        rule, bounds = self.rule, self.bounds()
        expanded, k = measurement.expanded(rule.coverage)
        value, u, u_expanded = (
            magnitude(each, self.unit)
            for each in (measurement.value, measurement.u, expanded)
        )
        found = chances(value, u, measurement.dof, *bounds)
        zone = self._zone(value, u_expanded, found)
        verdict = rule.verdict(zone, u_expanded, bounds)
        said = finding(rule, zone, verdict, found)
        if zone in CONDITIONAL and rule.is_empty(u_expanded, bounds):
            said += (
                f". {rule.band} is more than half the tolerance, so no value at all"
                " could pass"
            )
        shown = f"{self._show(value)} ± {self._show(u_expanded)} (k = {k:.3g})"
        against = f"{shown} against {self.describe()}"
        if self.unspecified:
            against = f"{self.describe()}; measured {shown}"
        if sampled is not None and verdict is not Verdict.INCONCLUSIVE:
            doubt = self._doubt(verdict, sampled, measurement.unit)
            verdict = Verdict.INCONCLUSIVE if doubt else verdict
            said += doubt
        margin = min(value - bounds[0], bounds[1] - value)
        is_known = math.isfinite(found.inside) and not self.unspecified
        return Judgement(
            requirement=self.requirement,
            verdict=verdict,
            statement=f"{against}: {said}.",
            zone=zone,
            margin=ureg.Quantity(margin, self.unit) if math.isfinite(margin) else None,
            expanded_u=ureg.Quantity(u_expanded, self.unit),
            k=k,
            p_c=found.inside if is_known else None,
            limit=self,
            measurement=measurement,
        )

    def _zone(self, value: float, u_expanded: float, found: Chances) -> Zone:
        if self.unspecified:
            return Zone.NOT_SPECIFIED
        if not (math.isfinite(value) and math.isfinite(u_expanded)):
            return Zone.UNUSABLE
        if self.rule.is_too_uncertain(u_expanded, self.bounds()):
            return Zone.TOO_UNCERTAIN
        spread = Spread(u_expanded, u_expanded)
        return self.rule.zone(value, spread, self.bounds(), found)

    def _doubt(self, verdict: Verdict, sampled: Check, unit: str) -> str:
        """Say what speaks against a verdict if the interval is judged instead of U."""
        if sampled.agrees:
            return ""
        low, value, high = (
            magnitude(ureg.Quantity(each, unit), self.unit)
            for each in (sampled.sample.low, sampled.sample.value, sampled.sample.high)
        )
        spread = Spread(down=value - low, up=high - value)
        widest = max(spread.down, spread.up)
        if not (math.isfinite(spread.down) and math.isfinite(spread.up)):
            zone = Zone.UNUSABLE
        elif self.rule.is_too_uncertain(widest, self.bounds()):
            zone = Zone.TOO_UNCERTAIN
        else:
            zone = self.rule.zone(value, spread, self.bounds())
        if self.rule.verdict(zone, widest, self.bounds()) is verdict:
            return ""
        interval = f"{self._show(low)} to {self._show(high)}"
        return f". {contradiction(zone, interval)}"

    def _show(self, value: float) -> str:
        return show(ureg.Quantity(value, self.unit), self.unit, _DIGITS)
