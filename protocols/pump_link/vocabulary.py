"""Enumerations and flags of the pump link, each member with its meaning.

An enumeration is closed: another value is an error of the peer. Flags are open: a bit
without a name stays visible, because an unknown alarm is still an alarm.
"""

from enum import IntEnum, IntFlag
from typing import Final, Self


class DocumentedEnum(IntEnum):
    """An integer enumeration whose members carry their meaning for the reference."""

    _value_: int
    meaning: str

    def __new__(cls, value: int, meaning: str = "") -> Self:
        """Make one member from its number on the wire and its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class DocumentedFlag(IntFlag):
    """A set of bits whose named members carry their meaning for the reference."""

    _value_: int
    meaning: str

    def __new__(cls, value: int, meaning: str = "") -> Self:
        """Make one bit from its weight on the wire and its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class PumpMode(DocumentedEnum):
    """What the pump has been told to do."""

    STOPPED = 0, "no infusion is programmed"
    CONTINUOUS = 1, "infuse at the programmed rate"
    BOLUS = 2, "one bolus replaces the programmed rate until it has been given"


class PumpState(DocumentedEnum):
    """What the pump is doing, by its own observation."""

    STOPPED = 0, "the motor is idle because no infusion is programmed"
    DELIVERING = 1, "the motor turns"
    STALLED = 2, "the motor should turn and does not"
    EMPTY = 3, "delivery has ended because no fluid reaches the pump"


class AlarmFlag(DocumentedFlag):
    """Conditions the pump reports; unnamed bits are kept."""

    LOW_RESERVOIR = 1 << 0, "counted volume at or below the low threshold"
    EMPTY_RESERVOIR = 1 << 1, "nothing is left in the reservoir (critical)"
    MOTOR_STALL = 1 << 2, "the motor does not turn (critical)"
    STOPPED_TOO_LONG = 1 << 3, "stopped for longer than the pump allows (critical)"
    LOW_BATTERY = 1 << 4, "the battery is near its end"
    MEMORY_ERROR = 1 << 5, "a stored value failed its check (critical)"
    RESET = 1 << 6, "the pump restarted and the program is lost (critical)"
    REFILL_OVERDUE = 1 << 7, "the pump clock is past the refill-by date"
    END_OF_SERVICE = 1 << 8, "the pump must be replaced (critical)"


CRITICAL_ALARMS: Final = (
    AlarmFlag.EMPTY_RESERVOIR
    | AlarmFlag.MOTOR_STALL
    | AlarmFlag.STOPPED_TOO_LONG
    | AlarmFlag.MEMORY_ERROR
    | AlarmFlag.RESET
    | AlarmFlag.END_OF_SERVICE
)
"""Alarms that sound at the critical interval; every other bit is non-critical."""


class Feature(DocumentedFlag):
    """What the pump can do; a request for an absent feature is refused."""

    BOLUS = 1 << 0, "WRITE_PROGRAM accepts mode BOLUS"
    REFILL = 1 << 1, "WRITE_REFILL is accepted"
    ALARM_INTERVALS = 1 << 2, "SET_ALARM_INTERVALS is accepted"
    LOG = 1 << 3, "GET_LOG is accepted"
    CLOCK = 1 << 4, "SET_CLOCK is accepted"
    SELF_TEST = 1 << 5, "SELF_TEST is accepted"
    UNASKED_ALARMS = 1 << 6, "ALARM is sent without being asked for"


class SelfTestFault(DocumentedFlag):
    """Parts that failed the self test; zero means that every part passed."""

    MEMORY = 1 << 0, "program or counters fail their check value"
    CLOCK = 1 << 1, "the pump clock does not run"
    MOTOR = 1 << 2, "the motor or its sensor does not respond"
    BATTERY = 1 << 3, "the battery is below its working limit"


class NakCode(DocumentedEnum):
    """Why the pump refuses a request."""

    UNKNOWN_TYPE = 1, "no such request"
    BAD_LENGTH = 2, "the payload is shorter or longer than the request's layout"
    NO_SESSION = 3, "OPEN_SESSION has not been received since the last reset"
    OUT_OF_RANGE = 4, "the named field is outside minimum..maximum"
    BAD_TOKEN = 5, "the token is not that of the staged programming, or it expired"
    CAUSE_PRESENT = 6, "an alarm to clear still has its cause; none was cleared"
    WRONG_STATE = 7, "the request is not possible in the present mode or state"
    BUSY = 8, "the pump cannot act now; ask again later under a new sequence"
    BAD_SEQUENCE = 9, "the sequence was used for other bytes, or is of the past"
    NOT_SUPPORTED = 10, "the pump has not the feature"


class FieldId(DocumentedEnum):
    """Number of a request field, named by a refusal."""

    NONE = 0, "no single field is to blame"
    SESSION_ID = 1, "OPEN_SESSION"
    MODE = 2, "WRITE_PROGRAM"
    RATE_NL_PER_H = 3, "WRITE_PROGRAM"
    BOLUS_NL = 4, "WRITE_PROGRAM"
    BOLUS_DURATION_S = 5, "WRITE_PROGRAM"
    TOKEN = 6, "COMMIT"
    VOLUME_NL = 7, "WRITE_REFILL"
    LOW_THRESHOLD_NL = 8, "WRITE_REFILL"
    STABILITY_DAYS = 9, "WRITE_REFILL"
    LABEL_MAX_DAYS = 10, "WRITE_REFILL"
    FLAGS = 11, "ACK_ALARMS, CLEAR_ALARMS"
    CRITICAL_INTERVAL_S = 12, "SET_ALARM_INTERVALS"
    NONCRITICAL_INTERVAL_S = 13, "SET_ALARM_INTERVALS"
    FIRST = 14, "GET_LOG"
    CLOCK_S = 15, "SET_CLOCK"
    SEQUENCE = 16, "the frame's sequence number"


class LogEvent(DocumentedEnum):
    """Entries of the event log, with what the detail word of each holds."""

    PROGRAM_COMMITTED = 1, "detail: the committed rate in nL/h"
    STOPPED = 2, "detail: 0"
    REFILL = 3, "detail: the new counted volume in nL"
    ALARM_RAISED = 4, "detail: the alarm flags raised"
    ALARM_CLEARED = 5, "detail: the alarm flags cleared"
    MOTOR_STALL = 6, "detail: 0"
    MOTOR_RECOVERED = 7, "detail: seconds without motion"
    BOLUS_START = 8, "detail: the bolus volume in nL"
    BOLUS_END = 9, "detail: the bolus volume given in nL, by the pump's own count"
    CLOCK_SET = 10, "detail: the pump clock before it was set"
    RESET = 11, "detail: the uptime in ms before the reset if known, else 0"
    ALARM_ACKNOWLEDGED = 12, "detail: the alarm flags acknowledged"
    ALARM_INTERVALS_SET = 13, "detail: critical interval * 65536 + the other, in s"
