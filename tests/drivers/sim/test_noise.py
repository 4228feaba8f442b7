"""Noise is a function of key and counter, and has the distribution it claims."""

from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from drivers.sim import noise

COUNTERS = st.integers(-(2**63), 2**63)
KEY = noise.derive(7, "test")


@given(COUNTERS)
def test_uniform_excludes_both_ends(counter: int) -> None:
    assert 0 < noise.uniform(KEY, counter) < 1


def test_uniform_is_uniform() -> None:
    sample = [noise.uniform(KEY, i) for i in range(5_000)]
    assert stats.kstest(sample, "uniform").pvalue > 1e-3


def test_gaussian_is_standard_normal() -> None:
    sample = [noise.gaussian(KEY, i) for i in range(5_000)]
    assert stats.kstest(sample, "norm").pvalue > 1e-3


def test_neighbouring_counters_are_independent() -> None:
    sample = [noise.gaussian(KEY, i) for i in range(5_000)]
    assert abs(stats.pearsonr(sample[:-1], sample[1:]).statistic) < 0.05


def test_seed_and_every_label_change_the_key() -> None:
    keys = [
        noise.derive(1, "a"),
        noise.derive(2, "a"),
        noise.derive(1, "b"),
        noise.derive(1, "a", "b"),
        noise.derive(1, "ab"),
        noise.derive(1, "a", ""),
    ]
    assert len(set(keys)) == len(keys)


def test_the_numbers_stay_what_they_are() -> None:
    """A change of these changes every stored simulated run."""
    key = noise.derive(1, "case", "x", "balance noise")
    assert key.hex() == "f0a0bd7eecbc5347a18016c05533b1a2"
    assert [round(noise.uniform(key, i), 6) for i in range(3)] == [
        0.665438,
        0.579236,
        0.149061,
    ]
    assert [round(noise.gaussian(key, i), 6) for i in range(3)] == [
        0.475567,
        -0.885152,
        1.774406,
    ]
