"""An order that the pump contradicts is weighed; one that it refuses is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import CommandRefused, LinkViolation
from harness.execution.case import Case
from harness.plans import loading
from harness.units import ureg
from test_plans.implanted import orders
from tests.fixtures.on_bench import OnBench, opened

PLAN = loading.load(Path(__file__).parents[2] / "test_plans/implanted/plan.toml")


def case_on(on: OnBench) -> Case:
    planned = next(each for each in PLAN.cases if each.id == "ITB-BOL-002/single")
    return Case(planned, PLAN, on.bench.recorder, on.bench.clock)


def test_the_time_of_an_order_is_that_of_its_end() -> None:
    with opened() as on:
        began_ns = on.bench.now_ns()
        minute = ureg.Quantity(1, "minute")
        t_ns = orders.give(case_on(on), on.bench, lambda: on.bench.run_for(minute))
        assert t_ns == on.bench.now_ns() == began_ns + 60_000_000_000


def test_a_contradiction_does_not_end_the_procedure() -> None:
    def contradict() -> None:
        raise LinkViolation("it reads back another rate")

    with opened() as on:
        assert orders.give(case_on(on), on.bench, contradict) == on.bench.now_ns()


def test_a_refusal_does() -> None:
    def refuse() -> None:
        raise CommandRefused("no", command="COMMIT", code="WRONG_STATE")

    with opened() as on, pytest.raises(CommandRefused):
        orders.give(case_on(on), on.bench, refuse)
