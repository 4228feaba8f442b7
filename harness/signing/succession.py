"""Rotation of keys: the old key names its successor, and the successor agrees.

Whoever trusts the old key can so come to trust the new one. The old one stays trusted
for what it signed: without a time stamp from outside nothing tells when that was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import SignatureFault
from harness.signing import envelope as envelopes
from harness.signing import files
from harness.signing import statement as statements
from harness.signing.envelope import Envelope
from harness.signing.keys import PublicKey, SigningKey
from harness.signing.members import Members, utc_text
from harness.signing.statement import PredicateType, Statement, Subject

SUFFIX: Final = ".succession.dsse.json"
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Succession:
    """One key follows another; both have signed for it.

    Attributes:
        old: the key until then.
        new: the key from then on.
        t_ns: when, by the signer's clock, ns since 1970 UTC.
    """

    old: PublicKey
    new: PublicKey
    t_ns: int


def succeed(old: SigningKey, new: SigningKey, t_ns: int) -> Envelope:
    """Sign that ``new`` follows ``old``.

    Args:
        old: the key until now.
        new: its successor.
        t_ns: now, ns since 1970 UTC; whole seconds of it are kept.
    """
    statement = Statement(
        subjects=(Subject("key", new.key_id),),
        predicate_type=PredicateType.KEY_SUCCESSION,
        predicate={
            "old_key": old.public.to_pem().decode("ascii"),
            "new_key": new.public.to_pem().decode("ascii"),
            "time": utc_text(t_ns),
        },
    )
    return envelopes.sign(statement.to_bytes(), old, new)


def load(path: Path) -> Succession:
    """Read a succession from its file.

    Raises:
        ConfigurationError: the file cannot be read.
        SignatureFault: as for :func:`parse`.
    """
    return parse(files.read(path, "succession", _MOST_BYTES), str(path))


def parse(data: bytes, where: str) -> Succession:
    """Read a succession; both signatures are checked, but no key is trusted yet.

    Args:
        data: the envelope's bytes.
        where: its name, for messages.

    Raises:
        SignatureFault: it is none, or not signed by exactly the two keys.
    """
    envelope = Envelope.parse(data, where)
    statement = statements.parse(envelope.payload, where)
    if statement.predicate_type is not PredicateType.KEY_SUCCESSION:
        raise SignatureFault(
            f"{where}: no succession but {statement.predicate_type}; give the file that"
            " `dosebench key rotate` wrote"
        )
    members = Members(statement.predicate, where)
    old, new = members.public_key("old_key"), members.public_key("new_key")
    succession = Succession(old, new, members.utc_ns("time"))
    members.done()
    named = {each.key_id for each in envelope.signatures}
    both = {old.key_id, new.key_id}
    is_about_new = statement.subjects == (Subject("key", new.key_id),)
    if not is_about_new or named != both or envelope.signers((old, new)) != both:
        raise SignatureFault(
            f"{where}: not signed by the two keys that it names; it was altered, take"
            " another copy"
        )
    return succession


def trusted(
    keys: Iterable[PublicKey], successions: Iterable[Succession]
) -> frozenset[PublicKey]:
    """Return the keys given and all that follow them, in any number of steps.

    Successions of other keys say nothing and are passed over.

    Args:
        keys: those that are trusted from outside.
        successions: as :func:`parse` returns them.

    Raises:
        SignatureFault: a trusted key names two successors, or a chain runs in a circle.
    """
    following: dict[PublicKey, set[PublicKey]] = {}
    for each in successions:
        following.setdefault(each.old, set()).add(each.new)
    accepted: set[PublicKey] = set()
    for first in keys:
        chain = [first]
        while following_keys := following.get(chain[-1]):
            new = _only(following_keys, chain[-1])
            if new in chain:
                raise SignatureFault(
                    f"the successions of the key {first.key_id} run in a circle; trust"
                    " none of these keys until their owners have explained it"
                )
            chain.append(new)
        accepted.update(chain)
    return frozenset(accepted)


def _only(new: set[PublicKey], old: PublicKey) -> PublicKey:
    if len(new) > 1:
        raise SignatureFault(
            f"the key {old.key_id} names {len(new)} successors, as a stolen key would;"
            " trust none of them until its owner has explained it"
        )
    return next(iter(new))
