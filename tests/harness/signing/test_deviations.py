"""Deviations as data: signed, stored once, read back strictly."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigurationError, SignatureFault
from harness.signing import deviations
from harness.signing import envelope as envelopes
from harness.signing.deviations import (
    Deviation,
    Invalidated,
    Role,
    SignedDeviation,
    read_deviations,
)
from harness.signing.envelope import Envelope
from harness.signing.keys import SigningKey, new_key
from harness.signing.statement import PredicateType, Statement, Subject

RUN = "aa" * 32
HEAD = "bb" * 32
DEVIATION = Deviation(
    id="DEV-2026-001",
    text="The outlet touched the vessel.",
    root_cause="The clamp was loose.",
    name="B. Example",
    role=Role.REVIEWER,
    t_ns=1_795_000_000 * 10**9,
    invalidates=(Invalidated(HEAD, 853), Invalidated("cc" * 32, 12)),
    requirements=("ITB-BOL-001",),
    supersedes="DEV-2025-999",
)
HYPOTHESIS_KEY = new_key()


def test_a_deviation_comes_back_from_the_folder(
    tmp_path: Path, bert: SigningKey
) -> None:
    envelope = deviations.sign(DEVIATION, RUN, bert)
    path = deviations.add(tmp_path, envelope)

    assert path == tmp_path / "deviations" / "DEV-2026-001.dsse.json"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_deviations(tmp_path) == (
        SignedDeviation(DEVIATION, RUN, bert.public, digest),
    )


def test_a_run_without_deviations(tmp_path: Path) -> None:
    assert read_deviations(tmp_path) == ()


def test_they_come_in_the_order_of_their_ids(tmp_path: Path, bert: SigningKey) -> None:
    for id_ in ("DEV-2027-001", "DEV-2026-010", "DEV-2026-002"):
        each = replace(DEVIATION, id=id_)
        deviations.add(tmp_path, deviations.sign(each, RUN, bert))

    found = [each.deviation.id for each in read_deviations(tmp_path)]
    assert found == ["DEV-2026-002", "DEV-2026-010", "DEV-2027-001"]


def test_an_id_is_taken_for_ever(
    tmp_path: Path, anna: SigningKey, bert: SigningKey
) -> None:
    path = deviations.add(tmp_path, deviations.sign(DEVIATION, RUN, bert))
    before = path.read_bytes()

    with pytest.raises(ConfigurationError, match=r"DEV-2026-001\.dsse\.json: exists"):
        deviations.add(tmp_path, deviations.sign(DEVIATION, RUN, anna))

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "DEV-26-1"}, "not of the form DEV-2026-001"),
        ({"id": "DEV-2026-001/../../x"}, "not of the form"),
        ({"id": "DEV-\u0662\u0660\u0662\u0666-001"}, "not of the form"),
        ({"id": "DEV-2026-001\n"}, "id is"),
        ({"text": ""}, "the text is ''"),
        ({"text": "a\x1b[2Jb"}, "must be printable"),
        ({"text": "a" * 2001}, "1 to 2000 characters"),
        ({"root_cause": "\u202e"}, "the root cause is"),
        ({"name": "a" * 101}, "1 to 100 characters"),
        ({"invalidates": (Invalidated(HEAD, 0),)}, "whole number above 0"),
        ({"invalidates": (Invalidated("x", 1),)}, "not a SHA-256"),
        ({"requirements": ("a" * 65,)}, "1 to 64 characters"),
        ({"supersedes": "DEV-1"}, "not of the form"),
        ({"supersedes": "DEV-2026-001"}, "supersedes itself"),
    ],
)
def test_what_could_not_be_read_is_not_signed(
    bert: SigningKey, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SignatureFault, match=message):
        deviations.sign(replace(DEVIATION, **changes), RUN, bert)


def test_white_space_is_folded(bert: SigningKey) -> None:
    loose = replace(DEVIATION, text=" two\n lines ", root_cause=" \n ", name=" B  E ")
    envelope = deviations.sign(loose, RUN, bert)

    found = deviations.parse(envelope.to_bytes(), "x").deviation
    assert (found.text, found.root_cause, found.name) == ("two lines", "", "B E")


def test_another_key_cannot_stand_in(anna: SigningKey, bert: SigningKey) -> None:
    payload = deviations.sign(DEVIATION, RUN, bert).payload
    for keys in [(anna,), (bert, anna)]:
        data = envelopes.sign(payload, *keys).to_bytes()
        with pytest.raises(SignatureFault, match="not signed by the key that it names"):
            deviations.parse(data, "x")


@given(st.integers(0))
def test_any_flipped_bit_shows(bit: int) -> None:
    whole = bytearray(deviations.sign(DEVIATION, RUN, HYPOTHESIS_KEY).to_bytes())
    bit %= 8 * len(whole)
    whole[bit // 8] ^= 1 << bit % 8

    with pytest.raises(SignatureFault):
        deviations.parse(bytes(whole), "x")


def resigned(key: SigningKey, subjects: int = 1, **changes: object) -> bytes:
    """Sign what `deviations.sign` would refuse, as another program could."""
    whole = json.loads(deviations.sign(DEVIATION, RUN, key).payload)
    predicate = {**whole["predicate"], **changes}
    kind = predicate.pop("kind", PredicateType.DEVIATION)
    named = tuple(Subject(f"journal{n or ''}", RUN) for n in range(subjects))
    return envelopes.sign(Statement(named, kind, predicate).to_bytes(), key).to_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": PredicateType.APPROVAL}, "no deviation but urn:dosebench:approval:1"),
        ({"subjects": 2}, "belongs to one journal"),
        ({"role": "boss"}, "not one of performer, reviewer, approver"),
        ({"role": []}, "role is"),
        ({"invalidates": [1]}, "invalidates 1 is 1, not an object"),
        (
            {"invalidates": [{"head": HEAD, "seq": 1, "x": 1}]},
            "'x' is unknown",
        ),
        ({"invalidates": [{"head": HEAD}]}, "'seq' is missing"),
        ({"requirements": [1]}, "requirement is 1"),
        ({"more": "<script>"}, "the member 'more' is unknown"),
        ({"time": 0}, "time is 0"),
        ({"text": "two\nlines"}, "text on one line"),
        ({"public_key": "x"}, "no public key in PEM"),
    ],
)
def test_what_another_program_signed_is_read_strictly(
    bert: SigningKey, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SignatureFault, match=f"^x.*{message}"):
        deviations.parse(resigned(bert, **changes), "x")


def test_a_file_under_another_name_is_refused(tmp_path: Path, bert: SigningKey) -> None:
    path = deviations.add(tmp_path, deviations.sign(DEVIATION, RUN, bert))
    other = path.rename(path.with_name("DEV-2026-002.dsse.json"))

    with pytest.raises(SignatureFault, match=f"{other.name}: holds DEV-2026-001"):
        read_deviations(tmp_path)


def test_an_envelope_of_something_else_is_not_added(
    tmp_path: Path, bert: SigningKey
) -> None:
    other = Envelope.parse(resigned(bert, kind=PredicateType.APPROVAL), "x")

    with pytest.raises(SignatureFault, match="no deviation"):
        deviations.add(tmp_path, other)

    assert list(tmp_path.iterdir()) == []
