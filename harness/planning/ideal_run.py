"""The weights that a perfect pump would give, put through the method that judges.

There is no second budget here: the expected uncertainty is that of
:class:`~harness.metrology.gravimetry.GravimetricMethod` for weights made up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from scipy.special import chdtri, ndtri

from harness.metrology.ambient import Ambient
from harness.metrology.gravimetry import Blank, GravimetricMethod, Weighing
from harness.metrology.measurement import Measurement, error_percent
from harness.metrology.plateau import Plateau
from harness.units import VOLUME, ureg

INSTRUMENT = "perfect pump"
_NS_PER_H = 3.6e12
_NG_PER_MG = 1e6
# How many runs are luckier than an unlucky one.
_LUCKIER: Final = 0.95


@dataclass(frozen=True, slots=True)
class Times:
    """What a run does besides delivering.

    Attributes:
        settling_h: after the clamp has closed, before a blank begins.
        relaxation_h: after the pump has stopped, before the clamp closes.
        fewest_readings: in a blank, however short.
        most_readings: in a blank, if it is long enough; each half of them is one
            weighing.
        reading_h: between two of them, unless it is too short for that.
    """

    settling_h: float
    relaxation_h: float
    fewest_readings: int
    most_readings: int
    reading_h: float

    def blank_readings(self, blank_h: float) -> int:
        """Return how many readings a blank has."""
        apart = round(blank_h / self.reading_h)
        return min(self.most_readings, max(self.fewest_readings, apart))


@dataclass(frozen=True, slots=True)
class Setup:
    """A bench as far as weighing goes.

    Attributes:
        method: balance, vessel and what is corrected.
        ambient: air and liquid, the same from beginning to end.
        times: what a run does besides delivering.
        has_reference: whether a reference vessel tells what evaporates.
    """

    method: GravimetricMethod
    ambient: Ambient
    times: Times
    has_reference: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What shall be delivered, and what may be wrong with it.

    Attributes:
        rate_ul_per_h: programmed flow, above 0.
        limit_percent: largest error allowed, above 0.
        duration_h: how long the pump runs, above 0.
        blank_h: length of each of the two blanks, above 0.
    """

    rate_ul_per_h: float
    limit_percent: float
    duration_h: float
    blank_h: float

    @property
    def volume_ul(self) -> float:
        """What is programmed."""
        return self.rate_ul_per_h * self.duration_h

    @property
    def is_possible(self) -> bool:
        """Whether everything is above 0."""
        return (
            min(self.rate_ul_per_h, self.limit_percent, self.duration_h, self.blank_h)
            > 0.0
        )


def bench_hours(delivery: Delivery, times: Times) -> float:
    """How long the bench is occupied: blanks, delivery and waiting."""
    waiting_h = 2.0 * times.settling_h + times.relaxation_h
    return delivery.duration_h + 2.0 * delivery.blank_h + waiting_h


def expected_error(
    setup: Setup, delivery: Delivery, *, is_unlucky: bool = False
) -> Measurement:
    """The error of a perfect pump, in percent, with the uncertainty to be expected.

    Readings scatter by the stated repeatability. The slopes of the two blanks differ
    as far as repeatability and the stated drift make them differ, root mean square.
    Evaporation itself is taken as 0.

    Args:
        setup: the bench.
        delivery: what is delivered.
        is_unlucky: take instead what one run in twenty exceeds: the scatter of the
            readings, how far the slopes differ, and their mean.

    Raises:
        MeasurementRefused: the method would refuse the run; the message says why.
    """
    method = setup.method
    programmed = ureg.Quantity(delivery.volume_ul, "µL").to(VOLUME)
    tolerance = programmed * (delivery.limit_percent / 100.0)
    ul_per_mg = method.ul_per_mg(setup.ambient, setup.ambient).value
    mass_mg = delivery.volume_ul / ul_per_mg
    before, after = _blanks(setup, delivery, mass_mg, is_unlucky=is_unlucky)
    start, end = before.end, after.start
    if setup.has_reference:
        rate = method.evaporation_beside(start, end, before, after)
    else:
        rate = method.evaporation(before, after)
    return error_percent(method.delivered(start, end, rate, tolerance), programmed)


def _blanks(
    setup: Setup, delivery: Delivery, mass_mg: float, *, is_unlucky: bool
) -> tuple[Blank, Blank]:
    """The blank before and the one after a delivery of so much."""
    times, blank_h = setup.times, delivery.blank_h
    half_h = blank_h / 2.0
    n = times.blank_readings(blank_h) // 2
    s_ng = setup.method.balance.repeatability_ng
    # Half of the difference of two slopes, from noise and from a rectangular drift.
    noise_ng = s_ng * math.sqrt(2.0 / n) / math.sqrt(2.0)
    drift_ng = setup.method.balance.zero_drift_ng_per_h * half_h / math.sqrt(6.0)
    rises_ng = -math.hypot(noise_ng, drift_ng), math.hypot(noise_ng, drift_ng)
    if is_unlucky:
        # Either of the two weighings may be the one that scatters.
        s_ng *= math.sqrt(chdtri(n - 1, (1.0 - _LUCKIER) / 2.0) / (n - 1))
        rises_ng = 0.0, 2.0 * rises_ng[1] * float(ndtri((1.0 + _LUCKIER) / 2.0))
    end_h = bench_hours(delivery, times) - times.settling_h

    def weighing(at_h: float, mass_ng: float) -> Weighing:
        shown = Plateau(mass_ng, round(at_h * _NS_PER_H), s_ng, n)
        beside = replace(shown, mass_ng=0.0) if setup.has_reference else None
        return Weighing(shown, setup.ambient, beside)

    full_ng = mass_mg * _NG_PER_MG
    before = Blank(weighing(half_h / 2.0, rises_ng[0]), weighing(half_h * 1.5, 0.0))
    after = Blank(
        weighing(end_h - half_h * 1.5, full_ng),
        weighing(end_h - half_h / 2.0, full_ng - rises_ng[1]),
    )
    return before, after
