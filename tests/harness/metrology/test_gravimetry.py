import math
from dataclasses import replace
from itertools import pairwise

import GTC
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import MeasurementRefused, UnitError
from harness.metrology import monte_carlo
from harness.metrology.ambient import Ambient, SensorErrors, air_change, between
from harness.metrology.budget import Estimate, evaluate
from harness.metrology.buoyancy import VolumeReference
from harness.metrology.certificate import Certificate, Point
from harness.metrology.gravimetry import (
    BalanceSpec,
    Blank,
    GravimetricMethod,
    Vessel,
    Weighing,
)
from harness.metrology.inputs import Input
from harness.metrology.measurement import Measurement, error_percent, ratio
from harness.metrology.plateau import Plateau, plateau
from harness.metrology.student import coverage_factor
from harness.readings import WeightReading
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


def losing(mg_per_h: float, u: float = 0.02, dof: float = 4) -> Estimate:
    rate = Input("evaporation", mg_per_h, u, "mg/h", dof=dof)
    return evaluate(lambda e: e, (rate,))


LOSS = losing(0.05)


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
        losing(loss_mg_per_h, 0.001, 10),
        ml(0.1),
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
    gain = losing(-0.1, 0.02, 20)
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
        method.delivered(weighing(0, 0), weighing(48, 24), losing(rate), ml(1))


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


def test_a_reading_in_between_is_a_part_of_the_mean() -> None:
    cold = replace(ROOM, liquid_temperature_c=18.0)
    liquid = between(ROOM, ROOM, [cold])[0]
    assert liquid.value == pytest.approx(20.0)
    assert liquid.u == pytest.approx(math.hypot(0.2 / math.sqrt(3), 3 / math.sqrt(12)))


def test_what_a_sensor_shows_too_much_cancels_in_the_change_of_air() -> None:
    sensor = SensorErrors(u_pressure_hpa=10.0)
    early, late = (replace(each, sensor=sensor) for each in (ROOM, LOW_PRESSURE))
    alone, shared = air_change(ROOM, LOW_PRESSURE).u, air_change(early, late).u
    assert shared == pytest.approx(alone, rel=1e-3)
    # Two independent errors of 10 hPa would be a hundredth of the density each.
    assert shared < 0.2 * 1.18 * 10 / 1005 * math.sqrt(2)


# --- what two results have in common ------------------------------------------------


def test_the_span_cancels_in_the_ratio_of_two_deliveries() -> None:
    spec = replace(BALANCE, u_sensitivity=0.01)
    method = GravimetricMethod("balance", spec, VESSEL)
    loss = losing(0.05, 1e-4)
    first = method.delivered(weighing(0, 0), weighing(100, 24), loss, ml(0.1))
    second = method.delivered(weighing(100, 24), weighing(200, 48), loss, ml(0.1))
    assert magnitude(first.u, "mL") > 0.01 * magnitude(first.value, "mL")
    error = error_percent(second, first)
    by_cause = {line.source.cause: line.contribution for line in error.budget}
    for cause in ("span of the balance", "density of the weights"):
        assert by_cause[cause] == pytest.approx(0.0, abs=1e-4)
    assert magnitude(error.u, "percent") < 0.3


def test_a_weighing_between_two_deliveries_counts_in_both() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    ends = [weighing(100.0 * i, 24.0 * i, 1.0) for i in range(3)]
    first, second = (method.delivered(*pair, LOSS, ml(0.1)) for pair in pairwise(ends))
    # The middle one is too high: the first grows and the second shrinks.
    middle = next(
        line
        for line in error_percent(second, first).budget
        if f"{24 * HOUR_NS} ns" in line.source.cause
    )
    u_mg = 1.0 / math.sqrt(10)
    assert middle.contribution == pytest.approx(2 * u_mg / 101.2 * 100.0, rel=1e-3)


# --- the certificate of the balance -------------------------------------------------

CERTIFICATE = Certificate(
    "load", "mg", (Point(1e4, 0.0, 0.02), Point(2e4, 0.4, 0.03), Point(3e4, 0.4, 0.03))
)
CALIBRATED = replace(BALANCE, tare_load_mg=15e3, certificate=CERTIFICATE)


def test_the_certificate_corrects_the_difference() -> None:
    plain = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    method = replace(plain, balance=CALIBRATED)
    ends = weighing(0, 0), weighing(1000, 1)
    before, after = (m.delivered(*ends, LOSS, ml(0.1)) for m in (plain, method))
    # From 15 g to 16 g the correction grows by a tenth of 0.4 mg.
    gained_mg = 0.04
    assert microlitres(after) - microlitres(before) == pytest.approx(
        gained_mg * microlitres(before) / 1000.05, rel=1e-3
    )
    added = [line for line in after.budget if "calibration of" in line.source.name]
    assert [line.source.name for line in added] == [
        "calibration of balance at 10 g",
        "calibration of balance at 20 g",
    ]
    # A tenth of each point's u.
    assert [line.contribution * 1000 for line in added] == pytest.approx(
        [0.002 * 1.003, 0.003 * 1.003], rel=1e-2
    )


def test_a_load_beyond_the_certificate_is_refused() -> None:
    method = GravimetricMethod("balance", CALIBRATED, DRY_VESSEL)
    with pytest.raises(MeasurementRefused, match="load of 30001 mg: the calibration"):
        method.delivered(weighing(0, 0), weighing(15001, 1), LOSS, ml(1))


def test_a_certificate_s_correction_is_held_against_the_tolerance() -> None:
    steep = Certificate("load", "mg", (Point(10e3, 0.0, 0.02), Point(20e3, 40.0, 0.02)))
    balance = replace(CALIBRATED, certificate=steep)
    plain = GravimetricMethod("balance", balance, DRY_VESSEL)
    ends = weighing(0, 0), weighing(5000, 1)
    # Half of 40 mg, which is 16.7 % of 120 µL.
    replace(plain, largest_share=0.18).delivered(*ends, LOSS, ml(0.12))
    with pytest.raises(MeasurementRefused, match=r"certificate of the balance of 20"):
        replace(plain, largest_share=0.15).delivered(*ends, LOSS, ml(0.12))


@pytest.mark.parametrize("times", [3, 30, 300])
def test_a_pump_that_gives_far_too_much_is_measured_not_refused(times: int) -> None:
    # A bolus of 20 µL with 2 µL of tolerance, and a needle whose correction grows.
    method = GravimetricMethod("balance", BALANCE, VESSEL)
    given_mg = 20.0 * times
    measured = method.delivered(weighing(0, 0), weighing(given_mg, 1), LOSS, ml(0.002))
    assert microlitres(measured) == pytest.approx(given_mg, rel=0.01)


# --- what may be corrected, and how little may be weighed ---------------------------


def test_the_share_that_may_be_corrected_can_be_set() -> None:
    plain = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    ends = weighing(0, 0), weighing(48, 24)
    # 24 h at 0.05 mg/h are 1.2 mg, which is 12 % of 10 µL.
    replace(plain, largest_share=0.13).delivered(*ends, LOSS, ml(0.01))
    with pytest.raises(MeasurementRefused, match="correction for evaporation"):
        replace(plain, largest_share=0.11).delivered(*ends, LOSS, ml(0.01))


def test_a_change_of_weather_beyond_its_share_is_refused() -> None:
    method = GravimetricMethod("balance", BALANCE, VESSEL)
    late = weighing(10, 1, room=LOW_PRESSURE)
    # 10 hPa at 20 mL are 0.24 mg.
    method.delivered(weighing(0, 0), late, LOSS, ml(0.001))
    with pytest.raises(MeasurementRefused, match=r"buoyancy of the load of -0\.23"):
        method.delivered(weighing(0, 0), late, LOSS, ml(0.0006))


def test_a_thick_needle_is_refused_where_it_decides() -> None:
    thick = replace(VESSEL, needle_mm=5.0)
    method = GravimetricMethod("balance", BALANCE, thick)
    ends = weighing(0, 0), weighing(1000, 1)
    method.delivered(*ends, LOSS, ml(0.2))
    # (5 / 20)^2 of 1000 mg is 62.5 mg.
    with pytest.raises(MeasurementRefused, match=r"immersed needle of -62\.5"):
        method.delivered(*ends, LOSS, ml(0.17))


def test_too_small_a_net_mass_names_the_one_that_would_do() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    ends = weighing(0, 0), weighing(2, 1)
    # u^2 = 2 (0.015^2 / 10) + 0.01^2 / 6 mg^2.
    u_mg = math.sqrt(2 * 0.015**2 / 10 + 0.01**2 / 6)
    dof = u_mg**4 / (2 * (0.015**2 / 10) ** 2 / 9)
    u95_mg = coverage_factor(dof) * u_mg
    enough, too_little = 10.01 * u95_mg, 9.99 * u95_mg
    z = 1.0030e-3
    method.delivered(*ends, losing(0.0), ml(enough * z))
    with pytest.raises(MeasurementRefused) as caught:
        method.delivered(*ends, losing(0.0), ml(too_little * z))
    assert "collect at least 1.001 times as much" in str(caught.value)
    with pytest.raises(MeasurementRefused, match=r"collect at least 1\.998 times"):
        method.delivered(*ends, losing(0.0), ml(enough * z / 2))
    # Of a pump that stands still, no share of what came would do.
    with pytest.raises(MeasurementRefused, match=r"collect at least 1\.998 times"):
        method.delivered(
            weighing(0, 0), weighing(0, 1), losing(0.0), ml(enough * z / 2)
        )


def test_a_flow_during_a_plateau_is_no_fault_of_the_balance() -> None:
    method = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    # 1 mg/s: nine seconds of it scatter by 3 mg about their mean, and not at all
    # about their line.
    readings = [WeightReading(i * 10**9, i * 10**6, stable=False) for i in range(10)]
    rising = plateau(readings)
    assert rising.s_ng == pytest.approx(3.03 * NG, rel=1e-2)
    assert rising.noise_ng == pytest.approx(0.0, abs=1.0)
    volume = method.delivered(
        Weighing(rising, ROOM), weighing(100, 1), losing(0.0), ml(0.003)
    )
    assert magnitude(volume.u, "µL") > 0.9


def test_a_loss_that_is_no_evaporation_is_refused() -> None:
    plain = GravimetricMethod("balance", BALANCE, DRY_VESSEL)
    method = replace(plain, largest_evaporation_mg_per_h=0.5)
    method.evaporation(blank(-0.4), blank(-0.4, 26.0))
    with pytest.raises(MeasurementRefused, match="whether the line drips beside"):
        method.evaporation(blank(-0.4), blank(-0.6, 26.0))


# --- beside a reference vessel --------------------------------------------------------


def beside(mass_mg: float, reference_mg: float, hours: float) -> Weighing:
    reference = Plateau(reference_mg * NG, round(hours * HOUR_NS), 0.015 * NG, 60)
    return replace(weighing(mass_mg, hours, 0.015, 60), reference=reference)


def beside_blank(mg_per_h: float, reference_mg_per_h: float, start_h: float) -> Blank:
    return Blank(
        beside(0.0, 0.0, start_h),
        beside(mg_per_h * 2, reference_mg_per_h * 2, start_h + 2.0),
    )


REFERENCED = GravimetricMethod("balance", BALANCE, DRY_VESSEL, reference_mismatch=0.05)


def test_evaporation_is_what_the_reference_lost_meanwhile() -> None:
    # Twice as dry in the run as in the blanks, which the blanks cannot know.
    blanks = beside_blank(-0.1, -0.1, 0.0), beside_blank(-0.1, -0.1, 30.0)
    start, end = beside(0.0, -0.2, 3.0), beside(45.0, -5.0, 27.0)
    rate = REFERENCED.evaporation_beside(start, end, *blanks)
    assert rate.value == pytest.approx(0.2)
    reading_mg = math.sqrt(2 * 0.015**2 / 60 + 0.01**2 / 6)
    drift = 0.01 / math.sqrt(3)
    assert rate.u == pytest.approx(
        math.hypot(reading_mg / 24, 0.2 * 0.05 / math.sqrt(3), drift, drift), rel=1e-3
    )


def test_a_reference_that_is_not_like_the_vessel_is_refused() -> None:
    unlike = beside_blank(-0.1, -0.3, 0.0)
    alike = beside_blank(-0.1, -0.1, 30.0)
    ends = beside(0.0, 0.0, 3.0), beside(45.0, -5.0, 27.0)
    for blanks in ((unlike, alike), (alike, unlike)):
        with pytest.raises(MeasurementRefused, match="make both vessels alike"):
            REFERENCED.evaporation_beside(*ends, *blanks)


def test_a_leak_is_found_beside_a_reference_too() -> None:
    leaking = beside_blank(0.1, -0.1, 0.0)
    ends = beside(0.0, 0.0, 3.0), beside(45.0, -5.0, 27.0)
    with pytest.raises(MeasurementRefused, match="something leaks"):
        REFERENCED.evaporation_beside(*ends, leaking, beside_blank(-0.1, -0.1, 30.0))


def test_a_weighing_without_its_reference_is_refused() -> None:
    with pytest.raises(MeasurementRefused, match="weigh both vessels"):
        REFERENCED.evaporation_beside(
            weighing(0, 3), weighing(45, 27), blank(-0.1), blank(-0.1, 30.0)
        )


# --- what is said ---------------------------------------------------------------------


def test_the_remarks_say_what_was_done() -> None:
    method = GravimetricMethod("balance", CALIBRATED, VESSEL, VolumeReference.BODY)
    volume = method.delivered(weighing(0, 0), weighing(48, 24), LOSS, ml(0.01))
    mass, corrections, state = volume.remarks
    assert mass.startswith("net mass 48.0019 mg")
    assert "USP <41>, for information: 30 mg" in mass
    # 1.2 mg of 10 µL, which are 9.9 mg at 37 °C.
    assert "evaporation +1.2 mg (12.1 %)" in corrections
    assert "immersed needle -0.03 mg (0.3 %)" in corrections
    assert "certificate of the balance +0.00192 mg (0.0 %)" in corrections
    assert state.startswith("volume at 37 °C, 21.00 °C in the vessel; air 1.18")


def test_the_whole_chain_survives_a_monte_carlo_run() -> None:
    method = GravimetricMethod("balance", CALIBRATED, VESSEL)
    rate = method.evaporation(blank(-0.05), blank(-0.06, 26.0))
    volume = method.delivered(
        weighing(0.0, 3, 0.015), weighing(48.0, 25, 0.015), rate, ml(0.01)
    )
    assert monte_carlo.check(volume).agrees


def test_usp_41_does_not_go_below_0_41_of_a_digit() -> None:
    assert BALANCE.usp_41_ng == pytest.approx(30.0 * NG)
    fine = replace(BALANCE, repeatability_ng=0.001 * NG)
    assert fine.usp_41_ng == pytest.approx(820 * 0.01 * NG)
