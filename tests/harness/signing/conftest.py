"""Three persons, each with a key that is the same in every run of the tests."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.signing.keys import SigningKey


def _key(number: int) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


@pytest.fixture(scope="session")
def anna() -> SigningKey:
    return _key(1)


@pytest.fixture(scope="session")
def bert() -> SigningKey:
    return _key(2)


@pytest.fixture(scope="session")
def carl() -> SigningKey:
    return _key(3)
