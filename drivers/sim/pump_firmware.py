"""The rules of the pump: what it does by itself and what a command changes.

Motor commands act at once; supervision (sensors, alarms) acts on whole seconds of the
pump's uptime, so that its moments are rounded up to the next tick. Every moment is
computed ahead; nothing is stepped.

The pump counts what it commands. Once it notices that the rotor was blocked or the
inlet dry, it takes back what it has counted since that began, or since the last commit
if that is later; a disturbance shorter than the detection time stays unnoticed. A bolus
that is held up in this way goes on when the pump can deliver again, until all of it has
been counted.
"""

from fractions import Fraction
from hashlib import blake2b
from typing import Final

from drivers.sim.contracts import FAR, Level, Mechanism, PumpParameters
from drivers.sim.pump_alarms import AlarmPanel, Causes, alarm_rules
from drivers.sim.pump_counter import NO_FLOW, Flow, StuckCounter, VolumeCounter
from drivers.sim.pump_defects import Defect, motor_speed
from drivers.sim.pump_log import EventLog
from drivers.sim.pump_reservoir import RefillRecord, record_of
from drivers.sim.pump_sensors import Moment, Sensors, Ticks
from drivers.sim.pump_therapy import Therapy
from drivers.sim.pump_time import NS_PER_MS, NS_PER_S, PumpTime
from protocols.pump_link.requests import WriteProgram, WriteRefill
from protocols.pump_link.vocabulary import AlarmFlag, LogEvent, PumpMode, PumpState

CLOCK_EPOCH_S: Final = 946_684_800
"""2000-01-01 00:00 UTC, where the pump clock begins, in seconds since 1970."""

_UPTIME_MODULO: Final = 1 << 32
_BEFORE_DELIVERED_NL: Final = 1_000_000_000
"""The pump has delivered less than this when the twin begins: tests and priming."""

_IDLE: Final = AlarmFlag.MOTOR_STALL | AlarmFlag.EMPTY_RESERVOIR
"""Conditions under which nothing is delivered."""

_FALSE_ALARM_NS: Final = 6 * 3600 * NS_PER_S


class PumpFirmware:
    """State and rules of one pump.

    Attributes:
        parameters: the pump.
        now: the moment up to which everything has been done.
        therapy: what has been told.
        refill: the last refill, None before the first.
        alarms: flags and notices.
        log: the event log.
    """

    def __init__(
        self, parameters: PumpParameters, mechanism: Mechanism, seed: int, start_ns: int
    ) -> None:
        """Begin stopped, without refill and alarms, at uptime 0 and with a right clock.

        Args:
            parameters: the pump.
            mechanism: its mechanics.
            seed: decides what the volume counter shows at the start.
            start_ns: bench time of the start.
        """
        self.parameters = parameters
        self.now = Moment(start_ns, 0)
        self.therapy = Therapy()
        self.refill: RefillRecord | None = None
        self.alarms = AlarmPanel(alarm_rules(parameters), parameters.mute)
        self.log = EventLog()
        self._mechanism = mechanism
        self._time = PumpTime(start_ns, parameters.clock_error_ppm)
        self._ticks = Ticks()
        self._sensors = Sensors(mechanism, parameters.level, self._time, self._ticks)
        stuck = Defect.COUNTER_STUCK in parameters.defects
        counter = StuckCounter if stuck else VolumeCounter
        self._counter = counter(_delivered_before(seed, parameters.serial))
        self._clock_ns = start_ns - CLOCK_EPOCH_S * NS_PER_S
        self._motor = NO_FLOW
        self._idle_from_nl: Fraction | None = None
        self._stalled_since_ns = FAR
        self._due_ns = 0
        self._due_t_ns = start_ns

    @property
    def uptime_ms(self) -> int:
        """Time since power-on as the link shows it, wrapped, ms."""
        uptime_ns = self.now.u_ns - self._ticks.boot_ns
        return uptime_ns // NS_PER_MS % _UPTIME_MODULO

    @property
    def clock_s(self) -> int:
        """The pump clock, s since 2000-01-01 00:00 UTC."""
        return (self.now.u_ns + self._clock_ns) // NS_PER_S

    @property
    def delivered_nl(self) -> int:
        """The volume counter, whole nL."""
        return self._counter.whole_nl(self.now.u_ns)

    @property
    def low_clock_s(self) -> int:
        """The clock at which the low threshold is reached; 0 for never."""
        if self.refill is None:
            return 0
        count_nl = self._counter.exact_nl(self.now.u_ns)
        clock_s = Fraction(self.now.u_ns + self._clock_ns, NS_PER_S)
        return self.refill.low_clock_s(count_nl, clock_s, self.therapy.rate_nl_per_h)

    @property
    def state(self) -> PumpState:
        """What the pump observes that it does."""
        if self.therapy.mode is PumpMode.STOPPED:
            return PumpState.STOPPED
        conditions = self.alarms.conditions
        if not conditions:
            return PumpState.DELIVERING
        if AlarmFlag.EMPTY_RESERVOIR in conditions:
            return PumpState.EMPTY
        if AlarmFlag.MOTOR_STALL in conditions:
            return PumpState.STALLED
        return PumpState.DELIVERING

    def reservoir_nl(self, delivered_nl: int) -> int:
        """Return the counted content at a count, nL; 0 before the first refill."""
        return self.refill.content_nl(delivered_nl) if self.refill else 0

    def next_event_ns(self) -> int:
        """Return the bench time of the next event, FAR if none is to come."""
        return self._due_t_ns

    def advance(self, t_ns: int) -> None:
        """Do everything that is due up to a bench time, and look at the sensors."""
        u_ns = self._time.pump_ns(t_ns)
        self._run_until(u_ns)
        self.now = Moment(t_ns, u_ns)
        if self._sensors.look(self.now):
            self._plan()
            self._run_until(u_ns)
            self.now = Moment(t_ns, u_ns)

    def start(self, program: WriteProgram) -> None:
        """Put a checked program into force."""
        self._note_bolus_end()
        u_ns = self.now.u_ns
        self.therapy.start(program, u_ns, self._counter.exact_nl(u_ns))
        self._write_log(LogEvent.PROGRAM_COMMITTED, program.rate_nl_per_h)
        if program.mode is PumpMode.BOLUS:
            self._write_log(LogEvent.BOLUS_START, program.bolus_nl)
        self._idle_from_nl = None
        self._settle()

    def stop(self) -> None:
        """Stop all delivery."""
        self._note_bolus_end()
        if self.therapy.mode is not PumpMode.STOPPED:
            self._write_log(LogEvent.STOPPED)
        self.therapy.stop(self.now.u_ns)
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
        self._idle_from_nl = None
        self._settle()

    def acknowledge(self, flags: AlarmFlag) -> None:
        """Silence alarms."""
        silenced = self.alarms.acknowledge(flags)
        if silenced:
            self._write_log(LogEvent.ALARM_ACKNOWLEDGED, silenced)

    def clear(self, flags: AlarmFlag) -> None:
        """Clear alarms whose cause is gone.

        Raises:
            RequestRefusedError: when a cause lasts; nothing is cleared.
        """
        self._settle()
        cleared = self.alarms.clear(flags, self._causes(), self.uptime_ms)
        if cleared:
            self._write_log(LogEvent.ALARM_CLEARED, cleared)

    def set_clock(self, clock_s: int) -> None:
        """Set the pump clock; it begins a whole second."""
        before_s = self.clock_s
        self._clock_ns = clock_s * NS_PER_S - self.now.u_ns
        self._write_log(LogEvent.CLOCK_SET, before_s)
        self._settle()

    def note_intervals(self, critical_s: int, noncritical_s: int) -> None:
        """Write new tone intervals to the log."""
        self._write_log(LogEvent.ALARM_INTERVALS_SET, critical_s << 16 | noncritical_s)

    def power_cycle(self) -> None:
        """Lose and regain power: the program is lost and RESET is raised."""
        before_ms = self.uptime_ms
        self.therapy.stop(self.now.u_ns)
        self.therapy.stopped_since_ns = self.now.u_ns
        self._ticks.boot_ns = self.now.u_ns
        self._write_log(LogEvent.RESET, before_ms)
        self._raise(AlarmFlag.RESET)
        self._settle()

    def _run_until(self, u_ns: int) -> None:
        """Handle every planned event up to a pump time, in order."""
        while self._due_ns <= u_ns:
            self.now = Moment(self._due_t_ns, max(self._due_ns, self.now.u_ns))
            self._settle()

    def _settle(self) -> None:
        """Bring everything into agreement at the present moment and plan the next."""
        now = self.now
        end_nl = self.therapy.bolus_end_nl
        if end_nl is not None and self._counter.reaches_ns(end_nl) <= now.u_ns:
            self._note_bolus_end()
            self.therapy.end_bolus(now.u_ns)
        if self._sensors.due_ns <= now.u_ns:
            self._sensors.read(now)
        if self.refill is not None:
            threshold_nl = self.refill.refill.low_threshold_nl
            self._sensors.read_level(now, threshold_nl, self.therapy.flow.nl_per_h)
        self._judge()
        self._drive()
        self._sensors.look(now)
        self._plan()

    def _judge(self) -> None:
        """Follow the causes: take counts back, raise alarms, note a recovery."""
        causes = self._causes()
        if min(causes.blocked_ns, causes.dry_ns) == FAR:
            self._idle_from_nl = None
        elif self._idle_from_nl is None:
            self._idle_from_nl = self._counter.exact_nl(self.now.u_ns)
        was_stalled = AlarmFlag.MOTOR_STALL in self.alarms.conditions
        new = self.alarms.update(causes, self._ticks.at_or_before(self.now.u_ns))
        if new & _IDLE and self._idle_from_nl is not None:
            self._counter.set_count(self.now.u_ns, self._idle_from_nl)
        if AlarmFlag.MOTOR_STALL in new:
            self._stalled_since_ns = causes.blocked_ns
            self._write_log(LogEvent.MOTOR_STALL)
        elif was_stalled and not self._sensors.blocked:
            stalled_ns = self.now.u_ns - self._stalled_since_ns
            self._write_log(LogEvent.MOTOR_RECOVERED, stalled_ns // NS_PER_S)
        self._raise(new)

    def _drive(self) -> None:
        """Command the motor, and count what it should deliver."""
        flow = self._commanded()
        if flow != self._motor:
            # The oscillator paces the motor, which so runs as fast as the clock does.
            speed = flow.nl_per_h * self._time.speed
            is_bolus = self.therapy.mode is PumpMode.BOLUS
            driven = motor_speed(self.parameters.defects, speed, is_bolus)
            self._mechanism.set_motor(self.now.t_ns, driven)
            self._motor = flow
        stalled = AlarmFlag.MOTOR_STALL in self.alarms.conditions
        self._counter.set_flow(self.now.u_ns, NO_FLOW if stalled else flow)

    def _commanded(self) -> Flow:
        """Return what the motor is told to deliver."""
        if AlarmFlag.EMPTY_RESERVOIR in self.alarms.conditions:
            return NO_FLOW
        flow = self.therapy.flow
        if AlarmFlag.MOTOR_STALL in self.alarms.active:
            if Defect.STAYS_STALLED in self.parameters.defects:
                return NO_FLOW
            if Defect.WEAK_AFTER_STALL in self.parameters.defects:
                return Flow(flow.volume_nl // 4, flow.duration_ns)
        return flow

    def _plan(self) -> None:
        """Compute the next event, in both times."""
        end_nl = self.therapy.bolus_end_nl
        bolus_ns = FAR if end_nl is None else self._counter.reaches_ns(end_nl)
        alarm_ns = self._ticks.at_or_after(self.alarms.due_ns(self._causes()))
        self._due_ns = min(bolus_ns, alarm_ns, self._sensors.due_ns)
        self._due_t_ns = max(self._time.bench_ns(self._due_ns), self.now.t_ns)

    def _causes(self) -> Causes:
        """Return since when each cause lasts, or from when it will."""
        running_ns = self.therapy.running_since_ns
        return Causes(
            low_ns=self._low_ns(),
            dry_ns=max(self._sensors.dry_since_ns, running_ns),
            inlet_dry=self._sensors.dry,
            blocked_ns=max(self._sensors.blocked_since_ns, running_ns),
            stopped_ns=self.therapy.stopped_since_ns,
            battery_ns=self._battery_ns(),
            overdue_ns=self._overdue_ns(),
        )

    def _low_ns(self) -> int:
        if self.refill is None:
            return FAR
        if self.parameters.level is Level.SENSOR:
            return self._sensors.low_since_ns
        reached_ns = self._counter.reaches_ns(self.refill.low_count_nl)
        return max(reached_ns, self.refill.u_ns)

    def _battery_ns(self) -> int:
        if self.parameters.battery_mv < self.parameters.low_battery_mv:
            return self._ticks.boot_ns
        if Defect.FALSE_ALARM in self.parameters.defects:
            return self.therapy.running_since_ns + _FALSE_ALARM_NS
        return FAR

    def _overdue_ns(self) -> int:
        if self.refill is None:
            return FAR
        return (self.refill.latest_clock_s + 1) * NS_PER_S - self._clock_ns

    def _raise(self, flags: AlarmFlag) -> None:
        raised = self.alarms.sound(flags, self.uptime_ms)
        if raised:
            self._write_log(LogEvent.ALARM_RAISED, raised)

    def _note_bolus_end(self) -> None:
        """Log the end of a running bolus with what has been given of it."""
        if self.therapy.mode is PumpMode.BOLUS:
            count_nl = self._counter.exact_nl(self.now.u_ns)
            given_nl = self.therapy.bolus_given_nl(count_nl)
            self._write_log(LogEvent.BOLUS_END, given_nl)

    def _write_log(self, event: LogEvent, detail: int = 0) -> None:
        self.log.write(self.clock_s, self.uptime_ms, event, int(detail))


def _delivered_before(seed: int, serial: int) -> int:
    """Return what the volume counter shows at the start, nL."""
    digest = blake2b(f"delivered/{seed}/{serial}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % _BEFORE_DELIVERED_NL
