"""What a session is held against: the bench file's claims, and what was declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from harness.evidence.records import JsonValue


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The tolerance that the method serves.

    Attributes:
        share: half-width, as a share of the volume.
        nominal_ml: the volume at which parts are compared.
        source: key and profile.
    """

    share: float
    nominal_ml: float
    source: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """The shortest time within which an alarm must come.

    Attributes:
        seconds: the time; None where the profile gives no deadline.
        source: key and profile.
        largest_share: of it that a channel's delay may take.
    """

    seconds: float | None
    source: str
    largest_share: float


@dataclass(frozen=True, slots=True)
class Claims:
    """Everything that is in the header of a session.

    Attributes:
        operator: who does the session.
        bench: name of the bench.
        steps: ids of all steps that belong to a whole session.
        repeatability_mg: standard deviation of one reading, by the bench file, with
            that of rounding to the last digit.
        zero_drift_mg_per_h: half-width of a slope that blanks cannot see, by the same.
        tolerance: that the method serves.
        largest_u_share: of the tolerance that U of a volume may take.
        deadline: of the alarms.
        largest_delay_s: what each channel was declared to take at most.
        largest_gauge_share: of the tolerance that the method's spread may take.
        fewest_categories: that the method must tell apart.
        certificates: of weights, sources and instruments, by name.
    """

    operator: str
    bench: str
    steps: tuple[str, ...]
    repeatability_mg: float
    zero_drift_mg_per_h: float
    tolerance: Tolerance
    largest_u_share: float
    deadline: Deadline
    largest_delay_s: Mapping[str, float]
    largest_gauge_share: float
    fewest_categories: int
    certificates: Mapping[str, str]

    def to_json(self) -> dict[str, JsonValue]:
        """The claims as they stand in the run record."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Read them back."""
        return cls(
            **{
                **said,
                "steps": tuple(said["steps"]),
                "tolerance": Tolerance(**said["tolerance"]),
                "deadline": Deadline(**said["deadline"]),
            }
        )
