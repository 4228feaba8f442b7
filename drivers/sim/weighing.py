"""What the balance makes of its load: filter, drift, noise, zero and tare."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple

from drivers.sim import noise
from drivers.sim.contracts import BalanceParameters
from drivers.sim.room import Case, Wander
from drivers.sim.world import World

_NS_PER_S: Final = 1_000_000_000
_STABILITY_NS: Final = 2 * _NS_PER_S
_DRIFT_PERIOD_H: Final = 24.0
_ZERO_RANGE: Final = 0.02


class Load(Enum):
    """Where the load is in the weighing range."""

    IN_RANGE = auto()
    OVER = auto()
    UNDER = auto()


class Weighed(NamedTuple):
    """One observation; ``units`` is the net weight as a count of the last digit."""

    load: Load
    stable: bool
    units: int


class Weighing:
    """The weighing cell and its electronics.

    Order of effects: delayed load, drift of the zero, white noise, zero and tare, last
    digit. Two readings at one moment are the same reading. Stable means that hands are
    off and that little has flowed in for two seconds.

    Args:
        parameters: of the balance.
        world: whose pan it stands under.
        start_ns: when its power came on, long enough ago that it is at rest.
    """

    def __init__(
        self, parameters: BalanceParameters, world: World, start_ns: int
    ) -> None:
        self._parameters = parameters
        self._world = world
        self._filter_ns = round(parameters.filter_s * _NS_PER_S)
        self._settle_ns = round(parameters.settle_s * _NS_PER_S)
        self._range_ng = _ZERO_RANGE * parameters.capacity_ng
        self._use_case(world.case)
        self.power_on(start_ns)
        self._on_ns -= self._settle_ns

    def power_on(self, t_ns: int) -> None:
        """Take the load of the moment as zero, and forget the tare."""
        self._on_ns = t_ns
        self._preload_ng = self._zero_ng = self._shown_ng(t_ns)
        self._tare_ng = 0.0

    def weigh(self, t_ns: int) -> Weighed:
        """Observe the pan."""
        load_ng = self._world.pan_ng(t_ns - self._filter_ns)
        if self._world.case is not self._case:
            self._use_case(self._world.case)
        scatter = noise.gaussian(self._noise, t_ns - self._case.began_ns)
        net_ng = load_ng + self._drift_ng(t_ns) - self._zero_ng - self._tare_ng
        net_ng += self._parameters.repeatability_ng * scatter
        return Weighed(
            self._range(load_ng),
            self._is_stable(t_ns),
            round(net_ng / self._parameters.readability_ng),
        )

    def set_zero(self, t_ns: int) -> Load:
        """Zero and clear the tare, unless the load is outside the zero range."""
        shown_ng = self._shown_ng(t_ns)
        if abs(shown_ng - self._preload_ng) > self._range_ng:
            return Load.OVER if shown_ng > self._preload_ng else Load.UNDER
        self._zero_ng = shown_ng
        self._tare_ng = 0.0
        return Load.IN_RANGE

    def set_tare(self, t_ns: int) -> int:
        """Tare, and return the tare as a count of the last digit."""
        self._tare_ng = self._shown_ng(t_ns) - self._zero_ng
        return round(self._tare_ng / self._parameters.readability_ng)

    def _shown_ng(self, t_ns: int) -> float:
        return self._world.pan_ng(t_ns - self._filter_ns) + self._drift_ng(t_ns)

    def _drift_ng(self, t_ns: int) -> float:
        if self._world.case is not self._case:
            self._use_case(self._world.case)
        drift_h = self._drift.integral_h(t_ns)
        return self._parameters.zero_drift_ng_per_h * drift_h

    def _range(self, load_ng: float) -> Load:
        if load_ng > self._parameters.capacity_ng:
            return Load.OVER
        if load_ng < self._preload_ng - self._range_ng:
            return Load.UNDER
        return Load.IN_RANGE

    def _is_stable(self, t_ns: int) -> bool:
        world = self._world
        if t_ns - self._settle_ns < max(world.disturbed_ns, self._on_ns):
            return False
        seen_ns = t_ns - self._filter_ns
        inflow_ng = world.delivered_ng(seen_ns - _STABILITY_NS, seen_ns)
        return inflow_ng <= self._parameters.stability_band_ng

    def _use_case(self, case: Case) -> None:
        self._case = case
        self._noise = case.key("balance noise")
        self._drift = Wander(case, "balance zero", _DRIFT_PERIOD_H)
