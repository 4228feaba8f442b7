"""The envelope of a signed statement: DSSE, Dead Simple Signing Envelope, v1.

What is signed is not the payload alone but `pae`, its pre-authentication encoding, so
that bytes signed as one type are never taken for another. Format and encoding as in the
specification at https://github.com/secure-systems-lab/dsse (protocol.md, envelope.md),
stricter in two points: there is one form of a file, and a signature counts only for the
key that it names.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.errors import SignatureFault
from harness.signing import canonical
from harness.signing.keys import PublicKey, SigningKey

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
MOST_SIGNATURES: Final = 16

_KEY_ID = re.compile(r"[0-9a-f]{64}")
_SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature.

    Attributes:
        key_id: of the key that is said to have made it.
        value: 64 bytes.
    """

    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its signatures.

    Attributes:
        payload_type: what the payload is; part of what is signed.
        payload: the bytes.
        signatures: at least one, no two by the same key.
    """

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes, where: str) -> Envelope:
        """Read an envelope; no signature is checked.

        Args:
            data: the file.
            where: its name, for messages.

        Raises:
            SignatureFault: it is not what :meth:`to_bytes` writes.
        """
        if not data.endswith(b"\n"):
            raise SignatureFault(
                f"{where}: the end of the file is missing; take another copy"
            )
        members = canonical.decode(data[:-1], where)
        try:
            envelope = cls(
                payload_type=members["payloadType"],
                payload=_bytes(members["payload"]),
                signatures=tuple(_signature(each) for each in members["signatures"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise SignatureFault(
                f"{where}: this is no envelope of a signed statement; check the path"
            ) from error
        envelope._check(where)
        # Refuses further members, and base64 that says the same in other letters.
        if envelope.to_bytes() != data:
            raise SignatureFault(
                f"{where}: not in the form in which dosebench writes it; it was"
                " altered, take another copy"
            )
        return envelope

    def to_bytes(self) -> bytes:
        """Return the file: canonical JSON and a newline."""
        members = {
            "payloadType": self.payload_type,
            "payload": _text(self.payload),
            "signatures": [
                {"keyid": each.key_id, "sig": _text(each.value)}
                for each in self.signatures
            ],
        }
        return canonical.encode(members) + b"\n"

    def signers(self, keys: Iterable[PublicKey]) -> frozenset[str]:
        """Return the ids of those keys that signed this payload.

        Args:
            keys: the keys to ask; a signature by any other key says nothing.
        """
        message = pae(self.payload_type, self.payload)
        made = {each.key_id: each.value for each in self.signatures}
        return frozenset(
            key.key_id
            for key in keys
            if key.key_id in made and key.verify(message, made[key.key_id])
        )

    def _check(self, where: str) -> None:
        if self.payload_type != PAYLOAD_TYPE:
            raise SignatureFault(
                f"{where}: the payload is {self.payload_type!r:.80}, not"
                f" {PAYLOAD_TYPE}; check the path"
            )
        ids = {each.key_id for each in self.signatures}
        if not 1 <= len(ids) == len(self.signatures) <= MOST_SIGNATURES:
            raise SignatureFault(
                f"{where}: {len(self.signatures)} signatures by {len(ids)} keys; there"
                f" must be 1 to {MOST_SIGNATURES}, each by another key"
            )


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed (DSSE v1, protocol.md, "PAE definition")."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, *keys: SigningKey) -> Envelope:
    """Put a statement into an envelope.

    Args:
        payload: a statement's bytes.
        keys: the keys that sign it, in this order.
    """
    message = pae(PAYLOAD_TYPE, payload)
    signatures = tuple(Signature(key.key_id, key.sign(message)) for key in keys)
    return Envelope(PAYLOAD_TYPE, payload, signatures)


def _signature(members: Mapping[str, Any]) -> Signature:
    signature = Signature(members["keyid"], _bytes(members["sig"]))
    if not _KEY_ID.fullmatch(signature.key_id):
        raise ValueError(signature.key_id)
    if len(signature.value) != _SIGNATURE_BYTES:
        raise ValueError(signature.value)
    return signature


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _text(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")
