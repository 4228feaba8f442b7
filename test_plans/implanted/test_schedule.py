"""The day schedule by weight: its steps, their times, days, weeks and midnights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import accumulate, islice

import pytest

from fixtures.procedures import curves, orders, spans
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import LOOKS, Phase, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import ConfigurationError
from harness.execution.case import Case
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.measurement import Measurement, error_percent, ratio
from harness.readings import PumpMode, PumpReading, WeightReading
from harness.roles import InfusionPump, Refillable, Schedule
from harness.schedule import MINUTES_A_DAY, Step, WeekSchedule
from harness.units import (
    FLOW,
    FRACTION,
    NS_PER_S,
    VOLUME,
    Quantity,
    magnitude,
    nanoseconds,
    ureg,
)
from test_plans.implanted import doses
from test_plans.implanted.flow_changes import (
    Change,
    change_of,
    judge_changes,
)
from test_plans.implanted.pump_calendar import (
    Calendar,
    StepChange,
    changes,
    midnights,
    read_calendar,
)
from test_plans.implanted.tally import Tally

# A rate is told in whole nL/h, however it is rounded.
_ROUNDED_NL_PER_H = 1.5
_NONE = ureg.Quantity(0.0, VOLUME)


@pytest.mark.procedure(days="schedule", watched="s", guard="s", blank="s")
def test_day_schedule(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Weigh each step between guards, and find each change of rate by weight.

    At each of these times the pump must tell the rate that is then in force. Another
    week runs before, of which nothing may be left.
    """
    by_flow = case.limit("ITB-SCH-001")
    week, guard = case.schedules["days"], case.numbers["guard"]

    tolerance = _tolerance(case, _least_step(week))
    run = Phases(weighing, case.numbers["blank"], tolerance, 2 * guard / LOOKS)
    tally = Tally(case, pump)
    schedule.start_schedule(_turned(week))
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    calendar = read_calendar(bench, refillable)
    now = calendar.date(bench.now_ns())
    first = now + timedelta(seconds=magnitude(guard, "s"))
    last = now + timedelta(seconds=magnitude(case.numbers["watched"], "s"))
    due = list(changes(week, first, last))
    marks: list[Weighing] = []
    told: list[PumpReading] = []
    for each in due:
        for side in (-1, 1):
            beside_ns = calendar.t_ns(each.date) + side * nanoseconds(guard)
            marks.append(_mark_at(bench, run, beside_ns))
            told.append(pump.read_status())
    pump.stop()
    after = run.close()

    found = [
        _change(run, calendar, each, marks[2 * number - 1 : 2 * number + 3])
        for number, each in enumerate(due[1:-1], start=1)
    ]
    if not found:
        raise ConfigurationError(
            f"{case.id}: the rate changes fewer than three times while it is watched;"
            " watch longer, or give the days more steps"
        )
    slowest = _slowest(week)
    errors = [_error(each.before, each.old, slowest) for each in found]
    errors += [_error(each.after, each.new, slowest) for each in found[-1:]]
    case.judge(by_flow, worst(by_flow, errors))
    judge_changes(case, "ITB-SCH-002", found)
    _judge_told(case, week, calendar, told)
    tally.judge(run, after, phases=len(found))


@pytest.mark.procedure(days="schedule", count="1", guard="s", beside="s", blank="s")
def test_midnights(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Weigh round midnights, at which the next day's pattern begins."""
    week, numbers = case.schedules["days"], case.numbers
    guard_ns, beside_ns = (nanoseconds(numbers[n]) for n in ("guard", "beside"))
    offsets = (-guard_ns - beside_ns, -guard_ns, guard_ns, guard_ns + beside_ns)

    tolerance = _tolerance(case, _least_step(week))
    run = Phases(weighing, numbers["blank"], tolerance, 2 * numbers["guard"] / LOOKS)
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    calendar = read_calendar(bench, refillable)
    first = calendar.date(bench.now_ns() - offsets[0])
    count = round(magnitude(numbers["count"], "dimensionless"))
    ahead = timedelta(days=count + 1)
    dates = set(islice(midnights(first), count))
    due = [each for each in changes(week, first, first + ahead) if each.date in dates]
    marks = [
        [_mark_at(bench, run, calendar.t_ns(each.date) + offset) for offset in offsets]
        for each in due
    ]
    pump.stop()
    run.close()

    found = [_change(run, calendar, *pair) for pair in zip(due, marks, strict=True)]
    judge_changes(case, "ITB-SCH-005", found)


@pytest.mark.procedure(days="schedule", count="1", poll="s", blank="s")
def test_weeks(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Follow a schedule for weeks; weigh each day, and the whole."""
    by_week, by_day = case.limit("ITB-SCH-003"), case.limit("ITB-SCH-004")
    week, numbers = case.schedules["days"], case.numbers
    count = round(magnitude(numbers["count"], "dimensionless"))

    tolerance = _tolerance(case, _least_day(week))
    run = Phases(weighing, numbers["blank"], tolerance, numbers["poll"])
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    calendar = read_calendar(bench, refillable)
    now = calendar.date(bench.now_ns())
    marks = [
        _mark_at(bench, run, calendar.t_ns(midnight))
        for midnight in islice(midnights(now), count + 1)
    ]
    pump.stop()
    after = run.close()

    days = [
        (day, _programmed(week, calendar, day)) for day in doses.in_turn(run, marks)
    ]
    course = run.course(marks[0], marks[-1])
    _draw(case, weighing, course, (run.before, after), days)
    errors = [error_percent(day.volume, volume) for day, volume in days]
    case.judge(by_day, worst(by_day, errors))
    programmed = sum((volume for _, volume in days), start=_NONE)
    whole = run.between(marks[0], marks[-1], phases=count).volume
    case.judge(by_week, error_percent(whole, programmed))


def _turned(week: WeekSchedule) -> WeekSchedule:
    """A week with the same times, and on each day the rates in turned order."""
    return WeekSchedule(
        tuple(
            tuple(
                Step(step.minute, other.rate)
                for step, other in zip(day, reversed(day), strict=True)
            )
            for day in week.days
        )
    )


def _judge_told(
    case: Case, week: WeekSchedule, calendar: Calendar, told: Sequence[PumpReading]
) -> None:
    """Judge whether every report tells the rate of its time (ITB-STA-003)."""
    wrong = []
    for report in told:
        date = calendar.date(report.t_ns)
        rate = week.rate_at(date.weekday(), 60.0 * date.hour + date.minute)
        off_nl_per_h = report.rate_nl_per_h - magnitude(rate, "nL/hour")
        if (
            report.mode is not PumpMode.SCHEDULE
            or abs(off_nl_per_h) > _ROUNDED_NL_PER_H
        ):
            wrong.append(
                f"at {date:%H:%M} {report.mode.value}, {report.rate_nl_per_h} nL/h"
            )
    case.judge_fact(
        "ITB-STA-003",
        not wrong,
        f"{len(told)} reports; of another rate than the schedule's:"
        f" {'; '.join(wrong[:3]) or 'none'}",
    )


def _mark_at(bench: Bench, run: Phases, t_ns: int) -> Weighing:
    spans.wait_until(bench, t_ns)
    return run.mark()


def _change(
    run: Phases, calendar: Calendar, due: StepChange, marks: Sequence[Weighing]
) -> Change:
    return change_of(run, calendar.t_ns(due.date), marks, due.old, due.new)


def _programmed(week: WeekSchedule, calendar: Calendar, phase: Phase) -> Quantity:
    marks = (phase.start, phase.end)
    return week.volume_between(*(calendar.date(mark.plateau.t_ns) for mark in marks))


def _tolerance(case: Case, least: Quantity) -> Quantity:
    accuracy = case.profile.quantity("schedule.accuracy", FRACTION)
    tolerance: Quantity = (accuracy * least / 2).to(VOLUME)
    return tolerance


def _error(phase: Phase, rate: Quantity, slowest: Quantity) -> Measurement:
    """How far the flow of a step is from its rate, in percent of that.

    A pause has no rate of which to take a share: what comes in it counts as a share of
    the slowest rate.
    """
    if rate.magnitude > 0.0:
        return error_percent(phase.flow, rate)
    return ratio(phase.flow, slowest, "percent")


def _slowest(week: WeekSchedule) -> Quantity:
    """The lowest rate of any step that is no pause."""
    rates = (step.rate for day in week.days for step in day)
    return min(rate for rate in rates if rate.magnitude > 0.0)


def _least_step(week: WeekSchedule) -> Quantity:
    """The smallest volume of any step that is no pause."""
    volumes = (volume for day in week.days for volume in _volumes(day))
    return min(volume for volume in volumes if volume.magnitude > 0.0)


def _least_day(week: WeekSchedule) -> Quantity:
    """The smallest volume of any day."""
    return min(sum(_volumes(day), start=_NONE) for day in week.days)


def _volumes(day: Sequence[Step]) -> Iterator[Quantity]:
    ends = [*(step.minute for step in day[1:]), MINUTES_A_DAY]
    for step, end in zip(day, ends, strict=True):
        yield (step.rate * ureg.Quantity(end - step.minute, "minute")).to(VOLUME)


def _draw(
    case: Case,
    weighing: WeighingStation,
    readings: Sequence[WeightReading],
    blanks: tuple[Blank, Blank],
    days: Sequence[tuple[Phase, Quantity]],
) -> None:
    """Keep for the report what was delivered and what was programmed, day by day."""
    zero_ns = days[0][0].start.plateau.t_ns
    times = [(reading.t_ns - zero_ns) / NS_PER_S for reading in readings]
    absolute = weighing.volumes_ml(readings, *blanks)
    volumes = [volume - absolute[0] for volume in absolute]
    ends = [(day.end.plateau.t_ns - zero_ns) / NS_PER_S for day, _ in days]
    programmed = accumulate(magnitude(volume, VOLUME) for _, volume in days)
    for name, unit, points in (
        ("delivered", VOLUME, list(zip(times, volumes, strict=True))),
        ("programmed", VOLUME, [(0.0, 0.0), *zip(ends, programmed, strict=True)]),
        ("flow", FLOW, curves.flow_curve(times, volumes)),
    ):
        case.series(name, unit, points, origin_ns=zero_ns)
