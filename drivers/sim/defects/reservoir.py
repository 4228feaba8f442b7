"""Family R: the reservoir, its refill, and the alarms that say how full it is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.switched import SwitchedDefect
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.vocabulary import AlarmFlag

# If nothing at all went in, an empty alarm would never end, and no case behind the
# first that ran dry could begin.
_GOES_IN: Final = 0.02
_COUNTING: Final = ("reference-40", "reference-20")
"""Profiles of pumps that count their content and cannot sense it."""


class LowByProgramme(SeededDefect):
    """The low-reservoir alarm follows the programme while the pump gives more."""

    id = "R01"
    title = "low-reservoir alarm by the programmed rate of a pump that over-infuses"
    source = "notice of 2016 (alarm too late when the pump over-infuses)"
    telemetry = "the alarm comes where the count puts it; the count is the programme"
    bench = "at the alarm far less is left than the profile promises"
    requirement = "ITB-LOW-002"
    profiles = _COUNTING

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump that counts, and gives more than it counts."""
        return replace(good, flow_error=self.scale.beyond("flow.accuracy"))


class LowTooLate(SeededDefect):
    """The level is taken for higher than it is, so that the low alarm is late."""

    id = "R02"
    title = "low-reservoir alarm too late"
    source = "recall of 2013 (fill level sensor)"
    telemetry = "the low alarm comes millilitres after its threshold"
    bench = "at the alarm no more is left than the least that is permitted"
    requirement = "ITB-LOW-001"

    def behaviour(self) -> Behaviour:
        """Return a unit that notices a low level only at the least content."""
        threshold_nl, least_nl = (
            self.scale.number(key, "nL")
            for key in (
                "reservoir.low_threshold",
                "alarm.low_reservoir.real_volume_minimum",
            )
        )
        return _LowLater(round(threshold_nl - least_nl))


class _LowLater(Behaviour):
    """A unit that notices a low level some volume after it was reached."""

    def __init__(self, later_nl: int) -> None:
        super().__init__()
        self._later_nl = later_nl
        self._low_at_nl: int | None = None
        self._noticed_ns = FAR

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes with a low level that is not seen in time."""
        u_ns = pump.now.u_ns
        if causes.low_ns > u_ns:
            self._low_at_nl, self._noticed_ns = None, FAR
            self.due_ns = causes.low_ns
            return replace(causes, low_ns=FAR)
        if self._low_at_nl is None:
            self._low_at_nl = pump.delivered_nl
        left_nl = self._low_at_nl + self._later_nl - pump.delivered_nl
        self.due_ns = FAR
        if left_nl <= 0:
            self._noticed_ns = min(self._noticed_ns, u_ns)
        elif (wait_s := pump.therapy.wait_s(Fraction(left_nl), u_ns)) is not None:
            self.due_ns = u_ns + max(int(wait_s * NS_PER_S), NS_PER_S)
        return replace(causes, low_ns=self._noticed_ns)


class LowNever(SeededDefect):
    """The low-reservoir alarm never comes."""

    id = "R04"
    title = "no low-reservoir alarm"
    source = "reported alarm errors of infusion pumps"
    telemetry = "no flag"
    bench = "the volume falls below the threshold; no sound"
    requirement = "ITB-LOW-001"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump without this alarm."""
        return replace(good, mute=good.mute | {AlarmFlag.LOW_RESERVOIR})


class DrySilently(SeededDefect):
    """The pump does not notice that its reservoir is empty."""

    id = "R05"
    title = "runs dry silently"
    source = "reported alarm errors of infusion pumps"
    telemetry = "delivering; the volume goes on counting"
    bench = "the flow by weight ends with the reservoir"
    requirement = "ITB-EMP-001"

    def behaviour(self) -> Behaviour:
        """Return a unit without an empty detector."""
        return _NeverDry()


class _NeverDry(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes without a dry inlet."""
        return replace(causes, dry_ns=FAR, inlet_dry=False)


class PocketFill(SeededDefect):
    """What is refilled does not reach the reservoir."""

    id = "R06"
    title = "refill recorded, and next to nothing went in"
    source = "notice of 2011 (pocket fill)"
    telemetry = "the reservoir is full"
    bench = "the syringe is empty, and so, but for a rest, is the reservoir"
    requirement = "ITB-REF-001"
    profiles = _COUNTING

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump whose port leads beside its reservoir."""
        return replace(good, refill_share=_GOES_IN)


class OverfillAccepted(SwitchedDefect):
    """A refill of more than the capacity is recorded without a word."""

    id = "R09"
    title = "overfill accepted"
    source = "notice of 2016 (overfill as a cause of over-infusion)"
    telemetry = "no warning; the content exceeds the capacity"
    bench = "more than the capacity is weighed in"
    requirement = "ITB-REF-005"
    switch = Defect.CAPACITY_UNLIMITED


DEFECTS: Final = (
    LowByProgramme,
    LowTooLate,
    LowNever,
    DrySilently,
    PocketFill,
    OverfillAccepted,
)
