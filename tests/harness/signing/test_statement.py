"""The statement: as in-toto writes it, in one form, strictly read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SignatureFault
from harness.signing import statement as statements
from harness.signing.statement import PredicateType, Statement, Subject

SHA = "ab" * 32
BY_HAND = (
    b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"z":[1,"\\u00b5"]},'
    b'"predicateType":"urn:dosebench:sign-off:1",'
    b'"subject":[{"digest":{"sha256":"' + SHA.encode() + b'"},"name":"manifest"}]}'
)
STATEMENT = Statement(
    (Subject("manifest", SHA),), PredicateType.SIGN_OFF, {"z": [1, "µ"]}
)


def test_the_bytes_are_as_written_by_hand() -> None:
    assert STATEMENT.to_bytes() == BY_HAND
    assert statements.parse(BY_HAND, "x") == STATEMENT


def test_the_names_of_the_formats() -> None:
    # spec/v1/statement.md and spec/predicates/test-result.md of in-toto/attestation.
    assert statements.TYPE == "https://in-toto.io/Statement/v1"
    result = "https://in-toto.io/attestation/test-result/v0.1"
    assert PredicateType.TEST_RESULT.value == result


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    # -0.0 and 0.0 are equal, but not the same JSON.
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_any_predicate_comes_back(predicate: dict[str, Any]) -> None:
    statement = Statement(
        (Subject("a", SHA), Subject("b", SHA)), PredicateType.DEVIATION, predicate
    )

    assert statements.parse(statement.to_bytes(), "x") == statement


def test_a_number_that_is_none_cannot_be_signed() -> None:
    statement = Statement(
        (Subject("a", SHA),), PredicateType.DEVIATION, {"a": float("nan")}
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        statement.to_bytes()


def changed(**members: object) -> bytes:
    content = {**json.loads(BY_HAND), **members}
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


SUBJECT = {"name": "a", "digest": {"sha256": SHA}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (BY_HAND[:-1], "this is no JSON"),
        (b"", "this is no JSON"),
        (b"[]", "not in the form"),
        (b"NaN", "not in the form"),
        (BY_HAND + b"\n", "not in the form"),
        (BY_HAND.replace(b'"z":', b'"z":0,"z":'), "not in the form"),
        (changed(more=1), "has other members"),
        (changed(_type="https://in-toto.io/Statement/v0.1"), "has other members"),
        (changed(predicateType="urn:other:1"), "no statement that dosebench knows"),
        (changed(predicateType=None), "no statement that dosebench knows"),
        (changed(predicate=1), "no statement that dosebench knows"),
        (changed(predicate=[["z", 1]]), "has other members"),
        (changed(subject=[]), "names 0 subjects by 0 names"),
        (changed(subject=[SUBJECT, SUBJECT]), "names 2 subjects by 1 names"),
        (changed(subject=[{**SUBJECT, "name": 1}]), "no statement"),
        (changed(subject=[{**SUBJECT, "uri": "x"}]), "has other members"),
        (changed(subject=[{**SUBJECT, "digest": {"sha256": "AB" * 32}}]), "no state"),
        (changed(subject=[{**SUBJECT, "digest": {"sha1": SHA}}]), "no statement"),
        (changed(subject=["a"]), "no statement"),
        (changed(subject=None), "no statement"),
    ],
)
def test_what_is_no_statement_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(SignatureFault, match=f"^x.*{message}"):
        statements.parse(data, "x")
