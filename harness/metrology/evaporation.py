"""How fast the vessel loses mass by itself: from blanks, or beside a reference.

A gain is never evaporation: something leaks in, and a leak is never corrected away.
Nor is a loss beyond what evaporation can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.errors import MeasurementRefused
from harness.metrology.budget import Estimate, chain, evaluate
from harness.metrology.inputs import Input
from harness.metrology.mass import (
    NG_PER_MG,
    WEIGHTS,
    alone,
    load_buoyancy,
    shown_change,
)
from harness.metrology.student import coverage_factor
from harness.metrology.weighings import (
    BalanceSpec,
    Blank,
    Vessel,
    Weighing,
    hours_between,
)

REFERENCE = "reference balance"
"""What the balance under the reference vessel is called in messages and budgets."""


@dataclass(frozen=True, slots=True)
class Evaporation:
    """The way in which a bench learns what evaporates.

    Attributes:
        instrument: the balance's name.
        balance: its specification; a reference balance is of the same kind.
        vessel: what stands on it; a reference vessel is of the same kind.
        largest_mg_per_h: what no evaporation of this vessel exceeds.
        mismatch: half-width of the relative difference between the evaporation of the
            vessel and that of the reference.
    """

    instrument: str
    balance: BalanceSpec
    vessel: Vessel
    largest_mg_per_h: float
    mismatch: float

    def from_blanks(self, before: Blank, after: Blank) -> Estimate:
        """Mean rate over the time between two blanks, mg/h.

        Raises:
            MeasurementRefused: a blank gained mass beyond its uncertainty, or lost more
                than evaporates.

        Source: e = -(s1 + s2)/2, with rectangular terms for half the difference of the
        two slopes and for what neither can see.
        """
        slopes = self._slope(before, "before"), self._slope(after, "after")
        half_change = abs(slopes[0].value - slopes[1].value) / 2.0
        unseen = evaluate(
            _sum,
            (
                Input.rectangular("change between blanks", 0.0, half_change, "mg/h"),
                self._drift("zero drift unseen by blanks"),
            ),
        )
        return chain(_rate_of_blanks, *slopes, unseen)

    def beside(
        self, start: Weighing, end: Weighing, before: Blank, after: Blank
    ) -> Estimate:
        """Mean rate between two weighings, mg/h, as the reference vessel lost mass.

        Args:
            start: the weighing before.
            end: the weighing after.
            before: a blank, the check that the two vessels evaporate alike.
            after: the other one.

        Raises:
            MeasurementRefused: a blank is not usable or disagrees with the reference,
                or a weighing has no reference.
        """
        for blank, name in ((before, "before"), (after, "after")):
            self._check_likeness(blank, name)
        lost = self._reference_loss(start, end)
        # Neither balance sees its own zero drift over the run.
        drift = alone(self._drift("zero drift of the balance"))
        return chain(_sum, lost, drift)

    def refuse(self, name: str, loss_mg_per_h: float, noise_mg_per_h: float) -> None:
        """Refuse a loss that is a gain, or more than evaporates.

        Raises:
            MeasurementRefused: it is; the message says what to look at.
        """
        if -loss_mg_per_h > noise_mg_per_h:
            raise MeasurementRefused(
                f"{self.instrument}: {name}: the mass grew by {-loss_mg_per_h:.3g}"
                f" mg/h, and only {noise_mg_per_h:.3g} mg/h may be noise, so something"
                " leaks into the vessel; look at the clamp and the needle. A leak is"
                " not corrected away"
            )
        # Written so that a NaN is refused as well.
        if not loss_mg_per_h <= self.largest_mg_per_h:
            raise MeasurementRefused(
                f"{self.instrument}: {name}: {loss_mg_per_h:.3g} mg/h are lost, but at"
                f" most {self.largest_mg_per_h:.3g} mg/h evaporate here; cover the"
                " vessel, and see whether the line drips beside it"
            )

    def _slope(self, blank: Blank, name: str) -> Estimate:
        start, end = blank.start, blank.end
        hours = hours_between(start.plateau, end.plateau, self.instrument)
        gained = chain(
            _sum,
            shown_change(self.instrument, self.balance, start.plateau, end.plateau),
            load_buoyancy(self.vessel, start.ambient, end.ambient),
        )
        slope = _of_blank(name, chain(lambda mass: mass / hours, gained))
        floor = self.balance.zero_drift_ng_per_h / NG_PER_MG
        self.refuse(f"blank {name} the run", -slope.value, expanded(slope) + floor)
        return slope

    def _reference_loss(self, start: Weighing, end: Weighing) -> Estimate:
        """Rate at which the vessel loses mass, by what the reference loses, mg/h."""
        if start.reference is None or end.reference is None:
            raise MeasurementRefused(
                f"{REFERENCE}: a weighing lacks its reference; weigh both vessels"
            )
        hours = hours_between(start.reference, end.reference, REFERENCE)
        # The certificate is that of the other balance.
        balance = replace(self.balance, certificate=None)
        likeness = Input.rectangular(
            "likeness of the reference vessel",
            1.0,
            self.mismatch,
            "",
            cause="likeness of the reference vessel",
        )
        return chain(
            lambda shown, air, share, drift: -(shown + air) / hours * share + drift,
            shown_change(REFERENCE, balance, start.reference, end.reference),
            load_buoyancy(self.vessel, start.ambient, end.ambient),
            alone(likeness),
            alone(self._drift("zero drift of the reference balance")),
        )

    def _check_likeness(self, blank: Blank, name: str) -> None:
        slope = self._slope(blank, name)
        lost = self._reference_loss(blank.start, blank.end)
        apart = chain(_sum, slope, lost)
        floor = self.balance.zero_drift_ng_per_h / NG_PER_MG
        # Written so that a NaN is refused as well.
        if not abs(apart.value) <= expanded(apart) + floor:
            raise MeasurementRefused(
                f"{REFERENCE}: in the blank {name} the run the vessel loses"
                f" {-slope.value:.3g} mg/h, and by the reference it should be"
                f" {lost.value:.3g} mg/h; make both vessels alike, or state a larger"
                " reference_mismatch"
            )

    def _drift(self, name: str) -> Input:
        floor = self.balance.zero_drift_ng_per_h / NG_PER_MG
        return Input.rectangular(name, 0.0, floor, "mg/h")


def _of_blank(name: str, slope: Estimate) -> Estimate:
    """Tell what a blank alone contributes from the lines of the delivery's own name."""
    own = (line.source for line in slope.budget)
    return slope.renamed(
        {
            each.name: f"{each.name}, blank {name}"
            for each in own
            if not each.cause or each.name in WEIGHTS
        }
    )


def expanded(estimate: Estimate) -> float:
    """Expanded uncertainty, 95 %."""
    return coverage_factor(estimate.dof) * estimate.u


def _rate_of_blanks(before: float, after: float, unseen: float) -> float:
    return -(before + after) / 2.0 + unseen


def _sum(*terms: float) -> float:
    return sum(terms, start=0.0)
