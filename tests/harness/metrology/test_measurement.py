import json
import math

import GTC
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from harness.errors import ConfigurationError, UnitError
from harness.metrology.budget import Distribution, Input, evaluate
from harness.metrology.measurement import (
    Measurement,
    bracketed,
    counted,
    difference,
    error_percent,
    from_estimate,
    ratio,
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
                "sensitivity": pytest.approx(0.5),
                "contribution": pytest.approx(0.1),
            }
        ],
    }


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
