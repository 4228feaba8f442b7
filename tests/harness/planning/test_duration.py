"""The shortest run that decides."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import MeasurementRefused
from harness.judging import (
    DecisionRule,
    Limit,
    Verdict,
    guard_band,
    simple_acceptance,
    specific_risk,
)
from harness.metrology.budget import evaluate
from harness.metrology.gravimetry import Blank, GravimetricMethod, Weighing
from harness.metrology.inputs import Input
from harness.metrology.measurement import error_percent, from_estimate
from harness.metrology.plateau import Plateau
from harness.planning.duration import (
    Question,
    answer,
    fine_curve,
    quickest,
    reaching,
    shortest,
    total_hours,
)
from harness.planning.forecast import Forecast, Forecaster, forecaster
from harness.planning.ideal_run import Delivery, Setup, bench_hours
from harness.units import FRACTION, VOLUME, ureg
from tests.harness.planning.benches import TIMES, balance, setup, vessel

LIMIT = 10.0
# One-sided normal quantile of 95 %, from a table.
Z95 = 1.6449
ONE = Input("factor", 1.0, 0.0, "")


def question(
    error: float = 5.0, rule: DecisionRule | None = None, probability: float = 0.95
) -> Question:
    lower, upper = (ureg.Quantity(sign * LIMIT, FRACTION) for sign in (-1.0, 1.0))
    used = guard_band() if rule is None else rule
    limit = Limit("--limit", lower, upper, used, FRACTION, "test")
    return Question(limit, error, probability)


def forecast_of(u_percent: float, duration_h: float = 1.0) -> Forecast:
    known = evaluate(lambda x: x, (Input("error", 0.0, u_percent, FRACTION),))
    measured = from_estimate(known, FRACTION, "test", 0, 1)
    return Forecast(Delivery(2.0, LIMIT, duration_h, 2.0), measured)


@pytest.mark.parametrize(
    ("rule", "widths_of_u"),
    [
        (guard_band(), 1.95996 + Z95),
        (guard_band(0.5), 0.97998 + Z95),
        (guard_band(0.0, largest_u=1.0), Z95),
        (guard_band(coverage=0.99), 2.57583 + Z95),
        (specific_risk(0.05), Z95 + Z95),
    ],
)
@pytest.mark.parametrize("error", [5.0, 9.0, 14.0])
def test_the_margin_must_hold_the_rule_and_the_probability(
    rule: DecisionRule, widths_of_u: float, error: float
) -> None:
    asked = question(error, rule)
    enough = abs(LIMIT - error) / widths_of_u
    assert asked.is_decided(forecast_of(0.999 * enough))
    assert not asked.is_decided(forecast_of(1.001 * enough))


def test_a_pump_without_error_must_stay_away_from_both_limits() -> None:
    # Two-sided normal quantile of 95 %: half of the runs that err do so on either side.
    enough = LIMIT / (1.95996 + 1.95996)
    assert question(0.0).is_decided(forecast_of(0.999 * enough))
    assert not question(0.0).is_decided(forecast_of(1.001 * enough))


def test_simple_acceptance_needs_a_u_that_is_small_enough() -> None:
    asked = question(0.0, simple_acceptance())
    third = LIMIT / 3.0 / 1.95996
    assert asked.is_decided(forecast_of(0.999 * third))
    assert not asked.is_decided(forecast_of(1.001 * third))


def test_even_odds_need_no_more_than_the_guard_band() -> None:
    asked = question(5.0, probability=0.5)
    assert asked.is_decided(forecast_of(5.0 / 1.961))
    assert not asked.is_decided(forecast_of(5.0 / 1.959))


def test_a_refused_run_decides_nothing() -> None:
    refused = Forecast(Delivery(2.0, LIMIT, 1.0, 2.0), None, "too little")
    assert not question().is_decided(refused)


@given(st.floats(0.02, 8000.0))
def test_the_search_finds_where_enough_begins(least_h: float) -> None:
    def run(delivery: Delivery) -> Forecast:
        return forecast_of(1.0, delivery.duration_h)

    def is_enough(found: Forecast) -> bool:
        return found.delivery.duration_h >= least_h

    lengths = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 8760.0)
    curve = [forecast_of(1.0, hours) for hours in lengths]
    found = shortest(run, is_enough, curve)
    assert found is not None
    assert least_h <= found.delivery.duration_h <= least_h * 1.0021


def test_the_search_says_when_nothing_is_enough() -> None:
    curve = [forecast_of(1.0, hours) for hours in (1.0, 10.0)]

    def run(delivery: Delivery) -> Forecast:
        raise AssertionError(delivery)

    assert shortest(run, lambda _: False, curve) is None
    assert shortest(run, lambda _: True, curve) is curve[0]


def two_readings(s_mg: float) -> Forecaster:
    """Two weighings with the balance's scatter, in which nothing evaporates."""
    n = 1_000_000
    spec = balance(s_mg * math.sqrt(n))
    bench = setup(spec)
    method = GravimetricMethod("balance", spec, vessel())
    ul_per_mg = method.ul_per_mg(bench.ambient, bench.ambient).value
    nothing = evaluate(lambda x: 0.0 * x, (ONE,))
    # The smallest mass that is accepted is another question.
    tolerance = ureg.Quantity(1.0, "litre")

    def run(delivery: Delivery) -> Forecast:
        volume_ul, hours = delivery.volume_ul, delivery.duration_h
        start, end = (
            Weighing(Plateau(mass_ng, t_ns, spec.repeatability_ng, n), bench.ambient)
            for mass_ng, t_ns in (
                (0.0, 0),
                (volume_ul / ul_per_mg * 1e6, round(hours * 3.6e12)),
            )
        )
        weighed = method.delivered(start, end, nothing, tolerance)
        error = error_percent(weighed, ureg.Quantity(volume_ul, "µL").to(VOLUME))
        # k = 2, as in the table.
        return Forecast(delivery, error, coverage=0.9545)

    return run


@pytest.mark.parametrize(
    ("s_mg", "rate", "target_percent", "published"),
    [
        (0.08, 2.0, 5.0, "2.3"),
        (0.08, 2.0, 1.0, "11.3"),
        (0.08, 10.0, 5.0, "0.45"),
        (0.08, 10.0, 1.0, "2.3"),
        (0.08, 100.0, 1.0, "0.23"),
        (0.08, 1000.0, 1.0, "0.023"),
        (0.015, 2.0, 5.0, "0.43"),
        (0.015, 2.0, 1.0, "2.1"),
        (0.015, 10.0, 1.0, "0.43"),
        (0.015, 100.0, 1.0, "0.043"),
        (0.0015, 2.0, 5.0, "0.04"),
        (0.0015, 2.0, 1.0, "0.21"),
        (0.0015, 10.0, 1.0, "0.043"),
    ],
)
def test_hours_for_the_balance_alone(
    s_mg: float, rate: float, target_percent: float, published: str
) -> None:
    run = two_readings(s_mg)
    curve = [run(Delivery(rate, LIMIT, 10.0**n, 2.0)) for n in range(-4, 4)]
    found = shortest(run, lambda e: e.expanded_percent <= target_percent, curve)
    assert found is not None
    hours = found.delivery.duration_h
    # u(q)/q = sqrt(2) s / (q T); a displayed milligram is 1.0029 µL.
    by_hand = 2.0 * math.sqrt(2.0) * s_mg * 1.002851 / (rate * target_percent / 100.0)
    digits = len(published.partition(".")[2])
    assert f"{by_hand:.{digits}f}" == published
    assert hours == pytest.approx(by_hand, rel=0.003)


@pytest.mark.parametrize("rate", [2.0, 41.7, 1000.0])
def test_u_falls_with_time_and_the_answers_lie_where_it_crosses(rate: float) -> None:
    forecast = forecaster(setup(balance(0.015, drift_mg_per_h=0.01)))
    found = answer(question(), forecast, rate, 2.0)
    usable = [each.u_percent for each in found.curve if not each.refusal]
    assert usable == sorted(usable, reverse=True)
    assert found.decided is not None
    third = reaching(question(), forecast, found, 1.0 / 3.0)
    assert third is not None
    assert third.expanded_percent <= LIMIT / 3.0
    unlucky = replace(found.decided, measurement=found.decided.unlucky())
    margin = unlucky.expanded_percent + Z95 * found.decided.u_percent
    if found.decided is not found.curve[0]:
        assert margin == pytest.approx(5.0, rel=0.01) or _is_first_usable(
            found.decided, forecast
        )
    assert margin <= 5.0 * 1.0001
    assert found.floor.expanded_percent <= min(u * 1.9601 for u in usable)


def _is_first_usable(found: Forecast, forecast: Forecaster) -> bool:
    shorter = Delivery(
        found.delivery.rate_ul_per_h, LIMIT, found.delivery.duration_h * 0.99, 2.0
    )
    return forecast(shorter).unlucky() is None


@pytest.mark.parametrize("error", [2.0, 18.0])
@pytest.mark.parametrize("drift_mg_per_h", [0.0, 0.02])
def test_the_run_that_was_found_decides_as_often_as_promised(
    error: float, drift_mg_per_h: float
) -> None:
    # Runs with their own readings, of which each one finds its own U, or is refused.
    bench = setup(balance(0.02, drift_mg_per_h))
    asked = question(error)
    found = answer(asked, forecaster(bench), 5.0, 1.0).decided
    assert found is not None
    drawn = np.random.default_rng(3)
    runs = 300
    wanted = Verdict.PASS if error < LIMIT else Verdict.FAIL
    decided = sum(
        _drawn_verdict(asked.limit, bench, found.delivery, error, drawn) is wanted
        for _ in range(runs)
    )
    # Fewer than 273 of 300 happen once in five hundred times if the chance is 95 %.
    assert decided >= 273


def _drawn_verdict(
    limit: Limit,
    bench: Setup,
    delivery: Delivery,
    error: float,
    drawn: np.random.Generator,
) -> Verdict | None:
    """Draw one run; None if it is refused."""
    method, times = bench.method, bench.times
    blank_h = delivery.blank_h
    n, half_h = min(60, round(60.0 * blank_h)), blank_h / 2.0
    s_mg = method.balance.repeatability_ng / 1e6
    bound = method.balance.zero_drift_ng_per_h / 1e6
    first, unseen, last = drawn.uniform(-bound, bound, 3)
    starts_h = half_h * 1.5
    ends_h = bench_hours(delivery, times) - times.settling_h - half_h * 1.5
    factor = method.ul_per_mg(bench.ambient, bench.ambient).value
    full_mg = delivery.volume_ul * (1.0 + error / 100.0) / factor
    full_mg += float(unseen) * (ends_h - starts_h)

    def weighing(at_h: float, mass_mg: float) -> Weighing:
        shown = drawn.normal(mass_mg, s_mg, n) * 1e6
        mean, s = float(shown.mean()), float(shown.std(ddof=1))
        return Weighing(Plateau(mean, round(at_h * 3.6e12), s, n), bench.ambient)

    before = Blank(
        weighing(half_h / 2.0, -float(first) * half_h), weighing(starts_h, 0.0)
    )
    after = Blank(
        weighing(ends_h, full_mg),
        weighing(ends_h + half_h, full_mg + float(last) * half_h),
    )
    programmed = ureg.Quantity(delivery.volume_ul, "µL").to(VOLUME)
    try:
        rate = method.evaporation(before, after)
        tolerance = programmed * LIMIT / 100.0
        weighed = method.delivered(before.end, after.start, rate, tolerance)
    except MeasurementRefused:
        return None
    return limit.judge(error_percent(weighed, programmed)).verdict


def test_no_time_is_long_enough_for_a_drift_that_takes_the_margin() -> None:
    forecast = forecaster(setup(balance(0.015, drift_mg_per_h=0.2)))
    found = answer(question(), forecast, 2.0, 2.0)
    assert found.decided is None
    assert reaching(question(), forecast, found, 1.0 / 3.0) is None
    assert found.floor.expanded_percent > LIMIT / 3.0
    assert math.isinf(total_hours(found, TIMES))


def test_the_quickest_blanks_free_the_bench_soonest() -> None:
    forecast = forecaster(setup(balance(0.03, drift_mg_per_h=0.02)))
    tried = [answer(question(), forecast, 2.0, hours) for hours in (0.25, 2.0, 24.0)]
    best = quickest(tried, TIMES)
    assert best.blank_h == 2.0
    assert total_hours(best, TIMES) == min(total_hours(e, TIMES) for e in tried)


def test_without_a_decision_the_smallest_u_is_chosen() -> None:
    forecast = forecaster(setup(balance(0.03, drift_mg_per_h=0.2)))
    tried = [answer(question(), forecast, 2.0, hours) for hours in (0.25, 2.0)]
    assert quickest(tried, TIMES).blank_h == 2.0


def test_a_curve_to_be_drawn_is_finer_and_has_the_same_ends() -> None:
    forecast = forecaster(setup(balance(0.03)))
    found = answer(question(), forecast, 2.0, 2.0)
    drawn = fine_curve(forecast, found)
    assert len(drawn) > 2 * len(found.curve)
    assert drawn[0] == found.curve[0]
    assert drawn[-1].delivery == found.curve[-1].delivery
