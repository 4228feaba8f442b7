"""What is signed: an in-toto Statement v1, a claim about things named by their digest.

Format as in https://github.com/in-toto/attestation (spec/v1/statement.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from harness.errors import SignatureFault
from harness.signing import canonical

TYPE: Final = "https://in-toto.io/Statement/v1"

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PredicateType(StrEnum):
    """What a statement says of its subjects."""

    TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
    SIGN_OFF = "urn:dosebench:sign-off:1"
    DEVIATION = "urn:dosebench:deviation:1"
    APPROVAL = "urn:dosebench:approval:1"
    KEY_SUCCESSION = "urn:dosebench:key-succession:1"


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that a statement is about.

    Attributes:
        name: how it is called there.
        sha256: its digest, 64 hex digits; this, not the name, is what is signed for.
    """

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim about one thing or several.

    Attributes:
        subjects: at least one, each with another name.
        predicate_type: what is claimed.
        predicate: the claim, JSON data; untrusted until its own reader has checked it.
    """

    subjects: tuple[Subject, ...]
    predicate_type: PredicateType
    predicate: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """Return the statement as canonical JSON, to be signed as it is.

        Raises:
            ValueError: a number of the predicate is not finite.
            TypeError: the predicate is not JSON data.
        """
        return canonical.encode(
            {
                "_type": TYPE,
                "subject": [
                    {"name": each.name, "digest": {"sha256": each.sha256}}
                    for each in self.subjects
                ],
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )


def parse(payload: bytes, where: str) -> Statement:
    """Read the payload of an envelope.

    Args:
        payload: the bytes that were signed.
        where: the envelope's name, for messages.

    Raises:
        SignatureFault: it is not what :meth:`Statement.to_bytes` writes.
    """
    members = canonical.decode(payload, where)
    try:
        statement = Statement(
            subjects=tuple(_subject(each) for each in members["subject"]),
            predicate_type=PredicateType(members["predicateType"]),
            predicate=dict(members["predicate"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SignatureFault(
            f"{where}: the signed text is no statement that dosebench knows; a newer"
            " version may have written it"
        ) from error
    if statement.to_bytes() != payload:
        raise SignatureFault(
            f"{where}: the signed text has other members than a statement of dosebench;"
            " a newer version may have written it"
        )
    names = {each.name for each in statement.subjects}
    if not 1 <= len(names) == len(statement.subjects):
        raise SignatureFault(
            f"{where}: the statement names {len(statement.subjects)} subjects by"
            f" {len(names)} names; each must have its own"
        )
    return statement


def _subject(members: Mapping[str, Any]) -> Subject:
    name, sha256 = members["name"], members["digest"]["sha256"]
    if not isinstance(name, str) or not _SHA256.fullmatch(sha256):
        raise ValueError(name)
    return Subject(name, sha256)
