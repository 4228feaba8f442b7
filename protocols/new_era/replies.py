"""Replies, read strictly: an address, a status or an alarm, and data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from protocols.errors import RemoteProtocolError
from protocols.new_era import figures
from protocols.new_era.frames import LONGEST_TEXT
from protocols.new_era.vocabulary import (
    AlarmCode,
    Direction,
    RateUnit,
    Refusal,
    Status,
    VolumeUnit,
)

_HEAD: Final = re.compile(r"([0-9]{2})(?:A\?([A-Z])|([IWSPTUX])(.*))")
_DATA: Final = re.compile(r"[0-9A-Z.]*")
_VALUE: Final = re.compile(r"([0-9.]+)([A-Z]+)")
_DISPENSED: Final = re.compile(r"I([0-9.]+)W([0-9.]+)([A-Z]+)")
_VERSION: Final = re.compile(r"(NE[0-9]{1,5}(?:X[0-9]{0,3})?)V([0-9]{1,3}\.[0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Answer:
    """The pump has done what it was asked; the data is "" where it tells nothing."""

    address: int
    status: Status
    data: str = ""

    def to_data(self) -> bytes:
        """Return the data of its frame."""
        return f"{self.address:02d}{self.status.value}{self.data}".encode("ascii")


@dataclass(frozen=True, slots=True)
class Refused:
    """The pump has not done what it was asked."""

    address: int
    status: Status
    refusal: Refusal

    def to_data(self) -> bytes:
        """Return the data of its frame."""
        return Answer(self.address, self.status, self.refusal.value).to_data()


@dataclass(frozen=True, slots=True)
class Alarmed:
    """The pump tells an alarm, in place of an answer or unasked.

    Attributes:
        address: of the pump.
        alarm: which; one that no manual names is its letter.
    """

    address: int
    alarm: AlarmCode | str

    @property
    def name(self) -> str:
        """How a journal calls the alarm."""
        if isinstance(self.alarm, AlarmCode):
            return self.alarm.name
        return f"A?{self.alarm}"

    def to_data(self) -> bytes:
        """Return the data of its frame."""
        return f"{self.address:02d}A?{self.alarm}".encode("ascii")


Reply = Answer | Refused | Alarmed


@dataclass(frozen=True, slots=True)
class Dispensed:
    """What the pump believes to have moved; the worth of the last digit is its own."""

    infused_nl: int
    withdrawn_nl: int


@dataclass(frozen=True, slots=True)
class Version:
    """Model and firmware, such as NE1000 and 3.923."""

    model: str
    firmware: str


def parse_reply(data: bytes) -> Reply:
    """Read the data of a reply's frame.

    Raises:
        RemoteProtocolError: it is no reply.
    """
    text = data.decode("latin-1")
    found = _HEAD.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if found is None:
        raise _wrong("reply", text)
    address, alarm, letter, said = int(found[1]), found[2], found[3], found[4]
    if alarm:
        named = (each for each in AlarmCode if each == alarm)
        return Alarmed(address, next(named, alarm))
    status = Status(letter)
    for refusal in Refusal:
        if said == refusal.value:
            return Refused(address, status, refusal)
    if not _DATA.fullmatch(said):
        raise _wrong("reply", text)
    return Answer(address, status, said)


def parse_diameter_um(data: str) -> int:
    """Read a diameter, in µm.

    Raises:
        RemoteProtocolError: it is none.
    """
    return figures.read(data)


def parse_rate_nl_per_h(data: str) -> int:
    """Read a rate, in nL/h.

    Raises:
        RemoteProtocolError: it is none.
    """
    found = _VALUE.fullmatch(data)
    for unit in RateUnit:
        if found is not None and found[2] == unit.value:
            return figures.read(found[1]) * unit.nl_per_h // figures.THOUSAND
    raise _wrong("rate", data)


def parse_volume_nl(data: str) -> int:
    """Read a volume, in nL.

    Raises:
        RemoteProtocolError: it is none.
    """
    found = _VALUE.fullmatch(data)
    if found is None:
        raise _wrong("volume", data)
    return figures.read(found[1]) * _unit(found[2], data).nl // figures.THOUSAND


def parse_volume_unit(data: str) -> VolumeUnit:
    """Read the unit of a volume.

    Raises:
        RemoteProtocolError: it is none.
    """
    parse_volume_nl(data)
    return VolumeUnit(data[-2:])


def parse_dispensed(data: str) -> Dispensed:
    """Read what the pump believes to have moved.

    Raises:
        RemoteProtocolError: it is no such report.
    """
    found = _DISPENSED.fullmatch(data)
    if found is None:
        raise _wrong("dispensed volume", data)
    unit_nl = _unit(found[3], data).nl
    infused, withdrawn = (figures.read(found[number]) for number in (1, 2))
    return Dispensed(
        infused * unit_nl // figures.THOUSAND, withdrawn * unit_nl // figures.THOUSAND
    )


def parse_direction(data: str) -> Direction:
    """Read a direction.

    Raises:
        RemoteProtocolError: it is none.
    """
    for direction in Direction:
        if data == direction.value:
            return direction
    raise _wrong("direction", data)


def parse_version(data: str) -> Version:
    """Read model and firmware.

    Raises:
        RemoteProtocolError: it is not those of a New Era pump.
    """
    found = _VERSION.fullmatch(data)
    if found is None:
        raise _wrong("version", data)
    return Version(found[1], found[2])


def _unit(name: str, data: str) -> VolumeUnit:
    for unit in VolumeUnit:
        if name == unit.value:
            return unit
    raise _wrong("volume", data)


def _wrong(what: str, text: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"New Era {what}: {text[:40]!r} does not fit")
