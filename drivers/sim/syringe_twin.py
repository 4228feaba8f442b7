"""What the twins of all syringe pumps share: a drive, its power, and a way out."""

from __future__ import annotations

from drivers.sim.contracts import HandledMechanism, PumpParameters
from drivers.sim.parts import Simulation
from drivers.sim.syringe_faults import drive_of
from drivers.sim.syringe_pump import SyringePumpParameters


class SyringeTwin:
    """One pump with its syringe; a twin makes a :class:`contracts.Device` of it.

    Args:
        parameters: the pump.
        mechanism: what its drive moves and feels, within reach of hands.
    """

    def __init__(
        self, parameters: SyringePumpParameters, mechanism: HandledMechanism
    ) -> None:
        self._parameters = parameters
        self._mechanism = mechanism
        self._drive = drive_of(parameters, mechanism)
        self._is_up = True
        self._output: list[tuple[int, bytes]] = []

    @classmethod
    def mechanics(cls, simulation: Simulation) -> PumpParameters:
        """Return how it moves the liquid."""
        return simulation.syringe.mechanical

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return output

    def owes_reply(self) -> bool:
        """Return False: the pump answers at once or never."""
        return False

    def _power_has_changed(self, t_ns: int) -> bool:
        was_up, self._is_up = self._is_up, self._mechanism.supply_mv(t_ns) > 0
        return self._is_up is not was_up
