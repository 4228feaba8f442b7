"""Which raw frames lie behind a measurement."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.records import JsonValue
from harness.render.frames import Frame, FrameLog, Frames


def log(*exchanges: tuple[int, int, str, bytes, bytes]) -> FrameLog:
    """Exchanges as (seq, bench time, port, sent, received)."""
    found = FrameLog()
    for seq, t_ns, port, sent, received in exchanges:
        found.take(seq, t_ns, port, sent.hex(), received.hex())
    return found


def behind(
    found: FrameLog, instrument: str, first_ns: int, last_ns: int, *causes: str
) -> tuple[Frames, ...]:
    budget: list[JsonValue] = [{"name": "weight", "cause": cause} for cause in causes]
    fields: dict[str, JsonValue] = {
        "instrument": instrument,
        "t_start_ns": first_ns,
        "t_end_ns": last_ns,
        "budget": budget,
    }
    return found.behind(fields)


WEIGHED = log(
    (3, 100, "balance", b"SI\r\n", b"S S 1 g\r\n"),
    (4, 150, "pump", b"\x01", b"\x02"),
    (5, 200, "balance", b"SI\r\n", b"S S 2 g\r\n"),
    (7, 300, "balance", b"SI\r\n", b"S S 3 g\r\n"),
    (8, 400, "balance", b"", b"S S 4 g\r\n"),
)


def test_first_and_last_frame_within_the_window_are_kept_as_they_were_read() -> None:
    (found,) = behind(WEIGHED, "balance and bench clock", 200, 400)

    assert (found.port, found.count) == ("balance", 3)
    assert found.first == Frame(5, 200, b"SI\r\n".hex(), b"S S 2 g\r\n".hex())
    assert found.last == Frame(8, 400, "", b"S S 4 g\r\n".hex())


def test_an_instrument_names_its_port_in_words() -> None:
    ports = {
        name: [found.port for found in behind(WEIGHED, name, 0, 999)]
        for name in ("pump's counter", "balance and pump's counter", "bench clock")
    }

    assert ports == {
        "pump's counter": ["pump"],
        "balance and pump's counter": ["balance", "pump"],
        "bench clock": ["balance", "pump"],
    }


def test_a_window_without_an_exchange_shows_none() -> None:
    assert behind(WEIGHED, "balance", 401, 999) == ()
    assert behind(WEIGHED, "pump", 151, 999) == ()


def test_the_readings_of_a_mean_are_those_with_its_very_time() -> None:
    _, mean = behind(WEIGHED, "balance", 0, 999, "balance: 3 readings about 200 ns")

    assert (mean.count, mean.first.seq, mean.last.seq) == (3, 3, 7)
    assert mean.what == "weight: the mean of these"


def test_no_frames_are_claimed_for_a_mean_that_fits_none() -> None:
    for cause in (
        "balance: 3 readings about 201 ns",
        "balance: 9 readings about 200 ns",
        "balance: 0 readings about 200 ns",
        "scale: 3 readings about 200 ns",
        "span of the balance",
    ):
        assert len(behind(WEIGHED, "balance", 0, 999, cause)) == 1


@given(
    st.lists(st.integers(1, 50), min_size=4, max_size=40),
    st.integers(1, 12),
    st.integers(0, 30),
)
def test_any_mean_of_readings_in_a_row_is_found_again(
    gaps: list[int], count: int, first: int
) -> None:
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    found = log(*((n + 1, t, "balance", b"?", b"!") for n, t in enumerate(times)))
    chosen = times[first : first + count]
    if len(chosen) < count:
        return
    cause = f"balance: {count} readings about {sum(chosen) // count} ns"

    *_, mean = behind(found, "balance", 0, times[-1], cause)

    # Two stretches may have one mean to the nanosecond; then either has it.
    shown = times[mean.first.seq - 1 : mean.last.seq]
    assert len(shown) == mean.count == count
    assert sum(shown) // count == sum(chosen) // count
