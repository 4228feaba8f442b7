"""What is done to the pump from outside, besides clamp, magnet and liquid.

Supply, pressure at the end of the line, temperature and pressure round the pump, and
what only a maker's service tool can reach: its memory and its tube.
"""

from __future__ import annotations

from typing import Final

from drivers.sim.contracts import PumpParameters
from drivers.sim.surroundings_parameters import SurroundingsParameters

BENCH_TEMPERATURE_C: Final = 20.0
"""At which the pump delivers what its error alone makes of the commanded flow."""
STANDARD_PRESSURE_PA: Final = 101_325
"""Ambient pressure of which the same is true."""

_PA_PER_KPA: Final = 1_000
# A column of water at 20 °C: 998.2 kg/m³ at 9.80665 m/s².
_PA_PER_MM: Final = 9.789


class BenchConditions:
    """The present setting of every stimulus; a healthy bench's at the start.

    Args:
        pump: how its flow depends on the conditions, and its battery.
        surroundings: how wrong the source of pressure is.

    Attributes:
        height_mm: of the pump above the end of the line.
        powered: whether the supply is connected.
        voltage_mv: of the supply, connected or not.
        temperature_c: of the pump.
        ambient_pa: absolute pressure round the pump.
        upsets: stored values that were flipped: mended ones, lost ones.
        tube: number of the last setting of the tube's life, and what it left, nL.
        stall_pressure_kpa: against which the rotor cannot pump.
        renewals: how often the unit has been exchanged for a new one.
        syringes: how often the syringe has been changed.
        by_hand: number of the last order at the pump's own keys, and its rate, nL/h.
    """

    __slots__ = (
        "_back_pressure_pa",
        "_pump",
        "_source_error",
        "ambient_pa",
        "by_hand",
        "height_mm",
        "powered",
        "renewals",
        "stall_pressure_kpa",
        "syringes",
        "temperature_c",
        "tube",
        "upsets",
        "voltage_mv",
    )

    def __init__(
        self, pump: PumpParameters, surroundings: SurroundingsParameters
    ) -> None:
        self._pump = pump
        self._source_error = surroundings.source_error
        self.stall_pressure_kpa = surroundings.stall_pressure_kpa
        self._back_pressure_pa = 0
        self.height_mm = 0
        self.powered = True
        self.voltage_mv = pump.battery_mv
        self.temperature_c = BENCH_TEMPERATURE_C
        self.ambient_pa = STANDARD_PRESSURE_PA
        self.upsets = (0, 0)
        self.tube = (0, pump.tube_life_nl)
        self.renewals = 0
        self.syringes = 0
        self.by_hand = (0, 0)

    @property
    def supply_mv(self) -> int:
        """What the pump's electronics get, mV; 0 for none."""
        return self.voltage_mv if self.powered else 0

    @property
    def back_pressure_pa(self) -> float:
        """The true pressure at the end of the line, Pa against the atmosphere."""
        return self._back_pressure_pa * (1.0 + self._source_error)

    @property
    def outlet_kpa(self) -> float:
        """The pressure against which the pump works: what it stands above, it gains."""
        pressure_pa = self.back_pressure_pa - _PA_PER_MM * self.height_mm
        return pressure_pa / _PA_PER_KPA

    @property
    def flow_share(self) -> float:
        """What is left of the flow under bench conditions, 1 under those.

        First order in each influence, as a maker's data sheet states it.
        """
        pump = self._pump
        warmer_k = self.temperature_c - BENCH_TEMPERATURE_C
        denser_kpa = (self.ambient_pa - STANDARD_PRESSURE_PA) / _PA_PER_KPA
        return (
            1.0
            - pump.back_pressure_per_kpa * self.outlet_kpa
            + pump.temperature_per_k * warmer_k
            + pump.ambient_per_kpa * denser_kpa
        )

    def set_back_pressure(self, set_point_pa: int) -> None:
        """Set the source of pressure; what it really gives differs."""
        self._back_pressure_pa = set_point_pa

    def upset_memory(self, critical: bool) -> None:
        """Flip a stored value that the pump cannot mend, or one that it can."""
        mended, lost = self.upsets
        self.upsets = (mended, lost + 1) if critical else (mended + 1, lost)

    def set_tube_left(self, left_nl: int) -> None:
        """Let the tube have so much of its life left."""
        self.tube = (self.tube[0] + 1, left_nl)

    def renew(self) -> None:
        """Give the unit a fresh battery, a fresh tube and a clean memory."""
        self.powered = True
        self.voltage_mv = self._pump.battery_mv
        self.renewals += 1
