import pytest

from harness.errors import ConfigurationError
from harness.flow.methods import (
    Edition,
    Method,
    ambulatory_1,
    ambulatory_2,
    by_the_hour,
    stabilisation_s,
    without_method,
)

MIN = 60.0
HOUR = 3600.0


@pytest.mark.parametrize("method", [Method.VOLUMETRIC, Method.SYRINGE])
def test_the_second_hour_at_half_minutes(method: Method) -> None:
    scheme = by_the_hour(method, Edition.FIRST)
    assert scheme.interval_s == 0.5 * MIN
    assert scheme.windows_s == (2 * MIN, 5 * MIN, 11 * MIN, 19 * MIN, 31 * MIN)
    assert (scheme.start_s, scheme.end_s) == (HOUR, 2 * HOUR)
    assert (scheme.start_up_every, scheme.start_up_end_s) == (1, 2 * HOUR)


def test_a_continuous_ambulatory_pump_takes_25_hours() -> None:
    scheme = ambulatory_1(Edition.FIRST, 24 * HOUR)
    assert scheme.interval_s == 15 * MIN
    assert scheme.windows_s == tuple(MIN * p for p in (15, 60, 150, 330, 570, 930))
    assert (scheme.start_s, scheme.end_s) == (24 * HOUR, 49 * HOUR)
    assert scheme.start_up_every * scheme.interval_s == 30 * MIN


def test_a_stabilisation_ends_on_a_sample() -> None:
    assert ambulatory_1(Edition.FIRST, 901.0).start_s == 30 * MIN
    assert ambulatory_1(Edition.FIRST, 900.0).start_s == 15 * MIN


@pytest.mark.parametrize(
    ("cycle_s", "interval_s"),
    [(180.0, 180.0), (31.0, 31.0), (30.0, 30.0), (20.0, 40.0), (10.0, 30.0), (7.0, 28)],
)
def test_shots_are_sampled_every_so_many_whole_cycles(
    cycle_s: float, interval_s: float
) -> None:
    scheme = ambulatory_2(Edition.FIRST, 0.0, cycle_s, None)
    assert scheme.interval_s == pytest.approx(interval_s)
    shares = [window / scheme.interval_s for window in scheme.windows_s]
    assert shares == pytest.approx([1, 2, 5, 11, 19, 31])
    assert scheme.end_s - scheme.start_s == pytest.approx(100 * interval_s)
    assert scheme.shot_cycle_s == cycle_s


@pytest.mark.parametrize(
    ("rate", "container", "hours"),
    [(1.0, None, 24.0), (1.0, 20.0, 10.0), (1.0, 100.0, 24.0), (10.0, 50.0, 2.5)],
)
def test_half_the_container_or_a_day(
    rate: float, container: float | None, hours: float
) -> None:
    assert stabilisation_s(rate, container) == pytest.approx(hours * HOUR)


def test_an_empty_container_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"container volume: 0\.0"):
        stabilisation_s(1.0, 0.0)


@pytest.mark.parametrize(
    ("method", "first", "second"),
    [
        (Method.VOLUMETRIC, "50.102", "201.12.1.102"),
        (Method.SYRINGE, "50.102", "201.12.1.102"),
    ],
)
def test_the_edition_stands_in_the_text(
    method: Method, first: str, second: str
) -> None:
    older = by_the_hour(method, Edition.FIRST).text
    assert older == f"method adapted from IEC 60601-2-24:1998, clause {first}"
    newer = by_the_hour(method, Edition.SECOND).text
    assert f"IEC 60601-2-24:2012, clause {second}" in newer
    assert newer.endswith("leaves the sample interval open: 30 s here")


def test_another_interval_than_prescribed_is_said() -> None:
    text = by_the_hour(Method.SYRINGE, Edition.FIRST, 60.0).text
    assert text.endswith("with a sample interval of 1 min instead of 30 s")
    assert "50.104" in ambulatory_1(Edition.FIRST, 0.0).text
    assert "50.105" in ambulatory_2(Edition.FIRST, 0.0, 60.0, None).text
    assert "201.12.1.103" in ambulatory_1(Edition.SECOND, 0.0).text


def test_own_windows_claim_no_standard() -> None:
    scheme = without_method(2 * MIN, (4 * MIN,), 3 * HOUR)
    assert "IEC" not in scheme.text
    assert (scheme.start_s, scheme.end_s) == (0.0, 3 * HOUR)
    assert scheme.start_up_end_s == 2 * HOUR
