"""What nobody commands: evaporation, temperatures, weather, the pull on the needle.

All of it is counted from the beginning of a case, so that a case alone sees the same
room that it sees in a whole run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from drivers.sim import noise
from drivers.sim.fluids import air_density_kg_per_m3
from drivers.sim.surroundings_parameters import SurroundingsParameters

_NS_PER_H: Final = 3_600_000_000_000
_EVAPORATION_PERIOD_H: Final = 17.0
_DAY_H: Final = 24.0


class RoomState(NamedTuple):
    """Air and liquid beside the balance at one moment."""

    air_c: float
    liquid_c: float
    pressure_hpa: float
    humidity_percent: float


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
    """Something that swings slowly, and is 0 when the case begins.

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

    def swing(self, t_ns: int) -> float:
        """Return a number between -1 and 1."""
        turn = self._phase + (t_ns - self._began_ns) * self._turn_per_ns
        return (self._cosine - math.cos(turn)) / 2.0

    def integral_h(self, t_ns: int) -> float:
        """Return the integral, in hours, of a rate that swings between -1 and 1."""
        return self.swing(t_ns) * self._period_h / math.pi

    def lagged(self, t_ns: int, lag_h: float) -> float:
        """Return what follows the swing with a time constant, from 0 as well.

        Source: the first-order lag, x + lag dx/dt = swing, solved.
        """
        delay = math.atan(math.tau * lag_h / self._period_h)
        gain = math.cos(delay)
        elapsed_ns = t_ns - self._began_ns
        turn = self._phase + elapsed_ns * self._turn_per_ns - delay
        start = self._cosine - gain * math.cos(self._phase - delay)
        fading = math.exp(-elapsed_ns / (lag_h * _NS_PER_H))
        return (self._cosine - gain * math.cos(turn) - start * fading) / 2.0


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
        self._warmth = Wander(case, "air temperature", _DAY_H)
        self._weather = Wander(case, "weather", _DAY_H)
        self._damp = Wander(case, "humidity", _DAY_H)
        self._meniscus = case.key("meniscus")
        self._cell = (-1, 0.0, 0.0, 0.0)

    def state(self, t_ns: int) -> RoomState:
        """Return what an ideal sensor shows."""
        given = self._parameters
        t_ns = max(t_ns, self._began_ns)
        air_c, pressure_hpa, humidity_percent = self._air(t_ns)
        lagged = self._warmth.lagged(t_ns, given.liquid_lag_h)
        liquid_c = given.liquid_temperature_c + given.air_temperature_change_k * lagged
        return RoomState(air_c, liquid_c, pressure_hpa, humidity_percent)

    def evaporated_ng(self, t_ns: int) -> float:
        """Return the mass lost since the case began."""
        elapsed_h = max(0, t_ns - self._began_ns) / _NS_PER_H
        change_h = self._parameters.evaporation_change * self._evaporation.integral_h(
            max(t_ns, self._began_ns)
        )
        return self._parameters.evaporation_ng_per_h * (elapsed_h + change_h)

    def air_kg_per_m3(self, t_ns: int) -> float:
        """Return the density of the air of the moment."""
        return air_density_kg_per_m3(*self._air(t_ns))

    def _air(self, t_ns: int) -> tuple[float, float, float]:
        """Return the air's temperature in °C, pressure in hPa and humidity in %."""
        given = self._parameters
        return (
            given.air_temperature_c
            + given.air_temperature_change_k * self._warmth.swing(t_ns),
            given.pressure_hpa + given.pressure_change_hpa * self._weather.swing(t_ns),
            given.humidity_percent
            + given.humidity_change_percent * self._damp.swing(t_ns),
        )

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
