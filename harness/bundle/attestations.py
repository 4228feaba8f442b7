"""What is signed about a bundle: its result, and who stands for it.

Every attestation is an in-toto statement about the digest of the manifest, in a DSSE
envelope with one signature. Each names the digest of the envelope before it, so that
none can be taken out of the row, or moved, without all later ones showing it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from harness.bundle import names
from harness.errors import SignatureFault
from harness.signing import envelope as envelopes
from harness.signing import statement as statements
from harness.signing.envelope import Envelope
from harness.signing.keys import PublicKey, SigningKey
from harness.signing.members import LONGEST_NAME, Members, one_line, utc_text
from harness.signing.statement import PredicateType, Statement, Subject

MOST_BYTES: Final = 16 * 1024 * 1024


class Role(StrEnum):
    """What an attestation is for; its value is the word in the file's name."""

    STATEMENT = "statement"
    PERFORMED = "performed"
    REVIEWED = "reviewed"
    APPROVED = "approved"


SIGN_OFFS: Final = (Role.PERFORMED, Role.REVIEWED, Role.APPROVED)
MEANINGS: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.STATEMENT: "I made this bundle from the folder of the run as it was.",
        Role.PERFORMED: "I performed this run, and its record is complete.",
        Role.REVIEWED: "I reviewed this record and its verdicts.",
        Role.APPROVED: "I approve these verdicts for use.",
    }
)


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, and when.

    Attributes:
        name: of the person.
        key: the person's own.
        t_ns: the time, ns since 1970 UTC; whole seconds of it are signed.
    """

    name: str
    key: SigningKey
    t_ns: int


@dataclass(frozen=True, slots=True)
class Attestation:
    """An attestation as it was read; its signature is not checked yet.

    Attributes:
        file: its name in the bundle.
        role: what it is for.
        sha256: digest of the file.
        manifest: digest of the manifest that it is about.
        previous: digest of the envelope before it; empty for the first.
        name, meaning, time: who signed, in which sense, and when (UTC).
        key_id: of the key that is said to have signed.
        result: what the run came to; empty for a sign-off.
        envelope: what was signed.
    """

    file: str
    role: Role
    sha256: str
    manifest: str
    previous: str
    name: str
    meaning: str
    time: str
    key_id: str
    result: Mapping[str, Any]
    envelope: Envelope

    def is_signed_by(self, keys: Iterable[PublicKey]) -> bool:
        """Tell whether one of these keys made the signature."""
        return self.key_id in self.envelope.signers(keys)


def signed(
    role: Role,
    manifest: bytes,
    previous: Attestation | None,
    signatory: Signatory,
    result: Mapping[str, object],
) -> Attestation:
    """Sign for a bundle.

    Args:
        role: what for.
        manifest: the manifest of the bundle.
        previous: the last attestation so far.
        signatory: who signs.
        result: the predicate of a test result; empty for a sign-off.

    Raises:
        SignatureFault: the name is empty, too long or not printable.
    """
    predicate = {
        **(result or {"role": role}),
        "signature": {
            "name": one_line(signatory.name, "the name", LONGEST_NAME),
            "meaning": MEANINGS[role],
            "time": utc_text(signatory.t_ns),
            "previous": None if previous is None else previous.sha256,
        },
    }
    kind = PredicateType.TEST_RESULT if result else PredicateType.SIGN_OFF
    subject = Subject(names.MANIFEST, hashlib.sha256(manifest).hexdigest())
    payload = Statement((subject,), kind, predicate).to_bytes()
    number = 1 if previous is None else names.attestation_parts(previous.file)[0] + 1
    data = envelopes.sign(payload, signatory.key).to_bytes()
    return parse(names.attestation(number, role), data)


def parse(file: str, data: bytes) -> Attestation:
    """Read an attestation; its signature is not checked.

    Raises:
        SignatureFault: it is not one that dosebench writes.
    """
    envelope = Envelope.parse(data, file)
    statement = statements.parse(envelope.payload, file)
    role = Role(names.attestation_parts(file)[1])
    is_result = role is Role.STATEMENT
    kind = PredicateType.TEST_RESULT if is_result else PredicateType.SIGN_OFF
    subjects = [each.name for each in statement.subjects]
    if (statement.predicate_type, subjects) != (kind, [names.MANIFEST]):
        raise _unfit(file, f"{statement.predicate_type} about {subjects!r:.80}")
    if not is_result and statement.predicate.get("role") != role:
        raise _unfit(file, "the role that was signed is not the one in the file's name")
    if len(envelope.signatures) != 1:
        raise _unfit(file, f"{len(envelope.signatures)} signatures, not one")
    by = statement.predicate.get("signature")
    if not isinstance(by, dict):
        raise _unfit(file, "nobody is named who signed")
    members = Members(by, file)
    previous = "" if by.get("previous") is None else members.digest("previous")
    attestation = Attestation(
        file=file,
        role=role,
        sha256=hashlib.sha256(data).hexdigest(),
        manifest=statement.subjects[0].sha256,
        previous=previous,
        name=members.text("name", LONGEST_NAME),
        meaning=members.text("meaning"),
        time=utc_text(members.utc_ns("time")),
        key_id=envelope.signatures[0].key_id,
        result=statement.predicate if is_result else {},
        envelope=envelope,
    )
    # A signature counts in the sense that was signed, and each role has one.
    if attestation.meaning != MEANINGS[role]:
        raise _unfit(file, f"the meaning is {attestation.meaning!r:.80}")
    return attestation


def conflict(
    role: Role, key_id: str, signed: Iterable[tuple[Role, str]]
) -> Role | None:
    """Return a role in which the same key signed, and which excludes this one.

    Args:
        role: to sign in.
        key_id: of the key to sign with.
        signed: role and key id of what is signed already.
    """
    judges = {Role.REVIEWED, Role.APPROVED}
    for other, other_id in signed:
        pair = {role, other}
        if other_id == key_id and Role.PERFORMED in pair and pair & judges:
            return other
    return None


def _unfit(file: str, reason: str) -> SignatureFault:
    return SignatureFault(
        f"{file}: no attestation of a bundle ({reason}); a newer version of dosebench"
        " may have written it"
    )
