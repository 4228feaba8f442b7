"""Counting boluses in any 24 hours, against counting them by brute force."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from test_plans.implanted.test_patient_bolus import most_within, overlapping


def test_a_window_does_not_hold_both_its_ends() -> None:
    assert most_within([0, 24], 24) == 1
    assert most_within([0, 23], 24) == 2
    assert most_within([], 24) == 0


@given(starts=st.lists(st.integers(0, 200), max_size=20), window=st.integers(1, 60))
def test_the_fullest_window_is_found(starts: list[int], window: int) -> None:
    starts.sort()
    fullest = max(
        (sum(begin <= s < begin + window for s in starts) for begin in range(201)),
        default=0,
    )
    assert most_within(starts, window) == fullest


def test_a_dose_counts_where_any_part_of_it_lies() -> None:
    # Each lasts 10; the time is from 100 to 200.
    assert overlapping([89, 90], 10, 100, 200) == 0
    assert overlapping([91, 150, 199], 10, 100, 200) == 3
    assert overlapping([200], 10, 100, 200) == 0
