"""The drive of a simulated syringe pump: motor, count, target volume, stall.

Nothing is stepped: the drive says when something will happen, and is looked at then.
"""

from __future__ import annotations

import math
from typing import Final

from drivers.sim.contracts import FAR, HandledMechanism
from drivers.sim.syringe_pump import SyringePumpParameters
from harness.clock import NS_PER_MS, NS_PER_S

NS_PER_H: Final = 3_600 * NS_PER_S
_FULL: Final = 1.0 - 1e-6
"""A crossing of the pressure is known to the nanosecond, and looked at a little after;
what is missing to the limit then is rounding."""


class Drive:
    """Moves the plunger at a rate, until it is stopped, has given a volume or stalls.

    Args:
        parameters: the pump.
        mechanism: what it drives, and feels.

    Attributes:
        runs: whether it is at work, as the pump believes.
        rate_nl_per_h: of the last run; below 0 when it withdraws.
        left_nl: of the target volume; None without one.
        has_stalled: whether the last run ended in a stall.
    """

    def __init__(
        self, parameters: SyringePumpParameters, mechanism: HandledMechanism
    ) -> None:
        self.runs = False
        self.rate_nl_per_h = 0
        self.left_nl: float | None = None
        self.has_stalled = False
        self._parameters = parameters
        self._mechanism = mechanism
        self._scale = 1.0
        self._infused_nl = 0.0
        self._withdrawn_nl = 0.0
        self._counted_ns = 0
        self._held_ns = FAR

    def set_diameter(self, diameter_um: int) -> None:
        """Reckon with another diameter than that of the syringe in place, perhaps."""
        self._scale = (self._parameters.diameter_um / diameter_um) ** 2

    def run(self, t_ns: int, rate_nl_per_h: int, target_nl: int | None) -> None:
        """Start; below 0 withdraws."""
        self._count(t_ns)
        self.runs, self.has_stalled = True, False
        self.rate_nl_per_h = rate_nl_per_h
        self.left_nl = None if target_nl is None else float(target_nl)
        self._held_ns = FAR
        self._turn(t_ns)
        self._look(t_ns)

    def go_on(self, t_ns: int) -> None:
        """Start again where it was stopped: what is left of a volume is left."""
        self._count(t_ns)
        self.runs, self.has_stalled = True, False
        self._held_ns = FAR
        self._turn(t_ns)
        self._look(t_ns)

    def stop(self, t_ns: int) -> None:
        """Stand still."""
        self._count(t_ns)
        self.runs, self.has_stalled = False, False
        self._turn(t_ns)

    def lose_power(self, t_ns: int) -> None:
        """Stand still, and forget what was counted."""
        self.stop(t_ns)
        self.left_nl = None
        self.clear()

    def clear(self, infused: bool = True, withdrawn: bool = True) -> None:
        """Begin to count anew."""
        self._infused_nl *= not infused
        self._withdrawn_nl *= not withdrawn

    def dispensed_nl(self, t_ns: int) -> tuple[float, float]:
        """Return the volumes infused and withdrawn, as the pump counts them."""
        self._count(t_ns)
        return self._infused_nl, self._withdrawn_nl

    def due_ns(self, t_ns: int) -> int:
        """Return when the drive must be looked at next, from ``t_ns`` on."""
        if not self.runs:
            return FAR
        stall_ns = self._held_ns + self._detection_ns if self._is_held else FAR
        return min(self._target_ns(), stall_ns, self._may_hold_ns(t_ns))

    def advance(self, t_ns: int) -> None:
        """Look at target and plunger; stop where that is due."""
        if not self.runs:
            return
        self._count(t_ns)
        if self._is_done():
            self.left_nl = 0.0
            self._finish(t_ns)
            return
        self._look(t_ns)
        if self._is_held and t_ns >= self._held_ns + self._detection_ns:
            self._stall(t_ns)

    @property
    def _detection_ns(self) -> int:
        return round(self._parameters.stall_detection_s * NS_PER_S)

    @property
    def _is_held(self) -> bool:
        return self._held_ns < FAR

    def _finish(self, t_ns: int) -> None:
        """Stop where the target volume is reached."""
        self.stop(t_ns)

    def _stall(self, t_ns: int) -> None:
        """Stop, and say that the plunger stood still."""
        self.stop(t_ns)
        self.has_stalled = True

    def _speed_nl_per_h(self, t_ns: int) -> float:
        """Return what the motor is driven at, as if the diameter were right."""
        return self.rate_nl_per_h if self.runs else 0.0

    def _counts_nl_per_h(self) -> float:
        """Return how fast the pump counts."""
        return self.rate_nl_per_h if self.runs else 0.0

    def _turn(self, t_ns: int) -> None:
        self._mechanism.set_motor(t_ns, self._speed_nl_per_h(t_ns) * self._scale)

    def _count(self, t_ns: int) -> None:
        moved_nl = self._counts_nl_per_h() * (t_ns - self._counted_ns) / NS_PER_H
        self._infused_nl += max(moved_nl, 0.0)
        self._withdrawn_nl += max(-moved_nl, 0.0)
        if self.left_nl is not None and self.runs:
            elapsed_ns = t_ns - self._counted_ns
            self.left_nl -= abs(self._dosing_nl_per_h()) * elapsed_ns / NS_PER_H
        self._counted_ns = t_ns

    def _dosing_nl_per_h(self) -> float:
        """Return how fast what is left of the volume falls."""
        return self.rate_nl_per_h

    def _is_done(self) -> bool:
        # Half a picolitre is the rounding of a moment.
        return self.left_nl is not None and self.left_nl <= 5e-4

    def _target_ns(self) -> int:
        dosing = abs(self._dosing_nl_per_h())
        if self.left_nl is None or not dosing:
            return FAR
        wait_ns = math.ceil(max(self.left_nl, 0.0) / dosing * NS_PER_H)
        return self._counted_ns + max(wait_ns, 1)

    def _look(self, t_ns: int) -> None:
        if not self._cannot_move(t_ns):
            self._held_ns = FAR
        elif not self._is_held:
            self._held_ns = t_ns

    def _cannot_move(self, t_ns: int) -> bool:
        """Tell whether the plunger is at its end, or the pressure too high."""
        if self.rate_nl_per_h <= 0:
            return False
        pressure_kpa = self._mechanism.line_pressure_kpa(t_ns)
        is_pressed = pressure_kpa >= self._parameters.stall_kpa * _FULL
        return is_pressed or self._mechanism.is_inlet_dry(t_ns)

    def _may_hold_ns(self, t_ns: int) -> int:
        """Return when the plunger may next be held, or be free again."""
        limit_kpa = self._parameters.stall_kpa
        crosses_ns = self._mechanism.pressure_crosses_ns(t_ns, limit_kpa)
        dry_ns = self._mechanism.reservoir_dry_at_ns(t_ns)
        later_ns = min(crosses_ns + NS_PER_MS, dry_ns if dry_ns > t_ns else FAR)
        return min(later_ns, FAR)
