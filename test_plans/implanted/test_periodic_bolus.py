"""Periodic boluses: their mean volume and their period, by weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise

import pytest

from fixtures.procedures import orders, spans
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import LOOKS, Phases, in_time
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement, difference, error_percent, ratio
from harness.roles import ClockSetting, InfusionPump, PeriodicBolus
from harness.units import (
    FLOW,
    FRACTION,
    VOLUME,
    Quantity,
    magnitude,
    nanoseconds,
    show,
    ureg,
)
from test_plans.implanted import doses
from test_plans.implanted import pump_clock as clocks
from test_plans.implanted.flow_changes import Change, change_of
from test_plans.implanted.programmed import Periodic
from test_plans.implanted.tally import Tally

_ONE = ureg.Quantity(1.0, "dimensionless")
_NO_RATE = ureg.Quantity(0.0, FLOW)


@dataclass(frozen=True, slots=True)
class _Bolus:
    """When a bolus was due, and the marks before it, twice in it, and behind it."""

    due_ns: int
    before: Weighing
    early: Weighing
    late: Weighing
    behind: Weighing


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", period="s", boluses="1", blank="s"
)
def test_periodic_boluses(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
) -> None:
    """Let boluses come in equal periods; weigh them all, and time each by weight."""
    _judge_boluses(case, bench, pump, periodic, weighing, ())


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", period="s", boluses="1", shift="s",
    blank="s",
)  # fmt: skip
def test_periodic_boluses_clock_set(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Likewise, and set the clock on, then further back: periods are no times of day.

    Back by as much would undo what a pump has made of it.
    """
    set_on, shift = partial(clocks.set_on, pump_clock), case.numbers["shift"]
    meanwhile = (partial(set_on, shift), partial(set_on, -2 * shift))
    _judge_boluses(case, bench, pump, periodic, weighing, meanwhile)


@pytest.mark.procedure(
    volume="mL", duration="s", period="s", first="1", then="1", blank="s"
)
def test_many_boluses(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
) -> None:
    """Give many boluses without a background; weigh the later ones by themselves.

    What a pump counts its boluses with may be full one day.
    """
    limit, numbers = case.limit("ITB-BOL-004"), case.numbers
    volume, duration, period = (numbers[n] for n in ("volume", "duration", "period"))
    counts = [round(magnitude(numbers[n], "dimensionless")) for n in ("first", "then")]
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)

    tolerance = (accuracy * volume * min(counts)).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, period / 2)
    tally = Tally(case, pump)
    marks = [run.mark()]
    began_ns = orders.give(
        case,
        bench,
        lambda: periodic.start_periodic(_NO_RATE, volume, duration, period),
    )
    rest_ns = nanoseconds(period - duration)
    for number in accumulate(counts):
        due_ns = began_ns + number * nanoseconds(period)
        spans.wait_until(bench, due_ns - rest_ns // 2)
        marks.append(run.mark())
    pump.stop()
    after = run.close()

    means = [
        ratio(phase.volume, count * _ONE, VOLUME)
        for phase, count in zip(doses.in_turn(run, marks), counts, strict=True)
    ]
    errors = [error_percent(mean, volume) for mean in means]
    case.judge(limit, worst(limit, errors))
    tally.judge(run, after)


def _judge_boluses(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
    meanwhile: Sequence[Callable[[], object]],
) -> None:
    """Weigh and time periodic boluses; behind each of the first something is done."""
    numbers = case.numbers
    by_volume = case.limit("ITB-BOL-004")
    rate, volume, duration = (numbers[n] for n in ("rate", "volume", "duration"))
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    count = round(magnitude(numbers["boluses"], "dimensionless"))
    period_ns, margin_ns = nanoseconds(numbers["period"]), nanoseconds(duration / 3)

    tolerance = (accuracy * volume / 4).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, duration / LOOKS)
    tally = Tally(case, pump)
    clock = clocks.Beside(case, bench, pump)
    first = run.mark()
    began_ns = orders.give(
        case,
        bench,
        lambda: periodic.start_periodic(rate, volume, duration, numbers["period"]),
    )
    spans.wait_until(bench, began_ns + nanoseconds(duration) + margin_ns)
    behind_first = run.mark()
    left = iter(meanwhile)
    boluses = []
    for number in range(1, count):
        next(left, _nothing)()
        boluses.append(_weigh(bench, run, began_ns + number * period_ns, duration))
    spans.wait_until(bench, began_ns + count * period_ns - margin_ns)
    last = run.mark()
    clock.judge()
    stopped_ns = spans.timed(bench, pump.stop)
    after = run.close()

    background = run.between(behind_first, boluses[0].before).flow
    dosing_ns = count * nanoseconds(duration)
    resting = in_time(background, last.plateau.t_ns - began_ns - dosing_ns)
    given = difference(run.between(first, last, phases=count).volume, resting)
    case.judge(by_volume, error_percent(ratio(given, count * _ONE, VOLUME), volume))
    changes = _changes(run, behind_first, boluses, rate, (volume / duration).to(FLOW))
    _judge_gaps(case, [change.before.flow for change in changes], rate)
    _judge_period(case, changes)
    tally.judge(run, after, phases=count)
    programme = Periodic(began_ns, rate, volume, duration, numbers["period"])
    tally.judge_programmed(programme, began_ns, stopped_ns)


def _nothing() -> None:
    """Leave a pump alone between two boluses."""


def _weigh(bench: Bench, run: Phases, due_ns: int, duration: Quantity) -> _Bolus:
    """Mark before a bolus, after a third and two thirds of it, and behind it."""
    third_ns = nanoseconds(duration / 3)
    marks = []
    for thirds in (-1, 1, 2, 4):
        spans.wait_until(bench, due_ns + thirds * third_ns)
        marks.append(run.mark())
    return _Bolus(due_ns, *marks)


def _changes(
    run: Phases,
    behind_first: Weighing,
    boluses: Sequence[_Bolus],
    rate: Quantity,
    dosing: Quantity,
) -> list[Change]:
    """The beginnings of all boluses but the first, as changes of flow."""
    behind = [behind_first, *(bolus.behind for bolus in boluses[:-1])]
    return [
        change_of(
            run,
            bolus.due_ns,
            (earlier, bolus.before, bolus.early, bolus.late),
            rate,
            dosing,
        )
        for earlier, bolus in zip(behind, boluses, strict=True)
    ]


def _judge_gaps(case: Case, gaps: Sequence[Measurement], rate: Quantity) -> None:
    """Judge the flow behind the first bolus: it is the background again.

    Without a background there is no rate of which to take a share, and nothing may come
    behind any of them.
    """
    if rate.magnitude > 0.0:
        case.judge(case.limit("ITB-BOL-003"), error_percent(gaps[0], rate))
    else:
        leak = case.limit("ITB-FLOW-002")
        case.judge(leak, worst(leak, gaps))


def _said_of_extra(case: Case, change: Change) -> str:
    """Say what came between two boluses if it was most of another one; "" if not."""
    gap = change.before
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    lasts_ns = gap.end.plateau.t_ns - gap.start.plateau.t_ns
    most = change.old * (1 + accuracy) * ureg.Quantity(float(lasts_ns), "ns")
    beyond = gap.volume.value - gap.volume.expanded()[0] - most.to(VOLUME)
    if beyond < case.numbers["volume"] / 2:
        return ""
    came = show(gap.volume.value, VOLUME)
    return f"between two boluses {came} came, by weight: at least one more bolus"


def _judge_period(case: Case, changes: Sequence[Change]) -> None:
    """Judge the worst interval; the first bolus began with its command."""
    limit = case.limit("ITB-BOL-005")
    extra = [said for change in changes if (said := _said_of_extra(case, change))]
    if extra:
        case.judge_fact("ITB-BOL-005", False, extra[0])
        return
    delays: list[Measurement] = []
    for change in changes:
        delay = change.delay()
        if delay is None:
            case.judge_fact("ITB-BOL-005", False, change.missing())
            return
        delays.append(delay)
    errors = [difference(later, earlier) for earlier, later in pairwise(delays)]
    case.judge(limit, worst(limit, [delays[0], *errors]))
