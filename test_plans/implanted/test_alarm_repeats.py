"""How an alarm sounds again while nobody answers it, and is silent when answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest

from harness.bench import Bench
from harness.execution.case import Case
from harness.measurement import Measurement, bracketed
from harness.roles import AlarmLog, InfusionPump, PowerSwitch, Refillable
from harness.units import NS_PER_S, TIME, Quantity, magnitude, nanoseconds, ureg
from test_plans.implanted import alarm_families
from test_plans.implanted.alarm_channels import LISTENER, AlarmChannels
from test_plans.implanted.alarm_families import Family
from test_plans.implanted.alarm_moments import Moment
from test_plans.implanted.power_loss import lose_power

_SILENCED = "ITB-ALM-007"
# In intervals: time for one more repetition, and for its sound to end.
_GRACE = 1.5


@pytest.mark.procedure(interval="s", other="s", repeats="1", outage="s", poll="s")
def test_critical_repeats(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    power: PowerSwitch,
    channels: AlarmChannels,
) -> None:
    """Let a reset's alarm sound, time its repetitions, and silence it."""
    back = lose_power(bench, pump, power, case.numbers["outage"])
    alarm_log.set_alarm_intervals(case.numbers["interval"], case.numbers["other"])
    trial = _Trial(case, bench, alarm_log, channels, alarm_families.RESET)
    trial.run("ITB-ALM-005", back.when.earliest_ns)


@pytest.mark.procedure(interval="s", other="s", repeats="1", poll="s")
def test_noncritical_repeats(
    case: Case,
    bench: Bench,
    refillable: Refillable,
    alarm_log: AlarmLog,
    channels: AlarmChannels,
) -> None:
    """Let a low reservoir's alarm sound, time its repetitions, and silence it."""
    alarm_log.set_alarm_intervals(case.numbers["other"], case.numbers["interval"])
    since_ns = bench.now_ns()
    _enter_as_low(case, refillable)
    trial = _Trial(case, bench, alarm_log, channels, alarm_families.LOW)
    trial.run("ITB-ALM-006", since_ns)


def _enter_as_low(case: Case, refillable: Refillable) -> None:
    """Enter the content that is there, with the whole capacity as its threshold."""
    refillable.set_reservoir(
        case.start["reservoir"],
        case.profile.quantity("reservoir.capacity", "mL"),
        case.profile.quantity("refill.stability", TIME),
        case.profile.quantity("refill.label_maximum", TIME),
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """An alarm that nobody answers, and then somebody does."""

    case: Case
    bench: Bench
    alarm_log: AlarmLog
    channels: AlarmChannels
    family: Family

    def run(self, requirement: str, since_ns: int) -> None:
        """Time the alarm's repetitions, then answer it and listen to the silence.

        Args:
            requirement: the one on the repetitions.
            since_ns: bench time of the alarm's cause.
        """
        interval = self.case.numbers["interval"]
        wanted = round(magnitude(self.case.numbers["repeats"], "dimensionless"))
        alarm = self.family.alarm
        with self.channels.watching(self.case.numbers["poll"]):
            if not self.channels.wait_for_flag(alarm, since_ns, interval):
                for claim in (requirement, _SILENCED):
                    never = f"{self.family.name} was never raised"
                    self.case.judge_fact(claim, None, never)
                return
            self.bench.run_for((wanted + _GRACE) * interval)
            heard = self.channels.heard(self.family, since_ns)
            onsets = [self.channels.onset(sound) for sound in heard]
            self._judge_repeats(requirement, onsets, wanted)
            self.alarm_log.acknowledge_alarms()
            self._judge_silence(self.bench.now_ns())

    def _judge_repeats(
        self, requirement: str, onsets: Sequence[Moment], wanted: int
    ) -> None:
        """Judge the repetition that is furthest from its time."""
        if len(onsets) <= wanted:
            unacknowledged = self.alarm_log.read_alarms().unacknowledged
            verdict = False if self.family.alarm in unacknowledged else None
            said = f"of {wanted} repetitions {max(0, len(onsets) - 1)} were heard"
            self.case.judge_fact(requirement, verdict, said)
            return
        interval = self.case.numbers["interval"]
        apart = [_lateness(a, b, interval) for a, b in pairwise(onsets)]
        worst = max(apart, key=lambda each: abs(magnitude(each.value, "minute")))
        self.case.judge(self.case.limit(requirement), worst)

    def _judge_silence(self, since_ns: int) -> None:
        """Judge that an answered alarm is silent and stays active (ITB-ALM-007).

        A sound that had begun before the answer may end after it.
        """
        self.bench.run_for((1 + _GRACE) * self.case.numbers["interval"])
        heard = sum(
            self.channels.onset(sound).earliest_ns > since_ns
            for sound in self.channels.sounds()
        )
        active = self.family.alarm in self.alarm_log.read_alarms().active
        said = (
            f"after {self.family.name} was acknowledged, {heard} sounds were heard and"
            f" it {'stayed' if active else 'did not stay'} active"
        )
        self.case.judge_fact(_SILENCED, not heard and active, said)


def _lateness(first: Moment, second: Moment, interval: Quantity) -> Measurement:
    """How much later than after ``interval`` a sound followed another."""
    due_ns = nanoseconds(interval)
    return bracketed(
        _minutes(second.earliest_ns - first.latest_ns - due_ns),
        _minutes(second.latest_ns - first.earliest_ns - due_ns),
        LISTENER,
        first.earliest_ns,
        second.latest_ns,
    )


def _minutes(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S / 60.0, "minute")
