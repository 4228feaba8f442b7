"""The envelope: vectors by hand, and securesystemslib as the other side."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Key

from harness.errors import SignatureFault
from harness.signing import envelope as envelopes
from harness.signing.envelope import Envelope, Signature, pae
from harness.signing.keys import PublicKey, SigningKey

PAYLOAD = b'{"a":1}'
# Hypothesis takes no fixtures.
FIXED = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def their_key(key: PublicKey) -> Key:
    return Key.from_dict(
        key.key_id,
        {
            "keytype": "ed25519",
            "scheme": "ed25519",
            "keyval": {"public": key.raw.hex()},
        },
    )


def test_the_example_of_the_specification() -> None:
    # DSSE, protocol.md: the example of the pre-authentication encoding.
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_lengths_count_bytes_and_an_empty_payload_is_one() -> None:
    assert pae("µ", b"") == b"DSSEv1 2 \xc2\xb5 0 "


def test_the_file_is_as_written_by_hand(anna: SigningKey) -> None:
    message = b"DSSEv1 28 application/vnd.in-toto+json 7 " + PAYLOAD
    signature = base64.b64encode(anna.sign(message)).decode()
    payload = base64.b64encode(PAYLOAD).decode()

    assert envelopes.sign(PAYLOAD, anna).to_bytes() == (
        f'{{"payload":"{payload}","payloadType":"application/vnd.in-toto+json",'
        f'"signatures":[{{"keyid":"{anna.key_id}","sig":"{signature}"}}]}}\n'
    ).encode("ascii")


def test_an_envelope_comes_back(anna: SigningKey, bert: SigningKey) -> None:
    envelope = envelopes.sign(PAYLOAD, anna, bert)

    again = Envelope.parse(envelope.to_bytes(), "x.json")

    assert again == envelope
    assert again.signers([anna.public, bert.public]) == {anna.key_id, bert.key_id}
    assert again.signers([anna.public]) == {anna.key_id}


def test_a_key_that_did_not_sign_is_no_signer(
    anna: SigningKey, bert: SigningKey
) -> None:
    envelope = envelopes.sign(PAYLOAD, anna)

    assert envelope.signers([bert.public]) == frozenset()
    assert envelope.signers([]) == frozenset()


def test_a_signature_under_the_name_of_another_key_says_nothing(
    anna: SigningKey, bert: SigningKey
) -> None:
    (made,) = envelopes.sign(PAYLOAD, anna).signatures
    renamed = Signature(bert.key_id, made.value)
    envelope = Envelope(envelopes.PAYLOAD_TYPE, PAYLOAD, (renamed,))

    assert envelope.signers([anna.public, bert.public]) == frozenset()


def test_a_signature_over_the_bare_payload_says_nothing(anna: SigningKey) -> None:
    bare = Signature(anna.key_id, anna.sign(PAYLOAD))
    envelope = Envelope(envelopes.PAYLOAD_TYPE, PAYLOAD, (bare,))

    assert envelope.signers([anna.public]) == frozenset()


@given(st.data())
def test_any_flipped_bit_shows(data: st.DataObject) -> None:
    key = FIXED
    whole = envelopes.sign(PAYLOAD, key).to_bytes()
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    altered = bytearray(whole)
    altered[bit // 8] ^= 1 << bit % 8

    try:
        envelope = Envelope.parse(bytes(altered), "x.json")
    except SignatureFault:
        return
    assert envelope.signers([key.public]) == frozenset()


@given(st.binary(max_size=200), st.booleans())
def test_whatever_is_read_is_refused_or_is_what_was_read(
    data: bytes, ends: bool
) -> None:
    data += b"\n" * ends
    try:
        envelope = Envelope.parse(data, "x.json")
    except SignatureFault:
        return
    assert envelope.to_bytes() == data


_LETTERS = st.sampled_from([0, 1, -1, "", "a", "eyJhIjoxfQ==", None, True, 1.5])
_JSON = st.recursive(
    _LETTERS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["payload", "payloadType", "signatures", "keyid", "sig", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(_JSON)
def test_any_json_is_refused_in_words(value: object) -> None:
    data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    with pytest.raises(SignatureFault, match=r"^x\.json: "):
        Envelope.parse(data, "x.json")


def changed(envelope: Envelope, **members: object) -> bytes:
    content = {**json.loads(envelope.to_bytes()), **members}
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def test_forms_that_say_the_same_are_refused(anna: SigningKey) -> None:
    envelope = envelopes.sign(PAYLOAD, anna)
    whole = envelope.to_bytes()
    # The last letter of base64 has unused bits: two letters for one byte.
    other_letters = changed(envelope, payload="eyJhIjoxfR==")
    assert base64.b64decode("eyJhIjoxfR==") == PAYLOAD
    for data, message in [
        (whole[:-1], "the end of the file is missing"),
        (whole.replace(b'":"', b'": "', 1), "not in the form"),
        (b'{"payload":"",' + whole[1:], "not in the form"),
        (other_letters, "not in the form"),
        (changed(envelope, more=1), "not in the form"),
        (whole + b"\n", "not in the form"),
        (b"[" * 100_000 + b"\n", "this is no JSON"),
    ]:
        with pytest.raises(SignatureFault, match=message):
            Envelope.parse(data, "x.json")


def test_what_an_envelope_must_have(anna: SigningKey) -> None:
    envelope = envelopes.sign(PAYLOAD, anna)
    (one,) = json.loads(envelope.to_bytes())["signatures"]
    for data, message in [
        (changed(envelope, signatures=[]), "0 signatures by 0 keys"),
        (changed(envelope, signatures=[one, one]), "2 signatures by 1 keys"),
        (changed(envelope, payloadType="text/plain"), "the payload is 'text/plain'"),
        (changed(envelope, signatures=[{**one, "sig": "AAAA"}]), "this is no envelope"),
        (changed(envelope, signatures=[{**one, "keyid": "A"}]), "this is no envelope"),
    ]:
        with pytest.raises(SignatureFault, match=message):
            Envelope.parse(data, "x.json")


def test_a_file_without_bound_is_refused() -> None:
    with pytest.raises(SignatureFault, match="the most is 16777216"):
        Envelope.parse(b" " * (16 * 1024 * 1024 + 1) + b"\n", "x.json")


def test_securesystemslib_accepts_our_envelope(
    anna: SigningKey, bert: SigningKey
) -> None:
    envelope = envelopes.sign(PAYLOAD, anna, bert)
    theirs = TheirEnvelope.from_dict(json.loads(envelope.to_bytes()))

    accepted = theirs.verify([their_key(anna.public), their_key(bert.public)], 2)

    assert set(accepted) == {anna.key_id, bert.key_id}
    assert theirs.payload == PAYLOAD
    theirs.payload += b" "
    with pytest.raises(VerificationError):
        theirs.verify([their_key(anna.public)], 1)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_accepts_our_signature(tmp_path: Path, anna: SigningKey) -> None:
    names = ("key.pem", "signature", "message")
    key, signature, message = (tmp_path / name for name in names)
    members = json.loads(envelopes.sign(PAYLOAD, anna).to_bytes())
    key.write_bytes(anna.public.to_pem())
    signature.write_bytes(base64.b64decode(members["signatures"][0]["sig"]))
    head = b"DSSEv1 28 application/vnd.in-toto+json 7 "
    message.write_bytes(head + base64.b64decode(members["payload"]))

    check = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(key)]
    files = ["-in", str(message), "-sigfile", str(signature)]
    done = subprocess.run([*check, *files], capture_output=True, check=False)

    assert done.stdout == b"Signature Verified Successfully\n"
