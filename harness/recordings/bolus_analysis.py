"""From a recording to the statistics of the boluses in it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from itertools import repeat
from typing import Final

import numpy as np

from harness.errors import MeasurementRefused
from harness.evidence.records import JsonValue
from harness.flow.bolus import Bolus, BolusStatistics, bolus_statistics, boluses
from harness.flow.jumps import Search
from harness.flow.noise import Noise, last_digit_g
from harness.flow.plateaus import FEWEST_READINGS, SILENT
from harness.flow.series import WeightSeries, span
from harness.recordings.analysis import about_first_stamp, known_noise, naming, series
from harness.recordings.commanded import (
    Rhythm,
    about_missed,
    about_uncommanded,
    within,
)
from harness.recordings.limit import Standing, standing
from harness.recordings.recording import Recording

_TEXT: Final = (
    "method adapted from IEC 60601-2-24:1998, clause 50.106; basal flow not included"
)


@dataclass(frozen=True, slots=True)
class BolusQuestion:
    """What is asked about the boluses of a recording.

    Attributes:
        set_ml: set volume of one bolus.
        density_g_per_ml: density of the liquid, at its temperature.
        search: how they are looked for; its commands, if it has any, count from the
            first sample of the recording.
        rhythm: commands at equal distances, in place of those of the search.
        start_s: where the search begins, from the first sample; None for there.
        end_s: where it ends; None for the last sample.
        falling: the supply vessel was weighed.
        evaporation_g_per_h: loss of the weighed vessel that is no flow.
        noise: of the balance as a number, or a recording with the pump stopped.
        limit_percent: largest mean deviation allowed, either way; None for no limit.
    """

    set_ml: float
    density_g_per_ml: float
    search: Search
    rhythm: Rhythm | None = None
    start_s: float | None = None
    end_s: float | None = None
    falling: bool = False
    evaporation_g_per_h: float = 0.0
    noise: Noise | Recording | None = None
    limit_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """One bolus as a volume.

    Attributes:
        bolus: as it was weighed.
        commanded_s: when it was commanded; None where that is not known.
        volume_ml: its volume.
        u_ml: the volume's standard uncertainty from the weights.
        deviation_percent: from the set volume.
    """

    bolus: Bolus
    commanded_s: float | None
    volume_ml: float
    u_ml: float
    deviation_percent: float


@dataclass(frozen=True, slots=True)
class BolusAnswer:
    """What a recording says about boluses.

    Attributes:
        recording: what was analysed.
        question: what was asked.
        text: the method in one sentence.
        given: every bolus, in order of time.
        statistics: of them all.
        standing: how the mean deviation stands to the limit; None without one.
        warnings: sentences for the reader.
    """

    recording: Recording
    question: BolusQuestion
    text: str
    given: tuple[Given, ...]
    statistics: BolusStatistics
    standing: Standing | None
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Everything as JSON can hold it, in full precision."""
        question = self.question
        return {
            "file": self.recording.to_json(),
            "falling": question.falling,
            "evaporation_g_per_h": question.evaporation_g_per_h,
            "text": self.text,
            "set_ml": question.set_ml,
            "density_g_per_ml": question.density_g_per_ml,
            **asdict(self.statistics),
            "boluses": [
                {
                    "commanded_s": each.commanded_s,
                    **asdict(each.bolus),
                    "volume_ml": each.volume_ml,
                    "u_ml": each.u_ml,
                    "deviation_percent": each.deviation_percent,
                }
                for each in self.given
            ],
            "limit": None if self.standing is None else self.standing.to_json(),
            "warnings": list(self.warnings),
        }


def bolus_answer(recording: Recording, question: BolusQuestion) -> BolusAnswer:
    """Find and measure the boluses in a recording.

    Raises:
        ConfigurationError: an option is wrong, or a bolus was commanded outside of the
            analysed part.
        MeasurementRefused: no bolus is found, or no plateau between two.
    """
    noise = known_noise(question.noise) or SILENT
    whole = series(recording, question.falling, question.evaporation_g_per_h)
    with naming(recording.path):
        weights = _between(whole, question.start_s, question.end_s)
        first_s = float(weights.t_s[0] - whole.t_s[0])
        search = _with_commands(question, first_s, weights.duration_s)
        found = boluses(weights, search, noise)
    if not found:
        raise MeasurementRefused(
            f"{recording.path}: no bolus is found; a shorter --lag sees shorter rests,"
            " and a supply vessel on the balance needs --falling"
        )
    hidden_g = _hidden_g(weights, question, noise)
    commands_s = [each + first_s for each in search.commands_s or ()]
    given = tuple(
        _given(each, first_s, hidden_g, question, command_s)
        for each, command_s in zip(found, commands_s or repeat(None), strict=False)
    )
    set_ml = question.set_ml
    statistics = bolus_statistics([each.volume_ml for each in given], set_ml)
    stands = None
    if question.limit_percent is not None:
        # The basal flow is common to all, so its error does not become smaller.
        u_percent = 100.0 * math.fsum(each.u_ml for each in given) / len(given) / set_ml
        deviation = statistics.mean_deviation_percent
        stands = standing(deviation, u_percent, question.limit_percent)
    remarks = [statistics.remark] if statistics.remark else []
    if commands_s:
        remarks += about_missed(found, commands_s)
        remarks += about_uncommanded(weights, search, noise, first_s)
    return BolusAnswer(
        recording=recording,
        question=question,
        text=_TEXT,
        given=given,
        statistics=statistics,
        standing=stands,
        warnings=(
            *recording.warnings,
            *about_first_stamp(recording, question.start_s, question.end_s),
            *remarks,
        ),
    )


def _with_commands(question: BolusQuestion, first_s: float, length_s: float) -> Search:
    """The search, with its commands counted from where the analysed part begins."""
    search, end_s = question.search, first_s + length_s
    commands_s = search.commands_s
    if question.rhythm is not None:
        commands_s = question.rhythm.times_s(end_s, search.within_s)
    if commands_s is None:
        return search
    return replace(search, commands_s=within(commands_s, first_s, end_s))


def _hidden_g(weights: WeightSeries, question: BolusQuestion, noise: Noise) -> float:
    """Standard uncertainty of a bolus that the scatter at rest may not show.

    Readings at rest may all be the same. Of the last digit d, either weight has
    d / √12, but no more than the noise of one reading where that is known.
    """
    rounded_g = last_digit_g(weights.mass_g) / math.sqrt(6.0)
    if question.noise is None:
        return rounded_g
    return min(rounded_g, math.sqrt(2.0) * noise.white_g)


def _given(
    bolus: Bolus,
    first_s: float,
    hidden_g: float,
    question: BolusQuestion,
    commanded_s: float | None,
) -> Given:
    """A bolus as a volume, its times from the first sample of the recording."""
    u_g = math.hypot(bolus.u_g, hidden_g)
    volume_ml = bolus.mass_g / question.density_g_per_ml
    return Given(
        bolus=replace(
            bolus,
            start_s=bolus.start_s + first_s,
            end_s=bolus.end_s + first_s,
            before_s=bolus.before_s + first_s,
            after_s=bolus.after_s + first_s,
            u_g=u_g,
        ),
        commanded_s=commanded_s,
        volume_ml=volume_ml,
        u_ml=u_g / question.density_g_per_ml,
        deviation_percent=100.0 * (volume_ml / question.set_ml - 1.0),
    )


def _between(
    weights: WeightSeries, start_s: float | None, end_s: float | None
) -> WeightSeries:
    begin = int(np.searchsorted(weights.t_s, start_s or 0.0, side="left"))
    end = len(weights.t_s)
    if end_s is not None:
        end = int(np.searchsorted(weights.t_s, end_s, side="right"))
    if end - begin < FEWEST_READINGS:
        raise MeasurementRefused(
            f"{max(0, end - begin)} samples lie between --from and --to; the recording"
            f" lasts from 0 to {span(weights.duration_s)}: choose a period inside it"
        )
    return WeightSeries(weights.t_s[begin:end], weights.mass_g[begin:end])
