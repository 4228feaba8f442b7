"""Enumerations and flags of the pump link, each member with its meaning.

An enumeration is closed: another value is an error of the peer. Flags are open: a bit
without a name stays visible, because an unknown alarm is still an alarm.
"""

from enum import IntEnum, IntFlag
from functools import cache
from typing import Final, Self, TypeVar


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


F = TypeVar("F", bound=IntFlag)


def _others(self: F) -> F:
    """Return all named bits but some.

    Python 3.11 up to 3.11.3 loses bits here, and lets no base class mend that: so each
    class of flags names this as its own ``__invert__``.
    """
    return type(self)(_named_bits(type(self)) & ~int(self))


@cache
def _named_bits(flags: type[IntFlag]) -> int:
    return sum(int(each) for each in flags.__members__.values())


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
    SCHEDULE = 3, "infuse at the rate of the day schedule's step in force"
    PERIODIC = 4, "infuse at the programmed rate, and equal boluses in equal periods"
    MINIMUM = 5, "infuse at the least rate that keeps the catheter open"
    PRIMING = 6, "fill tubing and catheter, then infuse at the programmed rate"
    BRIDGE = 7, "clear tubing and catheter of the old drug, then the programmed rate"


class PumpState(DocumentedEnum):
    """What the pump is doing, by its own observation."""

    STOPPED = 0, "the motor is idle because no infusion is programmed"
    DELIVERING = 1, "the motor turns"
    STALLED = 2, "the motor should turn and does not"
    EMPTY = 3, "delivery has ended because no fluid reaches the pump"
    OCCLUDED = 4, "the motor is idle because the line is blocked"
    ENDED = 5, "the motor is idle for good: end of service"


class AlarmFlag(DocumentedFlag):
    """Conditions the pump reports; unnamed bits are kept."""

    __invert__ = _others

    LOW_RESERVOIR = 1 << 0, "counted volume at or below the low threshold"
    EMPTY_RESERVOIR = 1 << 1, "nothing is left in the reservoir (critical)"
    MOTOR_STALL = 1 << 2, "the motor does not turn (critical)"
    STOPPED_TOO_LONG = 1 << 3, "stopped for longer than the pump allows (critical)"
    LOW_BATTERY = 1 << 4, "the battery is near its end"
    MEMORY_ERROR = 1 << 5, "a stored value failed its check and is lost (critical)"
    RESET = 1 << 6, "the pump restarted and took up its stored program (critical)"
    REFILL_OVERDUE = 1 << 7, "the pump clock is past the refill-by date"
    END_OF_SERVICE = 1 << 8, "the pump has stopped for good (critical)"
    OCCLUSION = 1 << 9, "the pressure in the line is above its limit (critical)"
    REPLACEMENT_DUE = 1 << 10, "the pump must be replaced within 90 days"
    MEMORY_CORRECTED = 1 << 11, "a stored value failed its check and was mended"
    TUBE_LIFE = 1 << 12, "the pump tube has moved the volume of its life"
    FILL_MISMATCH = 1 << 13, "the sensed content is not the one that was entered"


CRITICAL_ALARMS: Final = (
    AlarmFlag.EMPTY_RESERVOIR
    | AlarmFlag.MOTOR_STALL
    | AlarmFlag.STOPPED_TOO_LONG
    | AlarmFlag.MEMORY_ERROR
    | AlarmFlag.RESET
    | AlarmFlag.END_OF_SERVICE
    | AlarmFlag.OCCLUSION
)
"""Alarms that sound at the critical interval; every other bit is non-critical."""


class Feature(DocumentedFlag):
    """What the pump can do; a request for an absent feature is refused."""

    __invert__ = _others

    BOLUS = 1 << 0, "WRITE_PROGRAM accepts mode BOLUS"
    REFILL = 1 << 1, "WRITE_REFILL is accepted"
    ALARM_INTERVALS = 1 << 2, "SET_ALARM_INTERVALS is accepted"
    LOG = 1 << 3, "GET_LOG is accepted"
    CLOCK = 1 << 4, "SET_CLOCK is accepted"
    SELF_TEST = 1 << 5, "SELF_TEST is accepted"
    UNASKED_ALARMS = 1 << 6, "ALARM is sent without being asked for"
    SCHEDULE = 1 << 7, "WRITE_SCHEDULE_DAY and GET_SCHEDULE_DAY are accepted"
    PERIODIC = 1 << 8, "WRITE_PERIODIC is accepted"
    PATIENT_BOLUS = 1 << 9, "patient boluses can be set and asked for"
    MINIMUM_RATE = 1 << 10, "WRITE_PROGRAM accepts mode MINIMUM"
    PRIMING = 1 << 11, "WRITE_PRIMING is accepted"
    BRIDGE = 1 << 12, "WRITE_BRIDGE is accepted"
    DELAYED_START = 1 << 13, "COMMIT_AT is accepted"
    DRUG = 1 << 14, "WRITE_DRUG and GET_DRUG are accepted"
    SERVICE = 1 << 15, "GET_SERVICE is accepted"
    OCCLUSION_SENSOR = 1 << 16, "OCCLUSION can be raised"
    LEVEL_SENSOR = 1 << 17, "the reservoir's content is sensed, not counted"


class SelfTestFault(DocumentedFlag):
    """Parts that failed the self test; zero means that every part passed."""

    __invert__ = _others

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
    MODE = 2, "WRITE_PROGRAM; the program of any other request"
    RATE_NL_PER_H = 3, "WRITE_PROGRAM, _PERIODIC, _PRIMING, _BRIDGE, _SCHEDULE_DAY"
    BOLUS_NL = 4, "WRITE_PROGRAM, _PERIODIC, _PATIENT_BOLUS"
    BOLUS_DURATION_S = 5, "WRITE_PROGRAM, _PERIODIC, _PATIENT_BOLUS, _PRIMING"
    TOKEN = 6, "COMMIT, COMMIT_AT"
    VOLUME_NL = 7, "WRITE_REFILL"
    LOW_THRESHOLD_NL = 8, "WRITE_REFILL"
    STABILITY_DAYS = 9, "WRITE_REFILL"
    LABEL_MAX_DAYS = 10, "WRITE_REFILL"
    FLAGS = 11, "ACK_ALARMS, CLEAR_ALARMS"
    CRITICAL_INTERVAL_S = 12, "SET_ALARM_INTERVALS"
    NONCRITICAL_INTERVAL_S = 13, "SET_ALARM_INTERVALS"
    FIRST = 14, "GET_LOG"
    CLOCK_S = 15, "SET_CLOCK, COMMIT_AT"
    SEQUENCE = 16, "the frame's sequence number"
    DAY = 17, "WRITE_SCHEDULE_DAY, GET_SCHEDULE_DAY"
    STEPS = 18, "WRITE_SCHEDULE_DAY, number and minutes of the steps"
    PERIOD_S = 19, "WRITE_PERIODIC"
    ALLOTTED = 20, "WRITE_PATIENT_BOLUS"
    LOCKOUT_S = 21, "WRITE_PATIENT_BOLUS"
    CATHETER_NL = 22, "WRITE_PRIMING, WRITE_BRIDGE"
    BRIDGE_RATE_NL_PER_H = 23, "WRITE_BRIDGE"
    CONCENTRATION_NG_PER_ML = 24, "WRITE_DRUG"


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
    PATIENT_BOLUS_SET = 14, "detail: the bolus volume in nL"
    PATIENT_BOLUS_REFUSED = 15, "detail: the decision; see PATIENT_BOLUS_ANSWER"
    PRIMING_START = 16, "detail: the priming volume in nL"
    PRIMING_END = 17, "detail: the volume given in nL, by the pump's own count"
    BRIDGE_START = 18, "detail: the bridge volume in nL"
    BRIDGE_END = 19, "detail: the volume given in nL, by the pump's own count"
    START_PENDING = 20, "detail: the pump clock at which the program will start"
    DRUG_SET = 21, "detail: the concentration in ng/mL"
    MEMORY_UPSET = 22, "detail: 1 if the value was lost, 0 if it was mended"


class BolusDecision(DocumentedEnum):
    """How the pump answers a patient's wish for a bolus."""

    GRANTED = 0, "the bolus begins"
    LOCKED_OUT = 1, "the lockout of the last one has not passed"
    ALLOTMENT_USED = 2, "all boluses of the last 24 h have been given"
    NOT_ALLOWED = 3, "no patient bolus is set, or the pump does not infuse"
    ALARM = 4, "a critical alarm is active, or the pump cannot deliver"
