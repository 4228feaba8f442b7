"""The wire's words in the harness's words, and quantities in whole counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.errors import ConfigurationError
from harness.readings import Alarm, BolusDecision, PumpMode, PumpState
from harness.units import Quantity, magnitude
from protocols.pump_link import vocabulary as wire
from protocols.pump_link.replies import LogEntry
from protocols.pump_link.requests import HostMessage

MODES: Final[Mapping[wire.PumpMode, PumpMode]] = MappingProxyType(
    {member: PumpMode[member.name] for member in wire.PumpMode}
)
STATES: Final[Mapping[wire.PumpState, PumpState]] = MappingProxyType(
    {member: PumpState[member.name] for member in wire.PumpState}
)
DECISIONS: Final[Mapping[wire.BolusDecision, BolusDecision]] = MappingProxyType(
    {member: BolusDecision[member.name] for member in wire.BolusDecision}
)
_ALARMS: Final[Mapping[int, Alarm]] = MappingProxyType(
    {
        int(flag): Alarm.__members__.get(str(flag.name), Alarm.UNRECOGNISED)
        for flag in wire.AlarmFlag
    }
)
_ABOUT_ALARMS: Final = frozenset(
    {
        wire.LogEvent.ALARM_RAISED,
        wire.LogEvent.ALARM_CLEARED,
        wire.LogEvent.ALARM_ACKNOWLEDGED,
    }
)
# A float that came from a unit conversion is off by rounding only.
_WHOLE = 1e-6


def alarms_of(flags: wire.AlarmFlag) -> Alarm:
    """Return the harness's alarms; a bit without a name there is UNRECOGNISED."""
    alarms = Alarm.NONE
    bits = int(flags)
    while bits:
        lowest = bits & -bits
        alarms |= _ALARMS.get(lowest, Alarm.UNRECOGNISED)
        bits -= lowest
    return alarms


def alarms_in(entry: LogEntry) -> Alarm:
    """Return the alarms that a log entry names; none if it is about something else."""
    if entry.event not in _ABOUT_ALARMS:
        return Alarm.NONE
    return alarms_of(wire.AlarmFlag(entry.detail))


def alarm_names(flags: wire.AlarmFlag) -> list[str]:
    """Return the link's own name of every flag that is set; unnamed bits as numbers."""
    names = [str(flag.name) for flag in wire.AlarmFlag if flag in flags]
    unnamed = int(flags) & ~sum(_ALARMS)
    return [*names, f"0x{unnamed:08X}"] if unnamed else names


def command_name(request: HostMessage) -> str:
    """Return the request's name as the link's description spells it: WRITE_PROGRAM."""
    name = type(request).__name__
    return "".join(f"_{c}" if c.isupper() else c for c in name).lstrip("_").upper()


def rounded(value: Quantity, unit: str, what: str) -> int:
    """Return ``value`` in the nearest whole number of ``unit``.

    Raises:
        TypeError: ``value`` is a bare number.
        UnitError: ``value`` has another dimension than ``unit``.
        ConfigurationError: ``value`` is not finite, or would be rounded to nothing.
    """
    number = magnitude(value, unit)
    if not math.isfinite(number) or (number != 0.0 and round(number) == 0):
        raise ConfigurationError(
            f"{what} {value} cannot be told to the pump, whose link counts in whole"
            f" {unit}; correct the value"
        )
    return round(number)


def exactly(value: Quantity, unit: str, what: str) -> int:
    """Return ``value``, which must be a whole number of ``unit``.

    Raises:
        TypeError: ``value`` is a bare number.
        UnitError: ``value`` has another dimension than ``unit``.
        ConfigurationError: ``value`` is no whole number of ``unit``.
    """
    count = rounded(value, unit, what)
    if abs(magnitude(value, unit) - count) > _WHOLE:
        raise ConfigurationError(
            f"{what} {value} is no whole number of {unit}, in which the pump's link"
            " counts; correct the value"
        )
    return count
