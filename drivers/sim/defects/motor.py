"""Family M: motor, magnet and reset."""

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

_HOUR_NS: Final = 3_600 * NS_PER_S
_STALLS_AFTER_NS: Final = 2 * _HOUR_NS
_RESETS_AFTER_NS: Final = 3 * _HOUR_NS
_HOURS_LATE: Final = 9.0
_DUMPED_NL_PER_H: Final = 40_000_000.0
_ROTORS: Final = ("reference-40", "reference-20")
_ANY: Final = (*_ROTORS, "valve-20")
_MRI: Final = "notice of 2008 on use in magnetic resonance"


class PermanentStall(SeededDefect):
    """The rotor stands for good after two hours of a program; nobody notices."""

    id = "M01"
    title = "permanent stall without alarm"
    source = "recalls of 2007 (gear-shaft wear) and 2019 (foreign particle)"
    telemetry = "delivering; the volume goes on counting"
    bench = "the flow by weight falls to zero"
    requirement = "ITB-STA-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that comes to stand."""
        return _StandsAfter(_STALLS_AFTER_NS)


class LateStallAlarm(SeededDefect):
    """The pump notices, and alarms and logs a stall hours later."""

    id = "M03"
    title = "stall alarm hours late"
    source = _MRI
    telemetry = "the stall's flag and log entry come hours after the stall"
    bench = "no flow long before the flag and the tone"
    requirement = "ITB-STL-001"
    profiles = _ROTORS

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a unit whose stall alarm is late."""
        key = "alarm.motor_stall.deadline"
        late_s = self.scale.beyond(key, "second", by=_HOURS_LATE)
        return replace(good, late=good.late | {AlarmFlag.MOTOR_STALL}, late_s=late_s)


class LateRestart(SeededDefect):
    """The motor stands on after a magnet has been taken away."""

    id = "M04"
    title = "late restart after a magnet stop"
    source = _MRI
    telemetry = "recovered, delivering, counting"
    bench = "no flow for long after the field is gone"
    requirement = "ITB-STL-002"
    profiles = _ROTORS

    def behaviour(self) -> Behaviour:
        """Return a motor that begins late."""
        late_s = self.scale.beyond("alarm.motor_stall.recovery", "second", by=2.0)
        return _RestartsLate(round(late_s * NS_PER_S))


class StallNeverNoted(SeededDefect):
    """A magnet stops the rotor, and the pump never finds out."""

    id = "M05"
    title = "magnet stop never logged"
    source = _MRI
    telemetry = "delivering; no entry in the log"
    bench = "no flow and no tone while the field lasts"
    requirement = "ITB-STL-010"
    profiles = _ROTORS

    def behaviour(self) -> Behaviour:
        """Return a unit that does not see its rotor."""
        return _BlindForStalls()


class SuspendedUntilAsked(SwitchedDefect):
    """Freed while its alarm sounds, the motor waits for the next request."""

    id = "M08"
    title = "suspended until somebody asks"
    source = "notice on pumps after magnetic resonance"
    telemetry = "normal, because the question itself cures it"
    bench = "no flow until the first question"
    requirement = "ITB-FLOW-011"
    profiles = _ROTORS
    switch = Defect.SUSPENDED_UNTIL_ASKED


class DumpsInField(SeededDefect):
    """Valves stand open as long as a magnetic field lasts."""

    id = "M10"
    title = "valves open in a magnetic field"
    source = "safety notice of 2019 and labelling of a valve-gated pump"
    telemetry = "delivering at the programmed rate"
    bench = "millilitres within minutes"
    requirement = "ITB-FLOW-013"
    profiles = ("valve-20", *_ROTORS)

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a unit that lets its reservoir out."""
        return replace(good, magnet_flow_nl_per_h=_DUMPED_NL_PER_H)


class SpontaneousReset(SeededDefect):
    """Three hours into a program the pump starts anew and has forgotten it."""

    id = "M11"
    title = "reset back to defaults"
    source = "recall of 2013 (short in the feedthrough)"
    telemetry = "a reset; the uptime begins anew, the pump is stopped"
    bench = "the flow ends"
    requirement = "ITB-STA-003"
    profiles = _ANY

    def behaviour(self) -> Behaviour:
        """Return a unit that resets itself."""
        return _Resets(_RESETS_AFTER_NS)


class _StandsAfter(Behaviour):
    """A motor that stands once a program has run for a time."""

    def __init__(self, after_ns: int) -> None:
        super().__init__()
        self._after_ns = after_ns

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return the speed until then, and 0 from then on."""
        running_ns = pump.therapy.running_since_ns
        if running_ns >= FAR:
            return nl_per_h
        self.due_ns = running_ns + self._after_ns
        return nl_per_h if pump.now.u_ns < self.due_ns else 0.0


class _BlindForStalls(Behaviour):
    """A unit that never believes its rotor to be blocked."""

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes without the stall."""
        return replace(causes, blocked_ns=FAR)


class _RestartsLate(Behaviour):
    """A motor that stands for a time after each stall."""

    def __init__(self, late_ns: int) -> None:
        super().__init__()
        self._late_ns = late_ns
        self._was_stalled = False

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return 0 until a time after the end of a stall."""
        was_stalled, self._was_stalled = self._was_stalled, pump.supervision.is_stalled
        if was_stalled and not self._was_stalled:
            self.due_ns = pump.now.u_ns + self._late_ns
        if pump.now.u_ns < self.due_ns < FAR:
            return 0.0
        self.due_ns = FAR
        return nl_per_h


class _Resets(Behaviour):
    """A unit that starts anew once a program has run for a time."""

    def __init__(self, after_ns: int) -> None:
        super().__init__()
        self._after_ns = after_ns

    def act(self, pump: PumpFirmware) -> None:
        """Reset the pump when its time has come."""
        running_ns = pump.therapy.running_since_ns
        self.due_ns = FAR if running_ns >= FAR else running_ns + self._after_ns
        if self.due_ns <= pump.now.u_ns:
            self.due_ns = FAR
            pump.reset()


DEFECTS: Final = (
    PermanentStall,
    LateStallAlarm,
    LateRestart,
    StallNeverNoted,
    SuspendedUntilAsked,
    DumpsInField,
    SpontaneousReset,
)
