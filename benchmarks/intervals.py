"""``python -m benchmarks.intervals``: how often U really covers the true volume.

Weights are made up for a known true volume and put through the method that judges the
runs, thousands of times, at the lowest and at the highest rate:

- *stated*: every input of the budget is drawn from the distribution that the bench file
  states for it;
- *world*: vessel, room and balance of the simulated bench, whose evaporation, weather,
  meniscus and zero wander in ways that the budget can only bound.

An interval of 95 % must cover in at least 94 %. Writes a page for the documentation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from drivers.sim.room import Case, Wander
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.vessel import Vessel as SimulatedVessel
from fixtures import bench_file, planned_weighing
from harness.errors import MeasurementRefused
from harness.metrology.air import air_density_kg_per_m3
from harness.metrology.ambient import Ambient
from harness.metrology.buoyancy import needle_factor, z_factor_ul_per_mg
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.plateau import plateau
from harness.metrology.water import water_density_kg_per_m3
from harness.planning.ideal_run import Setup
from harness.readings import WeightReading
from harness.units import magnitude, ureg

PAGE: Final = (
    Path(__file__).resolve().parents[1] / "docs" / "reference" / "intervals.md"
)
RUNS: Final = 20_000
LEAST: Final = 0.94
_CHUNK: Final = 500
_NS_PER_H: Final = 3_600_000_000_000
_BLANK_H: Final = 2.0
_BETWEEN_H: Final = 0.5
_TOLERANCE: Final = 0.1
_WEIGHTS_KG_PER_M3: Final = 8_000.0
_WEIGHTS_HALF_WIDTH: Final = 100.0
_EVAPORATION_MG_PER_H: Final = 0.012
# What the zero of the simulated balance does in a day, and what its sensor shows wrong.
_DRIFT_NG_PER_H: Final = 20_000.0
_DRIFT_PERIOD_H: Final = 24.0
_SENSOR_HALF_WIDTHS: Final = (0.1, 0.1, 0.1, 1.0)

Times: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rate:
    """A delivery that is simulated over and over."""

    name: str
    ul_per_h: float
    hours: float

    @property
    def volume_ul(self) -> float:
        return self.ul_per_h * self.hours


LOW: Final = Rate("low", 2.0, 48.0)
HIGH: Final = Rate("high", 1000.0, 6.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """One interval: how far the value lies from the truth, and U, both in µL."""

    error: float
    expanded: float


@dataclass(frozen=True, slots=True)
class Made:
    """Displayed masses (ng) and the conditions that the sensor shows, by hours."""

    shown_ng: Callable[[Times], Times]
    ambient: Callable[[float], Ambient]


Maker: TypeAlias = Callable[[Setup, Rate, int], Made]


def setup() -> Setup:
    """The simulated bench as its file states it."""
    return planned_weighing.of_file(bench_file.load(bench_file.DEFAULT)).setup


def stated(given: Setup, rate: Rate, seed: int) -> Made:
    """Draw every input from what the bench file states of it."""
    draw = np.random.Generator(np.random.PCG64([seed, 1]))
    pan, about = given.method.vessel, given.ambient
    scale, sensor = given.method.balance, given.ambient.sensor
    true_c = about.liquid_temperature_c, about.air_temperature_c
    common = [
        draw.normal(0.0, u)
        for u in (
            sensor.u_air_temperature_c,
            sensor.u_liquid_temperature_c,
            sensor.u_pressure_hpa,
            sensor.u_humidity_percent,
        )
    ]
    change_hpa = draw.normal(0.0, 1.0)
    end_h = 2.0 * _BLANK_H + _BETWEEN_H + rate.hours

    def pressure_hpa(t_h: float) -> float:
        return about.pressure_hpa + float(change_hpa) * t_h / end_h

    def air(t_h: float) -> float:
        here = true_c[1], pressure_hpa(t_h), about.humidity_percent
        return air_density_kg_per_m3(*here)

    weights = draw.uniform(-_WEIGHTS_HALF_WIDTH, _WEIGHTS_HALF_WIDTH)
    z = z_factor_ul_per_mg(
        water_density_kg_per_m3(true_c[0]),
        (air(0.0) + air(end_h)) / 2.0,
        _WEIGHTS_KG_PER_M3 + float(weights),
    )
    needle = needle_factor(
        float(draw.normal(pan.needle_mm, pan.u_needle_mm)),
        float(draw.normal(pan.inner_mm, pan.u_inner_mm)),
    )
    span = float(draw.normal(1.0, scale.u_sensitivity))
    load_ml = draw.normal(pan.load_volume_ml, pan.u_load_volume_ml)
    # As much as neither blank sees: the mean rate while the pump runs.
    unseen = draw.uniform(-scale.zero_drift_ng_per_h, scale.zero_drift_ng_per_h)
    pull_ng = draw.uniform(-pan.contact_line_ng, pan.contact_line_ng)
    delivered_ng = rate.volume_ul / (z * needle * span) * 1e6

    def shown_ng(t_h: Times) -> Times:
        running_h = np.clip(t_h - _BLANK_H, 0.0, rate.hours)
        share = running_h / rate.hours
        lost = _EVAPORATION_MG_PER_H * 1e6 * t_h + unseen * (
            np.clip(t_h - _BLANK_H * 0.75, 0.0, end_h - 1.5 * _BLANK_H)
        )
        buoyed = load_ml * (np.array([air(float(t)) for t in t_h]) - air(0.0)) * 1e6
        noise = draw.normal(0.0, scale.repeatability_ng, t_h.size)
        total = delivered_ng * share + pull_ng * (share > 0.0) - lost - buoyed
        return _digits(total + noise, scale.readability_ng)

    def ambient(t_h: float) -> Ambient:
        alone = (
            about.u_air_temperature_c,
            about.u_liquid_temperature_c,
            about.u_pressure_hpa,
            about.u_humidity_percent,
        )
        errors = [
            float(shared + draw.normal(0.0, u))
            for shared, u in zip(common, alone, strict=True)
        ]
        return _shown(about, (true_c[1], true_c[0], pressure_hpa(t_h)), errors)

    return Made(shown_ng, ambient)


def world(given: Setup, rate: Rate, seed: int) -> Made:
    """Weigh the simulated vessel in the simulated room."""
    surroundings = SurroundingsParameters()
    case = Case(seed, "intervals", 0)
    vessel = SimulatedVessel(surroundings, case)
    drift = Wander(case, "balance zero", _DRIFT_PERIOD_H)
    draw = np.random.Generator(np.random.PCG64([seed, 2]))
    common = [float(draw.uniform(-each, each)) for each in _SENSOR_HALF_WIDTHS]
    scale = given.method.balance
    start_ng = vessel.pan_ng(0, 0.0)

    def pan_ng(t_h: float) -> float:
        running_h = min(max(t_h - _BLANK_H, 0.0), rate.hours)
        t_ns = round(t_h * _NS_PER_H)
        load_ng = vessel.pan_ng(t_ns, rate.ul_per_h * running_h * 1e3) - start_ng
        return load_ng + _DRIFT_NG_PER_H * drift.integral_h(t_ns)

    def shown_ng(t_h: Times) -> Times:
        noise = draw.normal(0.0, scale.repeatability_ng, t_h.size)
        shown = np.array([pan_ng(float(t)) for t in t_h])
        return _digits(shown + noise, scale.readability_ng)

    def ambient(t_h: float) -> Ambient:
        state = vessel.room.state(round(t_h * _NS_PER_H))
        noise = draw.normal(0.0, 1.0, 4) * (0.01, 0.01, 0.01, 0.05)
        errors = [
            shared + float(own) for shared, own in zip(common, noise, strict=True)
        ]
        shown = _shown(
            given.ambient, (state.air_c, state.liquid_c, state.pressure_hpa), errors
        )
        humidity = state.humidity_percent + errors[3]
        return replace(shown, humidity_percent=humidity)

    return Made(shown_ng, ambient)


MAKERS: Final[Mapping[str, Maker]] = MappingProxyType(
    {"stated": stated, "world": world}
)


def trial(given: Setup, maker: Maker, rate: Rate, seed: int) -> Trial | None:
    """Weigh one delivery; None where the method refuses the evidence."""
    made = maker(given, rate, seed)
    n = given.times.blank_readings(_BLANK_H) // 2
    last_h = _BLANK_H + rate.hours + _BETWEEN_H
    starts_h = 0.0, _BLANK_H / 2.0, last_h, last_h + _BLANK_H / 2.0
    shown = [_weighing(made, start_h, n) for start_h in starts_h]
    before, after = Blank(*shown[:2]), Blank(*shown[2:])
    tolerance = ureg.Quantity(_TOLERANCE * rate.volume_ul, "µL")
    try:
        measured = given.method.delivered(
            before.end,
            after.start,
            given.method.evaporation(before, after),
            tolerance,
            [made.ambient(hour) for hour in np.linspace(_BLANK_H, last_h, 6)],
        )
    except MeasurementRefused:
        return None
    expanded, _ = measured.expanded()
    value = magnitude(measured.value, "µL")
    return Trial(value - rate.volume_ul, magnitude(expanded, "µL"))


def trials(maker: str, rate: Rate, seeds: range) -> list[Trial | None]:
    """Weigh one delivery for each seed."""
    given = setup()
    return [trial(given, MAKERS[maker], rate, seed) for seed in seeds]


def coverage(found: Sequence[Trial]) -> float:
    """The share of intervals that hold the true volume."""
    return sum(abs(each.error) <= each.expanded for each in found) / len(found)


def _weighing(made: Made, start_h: float, n: int) -> Weighing:
    times = start_h + _BLANK_H / 2.0 * (np.arange(n) + 0.5) / n
    readings = [
        WeightReading(round(float(t) * _NS_PER_H), round(float(shown)), stable=True)
        for t, shown in zip(times, made.shown_ng(times), strict=True)
    ]
    return Weighing(plateau(readings), made.ambient(start_h + _BLANK_H / 4.0))


def _digits(shown_ng: Times, digit_ng: float) -> Times:
    rounded: Times = np.round(shown_ng / digit_ng) * digit_ng
    return rounded


def _shown(
    about: Ambient, true: tuple[float, float, float], errors: Sequence[float]
) -> Ambient:
    """What a sensor with these errors makes of air, liquid and pressure."""
    air_c, liquid_c, pressure_hpa = true
    return replace(
        about,
        air_temperature_c=air_c + errors[0],
        liquid_temperature_c=liquid_c + errors[1],
        pressure_hpa=pressure_hpa + errors[2],
        humidity_percent=about.humidity_percent + errors[3],
    )


def _row(maker: str, rate: Rate, found: Sequence[Trial | None]) -> str:
    usable = [each for each in found if each is not None]
    errors = np.array([each.error for each in usable])
    expanded = float(np.mean([each.expanded for each in usable]))
    reach = float(np.quantile(np.abs(errors), 0.95))
    share = 100.0 / rate.volume_ul
    return (
        f"| {maker} | {rate.ul_per_h:g} µL/h, {rate.hours:g} h | {len(usable)} |"
        f" {len(found) - len(usable)} | {100.0 * coverage(usable):.2f} % |"
        f" {share * float(np.mean(errors)):+.4f} % | {share * reach:.3f} % |"
        f" {share * expanded:.3f} % | {expanded / reach:.2f} |"
    )


def page(rows: Sequence[str], runs: int) -> str:
    """The page for the documentation."""
    return "\n".join(
        [
            "# Do the intervals cover?",
            "",
            "Written by `make intervals`; do not edit.",
            "",
            f"{runs} deliveries each, with a known true volume, weighed by the method"
            " that judges the runs (blanks of two hours before and after). *stated*:"
            " every input drawn from the distribution that the simulated bench's file"
            " states for it. *world*: vessel, room and balance of the simulated bench,"
            " with what its budget can only bound: evaporation, weather and zero that"
            " wander, and steps of the meniscus.",
            "",
            f"An interval of 95 % must cover in at least {100 * LEAST:g} %. More is"
            " over-coverage: U is larger than it need be, by the last column. The"
            " budget takes the whole stated drift for possible, in one direction, all"
            " the time.",
            "",
            "| drawn from | delivery | runs | refused | covered | mean error |"
            " 95 % of errors within | mean U | U over that |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intervals")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"default {RUNS}")
    runs = parser.parse_args().runs
    chunks = [range(n, min(n + _CHUNK, runs)) for n in range(0, runs, _CHUNK)]
    rows, short = [], []
    with ProcessPoolExecutor() as pool:
        for maker in MAKERS:
            for rate in (LOW, HIGH):
                work = pool.map(partial(trials, maker, rate), chunks)
                found = [each for chunk in work for each in chunk]
                rows.append(_row(maker, rate, found))
                print(rows[-1], flush=True)
                if coverage([each for each in found if each is not None]) < LEAST:
                    short.append(f"{maker}, {rate.name} rate")
    if runs == RUNS:
        PAGE.write_text(page(rows, runs), encoding="utf-8")
    if short:
        sys.exit(f"covered in less than {LEAST:.0%}: {'; '.join(short)}")


if __name__ == "__main__":
    main()
