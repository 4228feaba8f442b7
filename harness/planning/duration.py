"""How long to collect: the shortest run that is expected to decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

from harness.judging import Limit, Verdict
from harness.metrology.measurement import Measurement
from harness.planning.forecast import Forecast, Forecaster
from harness.planning.ideal_run import Delivery, Times, bench_hours
from harness.units import FRACTION, ureg

SHORTEST_H: Final = 1.0 / 60.0
LONGEST_H: Final = 8760.0
_STEPS_A_DECADE: Final = 3
_DRAWN_A_DECADE: Final = 10
# A search ends when the duration is known so well.
_PRECISION: Final = 1.002
_HALVINGS: Final = 20
_NORMAL: Final = NormalDist()
# Blanks that may be chosen.
BLANKS_H: Final = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0, 48.0)


@dataclass(frozen=True, slots=True)
class Question:
    """What shall be decided, and how surely.

    Attributes:
        limit: the requirement's limit in percent, with the decision rule.
        error_percent: the pump's true error for which the run shall decide.
        probability: how probable the decision shall be, 0.5 to 1.
    """

    limit: Limit
    error_percent: float
    probability: float = 0.95

    @property
    def limit_percent(self) -> float:
        """The upper bound of the limit."""
        return self.limit.bounds()[1]

    def is_decided(self, forecast: Forecast) -> bool:
        """Tell whether a run decides with the probability asked for.

        The value is moved towards the limit as far as chance moves it, and judged there
        by the limit itself. It must also decide with the U of an unlucky run.
        """
        value = self._moved(forecast.u_percent)
        return self._decides(forecast.measurement, value) and self._decides(
            forecast.unlucky(), value
        )

    def _decides(self, measured: Measurement | None, value_percent: float) -> bool:
        if measured is None:
            return False
        moved = replace(measured, value=ureg.Quantity(value_percent, FRACTION))
        wanted = Verdict.PASS if self._is_inside else Verdict.FAIL
        return self.limit.judge(moved).verdict is wanted

    def _moved(self, u_percent: float) -> float:
        towards = self._quantile(u_percent) * u_percent
        return self.error_percent + (towards if self._is_inside else -towards)

    @property
    def _is_inside(self) -> bool:
        return self.error_percent <= self.limit_percent

    def _quantile(self, u_percent: float) -> float:
        """How many u the value may lie off, if it is to pass between two limits.

        A normal distribution beyond either limit: the far one counts only where the
        error is small against u. One that fails may do so beyond the far limit too,
        which makes the quantile of one side too large rather than too small.
        """
        outside = 1.0 - self.probability
        low, high = (
            _NORMAL.inv_cdf(self.probability),
            _NORMAL.inv_cdf(1.0 - outside / 2.0),
        )
        if u_percent == 0.0:
            return low
        for _ in range(_HALVINGS):
            z = (low + high) / 2.0
            far = z + 2.0 * self.error_percent / u_percent
            is_enough = _NORMAL.cdf(-z) + _NORMAL.cdf(-far) <= outside
            low, high = (low, z) if is_enough else (z, high)
        return high


@dataclass(frozen=True, slots=True)
class Answer:
    """How long to collect with blanks of one length.

    Attributes:
        blank_h: length of each blank.
        decided: the shortest run that decides; None if none does.
        curve: runs of growing length.
    """

    blank_h: float
    decided: Forecast | None
    curve: tuple[Forecast, ...]

    @property
    def floor(self) -> Forecast:
        """The best of all runs; more time does not make U smaller."""
        return min(self.curve, key=lambda each: each.expanded_percent)


def answer(
    question: Question, forecaster: Forecaster, rate_ul_per_h: float, blank_h: float
) -> Answer:
    """Find how long to collect at a rate, with blanks of one length."""
    template = Delivery(rate_ul_per_h, question.limit_percent, LONGEST_H, blank_h)
    curve = tuple(_runs(forecaster, template, _STEPS_A_DECADE))
    decided = shortest(forecaster, question.is_decided, curve)
    return Answer(blank_h, decided, curve)


def reaching(
    question: Question, forecaster: Forecaster, found: Answer, share: float
) -> Forecast | None:
    """The shortest run whose U is at most a share of the limit; None if none is."""
    largest = share * question.limit_percent

    def is_enough(forecast: Forecast) -> bool:
        return forecast.expanded_percent <= largest

    return shortest(forecaster, is_enough, found.curve)


def fine_curve(forecaster: Forecaster, found: Answer) -> tuple[Forecast, ...]:
    """The runs of an answer close enough together to be drawn."""
    return tuple(_runs(forecaster, found.curve[0].delivery, _DRAWN_A_DECADE))


def quickest(answers: Iterable[Answer], times: Times) -> Answer:
    """The answer that frees the bench soonest; if none decides, that of least U."""
    return min(
        answers,
        key=lambda each: (total_hours(each, times), each.floor.expanded_percent),
    )


def total_hours(answered: Answer, times: Times) -> float:
    """How long the bench is occupied until it is decided; infinite if never."""
    if answered.decided is None:
        return math.inf
    return bench_hours(answered.decided.delivery, times)


def shortest(
    forecaster: Forecaster,
    is_enough: Callable[[Forecast], bool],
    curve: Iterable[Forecast],
) -> Forecast | None:
    """Find the shortest run that is enough, to two thousandths of its length.

    Args:
        forecaster: tells the worth of runs.
        is_enough: what is asked of one.
        curve: runs of growing length; the answer lies before the first that is enough.
    """
    too_short_h: float | None = None
    for found in curve:
        if is_enough(found):
            break
        too_short_h = found.delivery.duration_h
    else:
        return None
    if too_short_h is None:
        return found
    while (long_h := found.delivery.duration_h) > _PRECISION * too_short_h:
        middle_h = math.sqrt(too_short_h * long_h)
        middle = forecaster(replace(found.delivery, duration_h=middle_h))
        if is_enough(middle):
            found = middle
        else:
            too_short_h = middle_h
    return found


def _runs(
    forecaster: Forecaster, template: Delivery, steps_a_decade: int
) -> Iterator[Forecast]:
    ratio = LONGEST_H / SHORTEST_H
    steps = math.ceil(math.log10(ratio) * steps_a_decade)
    for step in range(steps + 1):
        hours = SHORTEST_H * ratio ** (step / steps)
        yield forecaster(replace(template, duration_h=hours))
