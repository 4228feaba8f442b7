"""Keys: RFC 8032, and `openssl` as the other side."""

from __future__ import annotations

import hashlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.errors import ConfigurationError, SignatureFault
from harness.signing import keys
from harness.signing.keys import PublicKey, SigningKey

# RFC 8032, 7.1, test 1.
SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
SIGNATURE = (
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
    "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)
# SubjectPublicKeyInfo of an Ed25519 key, RFC 8410, 4: all but the key itself.
SPKI = "302a300506032b6570032100"
PASSPHRASE = b"five words drawn at random"

openssl = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(openssl is None, reason="openssl is not installed")


def run_openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    assert openssl is not None
    command = [openssl, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False)


@pytest.fixture
def rfc() -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SECRET))
    return SigningKey(private)


def test_the_vector_of_the_rfc(rfc: SigningKey) -> None:
    assert rfc.sign(b"").hex() == SIGNATURE
    assert rfc.public.raw.hex() == PUBLIC
    assert rfc.public.verify(b"", bytes.fromhex(SIGNATURE))


@pytest.mark.parametrize(
    "signature", [b"", bytes(64), bytes.fromhex(SIGNATURE)[:-1], b"x" * 65]
)
def test_what_is_no_signature_does_not_verify(
    rfc: SigningKey, signature: bytes
) -> None:
    assert not rfc.public.verify(b"", signature)


def test_another_message_or_key_does_not_verify(
    rfc: SigningKey, anna: SigningKey
) -> None:
    assert not rfc.public.verify(b"x", bytes.fromhex(SIGNATURE))
    assert not anna.public.verify(b"", bytes.fromhex(SIGNATURE))


def test_the_id_is_the_hash_of_the_public_key_as_der(rfc: SigningKey) -> None:
    der = bytes.fromhex(SPKI + PUBLIC)

    assert rfc.key_id == hashlib.sha256(der).hexdigest() == rfc.public.key_id


def test_two_new_keys_differ_and_neither_shows_itself() -> None:
    one, other = keys.new_key(), keys.new_key()

    assert one.key_id != other.key_id
    assert repr(one) == "SigningKey()"


def test_a_key_comes_back_from_its_file(tmp_path: Path, anna: SigningKey) -> None:
    path = tmp_path / "a.key.pem"
    keys.save_key(path, anna, PASSPHRASE)

    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert keys.load_signing_key(path, lambda: PASSPHRASE).public == anna.public
    assert keys.is_private(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_may_read_a_private_key(
    tmp_path: Path, anna: SigningKey
) -> None:
    path = tmp_path / "a.key.pem"
    keys.save_key(path, anna, PASSPHRASE)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_private_key_is_never_overwritten(
    tmp_path: Path, anna: SigningKey, bert: SigningKey
) -> None:
    path = tmp_path / "a.key.pem"
    keys.save_key(path, anna, PASSPHRASE)
    before = path.read_bytes()

    with pytest.raises(ConfigurationError, match=r"a\.key\.pem: exists"):
        keys.save_key(path, bert, PASSPHRASE)

    assert path.read_bytes() == before


def test_an_empty_passphrase_is_refused(tmp_path: Path, anna: SigningKey) -> None:
    with pytest.raises(ConfigurationError, match="passphrase is empty"):
        keys.save_key(tmp_path / "a.key.pem", anna, b"")

    assert list(tmp_path.iterdir()) == []


def test_a_wrong_passphrase(tmp_path: Path, anna: SigningKey) -> None:
    path = tmp_path / "a.key.pem"
    keys.save_key(path, anna, PASSPHRASE)

    with pytest.raises(ConfigurationError, match=r"a\.key\.pem.*passphrase is wrong"):
        keys.load_signing_key(path, lambda: b"another")


def never_asked() -> bytes:
    raise AssertionError("asked for a passphrase in vain")


def test_what_is_no_private_key_is_refused_before_anything_is_asked(
    tmp_path: Path, anna: SigningKey
) -> None:
    path = tmp_path / "a.pem"

    with pytest.raises(ConfigurationError, match="cannot be read"):
        keys.load_signing_key(path, never_asked)
    for data, message in [
        (anna.public.to_pem(), "no private key in PEM"),
        (b"junk", "no private key in PEM"),
        (b"x" * 100_000, "more than 16384 bytes"),
        (
            b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
            "not encrypted as PKCS#8",
        ),
    ]:
        path.write_bytes(data)
        with pytest.raises(ConfigurationError, match=message):
            keys.load_signing_key(path, never_asked)


def test_what_is_no_public_key_is_refused(tmp_path: Path, anna: SigningKey) -> None:
    private, junk = tmp_path / "a.key.pem", tmp_path / "b.pem"
    keys.save_key(private, anna, PASSPHRASE)
    junk.write_bytes(b"junk")

    with pytest.raises(ConfigurationError, match="a private key, where a public one"):
        keys.load_public_key(private)
    with pytest.raises(ConfigurationError, match=r"b\.pem: this is no public key"):
        keys.load_public_key(junk)
    with pytest.raises(SignatureFault, match="bundle: this is no public key"):
        PublicKey.from_pem(b"\xff", "bundle")


@needs_openssl
def test_openssl_opens_our_key_and_checks_our_signature(
    tmp_path: Path, anna: SigningKey
) -> None:
    private, public = tmp_path / "a.key.pem", tmp_path / "a.pub.pem"
    message, signature = tmp_path / "message", tmp_path / "signature"
    keys.save_key(private, anna, PASSPHRASE)
    public.write_bytes(anna.public.to_pem())
    message.write_bytes(b"a message")
    signature.write_bytes(anna.sign(b"a message"))

    opened = run_openssl(
        "pkey", "-in", private, "-passin", f"pass:{PASSPHRASE.decode()}", "-pubout"
    )
    assert opened.stdout == public.read_bytes()
    der = run_openssl("pkey", "-pubin", "-in", public, "-outform", "DER").stdout
    assert hashlib.sha256(der).hexdigest() == anna.key_id
    check = ("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public)
    files = ("-in", message, "-sigfile", signature)
    assert run_openssl(*check, *files).returncode == 0
    message.write_bytes(b"a message.")
    assert run_openssl(*check, *files).returncode != 0


@needs_openssl
def test_we_take_a_key_that_openssl_made(tmp_path: Path) -> None:
    private, public = tmp_path / "o.key.pem", tmp_path / "o.pub.pem"
    secret = f"pass:{PASSPHRASE.decode()}"
    made = ("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", secret)
    run_openssl(*made, "-out", private)
    run_openssl("pkey", "-in", private, "-passin", secret, "-pubout", "-out", public)

    key = keys.load_signing_key(private, lambda: PASSPHRASE)

    assert key.public == keys.load_public_key(public)


@needs_openssl
def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    private, public = tmp_path / "p.key.pem", tmp_path / "p.pub.pem"
    secret = f"pass:{PASSPHRASE.decode()}"
    curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    run_openssl("genpkey", *curve, "-aes256", "-pass", secret, "-out", private)
    run_openssl("pkey", "-in", private, "-passin", secret, "-pubout", "-out", public)

    with pytest.raises(ConfigurationError, match="not of the kind Ed25519"):
        keys.load_signing_key(private, lambda: PASSPHRASE)
    with pytest.raises(ConfigurationError, match="not of the kind Ed25519"):
        keys.load_public_key(public)
