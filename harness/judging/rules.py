"""How a value with uncertainty is held against a limit: agreed before it is measured.

Method adapted from ILAC-G8:09/2019 (simple acceptance, guard bands, binary or not) and
JCGM 106 (specific risk).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from harness.judging.chances import Chances
from harness.judging.verdicts import Verdict, Zone

COVERAGE = 0.95
LOWEST_COVERAGE = 0.5
HIGHEST_COVERAGE = 0.9999
# U may be a third of half the tolerance where the value alone decides: the limit is
# then at least three times U wide on either side.
LARGEST_U = 1.0 / 3.0
LOOKS = 2
CONDITIONAL = (Zone.CONDITIONAL_PASS, Zone.CONDITIONAL_FAIL)


class RuleKind(StrEnum):
    """What a plan may call a decision rule."""

    SIMPLE_ACCEPTANCE = "simple-acceptance"
    GUARD_BAND = "guard-band"
    SPECIFIC_RISK = "specific-risk"


class Statement(StrEnum):
    """Whether a guard band leaves room for what is not proven either way."""

    BINARY = "binary"
    NON_BINARY = "non-binary"


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the true value may lie from the best estimate, in the limit's unit.

    The two are the same for U, and may differ for a Monte Carlo interval.
    """

    down: float
    up: float


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """How a value with uncertainty is held against a limit.

    Made by :func:`simple_acceptance`, :func:`guard_band` and :func:`specific_risk`.

    Attributes:
        kind: which rule it is.
        coverage: coverage probability of U.
        guard_factor: r in the width of a guard band, w = r U.
        statement: whether a guard band is binary.
        risk: largest specific risk, of consumer and producer alike.
        accepts: conditional zones that stand as PASS or FAIL because the plan says so.
        largest_u: U as a share of half the tolerance, or of the only limit, above
            which nothing is judged; None where U may be of any size.
        looks: at how many moments the evidence may be judged; they share the
            probability that U does not cover.

    Raises:
        ValueError: a number is out of its range, or two do not go together; the
            message begins with the name that a plan has for it.
    """

    kind: RuleKind
    coverage: float
    guard_factor: float = 0.0
    statement: Statement = Statement.NON_BINARY
    risk: float = 0.0
    accepts: tuple[Zone, ...] = ()
    largest_u: float | None = None
    looks: int = 1

    def __post_init__(self) -> None:
        if not LOWEST_COVERAGE <= self.coverage <= HIGHEST_COVERAGE:
            raise ValueError(
                f"coverage is {self.coverage:g}; write {LOWEST_COVERAGE} to"
                f" {HIGHEST_COVERAGE}"
            )
        if not 0.0 <= self.guard_factor < math.inf:
            raise ValueError(
                f"guard_factor is {self.guard_factor:g}; write 0 or more: a limit is"
                " never widened"
            )
        if self.kind is RuleKind.SPECIFIC_RISK and not 0.0 < self.risk < 0.5:
            raise ValueError(
                f"risk is {percent(self.risk)}; write more than 0 % and less than 50 %"
            )
        if self.interval > HIGHEST_COVERAGE:
            raise ValueError(
                f"risk is {percent(self.risk)}; write {percent(1.0 - HIGHEST_COVERAGE)}"
                " or more, for a smaller one needs a wider interval than can be found"
            )
        if self.largest_u is not None and not 0.0 < self.largest_u <= 1.0:
            raise ValueError(
                f"largest_u is {percent(self.largest_u)}; write more than 0 % and at"
                " most 100 % of half the tolerance"
            )
        if not set(self.accepts) <= set(CONDITIONAL):
            raise ValueError(
                f"accept names {', '.join(self.accepts)}; only"
                f" {' and '.join(CONDITIONAL)} can be accepted"
            )
        if self.accepts and self.is_binary:
            raise ValueError(
                "accept has no meaning where statement is binary, for nothing is"
                " conditional; leave one of the two out"
            )

    @property
    def is_binary(self) -> bool:
        """Whether every value passes or fails, unless U lets no value pass at all."""
        return self.statement is Statement.BINARY

    def shared(self) -> DecisionRule:
        """Return the rule of one of two looks at evidence that grows.

        Each look may err with half of the probability, so that both together err no
        more often than one alone would, however they depend on each other.

        Raises:
            ValueError: that coverage is higher, or that risk smaller, than can be
                worked with.

        Source: Bonferroni's inequality.
        """
        return replace(
            self,
            coverage=1.0 - (1.0 - self.coverage) / LOOKS,
            risk=self.risk / LOOKS,
            looks=LOOKS,
        )

    def describe(self) -> str:
        """The rule in words, such as ``"guard band w = U (95 %), non-binary"``."""
        covers = f"U ({percent(self.coverage)})"
        said = [
            {
                RuleKind.SIMPLE_ACCEPTANCE: f"simple acceptance, {covers}",
                RuleKind.GUARD_BAND: f"guard band w = {self._factor}{covers}",
                RuleKind.SPECIFIC_RISK: (
                    f"specific risk at most {percent(self.risk)}, {covers}"
                ),
            }[self.kind]
        ]
        if self.kind is RuleKind.GUARD_BAND:
            said.append(self.statement)
        if self.largest_u is not None:
            said.append(f"U at most {percent(self.largest_u)} of half the tolerance")
        said += [f"{zone} accepted by the plan" for zone in self.accepts]
        if self.looks > 1:
            said.append(f"each of {self.looks} looks with its share (Bonferroni)")
        return ", ".join(said)

    @property
    def band(self) -> str:
        """The width of the guard band in words: ``"U"``, ``"0.83 U"``."""
        return f"{self._factor}U"

    @property
    def _factor(self) -> str:
        return "" if self.guard_factor == 1.0 else f"{self.guard_factor:g} "

    @property
    def interval(self) -> float:
        """The coverage probability at which an interval is judged instead of U."""
        is_risk = self.kind is RuleKind.SPECIFIC_RISK
        return 1.0 - self.risk if is_risk else self.coverage

    def zone(
        self,
        value: float,
        spread: Spread,
        bounds: tuple[float, float],
        found: Chances | None = None,
    ) -> Zone:
        """Place a finite value; whether U is small enough is asked before.

        Args:
            value: the best estimate.
            spread: U, or how far the ends of an interval lie from the value.
            bounds: lower and upper limit.
            found: where the true value lies; None where only the interval is known.
        """
        inside = value - bounds[0], bounds[1] - value
        if self.kind is RuleKind.SIMPLE_ACCEPTANCE:
            return Zone.PASS if min(inside) >= 0.0 else Zone.FAIL
        if self.kind is RuleKind.SPECIFIC_RISK:
            return self._by_risk(inside, spread, found)
        factor = self.guard_factor
        zone = _by_band(inside, Spread(factor * spread.down, factor * spread.up))
        # What no value could pass, however good, rejects nothing.
        is_open = self.is_empty((spread.down + spread.up) / 2.0, bounds)
        is_rejected = self.is_binary and zone is not Zone.PASS and not is_open
        return Zone.REJECTED if is_rejected else zone

    def _by_risk(
        self, inside: tuple[float, float], spread: Spread, found: Chances | None
    ) -> Zone:
        """Either decision asks that it be wrong with no more than the risk.

        FAIL asks that the value lie on one side of the limits: a low p_c alone would
        fail whatever was measured badly enough.
        """
        if found is None:
            zone = _by_band(inside, spread)
            return Zone.UNDECIDED if zone in CONDITIONAL else zone
        if found.inside >= 1.0 - self.risk:
            return Zone.PASS
        if max(found.below, found.above) >= 1.0 - self.risk:
            return Zone.FAIL
        return Zone.UNDECIDED

    def verdict(
        self, zone: Zone, u_expanded: float, bounds: tuple[float, float]
    ) -> Verdict:
        """Return what a zone amounts to.

        A zone that the plan accepts by name counts only while some value could have
        passed without that.

        Args:
            zone: the zone.
            u_expanded: U, in the unit of the bounds.
            bounds: lower and upper limit.
        """
        if zone is Zone.PASS:
            return Verdict.PASS
        if zone in (Zone.FAIL, Zone.REJECTED):
            return Verdict.FAIL
        if zone in self.accepts and not self.is_empty(u_expanded, bounds):
            is_inside = zone is Zone.CONDITIONAL_PASS
            return Verdict.PASS if is_inside else Verdict.FAIL
        return Verdict.INCONCLUSIVE

    def is_empty(self, u_expanded: float, bounds: tuple[float, float]) -> bool:
        """Tell whether the guard bands leave nothing between the limits."""
        return self.guard_factor * u_expanded > (bounds[1] - bounds[0]) / 2.0

    def is_too_uncertain(self, u_expanded: float, bounds: tuple[float, float]) -> bool:
        """Tell whether U is larger than the rule bears.

        A single limit has no tolerance; its own size stands for half of one.
        """
        if self.largest_u is None:
            return False
        finite = [abs(bound) for bound in bounds if math.isfinite(bound)]
        half = (bounds[1] - bounds[0]) / 2.0 if len(finite) == 2 else finite[0]
        return u_expanded > self.largest_u * half


def simple_acceptance(
    coverage: float = COVERAGE, largest_u: float = LARGEST_U
) -> DecisionRule:
    """The value alone decides, if U is small enough (ILAC-G8:09/2019, w = 0)."""
    return DecisionRule(
        RuleKind.SIMPLE_ACCEPTANCE, coverage=coverage, largest_u=largest_u
    )


def guard_band(
    guard_factor: float = 1.0,
    coverage: float = COVERAGE,
    binary: bool = False,
    accepts: tuple[Zone, ...] = (),
    largest_u: float | None = None,
) -> DecisionRule:
    """The value must lie inside by w = r U (ILAC-G8:09/2019).

    Args:
        guard_factor: r. Where it is 0, the value alone decides as by
            :func:`simple_acceptance`, so U has the same bound unless another is given.
        coverage: coverage probability of U.
        binary: whether everything else fails; if not, FAIL must be proven too.
        accepts: conditional zones that stand as PASS or FAIL.
        largest_u: U as a share of half the tolerance above which nothing is judged.
    """
    if guard_factor == 0.0 and largest_u is None:
        largest_u = LARGEST_U
    return DecisionRule(
        RuleKind.GUARD_BAND,
        coverage=coverage,
        guard_factor=guard_factor,
        statement=Statement.BINARY if binary else Statement.NON_BINARY,
        accepts=accepts,
        largest_u=largest_u,
    )


def specific_risk(
    risk: float, coverage: float = COVERAGE, largest_u: float | None = None
) -> DecisionRule:
    """The probability of the wrong decision about this item is bounded (JCGM 106)."""
    return DecisionRule(
        RuleKind.SPECIFIC_RISK, coverage=coverage, risk=risk, largest_u=largest_u
    )


def _by_band(inside: tuple[float, float], band: Spread) -> Zone:
    """Place a value by its distances from both limits (ILAC-G8:09/2019)."""
    if inside[0] >= band.down and inside[1] >= band.up:
        return Zone.PASS
    if min(inside) >= 0.0:
        return Zone.CONDITIONAL_PASS
    if inside[0] >= -band.up and inside[1] >= -band.down:
        return Zone.CONDITIONAL_FAIL
    return Zone.FAIL


GUARD_BAND_U: Final = guard_band()


def percent(share: float) -> str:
    """A share of one in words: ``"97.5 %"``."""
    return f"{100.0 * share:.5g} %"
