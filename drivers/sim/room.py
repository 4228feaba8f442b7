"""What nobody commands: evaporation, the weather and the meniscus on the needle.

All of it is counted from the beginning of a case, so that a case alone sees the same
room that it sees in a whole run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from drivers.sim import noise
from drivers.sim.contracts import SurroundingsParameters
from drivers.sim.fluids import air_density_kg_per_m3

_NS_PER_H: Final = 3_600_000_000_000
_EVAPORATION_PERIOD_H: Final = 17.0
_WEATHER_PERIOD_H: Final = 24.0


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the plan, which keys everything that is drawn while it runs."""

    seed: int
    case_id: str
    began_ns: int

    def key(self, label: str) -> bytes:
        """Return the key of the noise that is called ``label``."""
        return noise.derive(self.seed, "case", self.case_id, label)


class Wander:
    """A rate that swings round zero, slowly; its integral begins at zero.

    Args:
        case: whose phase it takes, and from whose beginning it counts.
        label: what wanders.
        period_h: of the swing.
    """

    __slots__ = ("_began_ns", "_cosine", "_period_h", "_phase", "_turn_per_ns")

    def __init__(self, case: Case, label: str, period_h: float) -> None:
        self._began_ns = case.began_ns
        self._period_h = period_h
        self._turn_per_ns = math.tau / (period_h * _NS_PER_H)
        self._phase = math.tau * noise.uniform(case.key(label), 0)
        self._cosine = math.cos(self._phase)

    def integral_h(self, t_ns: int) -> float:
        """Return the integral, in hours, of a swing between -1 and 1."""
        turn = self._phase + (t_ns - self._began_ns) * self._turn_per_ns
        return (self._cosine - math.cos(turn)) * self._period_h / math.tau


class Room:
    """The surroundings while one case runs.

    Args:
        parameters: mean values and amplitudes.
        case: the case, or the time before the first one.
    """

    def __init__(self, parameters: SurroundingsParameters, case: Case) -> None:
        self._parameters = parameters
        self._began_ns = case.began_ns
        self._evaporation = Wander(case, "evaporation", _EVAPORATION_PERIOD_H)
        self._weather = Wander(case, "weather", _WEATHER_PERIOD_H)
        self._meniscus = case.key("meniscus")
        self._cell = (-1, 0.0, 0.0, 0.0)
        self._air_kg_per_m3 = air_density_kg_per_m3(
            parameters.air_temperature_c,
            parameters.pressure_hpa,
            parameters.humidity_percent,
        )

    def evaporated_ng(self, t_ns: int) -> float:
        """Return the mass lost since the case began."""
        elapsed_h = max(0, t_ns - self._began_ns) / _NS_PER_H
        change_h = self._parameters.evaporation_change * self._evaporation.integral_h(
            max(t_ns, self._began_ns)
        )
        return self._parameters.evaporation_ng_per_h * (elapsed_h + change_h)

    def air_kg_per_m3(self, t_ns: int) -> float:
        """Return the density of the air, which follows its pressure."""
        swing = self._weather.integral_h(t_ns) * math.tau / _WEATHER_PERIOD_H / 2
        change = self._parameters.pressure_change_hpa / self._parameters.pressure_hpa
        return self._air_kg_per_m3 * (1.0 + change * swing)

    def meniscus_pull_ng(self, delivered_nl: float) -> float:
        """Return the pull on the needle, which jumps as the level in the vessel rises.

        Args:
            delivered_nl: volume delivered since the case began.
        """
        position = delivered_nl / self._parameters.contact_line_spacing_nl
        cell = math.floor(position)
        if cell != self._cell[0]:
            step_ng = self._parameters.contact_line_step_ng
            self._cell = (
                cell,
                noise.uniform(self._meniscus, ~cell),
                step_ng * noise.gaussian(self._meniscus, cell - 1),
                step_ng * noise.gaussian(self._meniscus, cell),
            )
        _, border, before_ng, after_ng = self._cell
        return before_ng if position - cell < border else after_ng
