"""The pump's clock and log: do they tell the time as the bench does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from fixtures.procedures import spans
from fixtures.procedures.alarm_moments import ClockReading, Moment
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, bracketed
from harness.readings import Alarm, BolusDecision, LogEntry, PatientBolusReading
from harness.roles import (
    AlarmLog,
    Bolus,
    ClockSetting,
    DrugRecord,
    FlowClamp,
    InfusionPump,
    PatientBolus,
    Refillable,
)
from harness.units import NS_PER_S, TIME, Quantity, magnitude, ureg
from test_plans.implanted import pump_clock as clocks
from test_plans.implanted import refill_procedure
from test_plans.implanted.alarm_channels import LOG

_DAY_S = 86_400
# So long before a midnight the first command is given.
_EVE_S = 2_400


@pytest.mark.procedure(rate="mL/day", duration="s")
def test_clock_rate(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    pump_clock: ClockSetting,
) -> None:
    """Let a delivering pump's clock run for days beside the bench's."""
    limit = case.limit("ITB-CLK-001")

    clamp.set_closed(False)
    pump.start_continuous(case.numbers["rate"])
    first = clocks.read(bench, pump_clock, case.profile)
    bench.run_for(case.numbers["duration"])
    second = clocks.read(bench, pump_clock, case.profile)
    pump.stop()

    case.judge(limit, clocks.rate(first, second))


@dataclass(frozen=True, slots=True)
class Entered:
    """A command and what the log has of it.

    Attributes:
        command: in words.
        when: it was given.
        entries: its log entries; none if it left none.
        detail: what each must say of the command; None where it says nothing.
    """

    command: str
    when: Moment
    entries: tuple[LogEntry, ...]
    detail: int | None = None

    @property
    def is_right(self) -> bool:
        """Whether every entry says what was commanded."""
        return self.detail is None or all(e.detail == self.detail for e in self.entries)


class Logbook:
    """Gives commands, and looks behind each what the log has of it.

    Args:
        bench: owner of time.
        alarm_log: the pump, for its log.
        latest: how long after a command its entry may come.
    """

    def __init__(self, bench: Bench, alarm_log: AlarmLog, latest: Quantity) -> None:
        self._bench = bench
        self._alarm_log = alarm_log
        self._latest = latest
        self.entered: list[Entered] = []

    def give(
        self,
        command: str,
        event: str,
        act: Callable[[], object],
        detail: int | None = None,
    ) -> None:
        """Do something that must leave an entry of an event.

        Args:
            command: in words.
            event: of the entry.
            act: gives the command.
            detail: a rate in nL/h, a volume in nL or a concentration in ng/mL; None
                where it is not looked at.
        """
        first = 1 + max((e.index for e in self._alarm_log.read_log()), default=-1)
        when = Moment(*spans.timed(self._bench, act))
        self._bench.run_for(self._latest)
        entries = tuple(
            entry for entry in self._alarm_log.read_log(first) if entry.event == event
        )
        self.entered.append(Entered(command, when, entries, detail))


@pytest.mark.procedure(rate="mL/day", volume="mL", length="s", pause="s", poll="s")
def test_logged_commands(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    refillable: Refillable,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
) -> None:
    """Give commands, and hold the times of their log entries against the bench's.

    The pump's clock is set to the eve of a day, so that a midnight comes in between:
    entries must follow the clock as it is set, and its date as it goes on.
    """
    rate, volume, length, pause = (
        case.numbers[name] for name in ("rate", "volume", "length", "pause")
    )
    latest = case.profile.quantity("log.time_agreement", TIME)
    book = Logbook(bench, alarm_log, latest)

    clamp.set_closed(False)
    shift = _until_eve(refillable.read_clock())
    if isinstance(pump, ClockSetting):
        book.give("clock", "CLOCK_SET", partial(clocks.set_on, pump, shift))
    book.give(
        "start",
        "PROGRAM_COMMITTED",
        lambda: pump.start_continuous(rate),
        _whole(rate, "nL/hour"),
    )
    bench.run_for(pause)
    book.give(
        "bolus",
        "BOLUS_START",
        lambda: bolus.start_bolus(volume, length, rate),
        _whole(volume, "nL"),
    )
    bench.run_for(pause)
    _give_settings(case, book, pump, alarm_log)
    _give_to_patient(case, book, pump, rate)
    bench.run_for(pause)
    enter = partial(refill_procedure.enter_as_low, refillable, case)
    content = case.start["reservoir"]
    book.give("refill", "REFILL", enter, _whole(content, "nL"))
    with bench.sampling(pump.read_status, case.numbers["poll"]) as telemetry:
        is_up = bench.run_until(
            lambda: Alarm.LOW_RESERVOIR in telemetry.readings[-1].alarms, pause
        )
    if is_up:
        book.give("acknowledge", "ALARM_ACKNOWLEDGED", alarm_log.acknowledge_alarms)
        bench.run_for(pause)
        refill_procedure.enter(refillable, case.profile, content)
        book.give("clear", "ALARM_CLEARED", alarm_log.clear_alarms)
    bench.run_for(pause)
    book.give("stop", "STOPPED", pump.stop)
    bench.run_for(pause)

    clock = clocks.read(bench, refillable, case.profile)
    clocks.set_on(pump, -1 * shift)
    missing = [each.command for each in book.entered if not each.entries]
    wrong = [each.command for each in book.entered if not each.is_right]
    if missing:
        never = f"not in the log: {', '.join(missing)}"
        case.judge_fact("ITB-LOG-001", False, never)
    elif wrong:
        other = f"the log says another value of: {', '.join(wrong)}"
        case.judge_fact("ITB-LOG-001", False, other)
    elif not is_up:
        none = "no alarm came that could be acknowledged"
        case.judge_fact("ITB-LOG-001", None, none)
    else:
        case.judge(case.limit("ITB-LOG-001"), worst_entry(book.entered, clock))


def _give_settings(
    case: Case, book: Logbook, pump: InfusionPump, alarm_log: AlarmLog
) -> None:
    """Set what does not change the delivery, each to what it should be."""
    intervals = (
        case.profile.quantity(f"alarm.{priority}_interval", "s")
        for priority in ("critical", "noncritical")
    )
    book.give(
        "alarm intervals",
        "ALARM_INTERVALS_SET",
        partial(alarm_log.set_alarm_intervals, *intervals),
    )
    if isinstance(pump, DrugRecord):
        concentration = case.start["concentration"]
        book.give(
            "drug",
            "DRUG_SET",
            partial(pump.set_concentration, concentration),
            _whole(concentration, "ng/mL"),
        )


def _give_to_patient(
    case: Case, book: Logbook, pump: InfusionPump, rate: Quantity
) -> None:
    """Allow the patient a bolus, and ask for it; then for one that is not allowed."""
    if "patient-bolus" in case.profile.absent or not isinstance(pump, PatientBolus):
        return
    volume, length = case.numbers["volume"], case.numbers["length"]
    volume_nl = _whole(volume, "nL")
    most = round(case.profile.count("patient_bolus.allotted_maximum"))
    answers: list[PatientBolusReading] = []

    def wish() -> None:
        answers.append(pump.request_patient_bolus())

    allow = partial(pump.set_patient_bolus, volume, length, most, length)
    book.give("patient's settings", "PATIENT_BOLUS_SET", allow, volume_nl)
    book.give("patient's bolus", "BOLUS_START", wish, volume_nl)
    book.give("patient's wish in the lockout", "PATIENT_BOLUS_REFUSED", wish)
    meant = [BolusDecision.GRANTED, BolusDecision.LOCKED_OUT]
    if [answer.decision for answer in answers] != meant:
        # Another requirement's matter; neither entry is owed.
        del book.entered[-2:]
    book.give(
        "rate in the patient's bolus",
        "PROGRAM_COMMITTED",
        partial(pump.start_continuous, rate),
        _whole(rate, "nL/hour"),
    )


def _until_eve(clock_s: int) -> Quantity:
    """How far a clock must be set on to be on the eve of a day."""
    return ureg.Quantity(float((-clock_s - _EVE_S) % _DAY_S), "s")


def _whole(value: Quantity, unit: str) -> int:
    return round(magnitude(value, unit))


def worst_entry(entered: list[Entered], clock: ClockReading) -> Measurement:
    """How much later than its command the entry is that is furthest from it."""
    apart = [
        _lateness(each.when, clock.moment(entry.clock_s))
        for each in entered
        for entry in each.entries
    ]
    return max(apart, key=lambda each: abs(magnitude(each.value, "s")))


def _lateness(given: Moment, noted: Moment) -> Measurement:
    return bracketed(
        _seconds(noted.earliest_ns - given.latest_ns),
        _seconds(noted.latest_ns - given.earliest_ns),
        LOG,
        min(given.earliest_ns, noted.earliest_ns),
        max(given.latest_ns, noted.latest_ns),
    )


def _seconds(ns: int) -> Quantity:
    return ureg.Quantity(ns / NS_PER_S, "s")
