"""How sure one may be of a rate of which only a few events were seen."""

from __future__ import annotations

from typing import Final

from harness.populations.attribute import failing_share_shown, reliability_shown

CONFIDENCE: Final = 0.95
"""Of every bound that the pages name, to one side."""


def upper_bound(events: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the largest probability that so few events do not speak against.

    Clopper and Pearson 1934, to one side. Of no event in n trials it is
    1 - (1 - confidence)^(1/n), by the rule of three about 3/n; of no trial it is 1.

    Args:
        events: how many were seen.
        trials: in how many independent trials.
        confidence: with which it holds.

    Raises:
        ValueError: more events than trials, or a number below 0.
    """
    if events == trials == 0:
        return 1.0
    return 1.0 - reliability_shown(trials, events, confidence)


def lower_bound(events: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the smallest probability that so many events do not speak against.

    Args:
        events: how many were seen.
        trials: in how many independent trials.
        confidence: with which it holds.

    Raises:
        ValueError: more events than trials, or a number below 0.
    """
    if events == trials == 0:
        return 0.0
    return failing_share_shown(trials, events, confidence)
