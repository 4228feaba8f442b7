"""A bolus that is cut short by a stop or by a new rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from fixtures.procedures import orders
from fixtures.procedures.phases import LOOKS, Phases, flow_over, in_time
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.judging import Limit
from harness.metrology.measurement import Measurement, difference, error_percent
from harness.roles import (
    Bolus,
    Bridge,
    InfusionPump,
    PatientBolus,
    PeriodicBolus,
    Priming,
)
from harness.units import FLOW, FRACTION, VOLUME, Quantity, ureg
from test_plans.implanted import doses

_LOCKOUT = ureg.Quantity(1.0, "hour")
_NO_BOLUS = "by weight no bolus ran, so none was cut short"


@dataclass(frozen=True, slots=True)
class CutShort:
    """A bolus that was cut short, and what came from then on.

    Attributes:
        background: the pump's flow at the rate, before the bolus.
        has_run: whether the bolus ran, by weight.
        rest: the volume since the command that cut the bolus short.
        running_ns: for how long the pump was to run at the rate again.
    """

    background: Measurement
    has_run: bool
    rest: Measurement
    running_ns: int


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Stop in the middle of a bolus, start again later, and weigh what is too much."""
    rate, volume, duration = _dose(case)

    def begin() -> None:
        bolus.start_bolus(volume, duration, rate)

    _judge_stop(case, bench, pump, weighing, volume, begin)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_patient_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bolus that the patient asked for."""
    _allow(case, patient_bolus)
    begin = patient_bolus.request_patient_bolus
    _judge_stop(case, bench, pump, weighing, case.numbers["volume"], begin)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_periodic_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with the first of periodic boluses; the second must not come either."""
    rate, volume, duration = _dose(case)

    def begin() -> None:
        periodic.start_periodic(rate, volume, duration, 3 * duration)

    _judge_stop(case, bench, pump, weighing, volume, begin)


@pytest.mark.procedure(
    rate="mL/day", catheter="mL", duration="s", pause="s", running="s", blank="s"
)
def test_stop_during_priming(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a priming bolus."""
    numbers = case.numbers
    tubing = case.profile.quantity("priming.tubing_volume", VOLUME)

    def begin() -> None:
        priming.start_priming(numbers["catheter"], numbers["duration"], numbers["rate"])

    dead = tubing + numbers["catheter"]
    _judge_stop(case, bench, pump, weighing, dead, begin)


@pytest.mark.procedure(
    rate="mL/day", bridge_rate="mL/day", catheter="mL", duration="s", pause="s",
    running="s", blank="s",
)  # fmt: skip
def test_stop_during_bridge(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bridge: Bridge,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bridge, of which ``duration`` is a part."""
    numbers = case.numbers

    def begin() -> None:
        bridge.start_bridge(
            numbers["catheter"], numbers["bridge_rate"], numbers["rate"]
        )

    came = (numbers["bridge_rate"] * numbers["duration"]).to(VOLUME)
    _judge_stop(case, bench, pump, weighing, came, begin)


def _judge_stop(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    volume: Quantity,
    begin: Callable[[], object],
) -> None:
    limit = case.limit("ITB-BOL-010")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def stop_and_start() -> tuple[int, int]:
        stopped_ns = orders.give(case, bench, pump.stop)
        bench.run_for(case.numbers["pause"])
        return stopped_ns, orders.give(case, bench, run_again)

    cut = _cut_short(case, bench, pump, weighing, volume, begin, stop_and_start)
    programmed = in_time(cut.background, cut.running_ns)
    _judge(case, limit, cut, difference(cut.rest, programmed))


@pytest.mark.procedure(
    rate="mL/day", then_rate="mL/day", volume="mL", duration="s", running="s", blank="s"
)
def test_rate_during_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Programme a rate in the middle of a bolus; it must hold from then on."""
    _, volume, duration = _dose(case)

    def begin() -> None:
        bolus.start_bolus(volume, duration, case.numbers["then_rate"])

    _judge_rate(case, bench, pump, weighing, volume, begin)


@pytest.mark.procedure(rate="mL/day", volume="mL", duration="s", running="s", blank="s")
def test_rate_during_patient_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bolus that the patient asked for."""
    _allow(case, patient_bolus)
    begin = patient_bolus.request_patient_bolus
    _judge_rate(case, bench, pump, weighing, case.numbers["volume"], begin)


@pytest.mark.procedure(
    rate="mL/day", then_rate="mL/day", volume="mL", duration="s", running="s", blank="s"
)
def test_rate_during_periodic_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, with the first of periodic boluses; the second must not come either."""
    _, volume, duration = _dose(case)

    def begin() -> None:
        then = case.numbers["then_rate"]
        periodic.start_periodic(then, volume, duration, duration + duration / 2)

    _judge_rate(case, bench, pump, weighing, volume, begin)


@pytest.mark.procedure(
    rate="mL/day", then_rate="mL/day", catheter="mL", duration="s", running="s",
    blank="s",
)  # fmt: skip
def test_rate_during_priming(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    priming: Priming,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a priming bolus."""
    numbers = case.numbers

    def begin() -> None:
        priming.start_priming(
            numbers["catheter"], numbers["duration"], numbers["then_rate"]
        )

    dead = case.profile.quantity("priming.tubing_volume", VOLUME) + numbers["catheter"]
    _judge_rate(case, bench, pump, weighing, dead, begin)


@pytest.mark.procedure(
    rate="mL/day", bridge_rate="mL/day", then_rate="mL/day", catheter="mL",
    duration="s", running="s", blank="s",
)  # fmt: skip
def test_rate_during_bridge(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bridge: Bridge,
    weighing: WeighingStation,
) -> None:
    """Likewise, with a bridge, of which ``duration`` is a part."""
    numbers = case.numbers

    def begin() -> None:
        bridge.start_bridge(
            numbers["catheter"], numbers["bridge_rate"], numbers["then_rate"]
        )

    came = (numbers["bridge_rate"] * numbers["duration"]).to(VOLUME)
    _judge_rate(case, bench, pump, weighing, came, begin)


def _judge_rate(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    volume: Quantity,
    begin: Callable[[], object],
) -> None:
    limit = case.limit("ITB-BOL-011")

    def run_again() -> None:
        pump.start_continuous(case.numbers["rate"])

    def set_rate() -> tuple[int, int]:
        set_ns = orders.give(case, bench, run_again)
        return set_ns, set_ns

    cut = _cut_short(case, bench, pump, weighing, volume, begin, set_rate)
    flow = flow_over(cut.rest, cut.running_ns)
    _judge(case, limit, cut, error_percent(flow, cut.background))


def _judge(case: Case, limit: Limit, cut: CutShort, found: Measurement) -> None:
    if cut.has_run:
        case.judge(limit, found)
    else:
        case.judge_fact(limit.requirement, None, _NO_BOLUS)


def _allow(case: Case, patient_bolus: PatientBolus) -> None:
    """Let the patient have a bolus, whatever earlier cases have used up."""
    most = case.profile.count("patient_bolus.allotted_maximum")
    volume, duration = case.numbers["volume"], case.numbers["duration"]
    patient_bolus.set_patient_bolus(volume, duration, most, _LOCKOUT)


def _dose(case: Case) -> tuple[Quantity, Quantity, Quantity]:
    numbers = case.numbers
    return numbers["rate"], numbers["volume"], numbers["duration"]


def _cut_short(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    volume: Quantity,
    begin: Callable[[], object],
    cut: Callable[[], tuple[int, int]],
) -> CutShort:
    """Run at a rate, begin a bolus, cut it short at half-time, and weigh on.

    Args:
        case: the case, with ``rate``, ``duration``, ``running`` and ``blank``.
        bench: owner of time.
        pump: the pump.
        weighing: balance and clamp.
        volume: of the bolus.
        begin: begins it.
        cut: cuts the bolus short; returns the bench times at which it had done so, and
            at which the pump had been told to run at ``rate`` again.
    """
    numbers = case.numbers
    rate, duration = numbers["rate"], numbers["duration"]
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)

    tolerance = (accuracy * volume / 4).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, duration / 2 / LOOKS)
    pump.start_continuous(rate)
    marks = [run.mark()]
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    orders.give(case, bench, begin)
    for _ in range(2):
        bench.run_for(duration / 4)
        marks.append(run.mark())
    cut_ns, running_again_ns = cut()
    bench.run_for(numbers["running"])
    marks.append(run.mark())
    pump.stop()
    run.close()

    background, _, dosing, behind = doses.in_turn(run, marks)
    until_cut = in_time(dosing.flow, doses.since(behind.start, cut_ns))
    return CutShort(
        background=background.flow,
        has_run=bool(dosing.flow.value > (volume / duration / 2).to(FLOW)),
        rest=difference(behind.volume, until_cut),
        running_ns=behind.end.plateau.t_ns - running_again_ns,
    )
