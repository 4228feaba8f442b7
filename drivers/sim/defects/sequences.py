"""Family S: sequences, boluses and schedules."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.switched import SwitchedDefect
from drivers.sim.parts import Simulation
from drivers.sim.pump_counter import Flow
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_programs import DoseKind, Program
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.replies import CommitPending, PumpMessage
from protocols.pump_link.requests import CommitAt, Request
from protocols.pump_link.vocabulary import PumpState

_NL: Final = "nanoliter"
_ROTORS: Final = ("reference-40", "reference-20")
# The dead volume that was meant, and the one that was used, in mL.
_RIGHT_TUBING, _WRONG_TUBING = 0.140, 0.199
_LEAK_H: Final = 24.0
_NS_PER_H: Final = 3_600 * NS_PER_S
_LEFT_AFTER_NS: Final = 60 * NS_PER_S
_HELD_UP: Final = frozenset({PumpState.STALLED, PumpState.OCCLUDED})


class PrimesTooMuch(SeededDefect):
    """The priming takes the tubing for larger than it is."""

    id = "S01"
    title = "priming with the wrong dead volume"
    source = "recall of 2013, mended by software in 2016"
    telemetry = "priming complete"
    bench = "too much, at the priming's high rate"
    requirement = "ITB-PRM-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that primes too far."""
        tubing_nl = self.scale.number("priming.tubing_volume", _NL)
        return _PrimesMore(tubing_nl * (_WRONG_TUBING / _RIGHT_TUBING - 1.0))


class CreditsWhileHeldUp(SeededDefect):
    """A dose that an occlusion or a stall holds up is counted all the same."""

    id = "S03"
    title = "volume credited while occluded"
    source = "notice of 2023 on a syringe pump"
    telemetry = "complete, at the volume that was programmed"
    bench = "short by one amount for each time the dose was held up"
    requirement = "ITB-CNT-002"
    profiles = _ROTORS

    def behaviour(self) -> Behaviour:
        """Return a counter that runs while the motor stands."""
        return _CountsOn()


class TruncatedBolus(SeededDefect):
    """A bolus ends before all of it has been given, and counts as whole."""

    id = "S05"
    title = "bolus truncated"
    source = "engineering"
    telemetry = "complete"
    bench = "too little"
    requirement = "ITB-BOL-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that gives less of each bolus."""
        return _GivesShare(self.scale.less("bolus.accuracy"))


class RepeatActs(SwitchedDefect):
    """A command that is sent again is obeyed again."""

    id = "S07"
    title = "repeated command executed again"
    source = "recalls of 2018 and 2021 (recorded and replayed commands)"
    telemetry = "one bolus, or two"
    bench = "twice the bolus"
    requirement = "ITB-BOL-012"
    switch = Defect.REPEAT_ACTS


class StartsLate(SeededDefect):
    """A program that waits for its time begins minutes after it."""

    id = "S08"
    title = "delayed start too late"
    source = "notice on the delay options of a pump of 2013"
    telemetry = "waiting"
    bench = "no flow at the set time"
    requirement = "ITB-DLY-001"

    def behaviour(self) -> Behaviour:
        """Return a unit that takes the time of a start for a later one."""
        late_s = self.scale.beyond("delayed_start.time_accuracy", "second", by=2.0)
        return _StartsLate(round(late_s))


class NoKeepOpenRate(SwitchedDefect):
    """In the mode that keeps the catheter open the motor stands."""

    id = "S10"
    title = "no keep-open rate"
    source = "recall of 2020"
    telemetry = "the keep-open rate"
    bench = "no flow"
    requirement = "ITB-FLOW-004"
    profiles = _ROTORS
    switch = Defect.MINIMUM_NONE


class RunsOn(SeededDefect):
    """A stop is acknowledged, and the motor runs on by a day's permitted leak."""

    id = "S11"
    title = "runs on after a stop"
    source = "engineering"
    telemetry = "stopped"
    bench = "flow for minutes more"
    requirement = "ITB-FLOW-002"

    def behaviour(self) -> Behaviour:
        """Return a motor that runs on."""
        leak_nl_per_h = self.scale.beyond("flow.stopped_maximum", "nanoliter / hour")
        return _RunsOn(leak_nl_per_h * _LEAK_H)


class LeftStopped(SeededDefect):
    """A minute after a running program was changed the pump is stopped."""

    id = "S12"
    title = "left stopped after an update"
    source = "letter of 2021 on pumps left stopped after an update session"
    telemetry = "the session ends well; stopped, if anybody asks later"
    bench = "no flow"
    requirement = "ITB-STA-003"

    def behaviour(self) -> Behaviour:
        """Return a unit that stops behind an update."""
        return _StopsBehindUpdate()


class StoresBolus(SeededDefect):
    """Pump and line store much behind a blockage, and give it when it opens."""

    id = "S14"
    title = "stored bolus when an occlusion opens"
    source = "a subject of the standard for infusion pumps"
    telemetry = "delivering at the programmed rate"
    bench = "tenths of a millilitre within seconds of the release"
    requirement = "ITB-FLOW-014"

    def simulation(self, good: Simulation) -> Simulation:
        """Return a bench on which this unit can store too much."""
        stored_nl = self.scale.beyond("occlusion.release_maximum", _NL)
        around = good.surroundings
        reached_kpa = good.pump.occlusion_kpa or around.stall_pressure_kpa
        soft = replace(around, compliance_nl_per_kpa=stored_nl / reached_kpa)
        return super().simulation(replace(good, surroundings=soft))


class _PrimesMore(Behaviour):
    """A motor that gives a volume too much in each priming."""

    def __init__(self, extra_nl: float) -> None:
        super().__init__()
        self._extra_nl = extra_nl

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return a speed that is too high in a priming."""
        dose = pump.therapy.dose
        if dose is None or dose.kind is not DoseKind.PRIMING:
            return nl_per_h
        return nl_per_h * (1.0 + self._extra_nl / dose.volume_nl)


class _CountsOn(Behaviour):
    """A counter that goes on with a dose which is held up."""

    def count(self, pump: PumpFirmware, flow: Flow) -> Flow:
        """Return what should flow, while it does not."""
        is_held_up = pump.supervision.state in _HELD_UP
        dose = pump.therapy.dose
        return dose.flow if is_held_up and dose is not None else flow


class _GivesShare(Behaviour):
    """A motor that gives a share of each single bolus."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return a speed that is too low in a bolus."""
        dose = pump.therapy.dose
        is_bolus = dose is not None and dose.kind is DoseKind.BOLUS
        return nl_per_h * self._share if is_bolus else nl_per_h


class _StartsLate(Behaviour):
    """A unit that waits too long, and tells the time that it was given."""

    def __init__(self, late_s: int) -> None:
        super().__init__()
        self._late_s = late_s

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Return a start with a later time."""
        if isinstance(request, CommitAt):
            return replace(request, clock_s=request.clock_s + self._late_s)
        return request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return the time that was asked for."""
        if isinstance(reply, CommitPending):
            return replace(reply, clock_s=reply.clock_s - self._late_s)
        return reply


class _RunsOn(Behaviour):
    """A motor that gives a volume more when it should stand."""

    def __init__(self, volume_nl: float) -> None:
        super().__init__()
        self._volume_nl = volume_nl
        self._running_nl_per_h = 0.0

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return the last speed until the volume has come."""
        stopped_ns = pump.therapy.stopped_since_ns
        if nl_per_h:
            self._running_nl_per_h = nl_per_h
        if nl_per_h or stopped_ns >= FAR or not self._running_nl_per_h:
            return nl_per_h
        lasts_ns = round(self._volume_nl / self._running_nl_per_h * _NS_PER_H)
        self.due_ns = stopped_ns + lasts_ns
        return self._running_nl_per_h if pump.now.u_ns < self.due_ns else 0.0


class _StopsBehindUpdate(Behaviour):
    """A unit that stops a minute after one program has taken another's place."""

    def __init__(self) -> None:
        super().__init__()
        self._program: Program | None = None

    def act(self, pump: PumpFirmware) -> None:
        """Stop the pump when its time has come."""
        before, self._program = self._program, pump.therapy.program
        if self._program is None:
            self.due_ns = FAR
        elif before is not None and before is not self._program:
            self.due_ns = pump.now.u_ns + _LEFT_AFTER_NS
        if self.due_ns <= pump.now.u_ns:
            self.due_ns = FAR
            pump.therapy.stop(pump.now.u_ns)


DEFECTS: Final = (
    PrimesTooMuch,
    CreditsWhileHeldUp,
    TruncatedBolus,
    RepeatActs,
    StartsLate,
    NoKeepOpenRate,
    RunsOn,
    LeftStopped,
    StoresBolus,
)
