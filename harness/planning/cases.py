"""What the weighed cases of a plan are expected to be worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.planning.forecast import Forecast, forecaster
from harness.planning.ideal_run import Delivery, Setup
from harness.plans.findings import Finding, Severity
from harness.plans.flow_range import programmed_rate
from harness.plans.plan import Plan, PlannedCase, Role
from harness.plans.register import RequirementKind
from harness.units import FRACTION, TIME, magnitude

# A decision is not hopeless up to here, and no pleasure beyond.
LARGEST_SHARE: Final = 1.0 / 3.0
_TIMES: Final = ("duration", "blank")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a case is expected to be worth.

    Attributes:
        forecast: the run.
        limit_percent: what the requirement allows.
    """

    forecast: Forecast
    limit_percent: float

    @property
    def share(self) -> float:
        """U as a share of the limit; infinite if the run would be refused."""
        return self.forecast.expanded_percent / self.limit_percent


def expectations(plan: Plan, setup: Setup) -> dict[str, Expectation]:
    """Return, by id, what can be told of the plan's cases on a bench.

    That is a case whose requirement limits an error in percent, and whose numbers are
    one constant rate or dose, ``duration``, ``blank`` and other times: a bolus, a week
    of rates or a comparison of two flows has another budget.
    """
    found = {}
    for case in plan.cases:
        delivery = _delivery(plan, case)
        if delivery is None:
            continue
        rule = plan.rule if case.second_look is None else plan.rule.shared()
        forecast = forecaster(setup, rule.coverage)(delivery)
        found[case.id] = Expectation(forecast, delivery.limit_percent)
    return found


def doubts(expected: Mapping[str, Expectation], where: str) -> Iterator[Finding]:
    """Warn of cases that are too short to decide comfortably."""
    for case_id, each in expected.items():
        if each.share <= LARGEST_SHARE:
            continue
        yield Finding(Severity.WARNING, f"{where}: {case_id}: {_doubt(each)}")


def _doubt(each: Expectation) -> str:
    if each.forecast.refusal:
        return f"its weighing would be refused: {each.forecast.refusal}"
    return (
        f"U is expected to be {each.forecast.expanded_percent:.2g} %,"
        f" {100.0 * each.share:.2g} % of the limit of {each.limit_percent:g} %,"
        f" mostly from {each.forecast.shares[0].name}; ask `dosebench plan duration`"
        " how long to collect"
    )


def _delivery(plan: Plan, case: PlannedCase) -> Delivery | None:
    """What a case delivers; None where it is no constant rate, or not in percent."""
    requirement = plan.register.requirements[case.requirement]
    if requirement.kind is not RequirementKind.MEASURED or requirement.unit != FRACTION:
        return None
    upper = plan.register.limit(requirement.id, plan.profile).upper
    rate_ul_per_h = _only_rate(case)
    if upper is None or rate_ul_per_h is None:
        return None
    duration_h, blank_h = (
        magnitude(case.numbers[name].value, "hour") for name in _TIMES
    )
    delivery = Delivery(rate_ul_per_h, magnitude(upper, FRACTION), duration_h, blank_h)
    return delivery if delivery.is_possible else None


def _only_rate(case: PlannedCase) -> float | None:
    """The rate, µL/h, if it for some time is all that the case programmes."""
    if Role.BALANCE not in case.needs or case.schedules:
        return None
    others = []
    rates = []
    for name, given in case.numbers.items():
        rate = programmed_rate(name, given.value, case.start)
        if rate is not None:
            rates.append(magnitude(rate, "µL/hour"))
        elif given.value.is_compatible_with(TIME):
            others.append(name)
        else:
            return None
    return rates[0] if len(rates) == 1 and set(_TIMES) <= set(others) else None
