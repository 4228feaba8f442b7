"""The pump's voice: tones while an alarm is not acknowledged.

A critical alarm sounds two tones in turn, any other one beep; where both wait, the
critical one has its way. The tone comes at once when an alarm is raised, and again each
time the interval of its priority has passed.
"""

from typing import Final

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_sensors import Moment
from drivers.sim.pump_time import NS_PER_MS, NS_PER_S
from drivers.sim.sounds import CRITICAL, NONCRITICAL, Pattern, SoundField
from protocols.pump_link.vocabulary import CRITICAL_ALARMS, AlarmFlag

CRITICAL_INTERVAL_S: Final = 600
"""Between two tones of a critical alarm, unless the host says otherwise [K]."""
NONCRITICAL_INTERVAL_S: Final = 3_600
"""Between two tones of any other alarm [S]."""

_PHANTOM_NS: Final = 3 * 3_600 * NS_PER_S
_NONE: Final = AlarmFlag(0)


class Sounder:
    """Sounds alarms into the room. Without anybody to hear, it costs nothing."""

    __slots__ = (
        "_busy_until_ns",
        "_critical",
        "_critical_ns",
        "_due_ns",
        "_field",
        "_has_power",
        "_last_ns",
        "_noncritical_ns",
        "_obeys",
        "_phantom_ns",
        "_sounding",
    )

    def __init__(self, parameters: PumpParameters, field: SoundField | None) -> None:
        """Begin silent.

        Args:
            parameters: what this unit gets wrong.
            field: the air of the room; None when nobody listens.
        """
        swapped = _NONE
        for flag in parameters.swapped_priority:
            swapped |= flag
        self._critical = CRITICAL_ALARMS ^ swapped
        self._obeys = Defect.INTERVAL_IGNORED not in parameters.defects
        self._field = field
        self._critical_ns = CRITICAL_INTERVAL_S * NS_PER_S
        self._noncritical_ns = NONCRITICAL_INTERVAL_S * NS_PER_S
        self._has_power = True
        self._sounding = _NONE
        self._due_ns = FAR
        self._last_ns = 0
        self._busy_until_ns = 0
        haunted = Defect.SOUNDS_WITHOUT_CAUSE in parameters.defects
        self._phantom_ns = _PHANTOM_NS if haunted else FAR

    @property
    def due_ns(self) -> int:
        """Pump time of the next tone, FAR if none is to come."""
        is_heard = self._field is not None and self._has_power
        return min(self._due_ns, self._phantom_ns) if is_heard else FAR

    def set_intervals(self, now: Moment, critical_s: int, noncritical_s: int) -> None:
        """Repeat the tones after other times from now on."""
        if self._obeys:
            self._critical_ns = critical_s * NS_PER_S
            self._noncritical_ns = noncritical_s * NS_PER_S
            self._repeat(now.u_ns)

    def sound(self, now: Moment, flags: AlarmFlag) -> None:
        """Sound for alarms that are raised now, as soon as the last tone has ended."""
        self._sounding |= flags
        self._due_ns = max(now.u_ns, self._busy_until_ns)

    def silence(self, now: Moment, flags: AlarmFlag) -> None:
        """Sound no more for alarms."""
        if flags & self._sounding:
            self._sounding &= ~flags
            self._repeat(now.u_ns)

    def pause(self) -> None:
        """Be silent for want of power."""
        self._has_power = False

    def resume(self, now: Moment) -> None:
        """Sound at once what waits, after a loss of power."""
        self._has_power = True
        if self._sounding:
            self.sound(now, self._sounding)

    def act(self, now: Moment) -> None:
        """Sound what is due."""
        if self._field is None:
            return
        if self._due_ns <= now.u_ns:
            self._emit(now, CRITICAL if self._is_critical else NONCRITICAL)
            self._last_ns = now.u_ns
            self._repeat(now.u_ns)
        if self._phantom_ns <= now.u_ns:
            self._emit(now, NONCRITICAL)
            self._phantom_ns = now.u_ns + _PHANTOM_NS

    @property
    def _is_critical(self) -> bool:
        return bool(self._sounding & self._critical)

    def _repeat(self, u_ns: int) -> None:
        """Plan the next repetition."""
        interval_ns = self._critical_ns if self._is_critical else self._noncritical_ns
        again_ns = max(self._last_ns + interval_ns, u_ns)
        self._due_ns = again_ns if self._sounding else FAR

    def _emit(self, now: Moment, pattern: Pattern) -> None:
        if self._field is not None:
            self._field.emit(now.t_ns, pattern)
            length_ms = sum(duration_ms for _, duration_ms in pattern)
            self._busy_until_ns = now.u_ns + length_ms * NS_PER_MS
