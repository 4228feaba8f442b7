"""Procedures of a few seconds, judged roughly; see ``plan.toml``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.bench import Bench
from harness.errors import CommandRefused
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, bracketed
from harness.readings import WeightReading
from harness.roles import (
    Balance,
    Bolus,
    FlowClamp,
    InfusionPump,
    Operator,
    Refillable,
)
from harness.units import FLOW, VOLUME, Quantity, magnitude, ureg

_NOTHING = ureg.Quantity(0.0, FLOW)
_EVERY = ureg.Quantity(1.0, "second")
_LINE = ureg.Quantity(3.0, "second")
# Roughly: a drop, the line's compliance, the density.
_HALF_WIDTH_UL = 0.2
_NG_PER_UL = 1e6


@pytest.fixture
def filled(
    case: Case,
    pump: InfusionPump,
    refillable: Refillable,
    operator: Operator,
    clamp: FlowClamp,
) -> None:
    """Bring the bench to where every case starts, in a second or so."""
    pump.stop()
    profile = case.profile
    capacity = profile.quantity("reservoir.capacity", VOLUME)
    operator.withdraw_reservoir()
    operator.fill_reservoir(capacity)
    operator.empty_vessel()
    refillable.set_reservoir(
        capacity,
        profile.quantity("reservoir.low_threshold", VOLUME),
        profile.quantity("refill.stability", "s"),
        profile.quantity("refill.label_maximum", "s"),
    )
    clamp.set_closed(False)


@pytest.fixture
def weighed(
    filled: None, bench: Bench, balance: Balance
) -> Callable[[Callable[[], None], Quantity, Quantity], Measurement]:
    """Weigh what an order delivers; the error of its volume, in percent."""

    def weigh(give: Callable[[], None], last: Quantity, ideal: Quantity) -> Measurement:
        bench.run_for(_LINE)
        before = balance.read_weight()
        with bench.sampling(balance.read_weight, _EVERY):
            give()
            bench.run_for(last)
        bench.run_for(_LINE)
        return _error(before, balance.read_weight(), ideal)

    return weigh


Weigh = Callable[[Callable[[], None], Quantity, Quantity], Measurement]


@pytest.mark.procedure(rate="mL/day", duration="s")
def test_short_delivery(
    case: Case, bench: Bench, pump: InfusionPump, weighed: Weigh
) -> None:
    """Deliver for a while; weight and counter shall agree with what was programmed."""
    by_weight, by_counter = case.limit("KILL-FLOW-001"), case.limit("KILL-CNT-001")
    rate, last = case.numbers["rate"], case.numbers["duration"]
    begin_nl = pump.read_status().delivered_nl
    error = weighed(lambda: _run(bench, pump, rate, last), _EVERY, rate * last)
    case.judge(by_weight, error)
    counted_nl = pump.read_status().delivered_nl - begin_nl
    case.judge(by_counter, _counted(bench, counted_nl, rate * last))


@pytest.mark.procedure(rate="mL/day", duration="s")
def test_short_delivery_judged_strictly(
    case: Case, bench: Bench, pump: InfusionPump, weighed: Weigh
) -> None:
    """Deliver for a while and expect too much of it."""
    rate, last = case.numbers["rate"], case.numbers["duration"]
    error = weighed(lambda: _run(bench, pump, rate, last), _EVERY, 2 * rate * last)
    case.judge(case.limit("KILL-FLOW-002"), error)


@pytest.mark.procedure(volume="mL", duration="s")
def test_short_bolus(case: Case, bolus: Bolus, weighed: Weigh) -> None:
    """Give a bolus and weigh it."""
    volume, last = case.numbers["volume"], case.numbers["duration"]
    error = weighed(lambda: bolus.start_bolus(volume, last, _NOTHING), last, volume)
    case.judge(case.limit("KILL-BOL-001"), error)


@pytest.mark.procedure(rate="mL/day")
def test_refused_rate(case: Case, pump: InfusionPump, filled: None) -> None:
    """Ask for too much."""
    try:
        pump.start_continuous(case.numbers["rate"])
    except CommandRefused as refusal:
        case.judge_fact("KILL-REF-001", True, f"refused: {refusal.code}")
    else:
        case.judge_fact("KILL-REF-001", False, "the pump obeyed")


@pytest.mark.procedure(rate="mL/day", duration="s")
def test_counted_delivery(
    case: Case, bench: Bench, pump: InfusionPump, filled: None
) -> None:
    """Let the pump run, and see what it counts."""
    rate, last = case.numbers["rate"], case.numbers["duration"]
    begin_nl = pump.read_status().delivered_nl
    with bench.sampling(pump.read_status, _EVERY):
        _run(bench, pump, rate, last)
    counted_nl = pump.read_status().delivered_nl - begin_nl
    limit = case.limit("KILL-CNT-001")
    case.judge(limit, _counted(bench, counted_nl, rate * last))


def _run(bench: Bench, pump: InfusionPump, rate: Quantity, last: Quantity) -> None:
    pump.start_continuous(rate)
    bench.run_for(last)
    pump.stop()


def _error(before: WeightReading, after: WeightReading, ideal: Quantity) -> Measurement:
    gained_ul = (after.mass_ng - before.mass_ng) / _NG_PER_UL
    return _bracketed(gained_ul, ideal, before.t_ns, after.t_ns)


def _counted(bench: Bench, counted_nl: int, ideal: Quantity) -> Measurement:
    now_ns = bench.now_ns()
    return _bracketed(counted_nl / 1e3, ideal, now_ns, now_ns)


def _bracketed(
    found_ul: float, ideal: Quantity, begin_ns: int, end_ns: int
) -> Measurement:
    ideal_ul = magnitude(ideal, "µL")
    low, high = (
        ureg.Quantity(100 * ((found_ul + w) / ideal_ul - 1), "percent")
        for w in (-_HALF_WIDTH_UL, _HALF_WIDTH_UL)
    )
    return bracketed(low, high, "balance", begin_ns, end_ns)
