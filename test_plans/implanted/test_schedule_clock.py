"""A schedule whose clock is set, and schedules that the pump must not take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from fixtures.procedures import orders, spans
from fixtures.procedures.phases import LOOKS, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import ConfigurationError
from harness.execution.case import Case
from harness.metrology.gravimetry import Weighing
from harness.roles import ClockSetting, InfusionPump, LinkTamper, Schedule
from harness.schedule import Step, WeekSchedule
from harness.units import FRACTION, VOLUME, Quantity, nanoseconds, ureg
from test_plans.implanted import pump_clock as clocks
from test_plans.implanted import refused_programme
from test_plans.implanted.flow_changes import change_of, judge_changes
from test_plans.implanted.pump_calendar import (
    Calendar,
    changes,
    midnights,
    read_calendar,
)

_WEEK = tuple(range(7))
_MIDNIGHT = (0,)
_EVENING_BEFORE_NOON = (0, 1080, 720)
# Two changes of rate lie in it, if a schedule has any in a day.
_LONG_ENOUGH = timedelta(days=3)
_A_DAY = timedelta(days=1)
_DAY = ureg.Quantity(1.0, "day")


@pytest.mark.procedure(days="schedule", shift="s", guard="s", beside="s", blank="s")
def test_clock_set(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Set the clock on within a step, and back within the next; weigh what follows.

    Forward, the next change comes sooner. Back, the old step holds again at once, and
    its change comes once more.
    """
    week, numbers = case.schedules["days"], case.numbers
    guard_ns, beside = nanoseconds(numbers["guard"]), numbers["beside"]
    accuracy = case.profile.quantity("schedule.accuracy", FRACTION)
    slowest = min(step.rate for day in week.days for step in day)

    tolerance = (accuracy * slowest * beside).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, 2 * numbers["guard"] / LOOKS)
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    calendar = read_calendar(bench, pump_clock)
    now = calendar.date(bench.now_ns())
    due = changes(week, now, now + _LONG_ENOUGH)
    begun, coming = next(due, None), next(due, None)
    if begun is None or coming is None:
        raise ConfigurationError(
            f"{case.id}: the rate must change at least twice in three days; give the"
            " days more steps"
        )

    def mark_at(t_ns: int) -> Weighing:
        spans.wait_until(bench, t_ns)
        return run.mark()

    marks = [mark_at(calendar.t_ns(begun.date) + guard_ns)]
    bench.run_for(beside)
    _, calendar = _set_clock(bench, pump_clock, numbers["shift"])
    sooner_ns = calendar.t_ns(coming.date)
    marks += [mark_at(sooner_ns + side * guard_ns) for side in (-1, 1)]
    bench.run_for(beside)
    marks.append(run.mark())
    back_ns, calendar = _set_clock(bench, pump_clock, -1 * numbers["shift"])
    marks.append(mark_at(back_ns + guard_ns))
    again_ns = calendar.t_ns(coming.date)
    marks += [mark_at(again_ns + side * guard_ns) for side in (-1, 1)]
    bench.run_for(beside)
    marks.append(run.mark())
    pump.stop()
    run.close()

    on = change_of(run, sooner_ns, marks[0:4], coming.old, coming.new)
    back = change_of(run, back_ns, marks[2:6], coming.new, coming.old)
    again = change_of(run, again_ns, marks[4:8], coming.old, coming.new)
    judge_changes(case, "ITB-SCH-006", [on, back, again])


@pytest.mark.procedure(days="schedule", guard="s", beside="s", blank="s")
def test_day_set(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Set the clock on by a day and back; the pattern of that day must hold at once."""
    week, numbers = case.schedules["days"], case.numbers
    guard_ns, beside = nanoseconds(numbers["guard"]), numbers["beside"]
    accuracy = case.profile.quantity("schedule.accuracy", FRACTION)
    slowest = min(step.rate for day in week.days for step in day)

    tolerance = (accuracy * slowest * beside).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, 2 * numbers["guard"] / LOOKS)
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    calendar = read_calendar(bench, pump_clock)
    midnight = next(midnights(calendar.date(bench.now_ns())))
    spans.wait_until(bench, calendar.t_ns(midnight) + guard_ns)
    today, tomorrow = (
        week.rate_at(date.weekday(), 0.0) for date in (midnight, midnight + _A_DAY)
    )
    marks, set_ns = [run.mark()], []
    for shift in (_DAY, -1 * _DAY):
        bench.run_for(beside)
        marks.append(run.mark())
        when_ns, _ = _set_clock(bench, pump_clock, shift)
        set_ns.append(when_ns)
        bench.run_for(numbers["guard"])
        marks.append(run.mark())
    bench.run_for(beside)
    marks.append(run.mark())
    pump.stop()
    run.close()

    on = change_of(run, set_ns[0], marks[0:4], today, tomorrow)
    back = change_of(run, set_ns[1], marks[2:6], tomorrow, today)
    judge_changes(case, "ITB-SCH-006", [on, back])


def _set_clock(
    bench: Bench, pump_clock: ClockSetting, shift: Quantity
) -> tuple[int, Calendar]:
    """Set the pump's clock on or back; return when, and its new calendar."""
    clocks.set_on(pump_clock, shift)
    return bench.now_ns(), read_calendar(bench, pump_clock)


@pytest.mark.procedure(
    days="schedule", running_rate="mL/day", duration="s", blank="s", poll="s"
)
def test_schedule_refused(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    weighing: WeighingStation,
) -> None:
    """Give a running pump an impossible week; delivery must go on as before.

    Then weeks of which one day alone is impossible, for each day: a limit that is held
    on Mondays alone refuses the first.
    """
    week = case.schedules["days"]
    weeks = (week, *(_only_on(day, week, case) for day in _WEEK))

    def ask() -> None:
        commands = [partial(schedule.start_schedule, each) for each in weeks]
        refused_programme.all_refused(commands, "rate")

    outcome = refused_programme.ask(case, bench, pump, weighing, ask)
    case.judge_fact("ITB-SCH-007", outcome.is_refusal("rate"), str(outcome))


def _only_on(day: int, week: WeekSchedule, case: Case) -> WeekSchedule:
    """A week of a constant rate, but for one day that is another week's."""
    plain = (Step(0, case.numbers["running_rate"]),)
    return WeekSchedule(tuple(week.days[d] if d == day else plain for d in _WEEK))


@pytest.mark.procedure(running_rate="mL/day", duration="s", blank="s", poll="s")
def test_too_many_steps(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    weighing: WeighingStation,
) -> None:
    """Give a running pump a week of days with one step more than it can hold."""
    most = round(case.profile.count("schedule.steps_per_day"))
    _judge_week(case, bench, pump, tamper, weighing, _WEEK, range(most + 1))


@pytest.mark.procedure(running_rate="mL/day", duration="s", blank="s", poll="s")
def test_steps_out_of_order(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    weighing: WeighingStation,
) -> None:
    """Give a running pump a week of days whose steps overlap: evening before noon."""
    _judge_week(case, bench, pump, tamper, weighing, _WEEK, _EVENING_BEFORE_NOON)


@pytest.mark.procedure(running_rate="mL/day", duration="s", blank="s", poll="s")
def test_days_out_of_order(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    weighing: WeighingStation,
) -> None:
    """Give a running pump a week that begins with its second day."""
    days = (*_WEEK[1:], _WEEK[0])
    _judge_week(case, bench, pump, tamper, weighing, days, _MIDNIGHT)


def _judge_week(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    tamper: LinkTamper,
    weighing: WeighingStation,
    days: Sequence[int],
    minutes: Sequence[int],
) -> None:
    """Send a week that must be refused for its steps or days (ITB-SCH-007)."""

    def ask() -> None:
        tamper.send_week(days, minutes, case.numbers["running_rate"])

    outcome = refused_programme.ask(case, bench, pump, weighing, ask)
    field = "steps" if days == _WEEK else "day"
    case.judge_fact("ITB-SCH-007", outcome.is_refusal(field), str(outcome))
