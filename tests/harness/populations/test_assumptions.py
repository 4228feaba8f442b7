"""Checks that hold, checks that do not, and checks that cannot be made."""

from __future__ import annotations

import numpy as np
import pytest

from harness.populations import assumptions
from harness.populations.assumptions import Finding
from harness.populations.spread import spread


def normal(n: int, seed: int = 8) -> list[float]:
    return [float(x) for x in np.random.default_rng(seed).normal(size=n)]


def test_normal_values_hold_and_skewed_ones_do_not() -> None:
    assert assumptions.normality(normal(30)).finding is Finding.HOLDS
    skewed = [float(np.exp(1.5 * x)) for x in normal(30)]
    assert assumptions.normality(skewed).finding is Finding.REJECTED


def test_either_test_rejects_normal_values_rarely() -> None:
    rejected = sum(
        assumptions.normality(normal(12, seed)).finding is Finding.REJECTED
        for seed in range(300)
    )
    assert 3 < rejected < 30


@pytest.mark.parametrize("values", [normal(7), [1.0] * 12])
def test_what_cannot_be_checked_is_said(values: list[float]) -> None:
    assert assumptions.normality(values).finding is Finding.UNCHECKED


def test_anderson_darling_rejects_at_its_published_points() -> None:
    # D'Agostino and Stephens: critical values of the corrected A² at 10, 5 and 1 %.
    for squared, p in ((0.631, 0.10), (0.752, 0.05), (1.035, 0.01)):
        assert assumptions._probability(squared) == pytest.approx(p, rel=0.03)


def test_anderson_darling_by_hand() -> None:
    # Three values -1, 0, 1 with mean 0 and s = 1: Phi = 0.158655, 0.5, 0.841345.
    logs = [np.log(0.158655), np.log(0.5), np.log(0.841345)]
    weights = (1.0, 3.0, 5.0)
    total = sum(w * 2.0 * log for w, log in zip(weights, logs, strict=True))
    expected = (-3.0 - total / 3.0) * (1.0 + 0.75 / 3.0 + 2.25 / 9.0)
    found = assumptions.anderson_darling([1.0, -1.0, 0.0])[0]
    assert found == pytest.approx(expected, rel=1e-5)


def test_an_outlier_is_named_and_kept() -> None:
    values = {f"U{i}": x for i, x in enumerate(normal(10))}
    assert assumptions.outliers(values).finding is Finding.HOLDS
    far = assumptions.outliers({**values, "ODD": 12.0})
    assert far.finding is Finding.REJECTED
    assert far.statement == "ODD (12); kept: find the cause in the runs"


def test_two_outliers_do_not_hide_each_other() -> None:
    values = {f"U{i}": x for i, x in enumerate(normal(10))}
    said = assumptions.outliers({**values, "A": 12.0, "B": 12.1}).statement
    assert "A (12), B (12.1)" in said


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 1.0, 1.0, 5.0]])
def test_too_few_or_too_equal_for_outliers(values: list[float]) -> None:
    named = {str(i): x for i, x in enumerate(values)}
    assert assumptions.outliers(named).finding is Finding.UNCHECKED


def test_repeats_are_never_counted_as_units() -> None:
    said = assumptions.units_differ(spread([[1.0, 1.1], [2.0, 2.1], [3.0, 3.1]]))
    assert "6 values of 3 units count as 3" in said.statement
    assert "the units differ" in said.statement
    alike = assumptions.units_differ(spread([[1.0, 2.0], [2.1, 1.1], [1.2, 2.0]]))
    assert "no difference is shown" in alike.statement
    single = assumptions.units_differ(spread([[1.0], [2.0]]))
    assert single.statement == "one value a unit"


def test_pooled_cases_that_differ() -> None:
    low, high = tuple(normal(10)), tuple(x + 9.0 for x in normal(10, 4))
    assert assumptions.cases_agree({"a": low, "b": high}).finding is Finding.REJECTED
    assert assumptions.cases_agree({"a": low, "b": low}).finding is Finding.HOLDS
    assert assumptions.cases_agree({"a": low, "b": ()}).finding is Finding.UNCHECKED
