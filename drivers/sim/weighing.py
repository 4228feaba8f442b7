"""What the balance makes of its load: filter, drift, noise, zero and tare.

And what it does by itself, if it is told to. Autozero: while the display has been
within 3 d of zero and changes by less than half a digit in a second, on average between
two looks, the zero follows all of the change [G]; at 0.01 mg that swallows any flow
below 18 µL/h. An adjustment: what comes while it lasts goes into the new zero [G].
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple, Protocol

from drivers.sim import noise
from drivers.sim.balance_parameters import BalanceParameters
from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.room import Case, Wander

_NS_PER_S: Final = 1_000_000_000
_STABILITY_NS: Final = 2 * _NS_PER_S
_DRIFT_PERIOD_H: Final = 24.0
_ZERO_RANGE: Final = 0.02
_FOLLOWED_DIGITS: Final = 3.0
_FOLLOWED_DIGITS_PER_S: Final = 0.5


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


class Pan(Protocol):
    """What stands on a balance, and what happens round it."""

    @property
    def case(self) -> Case:
        """The case that runs."""

    @property
    def disturbed_ns(self) -> int:
        """When hands were last at the balance."""

    def pan_ng(self, t_ns: int) -> float:
        """Return what a perfect balance shows."""

    def delivered_ng(self, since_ns: int, t_ns: int) -> float:
        """Return the mass that flowed in between two moments."""


class Weighing:
    """The weighing cell and its electronics.

    Order of effects: delayed load, drift of the zero, white noise, zero and tare, last
    digit. Two readings at one moment are the same reading. Stable means that hands are
    off and that little has flowed in for two seconds.

    Args:
        parameters: of the balance.
        pan: what it weighs.
        start_ns: when its power came on, long enough ago that it is at rest.
        label: keys its noise and its drift.
    """

    def __init__(
        self,
        parameters: BalanceParameters,
        pan: Pan,
        start_ns: int,
        label: str = "balance",
    ) -> None:
        self._parameters = parameters
        self._pan = pan
        self._label = label
        self._autozero = parameters.autozero
        self._meddling = Meddling()
        self._held_ng: float | None = None
        self._filter_ns = round(parameters.filter_s * _NS_PER_S)
        self._settle_ns = round(parameters.settle_s * _NS_PER_S)
        self._range_ng = _ZERO_RANGE * parameters.capacity_ng
        self._span_from_ns = start_ns + round(parameters.span_error_after_s * _NS_PER_S)
        self._use_case(pan.case)
        self.power_on(start_ns)
        self._on_ns -= self._settle_ns

    def befall(self, meddling: Meddling) -> None:
        """Let something go wrong with the balance from now on."""
        self._meddling = meddling

    def power_on(self, t_ns: int) -> None:
        """Take the load of the moment as zero, and forget the tare."""
        self._on_ns = t_ns
        self._held_ng = None
        self._preload_ng = self._zero_ng = self._shown_ng(t_ns)
        self._tare_ng = 0.0
        self._followed_ns, self._followed_ng = t_ns, self._zero_ng

    @property
    def autozero(self) -> bool:
        """Whether the zero follows slow changes."""
        return self._autozero

    def set_autozero(self, t_ns: int, on: bool) -> None:
        """Let the zero follow from now on, or no more."""
        self.follow(t_ns)
        self._autozero = on
        self._followed_ns, self._followed_ng = t_ns, self._shown_ng(t_ns)

    def follow(self, t_ns: int) -> None:
        """Let the zero follow what has come since the last look, if it does so."""
        if not self._autozero:
            return
        shown_ng = self._shown_ng(t_ns)
        change_ng = shown_ng - self._followed_ng
        digit_ng = self._parameters.readability_ng
        before_ng = self._followed_ng - self._zero_ng - self._tare_ng
        elapsed_s = (t_ns - self._followed_ns) / _NS_PER_S
        is_slow = abs(change_ng) < _FOLLOWED_DIGITS_PER_S * digit_ng * elapsed_s
        is_touched = self._pan.disturbed_ns >= self._followed_ns - self._filter_ns
        is_near = abs(before_ng) <= _FOLLOWED_DIGITS * digit_ng
        if is_slow and is_near and not is_touched:
            self._zero_ng += change_ng
        self._followed_ns, self._followed_ng = t_ns, shown_ng

    def begin_adjustment(self, t_ns: int) -> None:
        """Lift the pan off and put the inner weight on."""
        self._held_ng = self._shown_ng(t_ns) - self._zero_ng

    def end_adjustment(self, t_ns: int) -> None:
        """Show again what was shown before, whatever has come meanwhile."""
        if self._held_ng is not None:
            self._zero_ng = self._shown_ng(t_ns) - self._held_ng
            self._held_ng = None

    def weigh(self, t_ns: int) -> Weighed:
        """Observe the pan."""
        self.follow(t_ns)
        load_ng = self._load_ng(t_ns)
        if self._pan.case is not self._case:
            self._use_case(self._pan.case)
        scatter = noise.gaussian(self._noise, t_ns - self._case.began_ns)
        net_ng = load_ng + self._drift_ng(t_ns) - self._zero_ng - self._tare_ng
        net_ng += self._parameters.repeatability_ng * scatter
        weighed = Weighed(
            self._range(load_ng),
            self._is_stable(t_ns),
            round(net_ng / self._parameters.readability_ng),
        )
        return self._meddling.weighed(t_ns, weighed)

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
        return self.tare_units

    @property
    def tare_units(self) -> int:
        """The tare as a count of the last digit."""
        return round(self._tare_ng / self._parameters.readability_ng)

    def preset_tare(self, units: int) -> None:
        """Take a number as tare, whatever the load; 0 is none."""
        self._tare_ng = float(units * self._parameters.readability_ng)

    def _shown_ng(self, t_ns: int) -> float:
        return self._load_ng(t_ns) + self._drift_ng(t_ns)

    def _load_ng(self, t_ns: int) -> float:
        pan_ng = self._pan.pan_ng(t_ns - self._filter_ns)
        load_ng = self._meddling.load_ng(t_ns, pan_ng)
        if t_ns < self._span_from_ns:
            return load_ng
        return load_ng * (1.0 + self._parameters.span_error)

    def _drift_ng(self, t_ns: int) -> float:
        if self._pan.case is not self._case:
            self._use_case(self._pan.case)
        drift_h = self._drift.integral_h(t_ns)
        return self._parameters.zero_drift_ng_per_h * drift_h

    def _range(self, load_ng: float) -> Load:
        if load_ng > self._parameters.capacity_ng:
            return Load.OVER
        if load_ng < self._preload_ng - self._range_ng:
            return Load.UNDER
        return Load.IN_RANGE

    def _is_stable(self, t_ns: int) -> bool:
        pan = self._pan
        if self._held_ng is not None:
            return False
        if t_ns - self._settle_ns < max(pan.disturbed_ns, self._on_ns):
            return False
        seen_ns = t_ns - self._filter_ns
        inflow_ng = pan.delivered_ng(seen_ns - _STABILITY_NS, seen_ns)
        return inflow_ng <= self._parameters.stability_band_ng

    def _use_case(self, case: Case) -> None:
        self._case = case
        self._noise = case.key(f"{self._label} noise")
        self._drift = Wander(case, f"{self._label} zero", _DRIFT_PERIOD_H)
