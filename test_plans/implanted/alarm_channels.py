"""All channels of an alarm at once: flag and message, log, and what a listener hears.

Every channel stands on the bench's clock, and is judged against the physical cause. An
alarm that shows before its cause is none, nor is a sound of another pattern; and what
does not show counts against the pump only if the cause was proved and the deadline has
passed while somebody watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fixtures.hearing import Ears
from fixtures.procedures import alarm_moments
from fixtures.procedures.alarm_moments import Cause, ClockReading, Moment
from harness.bench import Bench, Sampler
from harness.execution.case import Case
from harness.judging import Limit
from harness.plans.profile import Profile
from harness.readings import Alarm, AlarmEvent, LogEntry, PumpReading, Sound
from harness.roles import AlarmLog, InfusionPump, Refillable
from harness.units import NS_PER_S, Quantity, nanoseconds, ureg
from test_plans.implanted import pump_clock
from test_plans.implanted.alarm_families import ALL, Family
from test_plans.implanted.alarm_sounds import in_words, pattern_of

LINK = "pump link"
LOG = "pump's log"
LISTENER = "alarm listener"
DEAF = "nothing was heard, not even a reference sound: check listener and sounder"
# How much longer than its deadline a missing alarm is waited for.
_PATIENCE = 1.02
# A cause that the pump tells itself is known later than it began.
_JUST_BEFORE_NS = 2 * NS_PER_S
_GRACE = ureg.Quantity(10.0, "minute")


class AlarmChannels:
    """Watches a pump's alarms from now on; what was there before does not count.

    Messages and sounds are handed over once, so nobody else may take them meanwhile.

    Args:
        bench: owner of time.
        pump: the pump, for its status and its alarms.
        alarm_log: the same pump, for its messages and its log.
        clock: the same pump, for its clock.
        ears: what hears its sounds.
        profile: what the pump's model specifies.
    """

    def __init__(
        self,
        bench: Bench,
        pump: InfusionPump,
        alarm_log: AlarmLog,
        clock: Refillable,
        ears: Ears,
        profile: Profile,
    ) -> None:
        self._bench = bench
        self._pump = pump
        self._alarm_log = alarm_log
        self._clock = clock
        self._ears = ears
        self._profile = profile
        self._began_ns = bench.now_ns()
        self._samplers: list[Sampler[PumpReading]] = []
        self._events: list[AlarmEvent] = []
        self._sounds: list[Sound] = []
        alarm_log.take_alarm_events()
        ears.listener.take_sounds()
        self._first = 1 + max((e.index for e in alarm_log.read_log()), default=-1)

    @contextmanager
    def watching(self, every: Quantity) -> Iterator[Sampler[PumpReading]]:
        """Ask for the pump's status ``every`` so often while the block runs."""
        with self._bench.sampling(self._pump.read_status, every) as sampler:
            self._samplers.append(sampler)
            yield sampler

    # --- what has shown ----------------------------------------------------------

    def events(self) -> Sequence[AlarmEvent]:
        """Every message so far."""
        self._events += self._alarm_log.take_alarm_events()
        return self._events

    def sounds(self) -> Sequence[Sound]:
        """Every sound so far that has ended."""
        self._sounds += self._ears.listener.take_sounds()
        return self._sounds

    def hears(self) -> bool:
        """Tell whether silence means anything: whether a reference sound is heard."""
        proved, others = self._ears.prove(self._bench)
        self._sounds += others
        return proved

    def entries(self) -> list[LogEntry]:
        """Every log entry so far."""
        return self._alarm_log.read_log(self._first)

    def seen(self) -> Alarm:
        """Every alarm that a message or a status report has shown."""
        alarms = Alarm.NONE
        for event in self.events():
            alarms |= event.raised | event.active
        for reading in self._readings():
            alarms |= reading.alarms
        return alarms

    def flag_moments(self, alarm: Alarm) -> list[Moment]:
        """Each time that an alarm was raised, by message or by status report."""
        by_status = alarm_moments.flagged(alarm, self._began_ns, self._readings())
        return alarm_moments.told(alarm, self.events()) + by_status

    def log_moments(self, chosen: Callable[[LogEntry], bool]) -> list[Moment]:
        """The bench times of the entries that are chosen."""
        return alarm_moments.logged(filter(chosen, self.entries()), self.read_clock())

    def read_clock(self) -> ClockReading:
        """Read the pump's clock beside the bench's."""
        return pump_clock.read(self._bench, self._clock, self._profile)

    def onset(self, sound: Sound) -> Moment:
        """When a sound began."""
        return alarm_moments.onset(sound, self._ears.hearing)

    def heard(self, family: Family, since_ns: int) -> list[Sound]:
        """The sounds with the tones of an alarm, from a bench time on."""
        wanted = pattern_of(family.priority(self._profile), self._profile)
        return [
            sound
            for sound in self.sounds()
            if wanted.has_tones(sound) and self.onset(sound).latest_ns >= since_ns
        ]

    # --- waiting -----------------------------------------------------------------

    def wait_for_flag(self, alarm: Alarm, since_ns: int, at_most: Quantity) -> bool:
        """Let time pass until the pump says that it has raised an alarm.

        Args:
            alarm: the alarm.
            since_ns: bench time before which it does not count.
            at_most: from now.
        """
        return self._bench.run_until(lambda: self._is_told(alarm, since_ns), at_most)

    def wait_for(self, family: Family, cause: Moment) -> bool:
        """Let time pass until every channel has shown an alarm, or is overdue.

        Returns:
            Whether the pump has said that it raised it.
        """
        end_ns = cause.latest_ns + self._patience_ns(family)
        since_ns = cause.earliest_ns
        is_up = self.wait_for_flag(family.alarm, since_ns, self._until(end_ns))

        def all_shown() -> bool:
            return bool(self.heard(family, since_ns)) and self._is_logged(family, cause)

        self._bench.run_until(all_shown, self._until(end_ns))
        return is_up

    # --- judging -----------------------------------------------------------------

    def judge(self, case: Case, family: Family, cause: Cause) -> None:
        """Judge all four channels of an alarm."""
        self.judge_flag(case, family, cause)
        self.judge_outputs(case, family, cause)

    def judge_outputs(self, case: Case, family: Family, cause: Cause) -> None:
        """Judge what goes with the flag: log entry, sound, pattern."""
        self.judge_log(case, family, cause)
        self.judge_sound(case, family, cause)
        self.judge_pattern(case, family, cause)

    def judge_flag(self, case: Case, family: Family, cause: Cause) -> None:
        """Judge when the alarm was raised (-001)."""
        moments = self.flag_moments(family.alarm)
        never = f"{family.name} was never raised"
        cause = self._unless_early(family, cause)
        if not cause.doubt and self._is_told_and_not_reported(family, cause.when):
            unseen = f"{family.name} was told, and no status report has shown it"
            case.judge_fact(family.flag, False, unseen)
            return
        self.judge_delay(case, case.limit(family.flag), cause, moments, LINK, never)

    def judge_log(self, case: Case, family: Family, cause: Cause) -> None:
        """Judge the time of its log entry (-010)."""
        moments = self.log_moments(self._is_log_of(family))
        never = f"{family.name} is not in the log by itself"
        cause = self._unless_early(family, cause)
        self.judge_delay(case, case.limit(family.log), cause, moments, LOG, never)

    def judge_sound(self, case: Case, family: Family, cause: Cause) -> None:
        """Judge when it was heard (-011)."""
        # Before the cause another alarm of the same priority may have sounded.
        heard = self.heard(family, cause.when.earliest_ns)
        moments = [self.onset(sound) for sound in heard]
        never = f"{family.name} was never heard with the tones of its priority"
        limit = case.limit(family.sound)
        cause = self._unless_early(family, cause)
        if not moments and not cause.doubt:
            if self.heard(family, cause.when.earliest_ns - _JUST_BEFORE_NS):
                before = f"{family.name} was heard just before its cause is known"
                cause = Cause(cause.when, before)
            elif not self.hears():
                cause = Cause(cause.when, DEAF)
        self.judge_delay(case, limit, cause, moments, LISTENER, never)

    def judge_pattern(self, case: Case, family: Family, cause: Cause) -> None:
        """Judge how it sounded (-012) from its flag on, until another one's."""
        priority = family.priority(self._profile)
        wanted = pattern_of(priority, self._profile)
        heard = self._own_sounds(family, cause.when)
        wrong = [sound for sound in heard if not wanted.fits(sound)]
        said = f"the {priority} pattern is {wanted}; heard"
        if cause.doubt or not heard:
            why = cause.doubt or "nothing"
            case.judge_fact(family.pattern, None, f"{said}: {why}")
        elif not wrong:
            every = f"{said} {len(heard)} times, as {in_words(heard[0])}"
            case.judge_fact(family.pattern, True, every)
        else:
            others = self._alarm_log.read_alarms().unacknowledged & ~family.alarm
            is_its_own = others is Alarm.NONE
            other = "" if is_its_own else f", perhaps for {others.name}"
            case.judge_fact(
                family.pattern,
                False if is_its_own else None,
                f"{said} {in_words(wrong[0])}{other}",
            )

    def judge_delay(
        self,
        case: Case,
        limit: Limit,
        cause: Cause,
        moments: Sequence[Moment],
        instrument: str,
        never: str,
    ) -> None:
        """Judge the time from a cause to the first moment that is not before it.

        Args:
            case: the case.
            limit: what the time is held against.
            cause: from when it counts.
            moments: when a channel showed it.
            instrument: the channel.
            never: what is to be said if it did not.
        """
        shown = alarm_moments.since(cause.when, moments)
        if cause.doubt:
            case.judge_fact(limit.requirement, None, cause.doubt)
        elif shown is not None:
            case.judge(limit, alarm_moments.delay(cause.when, shown, instrument))
        elif moments:
            early = f"{never} since its cause, and was so before it"
            case.judge_fact(limit.requirement, None, early)
        elif self._is_overdue(limit, cause.when):
            case.judge_fact(limit.requirement, False, never)
        else:
            soon = f"{never}, and was not waited for until its deadline"
            case.judge_fact(limit.requirement, None, soon)

    def _unless_early(self, family: Family, cause: Cause) -> Cause:
        """Doubt the cause of an alarm that was raised before it."""
        raised = self.flag_moments(family.alarm)
        if cause.doubt or all(
            each.latest_ns >= cause.when.earliest_ns for each in raised
        ):
            return cause
        return Cause(cause.when, f"{family.name} was raised before its cause")

    def _own_sounds(self, family: Family, cause: Moment) -> list[Sound]:
        """The sounds from an alarm's flag on, until another alarm is raised."""
        raised = alarm_moments.since(cause, self.flag_moments(family.alarm))
        begin = raised or cause
        others = [
            moment.earliest_ns
            for other in ALL
            if other is not family
            for moment in self.flag_moments(other.alarm)
            if moment.earliest_ns > begin.latest_ns
        ]
        end_ns = min(others, default=self._bench.now_ns())
        return [
            sound
            for sound in self.sounds()
            if begin.earliest_ns <= self.onset(sound).latest_ns
            and self.onset(sound).earliest_ns < end_ns
        ]

    def _is_overdue(self, limit: Limit, cause: Moment) -> bool:
        if limit.upper is None:
            return False
        return self._bench.now_ns() > cause.latest_ns + nanoseconds(limit.upper)

    # --- looking -----------------------------------------------------------------

    def _readings(self) -> list[PumpReading]:
        return [each for sampler in self._samplers for each in sampler.readings]

    def _is_told(self, alarm: Alarm, since_ns: int) -> bool:
        """Look at what is new; cheap enough to be asked at every wake."""
        last = self._samplers[-1].readings[-1:] if self._samplers else []
        by_status = any(alarm in each.alarms and each.t_ns >= since_ns for each in last)
        return by_status or any(
            alarm in event.raised and event.t_ns >= since_ns for event in self.events()
        )

    def _is_told_and_not_reported(self, family: Family, cause: Moment) -> bool:
        """Tell whether only a message raised an alarm that reports should show."""
        told = alarm_moments.told(family.alarm, self.events())
        first = alarm_moments.since(cause, told)
        if first is None:
            return False
        later = [each for each in self._readings() if each.t_ns > first.latest_ns]
        return bool(later) and not any(family.alarm in each.alarms for each in later)

    def _is_log_of(self, family: Family) -> Callable[[LogEntry], bool]:
        """Choose the entries of an alarm that name no alarm which never was."""
        real = self.seen() | family.alarm

        def is_own(entry: LogEntry) -> bool:
            return family.is_in(entry) and not entry.alarms & ~real

        return is_own

    def _is_logged(self, family: Family, cause: Moment) -> bool:
        moments = self.log_moments(family.is_in)
        return alarm_moments.since(cause, moments) is not None

    def _patience_ns(self, family: Family) -> int:
        keys = (
            f"alarm.{family.key}.log_deadline",
            f"alarm.{family.key}.sound_deadline",
        )
        longest = max(self._profile.quantity(key, "s") for key in keys)
        return nanoseconds(_PATIENCE * longest + _GRACE)

    def _until(self, end_ns: int) -> Quantity:
        return ureg.Quantity(max(0, end_ns - self._bench.now_ns()), "ns")
