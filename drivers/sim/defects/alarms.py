"""Family A: alarms that fail to come, come without cause, or sound wrongly."""

from __future__ import annotations

from dataclasses import replace
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

_SENSING: Final = ("valve-20",)
"""Profiles of pumps with an occlusion sensor."""
_RUNNING_NS: Final = 6 * 3_600 * NS_PER_S
"""After so long a program the false alarms come."""


class OcclusionUnnoticed(SeededDefect):
    """A blocked line is not noticed."""

    id = "A01"
    title = "occlusion not alarmed"
    source = "reported alarm errors of infusion pumps"
    telemetry = "delivering"
    bench = "no flow through the closed line; no sound"
    requirement = "ITB-OCC-001"
    profiles = _SENSING

    def behaviour(self) -> Behaviour:
        """Return a unit whose pressure sensor never trips."""
        return _NeverPressed()


class _NeverPressed(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes without a pressure."""
        return replace(causes, pressed_ns=FAR)


class NoSecondAlarm(SwitchedDefect):
    """A cause that has been alarmed once counts as resolved at the next start."""

    id = "A03"
    title = "no second alarm when it is started with the cause still there"
    source = "recall of 2022 (occlusion not alarmed again)"
    telemetry = "delivering; appears normal"
    bench = "no flow; no sound"
    requirement = "ITB-ALM-003"
    switch = Defect.NO_REALARM


class FalseOcclusion(SeededDefect):
    """An occlusion is alarmed where there is none, and the delivery ends."""

    id = "A04"
    title = "false occlusion alarm that stops the flow"
    source = "recall (false upstream occlusion alarms)"
    telemetry = "occluded, after hours of delivery"
    bench = "the flow was there and ends, through an open line"
    requirement = "ITB-ALM-001"
    profiles = _SENSING

    def behaviour(self) -> Behaviour:
        """Return a unit whose pressure sensor trips by itself."""
        return _FalselyPressed()


class _FalselyPressed(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes with a pressure since some hours after the start."""
        return replace(causes, pressed_ns=min(causes.pressed_ns, _false_ns(pump)))


class Mute(SeededDefect):
    """Alarms are flagged and logged, and none of them sounds."""

    id = "A06"
    title = "alarms without sound"
    source = "recall (alarm fails to sound)"
    telemetry = "flag set"
    bench = "the listener hears nothing"
    requirement = "ITB-EMP-011"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump without a voice."""
        return replace(good, mute_sound=frozenset(AlarmFlag))


class EndTooLow(SeededDefect):
    """The end of delivery sounds like a matter that can wait."""

    id = "A08"
    title = "wrong priority of the end of delivery"
    source = "recalls of 2019 and 2020 (end of infusion with low priority)"
    telemetry = "flag set"
    bench = "a single beep in place of the two-tone alarm"
    requirement = "ITB-EMP-012"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a pump that sounds an empty reservoir as non-critical."""
        swapped = good.swapped_priority | {AlarmFlag.EMPTY_RESERVOIR}
        return replace(good, swapped_priority=swapped)


class FalseStop(SeededDefect):
    """The pump finds a system error that is none, and stops."""

    id = "A09"
    title = "false stop with a system error"
    source = "recall of 2014 (false system errors that stop the infusion)"
    telemetry = "stopped, memory error, after hours of delivery"
    bench = "the flow was there and ends"
    requirement = "ITB-ALM-001"

    def behaviour(self) -> Behaviour:
        """Return a unit that takes its program for lost."""
        return _LosesProgram()


class _LosesProgram(Behaviour):
    def act(self, pump: PumpFirmware) -> None:
        """Stop with an error some hours after the start."""
        self.due_ns = _false_ns(pump)
        if self.due_ns <= pump.now.u_ns:
            pump.supervision.report_upset(pump.now, AlarmFlag.MEMORY_ERROR, 1)
            pump.therapy.stop(pump.now.u_ns)


class FalseReplacement(SeededDefect):
    """A good battery is taken for one near its end."""

    id = "A11"
    title = "false replacement indicator"
    source = "recall of 2011 (battery film), update of 2017"
    telemetry = "replacement due, after hours of delivery"
    bench = "the flow is normal; the beep of the alarm"
    requirement = "ITB-ALM-001"

    def behaviour(self) -> Behaviour:
        """Return a unit that misreads its battery."""
        return _FalselyWorn()


class _FalselyWorn(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes with a worn battery since some hours after the start."""
        worn_ns = min(causes.replacement_ns, _false_ns(pump))
        return replace(causes, replacement_ns=worn_ns)


def _false_ns(pump: PumpFirmware) -> int:
    """Return the pump time of a false alarm; FAR while nothing runs."""
    running_ns = pump.therapy.running_since_ns
    return FAR if running_ns >= FAR else running_ns + _RUNNING_NS


DEFECTS: Final = (
    OcclusionUnnoticed,
    NoSecondAlarm,
    FalseOcclusion,
    Mute,
    EndTooLow,
    FalseStop,
    FalseReplacement,
)
