"""The rules of the pump: what it does by itself and what a command changes.

Motor commands act at once; supervision (sensors, alarms) acts on whole seconds of the
pump's uptime, so that its moments are rounded up to the next tick. Every moment is
computed ahead; nothing is stepped.

The pump counts what it commands, and `pump_supervision` takes back what it finds to be
wrong. A bolus that is held up in this way goes on when the pump can deliver again,
until all of it has been counted.
"""

from fractions import Fraction

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR, Mechanism, PumpParameters
from drivers.sim.pump_alarms import STOPPING_ALARMS, Causes
from drivers.sim.pump_counter import NO_FLOW, counter_of, delivered_before
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_faulty_therapy import therapy_of
from drivers.sim.pump_figures import PumpFigures
from drivers.sim.pump_log import log_of
from drivers.sim.pump_motor import Motor
from drivers.sim.pump_power import PowerState
from drivers.sim.pump_programs import Program
from drivers.sim.pump_reservoir import RefillRecord, record_of
from drivers.sim.pump_sensors import Moment, Ticks
from drivers.sim.pump_supervision import Supervision
from drivers.sim.pump_time import PumpClock, PumpTime
from drivers.sim.pump_watch import Watch
from drivers.sim.sounds import SoundField
from protocols.pump_link.requests import WriteRefill
from protocols.pump_link.vocabulary import (
    CRITICAL_ALARMS,
    AlarmFlag,
    BolusDecision,
    LogEvent,
    PumpMode,
    PumpState,
)


class PumpFirmware(PumpFigures):
    """State and rules of one pump.

    Attributes:
        parameters: the pump.
        behaviour: how this unit does what it does.
        now: the moment up to which everything has been done.
        therapy: what has been told.
        refill: the last refill, None before the first.
        alarms: flags and notices.
        log: the event log.
        supervision: what it watches, and what it says of it.
    """

    def __init__(
        self,
        parameters: PumpParameters,
        mechanism: Mechanism,
        seed: int,
        start_ns: int,
        sounds: SoundField | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        """Begin stopped, without refill and alarms, at uptime 0 and with a right clock.

        Args:
            parameters: the pump.
            mechanism: its mechanics.
            seed: decides what the volume counter shows at the start.
            start_ns: bench time of the start.
            sounds: the air that carries its tones; None when nobody listens.
            behaviour: of a defective unit; None for a good one.
        """
        self.parameters = parameters
        self.behaviour = Behaviour() if behaviour is None else behaviour
        self._is_good = behaviour is None and not parameters.defects
        self.now = Moment(start_ns, 0)
        self.refill: RefillRecord | None = None
        self.log = log_of(parameters.defects)
        self._mechanism = mechanism
        self._time = PumpTime(start_ns, parameters.clock_error_ppm)
        self._ticks = Ticks()
        watch = Watch(parameters, mechanism, self._time, self._ticks)
        self._motor = Motor(parameters, mechanism, self._time.speed)
        self.supervision = Supervision(
            watch, self._motor, parameters, self._ticks, sounds, self._write_log
        )
        self.alarms = self.supervision.alarms
        self._power = watch.power
        self._lost_ms = 0
        before_nl = delivered_before(seed, parameters.serial)
        self._counter = counter_of(parameters.defects, before_nl)
        self._clock = PumpClock(start_ns)
        self.therapy = therapy_of(
            parameters, self._clock, self._counter, self._write_log
        )
        self._revision = -1
        self._rules_ns = 0
        self._due_ns = 0
        self._due_t_ns = start_ns

    @property
    def is_up(self) -> bool:
        """Whether the pump has power and its firmware runs."""
        return self._power.state is PowerState.UP

    @property
    def state(self) -> PumpState:
        """What the pump observes that it does."""
        state = self.supervision.state
        is_stopped = self.therapy.mode is PumpMode.STOPPED
        if is_stopped and state is not PumpState.ENDED:
            return PumpState.STOPPED
        return state

    def next_event_ns(self) -> int:
        """Return the bench time of the next event, FAR if none is to come."""
        return self._due_t_ns

    def advance(self, t_ns: int) -> None:
        """Do everything that is due up to a bench time, and look at the sensors."""
        u_ns = self._time.pump_ns(t_ns)
        self._run_until(u_ns)
        self.now = Moment(t_ns, u_ns)
        if self._mechanism.revision == self._revision:
            return
        self._revision = self._mechanism.revision
        if self._power.follow(self.now):
            self._follow_power()
        if self.is_up and self.supervision.look(self.now, self._counter):
            self._settle()
            self._run_until(u_ns)
            self.now = Moment(t_ns, u_ns)

    def start(self, program: Program) -> None:
        """Put a checked program into force."""
        self._begin(program)
        self._settle()

    def start_at(self, program: Program, clock_s: int) -> None:
        """Put a checked program into force when the clock shows a second."""
        self.therapy.start_at(program, clock_s)
        self._settle()

    def request_bolus(self) -> BolusDecision:
        """Do what a patient wishes, if it may be done."""
        alarms = self.alarms.active | self.alarms.conditions
        alarmed = bool(alarms & (CRITICAL_ALARMS | STOPPING_ALARMS))
        decision = self.therapy.request_bolus(self.now.u_ns, alarmed=alarmed)
        self._settle()
        return decision

    def stop(self) -> None:
        """Stop all delivery."""
        self.therapy.stop(self.now.u_ns)
        self.supervision.release_line(self.now)
        self._settle()

    def record_refill(self, refill: WriteRefill) -> None:
        """Take over a checked refill into the bookkeeping."""
        self.refill = record_of(
            refill,
            self.delivered_nl,
            self.clock_s,
            self.now.u_ns,
            self.parameters.defects,
        )
        self._write_log(LogEvent.REFILL, refill.volume_nl)
        self.supervision.watch.check_refill(self.now, refill.volume_nl)
        self.supervision.idle_from_nl = None
        self._settle()

    def acknowledge(self, flags: AlarmFlag) -> None:
        """Silence alarms."""
        self.supervision.acknowledge(self.now, flags)
        self._plan()

    def clear(self, flags: AlarmFlag) -> None:
        """Clear alarms whose cause is gone.

        Raises:
            RequestRefusedError: when a cause lasts; nothing is cleared.
        """
        self._settle()
        self.supervision.clear(self.now, flags, self._causes())
        self._plan()

    def set_clock(self, clock_s: int) -> None:
        """Set the pump clock; it begins a whole second."""
        before_s = self.clock_s
        self._clock.set(self.now.u_ns, clock_s)
        self._write_log(LogEvent.CLOCK_SET, before_s)
        self._settle()

    def reset(self) -> None:
        """Boot anew as after a loss of power that has taken the program along."""
        self.therapy.stop(self.now.u_ns)
        self._lose_power()
        self._ticks.boot_ns = self.now.u_ns
        self._power.restart(self.now)

    def note_intervals(self, critical_s: int, noncritical_s: int) -> None:
        """Repeat the tones after new intervals, and log them."""
        self.supervision.set_intervals(self.now, critical_s, noncritical_s)
        self._plan()

    def hear(self) -> None:
        """Note that the host has asked something."""
        self._motor.hear(self.now.u_ns)
        if not self._is_good:
            self._settle()

    def _follow_power(self) -> None:
        """Stand still without power, and begin to boot when it comes back."""
        if self._power.state is PowerState.OFF:
            self._lose_power()
        else:
            self._ticks.boot_ns = self.now.u_ns
        self._set_due(self._power.booted_ns)

    def _lose_power(self) -> None:
        """Stand still, and count nothing."""
        self.supervision.lose_power(self.now)
        self._counter.set_flow(self.now.u_ns, NO_FLOW)
        self._lost_ms = self.uptime_ms

    def _boot(self) -> None:
        """Take up what is stored after a loss of power."""
        u_ns, defects = self.now.u_ns, self.parameters.defects
        if Defect.CLOCK_LOST in defects:
            self._clock.set(u_ns, 0)
        if Defect.LOG_LOST in defects:
            self.log = log_of(defects)
        if Defect.ENTRY_LOST in defects:
            self.log.lose_newest()
        self.therapy.resume(u_ns)
        self._motor.restart(u_ns)
        if Defect.COUNTER_LOST in defects:
            self._counter.set_count(u_ns, Fraction(0))
        if Defect.NO_RESUME in defects:
            self.therapy.stop(u_ns)
        self.supervision.boot(self.now, self._lost_ms)

    def _begin(self, program: Program) -> None:
        """Let a program take the place of the one before."""
        self.therapy.start(program, self.now.u_ns, hindered=self._is_hindered)
        self.supervision.begin(self.now)

    @property
    def _is_hindered(self) -> bool:
        """Whether nothing can be delivered, so that no bolus begins."""
        return bool(self.alarms.conditions & STOPPING_ALARMS)

    def _run_until(self, u_ns: int) -> None:
        """Handle every planned event up to a pump time, in order."""
        while self._due_ns <= u_ns:
            self.now = Moment(self._due_t_ns, max(self._due_ns, self.now.u_ns))
            if self._rules_ns <= self.now.u_ns:
                self._settle()
            else:
                self.supervision.sounder.act(self.now)
                self._set_due(self._rules_ns)

    def _settle(self) -> None:
        """Bring everything into agreement at the present moment and plan the next."""
        now = self.now
        if not self.is_up:
            self._boot()
        self.behaviour.act(self)
        pending = self.therapy.take_due_program(now.u_ns)
        if pending is not None:
            self._begin(pending)
        self.therapy.settle(now.u_ns, hindered=self._is_hindered)
        if self.supervision.finds_program_lost(now):
            self.therapy.stop(now.u_ns)
        self.supervision.act(now)
        if self.refill is not None:
            threshold_nl = self.refill.refill.low_threshold_nl
            nl_per_h = self.therapy.flow.nl_per_h
            self.supervision.watch.sensors.read_level(now, threshold_nl, nl_per_h)
        self.supervision.judge(now, self._causes(), self._counter)
        self._drive()
        self.supervision.watch.look(now)
        self._plan()

    def _drive(self) -> None:
        """Command the motor, and count what it should deliver."""
        flow = self.supervision.allow(self.therapy.flow)
        boot_ns = self._ticks.boot_ns
        nl_per_h = self.behaviour.speed(self, flow.nl_per_h)
        self._motor.drive(self.now, boot_ns, self.therapy, nl_per_h)
        counted = NO_FLOW if self.supervision.is_stalled else flow
        self._counter.set_flow(self.now.u_ns, self.behaviour.count(self, counted))

    def _plan(self) -> None:
        """Compute the next event, in both times."""
        causes = self._causes()
        changes_ns = self.behaviour.due_ns
        self._set_due(
            min(
                changes_ns if changes_ns > self.now.u_ns else FAR,
                self.therapy.due_ns(self.now.u_ns),
                self.supervision.due_ns(causes),
                self._motor.due_ns,
            )
        )

    def _set_due(self, rules_ns: int) -> None:
        """Plan the next act of the rules, or the next tone if that is earlier."""
        self._rules_ns = rules_ns
        self._due_ns = min(rules_ns, self.supervision.sounder.due_ns)
        self._due_t_ns = max(self._time.bench_ns(self._due_ns), self.now.t_ns)

    def _causes(self) -> Causes:
        """Return since when each cause lasts, or from when it will."""
        causes = self.supervision.watch.causes(
            self.therapy, self._counter, self.refill, self._clock.offset_ns
        )
        return self.behaviour.causes(self, causes)

    def _write_log(self, event: LogEvent, detail: int = 0) -> None:
        self.log.write(self.clock_s, self.uptime_ms, event, int(detail))
