import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from harness.errors import ConfigurationError, MeasurementRefused
from harness.flow.bolus import bolus_statistics, boluses
from harness.flow.jumps import Search
from harness.flow.noise import Noise
from harness.flow.series import WeightSeries

BASAL_G_PER_S = 10e-3 / 3600.0
NOISE = Noise(0.015e-3, 0.0005e-3)
DIGIT_G = 1e-5
TAU_S = 2.0


def recording(
    given_boluses: list[tuple[float, float, float]], seed: int, basal: float = 1.0
) -> WeightSeries:
    """An hour at 10 mg/h with boluses (start s, length s, mg), as a balance shows."""
    t_s = np.arange(0.0, 3600.0)
    true = basal * BASAL_G_PER_S * t_s
    for start_s, length_s, milligrams in given_boluses:
        share = np.clip((t_s - start_s) / length_s, 0.0, 1.0)
        true = true + 1e-3 * milligrams * share
    keep = np.exp(-1.0 / TAU_S)
    shown = lfilter([1.0 - keep], [1.0, -keep], true)
    rng = np.random.Generator(np.random.PCG64(seed))
    shown += np.cumsum(NOISE.walk_g_per_sqrt_s * rng.standard_normal(t_s.size))
    shown += NOISE.white_g * rng.standard_normal(t_s.size)
    return WeightSeries(t_s, np.round(shown / DIGIT_G) * DIGIT_G)


def test_a_bolus_of_50_mg_is_measured_without_bias() -> None:
    errors, stated = [], []
    for seed in range(150):
        (found,) = boluses(recording([(1800, 60, 50.0)], seed), Search(), NOISE)
        errors.append(1e3 * found.mass_g - 50.0)
        stated.append(1e3 * found.u_g)
        assert abs(found.start_s - 1800.0) <= 12.0
        assert abs(found.end_s - 1860.0) <= 12.0
    assert np.mean(errors) == pytest.approx(0.0, abs=4 * 0.0067 / np.sqrt(150))
    assert np.std(errors) == pytest.approx(0.0067, rel=0.2)
    assert np.std(errors) <= np.mean(stated) <= 0.02


@pytest.mark.parametrize("milligrams", [1.0, 2.0, 5.0, 20.0, 50.0])
@pytest.mark.parametrize("commanded", [False, True])
def test_every_bolus_from_1_to_50_mg_is_found(
    milligrams: float, commanded: bool
) -> None:
    starts = (600.0, 1200.0, 1800.0, 2400.0, 3000.0)
    search = Search(commands_s=starts if commanded else None)
    for seed in range(12):
        series = recording([(start, 5, milligrams) for start in starts], seed)
        found = boluses(series, search, NOISE)
        assert len(found) == 5
        assert all(each.detected for each in found)
        for each, start in zip(found, starts, strict=True):
            assert abs(each.start_s - start) <= 12.0
            assert each.mass_g == pytest.approx(1e-3 * milligrams, abs=5 * each.u_g)


@pytest.mark.parametrize("noise", [NOISE, Noise(0.0)])
def test_nothing_is_found_where_nothing_was_given(noise: Noise) -> None:
    found = [boluses(recording([], seed), Search(), noise) for seed in range(100)]
    assert sum(map(len, found)) == 0


def test_one_digit_of_a_calm_balance_is_no_bolus_once_its_noise_is_known() -> None:
    t_s = np.arange(0.0, 2000.0)
    series = WeightSeries(t_s, np.where(t_s < 1000, 5.0, 5.0001))
    assert len(boluses(series, Search())) == 1
    assert not boluses(series, Search(), Noise(1e-4 / np.sqrt(12.0)))


def test_a_commanded_bolus_that_never_came_counts_as_nothing() -> None:
    series = recording([(600, 5, 10.0)], 1)
    given_one, missing = boluses(series, Search(commands_s=(600.0, 2000.0)), NOISE)
    assert given_one.detected
    assert not missing.detected
    assert missing.mass_g == pytest.approx(0.0, abs=5 * missing.u_g)
    assert missing.u_g < 0.1e-3


def test_only_the_time_after_a_command_is_looked_at() -> None:
    series = recording([(600, 5, 10.0), (2000, 5, 20.0)], 1)
    (found,) = boluses(series, Search(commands_s=(2000.0,)), NOISE)
    assert found.mass_g == pytest.approx(0.02, abs=5 * found.u_g)


def test_the_basal_flow_is_taken_out_or_left_in_as_asked() -> None:
    series = recording([(1200, 600, 50.0)], 4, basal=100.0)
    (without,) = boluses(series, Search(), NOISE)
    (with_basal,) = boluses(series, Search(keep_basal=True), NOISE)
    assert without.mass_g == pytest.approx(0.05, abs=5 * without.u_g)
    length_s = without.end_s - without.start_s
    more = with_basal.mass_g - without.mass_g
    assert more == pytest.approx(100.0 * BASAL_G_PER_S * length_s, rel=1e-3)
    assert (without.basal_included, with_basal.basal_included) == (False, True)


def test_a_known_basal_flow_is_used() -> None:
    series = recording([(1800, 5, 10.0)], 5)
    (estimated,) = boluses(series, Search(), NOISE)
    (known,) = boluses(series, Search(basal_g_per_s=BASAL_G_PER_S), NOISE)
    assert known.u_g < estimated.u_g
    assert known.mass_g == pytest.approx(0.01, abs=4 * known.u_g)


@given(
    jump=st.floats(1e-3, 10.0), basal=st.floats(0.0, 1e-4), at=st.integers(100, 1800)
)
def test_a_noiseless_jump_is_exact(jump: float, basal: float, at: int) -> None:
    t_s = np.arange(0.0, 2000.0)
    series = WeightSeries(t_s, basal * t_s + jump * (t_s >= at))
    (found,) = boluses(series, Search())
    assert found.mass_g == pytest.approx(jump, rel=1e-9)
    assert (found.start_s, found.end_s) == (at - 1, at)


def test_boluses_too_close_for_a_plateau_are_refused() -> None:
    t_s = np.arange(0.0, 2000.0)
    mass = np.where(t_s < 1000, 0.0, np.where(t_s < 1045, 0.05, 0.1))
    with pytest.raises(MeasurementRefused, match="between the boluses at 999 and 1044"):
        boluses(WeightSeries(t_s, mass), Search())


@pytest.mark.parametrize(("at", "place"), [(15, "before"), (1980, "after")])
def test_a_bolus_at_the_edge_is_refused(at: float, place: str) -> None:
    t_s = np.arange(0.0, 2000.0)
    with pytest.raises(MeasurementRefused, match=f"{place} the bolus"):
        boluses(WeightSeries(t_s, np.where(t_s < at, 0.0, 0.05)), Search())


def test_a_basal_flow_that_cannot_be_seen_must_be_given() -> None:
    t_s = np.arange(0.0, 110.0)
    series = WeightSeries(t_s, np.where(t_s < 60, 0.0, 0.05))
    with pytest.raises(MeasurementRefused, match="give the basal rate"):
        boluses(series, Search())
    (found,) = boluses(series, Search(basal_g_per_s=0.0))
    assert found.mass_g == pytest.approx(0.05)


def test_a_command_beyond_the_recording_is_refused() -> None:
    series = recording([(600, 5, 10.0)], 1)
    with pytest.raises(MeasurementRefused, match="after the command at 3580 s"):
        boluses(series, Search(commands_s=(600.0, 3580.0)))


def test_a_recording_shorter_than_the_lag_is_refused() -> None:
    t_s = np.arange(0.0, 40.0)
    with pytest.raises(MeasurementRefused, match="40 readings are too few"):
        boluses(WeightSeries(t_s, t_s), Search())


def test_a_search_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="lag of 0"):
        Search(lag=0)
    with pytest.raises(ConfigurationError, match="threshold"):
        Search(threshold=0.0)
    with pytest.raises(ConfigurationError, match="command at 30 s is within 60 s"):
        Search(commands_s=(0.0, 30.0))


def test_25_boluses_by_hand() -> None:
    volumes = [0.050] * 23 + [0.056, 0.047]
    found = bolus_statistics(volumes, 0.050)
    assert (found.count, found.remark) == (25, "")
    assert found.mean_ml == pytest.approx(0.05012)
    assert found.mean_deviation_percent == pytest.approx(0.24)
    assert found.largest_percent == pytest.approx(12.0)
    assert found.smallest_percent == pytest.approx(-6.0)


def test_extremes_keep_their_sign_when_all_are_too_small() -> None:
    found = bolus_statistics([0.98, 0.99], 1.0)
    assert found.largest_percent == pytest.approx(-1.0)
    assert found.smallest_percent == pytest.approx(-2.0)


@pytest.mark.parametrize("count", [1, 24, 26])
def test_another_number_than_25_is_said(count: int) -> None:
    assert (
        bolus_statistics([1.0] * count, 1.0).remark == f"{count} boluses instead of 25"
    )


def test_no_bolus_has_no_statistics() -> None:
    with pytest.raises(ConfigurationError, match="no bolus is given"):
        bolus_statistics([], 1.0)
