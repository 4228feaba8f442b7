"""A limit as it is declared, and how a Monte Carlo interval is held against it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.errors import ConfigurationError, UnitError
from harness.judging import (
    DecisionRule,
    Judgement,
    Limit,
    Verdict,
    Zone,
    guard_band,
    simple_acceptance,
)
from harness.metrology.measurement import Measurement
from harness.metrology.monte_carlo import Check, Sample
from harness.units import Quantity, magnitude, ureg

# The coverage probability of U = 2u.
K2 = math.erf(math.sqrt(2.0))
BAND = guard_band(1.0, K2)


def percent(value: float) -> Quantity:
    return ureg.Quantity(value, "percent")


FIVE = Limit("F-1", percent(-5.0), percent(5.0), BAND, "percent", "profile")


def measured(value: float, u: float = 1.0, unit: str = "percent") -> Measurement:
    quantity = ureg.Quantity(value, unit), ureg.Quantity(u, unit)
    return Measurement(*quantity, math.inf, (), "balance", 0, 1)


def doubt(low: float, high: float, value: float | None = None) -> Check:
    middle = (low + high) / 2.0 if value is None else value
    return Check(Sample(middle, 1.0, low, high, 100, 1, "", 0.0), False, 0.1, "")


def found(judgement: Judgement) -> tuple[Verdict, str]:
    """Return the verdict, and what the Monte Carlo interval would make of the value."""
    _, _, rest = judgement.statement.partition("would make it ")
    return judgement.verdict, rest.partition(":")[0]


# --- as it is declared -----------------------------------------------------------


@pytest.mark.parametrize(
    ("lower", "upper", "keys", "message"),
    [
        (None, None, (), "F-1: a limit needs a bound"),
        (1.0, None, ("a.b",), "F-1: a limit has both a bound and a missing key"),
        (None, 1.0, ("a.b",), "F-1: a limit has both a bound and a missing key"),
        (math.nan, None, (), "F-1: a bound is not a finite number"),
        (-5.0, math.inf, (), "F-1: a bound is not a finite number"),
        (5.0, 4.9, (), "F-1: the lower limit is above the upper one"),
    ],
)
def test_what_is_wrong_with_a_limit_is_said(
    lower: float | None, upper: float | None, keys: tuple[str, ...], message: str
) -> None:
    low, high = (None if each is None else percent(each) for each in (lower, upper))
    with pytest.raises(ConfigurationError) as caught:
        Limit("F-1", low, high, BAND, "percent", "profile", keys)
    assert str(caught.value) == message


def test_a_unit_with_an_offset_is_refused_by_the_name_of_its_requirement() -> None:
    with pytest.raises(UnitError, match=r"^F-1\b.*kelvin"):
        replace(FIVE, lower=None, upper=ureg.Quantity(310.0, "K"), unit="degC")


def test_a_limit_is_specified_unless_it_says_otherwise() -> None:
    assert Limit("F-1", None, percent(5.0), BAND, "percent", "").unspecified == ()


def test_a_limit_may_allow_a_single_value() -> None:
    exact = replace(FIVE, lower=percent(0.0), upper=percent(0.0))
    assert exact.bounds() == (0.0, 0.0)
    assert exact.judge(measured(0.0, 0.0)).verdict is Verdict.PASS
    assert exact.judge(measured(0.1, 0.0)).verdict is Verdict.FAIL


def test_a_bound_that_is_not_given_is_infinite() -> None:
    assert replace(FIVE, lower=None).bounds() == (-math.inf, 5.0)
    assert replace(FIVE, upper=None).bounds() == (-5.0, math.inf)


def test_bounds_in_another_unit_are_converted() -> None:
    volume = Limit(
        "V-1",
        ureg.Quantity(0.001, "L"),
        ureg.Quantity(2000.0, "µL"),
        BAND,
        "mL",
        "profile",
    )
    assert volume.bounds() == pytest.approx((1.0, 2.0), rel=1e-12)
    assert volume.describe() == "1 mL to 2 mL"
    assert volume.to_json()["lower"] == pytest.approx(1.0)
    judgement = volume.judge(measured(1500.0, 100.0, "µL"))
    assert judgement.verdict is Verdict.PASS
    assert judgement.margin is not None
    assert judgement.expanded_u is not None
    assert magnitude(judgement.margin, "µL") == pytest.approx(500.0)
    assert magnitude(judgement.expanded_u, "µL") == pytest.approx(200.0)
    # Phi(5) - Phi(-5).
    assert judgement.p_c == pytest.approx(0.99999942669686, abs=1e-12)


def test_a_limit_as_json() -> None:
    assert FIVE.to_json() == {
        "requirement": "F-1",
        "lower": -5.0,
        "upper": 5.0,
        "unit": "percent",
        "rule": "guard band w = U (95.45 %), non-binary",
        "source": "profile",
    }
    assert replace(FIVE, upper=None).to_json()["upper"] is None
    assert replace(FIVE, lower=None).to_json()["lower"] is None


def test_six_digits_are_shown() -> None:
    third = replace(FIVE, lower=None, upper=percent(100.0 / 3.0))
    assert third.describe() == "at most 33.3333 %"


def test_what_is_no_measurement_is_named() -> None:
    with pytest.raises(TypeError) as caught:
        FIVE.judge(0.5)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "F-1: 0.5 is not a Measurement; a value without its uncertainty cannot be"
        " judged"
    )


@pytest.mark.parametrize(
    ("lower", "upper", "value", "margin"),
    [
        (-5.0, 5.0, 4.0, 1.0),
        (-5.0, 5.0, -6.0, -1.0),
        (None, 5.0, -100.0, 105.0),
        (-5.0, None, 100.0, 105.0),
    ],
)
def test_the_margin_is_to_the_nearest_limit(
    lower: float | None, upper: float | None, value: float, margin: float
) -> None:
    low, high = (None if each is None else percent(each) for each in (lower, upper))
    judgement = replace(FIVE, lower=low, upper=high).judge(measured(value))
    assert judgement.margin is not None
    assert magnitude(judgement.margin, "percent") == pytest.approx(margin)


# --- a conditional zone where no value could pass --------------------------------


@pytest.mark.parametrize(
    ("value", "u", "is_said"),
    [
        (0.0, 2.6, True),
        (0.0, 2.4, False),
        (4.0, 2.4, False),
        (6.0, 2.4, False),
        (6.0, 2.6, True),
        (40.0, 2.6, False),
    ],
)
def test_that_nothing_could_pass_is_said_where_it_is_so(
    value: float, u: float, is_said: bool
) -> None:
    judgement = FIVE.judge(measured(value, u))
    assert ("no value at all could pass" in judgement.statement) is is_said


# --- a Monte Carlo interval in the place of U ------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "value", "expected"),
    [
        # 1 down and 3 up: inside up to 2.
        (0.0, 4.0, 1.0, (Verdict.PASS, "")),
        (1.0, 5.0, 2.0, (Verdict.PASS, "")),
        (1.5, 5.5, 2.5, (Verdict.INCONCLUSIVE, "conditional pass")),
        (-5.0, -1.0, -4.0, (Verdict.PASS, "")),
        (-5.5, -1.5, -4.5, (Verdict.INCONCLUSIVE, "conditional pass")),
        (5.5, 9.5, 6.5, (Verdict.INCONCLUSIVE, "fail")),
        (4.5, 8.5, 5.5, (Verdict.INCONCLUSIVE, "conditional fail")),
        (math.nan, 4.0, 1.0, (Verdict.INCONCLUSIVE, "unusable")),
        (0.0, math.inf, 1.0, (Verdict.INCONCLUSIVE, "unusable")),
        (-math.inf, 4.0, 1.0, (Verdict.INCONCLUSIVE, "unusable")),
        (0.0, math.nan, 1.0, (Verdict.INCONCLUSIVE, "unusable")),
    ],
)
def test_a_pass_stands_only_if_the_interval_gives_it_too(
    low: float, high: float, value: float, expected: tuple[Verdict, str]
) -> None:
    judgement = FIVE.judge(measured(0.0), doubt(low, high, value))
    assert found(judgement) == expected
    assert judgement.zone is Zone.PASS


@pytest.mark.parametrize(
    ("rule", "low", "high", "value", "expected"),
    [
        # The longer arm counts: 3 of half the tolerance's 5, 60 %.
        (simple_acceptance(K2, 0.6), -1.0, 3.0, 0.0, (Verdict.PASS, "")),
        (
            simple_acceptance(K2, 0.59),
            -1.0,
            3.0,
            0.0,
            (Verdict.INCONCLUSIVE, "too uncertain"),
        ),
        (
            simple_acceptance(K2, 0.59),
            -3.0,
            1.0,
            0.0,
            (Verdict.INCONCLUSIVE, "too uncertain"),
        ),
        # An accepted zone stands while the longer arm leaves a value that passes.
        (
            guard_band(1.0, K2, accepts=(Zone.CONDITIONAL_PASS,)),
            -1.0,
            5.5,
            2.0,
            (Verdict.PASS, ""),
        ),
        (
            guard_band(1.0, K2, accepts=(Zone.CONDITIONAL_PASS,)),
            -3.5,
            5.5,
            2.0,
            (Verdict.INCONCLUSIVE, "conditional pass"),
        ),
    ],
)
def test_the_longer_arm_of_an_interval_must_be_borne(
    rule: DecisionRule,
    low: float,
    high: float,
    value: float,
    expected: tuple[Verdict, str],
) -> None:
    judgement = replace(FIVE, rule=rule).judge(measured(0.0), doubt(low, high, value))
    assert found(judgement) == expected


def test_an_interval_is_converted_from_the_unit_of_the_measurement() -> None:
    # 0.03 of one is 3 %: inside. Taken for 0.03 %, or for 300 %, it would not be told.
    share = measured(0.0, 0.01, "")
    assert found(FIVE.judge(share, doubt(-0.04, 0.04)))[0] is Verdict.PASS
    judgement = FIVE.judge(share, doubt(-0.04, 0.06, 0.0))
    assert found(judgement) == (Verdict.INCONCLUSIVE, "conditional pass")
    assert "Monte Carlo interval, -4 % to 6 %," in judgement.statement


def test_an_interval_that_agrees_changes_nothing() -> None:
    agreeing = replace(doubt(-50.0, 50.0), agrees=True)
    assert FIVE.judge(measured(0.0), agreeing) == FIVE.judge(measured(0.0))


def test_what_is_inconclusive_already_is_not_doubted() -> None:
    alone = FIVE.judge(measured(4.0))
    assert FIVE.judge(measured(4.0), doubt(-50.0, 50.0)) == alone


@pytest.mark.parametrize(("low", "high"), [(8.0, math.nan), (math.nan, 10.0)])
def test_no_verdict_stands_by_an_interval_with_an_end_missing(
    low: float, high: float
) -> None:
    alone = replace(FIVE, rule=simple_acceptance(K2, 0.5))
    for limit, value in ((FIVE, 9.0), (alone, 9.0), (alone, 0.0)):
        judgement = limit.judge(measured(value), doubt(low, high, value))
        assert found(judgement) == (Verdict.INCONCLUSIVE, "unusable")
