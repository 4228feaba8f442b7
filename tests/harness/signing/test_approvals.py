"""An approval holds for the very files that were signed, and for nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.errors import SignatureFault
from harness.signing import approvals
from harness.signing import envelope as envelopes
from harness.signing.approvals import Bound, subject_name
from harness.signing.envelope import Envelope
from harness.signing.keys import SigningKey
from harness.signing.statement import PredicateType, Statement, Subject

SIGNED_NS = 1_795_000_000 * 10**9
LATER_NS = SIGNED_NS + 10**9
DIGESTS = {
    "plan plan.toml": "11" * 32,
    "procedure test_bolus.py": "22" * 32,
    "register register.toml": "33" * 32,
}


@pytest.fixture
def approval(anna: SigningKey) -> Envelope:
    return approvals.approve(DIGESTS, " A.  Example ", SIGNED_NS, anna)


def test_an_approval_that_holds(approval: Envelope, anna: SigningKey) -> None:
    found = approvals.check(approval, [anna.public], dict(DIGESTS), LATER_NS)

    assert found.key_id == anna.key_id
    assert found.name == "A. Example"
    assert found.meaning == "approved for formal use"
    assert found.t_ns == SIGNED_NS
    assert found.digests == DIGESTS


def test_an_approval_of_the_same_second_holds(
    approval: Envelope, anna: SigningKey
) -> None:
    found = approvals.check(approval, [anna.public], DIGESTS, SIGNED_NS)

    assert found.t_ns == SIGNED_NS


def test_an_approval_after_the_start(approval: Envelope, anna: SigningKey) -> None:
    with pytest.raises(SignatureFault, match="after the run's start"):
        approvals.check(approval, [anna.public], DIGESTS, SIGNED_NS - 1)


def test_an_unknown_key(approval: Envelope, anna: SigningKey, bert: SigningKey) -> None:
    with pytest.raises(
        SignatureFault, match=f"{anna.key_id}, which is not among the 1"
    ):
        approvals.check(approval, [bert.public], DIGESTS, LATER_NS)
    with pytest.raises(SignatureFault, match="not among the 0 trusted keys"):
        approvals.check(approval, [], DIGESTS, LATER_NS)


def test_a_text_that_was_altered_after_signing(
    approval: Envelope, anna: SigningKey
) -> None:
    payload = approval.payload.replace(b"A. Example", b"B. Example")
    altered = Envelope(approval.payload_type, payload, approval.signatures)

    with pytest.raises(SignatureFault, match="the signature does not fit"):
        approvals.check(altered, [anna.public], DIGESTS, LATER_NS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"plan plan.toml": "44" * 32}, "not what runs: plan plan.toml was changed;"),
        ({"procedure new.py": "44" * 32}, "procedure new.py was not approved"),
        ({"plan plan.toml": None}, "'plan plan.toml' is missing"),
        (
            {f"procedure {n}.py": "44" * 32 for n in range(7)},
            "procedure 4.py was not approved and 2 more;",
        ),
    ],
)
def test_a_file_that_is_not_the_approved_one(
    approval: Envelope, anna: SigningKey, changes: dict[str, Any], message: str
) -> None:
    wanted = {**DIGESTS, **changes}
    present = {name: sha256 for name, sha256 in wanted.items() if sha256}

    with pytest.raises(SignatureFault, match=message):
        approvals.check(approval, [anna.public], present, LATER_NS)


def signed(key: SigningKey, *more: SigningKey, **changes: object) -> Envelope:
    kind = changes.pop("kind", PredicateType.APPROVAL)
    predicate = {
        "name": "A",
        "meaning": approvals.MEANING,
        "time": "2026-11-22T13:45:00Z",
        **changes,
    }
    assert isinstance(kind, PredicateType)
    subjects = tuple(Subject(*each) for each in DIGESTS.items())
    statement = Statement(subjects, kind, predicate)
    return envelopes.sign(statement.to_bytes(), key, *more)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"meaning": "seen"}, "signed as 'seen', not as 'approved for formal use'"),
        ({"kind": PredicateType.DEVIATION}, "no approval but urn:dosebench:deviation"),
        ({"more": 1}, "the member 'more' is unknown"),
        ({"time": "today"}, "time is 'today'"),
        ({"name": "\x1b[2J"}, "it must be printable"),
    ],
)
def test_other_statements_of_a_trusted_key(
    anna: SigningKey, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SignatureFault, match=message):
        approvals.check(signed(anna, **changes), [anna.public], DIGESTS, 2**62)


def test_a_second_signature_is_refused(anna: SigningKey, bert: SigningKey) -> None:
    with pytest.raises(SignatureFault, match="2 signatures, but an approval has one"):
        approvals.check(signed(bert, anna), [anna.public], DIGESTS, 2**62)


def test_a_name_that_nobody_has_is_not_signed(anna: SigningKey) -> None:
    with pytest.raises(SignatureFault, match="the name is ''"):
        approvals.approve(DIGESTS, "", SIGNED_NS, anna)


def test_the_digests_of_a_run_record_by_hand() -> None:
    record = {
        "plan": {"name": "plan.toml", "sha256": "a", "id": "p"},
        "register": {"name": "r.toml", "sha256": "b"},
        "profile": {"name": "f.toml", "sha256": "c"},
        "coverage": {"name": "coverage.toml", "sha256": "d"},
        "procedures": [{"name": "x.py", "sha256": "e"}],
    }
    expected = {
        "plan plan.toml": "a",
        "register r.toml": "b",
        "profile f.toml": "c",
        "coverage coverage.toml": "d",
        "procedure x.py": "e",
    }

    assert approvals.recorded_digests(record) == expected
    without = {**record, "coverage": None}
    del expected["coverage coverage.toml"]
    assert approvals.recorded_digests(without) == expected
    for key in record:
        older = json.loads(json.dumps(record))
        del older[key]
        with pytest.raises(SignatureFault, match="does not state the digests"):
            approvals.recorded_digests(older)


def test_how_a_file_is_called() -> None:
    assert subject_name(Bound.PROCEDURE, "test_bolus.py") == "procedure test_bolus.py"
