"""Plans and their procedures: everything is checked before anything is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.plans import plan
from harness.plans import search as plan_search
from harness.plans.plan import Capability, Effect, Phase, Restart, Role
from harness.units import magnitude

PROFILE = """
[profile]
id = "p"
title = "A pump"
basis = "invented"
[absent]
bolus = "constant rates only"
[flow]
accuracy = "5 %"
"""
REGISTER = """
[register]
id = "r"
title = "Demands"
version = "1"
[[requirement]]
id = "M-1"
text = "It is accurate."
source = "us"
hazard = "overdose"
kind = "measured"
unit = "percent"
upper = "flow.accuracy"
[[requirement]]
id = "M-2"
text = "Its bolus is accurate."
source = "us"
hazard = "overdose"
kind = "measured"
unit = "percent"
upper = "bolus.accuracy"
"""
PROCEDURES = """
raise RuntimeError("a plan is checked without running this")

@pytest.mark.procedure(dose="µg/day", duration=TIME)
def test_steady(case, pump):
    pass

@pytest.mark.procedure
def test_plain(case):
    pass
"""
HEAD = """
[plan]
id = "small"
title = "A small plan"
phase = "implanted"
register = "register.toml"
profile = "profile.toml"
rule = "guard-band"
coverage = 0.95
"""
CASE = """
[[case]]
requirement = "M-1"
point = "low"
procedure = "steady"
needs = ["pump", "balance"]
capabilities = ["refillable"]
restart = "continue"
hardware_duration = "30 hour"
effect = "conditioning"
start = { reservoir = "40 mL", concentration = "500 µg/mL" }
[case.numbers]
dose = "100 µg/day"
duration = "24 hour"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profile.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "register.toml").write_text(REGISTER, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(PROCEDURES, encoding="utf-8")
    return tmp_path


def load(folder: Path, text: str) -> plan.Plan:
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return plan.load(folder / "plan.toml")


def test_a_case_as_the_plan_has_it(folder: Path) -> None:
    loaded = load(folder, HEAD + CASE)

    assert loaded.phase is Phase.IMPLANTED
    (case,) = loaded.cases
    assert case.id == "M-1/low"
    assert case.claims == ("M-1",)
    assert case.needs == (Role.PUMP, Role.BALANCE)
    assert case.capabilities == (Capability.REFILLABLE,)
    assert case.restart is Restart.CONTINUE
    assert case.effect is Effect.CONDITIONING
    assert magnitude(case.hardware_duration, "s") == 108_000.0
    assert magnitude(case.start["concentration"].value, "mg/mL") == pytest.approx(0.5)
    assert case.numbers["dose"].text == "100 µg/day"
    assert magnitude(case.numbers["duration"].value, "s") == 86_400.0


def test_a_case_of_an_absent_feature_is_not_planned(folder: Path) -> None:
    without = CASE.replace("refillable", "bolus").replace("M-1", "M-2")
    loaded = load(folder, HEAD + CASE + without)

    assert [case.id for case in loaded.cases] == ["M-1/low"]
    assert [case.id for case in loaded.not_applicable] == ["M-2/low"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("implanted", "postoperative", "phase names 'postoperative'"),
        ("0.95", "0.99", "defined for 0.95 only"),
        ("guard-band", "shared-risk", "rule names 'shared-risk'"),
        ("register.toml", "requirements.toml", "register cannot be read"),
        ('title = "A small plan"', "", "'title' is missing"),
        ("coverage", "covrage", "write 'coverage'"),
        ('"M-1"', '"M-9"', "'M-9' is not in"),
        ('"M-1"', '"M-2"', "'bolus.accuracy' is missing"),
        ('"low"', '"lo/w"', "point is 'lo/w'"),
        ('"low"', '"-low"', "point is '-low'"),
        ('"steady"', '"stedy"', "choose from: plain, steady"),
        ('"balance"', '"scales"', "needs names 'scales'"),
        ('"balance"', '"pump"', "names one thing twice"),
        ('"refillable"', '"flying"', "capabilities names 'flying'"),
        ('"30 hour"', '"30 mL"', "wrong dimension"),
        ('"30 hour"', "30", "has no unit"),
        ('"conditioning"', '"fatal"', "effect names 'fatal'"),
        ("reservoir =", "resrvoir =", "write 'reservoir'"),
        ('"40 mL"', '"40 mg"', "wrong dimension"),
        ('dose = "100 µg/day"', "", "'dose' is missing"),
        ('"100 µg/day"', '"100 mL/day"', "wrong dimension"),
        ('"100 µg/day"', '"100"', "has no unit"),
        ("[case.numbers]", '[case.numbers]\nrate = "1 mL/h"', "'rate' is unknown"),
        ("needs", 'claims = ["M-1", "M-2"]\nneeds', "'bolus.accuracy' is missing"),
        ("needs", "claims = []\nneeds", "leaves out 'M-1'"),
        ("needs", "nedds = []\nneeds", "'nedds' is unknown"),
    ],
)
def test_a_mistake_is_named(folder: Path, old: str, new: str, message: str) -> None:
    assert old in HEAD + CASE
    with pytest.raises(ConfigurationError) as caught:
        load(folder, (HEAD + CASE).replace(old, new))
    assert ".toml" in str(caught.value)
    assert message in str(caught.value)


def test_a_case_may_stand_once_only(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="M-1/low stands twice"):
        load(folder, HEAD + CASE + CASE)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def test_steady(case): pass", "is not a procedure"),
        ("@m.procedure\ndef test_steady(pump): pass", "does not take 'case'"),
        ("@m.procedure(dose='parsec/foo')\ndef test_steady(case): pass", "unknown"),
        ("@m.procedure(dose=NO_SUCH)\ndef test_steady(case): pass", "plain text"),
        ("@m.procedure\ndef test_plain(case): pass", "stands in test_it.py too"),
        ("def test_steady(case:", "cannot be read"),
    ],
)
def test_a_mistake_in_a_procedure_is_named(
    folder: Path, source: str, message: str
) -> None:
    (folder / "test_more.py").write_text(source, encoding="utf-8")

    with pytest.raises(ConfigurationError) as caught:
        load(folder, HEAD + CASE)
    assert "test_more.py" in str(caught.value)
    assert message in str(caught.value)


def test_a_plan_is_found_beside_a_file_and_below_a_folder(folder: Path) -> None:
    below = folder / "one"
    below.mkdir()
    (below / "plan.toml").touch()
    (below / "test_it.py").touch()

    found = (below / "plan.toml").resolve()
    assert plan_search.find([folder]) == found
    assert plan_search.find([below / "test_it.py", below]) == found
    assert plan_search.find([folder / "test_it.py", folder / "nowhere"]) is None


def test_two_plans_are_not_one_run(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "plan.toml").touch()

    with pytest.raises(ConfigurationError, match="a run takes one"):
        plan_search.find([folder])
