"""A week as a plan writes it: one message for each way to get it wrong."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from harness.errors import ConfigurationError, NotSpecified
from harness.plans import schedule
from harness.plans.profile import Profile
from harness.schedule import WeekSchedule
from harness.toml_files import Table
from harness.units import magnitude

PROFILE = Profile(
    Path("profile.toml"),
    "0" * 64,
    "p",
    "A pump",
    "invented",
    MappingProxyType({}),
    MappingProxyType(
        {
            "flow.minimum": "0.048 mL/day",
            "flow.maximum": "24 mL/day",
            "schedule.steps_per_day": "4 count",
        }
    ),
)
EMPTY = Profile(Path("profile.toml"), "0" * 64, "p", "A", "b", MappingProxyType({}), {})
ALL_DAY = ["00:00 1 mL/day"]


def week(
    *, profile: Profile = PROFILE, refused: bool = False, **days: object
) -> WeekSchedule:
    table = Table({"days": days}, "plan.toml [[case]] 1")
    return schedule.read(table, "days", profile, expects_refusal=refused)


def test_a_day_that_is_left_out_follows_the_default() -> None:
    read = week(
        default=["00:00 1 mL/day", "06:30 2 mL/day"],
        sunday=["00:00 flow.minimum", "23:59 0.5 * flow.maximum"],
    )

    for day in range(6):
        assert [step.minute for step in read.days[day]] == [0, 390]
        assert magnitude(read.days[day][1].rate, "mL/day") == 2.0
    assert [step.minute for step in read.days[6]] == [0, 1439]
    assert [magnitude(s.rate, "mL/day") for s in read.days[6]] == [0.048, 12.0]


def test_each_day_may_be_its_own() -> None:
    days = {day: [f"00:00 {n} mL/day"] for n, day in enumerate(schedule.DAYS, 1)}
    table = Table({"days": days}, "plan.toml")
    read = schedule.read(table, "days", PROFILE)
    rates = [magnitude(day[0].rate, "mL/day") for day in read.days]
    assert rates == [1, 2, 3, 4, 5, 6, 7]


def test_a_step_may_be_a_pause() -> None:
    read = week(default=["00:00 1 mL/day", "22:00 0 mL/day"])
    assert [magnitude(step.rate, "mL/day") for step in read.days[0]] == [1, 0]


@pytest.mark.parametrize(
    ("monday", "message"),
    [
        (["06:00 1 mL/day"], "monday: the first step must begin at 00:00"),
        ([], "monday: the first step must begin at 00:00"),
        (["00:00 1 mL/day", "06:00 1 mL/day", "06:00 2 mL/day"], "06:00 overlaps"),
        (["00:00 1 mL/day", "07:00 1 mL/day", "06:00 2 mL/day"], "at 07:00; write"),
        (["00:00 1 mL/day", "24:00 1 mL/day"], "24:00 is no time of a day"),
        (["00:00 1 mL/day", "12:60 1 mL/day"], "12:60 is no time of a day"),
        (["00:00 1 mL/day", "6:30 1 mL/day"], "'6:30 1 mL/day' cannot be read"),
        (["1 mL/day"], "cannot be read; write time and rate"),
        (["00:00 1 mL"], "monday, 00:00: '1 mL' has the wrong dimension"),
        (["00:00 1"], "'1' has no unit"),
        (["00:00 25 mL/day"], "monday, 00:00: 25 mL/day is above flow.maximum = 24"),
        (["00:00 0.04 mL/day"], "0.04 mL/day is below flow.minimum = 0.048 mL/day"),
        (["00:00 2 * flow.maximum"], "48 mL/day is above flow.maximum"),
        ([f"0{h}:00 1 mL/day" for h in range(5)], "5 steps, but a day has at most 4"),
        ("00:00 1 mL/day", "write a list of texts"),
        ([1.0], "write text"),
        (["00:00 1 mL/day", "00:00 1 mL/day"], "names one thing twice"),
    ],
)
def test_a_mistake_is_named(monday: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        week(default=ALL_DAY, monday=monday)
    assert "plan.toml [[case]] 1 [days]: monday" in str(caught.value)
    assert message in str(caught.value)


def test_a_day_that_does_not_exist() -> None:
    with pytest.raises(ConfigurationError, match="'mondey' is unknown; write 'monday'"):
        week(default=ALL_DAY, mondey=ALL_DAY)


def test_a_day_that_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="tuesday has no steps; add tuesday"):
        week(monday=ALL_DAY)


def test_a_rate_of_a_key_that_the_profile_lacks() -> None:
    with pytest.raises(NotSpecified, match=r"nothing about flow\.night"):
        week(default=["00:00 flow.night"])


def test_a_profile_that_says_nothing_allows_thirteen_steps() -> None:
    day = [f"{h:02d}:00 1 mL/day" for h in range(14)]
    assert len(week(profile=EMPTY, default=day[:13]).days[0]) == 13
    with pytest.raises(ConfigurationError, match="14 steps, but a programmer can ent"):
        week(profile=EMPTY, default=day)


def test_what_the_pump_shall_refuse_may_be_impossible_for_it() -> None:
    day = [f"{h:02d}:00 25 mL/day" for h in range(13)]
    assert len(week(refused=True, default=day).days[0]) == 13
    with pytest.raises(ConfigurationError, match="overlaps"):
        week(refused=True, default=[*day[:12], "11:00 1 mL/day"])


def test_no_refusal_can_be_provoked_that_nobody_can_enter() -> None:
    day = [f"{h:02d}:00 1 mL/day" for h in range(14)]
    with pytest.raises(ConfigurationError, match="14 steps, but a programmer can ent"):
        week(refused=True, default=day)
