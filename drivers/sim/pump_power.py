"""The pump's supply: what it runs on, when it has none, and when its service ends.

Without power the pump does nothing at all; only its clock goes on. The battery is
looked at on whole seconds of the uptime, like every other sensor.
"""

from enum import Enum
from typing import Final

from drivers.sim.contracts import FAR, Mechanism, PumpParameters
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_sensors import Moment, Ticks
from drivers.sim.pump_time import NS_PER_S

SERVICE_LEFT_DAYS: Final = 90
"""From the replacement indicator to the end of service [S]."""

_HASTY_DAYS: Final = 60
_NS_PER_DAY: Final = 86_400 * NS_PER_S


class PowerState(Enum):
    """Whether the firmware runs."""

    UP = "up"
    BOOTING = "booting"
    OFF = "off"


class Power:
    """Supply and battery.

    Attributes:
        state: whether the firmware runs.
        booted_ns: pump time at which it will run again, FAR unless it is booting.
        low_since_ns: tick at which the battery was first seen low, else FAR.
        replacement_since_ns: tick at which it was first seen due for replacement, else
            FAR; a better battery does not take that back.
        end_ns: pump time at which the service ends or has ended, else FAR.
    """

    __slots__ = (
        "_known",
        "_left_ns",
        "_mechanism",
        "_parameters",
        "_tick_ns",
        "_ticks",
        "booted_ns",
        "end_ns",
        "low_since_ns",
        "replacement_since_ns",
        "state",
    )

    def __init__(
        self, parameters: PumpParameters, mechanism: Mechanism, ticks: Ticks
    ) -> None:
        """Begin with the power on and a good battery, to be read at the first tick."""
        hasty = Defect.ENDS_EARLY in parameters.defects
        self._left_ns = (_HASTY_DAYS if hasty else SERVICE_LEFT_DAYS) * _NS_PER_DAY
        self._parameters = parameters
        self._mechanism = mechanism
        self._ticks = ticks
        self._tick_ns = 0
        self.state = PowerState.UP
        self.booted_ns = FAR
        self._known = (False, False, False)
        self.low_since_ns = FAR
        self.replacement_since_ns = FAR
        self.end_ns = FAR

    @property
    def due_ns(self) -> int:
        """Pump time of the next reading of the battery, or of the end of the boot."""
        return min(self._tick_ns, self.booted_ns)

    def follow(self, now: Moment) -> bool:
        """Follow the supply; return whether it has just gone or come back."""
        alive = self._mechanism.supply_mv(now.t_ns) >= self._parameters.dead_mv
        if alive is (self.state is not PowerState.OFF):
            return False
        self.state = PowerState.BOOTING if alive else PowerState.OFF
        boot_ns = round(self._parameters.boot_s * NS_PER_S)
        self.booted_ns = now.u_ns + boot_ns if alive else FAR
        self._tick_ns = FAR
        return True

    def restart(self, now: Moment) -> None:
        """Boot anew although the supply has been there all the time."""
        self.state = PowerState.BOOTING
        self.booted_ns = now.u_ns + round(self._parameters.boot_s * NS_PER_S)
        self._tick_ns = FAR

    def boot(self) -> None:
        """Begin to run again."""
        self.state = PowerState.UP
        self.booted_ns = FAR

    def look(self, now: Moment) -> bool:
        """Plan a reading at the next tick if the battery differs from what is known.

        Returns:
            Whether `due_ns` may have changed.
        """
        planned_ns = self._tick_ns
        differs = self._seen(now) != self._known
        self._tick_ns = self._ticks.at_or_after(now.u_ns) if differs else FAR
        return planned_ns != self._tick_ns

    def read(self, now: Moment) -> None:
        """Read the battery at a tick."""
        was_low, was_due, had_ended = self._known
        low, due, ended = self._seen(now)
        self._known = (low, due, ended)
        if low is not was_low:
            self.low_since_ns = now.u_ns if low else FAR
        if due and not was_due:
            self.replacement_since_ns = now.u_ns
            self.end_ns = now.u_ns + self._left_ns
        if ended and not had_ended:
            self.end_ns = min(self.end_ns, now.u_ns)
        self._tick_ns = FAR

    def renew(self) -> None:
        """Forget what the old battery has left behind."""
        self._known = (False, False, False)
        self.low_since_ns = FAR
        self.replacement_since_ns = FAR
        self.end_ns = FAR

    def _seen(self, now: Moment) -> tuple[bool, bool, bool]:
        """Return whether the battery is low, due for replacement, and at its end.

        The last two are for good.
        """
        supply_mv = self._mechanism.supply_mv(now.t_ns)
        given = self._parameters
        return (
            supply_mv < given.low_battery_mv,
            supply_mv < given.replacement_mv or self._known[1],
            supply_mv < given.end_mv or self._known[2],
        )
