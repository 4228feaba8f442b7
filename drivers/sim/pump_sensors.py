"""What the pump knows of its mechanics: sampled on whole seconds of its uptime.

Nothing is stepped. A sensor is read at the first tick after a moment at which it may
have changed: when `look` sees a difference, when the reservoir is due to run dry, and,
for a level sensor, before the content can have reached the threshold.
"""

from dataclasses import dataclass
from typing import Final

from drivers.sim.contracts import FAR, Level, Mechanism
from drivers.sim.pump_time import NS_PER_MS, NS_PER_S, PumpTime

_LEVEL_STEPS: Final = 4
"""The level is read after a quarter of the time it has left at the nominal speed: the
real speed, pulsation included, stays well below four times the nominal one."""

_UPTIME_MODULO: Final = 1 << 32
_NS_PER_H: Final = 3600 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment in both times, ns: `t_ns` of the bench, `u_ns` of the pump."""

    t_ns: int
    u_ns: int


class Ticks:
    """Whole seconds of the pump's uptime.

    Attributes:
        boot_ns: pump time at which the uptime began.
    """

    __slots__ = ("boot_ns",)

    def __init__(self) -> None:
        """Begin the uptime at pump time 0."""
        self.boot_ns = 0

    def at_or_after(self, u_ns: int) -> int:
        """Return the first tick at or after a pump time, ns; FAR stays FAR."""
        if u_ns >= FAR:
            return FAR
        return u_ns + (self.boot_ns - u_ns) % NS_PER_S

    def uptime_ms(self, u_ns: int) -> int:
        """Return the uptime as the link shows it, wrapped, ms."""
        return (u_ns - self.boot_ns) // NS_PER_MS % _UPTIME_MODULO

    def at_or_before(self, u_ns: int) -> int:
        """Return the last tick at or before a pump time, ns."""
        return u_ns - (u_ns - self.boot_ns) % NS_PER_S


class Sensors:
    """Rotor, empty detector and, where there is one, the level sensor.

    Attributes:
        blocked_since_ns: tick at which the rotor was first seen blocked, else FAR.
        dry_since_ns: tick at which the inlet was first seen dry, else FAR.
        low_since_ns: tick at which the level was first seen at or below the threshold,
            else FAR; FAR without a level sensor.
    """

    __slots__ = (
        "_dry_tick_ns",
        "_level",
        "_level_tick_ns",
        "_look_tick_ns",
        "_mechanism",
        "_ticks",
        "_time",
        "blocked_since_ns",
        "dry_since_ns",
        "low_since_ns",
    )

    def __init__(
        self, mechanism: Mechanism, level: Level, time: PumpTime, ticks: Ticks
    ) -> None:
        """Begin with a free rotor and a wet inlet, to be read at the first tick."""
        self._mechanism = mechanism
        self._level = level
        self._time = time
        self._ticks = ticks
        self._look_tick_ns = 0
        self._dry_tick_ns = FAR
        self._level_tick_ns = FAR
        self.blocked_since_ns = FAR
        self.dry_since_ns = FAR
        self.low_since_ns = FAR

    def restart(self, now: Moment) -> None:
        """Forget everything, as by a loss of power, and read again at the next tick."""
        self._look_tick_ns = self._ticks.at_or_after(now.u_ns)
        self._dry_tick_ns = FAR
        self._level_tick_ns = FAR
        self.blocked_since_ns = FAR
        self.dry_since_ns = FAR
        self.low_since_ns = FAR

    @property
    def due_ns(self) -> int:
        """Pump time of the next reading, FAR if nothing is expected to change."""
        return min(self._look_tick_ns, self._dry_tick_ns, self._level_tick_ns)

    @property
    def blocked(self) -> bool:
        """Whether the rotor was blocked when last read."""
        return self.blocked_since_ns < FAR

    @property
    def dry(self) -> bool:
        """Whether the inlet was dry when last read."""
        return self.dry_since_ns < FAR

    def look(self, now: Moment) -> bool:
        """Plan a reading at the next tick if a sensor differs from what is known.

        Returns:
            Whether `due_ns` may have changed.
        """
        planned = self._look_tick_ns, self._dry_tick_ns
        blocked = self._mechanism.is_rotor_blocked(now.t_ns)
        dry = self._mechanism.is_inlet_dry(now.t_ns)
        differs = blocked is not self.blocked or dry is not self.dry
        self._look_tick_ns = self._ticks.at_or_after(now.u_ns) if differs else FAR
        self._dry_tick_ns = FAR if dry else self._expected_dry_tick(now)
        return planned != (self._look_tick_ns, self._dry_tick_ns)

    def read(self, now: Moment) -> None:
        """Read rotor and inlet at a tick."""
        blocked = self._mechanism.is_rotor_blocked(now.t_ns)
        if blocked is not self.blocked:
            self.blocked_since_ns = now.u_ns if blocked else FAR
        dry = self._mechanism.is_inlet_dry(now.t_ns)
        if dry is not self.dry:
            self.dry_since_ns = now.u_ns if dry else FAR
        self._look_tick_ns = FAR
        self._dry_tick_ns = FAR if dry else self._expected_dry_tick(now)

    def read_level(self, now: Moment, threshold_nl: int, speed_nl_per_h: float) -> None:
        """Compare the level with a threshold and plan when to do so again.

        Args:
            now: the moment; any moment plans, only a tick judges.
            threshold_nl: low threshold, nL.
            speed_nl_per_h: nominal speed of a motor that turns, nL/h.
        """
        if self._level is Level.COUNTER:
            return
        left_nl = self._mechanism.reservoir_nl(now.t_ns) - threshold_nl
        if left_nl > 0:
            self.low_since_ns = FAR
            self._level_tick_ns = self._next_level_tick(now, left_nl, speed_nl_per_h)
        elif self.low_since_ns == FAR:
            self._level_tick_ns = self._ticks.at_or_after(now.u_ns)
            if self._level_tick_ns == now.u_ns:
                self.low_since_ns = now.u_ns
                self._level_tick_ns = FAR

    def _next_level_tick(self, now: Moment, left_nl: float, speed: float) -> int:
        if speed <= 0 or self.blocked:
            return FAR
        wait_ns = int(left_nl / speed / _LEVEL_STEPS * _NS_PER_H)
        return self._ticks.at_or_after(now.u_ns + max(wait_ns, 1))

    def _expected_dry_tick(self, now: Moment) -> int:
        """Return the first tick surely behind the moment the inlet runs dry."""
        dry_at_ns = self._mechanism.reservoir_dry_at_ns(now.t_ns)
        if dry_at_ns >= FAR:
            return FAR
        return self._ticks.at_or_after(self._time.pump_ns(dry_at_ns) + 1)


class PressureSensor:
    """The occlusion sensor, of a pump that has one.

    Attributes:
        pressed_since_ns: tick at which the pressure in the line was first seen at or
            above its limit, else FAR.
    """

    __slots__ = (
        "_limit_kpa",
        "_mechanism",
        "_tick_ns",
        "_ticks",
        "_time",
        "pressed_since_ns",
    )

    def __init__(
        self,
        mechanism: Mechanism,
        limit_kpa: float | None,
        time: PumpTime,
        ticks: Ticks,
    ) -> None:
        """Begin without pressure; a limit of None is a pump without sensor."""
        self._mechanism = mechanism
        self._limit_kpa = limit_kpa
        self._time = time
        self._ticks = ticks
        self._tick_ns = FAR
        self.pressed_since_ns = FAR

    @property
    def due_ns(self) -> int:
        """Pump time of the next reading, FAR if nothing is expected to change."""
        return self._tick_ns

    @property
    def pressed(self) -> bool:
        """Whether the pressure was at its limit when last read."""
        return self.pressed_since_ns < FAR

    def look(self, now: Moment) -> bool:
        """Plan a reading at the first tick behind the next crossing of the limit.

        Returns:
            Whether `due_ns` may have changed.
        """
        if self._limit_kpa is None:
            return False
        planned_ns = self._tick_ns
        if self._is_pressed(now, self._limit_kpa) is not self.pressed:
            self._tick_ns = self._ticks.at_or_after(now.u_ns)
        else:
            self._tick_ns = self._crossing_tick(now, self._limit_kpa)
        return planned_ns != self._tick_ns

    def read(self, now: Moment) -> None:
        """Read the pressure at a tick."""
        if self._limit_kpa is None:
            return
        if not self._is_pressed(now, self._limit_kpa):
            self.pressed_since_ns = FAR
        elif self.pressed_since_ns == FAR:
            self.pressed_since_ns = now.u_ns
        self._tick_ns = self._crossing_tick(now, self._limit_kpa)

    def restart(self, now: Moment) -> None:
        """Forget what was seen, and read again at the next tick."""
        self.pressed_since_ns = FAR
        self.look(now)

    def _is_pressed(self, now: Moment, limit_kpa: float) -> bool:
        return self._mechanism.line_pressure_kpa(now.t_ns) >= limit_kpa

    def _crossing_tick(self, now: Moment, limit_kpa: float) -> int:
        crossing_ns = self._mechanism.pressure_crosses_ns(now.t_ns, limit_kpa)
        if crossing_ns >= FAR:
            return FAR
        return self._ticks.at_or_after(self._time.pump_ns(crossing_ns) + 1)
