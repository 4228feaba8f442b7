"""How sure one may be of a rate of which only a few events were seen."""

from __future__ import annotations

from typing import Final

from scipy.special import betaincinv

CONFIDENCE: Final = 0.95
"""Of every bound that the pages name, to one side."""


def upper_bound(events: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the largest probability that so few events do not speak against.

    Clopper and Pearson 1934, to one side: the quantile of a beta distribution. Of no
    event in n trials it is 1 - (1 - confidence)^(1/n), by the rule of three about 3/n.

    Args:
        events: how many were seen.
        trials: in how many independent trials.
        confidence: with which it holds.

    Raises:
        ValueError: more events than trials, or a number below 0.
    """
    _check(events, trials)
    if events == trials:
        return 1.0
    return float(betaincinv(events + 1, trials - events, confidence))


def lower_bound(events: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the smallest probability that so many events do not speak against.

    Args:
        events: how many were seen.
        trials: in how many independent trials.
        confidence: with which it holds.

    Raises:
        ValueError: more events than trials, or a number below 0.
    """
    _check(events, trials)
    if events == 0:
        return 0.0
    return float(betaincinv(events, trials - events + 1, 1.0 - confidence))


def _check(events: int, trials: int) -> None:
    if not 0 <= events <= trials:
        raise ValueError(f"{events} events cannot be seen in {trials} trials")
