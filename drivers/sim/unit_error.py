"""By how much one unit delivers more than its type."""

from __future__ import annotations

from drivers.sim import noise
from drivers.sim.contracts import PumpParameters


def flow_error(pump: PumpParameters, seed: int) -> float:
    """Return the share by which a unit really delivers more: as given, or drawn.

    Args:
        pump: its serial number and tolerance, or the share itself.
        seed: of everything that is drawn.
    """
    if pump.flow_error is not None:
        return pump.flow_error
    share = noise.uniform(noise.derive(seed, "unit", "flow error"), pump.serial)
    return pump.unit_tolerance * (2.0 * share - 1.0)
