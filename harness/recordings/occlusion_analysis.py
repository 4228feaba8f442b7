"""From a recording to the time to an occlusion's alarm and the bolus of its release."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from harness.evidence.records import JsonValue
from harness.flow.jumps import Search
from harness.flow.noise import Noise
from harness.flow.occlusion import Events, Occlusion, occlusion
from harness.flow.plateaus import SILENT
from harness.flow.series import WeightSeries, span
from harness.recordings.analysis import about_first_stamp, known_noise, naming, series
from harness.recordings.limit import COVERAGE_FACTOR, Side, side_of
from harness.recordings.recording import Recording

_TEXT: Final = (
    "method adapted from IEC 60601-2-24:1998, clause 51.101 b; commanded flow not"
    " included"
)


@dataclass(frozen=True, slots=True)
class OcclusionQuestion:
    """What is asked about an occlusion.

    Attributes:
        events: closing, alarm and release, from the first sample.
        density_g_per_ml: density of the liquid, at its temperature.
        search: how the bolus is measured; ``within_s`` is the time it takes.
        timing_s: how far the time from closing to alarm may be off.
        commanded_ml_per_h: flow commanded from the release on.
        falling: the supply vessel was weighed.
        evaporation_g_per_h: loss of the weighed vessel that is no flow.
        noise: of the balance as a number, or a recording with the pump stopped.
        limit_s: longest time to alarm allowed; None for no limit.
    """

    events: Events
    density_g_per_ml: float
    search: Search
    timing_s: float = 1.0
    commanded_ml_per_h: float = 0.0
    falling: bool = False
    evaporation_g_per_h: float = 0.0
    noise: Noise | Recording | None = None
    limit_s: float | None = None


@dataclass(frozen=True, slots=True)
class OcclusionAnswer:
    """What a recording says about an occlusion.

    Attributes:
        recording: what was analysed.
        question: what was asked.
        weights: mass that the pump moved.
        text: the method in one sentence.
        found: the outcome.
        side: how the time to alarm stands to the limit; None without one.
        warnings: sentences for the reader.
    """

    recording: Recording
    question: OcclusionQuestion
    weights: WeightSeries
    text: str
    found: Occlusion
    side: Side | None
    warnings: tuple[str, ...]

    @property
    def expanded_u_ml(self) -> float:
        """Expanded uncertainty U of the bolus, from the weights alone."""
        return COVERAGE_FACTOR * self.found.u_bolus_ml

    @property
    def seen(self) -> bool:
        """Whether the bolus is more than its expanded uncertainty."""
        return self.found.bolus_ml > self.expanded_u_ml

    def to_json(self) -> dict[str, JsonValue]:
        """Everything as JSON can hold it, in full precision."""
        question = self.question
        limit: dict[str, JsonValue] | None = None
        if self.side is not None:
            limit = {"side": self.side.value, "limit_s": question.limit_s}
        return {
            "file": self.recording.to_json(),
            "falling": question.falling,
            "evaporation_g_per_h": question.evaporation_g_per_h,
            "text": self.text,
            "density_g_per_ml": question.density_g_per_ml,
            "commanded_ml_per_h": question.commanded_ml_per_h,
            **asdict(question.events),
            "within_s": question.search.within_s,
            "timing_s": question.timing_s,
            **asdict(self.found),
            "expanded_u_ml": self.expanded_u_ml,
            "seen": self.seen,
            "limit": limit,
            "warnings": list(self.warnings),
        }


def occlusion_answer(
    recording: Recording, question: OcclusionQuestion
) -> OcclusionAnswer:
    """Time to alarm and bolus of an occlusion in a recording.

    Raises:
        MeasurementRefused: the recording does not hold the release with a rest on both
            sides.
    """
    weights = series(recording, question.falling, question.evaporation_g_per_h)
    noise = known_noise(question.noise)
    with naming(recording.path):
        found = occlusion(
            weights,
            question.events,
            question.density_g_per_ml,
            question.search,
            question.commanded_ml_per_h,
            noise or SILENT,
        )
    side = None
    if question.limit_s is not None:
        side = side_of(found.time_to_alarm_s, question.timing_s, question.limit_s)
    events = question.events
    return OcclusionAnswer(
        recording=recording,
        question=question,
        weights=weights,
        text=_TEXT,
        found=found,
        side=side,
        warnings=(
            *recording.warnings,
            *about_first_stamp(recording, events.closed_s, events.released_s),
            *_about(found, question),
        ),
    )


def _about(found: Occlusion, question: OcclusionQuestion) -> list[str]:
    said = []
    if not found.tight:
        said.append(
            "the mass changes between closing and release: the line leaked, or one of"
            " these times is wrong"
        )
    if not found.settled:
        said.append(
            "after the bolus the mass does not change as commanded: the bolus took"
            f" longer than {span(question.search.within_s)}, which --within states, or"
            " the pump ran on, which --rate states"
        )
    arrived_ml = found.bolus_ml + found.commanded_ml
    if arrived_ml < -COVERAGE_FACTOR * found.u_bolus_ml:
        said.append(
            "the mass falls at the release; a supply vessel on the balance needs"
            " --falling, a loss to the air --evaporation"
        )
    return said
