"""Approval before a run: a person signs for the very files that a formal run rests on.

The statement's subjects are those files by the name that `subject_name` gives them, so
a change of any one of them, a file more or a file less ends the approval.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from harness.errors import SignatureFault
from harness.signing import envelope as envelopes
from harness.signing import statement as statements
from harness.signing.envelope import Envelope
from harness.signing.keys import PublicKey, SigningKey
from harness.signing.members import LONGEST_NAME, Members, one_line, utc_text
from harness.signing.statement import PredicateType, Statement, Subject

MEANING: Final = "approved for formal use"
_MOST_NAMED: Final = 5


class Bound(StrEnum):
    """What kind of file an approval binds; the value begins the subject's name."""

    PLAN = "plan"
    REGISTER = "register"
    PROFILE = "profile"
    COVERAGE = "coverage"
    PROCEDURE = "procedure"


@dataclass(frozen=True, slots=True)
class Approval:
    """What somebody has signed for.

    Attributes:
        key_id: the key that signed.
        name: the person, as typed by that person.
        meaning: what the signature means, in words.
        t_ns: when, by the signer's clock, ns since 1970 UTC.
        digests: SHA-256 of each file, by the name of `subject_name`.
    """

    key_id: str
    name: str
    meaning: str
    t_ns: int
    digests: Mapping[str, str]

    def to_json(self) -> dict[str, str]:
        """Return what the run record says of it, beside the hash of its file."""
        return {
            "key_id": self.key_id,
            "name": self.name,
            "meaning": self.meaning,
            "time": utc_text(self.t_ns),
        }


def subject_name(kind: Bound, file_name: str) -> str:
    """Return how an approval calls a file: ``"procedure test_bolus.py"``."""
    return f"{kind} {file_name}"


def recorded_digests(run: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests that the run record of a journal states, named as above.

    Args:
        run: the fields of that record.

    Raises:
        SignatureFault: the record has no such fields.
    """
    try:
        named = [
            (subject_name(kind, file["name"]), file["sha256"])
            for kind, file in _recorded(run)
        ]
    except (KeyError, TypeError) as error:
        raise SignatureFault(
            "the run record does not state the digests of its plan; an older version"
            " of dosebench wrote it, so no approval can be compared with it"
        ) from error
    if len(dict(named)) < len(named):
        raise SignatureFault("the run record states two digests of one file")
    return dict(named)


def approve(
    digests: Mapping[str, str], name: str, t_ns: int, key: SigningKey
) -> Envelope:
    """Sign for files.

    Args:
        digests: SHA-256 of each file, by the name of `subject_name`.
        name: the person who signs.
        t_ns: now, ns since 1970 UTC; whole seconds of it are kept.
        key: that person's key.

    Raises:
        SignatureFault: the name is empty, too long or not printable.
    """
    statement = Statement(
        subjects=tuple(Subject(*each) for each in sorted(digests.items())),
        predicate_type=PredicateType.APPROVAL,
        predicate={
            "name": one_line(name, "the name", LONGEST_NAME),
            "meaning": MEANING,
            "time": utc_text(t_ns),
        },
    )
    return envelopes.sign(statement.to_bytes(), key)


def read(envelope: Envelope, where: str) -> Approval:
    """Read an approval, without asking who may be trusted or what it is worth.

    Raises:
        SignatureFault: it is no approval, or not signed by one key.
    """
    statement = statements.parse(envelope.payload, where)
    if statement.predicate_type is not PredicateType.APPROVAL:
        raise SignatureFault(
            f"{where}: no approval but {statement.predicate_type}; give the file that"
            " `dosebench approve` wrote"
        )
    if len(envelope.signatures) != 1:
        raise SignatureFault(
            f"{where}: {len(envelope.signatures)} signatures, but an approval has one"
        )
    members = Members(statement.predicate, where)
    approval = Approval(
        key_id=envelope.signatures[0].key_id,
        name=members.text("name", LONGEST_NAME),
        meaning=members.text("meaning"),
        t_ns=members.utc_ns("time"),
        digests={each.name: each.sha256 for each in statement.subjects},
    )
    members.done()
    return approval


def check(
    envelope: Envelope,
    trusted: Collection[PublicKey],
    digests: Mapping[str, str],
    start_ns: int,
    where: str = "approval",
) -> Approval:
    """Return an approval that holds for a run.

    Args:
        envelope: the approval.
        trusted: the keys whose approval counts.
        digests: what the run rests on, by the name of `subject_name`.
        start_ns: when the run starts, ns since 1970 UTC.
        where: the approval's file, for messages.

    Raises:
        SignatureFault: it does not hold; the sentence says why.
    """
    approval = read(envelope, where)
    if not envelope.signers(trusted):
        raise SignatureFault(f"{where}: {_untrusted(approval, trusted)}")
    if approval.meaning != MEANING:
        raise SignatureFault(
            f"{where}: signed as {approval.meaning!r}, not as {MEANING!r}; sign again"
            " with `dosebench approve`"
        )
    if differences := tuple(_differences(approval.digests, digests)):
        more = len(differences) - _MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        raise SignatureFault(
            f"{where}: not what runs: {', '.join(differences[:_MOST_NAMED])}{rest};"
            " restore the approved files, or have the present ones approved"
        )
    if approval.t_ns > start_ns:
        raise SignatureFault(
            f"{where}: signed {utc_text(approval.t_ns)}, after the run's start"
            f" {utc_text(start_ns)}; approval comes first, so start a new run"
        )
    return approval


def _recorded(run: Mapping[str, Any]) -> Iterator[tuple[Bound, Mapping[str, str]]]:
    yield Bound.PLAN, run["plan"]
    yield Bound.REGISTER, run["register"]
    yield Bound.PROFILE, run["profile"]
    if run["coverage"] is not None:
        yield Bound.COVERAGE, run["coverage"]
    for each in run["procedures"]:
        yield Bound.PROCEDURE, each


def _untrusted(approval: Approval, trusted: Collection[PublicKey]) -> str:
    if approval.key_id in {key.key_id for key in trusted}:
        return (
            f"the signature does not fit the text, though it names the trusted key"
            f" {approval.key_id}; it was altered, take another copy"
        )
    return (
        f"signed by {approval.name} with the key {approval.key_id}, which is not among"
        f" the {len(trusted)} trusted keys; ask that person for the public key, compare"
        " its id by another way, and trust it"
    )


def _differences(
    approved: Mapping[str, str], present: Mapping[str, str]
) -> Iterator[str]:
    for name in sorted(approved.keys() | present.keys()):
        if name not in present:
            yield f"{name!r:.100} is missing"
        elif name not in approved:
            yield f"{name} was not approved"
        elif approved[name] != present[name]:
            yield f"{name} was changed"
