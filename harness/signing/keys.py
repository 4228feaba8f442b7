"""Ed25519 keys (RFC 8032) in PEM files, as `openssl` reads and writes them.

A private key is kept as encrypted PKCS#8 (RFC 5958), a public key as
SubjectPublicKeyInfo (RFC 8410). A key is named by the SHA-256 of the latter's DER.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from harness.errors import ConfigurationError, SignatureFault
from harness.signing import files
from harness.signing.files import NewFile

_MOST_BYTES: Final = 16 * 1024
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PRIVATE: Final = b"PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that everybody may have: it checks signatures.

    Attributes:
        raw: its 32 bytes.
    """

    raw: bytes

    @classmethod
    def from_pem(cls, data: bytes, where: str) -> PublicKey:
        """Read a key in PEM.

        Args:
            data: the PEM.
            where: where it stands, for messages.

        Raises:
            SignatureFault: this is no Ed25519 public key.
        """
        try:
            key = load_pem_public_key(data)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise SignatureFault(
                f"{where}: this is no public key in PEM; take the *.pub.pem that"
                " `dosebench key new` wrote"
            ) from error
        if not isinstance(key, Ed25519PublicKey):
            raise SignatureFault(
                f"{where}: this public key is not of the kind Ed25519; make one with"
                " `dosebench key new`"
            )
        return cls(key.public_bytes_raw())

    @property
    def key_id(self) -> str:
        """SHA-256 of the DER SubjectPublicKeyInfo, 64 hex digits."""
        der = self._key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the private half of this key made the signature."""
        try:
            self._key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def to_pem(self) -> bytes:
        """Return the key as SubjectPublicKeyInfo in PEM."""
        return self._key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that one person has: it makes signatures. Its bytes are never shown."""

    _private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(self._private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> str:
        """Name of the key, as of its public half."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes; equal messages have equal signatures."""
        return self._private.sign(message)

    def encrypted(self, passphrase: bytes) -> bytes:
        """Return the key as PKCS#8 in PEM, encrypted.

        Raises:
            ConfigurationError: the passphrase is empty.
        """
        if not passphrase:
            raise ConfigurationError("the passphrase is empty; choose a long one")
        return self._private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
        )


def new_key() -> SigningKey:
    """Make a key from the random numbers of the operating system."""
    return SigningKey(Ed25519PrivateKey.generate())


def save_key(path: Path, key: SigningKey, passphrase: bytes) -> None:
    """Write a private key, encrypted, readable by its owner alone.

    Raises:
        ConfigurationError: the passphrase is empty, or the file exists or cannot be
            written.
    """
    data = key.encrypted(passphrase)
    files.create(NewFile(path, data, "private key", files.PRIVATE_MODE))


def is_private(path: Path) -> bool:
    """Tell whether a file holds a private key, openly or encrypted.

    Raises:
        ConfigurationError: it cannot be read.
    """
    return _PRIVATE in files.read(path, "key", _MOST_BYTES)


def load_signing_key(path: Path, ask: Callable[[], bytes]) -> SigningKey:
    """Read a private key.

    Args:
        path: the file.
        ask: returns the passphrase; called only when the file holds such a key.

    Raises:
        ConfigurationError: it cannot be read, is no encrypted Ed25519 key, or the
            passphrase is wrong.
    """
    data = files.read(path, "private key", _MOST_BYTES)
    if not data.lstrip().startswith(_ENCRYPTED):
        raise ConfigurationError(f"{path}: {_why_not_private(data)}")
    try:
        key = load_pem_private_key(data, ask())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            f"{path}: the private key does not open; the passphrase is wrong, or the"
            " file is damaged"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(
            f"{path}: this private key is not of the kind Ed25519; make one with"
            " `dosebench key new`"
        )
    return SigningKey(key)


def load_public_key(path: Path) -> PublicKey:
    """Read a public key.

    Raises:
        ConfigurationError: it cannot be read, or is no Ed25519 public key.
    """
    data = files.read(path, "public key", _MOST_BYTES)
    if _PRIVATE in data:
        raise ConfigurationError(
            f"{path}: a private key, where a public one is asked for; give the"
            " *.pub.pem beside it, and keep this one to yourself"
        )
    try:
        return PublicKey.from_pem(data, str(path))
    except SignatureFault as error:
        raise ConfigurationError(str(error)) from error


def _why_not_private(data: bytes) -> str:
    if _PRIVATE in data:
        return (
            "the private key is not encrypted as PKCS#8; encrypt it with `openssl pkcs8"
            " -topk8`"
        )
    return (
        "this is no private key in PEM; give the *.key.pem that `dosebench key new`"
        " wrote"
    )
