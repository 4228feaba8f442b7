"""The words of the New Era pumps."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final

NL_PER_UL: Final = 1_000
NL_PER_ML: Final = 1_000_000
MIN_PER_H: Final = 60


class Mode(Enum):
    """How requests and replies are framed."""

    BASIC = "basic"
    SAFE = "safe"


class Command(Enum):
    """Commands; without an argument most of them ask."""

    STATUS = ""
    ADDRESS = "ADR"
    ALARM_OUTPUT = "AL"
    BUZZER = "BUZ"
    CLEAR_DISPENSED = "CLD"
    DIAMETER = "DIA"
    DIRECTION = "DIR"
    DISPENSED = "DIS"
    FUNCTION = "FUN"
    LOCKOUT = "LOC"
    PHASE = "PHN"
    POWER_FAILURE = "PF"
    PURGE = "PUR"
    RATE = "RAT"
    RUN = "RUN"
    SAFE_MODE = "SAF"
    STOP = "STP"
    TRIGGER = "TRG"
    VERSION = "VER"
    VOLUME = "VOL"


class Status(Enum):
    """What the pump is doing, by its letter."""

    INFUSING = "I"
    WITHDRAWING = "W"
    STOPPED = "S"
    PAUSED = "P"
    TIMED_PAUSE = "T"
    WAITING = "U"
    PURGING = "X"


class AlarmCode(StrEnum):
    """Alarms, shown in place of a status until one reply has shown them."""

    RESET = "R"
    """Its power was interrupted."""
    STALLED = "S"
    SAFE_MODE_TIMEOUT = "T"
    PROGRAM_ERROR = "E"
    PHASE_OUT_OF_RANGE = "O"


class Refusal(Enum):
    """Why a command was not carried out."""

    UNKNOWN = "?"
    NOT_NOW = "?NA"
    OUT_OF_RANGE = "?OOR"
    BAD_FRAME = "?COM"
    IGNORED = "?IGN"


class Direction(Enum):
    """Which way the plunger moves."""

    INFUSE = "INF"
    WITHDRAW = "WDR"


class VolumeUnit(Enum):
    """Units of volume."""

    UL = "UL"
    ML = "ML"

    @property
    def nl(self) -> int:
        """The unit in nL."""
        return NL_PER_UL if self is VolumeUnit.UL else NL_PER_ML


class RateUnit(Enum):
    """Units of rate."""

    UL_PER_H = "UH"
    ML_PER_H = "MH"
    UL_PER_MIN = "UM"
    ML_PER_MIN = "MM"

    @property
    def nl_per_h(self) -> int:
        """The unit in nL/h."""
        volume_nl = NL_PER_UL if self.value.startswith("U") else NL_PER_ML
        return volume_nl * (1 if self.value.endswith("H") else MIN_PER_H)
