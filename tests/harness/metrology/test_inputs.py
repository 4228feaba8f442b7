import math

import pytest

from harness.metrology.inputs import Distribution, Evaluation, Input


def test_half_widths_become_standard_uncertainties() -> None:
    rectangular = Input.rectangular("a", 0.0, 3.0, "mg")
    triangular = Input.triangular("b", 0.0, 3.0, "mg")
    arcsine = Input.arcsine("c", 0.0, 3.0, "mg")
    assert rectangular.u == pytest.approx(math.sqrt(3))
    assert rectangular.distribution is Distribution.RECTANGULAR
    assert triangular.u == pytest.approx(math.sqrt(1.5))
    assert triangular.distribution is Distribution.TRIANGULAR
    assert arcsine.u == pytest.approx(math.sqrt(4.5))
    assert arcsine.distribution is Distribution.ARCSINE


def test_a_certificate_states_an_expanded_uncertainty() -> None:
    weight = Input.expanded("weight", 100.0, 0.075, 2.5, "g", 18, "weight 7")
    assert (weight.u, weight.dof, weight.cause) == (0.03, 18, "weight 7")
    assert weight.distribution is Distribution.NORMAL
    assert weight.evaluation is Evaluation.B


@pytest.mark.parametrize("k", [0.0, -2.0, math.nan])
def test_an_impossible_coverage_factor_is_refused(k: float) -> None:
    with pytest.raises(ValueError, match="coverage factor"):
        Input.expanded("weight", 100.0, 0.075, k, "g")


def test_gum_example_h5_day_means() -> None:
    # JCGM 100 H.5: a voltage standard on ten days, in µV above 10 V.
    days = [172, 116, 13, 144, 106, 31, 60, 125, 163, 41]
    voltage = Input.observed("voltage", days, "µV")
    assert voltage.value == pytest.approx(97.1)
    assert voltage.u == pytest.approx(18.05, abs=5e-3)
    assert voltage.u * math.sqrt(10) == pytest.approx(57.09, abs=5e-3)
    assert voltage.dof == 9
    assert voltage.evaluation is Evaluation.A


def test_one_observation_shows_no_scatter() -> None:
    with pytest.raises(ValueError, match="1 observations"):
        Input.observed("voltage", [172.0], "µV")


@pytest.mark.parametrize(("u", "dof"), [(-1e-9, 5.0), (1.0, 0.0), (1.0, -2.0)])
def test_impossible_inputs_are_refused(u: float, dof: float) -> None:
    with pytest.raises(ValueError, match="blank"):
        Input("blank", 0.0, u, "mg", dof=dof)


@pytest.mark.parametrize(
    "other",
    [
        Input("b", 0.0, 0.2, "mg", cause="span"),
        Input("b", 0.0, math.nan, "mg", cause="span"),
        Input("b", 0.0, 0.1, "mg", dof=9, cause="span"),
        Input("b", 0.0, 0.1, "mg", Distribution.RECTANGULAR, cause="span"),
    ],
)
def test_one_cause_cannot_be_stated_in_two_ways(other: Input) -> None:
    with pytest.raises(ValueError, match="a and b name the same cause, 'span'"):
        Input("a", 0.0, 0.1, "mg", cause="span").check_same_error(other)


def test_one_cause_may_stand_beside_different_values() -> None:
    first = Input("a", 1.0, 0.3, "mg", cause="span")
    first.check_same_error(Input("b", 2.0, 0.1 + 0.2, "mg", cause="span"))
    unknown = Input("c", 1.0, math.nan, "mg", cause="span")
    unknown.check_same_error(Input("d", 1.0, math.nan, "mg", cause="span"))
