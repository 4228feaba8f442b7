"""Profiles that contradict themselves; every number here is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from harness.plans import contradictions, profile
from harness.plans.findings import Severity
from harness.plans.profile import Leaf, Profile

SHIPPED = sorted((Path(__file__).parents[3] / "test_plans" / "profiles").glob("*.toml"))
COUNTED: dict[str, Leaf] = {
    "reservoir.capacity": "40 mL",
    "reservoir.low_threshold": "6 mL",
    "reservoir.level_known_by": "counter",
    "flow.accuracy": "10 %",
    "alarm.low_reservoir.real_volume_minimum": "2 mL",
    "alarm.low_reservoir.real_volume_maximum": "10 mL",
    "alarm.low_reservoir.lead_time": "24 hour",
    "refill.highest_daily_rate": "2 mL/day",
}

SLOW: dict[str, Leaf] = COUNTED | {"refill.highest_daily_rate": "1 mL/day"}


def pump(leaves: dict[str, Leaf]) -> Profile:
    return Profile(
        Path("profile.toml"), "0" * 64, "p", "A", "b", MappingProxyType({}), leaves
    )


def found(leaves: dict[str, Leaf]) -> list[tuple[Severity, str]]:
    return [(each.severity, each.text) for each in contradictions.find(pump(leaves))]


def only(leaves: dict[str, Leaf]) -> tuple[Severity, str]:
    (finding,) = found(leaves)
    return finding


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_shipped_profiles_do_not_contradict_themselves(path: Path) -> None:
    assert contradictions.find(profile.load(path)) == ()


def test_a_profile_that_says_nothing_contradicts_nothing() -> None:
    assert found({}) == []
    assert found(COUNTED) == []


def test_dry_before_the_counter_reaches_the_alarm() -> None:
    # 38 mL counted at +14.5 % are 43.51 mL: 3.51 mL more than there ever were. With a
    # threshold of 40 - 40/1.145 = 5.07 mL the pump would be just dry at the alarm.
    severity, text = only(
        {
            "reservoir.capacity": "40 mL",
            "reservoir.low_threshold": "2 mL",
            "reservoir.level_known_by": "counter",
            "flow.accuracy": "14.5 %",
        }
    )
    assert severity is Severity.ERROR
    assert "profile.toml: reservoir.capacity = 40 mL" in text
    assert "reservoir.low_threshold = 2 mL, flow.accuracy = 14.5 %" in text
    assert "dry 3.51 mL before its counter reaches the low alarm" in text
    assert "a threshold above 5.07 mL" in text


def test_a_sensor_does_not_drift_with_the_flow() -> None:
    assert not found(
        COUNTED | {"reservoir.level_known_by": "sensor", "flow.accuracy": "14.5 %"}
    )


def test_too_little_left_at_the_alarm() -> None:
    # 35 mL at +10 % are 38.5 mL: 1.5 mL are left. For 2 mL: 40 - 38/1.1 = 5.45 mL.
    severity, text = only(SLOW | {"reservoir.low_threshold": "5 mL"})
    assert severity is Severity.ERROR
    assert "has really 1.5 mL left at the low alarm" in text
    assert "a threshold of at least 5.45 mL mends it" in text


def test_the_threshold_that_mends_it_does() -> None:
    assert not found(SLOW | {"reservoir.low_threshold": "5.46 mL"})


def test_too_much_left_at_the_alarm() -> None:
    # 34 mL at -10 % are 30.6 mL: 9.4 mL are left.
    severity, text = only(COUNTED | {"alarm.low_reservoir.real_volume_maximum": "9 mL"})
    assert severity is Severity.ERROR
    assert "has really 9.4 mL left" in text


def test_too_little_time_from_the_alarm() -> None:
    # 2.6 mL at 3 mL/day and +10 % last 2.6 / 3.3 days: 18.9 hours.
    severity, text = only(COUNTED | {"refill.highest_daily_rate": "3 mL/day"})
    assert severity is Severity.ERROR
    assert "2.6 mL last 18.9 hours from the low alarm, less than the lead" in text


@pytest.mark.parametrize(
    ("leaves", "severity", "words"),
    [
        (
            {"flow.minimum": "2 mL/day", "flow.maximum": "1 mL/hour"},
            None,
            "",
        ),
        (
            {"flow.minimum": "2 mL/hour", "flow.maximum": "24 mL/day"},
            Severity.ERROR,
            "flow.minimum = 2 mL/hour, flow.maximum = 24 mL/day: the lower bound lies",
        ),
        (
            {
                "drug.concentration_minimum": "2 mg/mL",
                "drug.concentration_maximum": "1 mg/mL",
            },
            Severity.ERROR,
            "lies above the upper one",
        ),
        (
            {"alarm.stopped.earliest": "3 day", "alarm.stopped.latest": "48 hour"},
            Severity.ERROR,
            "alarm.stopped.earliest = 3 day",
        ),
        (
            {"refill.shortest": "180 day", "refill.longest": "21 day"},
            Severity.ERROR,
            "refill.longest = 21 day",
        ),
        (
            {"reservoir.capacity": "20 mL", "reservoir.low_threshold": "20 mL"},
            Severity.ERROR,
            "a full reservoir is low already",
        ),
        (
            {"flow.unit_tolerance": "11 %", "flow.accuracy": "10 %"},
            Severity.ERROR,
            "healthy units spread wider",
        ),
        (
            {"schedule.steps_per_day": "0 count"},
            Severity.ERROR,
            "a day needs one step at least",
        ),
        (
            {"refill.longest": "180 day", "refill.stability": "90 day"},
            Severity.WARNING,
            "after the drug may be used",
        ),
        (
            {"alarm.empty_reservoir.deadline": "13 hour"},
            Severity.WARNING,
            "withdrawal may begin 12 hours after the end of delivery",
        ),
        (
            {"alarm.motor_stall.sound_deadline": "13 hour"},
            Severity.WARNING,
            "alarm.motor_stall.sound_deadline = 13 hour",
        ),
        ({"alarm.replacement.deadline": "1 day"}, None, ""),
        (
            {"alarm.stopped.latest": "97 hour"},
            Severity.WARNING,
            "withdrawal has mostly begun 96 hours",
        ),
        (
            {
                "alarm.low_battery.sound_deadline": "4 day",
                "alarm.low_battery.lead_time": "72 hour",
            },
            Severity.WARNING,
            "may come after its lead time has passed",
        ),
        (
            {
                "patient_bolus.allotted_maximum": "24 count",
                "patient_bolus.lockout_minimum": "63 minute",
            },
            Severity.WARNING,
            "the allotment can never be used",
        ),
        (
            {
                "patient_bolus.allotted_maximum": "24 count",
                "patient_bolus.lockout_minimum": "62 minute",
            },
            None,
            "",
        ),
    ],
)
def test_a_rule(leaves: dict[str, Leaf], severity: Severity | None, words: str) -> None:
    if severity is None:
        assert found(leaves) == []
        return
    said, text = only(leaves)
    assert said is severity
    assert words in text


def test_errors_come_before_warnings() -> None:
    leaves: dict[str, Leaf] = {
        "alarm.empty_reservoir.deadline": "13 hour",
        "schedule.steps_per_day": "0 count",
    }
    assert [severity for severity, _ in found(leaves)] == [
        Severity.ERROR,
        Severity.WARNING,
    ]
