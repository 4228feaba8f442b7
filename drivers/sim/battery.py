"""The charge that the pump draws from its supply, in closed form.

It has three parts: what the electronics take while they are on, what the motor takes
for each microlitre that it is told to move, and what each exchange on the link costs.
"""

from __future__ import annotations

from typing import Final

IDLE_NA: Final = 8_000.0
"""Current of the electronics, nA [I]: a cell of 1 Ah lasts for years."""
MOTOR_NAH_PER_NL: Final = 0.05
"""Charge for each nL that the rotor nominally moves, held or not [I]."""
EXCHANGE_NAH: Final = 5.0
"""Charge for each request that is answered [I]."""

_NS_PER_H: Final = 3_600_000_000_000


class Battery:
    """What has been drawn since the start, as a meter in the supply shows it.

    Args:
        consumption: share of the nominal charge that this unit draws.
        start_ns: bench time of the start.
    """

    __slots__ = ("_consumption", "_drawn_nah", "_motor_nl_per_h", "_on", "_since_ns")

    def __init__(self, consumption: float, start_ns: int) -> None:
        """Begin with the supply on and the motor off."""
        self._consumption = consumption
        self._drawn_nah = 0.0
        self._motor_nl_per_h = 0.0
        self._on = True
        self._since_ns = start_ns

    def drawn_nah(self, t_ns: int) -> float:
        """Return the charge up to a bench time, nAh; not before the last change."""
        hours = (t_ns - self._since_ns) / _NS_PER_H
        current_na = IDLE_NA + MOTOR_NAH_PER_NL * self._motor_nl_per_h
        return self._drawn_nah + self._consumption * self._on * current_na * hours

    def set_motor(self, t_ns: int, nl_per_h: float) -> None:
        """Let the motor be told another speed; backwards costs the same."""
        self._pass(t_ns)
        self._motor_nl_per_h = abs(nl_per_h)

    def set_on(self, t_ns: int, on: bool) -> None:
        """Let the electronics have a supply, or none."""
        self._pass(t_ns)
        self._on = on

    def exchange(self) -> None:
        """Pay for one exchange on the link."""
        self._drawn_nah += self._consumption * EXCHANGE_NAH

    def _pass(self, t_ns: int) -> None:
        self._drawn_nah, self._since_ns = self.drawn_nah(t_ns), t_ns
