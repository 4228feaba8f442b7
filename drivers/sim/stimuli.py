"""The hands at everything round the pump that moves no liquid by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from drivers.sim.battery import Battery
from drivers.sim.bench_conditions import BenchConditions

_ATMOSPHERE_KPA: Final = 101.325
_HIGHEST_MM: Final = 2_000


class Stimuli(ABC):
    """Supply, pressures, temperature, memory and tube, as devices and hands see them.

    Args:
        conditions: their present setting.
        battery: the charge that the pump draws.
    """

    def __init__(self, conditions: BenchConditions, battery: Battery) -> None:
        self._conditions = conditions
        self._battery = battery

    @abstractmethod
    def _touch(self, t_ns: int) -> None:
        """Let the devices look at what has changed."""

    @abstractmethod
    def _reach(self, t_ns: int) -> None:
        """Let what is due by then happen under the conditions as they are."""

    @abstractmethod
    def _change_flow(self, t_ns: int) -> None:
        """Let the liquid flow under the present conditions, and the devices look."""

    def supply_mv(self, t_ns: int) -> int:
        """Return the voltage that the pump's electronics get; 0 for none."""
        return self._conditions.supply_mv

    def memory_upsets(self, t_ns: int) -> tuple[int, int]:
        """Return how many stored values were flipped: mended ones, lost ones."""
        return self._conditions.upsets

    def tube_setting(self, t_ns: int) -> tuple[int, int]:
        """Return which setting of the tube's life this is, and what it left in nL."""
        return self._conditions.tube

    def renewals(self, t_ns: int) -> int:
        """Return how often battery, tube and memory have been made new."""
        return self._conditions.renewals

    def use_link(self) -> None:
        """Draw from the supply what an exchange on the link costs."""
        self._battery.exchange()

    def charge_nah(self, t_ns: int) -> float:
        """Return what the pump has drawn from its supply since the start, nAh."""
        return self._battery.drawn_nah(t_ns)

    def syringes(self, t_ns: int) -> int:
        """Return how often the pump's syringe has been changed."""
        return self._conditions.syringes

    def hand_setting(self, t_ns: int) -> tuple[int, int]:
        """Return the number of the last order at the pump's keys, and its nL/h."""
        return self._conditions.by_hand

    def start_by_hand(self, t_ns: int, rate_nl_per_h: int) -> None:
        """Set a rate at the pump's own keys and start it; 0 stops it.

        Raises:
            ValueError: it is negative.
        """
        if rate_nl_per_h < 0:
            raise ValueError(f"no pump runs at {rate_nl_per_h} nL/h; give 0 or more")
        number, _ = self._conditions.by_hand
        self._conditions.by_hand = (number + 1, rate_nl_per_h)
        self._touch(t_ns)

    def stop_by_hand(self, t_ns: int) -> None:
        """Stop the pump at its own keys."""
        self.start_by_hand(t_ns, 0)

    def back_pressure_pa(self, t_ns: int) -> float:
        """Return the true pressure at the end of the line, as a gauge shows it."""
        return self._conditions.back_pressure_pa

    def temperature_c(self, t_ns: int) -> float:
        """Return the temperature of the pump."""
        return self._conditions.temperature_c

    def ambient_pressure_pa(self, t_ns: int) -> int:
        """Return the absolute pressure round the pump."""
        return self._conditions.ambient_pa

    def set_power(self, t_ns: int, on: bool) -> None:
        """Connect the pump's supply, or take it away."""
        self._conditions.powered = on
        self._supply(t_ns)

    def set_supply(self, t_ns: int, voltage_mv: int) -> None:
        """Set the voltage of the supply.

        Raises:
            ValueError: it is negative.
        """
        if voltage_mv < 0:
            raise ValueError(f"a supply cannot give {voltage_mv} mV; give 0 or more")
        self._conditions.voltage_mv = voltage_mv
        self._supply(t_ns)

    def set_back_pressure(self, t_ns: int, set_point_pa: int) -> None:
        """Set the source of pressure at the end of the line; 0 relieves it.

        Raises:
            ValueError: the rotor could not pump against it, or it is a vacuum.
        """
        limit_pa = round(
            min(self._conditions.stall_pressure_kpa, _ATMOSPHERE_KPA) * 1_000
        )
        if abs(set_point_pa) > limit_pa:
            raise ValueError(
                f"the source cannot give {set_point_pa} Pa; stay within"
                f" -{limit_pa}..{limit_pa} Pa"
            )
        self._reach(t_ns)
        self._conditions.set_back_pressure(set_point_pa)
        self._change_flow(t_ns)

    def set_height(self, t_ns: int, height_mm: int) -> None:
        """Hold the pump above the end of the line, or below it if negative.

        Raises:
            ValueError: no bench is so high.
        """
        if abs(height_mm) > _HIGHEST_MM:
            raise ValueError(
                f"a pump cannot be held {height_mm} mm above the end of the line; stay"
                f" within -{_HIGHEST_MM}..{_HIGHEST_MM} mm"
            )
        self._reach(t_ns)
        self._conditions.height_mm = height_mm
        self._change_flow(t_ns)

    def set_temperature(self, t_ns: int, celsius: float) -> None:
        """Bring the pump to a temperature; vessel and balance keep the room's."""
        self._reach(t_ns)
        self._conditions.temperature_c = celsius
        self._change_flow(t_ns)

    def set_ambient_pressure(self, t_ns: int, pressure_pa: int) -> None:
        """Set the absolute pressure round the pump; the balance keeps the room's."""
        self._reach(t_ns)
        self._conditions.ambient_pa = pressure_pa
        self._change_flow(t_ns)

    def upset_memory(self, t_ns: int, critical: bool) -> None:
        """Flip a stored value that the pump cannot mend, or one that it can."""
        self._conditions.upset_memory(critical)
        self._touch(t_ns)

    def set_tube_left(self, t_ns: int, left_nl: int) -> None:
        """Let the pump tube have so much of its life left."""
        self._conditions.set_tube_left(left_nl)
        self._touch(t_ns)

    def renew_unit(self, t_ns: int) -> None:
        """Exchange what wears: battery, tube and memory are as new."""
        self._conditions.renew()
        self._supply(t_ns)

    def _supply(self, t_ns: int) -> None:
        self._battery.set_on(t_ns, self._conditions.supply_mv > 0)
        self._touch(t_ns)
