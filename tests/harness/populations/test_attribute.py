"""Attribute samples against published tables and the binomial sum itself."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.populations.assurance import Assurance
from harness.populations.attribute import (
    failing_share_shown,
    reliability_shown,
    units_needed,
)

# confidence/reliability: units with 0, 1 and 2 failures.
TABLE = """
90/90 22 38 52
95/80 14 22 30
95/90 29 46 61
95/95 59 93 124
95/97 99 157 208
95/99 299 473 628
99/99 459 662 838
90/95 45 77 105
99/95 90 130 165
"""
CELLS = [
    (int(head[:2]) / 100, int(head[3:]) / 100, failures, int(units))
    for head, *row in map(str.split, TABLE.strip().split("\n"))
    for failures, units in enumerate(row)
]


@pytest.mark.parametrize(("confidence", "reliability", "failures", "units"), CELLS)
def test_every_printed_sample_size(
    confidence: float, reliability: float, failures: int, units: int
) -> None:
    assert units_needed(Assurance(confidence, reliability), failures) == units


@settings(max_examples=60)
@given(st.floats(0.5, 0.99), st.floats(0.5, 0.99), st.integers(0, 4))
def test_the_number_is_the_least(
    confidence: float, reliability: float, failures: int
) -> None:
    def risk(n: int) -> float:
        bad = 1.0 - reliability
        return sum(
            comb(n, i) * bad**i * reliability ** (n - i) for i in range(failures + 1)
        )

    n = units_needed(Assurance(confidence, reliability), failures)
    assert risk(n) <= (1.0 - confidence) * (1.0 + 1e-6)
    assert n == failures + 1 or risk(n - 1) > (1.0 - confidence) * (1.0 - 1e-6)


def test_a_whole_quotient_is_not_rounded_up() -> None:
    assert units_needed(Assurance(0.75, 0.5)) == 2
    assert units_needed(Assurance(0.99, 0.9)) == 44


@pytest.mark.parametrize(
    ("units", "confidence", "shown"), [(59, 0.95, "0.950492"), (22, 0.9, "0.900628")]
)
def test_what_a_sample_without_failure_shows(
    units: int, confidence: float, shown: str
) -> None:
    assert f"{reliability_shown(units, 0, confidence):.6f}" == shown


def test_bounds_are_those_of_clopper_and_pearson() -> None:
    # A two-sided interval of 90 % has one-sided ends of 95 %.
    exact = stats.binomtest(44, 46).proportion_ci(0.9, "exact")
    assert reliability_shown(46, 2, 0.95) == pytest.approx(exact.low, rel=1e-9)
    assert failing_share_shown(46, 2, 0.95) == pytest.approx(1 - exact.high, rel=1e-9)


def test_the_ends_of_the_scale() -> None:
    assert reliability_shown(5, 5, 0.95) == 0.0
    assert failing_share_shown(5, 0, 0.95) == 0.0


@pytest.mark.parametrize(("units", "failures"), [(0, 0), (3, 4), (3, -1)])
def test_impossible_samples_are_refused(units: int, failures: int) -> None:
    with pytest.raises(ValueError, match="failures among"):
        reliability_shown(units, failures, 0.95)


def test_a_negative_number_of_failures_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 failures"):
        units_needed(Assurance(0.95, 0.9), -1)


@pytest.mark.parametrize("share", [0.0, 0.49, 1.0, 90.0])
def test_confidence_and_reliability_are_shares(share: float) -> None:
    for name, pair in (("confidence", (share, 0.9)), ("reliability", (0.9, share))):
        with pytest.raises(ValueError, match=name):
            Assurance(*pair)


def test_both_words_are_said() -> None:
    assert Assurance(0.95, 0.9).describe() == "95 % confidence, 90 % reliability"
