"""Which deviations count: by these rules alone a recorded verdict is invalidated."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.signing.deviations import Invalidated, Role, SignedDeviation


@dataclass(frozen=True, slots=True)
class Standing:
    """What a deviation is worth.

    Attributes:
        signed: the deviation.
        counts: whether the verdicts that it names are invalidated.
        statement: the reason, in one sentence.
    """

    signed: SignedDeviation
    counts: bool
    statement: str


def standing(
    deviations: Sequence[SignedDeviation],
    run: str,
    performers: Collection[str],
    verdicts: Collection[Invalidated],
) -> tuple[Standing, ...]:
    """Say what each deviation of a run is worth.

    One that invalidates verdicts counts if it belongs to this run, gives a root cause,
    is signed by a reviewer or an approver with another key than the performer's, names
    no verdict that is not there, and is not corrected by a later one that somebody else
    than the performer signed with a root cause.

    Args:
        deviations: all of them; leave out those whose key is not trusted.
        run: digest of the run.
        performers: ids of the keys that signed for performing it, as far as known;
            whoever signed one of these deviations as performer is one too.
        verdicts: every verdict that the journal holds, as a deviation names it.
    """
    performing = {
        each.key_id
        for each in deviations
        if each.run == run and each.deviation.role is Role.PERFORMER
    }
    performing.update(performers)
    able = [(each, _powerless(each, run, performing)) for each in deviations]
    return tuple(
        _standing(each, reason or _aim(each, verdicts), able) for each, reason in able
    )


def _standing(
    signed: SignedDeviation, reason: str, able: Sequence[tuple[SignedDeviation, str]]
) -> Standing:
    seqs = ", ".join(str(each.seq) for each in signed.deviation.invalidates)
    if not seqs:
        return Standing(signed, counts=False, statement="invalidates no verdict")
    for other, powerless in able:
        if not powerless and _corrects(other, signed):
            reason = reason or f"superseded by {other.deviation.id}"
    if reason:
        return Standing(signed, counts=False, statement=f"changes nothing: {reason}")
    return Standing(signed, counts=True, statement=f"invalidates record {seqs}")


def _aim(signed: SignedDeviation, verdicts: Collection[Invalidated]) -> str:
    """Say which verdict is named and is not there; "" where all are."""
    wrong = [each for each in signed.deviation.invalidates if each not in verdicts]
    seqs = ", ".join(str(each.seq) for each in wrong)
    return f"it names no verdict of this run with record {seqs}" if wrong else ""


def _powerless(
    signed: SignedDeviation,
    run: str,
    performers: Collection[str],
) -> str:
    """Say why a deviation can change nothing, whatever it says; "" where it can."""
    if signed.run != run:
        return "it belongs to another run"
    if not signed.deviation.root_cause:
        return "no root cause is given"
    if signed.key_id in performers:
        return "signed with the performer's key; a reviewer or an approver must sign"
    return ""


def _corrects(later: SignedDeviation, earlier: SignedDeviation) -> bool:
    names = later.deviation.supersedes == earlier.deviation.id
    # Only what is later corrects, so that two cannot correct each other.
    return names and later.deviation.t_ns > earlier.deviation.t_ns
