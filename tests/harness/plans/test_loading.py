"""Plans and their procedures: everything is checked before anything is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.plans import loading
from harness.plans import search as plan_search
from harness.plans.plan import Capability, Effect, Form, Phase, Plan, Restart, Role
from harness.plans.selection import left_out, require_cases
from harness.units import magnitude
from tests.harness.plans import written

PROFILE = (
    written.PROFILE
    + """
minimum = "0.048 mL/day"
maximum = "24 mL/day"
[reservoir]
capacity = "40 mL"
"""
)
REGISTER = written.register(
    written.measured("M-1", 'upper = "flow.accuracy"'),
    written.measured("M-2", 'upper = "bolus.accuracy"'),
    written.attribute("A-1", 'features = ["schedule"]'),
)
PROCEDURES = (
    written.PROCEDURES
    + """
raise RuntimeError("a plan is checked without running this")

@pytest.mark.procedure(dose="µg/day", duration=TIME)
def test_steady(case, pump):
    pass

@pytest.mark.procedure(days="schedule", boluses="1", blank="s")
def test_weekly(case, pump):
    pass
"""
)
HEAD = written.HEAD + "coverage = 0.95\n"
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
    written.write(tmp_path, register=REGISTER, profile=PROFILE, procedures=PROCEDURES)
    return tmp_path


def load(folder: Path, text: str) -> Plan:
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return loading.load(folder / "plan.toml")


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


WEEKLY = """
[[case]]
requirement = "A-1"
point = "week"
procedure = "weekly"
hardware_duration = "8 day"
[case.numbers]
boluses = 3
blank = "2 hour"
days = { default = ["00:00 1 mL/day", "06:30 2 mL/day"] }
"""


def test_counts_and_weeks_are_numbers_of_a_case(folder: Path) -> None:
    (case,) = load(folder, HEAD + WEEKLY).cases

    assert magnitude(case.numbers["boluses"].value, "dimensionless") == 3.0
    assert set(case.numbers) == {"boluses", "blank"}
    assert set(case.schedules) == {"days"}
    tuesday = case.schedules["days"].rate_at(1, 400)
    assert magnitude(tuesday, "mL/day") == 2.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("boluses = 3", "", "'boluses' is missing"),
        ("boluses = 3", "boluses = true", "write a number"),
        ("06:30", "00:00", "the step at 00:00 overlaps"),
        ("2 mL/day", "25 mL/day", "25 mL/day is above flow.maximum"),
        ("2 mL/day", "flow.night", "nothing about flow.night"),
        ("default", "defult", "write 'default'"),
        ('["00:00 1 mL/day", "06:30 2 mL/day"]', "[]", "must begin at 00:00"),
    ],
)
def test_an_impossible_schedule_is_named(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in WEEKLY
    with pytest.raises(ConfigurationError) as caught:
        load(folder, HEAD + WEEKLY.replace(old, new))
    assert "plan.toml [[case]] 1 'week'" in str(caught.value)
    assert message in str(caught.value)


DEFAULTS = """
[defaults]
needs = ["pump"]
effect = "conditioning"
hardware_duration = "1 day"
start = { reservoir = "reservoir.capacity", concentration = "500 µg/mL" }
numbers = { blank = "4 hour", duration = "1 hour" }
"""
SHORT = """
[[case]]
requirement = "M-1"
point = "short"
procedure = "steady"
effect = "none"
start = { concentration = "1 mg/mL" }
numbers = { dose = "100 µg/day" }
"""


def test_defaults_fill_in_what_a_case_leaves_out(folder: Path) -> None:
    week = WEEKLY.replace('blank = "2 hour"\n', "")
    short, weekly = load(folder, HEAD + DEFAULTS + SHORT + week).cases

    assert short.needs == weekly.needs == (Role.PUMP,)
    assert (short.effect, weekly.effect) == (Effect.NONE, Effect.CONDITIONING)
    assert magnitude(weekly.hardware_duration, "day") == 8.0
    assert short.start["reservoir"].text == "40 mL (reservoir.capacity)"
    assert magnitude(short.start["concentration"].value, "mg/mL") == 1.0
    assert magnitude(weekly.start["concentration"].value, "mg/mL") == 0.5
    # A default counts where the procedure takes it, and nowhere else.
    assert set(short.numbers) == {"dose", "duration"}
    assert magnitude(weekly.numbers["blank"].value, "hour") == 4.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("needs", "point", "[defaults]: 'point' has no default"),
        ("needs", "nedds", "[defaults]: 'nedds' has no default"),
        ("blank", "blnk", "[defaults] [numbers]: no procedure takes 'blnk'"),
        ('"1 hour"', '"1 mL"', "wrong dimension"),
        ('"pump"', '"pmp"', "needs names 'pmp'"),
    ],
)
def test_a_mistake_in_the_defaults_is_named(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in DEFAULTS
    with pytest.raises(ConfigurationError) as caught:
        load(folder, HEAD + DEFAULTS.replace(old, new, 1) + SHORT)
    assert message in str(caught.value)


def test_repeats_are_cases_of_their_own(folder: Path) -> None:
    loaded = load(folder, HEAD + DEFAULTS + SHORT + "repeats = 3")

    assert [case.id for case in loaded.cases] == [
        "M-1/short-r1",
        "M-1/short-r2",
        "M-1/short-r3",
    ]
    assert len({case.numbers["dose"].text for case in loaded.cases}) == 1


def test_a_repeat_that_stands_in_the_file_as_well(folder: Path) -> None:
    twice = SHORT.replace("short", "short-r2")
    with pytest.raises(ConfigurationError, match="M-1/short-r2 stands twice"):
        load(folder, HEAD + DEFAULTS + SHORT + "repeats = 3" + twice)


ACCELERATED = """
[case.accelerated]
justification = "the same volume at a higher rate"
hardware_duration = "2 hour"
start = { reservoir = "0.5 * reservoir.capacity" }
numbers = { dose = "1 mg/day" }
"""


def test_an_accelerated_form_overrides_what_it_names(folder: Path) -> None:
    text = HEAD + DEFAULTS + SHORT + ACCELERATED + WEEKLY
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    full, _ = loading.load(folder / "plan.toml").cases
    plan = loading.load(folder / "plan.toml", form=Form.ACCELERATED)
    fast, weekly = plan.cases

    assert full.form is Form.FULL
    assert full.numbers["dose"].text == "100 µg/day"
    assert magnitude(full.hardware_duration, "hour") == 24.0
    assert (plan.form, fast.form) == (Form.ACCELERATED, Form.ACCELERATED)
    assert weekly.form is Form.FULL
    assert fast.accelerated is not None
    assert fast.accelerated.justification == "the same volume at a higher rate"
    assert magnitude(fast.hardware_duration, "hour") == 2.0
    assert fast.numbers["dose"].text == "1 mg/day"
    assert fast.numbers["duration"] == full.numbers["duration"]
    assert magnitude(fast.start["reservoir"].value, "mL") == 20.0
    assert fast.start["concentration"] == full.start["concentration"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('justification = "the same volume at a higher rate"', "", "'justification'"),
        ('hardware_duration = "2 hour"', "", "'hardware_duration' is missing"),
        ('"1 mg/day"', '"1 g/day"', "1000 mL/day is above flow.maximum"),
        ("dose", "dse", "'dse' is unknown; write 'dose'"),
        ("justification", 'effect = "none"\njustification', "'effect' is unknown"),
    ],
)
def test_a_mistake_in_the_accelerated_form_is_named(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in ACCELERATED
    with pytest.raises(ConfigurationError) as caught:
        load(folder, HEAD + DEFAULTS + SHORT + ACCELERATED.replace(old, new))
    assert "'short' [accelerated]" in str(caught.value)
    assert message in str(caught.value)


def test_what_is_for_the_simulator_only_needs_one(folder: Path) -> None:
    reason = 'simulator_only = "half a year"'
    (case,) = load(folder, HEAD + DEFAULTS + SHORT + reason).cases

    assert case.simulator_only == "half a year"
    assert case.needs == (Role.PUMP, Role.SIMULATOR)
    assert left_out([case], {"pump"}) == {"M-1/short": "simulator only: half a year"}
    assert not left_out([case], {"pump", "simulator"})
    # What else is missing is for the bench to refuse.
    assert not left_out([case], {"balance"})
    with pytest.raises(ConfigurationError, match="has no accelerated form"):
        load(folder, HEAD + DEFAULTS + SHORT + reason + ACCELERATED)


def test_what_destroys_the_unit_runs_last(folder: Path) -> None:
    def point(name: str, effect: str) -> str:
        return SHORT.replace("short", name).replace('"none"', f'"{effect}"')

    text = point("a", "destructive") + point("b", "none")
    text += point("c", "destructive") + point("d", "conditioning")
    loaded = load(folder, HEAD + DEFAULTS + text)

    assert [case.point for case in loaded.cases] == ["b", "d", "a", "c"]


def test_a_refusal_may_be_expected(folder: Path) -> None:
    over = SHORT.replace("100 µg/day", "100 mg/day")
    with pytest.raises(ConfigurationError, match="expects_refusal = true if"):
        load(folder, HEAD + DEFAULTS + over)

    (case,) = load(folder, HEAD + DEFAULTS + over + "expects_refusal = true").cases
    assert case.expects_refusal


def test_a_rate_of_zero_is_a_stop(folder: Path) -> None:
    load(folder, HEAD + DEFAULTS + SHORT.replace("100 µg/day", "0 µg/day"))


def test_the_same_plan_on_another_profile(folder: Path) -> None:
    other = PROFILE.replace('"40 mL"', '"20 mL"').replace('"p"', '"p-20"')
    (folder / "other.toml").write_text(other, encoding="utf-8")
    (folder / "plan.toml").write_text(HEAD + DEFAULTS + SHORT, encoding="utf-8")
    loaded = loading.load(folder / "plan.toml", folder / "other.toml")

    assert loaded.profile.id == "p-20"
    assert loaded.cases[0].start["reservoir"].text == "20 mL (reservoir.capacity)"


def without(folder: Path, *features: str) -> None:
    absent = "".join(f'{name} = "no {name} in it"\n' for name in features)
    text = PROFILE.replace("[absent]\n", f"[absent]\n{absent}")
    (folder / "profile.toml").write_text(text, encoding="utf-8")


def test_a_claim_on_an_absent_feature_falls_away(folder: Path) -> None:
    without(folder, "schedule")
    both = SHORT + 'claims = ["M-1", "A-1"]'
    loaded = load(folder, HEAD + DEFAULTS + both + WEEKLY)

    (case,) = loaded.cases
    assert (case.id, case.claims) == ("M-1/short", ("M-1",))
    assert [each.id for each in loaded.not_applicable] == ["A-1/week"]
    assert loaded.absent_requirements == {"A-1": "schedule: no schedule in it"}


def test_a_case_may_name_features_itself(folder: Path) -> None:
    without(folder, "tube")
    loaded = load(folder, HEAD + DEFAULTS + SHORT + 'features = ["tube"]')
    assert [each.id for each in loaded.not_applicable] == ["M-1/short"]


def test_a_case_that_does_not_apply_may_refer_to_what_is_not_there(
    folder: Path,
) -> None:
    without(folder, "schedule")
    text = WEEKLY.replace("06:30 2 mL/day", "06:30 schedule.rate")
    text = text.replace('"2 hour"', '"schedule.blank"')
    loaded = load(folder, HEAD + text)
    assert [each.id for each in loaded.not_applicable] == ["A-1/week"]
    assert not loaded.not_applicable[0].schedules


def test_a_limit_that_the_profile_leaves_out_stops_no_plan(folder: Path) -> None:
    (case,) = load(folder, HEAD + CASE.replace("M-1", "M-2")).cases
    assert case.claims == ("M-2",)


def test_a_case_of_an_absent_feature_is_not_planned(folder: Path) -> None:
    without = CASE.replace("refillable", "bolus").replace("M-1", "M-2")
    loaded = load(folder, HEAD + CASE + without)

    assert [case.id for case in loaded.cases] == ["M-1/low"]
    assert [case.id for case in loaded.not_applicable] == ["M-2/low"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("implanted", "postoperative", "phase names 'postoperative'"),
        ("0.95", "0.49", "coverage is 0.49; write 0.5 to 0.9999"),
        ("guard-band", "shared-risk", "rule names 'shared-risk'"),
        ("register.toml", "requirements.toml", "register cannot be read"),
        ('title = "A small plan"', "", "'title' is missing"),
        ("coverage", "covrage", "write 'coverage'"),
        ('"M-1"', '"M-9"', "'M-9' is not in"),
        ('"low"', '"lo/w"', "point is 'lo/w'"),
        ('"low"', '"-low"', "point is '-low'"),
        ('"steady"', '"stedy"', "choose from: plain, steady, weekly"),
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
        ("needs", 'claims = ["M-1", "M-9"]\nneeds', "'M-9' is not in"),
        ("needs", "repeats = 0\nneeds", "repeats is 0; write 1 to 1000"),
        ("needs", 'repeats = "3"\nneeds', "write a whole number"),
        ("needs", 'simulator_only = ""\nneeds', "printable text"),
        ("needs", "features = [1]\nneeds", "write text"),
        ("needs", 'expects_refusal = "yes"\nneeds', "write true or false"),
        ('"40 mL"', '"0.5 * reservoir.capacty"', "nothing about reservoir.capacty"),
        ('"40 mL"', '"flow.accuracy"', "wrong dimension"),
        ('"100 µg/day"', '"100000 µg/day"', "200 mL/day is above flow.maximum = 24"),
        ('"100 µg/day"', '"1 µg/day"', "0.002 mL/day is below flow.minimum"),
        ("[case.numbers]", "[case.nmbers]", "'dose' is missing"),
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


def test_a_plan_of_which_nothing_applies_says_why(folder: Path) -> None:
    needs_bolus = CASE.replace('"refillable"', '"bolus"')
    with pytest.raises(ConfigurationError, match="lacks bolus: constant rates only"):
        require_cases(load(folder, HEAD + needs_bolus))
    require_cases(load(folder, HEAD + CASE + needs_bolus.replace("low", "more")))
