"""A plan that stands on another one's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.execution import inputs
from harness.plans import loading
from harness.plans.plan import Plan
from tests.harness.plans import written

REGISTER = written.register(written.attribute("A-1"), written.attribute("A-2"))
THEIRS = (
    written.HEAD
    + '[defaults]\nrestart = "continue"\n'
    + written.case("A-1", "one")
    + written.case("A-1", "two", "repeats = 2")
    + written.case("A-2", "other")
)
OURS = """
[plan]
id = "ours"
title = "Some of theirs"
phase = "implanted"
procedures = "../theirs"
register = "../theirs/register.toml"
profile = "../theirs/profile.toml"
rule = "guard-band"
"""
TAKEN = '[taken]\ncases = ["A-2/other", "A-1/one"]\n'


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    (tmp_path / "theirs").mkdir()
    written.write(tmp_path / "theirs", THEIRS, register=REGISTER)
    (tmp_path / "ours").mkdir()
    return tmp_path / "ours" / "plan.toml"


def load(ours: Path, text: str) -> Plan:
    ours.write_text(text, encoding="utf-8")
    return loading.load(ours)


def test_cases_are_as_they_stand_in_the_other_plan(ours: Path) -> None:
    theirs = loading.load(ours.parents[1] / "theirs" / "plan.toml")
    by_id = {case.id: case for case in theirs.cases}

    taken = load(ours, OURS + TAKEN)

    assert taken.id == "ours"
    assert taken.cases == (by_id["A-2/other"], by_id["A-1/one"])
    assert {case.restart.value for case in taken.cases} == {"continue"}


def test_a_case_with_repeats_brings_all_of_them(ours: Path) -> None:
    found = load(ours, OURS + '[taken]\ncases = ["A-1/two"]\n').cases
    assert [case.id for case in found] == ["A-1/two-r1", "A-1/two-r2"]


def test_numbers_stand_in_for_the_defaults_of_the_other_plan(ours: Path) -> None:
    theirs = ours.parents[1] / "theirs"
    (theirs / "test_it.py").write_text(
        '@pytest.mark.procedure(blank="s")\ndef test_plain(case):\n    pass\n',
        encoding="utf-8",
    )
    (theirs / "plan.toml").write_text(
        THEIRS
        + written.case("A-2", "own", '[case.numbers]\nblank = "9 s"')
        + '[defaults.numbers]\nblank = "5 s"\n',
        encoding="utf-8",
    )
    named = '[taken]\ncases = ["A-1/one", "A-2/own"]\n'

    as_there = load(ours, OURS + named).cases
    changed = load(ours, OURS + named + '[taken.numbers]\nblank = "2 s"\n').cases

    blanks = [case.numbers["blank"].text for case in (*as_there, *changed)]
    assert blanks == ["5 s", "9 s", "2 s", "9 s"]


def test_own_cases_come_after_those_taken_over(ours: Path) -> None:
    own = written.case("A-2", "shorter")
    found = load(ours, OURS + TAKEN + own).cases
    assert [case.id for case in found] == ["A-2/other", "A-1/one", "A-2/shorter"]
    assert found[-1].restart.value == "restart"


def test_what_a_run_rests_on_names_the_other_plan(ours: Path) -> None:
    plan = load(ours, OURS + TAKEN)
    other = ours.parents[1] / "theirs" / "plan.toml"
    sha256 = plan.procedures.sha256["plan.toml"]
    assert sha256 == hashlib.sha256(other.read_bytes()).hexdigest()
    assert plan.procedures.folder.resolve() == other.parent
    assert "test_it.py" in plan.procedures.sha256


def test_copies_are_made_from_the_folder_of_the_procedures(ours: Path) -> None:
    plan = load(ours, OURS + TAKEN)
    files = [plan.procedures.folder / name for name in plan.procedures.sha256]
    run = ours.parent / "run"
    inputs.keep(
        run,
        [
            inputs.InputFile(inputs.Place.PROCEDURES, each, sha256)
            for each, sha256 in zip(files, plan.procedures.sha256.values(), strict=True)
        ],
    )
    kept = run / "inputs" / "procedures"
    assert {each.name for each in kept.iterdir()} == {"plan.toml", "test_it.py"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (OURS + '[taken]\ncases = ["A-9/none"]\n', "has no case 'A-9/none'"),
        (OURS + TAKEN + written.case("A-1", "one"), "A-1/one stands twice"),
        (OURS.replace('procedures = "../theirs"\n', "") + TAKEN, "no other plan"),
        (OURS + '[taken]\nall = true\ncases = ["A-1/one"]\n', "'all' is unknown"),
        (OURS + TAKEN + '[taken.numbers]\nblink = "1 s"\n', "takes 'blink'"),
    ],
)
def test_what_cannot_be_taken_over_is_said(
    ours: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        load(ours, text)


def test_a_plan_with_another_register_gives_no_cases(ours: Path) -> None:
    (ours.parent / "register.toml").write_text(REGISTER, encoding="utf-8")
    text = OURS.replace("../theirs/register.toml", "register.toml") + TAKEN
    with pytest.raises(ConfigurationError, match="another register"):
        load(ours, text)


def test_a_plan_without_any_case_is_refused(ours: Path) -> None:
    with pytest.raises(ConfigurationError, match="case"):
        load(ours, OURS)
