"""The refill as a guided sequence: withdraw, weigh, compare, fill, weigh in, enter."""

from __future__ import annotations

from dataclasses import dataclass

from fixtures.procedures import counting
from fixtures.weighing import SETTLING, WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.measurement import Measurement, counted
from harness.plans.profile import Profile
from harness.readings import ReservoirReading
from harness.roles import Operator, Refillable
from harness.units import TIME, VOLUME, Quantity, magnitude, ureg

_NL_PER_ML = 1e6
_NOTHING = ureg.Quantity(0.0, VOLUME)


@dataclass(frozen=True, slots=True)
class Residual:
    """What was still in the reservoir.

    Attributes:
        expected: by the pump's bookkeeping.
        withdrawn: by weight.
        before: the blank before it was withdrawn.
        after: the blank after that.
    """

    expected: Measurement
    withdrawn: Measurement
    before: Blank
    after: Blank


@dataclass(frozen=True, slots=True)
class GuidedRefill:
    """One refill of a stopped pump, step by step, on the roles of the bench.

    Attributes:
        bench: owner of time.
        refillable: the pump.
        operator: who withdraws, weighs and fills.
        weighing: balance and clamp.
        profile: what the pump's model specifies.
    """

    bench: Bench
    refillable: Refillable
    operator: Operator
    weighing: WeighingStation
    profile: Profile

    def withdraw(self, blank: Quantity) -> Residual:
        """Ask the pump what is left, draw it into the vessel, and weigh it.

        Raises:
            MeasurementRefused: the evidence is not usable; the message says why.
        """
        agreement = self.profile.quantity("refill.residual_agreement", VOLUME)
        before = self.weighing.blank(blank)
        expected = content(self.refillable.read_reservoir())
        self.operator.withdraw_reservoir()
        after = self.weighing.blank(blank)
        withdrawn = self.weighing.delivered(before, after, agreement)
        return Residual(expected, withdrawn, before, after)

    def inject(self, volume: Quantity, residual: Residual) -> Measurement:
        """Fill from a syringe that is weighed full and emptied; return what left it.

        Raises:
            MeasurementRefused: the evidence is not usable; the message says why.
        """
        full = self._weigh_syringe(volume)
        self.operator.fill_reservoir(volume)
        emptied = self._weigh_syringe(_NOTHING)
        agreement = self.profile.quantity("refill.volume_agreement", VOLUME)
        return self.weighing.poured(
            full, emptied, residual.before, residual.after, agreement
        )

    def enter(self, volume: Quantity) -> Quantity:
        """Tell the pump its content; return what was entered, whole nanolitres."""
        entered = ureg.Quantity(round(magnitude(volume, "nL")) / _NL_PER_ML, VOLUME)
        enter(self.refillable, self.profile, entered)
        return entered

    def _weigh_syringe(self, volume: Quantity) -> Weighing:
        self.operator.put_syringe_on_pan(volume)
        self.bench.run_for(SETTLING)
        weighed = self.weighing.weigh()
        self.operator.take_syringe_off_pan()
        return weighed


def enter(
    refillable: Refillable,
    profile: Profile,
    volume: Quantity,
    threshold: Quantity | None = None,
) -> None:
    """Tell the pump a refill with the profile's limits of time.

    Args:
        refillable: the pump.
        profile: what its model specifies.
        volume: its content.
        threshold: of the low alarm; the profile's if None.
    """
    if threshold is None:
        threshold = profile.quantity("reservoir.low_threshold", VOLUME)
    refillable.set_reservoir(
        volume,
        threshold,
        profile.quantity("refill.stability", TIME),
        profile.quantity("refill.label_maximum", TIME),
    )


def enter_as_low(refillable: Refillable, case: Case) -> None:
    """Enter the content that is there, with the whole capacity as its threshold."""
    capacity = case.profile.quantity("reservoir.capacity", VOLUME)
    enter(refillable, case.profile, case.start["reservoir"], capacity)


def is_counted(case: Case) -> bool:
    """Tell whether the pump knows its level by counting, not by sensing it."""
    return case.profile.text("reservoir.level_known_by") == "counter"


def content(reading: ReservoirReading) -> Measurement:
    """The content by the pump's bookkeeping."""
    return counted(
        ureg.Quantity(reading.volume_nl / _NL_PER_ML, VOLUME),
        ureg.Quantity(1e-6, VOLUME),
        counting.PUMP,
        reading.t_ns,
        reading.t_ns,
    )


def above_threshold(reading: ReservoirReading) -> Measurement:
    """How far the bookkeeping stands above the low threshold."""
    error_ml = (reading.volume_nl - reading.low_threshold_nl) / _NL_PER_ML
    return counted(
        ureg.Quantity(error_ml, VOLUME),
        ureg.Quantity(2e-6, VOLUME),
        counting.PUMP,
        reading.t_ns,
        reading.t_ns,
    )
