"""What a run of some length is expected to be worth, and what its uncertainty is of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from harness.errors import MeasurementRefused
from harness.metrology.budget import BudgetEntry, combined_u
from harness.metrology.measurement import Measurement
from harness.planning.ideal_run import Delivery, Setup, expected_error
from harness.units import FRACTION, magnitude


@dataclass(frozen=True, slots=True)
class Share:
    """What one source of uncertainty does to a result.

    Attributes:
        name: the source, as in the budget.
        u_percent: standard uncertainty of the error in percent from it alone.
        share: its part of the variance, 0 to 1.
    """

    name: str
    u_percent: float
    share: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run is expected to be worth.

    Attributes:
        delivery: the run.
        measurement: error of a perfect pump in percent; None if the run is refused.
        refusal: why the method would refuse the run; "" if it would not.
        coverage: coverage probability of U.
        setup: the bench; None where every run has the same U.
    """

    delivery: Delivery
    measurement: Measurement | None
    refusal: str = ""
    coverage: float = 0.95
    setup: Setup | None = None

    def unlucky(self) -> Measurement | None:
        """As ``measurement``, with a U that one run in twenty exceeds.

        Returns:
            None if such a run is refused.
        """
        if self.setup is None or self.measurement is None:
            return self.measurement
        try:
            return expected_error(self.setup, self.delivery, is_unlucky=True)
        except MeasurementRefused:
            return None

    @property
    def u_percent(self) -> float:
        """Standard uncertainty in percent; infinite if the run is refused."""
        if self.measurement is None:
            return math.inf
        return magnitude(self.measurement.u, FRACTION)

    @property
    def dof(self) -> float:
        """Effective degrees of freedom; 0 if the run is refused."""
        return 0.0 if self.measurement is None else self.measurement.dof

    @property
    def k(self) -> float:
        """Coverage factor; infinite if the run is refused."""
        if self.measurement is None:
            return math.inf
        return self.measurement.expanded(self.coverage)[1]

    @property
    def expanded_percent(self) -> float:
        """Expanded uncertainty in percent; infinite if the run is refused."""
        if self.measurement is None:
            return math.inf
        return magnitude(self.measurement.expanded(self.coverage)[0], FRACTION)

    @property
    def shares(self) -> tuple[Share, ...]:
        """The sources, largest first; those of one name are taken together."""
        if self.measurement is None:
            return ()
        entries: dict[str, list[BudgetEntry]] = {}
        for entry in self.measurement.budget:
            entries.setdefault(entry.source.name, []).append(entry)
        total = self.u_percent**2
        parts = ((name, combined_u(group)) for name, group in entries.items())
        shares = (Share(name, u, u**2 / total) for name, u in parts if u > 0.0)
        return tuple(sorted(shares, key=lambda each: -each.u_percent))


Forecaster = Callable[[Delivery], Forecast]
"""What tells the worth of a run."""


def forecaster(setup: Setup, coverage: float = 0.95) -> Forecaster:
    """Return what tells the worth of runs on a bench, and remembers it.

    Args:
        setup: the bench.
        coverage: coverage probability of U.
    """

    @cache
    def forecast(delivery: Delivery) -> Forecast:
        try:
            expected = expected_error(setup, delivery)
        except MeasurementRefused as refused:
            return Forecast(delivery, None, str(refused), coverage)
        return Forecast(delivery, expected, coverage=coverage, setup=setup)

    return forecast
