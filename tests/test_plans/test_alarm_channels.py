"""What is concluded from the channels of an alarm, whatever they show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fixtures.hearing import Ears, Hearing
from fixtures.procedures.alarm_moments import Cause, Moment
from harness.bench import Bench
from harness.clock import NS_PER_S, VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.execution.case import Case
from harness.judging import GUARD_BAND_U, Limit, Verdict
from harness.plans import profile
from harness.readings import (
    Alarm,
    AlarmEvent,
    AlarmReading,
    LogEntry,
    PumpMode,
    PumpReading,
    PumpState,
    Sound,
)
from harness.units import Quantity, ureg
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.alarm_families import LOW, STALL

S = NS_PER_S
PROFILE = profile.load(
    Path(__file__).parents[2] / "test_plans" / "profiles" / "reference-40.toml"
)
# The stall of these tests; the profile allows flag and log 20 min, the sound 21.
CAUSED = Moment(1000 * S, 1001 * S)
RAISED_S = 1300
LATEST_S = 1001 + 21 * 60
TWO_TONES = (800, 1250)


@dataclass(frozen=True)
class Shown:
    """What the channels show; ``flag_s`` is since when status reports do."""

    events: tuple[AlarmEvent, ...] = ()
    entries: tuple[LogEntry, ...] = ()
    sounds: tuple[Sound, ...] = ()
    flag_s: int = 10**9
    unacknowledged: Alarm = Alarm.MOTOR_STALL


class Told:
    """A pump and a listener that show what a test has written down, when it is due."""

    def __init__(self, clock: VirtualClock, shown: Shown) -> None:
        self.clock = clock
        self.shown = shown
        self.events = list(shown.events)
        self.sounds = list(shown.sounds)
        self.is_deaf = False

    def listen(self) -> None:
        """Nothing comes before it is asked for."""

    def sound_reference(self) -> None:
        if not self.is_deaf:
            self.sounds.append(Sound(self.clock.now_ns(), 1000, 200, (2000,), -20.0))

    def take_alarm_events(self) -> list[AlarmEvent]:
        due = [each for each in self.events if each.t_ns <= self.clock.now_ns()]
        self.events = [each for each in self.events if each not in due]
        return due

    def read_log(self, first: int = 0) -> list[LogEntry]:
        now_ns = self.clock.now_ns()
        entries = [e for e in self.shown.entries if e.index >= first]
        return [e for e in entries if e.clock_s * S <= now_ns]

    def read_clock(self) -> int:
        return self.clock.now_ns() // S

    def read_alarms(self) -> AlarmReading:
        unanswered = self.shown.unacknowledged
        return AlarmReading(0, unanswered, unanswered)

    def read_status(self) -> PumpReading:
        t_ns = self.clock.now_ns()
        up = self.shown.flag_s * S <= t_ns
        alarms = Alarm.MOTOR_STALL if up else Alarm.NONE
        mode, state = PumpMode.CONTINUOUS, PumpState.DELIVERING
        return PumpReading(t_ns, 0, mode, state, 0, 0, 0, alarms, 2900)

    def take_sounds(self) -> list[Sound]:
        due = [each for each in self.sounds if each.t_ns <= self.clock.now_ns()]
        self.sounds = [each for each in self.sounds if each not in due]
        return due


class Judged:
    """Takes down verdicts as a case does."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}

    def limit(self, requirement: str) -> Limit:
        minutes = 21 if requirement.endswith("011") else 20
        return Limit(
            requirement,
            None,
            ureg.Quantity(minutes, "minute"),
            GUARD_BAND_U,
            "minute",
            "test",
        )

    def judge(self, limit: Limit, measurement: object) -> None:
        judged = limit.judge(measurement)  # type: ignore[arg-type]
        self.verdicts[limit.requirement] = judged.verdict

    def judge_fact(self, requirement: str, holds: bool | None, said: str) -> None:
        found = {True: Verdict.PASS, False: Verdict.FAIL, None: Verdict.INCONCLUSIVE}
        self.verdicts[requirement] = found[holds]


def event(t_s: float, raised: Alarm = Alarm.MOTOR_STALL) -> AlarmEvent:
    return AlarmEvent(round(t_s * S), 0, raised, Alarm.NONE, raised)


def entry(
    clock_s: int, alarms: Alarm = Alarm.MOTOR_STALL, name: str = "ALARM_RAISED"
) -> LogEntry:
    return LogEntry(clock_s, clock_s, 0, name, 0, alarms)


def sound(t_s: float, tones: tuple[int, ...] = TWO_TONES, ms: int = 3000) -> Sound:
    return Sound(round(t_s * S), 1000, ms, tones, -20.0)


@contextmanager
def watched(
    folder: Path, shown: Shown, hears: bool | None = True
) -> Iterator[tuple[AlarmChannels, Bench]]:
    """Watch a told story; ``hears`` is None on a bench without a sounder."""
    clock = VirtualClock(0)
    with Journal(folder / "run") as journal:
        bench = Bench(clock, Recorder(journal, clock), [])
        told = Told(clock, shown)
        told.is_deaf = not hears
        channels = AlarmChannels(
            bench,
            told,  # type: ignore[arg-type]
            told,  # type: ignore[arg-type]
            told,  # type: ignore[arg-type]
            Ears(told, Hearing(0, S // 100), None if hears is None else told),
            PROFILE,
        )
        yield channels, bench


def seconds(value: float) -> Quantity:
    return ureg.Quantity(value, "s")


def verdicts(
    folder: Path,
    shown: Shown,
    until_s: int = 3000,
    doubt: str = "",
    hears: bool | None = True,
) -> dict[str, Verdict]:
    """Judge the stall when so much time has passed."""
    with watched(folder, shown, hears) as (channels, bench):
        with channels.watching(seconds(60)):
            bench.run_for(seconds(until_s))
        judged = Judged()
        case: Case = judged  # type: ignore[assignment]
        channels.judge(case, STALL, Cause(CAUSED, doubt))
    return {key.removeprefix("ITB-STL-"): v for key, v in judged.verdicts.items()}


def at(t_s: int) -> Shown:
    return Shown((event(t_s),), (entry(t_s),), (sound(t_s),), t_s)


IN_TIME = at(RAISED_S)
ALL_PASS = dict.fromkeys(("001", "010", "011", "012"), Verdict.PASS)


def test_an_alarm_in_time_in_every_channel_passes(tmp_path: Path) -> None:
    assert verdicts(tmp_path, IN_TIME) == ALL_PASS


def test_late_in_every_channel_fails_and_has_its_pattern(tmp_path: Path) -> None:
    found = verdicts(tmp_path, at(1001 + 22 * 60))
    late = dict.fromkeys(("001", "010", "011"), Verdict.FAIL)
    assert found == {**late, "012": Verdict.PASS}


def test_an_alarm_before_its_cause_is_none(tmp_path: Path) -> None:
    found = verdicts(tmp_path, at(900))
    assert set(found.values()) == {Verdict.INCONCLUSIVE}


def test_an_early_alarm_that_sounds_on_is_not_in_time(tmp_path: Path) -> None:
    shown = replace(at(900), sounds=(sound(900), sound(1500)))
    assert verdicts(tmp_path, shown)["011"] is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("shown", "others"),
    [
        (replace(IN_TIME, entries=()), {"010": Verdict.FAIL}),
        # Nothing was heard, so nothing is known of a pattern.
        (
            replace(IN_TIME, sounds=()),
            {"011": Verdict.FAIL, "012": Verdict.INCONCLUSIVE},
        ),
    ],
    ids=["log", "sound"],
)
def test_a_channel_that_never_shows_it_fails(
    tmp_path: Path, shown: Shown, others: dict[str, Verdict]
) -> None:
    assert verdicts(tmp_path, shown) == {**ALL_PASS, **others}


def test_sound_and_log_without_a_flag_are_found(tmp_path: Path) -> None:
    shown = replace(IN_TIME, events=(), flag_s=10**9)
    assert verdicts(tmp_path, shown) == {**ALL_PASS, "001": Verdict.FAIL}


def test_a_flag_without_a_message_counts(tmp_path: Path) -> None:
    assert verdicts(tmp_path, replace(IN_TIME, events=())) == ALL_PASS


def test_a_message_without_a_flag_fails_it(tmp_path: Path) -> None:
    shown = replace(IN_TIME, flag_s=10**9)
    assert verdicts(tmp_path, shown) == {**ALL_PASS, "001": Verdict.FAIL}


def test_an_entry_that_names_every_alarm_is_not_its_entry(tmp_path: Path) -> None:
    both = Alarm.MOTOR_STALL | Alarm.LOW_RESERVOIR
    shown = replace(IN_TIME, entries=(entry(RAISED_S, both),))
    assert verdicts(tmp_path, shown) == {**ALL_PASS, "010": Verdict.FAIL}
    truly = replace(shown, events=(event(RAISED_S, both),))
    assert verdicts(tmp_path / "2", truly) == ALL_PASS


def test_nothing_is_missing_before_its_deadline(tmp_path: Path) -> None:
    found = verdicts(tmp_path, Shown(), until_s=2000)
    assert set(found.values()) == {Verdict.INCONCLUSIVE}


def test_without_a_proven_cause_nothing_is_decided(tmp_path: Path) -> None:
    found = verdicts(tmp_path, IN_TIME, doubt="the rotor turned")
    assert set(found.values()) == {Verdict.INCONCLUSIVE}
    nothing = verdicts(tmp_path / "2", Shown(), doubt="the rotor turned")
    assert set(nothing.values()) == {Verdict.INCONCLUSIVE}


@pytest.mark.parametrize(
    "beep",
    [sound(RAISED_S, (1250,), 500), sound(RAISED_S, (700, 1250))],
    ids=["a beep", "other tones"],
)
def test_another_sound_is_not_this_alarm(tmp_path: Path, beep: Sound) -> None:
    found = verdicts(tmp_path, replace(IN_TIME, sounds=(beep,)))
    assert found == {**ALL_PASS, "011": Verdict.FAIL, "012": Verdict.FAIL}


def test_two_tones_that_are_too_short_fail_the_pattern_alone(tmp_path: Path) -> None:
    short = sound(RAISED_S, ms=1000)
    found = verdicts(tmp_path, replace(IN_TIME, sounds=(short,)))
    assert found == {**ALL_PASS, "012": Verdict.FAIL}


def test_another_unanswered_alarm_may_have_made_the_sound(tmp_path: Path) -> None:
    beep = sound(RAISED_S + 5, (1250,), 500)
    both = Alarm.MOTOR_STALL | Alarm.LOW_RESERVOIR
    heard = (sound(RAISED_S), beep)
    shown = replace(IN_TIME, sounds=heard, unacknowledged=both)
    found = verdicts(tmp_path, shown)
    assert found == {**ALL_PASS, "012": Verdict.INCONCLUSIVE}


def test_sounds_after_another_alarm_was_raised_are_not_its_own(tmp_path: Path) -> None:
    events = (event(RAISED_S), event(RAISED_S + 60, Alarm.LOW_RESERVOIR))
    beep = sound(RAISED_S + 61, (1250,), 500)
    shown = replace(IN_TIME, events=events, sounds=(sound(RAISED_S), beep))
    assert verdicts(tmp_path, shown) == ALL_PASS


@pytest.mark.parametrize(
    "other",
    [entry(RAISED_S, Alarm.LOW_RESERVOIR), entry(RAISED_S, name="ALARM_ACKNOWLEDGED")],
    ids=["another alarm", "another event"],
)
def test_another_entry_is_not_this_alarm(tmp_path: Path, other: LogEntry) -> None:
    found = verdicts(tmp_path, replace(IN_TIME, entries=(other,)))
    assert found == {**ALL_PASS, "010": Verdict.FAIL}


def test_what_was_there_before_watching_does_not_count(tmp_path: Path) -> None:
    old = LogEntry(7, 0, 0, "ALARM_RAISED", 4)
    shown = Shown((event(0),), (old,), (sound(0),))
    with watched(tmp_path, shown) as (channels, bench):
        bench.run_for(seconds(10))
        assert [*channels.entries(), *channels.sounds(), *channels.events()] == []
        assert channels.seen() is Alarm.NONE


def test_waiting_ends_when_all_channels_have_shown_it(tmp_path: Path) -> None:
    shown = replace(IN_TIME, entries=(entry(RAISED_S + 90),))
    with watched(tmp_path, shown) as (channels, bench):
        bench.run_for(seconds(1001))
        with channels.watching(seconds(60)):
            assert channels.wait_for(STALL, CAUSED)
        assert RAISED_S + 90 <= bench.now_ns() / S <= RAISED_S + 150


def test_waiting_for_what_never_comes_ends_after_its_deadline(tmp_path: Path) -> None:
    with watched(tmp_path, Shown()) as (channels, bench):
        bench.run_for(seconds(1001))
        with channels.watching(seconds(60)):
            assert not channels.wait_for(STALL, CAUSED)
        assert LATEST_S < bench.now_ns() / S < LATEST_S + 1200


def test_only_the_tones_of_its_priority_are_heard_for_an_alarm(tmp_path: Path) -> None:
    beep, pair = sound(5, (1250,), 500), sound(6)
    shown = Shown(sounds=(beep, pair, sound(7, (2000,), 200)))
    with watched(tmp_path, shown) as (channels, bench):
        bench.run_for(seconds(10))
        assert channels.heard(STALL, 0) == [pair]
        assert channels.heard(LOW, 0) == [beep]
        assert channels.heard(LOW, 6 * S) == []


@pytest.mark.parametrize("hears", [False, None], ids=["deaf", "no sounder"])
def test_what_a_deaf_listener_did_not_hear_is_held_against_nobody(
    tmp_path: Path, hears: bool | None
) -> None:
    silent = replace(IN_TIME, sounds=())
    found = verdicts(tmp_path / "deaf", silent, hears=hears)
    assert found["011"] is Verdict.INCONCLUSIVE
    assert verdicts(tmp_path / "hearing", silent)["011"] is Verdict.FAIL


def test_a_reference_sound_hides_no_other(tmp_path: Path) -> None:
    late = replace(IN_TIME, sounds=(sound(10.0),))
    with watched(tmp_path, late) as (channels, bench):
        bench.run_for(seconds(9))
        assert channels.hears()
        bench.run_for(seconds(9))
        assert [each.t_ns for each in channels.sounds()] == [10 * S]
