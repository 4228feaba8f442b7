"""The bounds that the benchmark prints, and its judgement, by other means."""

from __future__ import annotations

import pytest
from scipy import stats

from benchmarks.hearing import count_bound, rate_bound, run


@pytest.mark.parametrize(("events", "trials"), [(0, 300), (1, 300), (37, 300), (3, 4)])
def test_the_bound_of_a_rate(events: int, trials: int) -> None:
    expected = stats.beta.ppf(0.95, events + 1, trials - events)
    assert rate_bound(events, trials) == pytest.approx(expected, rel=1e-6)


def test_who_misses_all_may_always_miss_all() -> None:
    assert rate_bound(5, 5) == 1.0


@pytest.mark.parametrize("events", [0, 1, 28])
def test_the_bound_of_a_count(events: int) -> None:
    expected = stats.chi2.ppf(0.95, 2 * (events + 1)) / 2
    assert count_bound(events) == pytest.approx(expected, rel=1e-6)


def test_a_few_trials_miss_nothing_and_invent_nothing() -> None:
    rows = {row.condition: row for row in run(trials=4)}
    assert len(rows) == 12
    for condition, row in rows.items():
        # Of what disturbs as much as that, only the full benchmark tells.
        if condition not in ("tones 6 dB above speech", "tones 3 dB above speech"):
            assert (row.missed, row.false) == (0, 0), condition
        assert row.sounded == (0 if condition.endswith("alone") else 12)
