"""Weights made up, and what the method makes of them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.errors import MeasurementRefused
from harness.metrology.student import coverage_factor
from harness.planning.forecast import forecaster
from harness.planning.ideal_run import Delivery, bench_hours, expected_error
from harness.units import FRACTION, magnitude
from tests.harness.planning.benches import TIMES, balance, setup

# Volume of water at 20 °C for a displayed milligram in normal air, by hand.
UL_PER_MG = 1.002851
S_MG = 0.015


def u_of_balance_mg(run: Delivery, s_mg: float) -> float:
    """Combined u of a delivered mass, from reading noise alone, term by term.

    The plateaus b1, b2 before and a1, a2 after have one u each. With h between the
    centroids of a blank and H between those of the delivery, the mass is

        a1 - b2 - H ((b2 - b1)/h + (a2 - a1)/h) / 2

    and the slopes differ by noise, which counts once more, rectangular.
    """
    u = s_mg / math.sqrt(min(60.0, 60.0 * run.blank_h))  # readings 30 s apart
    h = run.blank_h / 2.0
    hours = run.duration_h + run.blank_h / 2.0 + 0.5 + 1.0 / 12.0
    near, far = 1.0 + hours / (2.0 * h), hours / (2.0 * h)
    change = hours * (u / h) / math.sqrt(3.0)
    return math.hypot(u * near, u * near, u * far, u * far, change)


@pytest.mark.parametrize("blank_h", [0.5, 2.0, 24.0])
@pytest.mark.parametrize("duration_h", [1.0, 10.0, 300.0])
@pytest.mark.parametrize("rate", [2.0, 1000.0])
def test_the_balance_alone_against_a_budget_by_hand(
    rate: float, duration_h: float, blank_h: float
) -> None:
    run = Delivery(rate, 50.0, duration_h, blank_h)
    expected = expected_error(setup(balance(S_MG)), run)
    u = 100.0 * u_of_balance_mg(run, S_MG) * UL_PER_MG / run.volume_ul
    # The weights' density is the only other term left: about one part in a million.
    assert magnitude(expected.u, FRACTION) == pytest.approx(u, rel=1e-3, abs=2e-4)


def test_a_perfect_pump_has_no_error() -> None:
    expected = expected_error(setup(balance(S_MG)), Delivery(2.0, 10.0, 24.0, 2.0))
    # Two blanks that differ by noise do so symmetrically.
    assert magnitude(expected.value, FRACTION) == pytest.approx(0.0, abs=1e-4)


def test_drift_is_a_floor_in_proportion_to_the_rate() -> None:
    forecast = forecaster(setup(balance(1e-4, drift_mg_per_h=0.022)))
    found = forecast(Delivery(2.0, 10.0, 10_000.0, 2.0))
    # Unseen, rectangular; and seen in two blanks, half of whose difference is so too.
    unseen, seen = 0.022 / math.sqrt(3.0), 0.022 / math.sqrt(6.0) / math.sqrt(3.0)
    floor = 100.0 * math.hypot(unseen, seen) * UL_PER_MG / 2.0
    assert found.u_percent == pytest.approx(floor, rel=1e-3)
    assert [each.name for each in found.shares[:2]] == [
        "zero drift unseen by blanks",
        "change between blanks",
    ]
    assert found.expanded_percent == found.k * found.u_percent


def test_shares_add_up_and_are_sorted() -> None:
    forecast = forecaster(setup(balance(S_MG, drift_mg_per_h=0.022)))
    shares = forecast(Delivery(2.0, 10.0, 24.0, 2.0)).shares
    assert sum(each.share for each in shares) == pytest.approx(1.0, rel=1e-6)
    assert sorted(shares, key=lambda each: -each.share) == list(shares)


def test_the_coverage_asked_for() -> None:
    plain = forecaster(setup(balance(S_MG)))(Delivery(2.0, 10.0, 24.0, 2.0))
    wide = forecaster(setup(balance(S_MG)), 0.99)(plain.delivery)
    assert wide.u_percent == plain.u_percent
    assert wide.k == coverage_factor(wide.dof, 0.99)
    assert wide.k > plain.k


def test_a_run_that_would_be_refused_says_why() -> None:
    run = Delivery(0.01, 1.0, 1.0, 2.0)
    with pytest.raises(MeasurementRefused, match="collect at least"):
        expected_error(setup(balance(S_MG)), run)
    refused = forecaster(setup(balance(S_MG)))(run)
    assert "collect at least" in refused.refusal
    assert refused.measurement is None
    assert math.isinf(refused.expanded_percent)
    assert refused.shares == ()


def test_a_reference_vessel_is_used_where_there_is_one() -> None:
    run = Delivery(2.0, 10.0, 24.0, 2.0)
    spec = balance(S_MG, drift_mg_per_h=0.022)
    alone = forecaster(setup(spec))(run)
    beside = forecaster(setup(spec, has_reference=True))(run)
    names = {each.name for each in beside.shares}
    assert "zero drift of the reference balance" in names
    assert "zero drift of the reference balance" not in {e.name for e in alone.shares}


def test_hours_on_the_bench() -> None:
    run = Delivery(2.0, 10.0, 24.0, 2.0)
    assert bench_hours(run, TIMES) == pytest.approx(24.0 + 4.0 + 0.5 + 2.0 / 12.0)


@pytest.mark.parametrize(
    "name", ["rate_ul_per_h", "limit_percent", "duration_h", "blank_h"]
)
def test_what_is_not_above_zero_is_no_delivery(name: str) -> None:
    run = Delivery(2.0, 10.0, 24.0, 2.0)
    assert run.is_possible
    assert not replace(run, **{name: 0.0}).is_possible
