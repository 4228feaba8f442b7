"""Modes, refills and alarms that a plan must show from both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.plans import both_sides, checking, loading, register
from harness.plans.findings import Severity
from harness.plans.plan import Plan
from harness.plans.subjects import Side, Subject, SubjectKind
from tests.harness.plans import written

DEMANDS = written.register(written.attribute("A-1"))
STALL = """
[[subject]]
id = "motor-stall"
kind = "alarm"
title = "motor stall"
"""
BOLUS = """
[[subject]]
id = "single-bolus"
kind = "mode"
title = "single bolus"
features = ["bolus"]
"""


def case(point: str, more: str = "") -> str:
    return written.case("A-1", point, more)


POSITIVE = case("magnet", 'positive = ["motor-stall"]')
NEGATIVE = case("at-rest", 'negative = ["motor-stall"]')


def write(folder: Path, *cases: str, subjects: str = STALL + BOLUS) -> Path:
    return written.write(folder, written.HEAD, *cases, register=DEMANDS + subjects)


def load(folder: Path, *cases: str, subjects: str = STALL + BOLUS) -> Plan:
    return loading.load(write(folder, *cases, subjects=subjects))


def test_the_subjects_of_a_register(tmp_path: Path) -> None:
    plan = load(tmp_path, POSITIVE)

    assert plan.register.subjects == {
        "motor-stall": Subject("motor-stall", SubjectKind.ALARM, "motor stall", ()),
        "single-bolus": Subject(
            "single-bolus", SubjectKind.MODE, "single bolus", ("bolus",)
        ),
    }
    assert plan.register.absent_subjects(plan.profile) == {
        "single-bolus": "bolus: constant rates only"
    }


def test_a_register_need_not_have_subjects(tmp_path: Path) -> None:
    plan = load(tmp_path, case("plain"), subjects="")

    assert plan.register.subjects == {}
    assert both_sides.missing(plan) == {Side.POSITIVE: (), Side.NEGATIVE: ()}
    assert checking.check(plan.path) == ()


@pytest.mark.parametrize(
    ("subjects", "message"),
    [
        (STALL.replace("alarm", "noise"), "kind names 'noise'"),
        (STALL.replace("motor-stall", "motor stall"), "id is 'motor stall'"),
        (STALL + STALL, "[[subject]] 2 'motor-stall': this id stands twice"),
        (STALL + 'gip = ["1.2.1"]', "the key 'gip' is unknown"),
        (STALL + 'features = ["a b"]', "features is 'a b'"),
        (STALL.replace("title", "text"), "the key 'title' is missing"),
        ("[subject]\nid = 'x'", "each under its own [[subject]]"),
    ],
)
def test_a_mistake_in_a_subject_is_named(
    tmp_path: Path, subjects: str, message: str
) -> None:
    write(tmp_path, subjects=subjects)

    with pytest.raises(ConfigurationError) as caught:
        register.load(tmp_path / "register.toml")
    assert "register.toml" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ('positive = ["motor-stal"]', "'x': the subject 'motor-stal' is not in"),
        ('negative = ["motor-stal"]', "write the id of a [[subject]] of that register"),
        ('positive = ["motor-stall", "motor-stall"]', "names one thing twice"),
        ('positive = "motor-stall"', "write a list of texts"),
        (
            'positive = ["motor-stall"]\nnegative = ["motor-stall"]',
            "'motor-stall' is both positive and negative",
        ),
        ('positiv = ["motor-stall"]', "write 'positive'"),
    ],
)
def test_a_mistake_in_a_case_is_named(tmp_path: Path, key: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, case("x", key))
    assert "plan.toml" in str(caught.value)
    assert message in str(caught.value)


def test_sides_are_no_defaults(tmp_path: Path) -> None:
    defaults = '[defaults]\npositive = ["motor-stall"]\n'

    with pytest.raises(ConfigurationError, match="'positive' has no default"):
        load(tmp_path, defaults, case("x"))


@pytest.mark.parametrize(
    ("cases", "positive", "negative"),
    [
        ((POSITIVE, NEGATIVE), (), ()),
        ((POSITIVE,), (), ("motor-stall",)),
        ((NEGATIVE,), ("motor-stall",), ()),
        ((case("plain"),), ("motor-stall",), ("motor-stall",)),
        # The pump cannot run this one, but has what the subject is about.
        (
            (POSITIVE + 'features = ["bolus"]', NEGATIVE),
            ("motor-stall",),
            (),
        ),
    ],
)
def test_what_a_plan_shows_from_one_side_only(
    tmp_path: Path,
    cases: tuple[str, ...],
    positive: tuple[str, ...],
    negative: tuple[str, ...],
) -> None:
    plan = load(tmp_path, *cases)

    assert both_sides.missing(plan) == {
        Side.POSITIVE: positive,
        Side.NEGATIVE: negative,
    }


def test_a_check_names_the_missing_side(tmp_path: Path) -> None:
    (finding,) = checking.check(write(tmp_path, POSITIVE))

    assert finding.severity is Severity.ERROR
    assert "plan.toml: no negative case shows motor-stall;" in finding.text
    assert checking.check(write(tmp_path, POSITIVE, NEGATIVE)) == ()


def test_what_a_subject_alone_depends_on_may_be_absent(tmp_path: Path) -> None:
    subject = STALL + 'features = ["rotor"]'
    path = write(tmp_path, subjects=subject)
    no_rotor = written.PROFILE.replace("[absent]", '[absent]\nrotor = "valves only"')
    (tmp_path / "profile.toml").write_text(no_rotor, encoding="utf-8")
    path.write_text(written.HEAD + case("plain"), encoding="utf-8")

    assert checking.check(path) == ()
    (tmp_path / "register.toml").write_text(DEMANDS, encoding="utf-8")
    (finding,) = checking.check(path)
    assert "[absent] names 'rotor'" in finding.text
