"""What ``dosebench plan check`` can have to say about a plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding must be mended."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or looks so.

    Attributes:
        severity: whether it must be mended.
        text: where, what, and the mend, in one sentence.
        keys: the keys of the profile that it is about.
    """

    severity: Severity
    text: str
    keys: tuple[str, ...] = ()
