"""What a sample shall show: how sure to be, and of how large a share of the units."""

from __future__ import annotations

from dataclasses import dataclass

_LEAST = 0.5
_MOST = 0.9999


@dataclass(frozen=True, slots=True)
class Assurance:
    """A confidence and a reliability; both are always said in words.

    Attributes:
        confidence: probability that the procedure does not claim too much, as a share.
        reliability: the share of the units that shall be as required.

    Raises:
        ValueError: one of them lies outside of 0.5 to 0.9999.
    """

    confidence: float
    reliability: float

    def __post_init__(self) -> None:
        for name, share in (
            ("confidence", self.confidence),
            ("reliability", self.reliability),
        ):
            if not _LEAST <= share <= _MOST:
                raise ValueError(
                    f"{name} is {percent(share)}; give {percent(_LEAST)} to"
                    f" {percent(_MOST)}"
                )

    def describe(self) -> str:
        """Both, with their names: ``"95 % confidence, 90 % reliability"``."""
        return (
            f"{percent(self.confidence)} confidence, {percent(self.reliability)}"
            " reliability"
        )


def percent(share: float) -> str:
    """A share in percent: ``"99.5 %"``."""
    return f"{100.0 * share:.6g} %"
