"""The binary answer to the question for the basic operating status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag
from typing import Final

from construct import (
    Bytes,
    Const,
    ConstructError,
    Int8ub,
    Int16ub,
    Int24ub,
    Struct,
    Terminated,
)

from protocols.errors import LocalProtocolError, RemoteProtocolError

OPERATING_STATUS: Final = 0x01
"""The only command that is ever sent: tell the basic operating status."""

VTBI_UNLIMITED: Final = 0xFF_FFFF
VTBI_OFF: Final = 0xEE_EEEE
_RESERVED: Final = bytes(2)
_STATE_BITS: Final = 0x0F

# Big-endian; the layout of TE-SS and TE-LF, manuals 1090430, 1090425, 1090424.
_HEAD: Final = Struct(
    "sequence" / Int8ub,
    "command" / Const(OPERATING_STATUS, Int8ub),
    "sub_command" / Const(0, Int16ub),
)
_QUESTION: Final = Struct("head" / _HEAD, Terminated)
_RESULT: Final = Struct("head" / _HEAD, "result" / Int8ub)
_ANSWER: Final = Struct(
    "head" / _HEAD,
    "result" / Const(0, Int8ub),
    "software" / Int16ub,
    "state" / Int8ub,
    "reserved" / Bytes(2),
    "alarms" / Int24ub,
    "power" / Int8ub,
    "monitor" / Int8ub,
    "syringe" / Int8ub,
    "rate" / Int24ub,
    "delivered" / Int24ub,
    "vtbi" / Int24ub,
    "dose_rate" / Int24ub,
    "dose_unit" / Int8ub,
    "weight" / Int16ub,
    "dilution" / Int24ub,
    Terminated,
)


class State(IntEnum):
    """What the pump is doing: the low nibble of its byte."""

    STOP = 0
    START = 1
    STANDBY = 2
    PURGE = 3
    HANDS_ON_BOLUS = 4
    HANDS_FREE_BOLUS = 5


class TerumoAlarm(IntFlag):
    """Alarms by their bit; one without a name stays visible as a number."""

    SHUTDOWN = 1 << 0
    LINK = 1 << 1
    COMPLETION = 1 << 2
    OCCLUSION = 1 << 3
    SYRINGE = 1 << 4
    PLUNGER = 1 << 5
    SLIDER = 1 << 6
    BARREL_CLAMP = 1 << 7
    NEARLY_EMPTY = 1 << 8
    POWER_FAILURE = 1 << 13
    AC_DETECTOR = 1 << 15
    NO_RATE = 1 << 16
    RATE_ABOVE_VTBI = 1 << 17
    NO_VTBI = 1 << 18
    BATTERY = 1 << 19
    START_REMINDER = 1 << 20
    PRESSURE = 1 << 21
    MAINTENANCE = 1 << 22
    BATTERY_REPLACEMENT = 1 << 23


class Result(Enum):
    """How the pump says that it cannot answer."""

    UNKNOWN = 11
    INVALID = 12
    TOO_SHORT = 13
    TOO_LONG = 14
    RANGE = 15


class DoseUnit(IntEnum):
    """The units of a dose rate that have a printed number."""

    ML_PER_H = 0
    UG_PER_KG_MIN = 4
    MG_PER_KG_H = 8


@dataclass(frozen=True, slots=True)
class OperatingStatus:
    """One answer, in the counts of the wire.

    Attributes:
        software: version, two bytes.
        state: what the pump is doing.
        state_byte: the same with its high nibble, whose meaning is unknown.
        alarms: that hold; bits without a name among them.
        power: how it is supplied; the codes are unknown.
        monitor: occlusion level in steps of 25 %.
        syringe: size: 2 is 5 mL, 3 is 10, 4 is 20, 5 is 30, 6 is 50 or 60.
        rate_10_ul_per_h: set rate, 0.01 mL/h.
        delivered_10_ul: volume, 0.01 mL.
        vtbi_100_ul: volume to be infused, 0.1 mL; or `VTBI_UNLIMITED`, `VTBI_OFF`.
        dose_rate_hundredths: of `dose_unit`.
        dose_unit: a `DoseUnit`, or a number without a name.
        weight_100_g: of the patient, 0.1 kg.
        dilution_hundredths: of the drug.
        reserved: two bytes without a known meaning.
    """

    software: int
    state: State
    state_byte: int
    alarms: TerumoAlarm
    power: int
    monitor: int
    syringe: int
    rate_10_ul_per_h: int
    delivered_10_ul: int
    vtbi_100_ul: int = VTBI_OFF
    dose_rate_hundredths: int = 0
    dose_unit: int = DoseUnit.ML_PER_H
    weight_100_g: int = 0
    dilution_hundredths: int = 0
    reserved: bytes = _RESERVED


@dataclass(frozen=True, slots=True)
class Declined:
    """The pump understood a frame and does not answer the question."""

    sequence: int
    result: Result


@dataclass(frozen=True, slots=True)
class Answer:
    """The operating status, and the number of the question that it answers."""

    sequence: int
    status: OperatingStatus


def build_question(sequence: int) -> bytes:
    """Return the question for the operating status.

    Raises:
        LocalProtocolError: the sequence number is not 0 to 255.
    """
    return _built(_QUESTION, {"head": _head(sequence)})


def parse_question(command: bytes) -> int | None:
    """Return the sequence number of a question for the status; None if it is none."""
    try:
        return int(_QUESTION.parse(command).head.sequence)
    except ConstructError:
        return None


def build_answer(sequence: int, status: OperatingStatus) -> bytes:
    """Return the answer that a pump in this state gives.

    Raises:
        LocalProtocolError: a value does not fit into its field.
    """
    return _built(
        _ANSWER,
        {
            "head": _head(sequence),
            "software": status.software,
            "state": status.state_byte,
            "reserved": status.reserved,
            "alarms": int(status.alarms),
            "power": status.power,
            "monitor": status.monitor,
            "syringe": status.syringe,
            "rate": status.rate_10_ul_per_h,
            "delivered": status.delivered_10_ul,
            "vtbi": status.vtbi_100_ul,
            "dose_rate": status.dose_rate_hundredths,
            "dose_unit": status.dose_unit,
            "weight": status.weight_100_g,
            "dilution": status.dilution_hundredths,
        },
    )


def parse_answer(command: bytes) -> Answer | Declined:
    """Return what the pump answered to the question for its status.

    Raises:
        RemoteProtocolError: it answers something else, with another length, or with a
            state or a result that has no name.
    """
    try:
        began = _RESULT.parse(command)
        if began.result != 0:
            return Declined(int(began.head.sequence), Result(began.result))
        told = _ANSWER.parse(command)
        state = State(told.state & _STATE_BITS)
    except (ConstructError, ValueError) as error:
        raise RemoteProtocolError(
            f"{command.hex()} is no operating status: {error}"
        ) from error
    status = OperatingStatus(
        software=int(told.software),
        state=state,
        state_byte=int(told.state),
        alarms=TerumoAlarm(told.alarms),
        power=int(told.power),
        monitor=int(told.monitor),
        syringe=int(told.syringe),
        rate_10_ul_per_h=int(told.rate),
        delivered_10_ul=int(told.delivered),
        vtbi_100_ul=int(told.vtbi),
        dose_rate_hundredths=int(told.dose_rate),
        dose_unit=int(told.dose_unit),
        weight_100_g=int(told.weight),
        dilution_hundredths=int(told.dilution),
        reserved=bytes(told.reserved),
    )
    return Answer(int(told.head.sequence), status)


def _head(sequence: int) -> dict[str, int]:
    return {"sequence": sequence, "command": OPERATING_STATUS, "sub_command": 0}


def _built(layout: Struct, values: dict[str, object]) -> bytes:
    try:
        return bytes(layout.build(values))
    except ConstructError as error:
        raise LocalProtocolError(
            f"the status line cannot carry {values}: {error}; correct the value"
        ) from error
