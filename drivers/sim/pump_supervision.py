"""What the pump finds out about itself, what it says of it, and when it stands still.

The pump counts what it commands. Once it notices that the rotor was blocked or the
inlet dry, it takes back what it has counted since that began, or since the last commit
if that is later; a disturbance shorter than the detection time stays unnoticed.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_alarms import AlarmPanel, Causes, alarm_rules
from drivers.sim.pump_counter import NO_FLOW, Flow, VolumeCounter
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_motor import Motor
from drivers.sim.pump_outputs import AlarmOutputs
from drivers.sim.pump_sensors import Moment, Ticks
from drivers.sim.pump_sounder import Sounder
from drivers.sim.pump_time import NS_PER_S
from drivers.sim.pump_watch import Watch
from drivers.sim.sounds import SoundField
from protocols.pump_link.vocabulary import (
    CRITICAL_ALARMS,
    AlarmFlag,
    LogEvent,
    PumpState,
)

_NONE: Final = AlarmFlag(0)
_IDLE: Final = AlarmFlag.MOTOR_STALL | AlarmFlag.EMPTY_RESERVOIR
"""Conditions under which nothing is delivered although the motor is commanded."""
_WORN: Final = (
    AlarmFlag.REPLACEMENT_DUE
    | AlarmFlag.END_OF_SERVICE
    | AlarmFlag.TUBE_LIFE
    | AlarmFlag.MEMORY_CORRECTED
    | AlarmFlag.MEMORY_ERROR
)
"""Alarms that a unit made new does not have."""


class Supervision:
    """Sensors, alarms and their outputs in one pump.

    Attributes:
        watch: what it looks at.
        alarms: flags and notices.
        sounder: the voice.
        idle_from_nl: the count when the rotor was first blocked or the inlet dry,
            None while neither is.
    """

    __slots__ = (
        "_again",
        "_alarmed",
        "_defects",
        "_ignored",
        "_motor",
        "_occluded",
        "_outputs",
        "_stalled_since_ns",
        "_ticks",
        "_write_log",
        "alarms",
        "idle_from_nl",
        "sounder",
        "watch",
    )

    def __init__(
        self,
        watch: Watch,
        motor: Motor,
        parameters: PumpParameters,
        ticks: Ticks,
        sounds: SoundField | None,
        write_log: Callable[[LogEvent, int], None],
    ) -> None:
        """Begin without alarms.

        Args:
            watch: what it looks at.
            motor: whose recovery it notices.
            parameters: the pump.
            ticks: the uptime.
            sounds: the air that carries its tones; None when nobody listens.
            write_log: writes an entry of the present moment, with its detail.
        """
        self.watch = watch
        self._motor = motor
        self._defects = parameters.defects
        self._ticks = ticks
        clears_anything = Defect.CLEARS_ANYTHING in parameters.defects
        self.alarms = AlarmPanel(alarm_rules(parameters), clears_anything)
        self.sounder = Sounder(parameters, sounds)
        self._outputs = AlarmOutputs(
            parameters, self.alarms, self.sounder, ticks, write_log
        )
        self._write_log = write_log
        self._occluded = False
        self._again = _NONE
        self._alarmed = _NONE
        self._ignored = _NONE
        self._stalled_since_ns = FAR
        self.idle_from_nl: Fraction | None = None

    @property
    def state(self) -> PumpState:
        """What the pump observes that it does with a program in force."""
        conditions = self.alarms.conditions & ~self._ignored
        if AlarmFlag.END_OF_SERVICE in conditions:
            return PumpState.ENDED
        if self._occluded:
            return PumpState.OCCLUDED
        if AlarmFlag.EMPTY_RESERVOIR in conditions:
            return PumpState.EMPTY
        if AlarmFlag.MOTOR_STALL in conditions:
            return PumpState.STALLED
        return PumpState.DELIVERING

    def allow(self, flow: Flow) -> Flow:
        """Return what the motor may be told to deliver of what the therapy wants."""
        if self.state is PumpState.ENDED:
            return flow if Defect.RUNS_AFTER_END in self._defects else NO_FLOW
        if self.state in {PumpState.OCCLUDED, PumpState.EMPTY}:
            return NO_FLOW
        if AlarmFlag.MOTOR_STALL in self.alarms.active:
            if Defect.STAYS_STALLED in self._defects:
                return NO_FLOW
            if Defect.WEAK_AFTER_STALL in self._defects:
                return Flow(flow.volume_nl // 4, flow.duration_ns)
        return flow

    @property
    def is_stalled(self) -> bool:
        """Whether the motor is known not to turn."""
        return AlarmFlag.MOTOR_STALL in self.alarms.conditions & ~self._ignored

    def due_ns(self, causes: Causes) -> int:
        """Return the pump time of the next reading or alarm, FAR if there is none."""
        alarm_ns = self._ticks.at_or_after(self.alarms.due_ns(causes))
        return min(alarm_ns, self.watch.due_ns, self._outputs.due_ns)

    def look(self, now: Moment, counter: VolumeCounter) -> bool:
        """Look at everything; tell whether anything is to be done or planned anew."""
        serviced = self.watch.upkeep.is_serviced(now)
        if serviced and self.watch.upkeep.take_service(now, counter.whole_nl(now.u_ns)):
            self.watch.power.renew()
            self.alarms.drop(_WORN, self._ticks.uptime_ms(now.u_ns))
            self.sounder.silence(now, _WORN)
        return self.watch.look(now) or serviced

    def act(self, now: Moment) -> None:
        """Do what was put off until now, and read what is due."""
        self._outputs.act(now)
        self.watch.read(now)

    def finds_program_lost(self, now: Moment) -> bool:
        """Check the memory if that is due; tell whether the program is lost."""
        if self.watch.upkeep.due_ns > now.u_ns:
            return False
        mended, lost = self.watch.upkeep.take_upsets(now)
        for flag, found, detail in (
            (AlarmFlag.MEMORY_CORRECTED, mended, 0),
            (AlarmFlag.MEMORY_ERROR, lost, 1),
        ):
            if found:
                self.report_upset(now, flag, detail)
        return lost

    def report_upset(self, now: Moment, flag: AlarmFlag, detail: int) -> None:
        """Log that a stored value was found wrong, and raise its alarm."""
        self._outputs.enter(now, flag, LogEvent.MEMORY_UPSET, detail)
        self._outputs.raise_alarms(now, flag)

    def judge(self, now: Moment, causes: Causes, counter: VolumeCounter) -> None:
        """Follow the causes: take counts back, raise alarms, note a recovery."""
        if min(causes.blocked_ns, causes.dry_ns) == FAR:
            self.idle_from_nl = None
        elif self.idle_from_nl is None:
            self.idle_from_nl = counter.exact_nl(now.u_ns)
        was_stalled = self.is_stalled
        tick_ns = self._ticks.at_or_before(now.u_ns)
        new = self.alarms.update(causes, tick_ns) & ~self._ignored
        if new & _IDLE and self.idle_from_nl is not None:
            counter.set_count(now.u_ns, self.idle_from_nl)
        if AlarmFlag.OCCLUSION in new:
            self._occluded = True
        if AlarmFlag.MOTOR_STALL in new:
            self._stalled_since_ns = causes.blocked_ns
            self._outputs.enter(now, AlarmFlag.MOTOR_STALL, LogEvent.MOTOR_STALL)
        elif was_stalled and not self.watch.sensors.blocked:
            self._motor.recover(now.u_ns, bool(self.alarms.unacknowledged))
            stalled_s = (now.u_ns - self._stalled_since_ns) // NS_PER_S
            self._outputs.enter(
                now, AlarmFlag.MOTOR_STALL, LogEvent.MOTOR_RECOVERED, stalled_s
            )
        again = self._again & self.alarms.conditions
        self._again = _NONE
        self._outputs.raise_alarms(now, new | again)
        if self._forgets:
            self._alarmed = (self._alarmed | new) & self._unresolved
            self._ignored &= self._unresolved
        self.sounder.act(now)

    def begin(self, now: Moment) -> None:
        """Try anew for a new program.

        Critical conditions that the program does not end are alarmed again, and a line
        that was blocked is pumped into until that is noticed again.
        """
        self.idle_from_nl = None
        self.release_line(now)
        if self._forgets:
            self._ignored = self._alarmed
        else:
            self._again = self.alarms.conditions & CRITICAL_ALARMS

    def release_line(self, now: Moment) -> None:
        """Forget that the line was blocked."""
        self._occluded = False
        if not self._forgets:
            self.alarms.forget(AlarmFlag.OCCLUSION)
            self.watch.pressure.restart(now)

    @property
    def _forgets(self) -> bool:
        """Whether this unit takes a cause that it has alarmed for resolved."""
        return Defect.NO_REALARM in self._defects

    @property
    def _unresolved(self) -> AlarmFlag:
        """The causes that hinder delivery, whatever is programmed."""
        return (
            (AlarmFlag.MOTOR_STALL if self.watch.sensors.blocked else _NONE)
            | (AlarmFlag.EMPTY_RESERVOIR if self.watch.sensors.dry else _NONE)
            | (AlarmFlag.OCCLUSION if self.watch.pressure.pressed else _NONE)
        )

    def acknowledge(self, now: Moment, flags: AlarmFlag) -> None:
        """Silence alarms, and log it."""
        silenced = self.alarms.acknowledge(flags)
        self.sounder.silence(now, flags)
        if silenced:
            self._write_log(LogEvent.ALARM_ACKNOWLEDGED, silenced)

    def clear(self, now: Moment, flags: AlarmFlag, causes: Causes) -> None:
        """Clear alarms whose cause is gone, and log it.

        Raises:
            RequestRefusedError: when a cause lasts; nothing is cleared.
        """
        uptime_ms = self._ticks.uptime_ms(now.u_ns)
        cleared = self.alarms.clear(flags, causes, uptime_ms)
        self.sounder.silence(now, flags)
        if cleared:
            self._write_log(LogEvent.ALARM_CLEARED, cleared)

    def set_intervals(self, now: Moment, critical_s: int, noncritical_s: int) -> None:
        """Repeat the tones after new intervals, and log them."""
        self.sounder.set_intervals(now, critical_s, noncritical_s)
        self._write_log(LogEvent.ALARM_INTERVALS_SET, critical_s << 16 | noncritical_s)

    def lose_power(self, now: Moment) -> None:
        """Stand still and silent, and forget what was put off."""
        self._motor.stop(now)
        self.sounder.pause()
        self._outputs.forget()

    def boot(self, now: Moment, lost_ms: int) -> None:
        """Look at everything anew after a loss of power, and say so.

        Args:
            now: the moment.
            lost_ms: the uptime at which the power was lost.
        """
        self.watch.power.boot()
        self.watch.restart(now)
        self.alarms.forget(~_NONE)
        self._occluded = False
        self.idle_from_nl = None
        self._outputs.enter(now, AlarmFlag.RESET, LogEvent.RESET, lost_ms)
        self._outputs.raise_alarms(now, AlarmFlag.RESET)
        self.sounder.resume(now)
