"""What the two priorities of alarm must sound like, and whether a sound is that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.errors import ConfigurationError
from harness.plans.profile import Profile
from harness.readings import Sound
from harness.units import FRACTION, TIME, magnitude

CRITICAL: Final = "critical"
NONCRITICAL: Final = "non-critical"
_TONES = {
    CRITICAL: ("alarm.sound.critical_low", "alarm.sound.critical_high"),
    NONCRITICAL: ("alarm.sound.noncritical_tone",),
}
_DURATION = {
    CRITICAL: "alarm.sound.critical_duration",
    NONCRITICAL: "alarm.sound.noncritical_duration",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """The sound of one priority.

    Attributes:
        tones_hz: one tone or two, rising.
        tone_share: by which share a tone may be off.
        duration_ms: from the first tone to the end of the last.
        duration_share: by which share that may be off.
    """

    tones_hz: tuple[float, ...]
    tone_share: float
    duration_ms: float
    duration_share: float

    def has_tones(self, sound: Sound) -> bool:
        """Tell whether a sound has these tones, and no others."""
        return len(sound.tones_hz) == len(self.tones_hz) and all(
            abs(heard - wanted) <= self.tone_share * wanted
            for heard, wanted in zip(sound.tones_hz, self.tones_hz, strict=True)
        )

    def fits(self, sound: Sound) -> bool:
        """Tell whether a sound has these tones and lasts as long as it must."""
        off_ms = abs(sound.duration_ms - self.duration_ms)
        return (
            self.has_tones(sound) and off_ms <= self.duration_share * self.duration_ms
        )

    def __str__(self) -> str:
        """The pattern in words."""
        return f"{_tones(self.tones_hz)} for {self.duration_ms:g} ms"


def pattern_of(priority: str, profile: Profile) -> Pattern:
    """Return the sound that the profile gives to a priority.

    Raises:
        NotSpecified: the profile says nothing about it.
        ConfigurationError: there is no such priority.
    """
    if priority not in _TONES:
        raise ConfigurationError(
            f"{profile.path}: {priority!r:.40} is no priority; write {CRITICAL!r} or"
            f" {NONCRITICAL!r}"
        )
    tones = [magnitude(profile.quantity(key, "Hz"), "Hz") for key in _TONES[priority]]
    duration = profile.quantity(_DURATION[priority], TIME)
    return Pattern(
        tones_hz=tuple(sorted(tones)),
        tone_share=_share(profile, "alarm.sound.tone_agreement"),
        duration_ms=magnitude(duration, "ms"),
        duration_share=_share(profile, "alarm.sound.duration_agreement"),
    )


def in_words(sound: Sound) -> str:
    """A sound as a person would note it."""
    return f"{_tones(sound.tones_hz)} for {sound.duration_ms} ms"


def _tones(tones_hz: tuple[float, ...] | tuple[int, ...]) -> str:
    return " and ".join(f"{tone:g} Hz" for tone in tones_hz)


def _share(profile: Profile, key: str) -> float:
    return magnitude(profile.quantity(key, FRACTION), "dimensionless")
