"""What pressure and temperature do to the flow, by weight."""

from __future__ import annotations

from collections.abc import Sequence
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
from harness.units import Quantity, magnitude, ureg

# By how much of the wanted pressure the gauge may show another one.
_MISSED_SHARE = 0.05
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
    """Press and draw at the end of the line; compare the flow with that without."""
    limit = case.limit("ITB-FLOW-006")
    rate, most = case.numbers["rate"], case.numbers["back_pressure"]
    drawn: Quantity = -1 * most
    wanted = (_NO_PRESSURE, most, drawn)
    shown: list[PressureReading] = []

    def look() -> None:
        shown.append(gauge.read_pressure())

    settings = [partial(pressure.set_back_pressure, each) for each in wanted]
    run = influences.begin(case, weighing, limit, rate)
    plain, *pressed = influences.flows(case, bench, pump, run, rate, settings, look)

    said = ", ".join(f"{each.pressure_pa / 1000:.2f} kPa" for each in shown)
    expected = [each for each in wanted for _ in range(2)]
    if were_reached(shown, expected, most):
        case.note(f"at the beginning and end of each stretch the gauge showed {said}")
        effects = [error_percent(flow, plain) for flow in pressed]
        case.judge(limit, worst(limit, effects))
    else:
        case.judge_fact(
            limit.requirement,
            None,
            f"wanted: 0 and ±{most:~P}; the gauge showed {said}; correct the source of"
            " pressure and measure again",
        )


def were_reached(
    shown: Sequence[PressureReading], wanted: Sequence[Quantity], most: Quantity
) -> bool:
    """Tell whether a gauge showed what was wanted, within 5 % of the largest.

    Args:
        shown: the gauge's readings.
        wanted: what each should have shown.
        most: the largest pressure.
    """
    near_pa = _MISSED_SHARE * magnitude(most, "Pa")
    return all(
        abs(each.pressure_pa - magnitude(pressure, "Pa")) <= near_pa
        for each, pressure in zip(shown, wanted, strict=True)
    )


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
    """Compare the flows at both ends of the body's range of temperature."""
    limit, rate = case.limit("ITB-FLOW-007"), case.numbers["rate"]
    settings = [
        partial(temperature.set_temperature, case.numbers[name])
        for name in ("low", "high")
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
    """Compare the flows at normal pressure, at altitude and under water, in pairs."""
    limit, rate = case.limit("ITB-FLOW-008"), case.numbers["rate"]
    ambient = (BENCH_PRESSURE, case.numbers["low"], case.numbers["high"])
    settings = [partial(altitude.set_ambient_pressure, each) for each in ambient]
    run = influences.begin(case, weighing, limit, rate)
    flows = influences.flows(case, bench, pump, run, rate, settings)
    altitude.set_ambient_pressure(BENCH_PRESSURE)
    case.judge(limit, worst(limit, changes(flows)))
