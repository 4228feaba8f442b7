"""Start-up and trumpet curves of a pump that is weighed at every place of a grid.

Method adapted from IEC 60601-2-24:1998, clause 50.104: an implanted pump is a
continuous ambulatory one, weighed every 15 min. The curves are drawn from corrected
volumes; what is judged is computed again, with the bench's own budget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fixtures.weighing import WeighingStation
from harness.flow.analysis import FlowAnalysis, analyse
from harness.flow.methods import Edition, Method, Scheme, ambulatory_1, stabilisation_s
from harness.flow.noise import Floor, Noise
from harness.flow.options import Options
from harness.flow.series import WeightSeries
from harness.flow.trumpet import Window
from harness.judging import Limit, Verdict
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.measurement import Measurement, error_percent
from harness.readings import WeightReading
from harness.units import NS_PER_S, VOLUME, Quantity, magnitude, ureg

# Volumes stand for the masses of a liquid of this density.
_DENSITY_G_PER_ML = 1.0
# What the measurement may take of a limit, noise floor and U together.
_LARGEST_SHARE = 1.0 / 3.0


def scheme(rate: Quantity, container: Quantity) -> Scheme:
    """When to weigh, and which windows to look at.

    Args:
        rate: that is set.
        container: what the reservoir holds at the start.
    """
    settled_s = stabilisation_s(_ml_per_h(rate), magnitude(container, VOLUME))
    return ambulatory_1(Edition.FIRST, settled_s)


@dataclass(frozen=True, slots=True)
class Seen:
    """The extreme windows of one length, with the bench's budget.

    Attributes:
        window: the length, and its extremes as they are drawn.
        floor: what a perfect pump would show.
        errors: mean error of the highest and of the lowest window, in percent.
    """

    window: Window
    floor: Floor
    errors: tuple[Measurement, ...]

    def is_sharp(self, allowed_percent: float) -> bool:
        """Tell whether noise floor and U leave enough of a limit to judge by it."""
        expanded = (magnitude(each.expanded()[0], "percent") for each in self.errors)
        doubt = self.floor.ep_max_percent + max(expanded)
        return doubt <= _LARGEST_SHARE * allowed_percent

    def proven(self, limit: Limit) -> list[Measurement]:
        """The errors that fail, and would without the noise floor.

        U is that of one window chosen beforehand; the extreme of many is further out.
        """
        return [
            error
            for error in self.errors
            if all(
                limit.judge(each).verdict is Verdict.FAIL
                for each in (error, self._without_noise(error))
            )
        ]

    def _without_noise(self, error: Measurement) -> Measurement:
        percent = magnitude(error.value, "percent")
        left = max(0.0, abs(percent) - self.floor.ep_max_percent)
        value = ureg.Quantity(math.copysign(left, percent), "percent")
        return replace(error, value=value)


@dataclass(frozen=True, slots=True)
class Course:
    """A delivery at one rate, weighed at every place of a grid.

    Attributes:
        weighing: balance and clamp.
        rate: that was set.
        container: what the reservoir held at the start.
        accuracy: fraction of the rate by which a mean flow may differ.
        marks: the weighings, the first at the start of the pump.
        before: blank before the first.
        after: blank after the last.
    """

    weighing: WeighingStation
    rate: Quantity
    container: Quantity
    accuracy: Quantity
    marks: Sequence[Weighing]
    before: Blank
    after: Blank

    def analysis(self, sharpest_s: float) -> FlowAnalysis:
        """Both curves, with the noise floor that the budget of one window gives.

        Args:
            sharpest_s: length of the shortest window that the balance resolves.
        """
        readings = [_reading(mark) for mark in self.marks]
        volumes = self.weighing.volumes_ml(readings, self.before, self.after)
        times = [(each.t_ns - readings[0].t_ns) / NS_PER_S for each in readings]
        return analyse(
            WeightSeries(np.array(times), np.array(volumes)),
            _ml_per_h(self.rate),
            _DENSITY_G_PER_ML,
            Options(
                method=Method.AMBULATORY_1,
                container_ml=magnitude(self.container, VOLUME),
            ),
            self._noise(sharpest_s),
        )

    def seen(self, analysis: FlowAnalysis, sharpest_s: float) -> list[Seen]:
        """The extremes of each window length from ``sharpest_s`` on."""
        return [
            Seen(window, floor, self._errors(window, analysis.interval_s))
            for window, floor in zip(
                analysis.trumpet.windows, analysis.floor, strict=True
            )
            if window.window_s >= sharpest_s
        ]

    def _errors(self, window: Window, interval_s: float) -> tuple[Measurement, ...]:
        length = round(window.window_s / interval_s)
        begins = (
            round(at_s / interval_s) for at_s in (window.ep_max_s, window.ep_min_s)
        )
        return tuple(self._error(k, k + length) for k in begins)

    def _error(self, first: int, last: int) -> Measurement:
        """The mean error between two marks, in percent of the set rate."""
        programmed = self._programmed(first, last)
        return error_percent(self._volume(first, last), programmed)

    def _volume(self, first: int, last: int) -> Measurement:
        return self.weighing.delivered_between(
            self.marks[first],
            self.marks[last],
            self.before,
            self.after,
            (self.accuracy * self._programmed(first, last)).to(VOLUME),
        )

    def _programmed(self, first: int, last: int) -> Quantity:
        start, end = self.marks[first], self.marks[last]
        elapsed_ns = end.plateau.t_ns - start.plateau.t_ns
        volume = (self.rate * ureg.Quantity(float(elapsed_ns), "ns")).to(VOLUME)
        return ureg.Quantity(magnitude(volume, VOLUME), VOLUME)

    def _noise(self, sharpest_s: float) -> Noise:
        """Of one mark, as if all of a window's uncertainty were its two ends' own."""
        interval_s = scheme(self.rate, self.container).interval_s
        last = len(self.marks) - 1
        volume = self._volume(last - round(sharpest_s / interval_s), last)
        return Noise(magnitude(volume.u, VOLUME) / math.sqrt(2.0))


def _reading(mark: Weighing) -> WeightReading:
    return WeightReading(mark.plateau.t_ns, round(mark.plateau.mass_ng), stable=False)


def _ml_per_h(rate: Quantity) -> float:
    return magnitude(rate, "mL/hour")
