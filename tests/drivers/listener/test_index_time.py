"""Bounds on when a sample was taken."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.listener.index_time import Sighting

S = 1_000_000_000


@given(
    ppm=st.integers(-100, 100),
    began_ns=st.integers(0, 10**18),
    seen=st.integers(0, 10**9),
    asked=st.integers(0, 10**9),
    before_ns=st.integers(0, S),
    after_ns=st.integers(0, S),
)
def test_the_true_time_lies_within_the_bounds(
    ppm: int, began_ns: int, seen: int, asked: int, before_ns: int, after_ns: int
) -> None:
    def true_ns(sample: int) -> int:
        return began_ns + sample * 125_000 * (1_000_000 + ppm) // 1_000_000

    sighting = Sighting(seen, true_ns(seen) - before_ns, true_ns(seen) + after_ns)
    t_ns, u_ns = sighting.when(asked)
    assert abs(true_ns(asked) - t_ns) <= u_ns + 2
    second = Sighting(asked, true_ns(asked) - 1, true_ns(asked) + 1)
    assert sighting.agrees(second)


def test_a_counter_that_jumped_does_not_agree() -> None:
    sighting = Sighting(80_000, 10 * S, 10 * S + 1_000_000)
    assert sighting.agrees(Sighting(160_000, 20 * S, 20 * S + 1_000_000))
    assert not sighting.agrees(Sighting(0, 20 * S, 20 * S + 1_000_000))
    assert not sighting.agrees(Sighting(160_100, 20 * S, 20 * S + 1_000_000))
