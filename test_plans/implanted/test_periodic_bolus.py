"""Periodic boluses: their mean volume and their period, by weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
from harness.units import FLOW, FRACTION, VOLUME, Quantity, magnitude, nanoseconds, ureg
from test_plans.implanted.flow_changes import Change, change_of
from test_plans.implanted.tally import Tally

_ONE = ureg.Quantity(1.0, "dimensionless")


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
    _judge_boluses(case, bench, pump, periodic, weighing, lambda: None)


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
    """Likewise, and set the pump's clock on: periods are times, not times of day."""
    shift_s = round(magnitude(case.numbers["shift"], "s"))

    def set_clock() -> None:
        pump_clock.set_clock(pump_clock.read_clock() + shift_s)

    _judge_boluses(case, bench, pump, periodic, weighing, set_clock)


def _judge_boluses(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
    meanwhile: Callable[[], object],
) -> None:
    """Weigh and time periodic boluses; behind the first ``meanwhile`` is done."""
    numbers = case.numbers
    by_volume, by_rate = case.limit("ITB-BOL-004"), case.limit("ITB-BOL-003")
    rate, volume, duration = (numbers[n] for n in ("rate", "volume", "duration"))
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    count = round(magnitude(numbers["boluses"], "dimensionless"))
    period_ns, margin_ns = nanoseconds(numbers["period"]), nanoseconds(duration / 3)

    tolerance = (accuracy * volume / 4).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, duration / LOOKS)
    tally = Tally(case, pump)
    first = run.mark()
    began_ns = orders.give(
        case,
        bench,
        lambda: periodic.start_periodic(rate, volume, duration, numbers["period"]),
    )
    spans.wait_until(bench, began_ns + nanoseconds(duration) + margin_ns)
    behind_first = run.mark()
    meanwhile()
    boluses = [
        _weigh(bench, run, began_ns + number * period_ns, duration)
        for number in range(1, count)
    ]
    spans.wait_until(bench, began_ns + count * period_ns - margin_ns)
    last = run.mark()
    pump.stop()
    after = run.close()

    background = run.between(behind_first, boluses[0].before).flow
    dosing_ns = count * nanoseconds(duration)
    resting = in_time(background, last.plateau.t_ns - began_ns - dosing_ns)
    given = difference(run.between(first, last, phases=count).volume, resting)
    case.judge(by_rate, error_percent(background, rate))
    case.judge(by_volume, error_percent(ratio(given, count * _ONE, VOLUME), volume))
    changes = _changes(run, behind_first, boluses, rate, (volume / duration).to(FLOW))
    _judge_period(case, changes)
    tally.judge(run, after, phases=count)


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


def _judge_period(case: Case, changes: Sequence[Change]) -> None:
    """Judge the worst interval; the first bolus began with its command."""
    limit = case.limit("ITB-BOL-005")
    delays: list[Measurement] = []
    for change in changes:
        delay = change.delay()
        if delay is None:
            case.judge_fact("ITB-BOL-005", False, change.missing())
            return
        delays.append(delay)
    errors = [difference(later, earlier) for earlier, later in pairwise(delays)]
    case.judge(limit, worst(limit, [delays[0], *errors]))
