"""How much of a tolerance a method takes, and how sure that is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from harness.qualification import gauge
from harness.qualification.gauge import Allowed, Gauge, evaluate
from harness.qualification.gauge_anova import SCATTER, analyse
from harness.qualification.method_lines import Standing
from tests.harness.qualification.published_gauge import AIAG, CROSSED


def allowed(width: float, share: float = 0.3, categories: int = 5) -> Allowed:
    return Allowed(width, "mL", "made up", share, categories)


def study(
    rng: np.random.Generator, operator: float, operators: int = 3
) -> NDArray[np.float64]:
    """Five parts over a width of 10, scatter 0.1, operators that differ by so much."""
    parts = np.linspace(-4.0, 4.0, 5)[:, None, None]
    people = rng.normal(scale=operator, size=(1, operators, 1))
    return parts + people + rng.normal(scale=0.1, size=(5, operators, 3))


def test_aiag_result() -> None:
    found = evaluate(analyse(AIAG, CROSSED))
    assert math.sqrt(found.both) == pytest.approx(0.302373, abs=2e-6)
    total = found.both + found.part
    assert found.both / total == pytest.approx(0.0776, abs=5e-5)
    assert math.sqrt(found.both / total) == pytest.approx(0.2786, abs=5e-5)
    assert found.categories == 4


def test_bounds_of_one_mean_square_are_those_of_chi_squared() -> None:
    anova = analyse(np.random.default_rng(1).normal(size=(10, 3, 3)), CROSSED)
    dof, found = anova.dofs[SCATTER], anova.mean_squares[SCATTER]
    least, most = stats.chi2.ppf([0.95, 0.05], dof)
    lower, upper = gauge._bounds(anova, [SCATTER])
    assert lower == pytest.approx(dof * found / least)
    assert upper == pytest.approx(dof * found / most)


def test_the_bounds_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2)
    true = 0.5**2 + 0.1**2
    trials = 600
    above = below = 0
    for _ in range(trials):
        found = evaluate(analyse(study(rng, 0.5), CROSSED))
        above += found.upper < true
        below += found.lower > true
    # 5 % each, and three standard deviations of so many trials.
    assert above / trials < 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert below / trials < 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert below + above > 0.02 * trials


@pytest.mark.parametrize(
    ("operator", "operators", "standing"),
    [
        (0.0, 3, Standing.FIT),
        (0.2, 2, Standing.INCONCLUSIVE),
        (6.0, 8, Standing.UNFIT),
    ],
)
def test_an_operator_with_an_offset_shows(
    operator: float, operators: int, standing: Standing
) -> None:
    values = study(np.random.default_rng(3), operator, operators)
    found = evaluate(analyse(values, CROSSED))
    share, _ = gauge.lines(found, allowed(10.0))
    assert share.standing is standing
    assert (share.mend == "") is (standing is Standing.FIT)


def test_parts_that_cannot_be_told_apart_show() -> None:
    found = Gauge(1.0, 0.0, part=4.0, lower=0.9, upper=1.1)
    _, categories = gauge.lines(found, allowed(1000.0))
    assert categories.found == "2"
    assert categories.standing is Standing.UNFIT


def test_a_display_that_never_differs_is_no_proof_of_precision() -> None:
    found = evaluate(analyse(np.full((3, 2, 2), 5.0), CROSSED))
    _, categories = gauge.lines(found, allowed(1.0))
    assert categories.standing is Standing.INCONCLUSIVE


def test_six_standard_deviations_are_held_against_the_width() -> None:
    found = Gauge(0.09, 0.16, part=1.0, lower=0.2, upper=0.3)
    assert found.both == 0.25
    assert found.share(found.both, 30.0) == pytest.approx(0.1)
