"""What a decision rule has found, in words: the reason, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from harness.judging.chances import Chances
from harness.judging.rules import DecisionRule, RuleKind, percent
from harness.judging.verdicts import Verdict, Zone

_AGAIN = "measure longer or with a smaller U, and judge again"
_UNDECIDED = f"Not proven either way: {_AGAIN}"
_ACCEPTED = "accepted by the plan"


def finding(rule: DecisionRule, zone: Zone, verdict: Verdict, chances: Chances) -> str:
    """Say why a value in a zone has its verdict.

    Args:
        rule: the decision rule.
        zone: where the value lies.
        verdict: what that amounts to.
        chances: where the true value lies.
    """
    if zone is Zone.UNUSABLE:
        return (
            "no evidence, because the value or its uncertainty is not a finite number."
            " Find the cause in the journal and measure again"
        )
    if zone is Zone.NOT_SPECIFIED:
        return "add the limit to the profile, or declare the feature absent there"
    if zone is Zone.TOO_UNCERTAIN:
        share = percent(rule.largest_u or 0.0)
        return (
            f"no evidence, because U is more than {share} of half the tolerance."
            " Measure longer or with a smaller U, and judge again"
        )
    said = _by_kind(rule, chances)[zone]
    if verdict is not Verdict.INCONCLUSIVE:
        return f"{said}, {_ACCEPTED}" if zone in rule.accepts else said
    return f"{said}. {_UNDECIDED}"


def contradiction(zone: Zone, interval: str) -> str:
    """Say that the distributions of the inputs lead elsewhere than U does.

    Args:
        zone: where the value lies by its Monte Carlo interval.
        interval: that interval, in words.
    """
    return (
        f"But the Monte Carlo interval, {interval}, would make it {zone!s:.80}: the"
        f" linear U does not hold here, so nothing is proven. Find the input of the"
        f" budget that acts non-linearly, or {_AGAIN}"
    )


def _by_kind(rule: DecisionRule, chances: Chances) -> Mapping[Zone, str]:
    if rule.kind is RuleKind.SIMPLE_ACCEPTANCE:
        return {
            Zone.PASS: "inside; the value alone decides",
            Zone.FAIL: "outside; the value alone decides",
        }
    if rule.kind is RuleKind.SPECIFIC_RISK:
        outside, least = max(chances.below, chances.above), percent(1.0 - rule.risk)
        inside = f"inside with a probability of {percent(chances.inside)}"
        return {
            Zone.PASS: f"{inside}, of which {least} is demanded",
            Zone.FAIL: f"outside with a probability of {percent(outside)}, of which"
            f" {least} is demanded",
            Zone.UNDECIDED: f"{inside}, and {least} is demanded of either decision",
        }
    return {
        Zone.PASS: f"inside by at least {rule.band}",
        Zone.CONDITIONAL_PASS: f"inside, but by less than {rule.band}",
        Zone.CONDITIONAL_FAIL: f"outside, but by no more than {rule.band}",
        Zone.FAIL: f"outside by more than {rule.band}",
        Zone.REJECTED: f"rejected, for it is not inside by at least {rule.band}",
    }
