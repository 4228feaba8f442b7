"""What comes out of a stopped pump that something presses, draws at, or warms.

What holds the liquid back while the motor stands, valves or rollers, is another part
than the one that moves it, and has influences of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from fixtures.procedures import influences
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import LOOKS, Phases
from fixtures.start_state import BENCH_PRESSURE, BENCH_TEMPERATURE
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, ratio
from harness.readings import PressureReading
from harness.roles import (
    InfusionPump,
    PressureChamber,
    PressureGauge,
    PressureSource,
    TemperatureChamber,
)
from harness.units import FLOW, VOLUME, Quantity, ureg

_REQUIREMENT = "ITB-FLOW-002"
_NO_PRESSURE = ureg.Quantity(0.0, "kPa")
_NOTHING_RAN = "by weight nothing ran that could have ended: find out why, and repeat"


@pytest.mark.procedure(
    rate="mL/day", running="s", back_pressure="kPa", settling="s", duration="s",
    blank="s",
)  # fmt: skip
def test_zero_flow_drawn(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    pressure: PressureSource,
    gauge: PressureGauge,
    weighing: WeighingStation,
) -> None:
    """Stop a pump, press and draw at the end of its open line, and weigh what comes."""
    most = case.numbers["back_pressure"]
    wanted: tuple[Quantity, ...] = (most, -1 * most)
    shown: list[PressureReading] = []

    def look() -> None:
        shown.append(gauge.read_pressure())

    settings = [partial(pressure.set_back_pressure, each) for each in wanted]
    leaks = _weigh(case, bench, pump, weighing, settings, look)
    pressure.set_back_pressure(_NO_PRESSURE)
    expected = [each for each in wanted for _ in range(2)]
    if leaks and not influences.were_reached(shown, expected, most):
        missed = influences.missed(shown, most)
        case.judge_fact(_REQUIREMENT, None, missed)
        return
    _judge(case, leaks)


@pytest.mark.procedure(
    rate="mL/day", running="s", low="kelvin", high="kelvin", settling="s",
    duration="s", blank="s",
)  # fmt: skip
def test_zero_flow_warm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    temperature: TemperatureChamber,
    weighing: WeighingStation,
) -> None:
    """Stop a pump, and weigh what comes at both ends of the body's temperatures."""
    settings = [
        partial(temperature.set_temperature, case.numbers[name])
        for name in ("low", "high")
    ]
    leaks = _weigh(case, bench, pump, weighing, settings)
    temperature.set_temperature(BENCH_TEMPERATURE)
    _judge(case, leaks)


@pytest.mark.procedure(
    rate="mL/day", running="s", low="kPa", high="kPa", settling="s", duration="s",
    blank="s",
)  # fmt: skip
def test_zero_flow_aloft(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    altitude: PressureChamber,
    weighing: WeighingStation,
) -> None:
    """Stop a pump, and weigh what comes at altitude and under water."""
    settings = [
        partial(altitude.set_ambient_pressure, case.numbers[name])
        for name in ("low", "high")
    ]
    leaks = _weigh(case, bench, pump, weighing, settings)
    altitude.set_ambient_pressure(BENCH_PRESSURE)
    _judge(case, leaks)


def _weigh(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    weighing: WeighingStation,
    settings: Sequence[Callable[[], object]],
    look: Callable[[], object] = lambda: None,
) -> list[Measurement]:
    """The flow of the stopped pump under each setting; none if it never ran."""
    numbers = case.numbers
    leak = case.profile.quantity("flow.stopped_maximum", FLOW)
    tolerance = (leak * numbers["duration"]).to(VOLUME)
    run = Phases(weighing, numbers["blank"], tolerance, numbers["duration"] / LOOKS)
    first = run.mark()
    pump.start_continuous(numbers["rate"])
    bench.run_for(numbers["running"])
    pump.stop()
    second = run.mark()
    marks = influences.marks(case, bench, run, settings, look)
    run.close()

    ran = run.between(first, second).volume
    if ran.value <= ran.expanded()[0]:
        return []
    phases = [run.between(start, end) for start, end in marks]
    return [ratio(each.volume, _lasting(each.volume), "µL/hour") for each in phases]


def _lasting(volume: Measurement) -> Quantity:
    return ureg.Quantity(float(volume.t_end_ns - volume.t_start_ns), "ns")


def _judge(case: Case, leaks: Sequence[Measurement]) -> None:
    """Judge the worst leak; of a pump that never ran nothing is shown."""
    limit = case.limit(_REQUIREMENT)
    if leaks:
        case.judge(limit, worst(limit, leaks))
    else:
        case.judge_fact(_REQUIREMENT, None, _NOTHING_RAN)
