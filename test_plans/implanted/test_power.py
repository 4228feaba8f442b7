"""A loss of power in each mode, and what a low battery leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.procedures.phases import STEADY, Phases
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent, ratio
from harness.readings import Alarm, ProgramReading
from harness.roles import (
    AlarmLog,
    ClockSetting,
    DelayedStart,
    InfusionPump,
    MinimumRate,
    PeriodicBolus,
    PowerSwitch,
    Schedule,
)
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
from test_plans.implanted import kept, outage, steps
from test_plans.implanted.outage import Outage
from test_plans.implanted.power_loss import lose_power
from test_plans.implanted.programmed import Constant, Periodic, Weekly

_S_PER_DAY = 86_400
_AGAIN_AND_AGAIN = 4
_A_MOMENT = ureg.Quantity(2.0, "second")
_SETTLING = ureg.Quantity(5.0, "minute")


@pytest.mark.procedure(
    rate="mL/day",
    running="s",
    outage="s",
    resumed="s",
    duration="s",
    blank="s",
    poll="s",
)
def test_continuous_cut(
    case: Case, bench: Bench, pump: InfusionPump, losing: Outage
) -> None:
    """Take the power from a pump that runs at a constant rate."""
    rate = case.numbers["rate"]

    course = losing.run(
        outage.tolerance(case, rate), lambda: pump.start_continuous(rate)
    )

    outage.judge_kept(case, course)
    outage.judge_resumption(case, course, rate)
    outage.judge_flow(case, course, Constant(rate))


@pytest.mark.procedure(
    days="schedule", begins="s", running="s", outage="s", resumed="s", duration="s",
    blank="s", poll="s",
)  # fmt: skip
def test_schedule_cut(
    case: Case,
    bench: Bench,
    schedule: Schedule,
    pump_clock: ClockSetting,
    losing: Outage,
) -> None:
    """Take the power from a pump with a day schedule, over a change of its rate."""
    week = case.schedules["days"]

    def start() -> None:
        midnight_s = pump_clock.read_clock() // _S_PER_DAY * _S_PER_DAY
        begins_s = round(magnitude(case.numbers["begins"], "s"))
        pump_clock.set_clock(midnight_s + begins_s)
        schedule.start_schedule(week)

    least = min(
        (step.rate for day in week.days for step in day),
        key=lambda rate: magnitude(rate, FLOW),
    )
    course = losing.run(outage.tolerance(case, least), start)

    programme = Weekly(week, course.before.clock)
    rate = programme.rate(course.after.program.t_ns)
    rate_nl_per_h = round(magnitude(rate, "nL/hour"))

    def same(before: ProgramReading, after: ProgramReading) -> bool:
        return kept.same_program(replace(before, rate_nl_per_h=rate_nl_per_h), after)

    outage.judge_kept(case, course, same)
    outage.judge_resumption(case, course, rate)
    outage.judge_flow(case, course, programme)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", length="s", period="s", running="s", outage="s",
    resumed="s", duration="s", blank="s", poll="s",
)  # fmt: skip
def test_periodic_cut(
    case: Case, bench: Bench, periodic: PeriodicBolus, losing: Outage
) -> None:
    """Take the power from a pump between two of its periodic boluses."""
    rate, volume, length, period = (
        case.numbers[name] for name in ("rate", "volume", "length", "period")
    )
    began_ns: list[int] = []

    def start() -> None:
        periodic.start_periodic(rate, volume, length, period)
        began_ns.append(bench.now_ns())

    course = losing.run(outage.tolerance(case, rate), start)

    outage.judge_kept(case, course)
    outage.judge_resumption(case, course, rate)
    programme = Periodic(began_ns[0], rate, volume, length, period)
    outage.judge_flow(case, course, programme)


@pytest.mark.procedure(
    running="s", outage="s", resumed="s", duration="s", blank="s", poll="s"
)
def test_minimum_rate_cut(
    case: Case, bench: Bench, minimum_rate: MinimumRate, losing: Outage
) -> None:
    """Take the power from a pump that only keeps its catheter open."""
    rate = case.profile.quantity("minimum_rate.rate", FLOW)
    accuracy = case.profile.quantity("minimum_rate.accuracy", FRACTION)

    volume = (accuracy * rate * case.numbers["duration"]).to(VOLUME)
    course = losing.run(volume, minimum_rate.start_minimum)

    outage.judge_kept(case, course)
    error = error_percent(course.late.flow, rate)
    outage.judge(case, course, "ITB-FLOW-004", error)


@pytest.mark.procedure(
    rate="mL/day",
    first="s",
    running="s",
    outage="s",
    resumed="s",
    duration="s",
    blank="s",
    poll="s",
)
def test_second_cut(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    power: PowerSwitch,
    losing: Outage,
) -> None:
    """Take the power once more; what outlived the losses before must go on.

    At last it fails for moments, as through a bad contact.
    """
    rate = case.numbers["rate"]

    def lose(for_: Quantity) -> None:
        for _ in range(_AGAIN_AND_AGAIN):
            lose_power(bench, pump, power, for_)
            alarm_log.acknowledge_alarms()

    def start() -> None:
        pump.start_continuous(rate)
        bench.run_for(_SETTLING)
        lose(case.numbers["first"])

    def wait() -> None:
        lose(_A_MOMENT)

    course = losing.run(outage.tolerance(case, rate), start, wait)

    outage.judge_kept(case, course)
    outage.judge_resumption(case, course, rate)
    outage.judge_flow(case, course, Constant(rate))


@pytest.mark.procedure(
    rate="mL/day",
    running="s",
    outage="s",
    resumed="s",
    duration="s",
    blank="s",
    poll="s",
)
def test_stopped_cut(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    losing: Outage,
) -> None:
    """Take the power from a pump that was stopped; it must stay so."""
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)

    def start() -> None:
        pump.start_continuous(case.numbers["rate"])
        bench.run_for(case.numbers["running"])
        pump.stop()

    course = losing.run((leak * case.numbers["outage"]).to(VOLUME), start)

    outage.judge_kept(case, course)
    outage.judge(case, course, "ITB-FLOW-002", course.late.flow)


@pytest.mark.procedure(
    rate="mL/day", later_rate="mL/day", delay="s", running="s", outage="s",
    resumed="s", duration="s", blank="s", poll="s",
)  # fmt: skip
def test_delayed_start_cut(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    pump_clock: ClockSetting,
    losing: Outage,
) -> None:
    """Take the power from a pump whose next programme waits for its time."""
    rate, later_rate, delay = (
        case.numbers[name] for name in ("rate", "later_rate", "delay")
    )
    due_ns: list[int] = []

    def start() -> None:
        pump.start_continuous(rate)
        due_s = pump_clock.read_clock() + round(magnitude(delay, "s"))
        delayed_start.start_continuous_at(later_rate, due_s)
        due_ns.append(bench.now_ns() + nanoseconds(delay + _SETTLING))

    def wait() -> None:
        left_ns = max(0, due_ns[0] - bench.now_ns())
        bench.run_for(ureg.Quantity(left_ns / NS_PER_S, "s"))

    course = losing.run(outage.tolerance(case, rate), start, wait)

    outage.judge_kept(case, course)
    outage.judge_resumption(case, course, rate)
    outage.judge_flow(case, course, Constant(later_rate))


@pytest.mark.procedure(rate="mL/day", running="s", duration="s", blank="s", poll="s")
def test_low_battery_lead(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Lower the supply to that of the low-battery alarm; weigh how long it lasts.

    The time of delivery is the volume that came since the alarm over the pump's own
    flow before it, so that its flow error does not count.
    """
    limit = case.limit("ITB-PWR-005")
    rate, voltage = case.numbers["rate"], "alarm.low_battery.supply"

    tolerance = outage.tolerance(case, rate, ("running",))
    phases = Phases(weighing, case.numbers["blank"], tolerance, STEADY)
    pump.start_continuous(rate)
    bench.run_for(_SETTLING)
    marks = [phases.mark()]
    bench.run_for(case.numbers["running"])
    marks.append(phases.mark())
    power.set_supply(case.profile.quantity(voltage, "V"))
    if not _is_low(case, bench, pump):
        never = "the low-battery alarm was never raised, so no lead time began"
        case.judge_fact(limit.requirement, None, never)
        return
    marks.append(phases.mark())
    bench.run_for(case.numbers["duration"])
    marks.append(phases.mark())
    pump.stop()
    phases.close()

    before, since = (phases.between(*marks[first : first + 2]) for first in (0, 2))
    case.judge(limit, ratio(since.volume, before.flow, "hour"))


@pytest.mark.procedure(rate="mL/day", duration="s", blank="s", poll="s")
def test_flow_at_low_battery(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    power: PowerSwitch,
    weighing: WeighingStation,
) -> None:
    """Deliver fast from a supply at which the low-battery alarm is already up."""
    power.set_supply(case.profile.quantity("alarm.low_battery.supply", "V"))
    rate = case.numbers["rate"]
    delivery = steps.deliver(case, bench, pump, weighing, rate)
    power.set_supply(case.profile.quantity("power.supply", "V"))
    steps.judge_flow(case, delivery)


def _is_low(case: Case, bench: Bench, pump: InfusionPump) -> bool:
    """Wait until the pump says that its battery is low, or give up."""
    patience = 2 * case.profile.quantity("alarm.low_battery.deadline", "s")
    with bench.sampling(pump.read_status, case.numbers["poll"]) as telemetry:
        return bench.run_until(
            lambda: Alarm.LOW_BATTERY in telemetry.readings[-1].alarms, patience
        )
