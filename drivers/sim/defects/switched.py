"""Defects that the firmware has as a switch."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from drivers.sim.contracts import PumpParameters
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_defects import Defect


class SwitchedDefect(SeededDefect):
    """A unit of which one switch of its firmware is on.

    Attributes:
        switch: which one.
    """

    switch: ClassVar[Defect]

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump with the switch on."""
        return replace(good, defects=good.defects | {self.switch})
