"""Seeded defects: what really went wrong with pumps, each as a small class.

A class changes one behaviour of the reference pump's twin. The families stand in
modules of their own; :mod:`drivers.sim.defects.catalogue` has them all, in order. A
firm's own complaints are written the same way, in a file outside of the checkout::

    from drivers.sim.defects import SeededDefect
    from drivers.sim.contracts import PumpParameters


    class StiffTube(SeededDefect):
        id = "ACME-17"
        title = "stiff tube"
        ...

        def pump(self, good: PumpParameters) -> PumpParameters:
            return replace(good, flow_error=self.scale.below("flow.accuracy"))
"""

from drivers.sim.behaviour import Behaviour
from drivers.sim.defects.scale import Scale
from drivers.sim.defects.seeded import SeededDefect

__all__ = ["Behaviour", "Scale", "SeededDefect"]
