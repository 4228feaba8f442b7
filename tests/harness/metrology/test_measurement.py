import json
import math
from dataclasses import replace

import GTC
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from harness.errors import ConfigurationError, UnitError
from harness.metrology.budget import Correlation, Distribution, Input, evaluate
from harness.metrology.draws import Draws
from harness.metrology.measurement import (
    Measurement,
    bracketed,
    counted,
    difference,
    error_percent,
    from_estimate,
    ratio,
    total,
)
from harness.units import Quantity, magnitude, ureg


def q(value: float, unit: str) -> Quantity:
    return ureg.Quantity(value, unit)


def measured(
    value: float,
    u: float,
    unit: str = "mL",
    dof: float = math.inf,
    instrument: str = "balance",
) -> Measurement:
    return Measurement(q(value, unit), q(u, unit), dof, (), instrument, 10, 20)


def test_expanded_uncertainty_uses_floored_degrees_of_freedom() -> None:
    expanded, k = measured(2.0, 0.01, dof=4.9).expanded()
    assert k == pytest.approx(t.ppf(0.975, 4))
    assert magnitude(expanded, "mL") == pytest.approx(0.01 * t.ppf(0.975, 4))
    assert measured(2.0, 0.01).expanded(0.99)[1] == pytest.approx(2.5758, abs=1e-4)


def test_u_may_come_in_another_unit_of_the_same_dimension() -> None:
    measurement = Measurement(q(2, "mL"), q(10, "µL"), 5, (), "balance", 0, 0)
    assert magnitude(measurement.expanded()[0], "mL") == pytest.approx(
        0.01 * t.ppf(0.975, 5)
    )


def test_bare_numbers_and_other_dimensions_are_refused() -> None:
    with pytest.raises(TypeError, match="balance"):
        Measurement(2.0, q(1, "mL"), 5, (), "balance", 0, 0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Measurement(q(2, "mL"), 0.1, 5, (), "balance", 0, 0)  # type: ignore[arg-type]
    with pytest.raises(UnitError):
        Measurement(q(2, "mL"), q(1, "mg"), 5, (), "balance", 0, 0)


def test_degrees_celsius_are_refused() -> None:
    with pytest.raises(UnitError, match="kelvin"):
        Measurement(q(37, "degC"), q(0.2, "delta_degC"), 5, (), "probe", 0, 0)


@pytest.mark.parametrize(
    ("u", "dof", "end", "message"),
    [
        (-0.1, 5.0, 1, "negative"),
        (0.1, 0.0, 1, "degrees of freedom"),
        (0.1, 5.0, -1, "ends before"),
    ],
)
def test_impossible_measurements_are_refused(
    u: float, dof: float, end: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Measurement(q(2, "mL"), q(u, "mL"), dof, (), "balance", 0, end)


def test_a_budget_that_contradicts_u_is_refused() -> None:
    budget = evaluate(lambda x: x, (Input("x", 2.0, 0.1, "mL"),)).budget
    Measurement(q(2, "mL"), q(100, "µL"), 5, budget, "balance", 0, 0)
    with pytest.raises(ValueError, match="contradicts its budget"):
        Measurement(q(2, "mL"), q(0.05, "mL"), 5, budget, "balance", 0, 0)


def test_a_bracketed_value_is_rectangular() -> None:
    latency = bracketed(q(58, "s"), q(1, "min"), "listener", 0, 1)
    assert magnitude(latency.value, "s") == 59.0
    assert magnitude(latency.u, "s") == pytest.approx(1 / math.sqrt(3))
    assert latency.dof == math.inf
    assert latency.budget[0].source.distribution is Distribution.RECTANGULAR


def test_a_counter_is_uncertain_by_its_resolution() -> None:
    count = counted(q(0.5, "mL"), q(1, "µL"), "pump", 0, 1)
    assert magnitude(count.value, "mL") == 0.5
    assert magnitude(count.u, "µL") == pytest.approx(1 / math.sqrt(12))


def test_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        bracketed(q(60, "s"), q(58, "s"), "listener", 0, 1)
    with pytest.raises(ValueError, match="negative"):
        counted(q(60, "s"), q(-1, "s"), "pump", 0, 1)
    with pytest.raises(TypeError):
        bracketed(58.0, q(60, "s"), "listener", 0, 1)  # type: ignore[arg-type]
    with pytest.raises(UnitError):
        counted(q(60, "s"), q(1, "mL"), "pump", 0, 1)


def test_error_against_a_programmed_value() -> None:
    error = error_percent(measured(0.206, 0.002, dof=7), q(200, "µL"))
    assert magnitude(error.value, "percent") == pytest.approx(3.0)
    assert magnitude(error.u, "percent") == pytest.approx(1.0)
    assert error.dof == pytest.approx(7)
    assert (error.instrument, error.t_start_ns, error.t_end_ns) == ("balance", 10, 20)


def test_error_against_a_measured_reference_agrees_with_gtc() -> None:
    count = counted(q(198_000, "nL"), q(5000, "nL"), "pump", 5, 15)
    error = error_percent(count, measured(0.2, 0.003, dof=6))

    x = GTC.ureal(198.0, 5 / math.sqrt(12))
    oracle = 100 * (x / GTC.ureal(200.0, 3.0, 6) - 1)

    assert magnitude(error.value, "percent") == pytest.approx(-1.0)
    assert magnitude(error.u, "percent") == pytest.approx(oracle.u, rel=1e-6)
    assert error.dof == pytest.approx(oracle.df, rel=1e-5)
    names = [line.source.name for line in error.budget]
    assert names == ["pump", "reference: balance"]
    assert error.instrument == "pump and balance"
    assert (error.t_start_ns, error.t_end_ns) == (5, 20)


def test_ratio_agrees_with_gtc() -> None:
    rate = ratio(
        measured(1.2, 0.01, dof=5), measured(6, 0.1, "h", 8, "clock"), "mL/day"
    )
    oracle = GTC.ureal(1.2, 0.01, 5) / GTC.ureal(6, 0.1, 8) * 24
    assert magnitude(rate.value, "mL/day") == pytest.approx(4.8)
    assert magnitude(rate.u, "mL/day") == pytest.approx(oracle.u, rel=1e-6)
    assert rate.dof == pytest.approx(oracle.df, rel=1e-5)


def test_difference_adds_uncertainties_in_quadrature() -> None:
    change = difference(measured(2.0, 0.03), measured(500, 40, "µL"))
    assert magnitude(change.value, "mL") == pytest.approx(1.5)
    assert magnitude(change.u, "mL") == pytest.approx(0.05)


def test_zero_references_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="judge the difference"):
        error_percent(measured(0.2, 0.01), q(0, "mL"))
    with pytest.raises(ConfigurationError, match="zero"):
        ratio(measured(0.2, 0.01), q(0, "h"), "mL/h")


def test_wrong_dimensions_are_refused() -> None:
    with pytest.raises(UnitError):
        error_percent(measured(0.2, 0.01), q(1, "mg"))
    with pytest.raises(UnitError):
        ratio(measured(0.2, 0.01), q(1, "h"), "mg/h")
    with pytest.raises(UnitError):
        difference(measured(0.2, 0.01), q(1, "h"))
    with pytest.raises(TypeError):
        error_percent(measured(0.2, 0.01), 0.2)  # type: ignore[arg-type]


def test_an_unknown_reference_uncertainty_stays_unknown() -> None:
    error = error_percent(measured(0.2, 0.01), measured(0.2, math.nan))
    assert math.isnan(magnitude(error.u, "percent"))
    assert math.isnan(
        magnitude(error_percent(measured(0.2, 0.01), q(math.nan, "mL")).u, "percent")
    )


def test_json_is_plain_and_complete() -> None:
    volume = evaluate(lambda m: m / 2, (Input("mass", 4.0, 0.2, "mg", dof=9),))
    plain = from_estimate(volume, "mL", "balance", 10, 20).to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == {
        "value": 2.0,
        "u": pytest.approx(0.1),
        "unit": "milliliter",
        "dof": pytest.approx(9.0),
        "coverage": 0.95,
        "k": pytest.approx(t.ppf(0.975, 9)),
        "expanded_u": pytest.approx(0.1 * t.ppf(0.975, 9)),
        "instrument": "balance",
        "t_start_ns": 10,
        "t_end_ns": 20,
        "budget": [
            {
                "name": "mass",
                "value": 4.0,
                "u": 0.2,
                "unit": "mg",
                "distribution": "normal",
                "dof": 9,
                "evaluation": "B",
                "cause": "",
                "sensitivity": pytest.approx(0.5),
                "contribution": pytest.approx(0.1),
            }
        ],
        "correlations": [],
        "remarks": [],
    }


def correlated() -> Measurement:
    inputs = (Input("left", 1.0, 0.03, "mL"), Input("right", 1.0, 0.04, "mL"))
    total = evaluate(lambda a, b: a + b, inputs, (Correlation("left", "right", 0.5),))
    return from_estimate(total, "mL", "balance", 0, 10, ("Air from the sensor.",))


def test_correlations_count_in_u_and_are_written_down() -> None:
    volume = correlated()
    u = math.sqrt(0.03**2 + 0.04**2 + 2 * 0.5 * 0.03 * 0.04)
    assert magnitude(volume.u, "mL") == pytest.approx(u)
    assert volume.to_json()["correlations"] == [
        {"first": "left", "second": "right", "r": 0.5}
    ]
    with pytest.raises(ValueError, match="contradicts its budget"):
        replace(volume, correlations=())


def test_correlations_go_through_an_error_and_a_difference() -> None:
    error = error_percent(correlated(), q(2, "mL"))
    change = difference(correlated(), correlated())
    u = magnitude(correlated().u, "mL")
    assert magnitude(error.u, "percent") == pytest.approx(50 * u)
    assert magnitude(change.u, "mL") == pytest.approx(math.sqrt(2) * u)
    assert {(each.first, each.second) for each in change.correlations} == {
        ("left", "right"),
        ("earlier: left", "earlier: right"),
    }


def test_remarks_are_carried_through_once() -> None:
    other = replace(measured(1.0, 0.1), remarks=("Air from the sensor.", "Clamped."))
    for result in (
        difference(correlated(), other),
        ratio(correlated(), other, "percent"),
        error_percent(correlated(), other),
    ):
        assert result.remarks == ("Air from the sensor.", "Clamped.")
        assert result.to_json()["remarks"] == list(result.remarks)


def test_a_shared_cause_cancels_in_a_difference() -> None:
    def weighed(mass_mg: float) -> Measurement:
        span = Input("span", 1.0, 0.01, "", cause="span of the balance")
        reading = Input("reading", mass_mg, 0.1, "mg")
        mass = evaluate(lambda m, s: m * s, (reading, span))
        return from_estimate(mass, "mg", "balance", 0, 0)

    change = difference(weighed(110.0), weighed(100.0))

    u = math.hypot(0.1, 0.1, 0.01 * 10.0)
    assert magnitude(change.u, "mg") == pytest.approx(u)
    names = [line.source.name for line in change.budget]
    assert names == ["reading", "span", "earlier: reading"]
    cause = change.to_json()["budget"][1]["cause"]  # type: ignore[index, call-overload]
    assert cause == "span of the balance"


def test_the_draw_is_that_of_the_whole_model() -> None:
    squared = evaluate(lambda x: x * x, (Input("x", 0.0, 1.0, "mL"),))
    error = error_percent(from_estimate(squared, "mL", "probe", 0, 0), q(1, "mL"))
    draws = Draws(1000, np.random.default_rng(1))
    # A square is never negative, which no linear model of it would know.
    assert error.estimate().drawn(draws).min() >= -100.0
    assert magnitude(error.u, "percent") == 0.0


def test_a_value_without_a_budget_is_drawn_from_its_own_distribution() -> None:
    few = measured(2.0, 0.1, dof=4).estimate("earlier: ")
    drawn = few.drawn(Draws(100_000, np.random.default_rng(1)))
    assert np.quantile(drawn, 0.975) == pytest.approx(
        2 + 0.1 * t.ppf(0.975, 4), abs=6e-3
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_keeps_what_is_not_finite_as_text(value: float) -> None:
    plain = measured(value, 0.1).to_json()
    text = plain["value"]
    assert isinstance(text, str)
    assert float(text) == pytest.approx(value, nan_ok=True)
    assert plain["dof"] == "inf"
    json.dumps(plain, allow_nan=False)


@given(st.floats(1e-3, 1e3), st.floats(1e-6, 0.3), st.floats(1e-3, 1e3))
def test_an_error_does_not_depend_on_the_unit(
    value: float, relative: float, programmed: float
) -> None:
    in_ml = error_percent(measured(value, value * relative), q(programmed, "mL"))
    other = measured(value * 1e3, value * relative * 1e3, "µL")
    in_ul = error_percent(other, q(programmed * 1e6, "nL"))
    for each in ("value", "u"):
        first, second = in_ml.to_json()[each], in_ul.to_json()[each]
        assert first == pytest.approx(second, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("cause", "u"), [("", 5.0), ("span", 7.0)])
def test_a_total_adds_errors_of_one_cause_in_full(cause: str, u: float) -> None:
    first, second = (
        from_estimate(
            evaluate(
                lambda x, scale=scale: scale * x,
                (Input(name, value, 1.0, "", cause=cause),),
            ),
            unit,
            "balance",
            *times,
        )
        for name, value, scale, unit, times in (
            ("a", 2.0, 3.0, "µL", (0, 10)),
            ("b", 3.0, 4e-3, "mL", (30, 50)),
        )
    )
    both = total(first, second)
    assert magnitude(both.value, "µL") == pytest.approx(18.0)
    assert magnitude(both.u, "µL") == pytest.approx(u)
    assert (both.t_start_ns, both.t_end_ns) == (0, 50)
    with pytest.raises(UnitError):
        total(first, measured(1.0, 0.1, "g"))


def test_the_journal_has_the_coverage_that_was_asked_for() -> None:
    plain = measured(2.0, 0.1).to_json(0.99)
    assert plain["coverage"] == 0.99
    assert plain["k"] == pytest.approx(2.5758, abs=5e-5)
    assert plain["expanded_u"] == pytest.approx(0.25758, abs=5e-6)
