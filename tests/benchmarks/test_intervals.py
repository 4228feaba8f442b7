from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import intervals
from benchmarks.intervals import HIGH, LOW, MAKERS, Rate, coverage, setup, trial
from harness.planning.ideal_run import Setup

# Three standard deviations below 94 % for so many runs.
_RUNS = 150
_LEAST = 0.88


def _covered(given: Setup, maker: str, rate: Rate) -> float:
    found = [trial(given, MAKERS[maker], rate, seed) for seed in range(_RUNS)]
    usable = [each for each in found if each is not None]
    assert len(usable) == len(found)
    return coverage(usable)


@pytest.mark.parametrize("rate", [LOW, HIGH], ids=lambda rate: rate.name)
@pytest.mark.parametrize("maker", MAKERS)
def test_the_intervals_cover_the_true_volume(maker: str, rate: Rate) -> None:
    assert _covered(setup(), maker, rate) >= _LEAST


def test_a_budget_that_leaves_the_drift_out_would_be_found() -> None:
    given = setup()
    balance = replace(given.method.balance, zero_drift_ng_per_h=0.0)
    blind = replace(given, method=replace(given.method, balance=balance))
    found = []
    for seed in range(_RUNS):
        made = intervals.stated(given, LOW, seed)
        found.append(trial(blind, lambda *_, made=made: made, LOW, seed))
    usable = [each for each in found if each is not None]
    assert coverage(usable) < _LEAST


def test_a_pump_that_is_wrong_is_not_covered() -> None:
    given = setup()
    wrong = replace(HIGH, ul_per_h=HIGH.ul_per_h * 1.001)
    found = []
    for seed in range(20):
        made = intervals.stated(given, wrong, seed)
        each = trial(given, lambda *_, made=made: made, HIGH, seed)
        assert each is not None
        found.append(each)
    assert coverage(found) == 0.0
