"""The alarms of an implanted pump, each with its requirements and its place in files.

The requirements of one alarm share a prefix: ``-001`` is its flag, ``-010`` its log
entry, ``-011`` its sound and ``-012`` the pattern of that sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.plans.profile import Profile
from harness.readings import Alarm, LogEntry

RAISED: Final = "ALARM_RAISED"
"""The log event by which the pump notes that an alarm was raised."""


@dataclass(frozen=True, slots=True)
class Family:
    """One alarm.

    Attributes:
        prefix: of its requirements.
        alarm: its flag.
        key: its table in the profile.
    """

    prefix: str
    alarm: Alarm
    key: str

    @property
    def name(self) -> str:
        """The alarm in words."""
        return f"the {self.key.replace('_', '-')} alarm"

    @property
    def flag(self) -> str:
        """The requirement on its flag."""
        return f"{self.prefix}-001"

    @property
    def log(self) -> str:
        """The requirement on its log entry."""
        return f"{self.prefix}-010"

    @property
    def sound(self) -> str:
        """The requirement on its sound."""
        return f"{self.prefix}-011"

    @property
    def pattern(self) -> str:
        """The requirement on the pattern of its sound."""
        return f"{self.prefix}-012"

    @property
    def requirements(self) -> tuple[str, str, str, str]:
        """All four."""
        return self.flag, self.log, self.sound, self.pattern

    def priority(self, profile: Profile) -> str:
        """Return ``critical`` or ``non-critical``, as the profile has it."""
        return profile.text(f"alarm.{self.key}.priority")

    def is_in(self, entry: LogEntry) -> bool:
        """Tell whether a log entry says that this alarm was raised."""
        return entry.event == RAISED and self.alarm in entry.alarms


LOW = Family("ITB-LOW", Alarm.LOW_RESERVOIR, "low_reservoir")
EMPTY = Family("ITB-EMP", Alarm.EMPTY_RESERVOIR, "empty_reservoir")
STALL = Family("ITB-STL", Alarm.MOTOR_STALL, "motor_stall")
STOPPED = Family("ITB-STP", Alarm.STOPPED_TOO_LONG, "stopped")
BATTERY = Family("ITB-BAT", Alarm.LOW_BATTERY, "low_battery")
MEMORY_LOST = Family("ITB-MEC", Alarm.MEMORY_ERROR, "memory_error")
RESET = Family("ITB-RST", Alarm.RESET, "reset")
OVERDUE = Family("ITB-OVD", Alarm.REFILL_OVERDUE, "refill_overdue")
END_OF_SERVICE = Family("ITB-EOS", Alarm.END_OF_SERVICE, "end_of_service")
OCCLUSION = Family("ITB-OCC", Alarm.OCCLUSION, "occlusion")
REPLACEMENT = Family("ITB-ERI", Alarm.REPLACEMENT_DUE, "replacement")
MEMORY_MENDED = Family("ITB-MEM", Alarm.MEMORY_CORRECTED, "memory_corrected")
TUBE_LIFE = Family("ITB-TUB", Alarm.TUBE_LIFE, "tube_life")
FILL_MISMATCH = Family("ITB-FIL", Alarm.FILL_MISMATCH, "fill_mismatch")

ALL: Final = (
    LOW,
    EMPTY,
    STALL,
    STOPPED,
    BATTERY,
    MEMORY_LOST,
    RESET,
    OVERDUE,
    END_OF_SERVICE,
    OCCLUSION,
    REPLACEMENT,
    MEMORY_MENDED,
    TUBE_LIFE,
    FILL_MISMATCH,
)
