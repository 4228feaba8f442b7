"""The decision rule of a plan, from its head.

::

    rule = "guard-band"  # or "simple-acceptance", "specific-risk"
    coverage = 0.95  # of U
    guard_factor = 1.0  # guard-band: r in w = r U
    statement = "non-binary"  # guard-band: or "binary"
    accept = ["conditional pass"]  # guard-band, non-binary: stands as a PASS
    risk = "5 %"  # specific-risk
    largest_u = "33.3 %"  # of half the tolerance
"""

from __future__ import annotations

from types import MappingProxyType

from harness.errors import ConfigurationError
from harness.judging import (
    DecisionRule,
    guard_band,
    simple_acceptance,
    specific_risk,
)
from harness.judging.rules import COVERAGE, LARGEST_U, RuleKind, Statement
from harness.judging.verdicts import Zone
from harness.toml_files import Table
from harness.units import FRACTION, magnitude

_OWNERS = MappingProxyType(
    {
        "guard_factor": RuleKind.GUARD_BAND,
        "statement": RuleKind.GUARD_BAND,
        "accept": RuleKind.GUARD_BAND,
        "risk": RuleKind.SPECIFIC_RISK,
    }
)


def read(head: Table) -> DecisionRule:
    """Read the rule from ``[plan]``.

    Raises:
        ConfigurationError: a key that the rule does not have, or a value that does not
            go with it.
    """
    kind = head.choice("rule", RuleKind)
    for key, owner in _OWNERS.items():
        if key in head and owner is not kind:
            raise ConfigurationError(
                f"{head.where}: {key} belongs to the rule {owner}, not to {kind}; leave"
                f' it out, or write rule = "{owner}"'
            )
    try:
        return _read(kind, head)
    except ValueError as error:
        raise ConfigurationError(f"{head.where}: {error}") from error


def two_looks(rule: DecisionRule, where: str) -> DecisionRule:
    """Return the rule of one of the two looks that ``where`` asks for.

    Raises:
        ConfigurationError: the coverage is so high, or the risk so small, that it
            cannot be shared.
    """
    try:
        return rule.shared()
    except ValueError as error:
        raise ConfigurationError(
            f"{where}: second_look halves the risk, and what coverage"
            f" {rule.coverage:g} leaves uncovered, for each of two looks: {error};"
            " change that in [plan], or leave second_look out"
        ) from error


def _read(kind: RuleKind, head: Table) -> DecisionRule:
    coverage = head.number("coverage", COVERAGE)
    largest_u = _share(head, "largest_u") if "largest_u" in head else None
    if kind is RuleKind.SIMPLE_ACCEPTANCE:
        return simple_acceptance(
            coverage, LARGEST_U if largest_u is None else largest_u
        )
    if kind is RuleKind.SPECIFIC_RISK:
        return specific_risk(_share(head, "risk"), coverage, largest_u)
    statement = head.choice("statement", Statement, Statement.NON_BINARY)
    return guard_band(
        head.number("guard_factor", 1.0),
        coverage,
        binary=statement is Statement.BINARY,
        accepts=head.choices("accept", Zone),
        largest_u=largest_u,
    )


def _share(head: Table, key: str) -> float:
    return magnitude(head.quantity(key, FRACTION), FRACTION) / 100.0
