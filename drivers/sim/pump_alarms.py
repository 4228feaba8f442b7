"""The pump's alarms: one table of causes, and the panel of flags it drives.

A flag is raised when its cause has lasted for the rule's delay, at a tick; it stays
while the cause lasts and is latched after that until the host clears it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_limits import RequestRefusedError
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.replies import AlarmNotice
from protocols.pump_link.vocabulary import AlarmFlag, FieldId, NakCode

STOPPED_LIMIT_S: Final = 48 * 3600 + 60
"""48 h stopped [S], and a minute so that a fast oscillator is not early."""

STOPPING_ALARMS: Final = (
    AlarmFlag.MOTOR_STALL
    | AlarmFlag.EMPTY_RESERVOIR
    | AlarmFlag.OCCLUSION
    | AlarmFlag.END_OF_SERVICE
)
"""Critical alarms that stop the delivery, and with it any bolus."""

_NONE: Final = AlarmFlag(0)


@dataclass(frozen=True, slots=True)
class Causes:
    """Since when each cause lasts: pump time, ns; FAR while it does not.

    A cause whose moment can be computed ahead stands here ahead of time.

    Attributes:
        low_ns: the reservoir is at or below its low threshold.
        dry_ns: the inlet is dry although an infusion is programmed.
        inlet_dry: the inlet is dry, whatever is programmed.
        blocked_ns: the rotor is blocked although it should turn.
        stopped_ns: no infusion is programmed.
        battery_ns: the battery is below its limit.
        overdue_ns: the pump clock is past the drug's stability or the label's date.
        pressed_ns: the pressure in the line is at its limit although it should flow.
        replacement_ns: the battery is due for replacement.
        end_ns: the service has ended.
        tube_ns: the pump tube has moved the volume of its life.
        mismatch_ns: the sensed content is not the one that was entered.
    """

    low_ns: int
    dry_ns: int
    inlet_dry: bool
    blocked_ns: int
    stopped_ns: int
    battery_ns: int
    overdue_ns: int
    pressed_ns: int
    replacement_ns: int
    end_ns: int
    tube_ns: int
    mismatch_ns: int


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """One line of the table.

    Attributes:
        flag: the alarm.
        since_ns: since when its cause lasts.
        delay_ns: how long the cause must last before the alarm is raised.
        holds: whether the alarm may not be cleared yet, asked besides the cause itself.
    """

    flag: AlarmFlag
    since_ns: Callable[[Causes], int]
    delay_ns: int = 0
    holds: Callable[[Causes], bool] = lambda _: False


def alarm_rules(parameters: PumpParameters) -> tuple[AlarmRule, ...]:
    """Return the table of a pump. RESET and memory errors are events, without line."""
    stall_ns = round(parameters.stall_detection_s * NS_PER_S)
    empty_ns = round(parameters.empty_detection_s * NS_PER_S)
    occlusion_ns = round(parameters.occlusion_detection_s * NS_PER_S)
    return (
        AlarmRule(AlarmFlag.LOW_RESERVOIR, lambda causes: causes.low_ns),
        AlarmRule(
            AlarmFlag.EMPTY_RESERVOIR,
            lambda causes: causes.dry_ns,
            empty_ns,
            lambda causes: causes.inlet_dry,
        ),
        AlarmRule(AlarmFlag.MOTOR_STALL, lambda causes: causes.blocked_ns, stall_ns),
        AlarmRule(
            AlarmFlag.STOPPED_TOO_LONG,
            lambda causes: causes.stopped_ns,
            STOPPED_LIMIT_S * NS_PER_S,
        ),
        AlarmRule(AlarmFlag.LOW_BATTERY, lambda causes: causes.battery_ns),
        AlarmRule(AlarmFlag.REFILL_OVERDUE, lambda causes: causes.overdue_ns),
        AlarmRule(AlarmFlag.OCCLUSION, lambda causes: causes.pressed_ns, occlusion_ns),
        AlarmRule(AlarmFlag.REPLACEMENT_DUE, lambda causes: causes.replacement_ns),
        AlarmRule(AlarmFlag.END_OF_SERVICE, lambda causes: causes.end_ns),
        AlarmRule(AlarmFlag.TUBE_LIFE, lambda causes: causes.tube_ns),
        AlarmRule(AlarmFlag.FILL_MISMATCH, lambda causes: causes.mismatch_ns),
    )


class AlarmPanel:
    """The flags of the alarms, and the notices that are due to the host.

    Attributes:
        conditions: causes that have lasted for their delay, muted alarms included.
        active: alarms raised and not cleared.
        unacknowledged: those of `active` that still sound.
    """

    __slots__ = (
        "_clears_anything",
        "_notices",
        "_rules",
        "active",
        "conditions",
        "unacknowledged",
    )

    def __init__(
        self, rules: tuple[AlarmRule, ...], clears_anything: bool = False
    ) -> None:
        """Begin without any alarm.

        Args:
            rules: the table.
            clears_anything: whether this unit clears an alarm whose cause lasts.
        """
        self._rules = rules
        self._clears_anything = clears_anything
        self._notices: list[AlarmNotice] = []
        self.conditions = _NONE
        self.active = _NONE
        self.unacknowledged = _NONE

    def due_ns(self, causes: Causes) -> int:
        """Return when the next cause will have lasted for its delay, FAR if never."""
        return min(
            (
                rule.since_ns(causes) + rule.delay_ns
                for rule in self._rules
                if rule.flag not in self.conditions
            ),
            default=FAR,
        )

    def update(self, causes: Causes, tick_ns: int) -> AlarmFlag:
        """Take the conditions of the last tick; return those that are new."""
        before = self.conditions
        self.conditions = _NONE
        for rule in self._rules:
            if rule.since_ns(causes) + rule.delay_ns <= tick_ns:
                self.conditions |= rule.flag
        return self.conditions & ~before

    def forget(self, flags: AlarmFlag) -> None:
        """Judge conditions anew, so that those that last will be new again."""
        self.conditions &= ~flags

    def show(self, flags: AlarmFlag, uptime_ms: int) -> None:
        """Make alarms active, or again so, and tell the host."""
        if flags:
            self.active |= flags
            self.unacknowledged |= flags
            self._notices.append(AlarmNotice(uptime_ms, self.active, flags, _NONE))

    def drop(self, flags: AlarmFlag, uptime_ms: int) -> None:
        """Make alarms inactive, whatever their causes do, and tell the host."""
        dropped = flags & self.active
        self.active &= ~dropped
        self.unacknowledged &= ~dropped
        if dropped:
            self._notices.append(AlarmNotice(uptime_ms, self.active, _NONE, dropped))

    def acknowledge(self, flags: AlarmFlag) -> AlarmFlag:
        """Silence alarms; return those that had been sounding."""
        silenced = flags & self.unacknowledged
        self.unacknowledged &= ~silenced
        return silenced

    def clear(self, flags: AlarmFlag, causes: Causes, uptime_ms: int) -> AlarmFlag:
        """Clear alarms whose cause is gone: all of them or none.

        Returns:
            The alarms that had been active.

        Raises:
            RequestRefusedError: CAUSE_PRESENT; its maximum is the flags that could be
                cleared, and so leaves out those whose cause lasts.
        """
        cleared = flags & self.active
        lasting = self.conditions
        for rule in self._rules:
            if rule.holds(causes):
                lasting |= rule.flag
        if cleared & lasting and not self._clears_anything:
            clearable = int(flags & ~lasting)
            code = NakCode.CAUSE_PRESENT
            raise RequestRefusedError(code, FieldId.FLAGS, 0, clearable)
        self.drop(cleared, uptime_ms)
        return cleared

    def take_notices(self) -> list[AlarmNotice]:
        """Hand over what the host is to be told, in order."""
        notices, self._notices = self._notices, []
        return notices
