"""What pressure and temperature do to the flow, by weight."""

from __future__ import annotations

from functools import partial

import pytest

from fixtures.procedures import influences
from fixtures.procedures.extremes import changes, worst
from fixtures.start_state import BENCH_PRESSURE, BENCH_TEMPERATURE
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.readings import PressureReading
from harness.roles import (
    InfusionPump,
    Operator,
    PressureChamber,
    PressureGauge,
    PressureSource,
    TemperatureChamber,
)
from harness.units import Quantity, ureg

_NO_PRESSURE = ureg.Quantity(0.0, "kPa")
_LEVEL = ureg.Quantity(0.0, "m")


@pytest.mark.procedure(
    rate="mL/day", back_pressure="kPa", settling="s", duration="s", blank="s"
)
def test_back_pressure(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    pressure: PressureSource,
    gauge: PressureGauge,
    weighing: WeighingStation,
) -> None:
    """Press and draw at the end of the line, then not; compare with the flow before."""
    limit = case.limit("ITB-FLOW-006")
    rate, most = case.numbers["rate"], case.numbers["back_pressure"]
    drawn: Quantity = -1 * most
    # What a pressure has done to the pump may outlast it.
    wanted = (_NO_PRESSURE, most, drawn, _NO_PRESSURE)
    shown: list[PressureReading] = []

    def look() -> None:
        shown.append(gauge.read_pressure())

    settings = [partial(pressure.set_back_pressure, each) for each in wanted]
    run = influences.begin(case, weighing, limit, rate)
    plain, *pressed = influences.flows(case, bench, pump, run, rate, settings, look)

    said = influences.shown_by(shown)
    expected = [each for each in wanted for _ in range(2)]
    if influences.were_reached(shown, expected, most):
        case.note(f"at the beginning and end of each stretch the gauge showed {said}")
        effects = [error_percent(flow, plain) for flow in pressed]
        case.judge(limit, worst(limit, effects))
    else:
        case.judge_fact(limit.requirement, None, influences.missed(shown, most))


@pytest.mark.procedure(rate="mL/day", height="m", settling="s", duration="s", blank="s")
def test_height(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    operator: Operator,
    weighing: WeighingStation,
) -> None:
    """Hold the pump above and below the end of the line; compare with level."""
    limit = case.limit("ITB-FLOW-016")
    rate = case.numbers["rate"]
    run = influences.begin(case, weighing, limit, rate)
    effects = influences.of_height(case, bench, pump, operator, run, rate)
    case.judge(limit, worst(limit, effects))


@pytest.mark.procedure(
    rate="mL/day",
    low="kelvin",
    high="kelvin",
    settling="s",
    duration="s",
    blank="s",
)
def test_temperature(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    temperature: TemperatureChamber,
    weighing: WeighingStation,
) -> None:
    """Compare the flows at both ends of the body's temperatures, and back at one.

    What a fever has done to the pump may outlast it.
    """
    limit, rate = case.limit("ITB-FLOW-007"), case.numbers["rate"]
    settings = [
        partial(temperature.set_temperature, case.numbers[name])
        for name in ("low", "high", "low")
    ]
    run = influences.begin(case, weighing, limit, rate)
    flows = influences.flows(case, bench, pump, run, rate, settings)
    temperature.set_temperature(BENCH_TEMPERATURE)
    case.judge(limit, worst(limit, changes(flows)))


@pytest.mark.procedure(
    rate="mL/day", low="kPa", high="kPa", settling="s", duration="s", blank="s"
)
def test_ambient_pressure(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    altitude: PressureChamber,
    weighing: WeighingStation,
) -> None:
    """Compare the flows at normal pressure, at altitude, under water, and after."""
    limit, rate = case.limit("ITB-FLOW-008"), case.numbers["rate"]
    ends = (case.numbers["low"], case.numbers["high"])
    ambient = (BENCH_PRESSURE, *ends, BENCH_PRESSURE)
    settings = [partial(altitude.set_ambient_pressure, each) for each in ambient]
    run = influences.begin(case, weighing, limit, rate)
    flows = influences.flows(case, bench, pump, run, rate, settings)
    altitude.set_ambient_pressure(BENCH_PRESSURE)
    case.judge(limit, worst(limit, changes(flows)))
