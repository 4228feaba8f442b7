"""The guided refill against what the simulated world really moved."""

from __future__ import annotations

import pytest

from fixtures.procedures import refusals
from harness.errors import CommandRefused, LinkViolation, PumpFinding
from harness.readings import ReservoirReading
from harness.units import VOLUME, magnitude, ureg
from test_plans.implanted import refill_procedure
from test_plans.implanted.refill_procedure import GuidedRefill
from tests.fixtures.on_bench import PROFILE, opened

HOUR = ureg.Quantity(1.0, "hour")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_withdrawn_and_injected_is_weighed_within_u(seed: int) -> None:
    with opened(seed=seed) as on:
        on.establish(ureg.Quantity(18.5, "mL"))
        refill = GuidedRefill(on.bench, on.pump, on.rig, on.weighing(), PROFILE)
        residual = refill.withdraw(HOUR)
        injected = refill.inject(ureg.Quantity(36.0, "mL"), residual)
        entered = refill.enter(injected.value)
        told = refill_procedure.content(on.pump.read_reservoir())
        truth = on.truth()
    for measured, true_ml in (
        (residual.withdrawn, truth.withdrawn_nl / 1e6),
        (injected, truth.reservoir_nl / 1e6),
    ):
        expanded, _ = measured.expanded()
        error_ml = magnitude(measured.value, VOLUME) - true_ml
        assert abs(error_ml) < magnitude(expanded, VOLUME)
        assert magnitude(expanded, VOLUME) < 0.005
    assert true_ml == 36.0
    assert magnitude(residual.expected.value, VOLUME) == pytest.approx(18.5)
    assert magnitude(told.value, "nL") == pytest.approx(magnitude(entered, "nL"))


def test_the_bookkeeping_stands_above_its_threshold() -> None:
    reading = ReservoirReading(5, 6_020_000, 40_000_000, 6_000_000, 0, 0)
    above = refill_procedure.above_threshold(reading)
    assert magnitude(above.value, VOLUME) == pytest.approx(0.02)
    # Two readings of 1 nL each.
    assert magnitude(above.u, "nL") == pytest.approx(1 / 3**0.5)


def refused(field: str) -> CommandRefused:
    return CommandRefused("refused", command="WRITE", code="RANGE", field=field)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (refused("RATE_NL_PER_H"), True),
        (refused("VOLUME_NL"), False),
        (LinkViolation("another rate"), False),
        (None, False),
    ],
)
def test_only_a_refusal_that_names_the_field_counts(
    answer: PumpFinding | None, named: bool
) -> None:
    def command() -> None:
        if answer is not None:
            raise answer

    assert refusals.answer_to(command) is answer
    assert refusals.names(refusals.answer_to(command), "rate") is named
