"""The kinds of MT-SICS reply, as frozen values.

Each keeps `raw`, the whole line with its terminator, as evidence. `id` is the
reply's first word, which is not always the command that was sent.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Final

from protocols.errors import RemoteProtocolError

NANOGRAM_EXPONENTS: Final = MappingProxyType(
    {"kg": 12, "g": 9, "mg": 6, "µg": 3, "ug": 3}
)
"""Power of ten of each metric mass unit, in ng."""

_FAULT_MEANINGS: Final = MappingProxyType(
    {
        1: "boot",
        2: "brand",
        3: "checksum",
        9: "option",
        10: "EEPROM",
        11: "device mismatch",
        12: "hot plug",
        14: "module or electronics mismatch",
        15: "adjustment needed",
    }
)


class WeightStatus(Enum):
    """What a balance says about the value it reports."""

    STABLE = "S"
    DYNAMIC = "D"
    STABLE_BELOW_MINIMUM = "M"
    DYNAMIC_BELOW_MINIMUM = "N"
    STORED_TARE = "A"


class RefusalReason(Enum):
    """Why a balance did not do what it was asked."""

    OVERLOAD = "+"
    UNDERLOAD = "-"
    BAD_PARAMETER = "L"
    NOT_NOW = "I"


class GeneralErrorKind(Enum):
    """What was wrong with a command that names no reply of its own."""

    SYNTAX = "ES"
    TRANSMISSION = "ET"
    LOGICAL = "EL"


class FaultSource(Enum):
    """The part of the balance that reports a fault."""

    ELECTRONICS = "b"
    TERMINAL = "t"


class MalformedReason(Enum):
    """Why a line is no reply."""

    GRAMMAR = "grammar"
    CHECKSUM = "checksum"


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight value, exactly as the balance printed it.

    Attributes:
        id: First word of the reply.
        status: Stability, as the balance judges it.
        text: The 10-character value field, right-aligned. Outside the fine
            range of a DeltaRange balance its last character is a blank.
        unit: Unit as printed, case-sensitive.
        raw: The whole line.
    """

    id: str
    status: WeightStatus
    text: str
    unit: str
    raw: bytes

    @property
    def value(self) -> Decimal:
        """The value in `unit`, exact."""
        return Decimal(self.text.strip())

    @property
    def units(self) -> int:
        """The value as a count of its last digit: ``14.256`` gives 14256."""
        return int(self.text.replace(".", ""))

    @property
    def decimals(self) -> int:
        """Digits after the point; the readability is 10**-decimals of `unit`."""
        return len(self.text.strip().partition(".")[2])

    def mass_ng(self) -> int:
        """Return the value in nanograms, exact.

        Raises:
            RemoteProtocolError: `unit` is no metric mass, or the last digit is
                worth less than 1 ng.
        """
        exponent = NANOGRAM_EXPONENTS.get(self.unit)
        if exponent is None:
            raise RemoteProtocolError(
                f"MT-SICS reply {self.raw!r} has unit {self.unit!r}, which is no "
                "metric mass; set the balance's host unit to g"
            )
        shift = exponent - self.decimals
        if shift < 0:
            raise RemoteProtocolError(
                f"MT-SICS reply {self.raw!r} is finer than 1 ng; set the balance's "
                "host unit to g"
            )
        return self.units * int(10**shift)


@dataclass(frozen=True, slots=True)
class Zeroed:
    """Zero was set (ZI, ZC), while the balance was stable or dynamic."""

    id: str
    status: WeightStatus
    raw: bytes


@dataclass(frozen=True, slots=True)
class TextReply:
    """A reply that is done (A) or that more lines follow (B), with parameters."""

    id: str
    more_follow: bool
    parameters: tuple[str, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """The balance understood the command and did not execute it."""

    id: str
    reason: RefusalReason
    raw: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """A system fault, sent in place of a stable weight."""

    id: str
    number: int
    source: FaultSource
    raw: bytes

    @property
    def meaning(self) -> str:
        """The fault in words, "unknown" for a number that is not documented."""
        return _FAULT_MEANINGS.get(self.number, "unknown")


@dataclass(frozen=True, slots=True)
class GeneralError:
    """The balance did not understand the command."""

    kind: GeneralErrorKind
    raw: bytes


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that fits no reply; the check values are set for a CHECKSUM reason."""

    reason: MalformedReason
    raw: bytes
    expected_crc: int | None = None
    received_crc: int | None = None


Reply = Weight | Zeroed | TextReply | Refusal | Fault | GeneralError | Malformed
