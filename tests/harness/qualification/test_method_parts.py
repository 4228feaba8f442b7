"""What is concluded from observations, each line by numbers made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.reader import Integrity
from harness.qualification import (
    latency,
    method_blank,
    method_dispenses,
    method_weights,
)
from harness.qualification.method_claims import Claims, Deadline, Tolerance
from harness.qualification.method_lines import Line, Standing
from harness.qualification.method_records import Observation, Session

CLAIMS = Claims(
    operator="A. Example",
    bench="bench 1",
    steps=(),
    repeatability_mg=0.02,
    zero_drift_mg_per_h=0.05,
    tolerance=Tolerance(0.10, 0.5, "flow.accuracy"),
    largest_u_share=1 / 3,
    deadline=Deadline(300.0, "alarm.deadline", 0.1),
    largest_delay_s={"pump, question to answer": 0.5},
    largest_gauge_share=0.3,
    fewest_categories=5,
    certificates={},
)


def session(*observations: Observation) -> Session:
    integrity = Integrity(1, complete=True, torn_tail=False, broken=None, head="0" * 64)
    return Session(Path("s"), {}, CLAIMS, observations, frozenset(), integrity)


def line(lines: list[Line], name: str) -> Line:
    return next(each for each in lines if each.name == name)


def weighings(item: str, *errors: float, noise: float = 0.02) -> list[Observation]:
    def on(name: str, value: float, u: float, width: float | None) -> Observation:
        lower = None if width is None else -width
        return Observation(name, item, value, u, "mg", "balance", lower, width)

    return [
        each
        for error in errors
        for each in (
            on(method_weights.ERROR, error, 0.005, 0.1),
            on(method_weights.RETURN, 0.01, 0.005, 0.1),
            on(method_weights.NOISE, noise, 0.0, None),
        )
    ]


def of_weights(*loads: list[Observation]) -> list[Line]:
    return list(method_weights.lines(session(*(o for load in loads for o in load))))


def test_good_weights_are_fit() -> None:
    lines = of_weights(
        weighings("5 g", 0.0, 0.01, -0.01),
        weighings("20 g", 0.01, 0.02, 0.0),
        weighings("50 g", 0.03, 0.02, 0.03),
    )
    assert {each.standing for each in lines} == {Standing.FIT}
    assert line(lines, "drift from the first to the last round").found.startswith(
        "-0.01 mg"
    )


def test_a_wrong_span_shows_at_the_load() -> None:
    lines = of_weights(
        weighings("5 g", 0.02, 0.02), weighings("50 g", 0.2, 0.2), weighings("9 g", 0.0)
    )
    assert line(lines, "error at 50 g").standing is Standing.UNFIT
    assert line(lines, "error at 5 g").standing is Standing.FIT
    # Once is no spread.
    assert line(lines, "error at 9 g").standing is Standing.INCONCLUSIVE


def test_a_bent_characteristic_shows_as_linearity() -> None:
    lines = of_weights(
        weighings("10 g", 0.0, 0.0),
        weighings("20 g", 0.15, 0.15),
        weighings("40 g", 0.0, 0.0),
    )
    # The line through zero has the slope 0.15 * 20 / (10² + 20² + 40²) = 1/700, so at
    # 20 g the departure is 0.15 - 20/700 = 0.1214 of 0.1 allowed.
    assert line(lines, "linearity").found.startswith("121%")
    assert line(lines, "linearity").standing is Standing.UNFIT


def test_a_noisy_balance_contradicts_its_claim() -> None:
    lines = of_weights(weighings("5 g", 0.0, 0.0, noise=0.05))
    assert line(lines, "noise of one reading").standing is Standing.UNFIT


def test_scatter_from_putting_to_putting_shows() -> None:
    lines = of_weights(weighings("5 g", *(0.09, -0.09) * 5))
    name = "repeatability of putting a weight on"
    assert line(lines, name).standing is Standing.UNFIT


def blank(slope: float) -> list[Observation]:
    return [
        Observation(
            method_blank.SLOPE, "1 h", slope, 0.005, "mg/h", "balance", -0.55, 0.05
        ),
        Observation(method_blank.NOISE, "1 h", 0.02, 0.0, "mg", "balance"),
    ]


def of_blanks(*slopes: float) -> list[Line]:
    return list(
        method_blank.lines(session(*(o for slope in slopes for o in blank(slope))))
    )


def test_quiet_blanks_are_fit() -> None:
    assert {each.standing for each in of_blanks(-0.01, -0.03)} == {Standing.FIT}


def test_an_evaporating_vessel_and_a_leak_show() -> None:
    for slope in (-0.7, 0.07):
        lines = of_blanks(slope, slope)
        assert line(lines, "drift of blank 1, 1 h").standing is Standing.UNFIT
        assert line(lines, "change of the drift between blanks").standing is (
            Standing.FIT
        )


def test_a_drift_that_changes_more_than_claimed_shows() -> None:
    lines = of_blanks(-0.01, -0.2)
    assert line(lines, "drift of blank 2, 1 h").standing is Standing.FIT
    assert line(lines, "change of the drift between blanks").standing is Standing.UNFIT
    single = of_blanks(-0.01)
    assert line(single, "change of the drift between blanks").standing is (
        Standing.INCONCLUSIVE
    )


def dispensed(*volumes: float, u: float = 0.0005) -> list[Line]:
    found = [
        each
        for volume in volumes
        for each in (
            Observation(
                method_dispenses.MEASURED, "0.5 mL", volume, u, "mL", "balance"
            ),
            Observation(
                method_dispenses.KNOWN, "0.5 mL", 0.5, 0.0005, "mL", "operator"
            ),
        )
    ]
    return list(method_dispenses.lines(session(*found)))


def test_e_n_by_hand() -> None:
    # The 1 µL of difference to U of 2 · 0.5 µL on either side.
    assert method_dispenses.e_n(1.0, 1.0, 1.0) == pytest.approx(2**-0.5)
    lines = dispensed(0.501, 0.501, 0.501)
    assert line(lines, "E_n at 0.5 mL").found.startswith("+0.71 in 3")
    assert {each.standing for each in lines} == {Standing.FIT}


def test_a_biased_dispense_shows() -> None:
    lines = dispensed(0.504, 0.504, 0.504)
    assert line(lines, "E_n at 0.5 mL").standing is Standing.UNFIT
    # Within a third of the tolerance it is still small enough.
    assert line(lines, "bias at 0.5 mL").standing is Standing.FIT
    assert line(dispensed(0.53, 0.53), "bias at 0.5 mL").standing is Standing.UNFIT


def test_one_dispense_decides_nothing() -> None:
    standings = {each.name: each.standing for each in dispensed(0.5)}
    assert standings["E_n at 0.5 mL"] is Standing.INCONCLUSIVE
    assert standings["bias at 0.5 mL"] is Standing.INCONCLUSIVE


def test_too_large_a_u_shows() -> None:
    lines = dispensed(0.5, 0.5, u=0.01)
    name = "U of one volume, the largest"
    assert line(lines, name).standing is Standing.UNFIT
    assert "4.00%" in line(lines, name).found


def delays(*seconds: float, channel: str = "pump, question to answer") -> list[Line]:
    found = [
        Observation(latency.DELAY, channel, each, 0.0, "s", "pump") for each in seconds
    ]
    return list(latency.lines(session(*found)))


@pytest.mark.parametrize(
    ("seconds", "standing"),
    [
        ([0.4] * 59, Standing.FIT),
        ([0.4] * 58, Standing.INCONCLUSIVE),
        ([0.2] * 10, Standing.FIT),
        ([0.1] * 59 + [0.6], Standing.INCONCLUSIVE),
        ([0.1] * 50 + [0.6] * 9, Standing.UNFIT),
        ([0.6] * 3, Standing.UNFIT),
    ],
)
def test_delays_against_what_was_declared(
    seconds: list[float], standing: Standing
) -> None:
    assert delays(*seconds)[0].standing is standing


def test_without_a_declared_limit_the_deadline_counts() -> None:
    slow = delays(*[31.0] * 3, channel="clamp, order to done")
    assert slow[0].standing is Standing.UNFIT
    assert "30 s, 10% of alarm.deadline" in slow[0].allowed


def test_what_is_left_of_the_deadline() -> None:
    budget = delays(0.1, 2.0)[-1]
    assert budget.standing is Standing.SHOWN
    assert budget.found.startswith("298 s")


def test_the_largest_of_59_bounds_95_percent() -> None:
    # Wilks: 59 is the fewest for 95 % of all with 95 % confidence.
    assert latency.covered(59) >= 0.95 > latency.covered(58)


def test_percentile_of_a_known_sample() -> None:
    assert latency.percentile(range(1, 101), 0.95) == 95
    assert latency.percentile([3.0], 0.95) == 3.0
