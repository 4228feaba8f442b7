"""How late each channel is, and what that leaves of the shortest alarm deadline."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Final

from harness.qualification.method_claims import Claims
from harness.qualification.method_lines import Line, Standing
from harness.qualification.method_records import Observation, Part, Session
from harness.qualification.method_weights import SETTLED, by_item

DELAY: Final = "delay"
"""Name of what is observed in each channel; the item is the channel."""
SETTLING: Final = "balance, weight put on to stable"
"""The channel that the check weights show."""
CHANNELS: Final = (
    "pump, question to answer",
    "balance, question to weight",
    "pump, start to status",
    "pump, stop to status",
    "balance, step to display",
    "listener, tone to hearing",
    "clamp, order to done",
    "magnet, order to done",
)
"""The channels that are tried on purpose."""
CONFIDENCE: Final = 0.95


def lines(session: Session) -> Iterator[Line]:
    """Every line about the delays; none where none was measured."""
    channels = by_item(session.named(DELAY))
    if not channels:
        return
    settled = session.named(SETTLED)
    if settled:
        channels[SETTLING] = settled
    for channel, found in channels.items():
        yield _channel(channel, found, session.claims)
    yield _budget(channels.values(), session.claims)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def covered(n: int) -> float:
    """The share of all delays that the largest of ``n`` bounds with 95 % confidence.

    Distribution-free: the largest of n values lies above the p quantile with the
    probability 1 - p^n (Wilks 1941).
    """
    return float((1.0 - CONFIDENCE) ** (1.0 / n))


def _channel(channel: str, found: Sequence[Observation], claims: Claims) -> Line:
    """Hold the delays of a channel against its limit.

    Few of them bound little of all: then the largest must keep half of the limit free.
    """
    values = [each.value for each in found]
    middle, most = median(values), max(each.value + 2.0 * each.u for each in found)
    high = percentile(values, CONFIDENCE)
    said = (
        f"median {middle:.3g} s, 95 % within {high:.3g} s, at most {most:.3g} s in"
        f" {len(values)}; the largest bounds {covered(len(values)):.0%} of all"
    )
    limit_s, source = _limit(channel, claims)
    if limit_s is None:
        return Line(Part.LATENCY, channel, said, "no limit declared", Standing.SHOWN)
    standing = Standing.FIT
    if high > limit_s:
        standing = Standing.UNFIT
    elif most > limit_s or (2.0 * most > limit_s and covered(len(values)) < CONFIDENCE):
        standing = Standing.INCONCLUSIVE
    mends = {
        Standing.UNFIT: "raise the baud rate, lower an adapter's latency timer,"
        " choose a faster filter, or connect it without a network between",
        Standing.INCONCLUSIVE: "try it more often",
    }
    return Line(
        Part.LATENCY,
        channel,
        said,
        f"at most {limit_s:.3g} s, {source}",
        standing,
        mends.get(standing, ""),
    )


def _limit(channel: str, claims: Claims) -> tuple[float | None, str]:
    declared = claims.largest_delay_s.get(channel)
    deadline = claims.deadline
    by_deadline = (
        None if deadline.seconds is None else deadline.largest_share * deadline.seconds
    )
    if by_deadline is not None and (declared is None or by_deadline < declared):
        return by_deadline, f"{deadline.largest_share:.0%} of {deadline.source}"
    return declared, "declared"


def _budget(channels: Iterable[Sequence[Observation]], claims: Claims) -> Line:
    total = sum(max(each.value for each in found) for found in channels)
    if claims.deadline.seconds is None:
        return Line(
            Part.LATENCY,
            "left of the shortest alarm deadline",
            "the profile gives no alarm deadline",
            "",
            Standing.SHOWN,
        )
    left = claims.deadline.seconds - total
    return Line(
        Part.LATENCY,
        "left of the shortest alarm deadline",
        f"{left:.4g} s after the largest delay of every channel together,"
        f" {total:.3g} s",
        f"of {claims.deadline.seconds:.4g} s, {claims.deadline.source}",
        Standing.SHOWN,
    )
