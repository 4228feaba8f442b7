"""The analysis of variance against published designs and a brute-force twin."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import stats

from harness.errors import ConfigurationError
from harness.qualification.gauge_anova import SCATTER, Row, analyse
from tests.harness.qualification.published_gauge import AIAG, CROSSED


def rows_of(values: NDArray[np.float64], *factors: str) -> dict[tuple[str, ...], Row]:
    return {row.effect: row for row in analyse(values, factors).rows}


def test_gum_h5_days_of_a_voltage_standard() -> None:
    # JCGM 100 annex H.5: ten day means and standard deviations, five readings a day.
    means_uv = np.array([172, 116, 13, 144, 106, 31, 60, 125, 163, 41], dtype=float)
    spreads_uv = np.array([60, 77, 111, 101, 67, 93, 80, 73, 88, 86], dtype=float)
    pattern = np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) / math.sqrt(2.5)
    values = means_uv[:, None] + spreads_uv[:, None] * pattern
    anova = analyse(values, ("day",))
    between, within = anova.mean_squares[("day",)], anova.mean_squares[SCATTER]
    assert (anova.dofs[("day",)], anova.dofs[SCATTER]) == (9, 40)
    assert anova.mean == pytest.approx(97.1)
    assert math.sqrt(between / 5) == pytest.approx(57.09, abs=0.01)
    assert math.sqrt(within) == pytest.approx(84.89, abs=0.01)
    assert between / within == pytest.approx(2.262, abs=0.001)
    # The standard uncertainty of the mean, and the spread from day to day alone.
    assert math.sqrt(between / 50) == pytest.approx(18.05, abs=0.01)
    assert math.sqrt(anova.components()[("day",)]) == pytest.approx(42.6, abs=0.1)


def test_aiag_table_with_the_interaction() -> None:
    rows = rows_of(AIAG, *CROSSED)
    published = {
        ("part",): (9, 88.3619),
        ("operator",): (2, 3.1673),
        CROSSED: (18, 0.3590),
        SCATTER: (60, 2.7589),
    }
    for effect, (dof, squares) in published.items():
        assert rows[effect].dof == dof
        assert rows[effect].sum_of_squares == pytest.approx(squares, abs=5e-5)
    assert rows[CROSSED].f == pytest.approx(0.434, abs=5e-4)
    assert rows[CROSSED].p == pytest.approx(0.974, abs=5e-4)
    assert rows[CROSSED].is_pooled


def test_aiag_components_after_pooling() -> None:
    components = analyse(AIAG, CROSSED).components()
    assert components.keys() == {("part",), ("operator",), SCATTER}
    assert math.sqrt(components[SCATTER]) == pytest.approx(0.199933, abs=1e-6)
    assert math.sqrt(components[("operator",)]) == pytest.approx(0.226838, abs=1e-6)
    assert math.sqrt(components[("part",)]) == pytest.approx(1.042327, abs=1e-6)


def brute_squares(
    values: NDArray[np.float64], axes: tuple[int, ...], factors: int
) -> float:
    """The textbook sum over every observation, by inclusion and exclusion."""
    total = 0.0
    for index in product(*map(range, values.shape)):
        departure = 0.0
        for take in product((0, 1), repeat=len(axes)):
            kept = [axis for axis, used in zip(axes, take, strict=True) if used]
            at = tuple(
                index[axis] if axis in kept else slice(None)
                for axis in range(factors + 1)
            )
            departure += (-1) ** (len(axes) - len(kept)) * float(values[at].mean())
        total += departure**2
    return total


def test_three_factors_against_the_textbook_sums() -> None:
    values = np.random.default_rng(5).normal(size=(4, 3, 2, 3))
    names = ("part", "operator", "bench")
    rows = rows_of(values, *names)
    for effect, row in rows.items():
        if effect == SCATTER:
            continue
        axes = tuple(names.index(each) for each in effect)
        assert row.sum_of_squares == pytest.approx(brute_squares(values, axes, 3))
    whole = ((values - values.mean()) ** 2).sum()
    assert sum(row.sum_of_squares for row in rows.values()) == pytest.approx(whole)
    assert sum(row.dof for row in rows.values()) == values.size - 1


def test_one_way_f_is_scipys() -> None:
    values = np.random.default_rng(6).normal(size=(5, 7))
    anova = analyse(values, ("day",))
    f = anova.mean_squares[("day",)] / anova.mean_squares[SCATTER]
    assert f == pytest.approx(stats.f_oneway(*values).statistic)


def test_known_components_of_three_factors_are_recovered() -> None:
    rng = np.random.default_rng(11)
    true = {
        ("part",): 4.0,
        ("operator",): 1.0,
        ("bench",): 0.5,
        ("part", "operator"): 0.8,
        ("part", "bench"): 0.6,
        ("operator", "bench"): 0.7,
        ("part", "operator", "bench"): 0.9,
        SCATTER: 0.3,
    }
    names, shape = ("part", "operator", "bench"), (6, 5, 4, 3)
    sums = dict.fromkeys(true, 0.0)
    trials = 400
    for _ in range(trials):
        values = rng.normal(scale=math.sqrt(true[SCATTER]), size=shape)
        for effect, variance in true.items():
            if effect != SCATTER:
                size = [
                    n if name in effect else 1
                    for name, n in zip((*names, ""), shape, strict=True)
                ]
                values = values + rng.normal(scale=math.sqrt(variance), size=size)
        found = analyse(values, names)
        assert not any(row.is_pooled for row in found.rows[-2:])
        for effect, value in found.components().items():
            sums[effect] += value / trials
    for effect, variance in true.items():
        assert sums[effect] == pytest.approx(variance, rel=0.12), effect


def test_a_strong_interaction_is_kept() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(scale=0.1, size=(10, 3, 3)) + rng.normal(size=(10, 3, 1))
    assert not rows_of(values, *CROSSED)[CROSSED].is_pooled


def test_what_is_part_of_a_kept_interaction_is_kept_too() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(scale=0.01, size=(5, 3, 2, 3)) + rng.normal(size=(5, 3, 2, 1))
    # Without pairwise interactions of their own.
    for axis in (0, 1, 2):
        values = values - values.mean(axis=(axis, 3), keepdims=True)
    rows = rows_of(values, "part", "operator", "bench")
    assert not any(row.is_pooled for row in rows.values())


def test_equal_values_leave_nothing_to_divide_by() -> None:
    anova = analyse(np.full((3, 2, 2), 5.0), CROSSED)
    assert set(anova.components().values()) == {0.0}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((1, 2, 2)), "1 level of part"),
        (np.zeros((2, 2, 1)), "1 level of repeats"),
        (np.full((2, 2, 2), math.nan), "not a finite number"),
    ],
)
def test_a_design_that_tells_nothing_is_refused(
    values: NDArray[np.float64], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        analyse(values, CROSSED)


VALUES = arrays.arrays(
    np.float64,
    st.tuples(*[st.integers(2, 4)] * 3),
    elements=st.integers(-1000, 1000).map(float),
)


@settings(max_examples=40, deadline=None)
@given(VALUES, st.integers(-5000, 5000), st.sampled_from([0.001, 1000.0]), st.data())
def test_zero_unit_and_order_do_not_matter(
    values: NDArray[np.float64], shift: int, scale: float, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(values.shape[1])))
    before = analyse(values, CROSSED)
    after = analyse((values[:, order] + shift) * scale, CROSSED)
    assert after.dofs == before.dofs
    size = float((values**2).sum()) + 1.0
    for effect, mean_square in before.mean_squares.items():
        assert after.mean_squares[effect] / scale**2 == pytest.approx(
            mean_square, rel=1e-6, abs=1e-9 * size
        )


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_the_axes_may_come_in_either_order(values: NDArray[np.float64]) -> None:
    one = analyse(values, CROSSED)
    other = analyse(values.transpose(1, 0, 2), CROSSED[::-1])
    for effect, mean_square in one.mean_squares.items():
        same = other.mean_squares[effect if len(effect) < 2 else effect[::-1]]
        assert same == pytest.approx(mean_square, rel=1e-9, abs=1e-6)
