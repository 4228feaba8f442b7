"""The sounds that a listener on this bench expects, as numbers of their data sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Signature:
    """One sound that a device can make.

    Attributes:
        name: of the sound, for people.
        tones_hz: its one or two nominal frequencies, rising; alternating or at once.
        tone_ms: how long one tone sounds without interruption, nominally.
    """

    name: str
    tones_hz: tuple[int, ...]
    tone_ms: int


SIGNATURES: Final = (
    Signature("critical alarm", (800, 1250), 250),
    Signature("non-critical alarm", (1250,), 500),
    Signature("reference", (2000,), 200),
)
"""Of our reference pump, and of the rig's beep that measures the listener's delay."""
