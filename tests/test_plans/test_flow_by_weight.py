"""Whether a flow stands, lasts or is back, from single readings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fixtures.balance_response import BalanceResponse
from harness.clock import NS_PER_S
from harness.errors import MeasurementRefused
from harness.readings import WeightReading
from harness.units import magnitude, ureg
from test_plans.implanted import flow_by_weight

S = NS_PER_S
RATE = ureg.Quantity(24.0, "mL/day")
NG_PER_S = 1e9 / 3600.0
FREED = (1800 * S, 1801 * S)
PROMPT = BalanceResponse(0)


def weights(
    flow: Sequence[tuple[int, int]], until_s: int = 5400, every_s: int = 10
) -> list[WeightReading]:
    """Readings of a balance under a pump that delivers in the given spans (s)."""
    readings = []
    for t_s in range(0, until_s + 1, every_s):
        flowed_s = sum(max(0, min(t_s, end) - begin) for begin, end in flow)
        readings.append(WeightReading(t_s * S, round(NG_PER_S * flowed_s), stable=True))
    return readings


@pytest.mark.parametrize(
    ("readings", "held"),
    [
        (weights([]), True),
        (weights([(0, 300)]), True),
        (weights([(0, 5400)]), False),
        (weights([(1600, 5400)]), False),
        (weights([(1785, 5400)]), True),
        ([], False),
        (weights([])[:1], False),
        (weights([], every_s=10_000), False),
    ],
    ids=[
        "still",
        "still in the second half",
        "flowed on",
        "began again early",
        "a tenth is not much",
        "no reading",
        "one reading, too early",
        "one reading in the run",
    ],
)
def test_held_by_weight(readings: list[WeightReading], held: bool) -> None:
    assert flow_by_weight.is_held(readings, 0, 1800 * S, RATE) is held


def test_one_reading_in_the_second_half_proves_nothing() -> None:
    only = [WeightReading(1000 * S, 0, stable=True)]
    assert flow_by_weight.is_held(only, 0, 1800 * S, RATE) is False


def test_a_vessel_that_lost_weight_is_not_a_held_rotor() -> None:
    falling = [
        WeightReading(reading.t_ns, -reading.mass_ng, stable=True)
        for reading in weights([(0, 5400)])
    ]
    assert flow_by_weight.is_held(falling, 0, 1800 * S, RATE) is False


@pytest.mark.parametrize("back_s", [1801, 1900, 2995, 4000])
def test_the_bracket_holds_the_return_of_the_flow(back_s: int) -> None:
    visible_ng = 240_000
    found = flow_by_weight.flow_is_back(
        weights([(back_s, 5400)]), FREED, visible_ng, PROMPT
    )
    assert found is not None
    low, high = (
        magnitude(found.value + sign * 3**0.5 * found.u, "s") for sign in (-1, 1)
    )
    # Visible one second after it is back, at the next reading.
    assert low - 1e-6 <= back_s + visible_ng / NG_PER_S - 1800 <= high + 1e-6
    assert high - low <= 12


@pytest.mark.parametrize("late_s", [1, 4, 30])
def test_a_slow_balance_makes_an_earlier_return_possible(late_s: int) -> None:
    readings = weights([(2000 + late_s, 5400)])
    found = flow_by_weight.flow_is_back(
        readings, FREED, 240_000, BalanceResponse(late_s * S)
    )
    assert found is not None
    low = magnitude(found.value - 3**0.5 * found.u, "s")
    assert low <= 200 + 240_000 / NG_PER_S


@pytest.mark.parametrize(
    "readings",
    [weights([]), weights([(0, 1700)]), weights([(1801, 1801)]), weights([])[:170]],
    ids=["never", "only before", "for no time", "no reading since"],
)
def test_no_flow_is_made_up(readings: list[WeightReading]) -> None:
    assert flow_by_weight.flow_is_back(readings, FREED, 240_000, PROMPT) is None


@pytest.mark.parametrize("readings", [[], weights([(0, 5400)])[200:]])
def test_without_a_level_before_the_release_nothing_is_concluded(
    readings: list[WeightReading],
) -> None:
    with pytest.raises(MeasurementRefused, match="no reading before"):
        flow_by_weight.flow_is_back(readings, FREED, 240_000, PROMPT)


@pytest.mark.parametrize(("last_s", "flowing"), [(5400, True), (900, False)])
def test_a_flow_that_dies_again_has_not_come_back(last_s: int, flowing: bool) -> None:
    readings = weights([(0, last_s)])
    found = flow_by_weight.is_flowing(readings, 0, readings[-1].t_ns, RATE)
    assert found is flowing


@pytest.mark.parametrize(
    ("flow", "lasting"),
    [
        ([(0, 5400)], True),
        ([(1000, 5400)], True),
        ([(0, 60), (3400, 5400)], False),
        ([(0, 4700)], False),
    ],
    ids=["throughout", "from early on", "paused", "ended early"],
)
def test_a_flow_with_a_long_pause_has_not_lasted(
    flow: list[tuple[int, int]], lasting: bool
) -> None:
    found = flow_by_weight.is_lasting(weights(flow), 0, 5400 * S, RATE)
    assert found is lasting
