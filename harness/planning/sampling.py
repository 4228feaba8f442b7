"""How often to read the balance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from harness.flow.methods import Edition, ambulatory_1
from harness.metrology.gravimetry import BalanceSpec
from harness.planning.forecast import Forecast

# Faster readings repeat what the balance's own filter has not yet renewed.
SHORTEST_S: Final = 1.0
_DAY_S: Final = 86_400.0
# Every interval here divides it, so the windows of its trumpet curve lie on the grid.
AMBULATORY_S: Final = ambulatory_1(Edition.FIRST, _DAY_S).interval_s
_INTERVALS_S: Final = (AMBULATORY_S, 300.0, 60.0, 30.0, 10.0, 5.0, SHORTEST_S)
_POINTS: Final = 60
_NOISE_SHARE: Final = 0.1
_NG_PER_UL: Final = 1e6
_FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Sampling:
    """How often to read.

    Attributes:
        weighing_readings: readings in each of the two weighings from which on reading
            noise is less than a tenth of u.
        poll_s: longest interval between readings while the pump runs, so that a curve
            has 60 points, and the windows of the trumpet curve of ambulatory pumps,
            type 1, lie on its grid.
        visible_s: interval in which the pump delivers as much as two readings scatter.
    """

    weighing_readings: int
    poll_s: float
    visible_s: float


def advise(forecast: Forecast, balance: BalanceSpec) -> Sampling:
    """Tell how often to read in a run that is not refused.

    Source: u of the difference of two means of n readings is s sqrt(2 / n).
    """
    delivery = forecast.delivery
    # Close enough for advice: a microlitre of a test fluid is about a milligram.
    u_ng = forecast.u_percent / 100.0 * delivery.volume_ul * _NG_PER_UL
    wanted = 2.0 * (balance.repeatability_ng / (_NOISE_SHARE * u_ng)) ** 2
    duration_s = delivery.duration_h * 3600.0
    fitting = [each for each in _INTERVALS_S if each * _POINTS <= duration_s]
    scatter_ul = math.sqrt(2.0) * balance.repeatability_ng / _NG_PER_UL
    return Sampling(
        weighing_readings=max(_FEWEST, math.ceil(wanted)),
        poll_s=fitting[0] if fitting else SHORTEST_S,
        visible_s=scatter_ul / delivery.rate_ul_per_h * 3600.0,
    )
