"""A schedule whose clock is set, and schedules that the pump must not take."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import CommandRefused, LinkViolation, PumpFinding
from harness.execution.case import Case
from harness.metrology.gravimetry import Weighing
from harness.roles import ClockSetting, InfusionPump, Schedule
from harness.units import FRACTION, VOLUME, Quantity, magnitude, nanoseconds
from test_plans.implanted import orders, steps
from test_plans.implanted.flow_changes import change_of, judge_changes, wait_until
from test_plans.implanted.phases import Phases
from test_plans.implanted.pump_calendar import Calendar, changes, read_calendar

# Two changes of rate lie in it, if a schedule has any in a day.
_LONG_ENOUGH = timedelta(days=3)


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

    run = Phases(weighing, numbers["blank"], (accuracy * slowest * beside).to(VOLUME))
    orders.give(case, bench, lambda: schedule.start_schedule(week))
    calendar = read_calendar(bench, pump_clock)
    now = calendar.date(bench.now_ns())
    begun, coming = islice(changes(week, now, now + _LONG_ENOUGH), 2)

    def mark_at(t_ns: int) -> Weighing:
        wait_until(bench, t_ns)
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


def _set_clock(
    bench: Bench, pump_clock: ClockSetting, shift: Quantity
) -> tuple[int, Calendar]:
    """Set the pump's clock on or back; return when, and its new calendar."""
    pump_clock.set_clock(pump_clock.read_clock() + round(magnitude(shift, "s")))
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
    """Give a running pump an impossible week; delivery must go on as before."""
    running_rate = case.numbers["running_rate"]
    answers: list[PumpFinding] = []
    unchanged: list[bool] = []

    def ask() -> None:
        earlier = pump.read_status()
        try:
            schedule.start_schedule(case.schedules["days"])
        except (CommandRefused, LinkViolation) as answer:
            answers.append(answer)
        later = pump.read_status()
        unchanged.append((later.mode, later.state) == (earlier.mode, earlier.state))

    change = steps.deliver_disturbed(case, bench, pump, weighing, running_rate, ask)

    kept = steps.unchanged(case, change)
    named = any(
        isinstance(answer, CommandRefused) and answer.field for answer in answers
    )
    case.judge_fact(
        "ITB-SCH-007",
        steps.holds(named and all(unchanged), kept),
        f"answer: {answers[0] if answers else 'accepted'}; programme unchanged:"
        f" {all(unchanged)}; change of flow: {kept.statement}",
    )
