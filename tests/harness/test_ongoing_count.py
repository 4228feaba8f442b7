"""The count of a pump that people clear."""

from hypothesis import given
from hypothesis import strategies as st

from harness.ongoing_count import OngoingCount


def test_what_was_cleared_is_counted_on() -> None:
    count = OngoingCount()

    sums = [count.add(told_nl) for told_nl in (100, 250, 0, 40, 30)]

    assert sums == [100, 250, 250, 290, 320]


@given(st.lists(st.integers(0, 10**9), max_size=30))
def test_the_sum_never_falls(told: list[int]) -> None:
    count = OngoingCount()
    sums = [count.add(each) for each in told]
    assert sums == sorted(sums)
