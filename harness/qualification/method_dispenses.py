"""Known dispenses: the volume that the chain measures against one known otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Final

from harness.qualification.method_lines import Line, Standing, within
from harness.qualification.method_records import Observation, Part, Session
from harness.qualification.method_weights import by_item, mean_u

MEASURED: Final = "measured volume"
"""Names of what is observed at each dispense."""
KNOWN: Final = "known volume"

_MEND: Final = (
    "see to density and temperature of the liquid, to air in the line, to drops beside"
    " the vessel, and to the source itself"
)


def lines(session: Session) -> Iterator[Line]:
    """Every line about the dispenses; none where nothing was dispensed."""
    measured = by_item(session.named(MEASURED))
    if not measured:
        return
    known = by_item(session.named(KNOWN))
    claims = session.claims
    largest = claims.largest_u_share * claims.tolerance.share
    yield _uncertainty(measured, largest, claims.tolerance.source)
    for item, found in measured.items():
        yield from _bias(item, found, known[item], largest)


def e_n(difference: float, expanded: float, expanded_reference: float) -> float:
    """The difference to a reference for each U of it; within ±1 they agree.

    Source: E_n score of ISO 13528 and ISO/IEC 17043, method adapted.
    """
    return difference / math.hypot(expanded, expanded_reference)


def _uncertainty(
    measured: Mapping[str, Sequence[Observation]], largest: float, source: str
) -> Line:
    shares = {
        item: 2.0 * max(each.u for each in found) / abs(fmean(e.value for e in found))
        for item, found in measured.items()
    }
    item = max(shares, key=lambda each: shares[each])
    standing = Standing.FIT if shares[item] <= largest else Standing.UNFIT
    return Line(
        Part.DISPENSES,
        "U of one volume, the largest",
        f"{shares[item]:.2%} at {item}",
        f"at most {largest:.2%}, the declared share of {source}",
        standing,
        "" if standing is Standing.FIT else "weigh more finely, or larger volumes",
    )


def _bias(
    item: str,
    measured: Sequence[Observation],
    known: Sequence[Observation],
    largest: float,
) -> Iterator[Line]:
    reference = fmean(each.value for each in known)
    difference = fmean(each.value for each in measured) - reference
    expanded, of_known = mean_u(measured), 2.0 * max(each.u for each in known)
    score = e_n(difference, expanded, of_known)
    standing = Standing.FIT if abs(score) <= 1.0 else Standing.UNFIT
    if not math.isfinite(expanded):
        standing = Standing.INCONCLUSIVE
    yield Line(
        Part.DISPENSES,
        f"E_n at {item}",
        f"{score:+.2f} in {len(measured)} dispenses",
        "within ±1: agrees with the known volume within U of both",
        standing,
        _mend(standing),
    )
    bias, u = difference / reference, math.hypot(expanded, of_known) / reference
    standing = within(bias, u, -largest, largest)
    yield Line(
        Part.DISPENSES,
        f"bias at {item}",
        f"{bias:+.2%} ± {u:.2%}",
        f"within ±{largest:.2%}",
        standing,
        _mend(standing),
    )


def _mend(standing: Standing) -> str:
    if standing is Standing.INCONCLUSIVE:
        return "dispense more rounds, from a source with a smaller U"
    if standing is Standing.UNFIT:
        return _MEND
    return ""
