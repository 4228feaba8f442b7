"""What an alarm does when it is raised: flag and notice, log entry, sound.

A healthy pump does all of it at once. In a defective one each of them can fail or come
late by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_alarms import AlarmPanel
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_sensors import Moment, Ticks
from drivers.sim.pump_sounder import Sounder
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.vocabulary import AlarmFlag, LogEvent

_FADES_NS: Final = 300 * NS_PER_S
_NONE: Final = AlarmFlag(0)


class _Act(Enum):
    RAISE = "raise"
    LOG = "log"
    SOUND = "sound"
    FADE = "fade"


@dataclass(frozen=True, slots=True)
class _Later:
    """Something that a defective unit does late."""

    due_ns: int
    act: _Act
    flags: AlarmFlag
    event: LogEvent = LogEvent.ALARM_RAISED
    detail: int = 0


class AlarmOutputs:
    """The channels of the alarms of one pump."""

    __slots__ = (
        "_fades",
        "_late",
        "_late_log_ns",
        "_late_ns",
        "_late_sound_ns",
        "_later",
        "_mute",
        "_mute_flag",
        "_mute_log",
        "_mute_sound",
        "_panel",
        "_sounder",
        "_ticks",
        "_write_log",
    )

    def __init__(
        self,
        parameters: PumpParameters,
        panel: AlarmPanel,
        sounder: Sounder,
        ticks: Ticks,
        write_log: Callable[[LogEvent, int], None],
    ) -> None:
        """Begin with nothing to do.

        Args:
            parameters: what this unit gets wrong.
            panel: the flags and notices.
            sounder: the voice.
            ticks: the uptime.
            write_log: writes an entry of the present moment, with its detail.
        """
        self._panel = panel
        self._sounder = sounder
        self._ticks = ticks
        self._write_log = write_log
        self._mute = _union(parameters.mute)
        self._mute_flag = _union(parameters.mute_flag)
        self._mute_log = _union(parameters.mute_log)
        self._mute_sound = _union(parameters.mute_sound)
        self._late = _union(parameters.late)
        self._late_ns = round(parameters.late_s * NS_PER_S)
        self._late_log_ns = round(parameters.late_log_s * NS_PER_S)
        self._late_sound_ns = round(parameters.late_sound_s * NS_PER_S)
        self._fades = Defect.ALARM_FADES in parameters.defects
        self._later: list[_Later] = []

    @property
    def due_ns(self) -> int:
        """Pump time at which something late is due, FAR if nothing is."""
        return min((later.due_ns for later in self._later), default=FAR)

    def raise_alarms(self, now: Moment, flags: AlarmFlag) -> None:
        """Raise alarms in every channel."""
        flags &= ~self._mute
        late = flags & self._late if self._late_ns else _NONE
        self._put_off(now, self._late_ns, _Act.RAISE, late)
        self._raise(now, flags & ~late)

    def enter(
        self, now: Moment, flag: AlarmFlag, event: LogEvent, detail: int = 0
    ) -> None:
        """Log an event that is the cause of an alarm."""
        if flag & self._mute_log:
            return
        if flag & self._late and self._late_log_ns:
            due_ns = now.u_ns + self._late_log_ns
            self._later.append(_Later(due_ns, _Act.LOG, flag, event, detail))
        else:
            self._write_log(event, detail)

    def act(self, now: Moment) -> None:
        """Do what was put off until now."""
        for later in [later for later in self._later if later.due_ns <= now.u_ns]:
            self._later.remove(later)
            self._catch_up(now, later)

    def forget(self) -> None:
        """Forget what was put off, as by a loss of power."""
        self._later.clear()

    def _raise(self, now: Moment, flags: AlarmFlag) -> None:
        if not flags:
            return
        uptime_ms = self._ticks.uptime_ms(now.u_ns)
        self._panel.show(flags & ~self._mute_flag, uptime_ms)
        late = flags & self._late
        logged = flags & ~self._mute_log
        log_late = logged & late if self._late_log_ns else _NONE
        self._put_off(now, self._late_log_ns, _Act.LOG, log_late)
        if logged & ~log_late:
            self._write_log(LogEvent.ALARM_RAISED, logged & ~log_late)
        sounded = flags & ~self._mute_sound
        sound_late = sounded & late if self._late_sound_ns else _NONE
        self._put_off(now, self._late_sound_ns, _Act.SOUND, sound_late)
        if sounded & ~sound_late:
            self._sounder.sound(now, sounded & ~sound_late)
        if self._fades:
            self._put_off(now, _FADES_NS, _Act.FADE, flags)

    def _put_off(self, now: Moment, wait_ns: int, act: _Act, flags: AlarmFlag) -> None:
        if flags:
            self._later.append(_Later(now.u_ns + wait_ns, act, flags, detail=flags))

    def _catch_up(self, now: Moment, later: _Later) -> None:
        match later.act:
            case _Act.RAISE:
                self._raise(now, later.flags)
            case _Act.LOG:
                self._write_log(later.event, later.detail)
            case _Act.SOUND:
                waiting = later.flags & self._panel.unacknowledged
                if waiting:
                    self._sounder.sound(now, waiting)
            case _Act.FADE:
                self._panel.drop(later.flags, self._ticks.uptime_ms(now.u_ns))


def _union(flags: frozenset[AlarmFlag]) -> AlarmFlag:
    union = _NONE
    for flag in flags:
        union |= flag
    return union
