import math

import GTC
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import MeasurementRefused, UnitError
from harness.metrology.ambient import Ambient, air_change, between
from harness.metrology.budget import Estimate
from harness.metrology.buoyancy import VolumeReference
from harness.metrology.gravimetry import (
    BalanceSpec,
    Blank,
    GravimetricMethod,
    Vessel,
    Weighing,
)
from harness.metrology.measurement import Measurement, ratio
from harness.metrology.plateau import Plateau
from harness.units import Quantity, magnitude, ureg

HOUR_NS = 3_600_000_000_000
NG = 1_000_000.0
IDEAL_BALANCE = BalanceSpec(0.0, 0.0, 0.0, 0.0)
BALANCE = BalanceSpec(
    readability_ng=0.01 * NG,
    repeatability_ng=0.015 * NG,
    zero_drift_ng_per_h=0.01 * NG,
    u_sensitivity=1e-5,
)
DRY_VESSEL = Vessel(0.0, 0.0, 20.0, 0.0, 0.0, 0.0, 0.0)
VESSEL = Vessel(
    load_volume_ml=20.0,
    u_load_volume_ml=0.5,
    inner_mm=20.0,
    u_inner_mm=0.1,
    needle_mm=0.5,
    u_needle_mm=0.02,
    contact_line_ng=0.02 * NG,
)
ROOM = Ambient(
    air_temperature_c=21.5,
    liquid_temperature_c=21.0,
    pressure_hpa=1005.0,
    humidity_percent=50.0,
    u_air_temperature_c=0.5 / math.sqrt(3),
    u_liquid_temperature_c=0.2 / math.sqrt(3),
    u_pressure_hpa=1.0,
    u_humidity_percent=5.0,
)
LOW_PRESSURE = Ambient(21.5, 21.0, 995.0, 50.0, 0.3, 0.1, 1.0, 5.0)
LOSS = Estimate(0.05, 0.02, 4, ())


def ml(value: float) -> Quantity:
    return ureg.Quantity(value, "mL")


def weighing(
    mass_mg: float, hours: float, s_mg: float = 0.0, n: int = 10, room: Ambient = ROOM
) -> Weighing:
    plateau = Plateau(mass_mg * NG, round(hours * HOUR_NS), s_mg * NG, n)
    return Weighing(plateau, room)


def blank(slope_mg_per_h: float, start_h: float = 0.0, s_mg: float = 0.015) -> Blank:
    end = weighing(slope_mg_per_h * 2.0, start_h + 2.0, s_mg)
    return Blank(weighing(0.0, start_h, s_mg), end)


def microlitres(measurement: Measurement) -> float:
    return magnitude(measurement.value, "µL")


def test_worked_vector_of_a_day_at_two_microlitres_an_hour() -> None:
    method = GravimetricMethod("balance", IDEAL_BALANCE, DRY_VESSEL)
    s = 0.01 * math.sqrt(10)
    volume = method.delivered(
        weighing(0.0, 0.0, s), weighing(48.0, 24.0, s), LOSS, ml(0.01)
    )
    day = Measurement(
        ureg.Quantity(24.0, "h"),
        ureg.Quantity(1e-4, "h"),
        math.inf,
        (),
        "clock",
        0,
        24 * HOUR_NS,
    )

    flow = ratio(volume, day, "µL/h")
    expanded, k = flow.expanded()

    assert magnitude(flow.value, "µL/h") == pytest.approx(2.056252, abs=5e-7)
    assert magnitude(flow.u, "µL/h") == pytest.approx(0.020070, abs=5e-7)
    assert flow.dof == pytest.approx(4.007, abs=5e-4)
    assert k == pytest.approx(2.776, abs=5e-4)
    assert magnitude(expanded, "µL/h") == pytest.approx(0.0557, abs=5e-5)
    contributions = {line.source.name: line.contribution for line in flow.budget}
    assert contributions["evaporation"] == pytest.approx(0.02006, abs=5e-6)
    assert contributions["weight at the start"] == pytest.approx(0.00042, abs=5e-6)
    assert contributions["weight at the end"] == pytest.approx(0.00042, abs=5e-6)
    assert contributions["liquid temperature"] < 6e-5


def test_the_whole_model_agrees_with_gtc() -> None:
    method = GravimetricMethod("balance", BALANCE, VESSEL, VolumeReference.BODY)
    volume = method.delivered(
        weighing(100.0, 0.0, 0.02),
        weighing(148.0, 24.0, 0.03, 20, LOW_PRESSURE),
        LOSS,
        ml(0.01),
    )

    def air(t: object, p: object, h: object) -> object:
        # The short formula: an independent one, whose derivatives are close enough.
        kelvin = t + 273.15  # type: ignore[operator]
        return (0.34848 * p - 0.009 * h * GTC.exp(0.061 * t)) / kelvin  # type: ignore[operator]

    def water(t: object) -> object:
        squared = (t - 3.983035) * (t - 3.983035)  # type: ignore[operator]
        above = squared * (t + 301.797)  # type: ignore[operator]
        return 999.97495 * (1 - above / (522528.9 * (t + 69.34881)))  # type: ignore[operator]

    root3 = math.sqrt(3)
    start = GTC.ureal(100.0, 0.02 / math.sqrt(10), 9)
    end = GTC.ureal(148.0, 0.03 / math.sqrt(20), 19)
    before = [GTC.ureal(*pair) for pair in ((21.5, 0.5 / root3), (1005, 1), (50, 5))]
    after = [GTC.ureal(*pair) for pair in ((21.5, 0.3), (995, 1), (50, 5))]
    change = air(*after) - air(*before)  # type: ignore[operator]
    load = GTC.ureal(20, 0.5)
    readability = GTC.ureal(0, 0.01 / math.sqrt(6))
    line = GTC.ureal(0, 0.02 / root3)
    gained = end - start + load * change + readability
    mass = gained + GTC.ureal(0.05, 0.02, 4) * 24 + line
    liquid = GTC.ureal(21, 0.2 / root3)
    mean_air = air(
        GTC.ureal(21.5, 0.5 / root3),
        GTC.ureal(1000, math.hypot(1, 10 / math.sqrt(12))),
        GTC.ureal(50, 5),
    )
    weights = GTC.ureal(8000, 100 / root3)
    z = (1 - mean_air / weights) / (water(liquid) - mean_air)  # type: ignore[operator]
    needle = 1 - (GTC.ureal(0.5, 0.02) / GTC.ureal(20, 0.1)) ** 2
    thermal = water(liquid) / 993.3289547662828  # type: ignore[operator]
    oracle = mass * z * needle * thermal * GTC.ureal(1, 1e-5)

    assert magnitude(volume.value, "mL") == pytest.approx(oracle.x, rel=2e-5)
    assert magnitude(volume.u, "mL") == pytest.approx(oracle.u, rel=1e-4)
    assert volume.dof == pytest.approx(oracle.df, rel=1e-3)


@given(
    st.floats(1.0, 1000.0),
    st.floats(-5.0, 5.0),
    st.floats(0.0, 0.05),
    st.floats(0.5, 2),
)
def test_a_known_delivery_is_found_again(
    delivered_ul: float, weather_hpa: float, loss_mg_per_h: float, needle_mm: float
) -> None:
    # Forward: what a display would show, by the short air formula and plain arithmetic.
    def air(pressure_hpa: float) -> float:
        moisture = 0.009 * 50 * math.exp(0.061 * 21.5)
        return (0.34848 * pressure_hpa - moisture) / 294.65

    water, hours, load_ml = 997.9948, 24.0, 20.0
    end_hpa = 1005.0 + weather_hpa
    mean_air = (air(1005.0) + air(end_hpa)) / 2
    in_air = delivered_ul * (water - mean_air) / 1000 / (1 - mean_air / 8000)
    shown = in_air / (1 - (needle_mm / 20.0) ** 2)
    shown -= loss_mg_per_h * hours + load_ml * (air(end_hpa) - air(1005.0))
    room = Ambient(21.5, 21.0, end_hpa, 50.0, 0.3, 0.1, 1.0, 5.0)
    vessel = Vessel(load_ml, 0.5, 20.0, 0.1, needle_mm, 0.02, 0.0)
    method = GravimetricMethod("balance", BALANCE, vessel)

    volume = method.delivered(
        weighing(0.0, 0.0, 0.01),
        weighing(shown, hours, 0.01, room=room),
        Estimate(loss_mg_per_h, 0.001, 10, ()),
        ml(0.01),
    )

    found = microlitres(volume)
    assert found == pytest.approx(delivered_ul, rel=1e-5, abs=2e-3)


def test_the_measurement_covers_the_time_between_the_centroids() -> None:
    method = GravimetricMethod("balance 1", BALANCE, VESSEL)
    volume = method.delivered(weighing(0, 1), weighing(10, 3), LOSS, ml(0.01))
    assert (volume.t_start_ns, volume.t_end_ns) == (HOUR_NS, 3 * HOUR_NS)
    assert volume.instrument == "balance 1"


def test_body_temperature_is_stated_only_on_request() -> None:
    volumes = [
        microlitres(
            GravimetricMethod("balance", BALANCE, VESSEL, reference).delivered(
                weighing(0, 0), weighing(1000, 1), LOSS, ml(0.01)
            )
        )
        for reference in (VolumeReference.AS_MEASURED, VolumeReference.BODY)
    ]
    assert volumes[1] / volumes[0] == pytest.approx(997.9948 / 993.3290, rel=1e-6)


def test_a_lucky_plateau_is_not_believed() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    volume = method.delivered(
        weighing(0, 0, s_mg=0.0), weighing(10, 1, s_mg=0.0), LOSS, ml(0.01)
    )
    by_name = {line.source.name: line.source.u for line in volume.budget}
    assert by_name["weight at the start"] == pytest.approx(0.015 / math.sqrt(10))
    assert by_name["readability"] == pytest.approx(0.01 / math.sqrt(6))


def test_evaporation_is_the_mean_loss_of_two_blanks() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    estimate = method.evaporation(blank(-0.04), blank(-0.10, 26.0))

    reading = math.sqrt(2) * 0.015 / math.sqrt(10)
    slope = math.hypot(reading, 0.01 / math.sqrt(6)) / 2.0
    change = 0.06 / (2 * math.sqrt(3))
    floor = 0.01 / math.sqrt(3)
    assert estimate.value == pytest.approx(0.07)
    assert estimate.u == pytest.approx(math.hypot(slope / math.sqrt(2), change, floor))
    assert estimate.u >= 0.06 / (2 * math.sqrt(3))


def test_equal_blanks_leave_the_stated_floor() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    estimate = method.evaporation(blank(-0.05), blank(-0.05, 26.0))
    assert estimate.u >= 0.01 / math.sqrt(3)


def test_weather_in_a_blank_is_not_taken_for_evaporation() -> None:
    method = GravimetricMethod("balance", BALANCE, VESSEL)
    # Pressure falls by 10 hPa: 20 mL of load appear 0.236 mg heavier.
    fallen = Blank(weighing(0, 0, 0.015), weighing(0.236, 2, 0.015, room=LOW_PRESSURE))
    estimate = method.evaporation(fallen, blank(0.0, 26.0))
    assert estimate.value == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("leaking", [0, 1])
def test_a_leak_in_either_blank_is_refused(leaking: int) -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    blanks = [blank(-0.2), blank(-0.2, 26.0)]
    blanks[leaking] = blank(0.1, 26.0 * leaking)
    with pytest.raises(MeasurementRefused, match="leak"):
        method.evaporation(*blanks)


def test_noise_about_zero_is_no_leak() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    estimate = method.evaporation(blank(0.002), blank(0.001, 26.0))
    assert estimate.value == pytest.approx(-0.0015)


def test_a_gain_handed_in_as_evaporation_is_refused() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    gain = Estimate(-0.1, 0.02, 20, ())
    with pytest.raises(MeasurementRefused, match="leak"):
        method.delivered(weighing(0, 0), weighing(10, 1), gain, ml(0.01))


def test_a_correction_beyond_a_third_of_the_tolerance_is_refused() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    ends = weighing(0, 0), weighing(48, 24)
    # 24 h at 0.05 mg/h are 1.2036 µL.
    accepted = method.delivered(*ends, LOSS, ureg.Quantity(3.62, "µL"))
    assert microlitres(accepted) == pytest.approx(49.35, abs=0.01)
    with pytest.raises(MeasurementRefused, match="cover the vessel"):
        method.delivered(*ends, LOSS, ureg.Quantity(3.60, "µL"))


@pytest.mark.parametrize("rate", [math.nan, math.inf])
def test_an_evaporation_that_is_no_number_is_refused(rate: float) -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    with pytest.raises(MeasurementRefused):
        method.delivered(
            weighing(0, 0), weighing(48, 24), Estimate(rate, 0.02, 4, ()), ml(1)
        )


def test_weighings_in_the_wrong_order_are_refused() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    with pytest.raises(MeasurementRefused, match="not later"):
        method.delivered(weighing(0, 2), weighing(10, 1), LOSS, ml(1))


def test_the_tolerance_needs_a_volume() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    ends = weighing(0, 0), weighing(10, 1)
    with pytest.raises(UnitError):
        method.delivered(*ends, LOSS, ureg.Quantity(1.0, "mg"))
    with pytest.raises(TypeError):
        method.delivered(*ends, LOSS, 1.0)  # type: ignore[arg-type]


def test_changing_conditions_widen_the_mean() -> None:
    pressure = between(ROOM, LOW_PRESSURE)[2]
    assert pressure.value == 1000.0
    assert pressure.u == pytest.approx(math.hypot(1.0, 10 / math.sqrt(12)))


def test_air_change_has_the_sign_of_the_pressure() -> None:
    change = air_change(ROOM, LOW_PRESSURE)
    assert change.value == pytest.approx(-0.0118, abs=1e-4)
    assert change.u > 0.0
