"""Family X: the link, and commands that it must not or must carry out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.switched import SwitchedDefect
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_time import NS_PER_S

_TWICE: Final = 2.0
_DOUBLES_AFTER_NS: Final = 3_600 * NS_PER_S


class ObeysCorrupted(SwitchedDefect):
    """The check value of a frame is not looked at."""

    id = "X01"
    title = "a corrupted frame is executed"
    source = "engineering"
    telemetry = "the rate has changed"
    bench = "the flow has changed"
    requirement = "ITB-LNK-001"
    switch = Defect.OBEYS_CORRUPTED


class FreezesOnNoise(SwitchedDefect):
    """Odd input freezes the interface; the infusion goes on."""

    id = "X03"
    title = "odd input freezes the interface"
    source = "a correction of 2025 (an entry that freezes the screen)"
    telemetry = "no answer"
    bench = "the flow goes on and cannot be stopped"
    requirement = "ITB-LNK-004"
    switch = Defect.FREEZES_ON_NOISE


class RateUnlimited(SeededDefect):
    """A rate far above the maximum is accepted."""

    id = "X04"
    title = "rate limit not enforced"
    source = "published attack on an infusion pump, 2021"
    telemetry = "the rate that was asked for"
    bench = "a flow above the maximum"
    requirement = "ITB-FLOW-003"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump with another maximum."""
        most = self.scale.beyond("flow.maximum", "nL/hour")
        return replace(good, max_rate_nl_per_h=round(most))


class GivesDouble(SeededDefect):
    """The prescription is confirmed and shown; after an hour twice as much is given."""

    id = "X05"
    title = "shows the prescription and gives double"
    source = "published attack on an infusion pump, 2021"
    telemetry = "the prescription; the count follows it"
    bench = "twice the flow after an hour"
    requirement = "ITB-FLOW-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that comes to turn twice as fast."""
        return _DoublesLater()


class _DoublesLater(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return the speed, and twice that once a program has run for an hour."""
        running_ns = pump.therapy.running_since_ns
        self.due_ns = FAR if running_ns >= FAR else running_ns + _DOUBLES_AFTER_NS
        return nl_per_h if pump.now.u_ns < self.due_ns else _TWICE * nl_per_h


class StopsUnheard(SwitchedDefect):
    """Nothing is delivered while nobody asks."""

    id = "X06"
    title = "delivery stops with the link"
    source = "recall of 2013 (communication error)"
    telemetry = "delivering, when it is asked again"
    bench = "no flow after an hour of silence"
    requirement = "ITB-LNK-003"
    switch = Defect.STOPS_UNHEARD


DEFECTS: Final = (
    ObeysCorrupted,
    FreezesOnNoise,
    RateUnlimited,
    GivesDouble,
    StopsUnheard,
)
