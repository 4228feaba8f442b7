"""How an alarm goes on while nobody answers it, and what answering it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fixtures.procedures import spans
from fixtures.procedures.alarm_moments import Cause, Moment
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, bracketed
from harness.readings import Alarm
from harness.roles import AlarmLog, InfusionPump
from harness.units import NS_PER_S, TIME, Quantity, magnitude, nanoseconds, ureg
from test_plans.implanted.alarm_channels import DEAF, LISTENER, AlarmChannels
from test_plans.implanted.alarm_families import Family
from test_plans.implanted.alarm_sounds import CRITICAL

_LASTS, _AGAIN, _SILENCED = "ITB-ALM-002", "ITB-ALM-003", "ITB-ALM-007"
_REPEATS = {True: "ITB-ALM-005", False: "ITB-ALM-006"}
# In intervals: time for one more repetition, and for its sound to end.
_GRACE = 1.5
# A status report shows an alarm between its repetitions too.
_LOOKS = 20
_OFTEN = ureg.Quantity(1.0, "minute")


@dataclass(frozen=True, slots=True)
class Answers:
    """An alarm that was raised, and somebody who answers it, or does not.

    Attributes:
        case: the case; it claims what is judged.
        bench: owner of time.
        alarm_log: the pump, for its alarms.
        channels: what the alarm shows.
        family: the alarm.
    """

    case: Case
    bench: Bench
    alarm_log: AlarmLog
    channels: AlarmChannels
    family: Family

    def judge(self, cause: Cause, *, lasts: bool = True) -> None:
        """Leave the alarm alone, silence it, and try to clear it.

        Args:
            cause: of the alarm.
            lasts: whether it is still there; one that has passed may be cleared.
        """
        is_critical = self.family.priority(self.case.profile) == CRITICAL
        if cause.doubt or not self.channels.flag_moments(self.family.alarm):
            why = cause.doubt or f"{self.family.name} was never raised"
            also = (_LASTS,) if lasts else ()
            for claim in (_REPEATS[is_critical], _SILENCED, *also):
                self.case.judge_fact(claim, None, why)
            return
        critical, other = (
            self.case.profile.quantity(f"alarm.{key}_interval", TIME)
            for key in ("critical", "noncritical")
        )
        interval = critical if is_critical else other
        with self.channels.watching(max(interval / _LOOKS, _OFTEN)):
            self.alarm_log.set_alarm_intervals(critical, other)
            if self.channels.heard(self.family, cause.when.earliest_ns):
                self.leave(_REPEATS[is_critical], self.bench.now_ns(), interval, 1)
            else:
                never = f"{self.family.name} was never heard, so nothing came again"
                self.case.judge_fact(_REPEATS[is_critical], None, never)
            self.silence((1 + _GRACE) * interval, cause.when.earliest_ns, lasts=lasts)
            if lasts:
                self.clear()

    def leave(
        self, requirement: str, since_ns: int, interval: Quantity, wanted: int
    ) -> None:
        """Time the alarm's repetitions.

        Args:
            requirement: the one on the repetitions.
            since_ns: bench time before which no sound counts.
            interval: that is programmed.
            wanted: how many repetitions to wait for.
        """
        self.bench.run_for((wanted + _GRACE) * interval)
        heard = self.channels.heard(self.family, since_ns)
        onsets = [self.channels.onset(sound) for sound in heard]
        if len(onsets) <= wanted:
            unacknowledged = self.alarm_log.read_alarms().unacknowledged
            verdict = False if self.family.alarm in unacknowledged else None
            said = f"of {wanted} repetitions {max(0, len(onsets) - 1)} were heard"
            self.case.judge_fact(requirement, verdict, said)
        else:
            worst = _furthest(onsets, interval)
            self.case.judge(self.case.limit(requirement), worst)

    def silence(self, quiet: Quantity, since_cause_ns: int, *, lasts: bool) -> None:
        """Acknowledge the alarm; it must be silent and stay active (ITB-ALM-007).

        A sound that had begun before the answer may end after it; of an alarm that was
        never heard, no silence was brought about.
        """
        if not self.channels.heard(self.family, since_cause_ns):
            mute = f"{self.family.name} was never heard before it was acknowledged"
            self.case.judge_fact(_SILENCED, None, mute)
            return
        if lasts and not self.is_active():
            gone = f"{self.family.name} was gone before it was acknowledged"
            self.case.judge_fact(_SILENCED, None, gone)
            return
        self.alarm_log.acknowledge_alarms()
        since_ns = self.bench.now_ns()
        self.bench.run_for(quiet)
        heard = sum(
            self.channels.onset(sound).earliest_ns > since_ns
            for sound in self.channels.sounds()
        )
        active = self.is_active()
        said = (
            f"after {self.family.name} was acknowledged, {heard} sounds were heard and"
            f" it {'stayed' if active else 'did not stay'} active"
        )
        others = self.alarm_log.read_alarms().unacknowledged & ~self.family.alarm
        if active and not heard and not self.channels.hears():
            self.case.judge_fact(_SILENCED, None, DEAF)
        elif heard and others is not Alarm.NONE:
            self.case.judge_fact(_SILENCED, None, f"{said}, perhaps for {others.name}")
        else:
            self.case.judge_fact(_SILENCED, not heard and active, said)

    def clear(self) -> None:
        """Try to clear the alarm, whose cause lasts (ITB-ALM-002)."""
        kept = self.is_active()
        self.alarm_log.clear_alarms()
        stays = self.is_active()
        said = (
            f"{self.family.name} {'lasted' if kept else 'went'}, and"
            f" {'stayed' if stays else 'was gone'} when it was cleared, its cause"
            " present"
        )
        self.case.judge_fact(_LASTS, kept and stays, said)

    def restart(
        self,
        pump: InfusionPump,
        rate: Quantity,
        doubt_since: Callable[[Moment], str] = lambda _: "",
    ) -> None:
        """Start the pump into the same cause; it must alarm again (ITB-ALM-003).

        An alarm that never sounded is the finding of another requirement.

        Args:
            pump: the pump.
            rate: at which it is started.
            doubt_since: says why the cause may not have lasted since the new start; ""
                where that is proven.
        """
        sounded = bool(self.channels.heard(self.family, 0))
        self.alarm_log.acknowledge_alarms()
        pump.stop()
        again = Moment(*spans.timed(self.bench, lambda: pump.start_continuous(rate)))
        self.channels.wait_for(self.family, again)
        told = any(
            self.family.alarm in event.raised and event.t_ns >= again.earliest_ns
            for event in self.channels.events()
        )
        heard = len(self.channels.heard(self.family, again.earliest_ns))
        said = (
            f"after a new start, {self.family.name} was"
            f" {'raised' if told else 'not raised'} again and sounded {heard} times"
        )
        heard_again = heard > 0 if sounded or heard else None
        doubt = doubt_since(again)
        holds = None if doubt else told and heard_again
        self.case.judge_fact(_AGAIN, holds, doubt or said)

    def is_active(self) -> bool:
        """Ask the pump whether the alarm is active."""
        return self.family.alarm in self.alarm_log.read_alarms().active


def _furthest(onsets: Sequence[Moment], interval: Quantity) -> Measurement:
    """The repetition that is furthest from its time."""
    apart = [lateness(a, b, interval) for a, b in pairwise(onsets)]
    return max(apart, key=lambda each: abs(magnitude(each.value, "minute")))


def lateness(first: Moment, second: Moment, interval: Quantity) -> Measurement:
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
