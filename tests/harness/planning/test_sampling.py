"""How often to read the balance."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.metrology.budget import evaluate
from harness.metrology.inputs import Input
from harness.metrology.measurement import from_estimate
from harness.planning.forecast import Forecast
from harness.planning.ideal_run import Delivery
from harness.planning.sampling import advise
from harness.units import FRACTION
from tests.harness.planning.benches import balance


def run(duration_h: float, u_percent: float = 1.0) -> Forecast:
    known = evaluate(lambda x: x, (Input("error", 0.0, u_percent, FRACTION),))
    measured = from_estimate(known, FRACTION, "test", 0, 1)
    return Forecast(Delivery(2.0, 10.0, duration_h, 2.0), measured)


@pytest.mark.parametrize("s_mg", [0.001, 0.015, 0.1, 1.0])
def test_reading_noise_stays_below_a_tenth_of_u(s_mg: float) -> None:
    found = advise(run(24.0), balance(s_mg))
    u_mg = 0.01 * 48.0

    def noise(n: int) -> float:
        return math.sqrt(2.0 / n) * s_mg

    assert noise(found.weighing_readings) <= 0.1 * u_mg
    fewer = found.weighing_readings - 1
    assert found.weighing_readings == 3 or noise(fewer) > 0.1 * u_mg


@pytest.mark.parametrize(
    ("duration_h", "poll_s"),
    [(48.0, 900.0), (15.0, 900.0), (14.9, 300.0), (1.0, 60.0), (0.01, 1.0)],
)
def test_sixty_points_on_a_grid_of_a_quarter_of_an_hour(
    duration_h: float, poll_s: float
) -> None:
    found = advise(run(duration_h), balance(0.015))
    assert found.poll_s == poll_s
    assert 900.0 % found.poll_s == 0.0


def test_when_the_pump_shows_above_the_noise() -> None:
    # sqrt(2) * 0.015 mg at about 2 mg/h.
    found = advise(run(24.0), balance(0.015))
    assert found.visible_s == pytest.approx(38.18, abs=0.01)
    fast = replace(run(24.0), delivery=Delivery(1000.0, 10.0, 24.0, 2.0))
    assert advise(fast, balance(0.015)).visible_s == pytest.approx(0.0764, abs=1e-4)
