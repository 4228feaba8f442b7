"""The refill dates of a pump in use: short limits, a part used up, doses by the day."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from fixtures.procedures import spans
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, counted, error_percent
from harness.readings import DrugReading
from harness.roles import (
    ClockSetting,
    DrugRecord,
    FlowClamp,
    InfusionPump,
    PeriodicBolus,
    Refillable,
    Schedule,
)
from harness.units import FLOW, TIME, VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import refill_dates
from test_plans.implanted.pump_calendar import read_calendar

# By how much the clock is set on: further than any step of a calendar.
_ON_S = 40 * 86_400
_A_DAY = timedelta(days=1)


@pytest.mark.procedure(dose="µg/day", stability="day", label="day")
def test_refill_limits(
    case: Case, pump: InfusionPump, refillable: Refillable, clamp: FlowClamp
) -> None:
    """Enter a drug and a label that last differently; the earlier one must count."""
    numbers, content = case.numbers, case.start["reservoir"]
    limit = case.limit("ITB-REF-004")
    threshold = case.profile.quantity("reservoir.low_threshold", VOLUME)
    rate = (numbers["dose"] / case.start["concentration"]).to(FLOW)

    clamp.set_closed(False)
    stability, label = numbers["stability"], numbers["label"]
    refillable.set_reservoir(content, threshold, stability, label)
    running = pump.start_continuous(rate)
    reported = refill_dates.read(refillable)
    pump.stop()

    low = (content - threshold) / running
    days = min(low, stability, label).to("day")
    refill_dates.judge(case, limit, reported.refill_by, days)


@pytest.mark.procedure(delivered="mL", rate="mL/day", next_rate="mL/day")
def test_dates_in_use(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    clamp: FlowClamp,
) -> None:
    """Use a part of a refill up, then programme a rate: the rest alone must count.

    So many days are left by whatever date the pump's clock is set to.
    """
    by_low, by_limits = case.limit("ITB-REF-003"), case.limit("ITB-REF-004")
    numbers, profile = case.numbers, case.profile
    threshold = profile.quantity("reservoir.low_threshold", VOLUME)

    clamp.set_closed(False)
    start = partial(pump.start_continuous, numbers["rate"])
    started = spans.timed(bench, start)
    bench.run_for((numbers["delivered"] / numbers["rate"]).to("hour"))
    stopped = spans.timed(bench, pump.stop)
    running = pump.start_continuous(numbers["next_rate"])
    reported = refill_dates.read(refillable)
    dated = [reported.low, *_read_on_another_date(pump, refillable)]
    pump.stop()

    used = spans.between(started, stopped)
    left = case.start["reservoir"] - used.volume(numbers["rate"]).value
    low = ((left - threshold) / running).to("day")
    passed = ureg.Quantity(float(used.longest_ns), "ns")
    longest = (
        profile.quantity(f"refill.{key}", TIME) - passed
        for key in ("stability", "label_maximum")
    )
    refill_dates.judge_worst(case, by_low, [(each, low) for each in dated])
    days = min(low, *longest).to("day")
    refill_dates.judge(case, by_limits, reported.refill_by, days)


def _read_on_another_date(
    pump: InfusionPump, refillable: Refillable
) -> list[Measurement | None]:
    """The low date after the clock was set on, if it can be; it is set back."""
    if not isinstance(pump, ClockSetting):
        return []
    pump.set_clock(pump.read_clock() + _ON_S)
    reported = refill_dates.read(refillable)
    pump.set_clock(pump.read_clock() - _ON_S)
    return [reported.low]


@pytest.mark.procedure(days="schedule")
def test_schedule_dates(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    schedule: Schedule,
    refillable: Refillable,
    drug: DrugRecord,
    clamp: FlowClamp,
) -> None:
    """Run a schedule: low date and daily dose must follow it, not the present rate."""
    week = case.schedules["days"]

    clamp.set_closed(False)
    schedule.start_schedule(week)
    calendar = read_calendar(bench, refillable)
    reported, told = refill_dates.read(refillable), drug.read_drug()
    now = calendar.date(told.t_ns)
    pump.stop()

    # Every day of the week is alike: within a day the date may be off by less than one.
    _judge_by_day(case, reported, told, week.volume_between(now, now + _A_DAY))


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", period="s")
def test_periodic_dates(
    case: Case,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    refillable: Refillable,
    drug: DrugRecord,
    clamp: FlowClamp,
) -> None:
    """Run periodic boluses: low date and daily dose must count them."""
    rate, volume, duration, period = (
        case.numbers[name] for name in ("rate", "volume", "duration", "period")
    )

    clamp.set_closed(False)
    periodic.start_periodic(rate, volume, duration, period)
    reported, told = refill_dates.read(refillable), drug.read_drug()
    pump.stop()

    mean = (volume + rate * (period - duration)) / period
    day = (mean * ureg.Quantity(1.0, "day")).to(VOLUME)
    _judge_by_day(case, reported, told, day)


def _judge_by_day(
    case: Case, reported: refill_dates.Reported, told: DrugReading, day: Quantity
) -> None:
    """Judge low date and daily dose of a programme that repeats itself every day.

    Args:
        case: the case.
        reported: the dates that the pump names.
        told: the daily dose that it tells.
        day: the programmed volume of a day.
    """
    by_low, by_dose = case.limit("ITB-REF-003"), case.limit("ITB-REF-007")
    threshold = case.profile.quantity("reservoir.low_threshold", VOLUME)
    dose = counted(
        ureg.Quantity(float(told.daily_dose_ng), "ng/day"),
        ureg.Quantity(1.0, "ng/day"),
        "pump's arithmetic",
        told.t_ns,
        told.t_ns,
    )
    expected = day / ureg.Quantity(1.0, "day") * case.start["concentration"]
    days = (case.start["reservoir"] - threshold) / day
    low = ureg.Quantity(magnitude(days, "dimensionless"), "day")
    refill_dates.judge(case, by_low, reported.low, low)
    case.judge(by_dose, error_percent(dose, expected.to("ng/day")))
