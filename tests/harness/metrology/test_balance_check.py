"""What a balance must show of itself on the day: limits by hand, doubt by U."""

import math

import pytest

from harness.metrology.balance_check import (
    CheckWeight,
    Finding,
    drift,
    error_at,
    return_to_zero,
)
from harness.metrology.certificate import Certificate, Point
from harness.metrology.plateau import Plateau
from harness.metrology.weighings import BalanceSpec, Vessel

NS_PER_H = 3_600_000_000_000
CERTIFICATE = Certificate(
    "load", "mg", (Point(10_000.0, 0.01, 0.03), Point(50_000.0, 0.05, 0.04))
)
SPEC = BalanceSpec(10_000.0, 15_000.0, 22_000.0, 5e-6, 15_000.0, CERTIFICATE)
VESSEL = Vessel(9.0, 1.0, 20.0, 0.05, 0.5, 0.01, 60_000.0)
WEIGHT = CheckWeight(20_000.0, 0.0125)


def shown(mass_mg: float, hours: float, s_ng: float = 0.0) -> Plateau:
    return Plateau(mass_mg * 1e6, round(hours * NS_PER_H), s_ng, 10, s_ng)


def error(shown_mg: float) -> Finding:
    # The zero creeps from 1.0 to 1.2 mg; the weight stands at three quarters of it.
    before, after = shown(1.0, 0.0), shown(1.2, 0.04)
    return error_at(WEIGHT, before, shown(1.15 + shown_mg, 0.03), after, SPEC)


def test_the_error_is_that_of_the_corrected_display_without_the_creeping_zero() -> None:
    found = error(20_000.1)

    # Corrections at 15 g and 35 g on the line between the two rows: +0.015, +0.035 mg.
    assert found.value == pytest.approx(0.1 + 0.035 - 0.015, abs=1e-9)
    # Three plateaus of ten readings at the stated 0.015 mg, and the weight.
    mean = 0.015 / math.sqrt(10)
    scatter = mean * math.sqrt(1 + 0.25**2 + 0.75**2)
    assert found.u == pytest.approx(math.hypot(scatter, 0.0125), rel=1e-9)
    # Twice the certificate's u at both loads, and of a span of 5 ppm of 20 g.
    allowed = 2 * math.sqrt(0.04**2 + 0.04**2 + 0.1**2)
    assert (found.lower, found.upper) == pytest.approx((-allowed, allowed))


@pytest.mark.parametrize(
    ("shown_mg", "holds"),
    [
        (19_999.98, True),
        (20_000.2, True),
        # Allowed are 0.2298 mg; U is 0.0278 mg.
        (20_000.0 + 0.2298 - 0.02 + 0.001, None),
        (20_000.0 + 0.2298 - 0.02 + 0.027, None),
        (20_000.0 + 0.2298 - 0.02 + 0.030, False),
        (20_000.0 - 0.2298 - 0.02 - 0.030, False),
        (math.nan, False),
    ],
)
def test_only_what_is_outside_by_more_than_u_is_wrong(
    shown_mg: float, holds: bool | None
) -> None:
    found = error(shown_mg)

    assert found.holds is holds
    if holds is None:
        assert "U does not tell" in found.statement


def test_without_a_certificate_the_span_alone_is_believed() -> None:
    bare = BalanceSpec(10_000.0, 15_000.0, 22_000.0, 1e-6)
    found = error_at(WEIGHT, shown(0, 0.0), shown(2e4, 0.01), shown(0, 0.02), bare)

    assert found.upper == pytest.approx(2 * 0.02)
    exact = BalanceSpec(10_000.0, 15_000.0, 22_000.0, 0.0)
    found = error_at(WEIGHT, shown(0, 0.0), shown(2e4, 0.01), shown(0, 0.02), exact)
    assert found.upper == pytest.approx(0.01)


def test_hands_may_move_the_meniscus_but_not_the_zero() -> None:
    found = return_to_zero(shown(1.0, 0.0), shown(1.1, 0.5), SPEC, VESSEL)

    assert found.value == pytest.approx(0.1)
    # Half an hour of drift, four standard deviations, and the meniscus either way.
    assert found.upper == pytest.approx(0.011 + 0.06 + 0.12)
    assert found.holds is True
    assert return_to_zero(shown(1, 0), shown(2, 0.5), SPEC, VESSEL).holds is False


@pytest.mark.parametrize(
    ("mg_per_h", "holds"),
    [(-0.5, True), (0.02, True), (0.1, False), (-0.6, False), (0.03, None)],
)
def test_a_blank_may_evaporate_but_not_gain(
    mg_per_h: float, holds: bool | None
) -> None:
    found = drift(shown(0.0, 0.0), shown(0.5 * mg_per_h, 0.5), SPEC, 0.5)

    assert found.value == pytest.approx(mg_per_h)
    assert found.holds is holds


def test_a_restless_balance_is_not_believed_more_than_it_states() -> None:
    calm = drift(shown(0, 0), shown(0, 1), SPEC, 0.5)
    restless = drift(shown(0, 0, 60_000.0), shown(0, 1, 60_000.0), SPEC, 0.5)

    assert restless.u == pytest.approx(4 * calm.u)
