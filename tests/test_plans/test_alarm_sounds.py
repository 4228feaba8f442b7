"""Which sound is an alarm, and of which priority."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.plans import profile, register
from harness.readings import Sound
from protocols.pump_link.vocabulary import CRITICAL_ALARMS, AlarmFlag
from test_plans.implanted import alarm_families
from test_plans.implanted.alarm_families import Family
from test_plans.implanted.alarm_sounds import CRITICAL, NONCRITICAL, pattern_of

PLANS = Path(__file__).parents[2] / "test_plans"
REGISTER = register.load(PLANS / "implanted" / "register.toml")
PROFILE = profile.load(PLANS / "profiles" / "reference-40.toml")


def sound(duration_ms: int, *tones_hz: int) -> Sound:
    return Sound(0, 0, duration_ms, tones_hz, -20.0)


@pytest.mark.parametrize(
    ("heard", "has_tones", "fits"),
    [
        (sound(3000, 800, 1250), True, True),
        (sound(2401, 761, 1312), True, True),
        (sound(3599, 839, 1188), True, True),
        (sound(2399, 800, 1250), True, False),
        (sound(3601, 800, 1250), True, False),
        (sound(3000, 759, 1250), False, False),
        (sound(3000, 800, 1313), False, False),
        (sound(3000, 1250), False, False),
        (sound(3000, 800), False, False),
        (sound(500, 1250), False, False),
        (sound(200, 2000), False, False),
    ],
)
def test_two_tones_for_three_seconds(heard: Sound, has_tones: bool, fits: bool) -> None:
    """800 and 1250 Hz within 5 %, 3 s within 20 %."""
    wanted = pattern_of(CRITICAL, PROFILE)
    assert (wanted.has_tones(heard), wanted.fits(heard)) == (has_tones, fits)


@pytest.mark.parametrize(
    ("heard", "has_tones", "fits"),
    [
        (sound(500, 1250), True, True),
        (sound(401, 1312), True, True),
        (sound(399, 1250), True, False),
        (sound(601, 1250), True, False),
        (sound(500, 1313), False, False),
        (sound(500, 800, 1250), False, False),
        (sound(500, 2000), False, False),
    ],
)
def test_a_single_beep(heard: Sound, has_tones: bool, fits: bool) -> None:
    """1250 Hz within 5 %, half a second within 20 %."""
    wanted = pattern_of(NONCRITICAL, PROFILE)
    assert (wanted.has_tones(heard), wanted.fits(heard)) == (has_tones, fits)


def test_an_unknown_priority_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'urgent' is no priority; write"):
        pattern_of("urgent", PROFILE)


def test_no_alarm_is_left_out() -> None:
    names = {family.alarm.name for family in alarm_families.ALL}
    assert names == {flag.name for flag in AlarmFlag}


@pytest.mark.parametrize("family", alarm_families.ALL, ids=lambda each: each.prefix)
def test_an_alarms_requirements_are_in_the_register(family: Family) -> None:
    assert REGISTER.requirements.keys() >= set(family.requirements)


@pytest.mark.parametrize("name", ["reference-40", "reference-20", "valve-20"])
def test_a_profiles_priorities_are_the_links(name: str) -> None:
    pump = profile.load(PLANS / "profiles" / f"{name}.toml")
    for family in alarm_families.ALL:
        features = REGISTER.requirements[family.flag].features
        if not pump.absent.keys() & set(features):
            is_critical = bool(AlarmFlag[str(family.alarm.name)] & CRITICAL_ALARMS)
            wanted = CRITICAL if is_critical else NONCRITICAL
            assert family.priority(pump) == wanted
