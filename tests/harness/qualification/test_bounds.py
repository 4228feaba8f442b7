"""Clopper and Pearson: against tables, and against the sum that defines them."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.qualification.bounds import lower_bound, upper_bound


def at_most(events: int, trials: int, p: float) -> float:
    """The probability of so many events or fewer."""
    return sum(
        comb(trials, i) * p**i * (1 - p) ** (trials - i) for i in range(events + 1)
    )


@pytest.mark.parametrize(
    ("events", "trials", "bound"),
    [
        (0, 300, 0.00994),  # of no event: 1 - 0.05^(1/n)
        (0, 59, 0.0495),  # 59 without a failure show 95 % with 95 % confidence
        (0, 10, 0.2589),
        (1, 10, 0.3942),
        (2, 20, 0.2826),
    ],
)
def test_the_upper_bound_is_the_published_one(
    events: int, trials: int, bound: float
) -> None:
    assert upper_bound(events, trials) == pytest.approx(bound, abs=5e-5)


def test_of_no_event_in_many_it_is_the_rule_of_three() -> None:
    assert upper_bound(0, 300) == pytest.approx(3 / 300, rel=0.01)
    assert upper_bound(0, 300) < 0.01 < upper_bound(1, 300)


@given(st.integers(1, 60), st.data())
def test_a_bound_leaves_one_in_twenty(trials: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, trials - 1))
    assert at_most(events, trials, upper_bound(events, trials)) == pytest.approx(0.05)
    if events:
        least = lower_bound(events, trials)
        assert 1.0 - at_most(events - 1, trials, least) == pytest.approx(0.05)


def test_the_ends_are_certain() -> None:
    assert upper_bound(5, 5) == 1.0
    assert lower_bound(0, 5) == 0.0
    assert (lower_bound(0, 0), upper_bound(0, 0)) == (0.0, 1.0)


def test_more_events_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="failures among"):
        upper_bound(3, 2)
    with pytest.raises(ValueError, match="failures among"):
        lower_bound(-1, 2)
