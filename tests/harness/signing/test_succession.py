"""From a trusted key to those that follow it, and to no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SignatureFault
from harness.signing import envelope as envelopes
from harness.signing import succession
from harness.signing.envelope import Envelope
from harness.signing.keys import SigningKey
from harness.signing.statement import PredicateType, Statement, Subject
from harness.signing.succession import Succession, trusted

T_NS = 1_795_000_000 * 10**9


def follows(old: SigningKey, new: SigningKey) -> Succession:
    return succession.parse(succession.succeed(old, new, T_NS).to_bytes(), "x")


def test_a_succession_comes_back_from_its_file(
    tmp_path: Path, anna: SigningKey, bert: SigningKey
) -> None:
    path = tmp_path / "b.succession.dsse.json"
    path.write_bytes(succession.succeed(anna, bert, T_NS).to_bytes())

    assert succession.load(path) == Succession(anna.public, bert.public, T_NS)


def test_a_chain_of_successions_in_any_order(
    anna: SigningKey, bert: SigningKey, carl: SigningKey
) -> None:
    chain = [follows(bert, carl), follows(anna, bert), follows(anna, bert)]

    everybody = {anna.public, bert.public, carl.public}
    assert trusted([anna.public], chain) == everybody
    assert trusted([anna.public, carl.public], chain) == everybody
    assert trusted([bert.public], chain) == {bert.public, carl.public}
    assert trusted([carl.public], chain) == {carl.public}
    assert trusted([], chain) == frozenset()


def test_a_circle_is_refused(
    anna: SigningKey, bert: SigningKey, carl: SigningKey
) -> None:
    circle = [follows(anna, bert), follows(bert, carl), follows(carl, bert)]

    with pytest.raises(SignatureFault, match=f"{anna.key_id} run in a circle"):
        trusted([anna.public], circle)


def test_a_key_with_two_successors_is_refused(
    anna: SigningKey, bert: SigningKey, carl: SigningKey
) -> None:
    fork = [follows(anna, bert), follows(anna, carl)]

    with pytest.raises(SignatureFault, match="names 2 successors"):
        trusted([anna.public], fork)
    assert trusted([bert.public], fork) == {bert.public}


def test_one_key_alone_cannot_name_a_succession(
    anna: SigningKey, bert: SigningKey
) -> None:
    whole = succession.succeed(anna, bert, T_NS)
    for kept in whole.signatures:
        one = Envelope(whole.payload_type, whole.payload, (kept,))
        with pytest.raises(SignatureFault, match="not signed by the two keys"):
            succession.parse(one.to_bytes(), "x")


def test_a_third_key_cannot_sign_for_another(
    anna: SigningKey, bert: SigningKey, carl: SigningKey
) -> None:
    payload = succession.succeed(anna, bert, T_NS).payload
    for keys in [(carl, bert), (anna, carl), (anna, bert, carl)]:
        with pytest.raises(SignatureFault, match="not signed by the two keys"):
            succession.parse(envelopes.sign(payload, *keys).to_bytes(), "x")


def test_a_key_cannot_follow_itself(anna: SigningKey) -> None:
    payload = succession.succeed(anna, anna, T_NS).payload
    itself = succession.parse(envelopes.sign(payload, anna).to_bytes(), "x")

    with pytest.raises(SignatureFault, match="run in a circle"):
        trusted([anna.public], [itself])


def test_the_subject_is_the_new_key(anna: SigningKey, bert: SigningKey) -> None:
    predicate = {
        "old_key": anna.public.to_pem().decode(),
        "new_key": bert.public.to_pem().decode(),
        "time": "2026-11-22T13:45:00Z",
    }
    for subject, kind, message in [
        (Subject("key", anna.key_id), PredicateType.KEY_SUCCESSION, "not signed by"),
        (Subject("key", bert.key_id), PredicateType.APPROVAL, "no succession but"),
    ]:
        statement = Statement((subject,), kind, predicate)
        data = envelopes.sign(statement.to_bytes(), anna, bert).to_bytes()
        with pytest.raises(SignatureFault, match=message):
            succession.parse(data, "x")
