"""The verdict of a qualification: nothing missing or failed is passed over."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.errors import ConfigurationError
from harness.qualification import pack as packs
from harness.qualification.pack import (
    NOT_QUALIFIED,
    QUALIFIED,
    Check,
    Grade,
    Part,
    Subject,
)
from tests.harness.qualification.packs import OK, pack


def test_a_pack_in_which_all_passed_is_qualified() -> None:
    assert pack().verdict == QUALIFIED
    assert list(pack().against()) == []


@pytest.mark.parametrize("subject", Subject)
def test_each_subject_is_needed(subject: Subject) -> None:
    good = pack()
    without = tuple(each for each in good.parts if each.subject is not subject)
    empty = (*without, Part(subject, ()))
    twice = (*good.parts, Part(subject, (OK,)))
    for parts in (without, empty, twice):
        bad = replace(good, parts=parts)
        assert bad.verdict == NOT_QUALIFIED
        assert list(bad.against()) == [f"{subject}: there is no evidence"]
        if parts is not twice:
            assert bad.grade(subject) is Grade.MISSING


@pytest.mark.parametrize("grade", [Grade.FAILED, Grade.MISSING])
@pytest.mark.parametrize("subject", Subject)
def test_one_check_decides(subject: Subject, grade: Grade) -> None:
    bad = Check("clock", "goes on", "stands", "look", grade)
    parts = tuple(
        replace(each, checks=(*each.checks, bad)) if each.subject is subject else each
        for each in pack().parts
    )
    found = replace(pack(), parts=parts)
    assert found.verdict == NOT_QUALIFIED
    assert found.grade(subject) is grade
    assert list(found.against()) == [f"{subject}: clock: {grade}: stands"]


def test_a_pack_comes_back() -> None:
    assert packs.parse(pack().to_bytes(), "x") == pack()


def spoiled(**changes: object) -> bytes:
    members = {**json.loads(pack().to_bytes()), **changes}
    return (json.dumps(members, indent=1, sort_keys=True) + "\n").encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"verdict": "QUALIFIED"}',
        spoiled(verdict="BETTER"),
        spoiled(against=["rain"]),
        spoiled(schema="dosebench-qualification/2"),
        spoiled(parts=[]),
        spoiled(more=1),
        pack().to_bytes() + b" ",
    ],
)
def test_what_does_not_follow_from_its_checks_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"pack\.json: .*(altered|give)"):
        packs.parse(data, "pack.json")


def test_a_verdict_that_its_checks_do_not_give_is_refused() -> None:
    failed = pack().to_bytes().replace(b'"passed"', b'"failed"', 1)
    assert b'"verdict": "QUALIFIED"' in failed
    with pytest.raises(ConfigurationError, match="altered"):
        packs.parse(failed, "x")
