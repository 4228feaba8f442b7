"""A Kern balance's side of its line: KCP, which is a part of MT-SICS."""

from __future__ import annotations

from drivers.sim.balance_twin import BalanceTwin


class KernTwin(BalanceTwin):
    """Device side of a balance with few commands; see :class:`BalanceTwin`."""

    OFFERED = frozenset(
        {
            *("@", "I0", "I1", "I2", "I3", "I4", "S", "SI", "SIR", "SR"),
            *("Z", "ZI", "T", "TI", "TA", "TAC"),
        }
    )
