"""Data sheet: what moves the dead volume between the reservoir and the patient."""

from __future__ import annotations

from typing import Final

from drivers.itb_pump.part import PumpPart
from drivers.itb_pump.programming import Programme, run, stage
from drivers.itb_pump.translation import exactly, rounded
from harness.roles import Bridge, Priming
from harness.units import Quantity, ureg
from protocols.pump_link.requests import WriteBridge, WritePriming
from protocols.pump_link.vocabulary import PumpMode

_S_PER_H: Final = 3600


class Catheter(PumpPart, Priming, Bridge):
    """Priming and bridge, two passing programmes.

    Values are rounded and errors raised as in `Therapy`.
    """

    def start_priming(
        self, catheter: Quantity, duration: Quantity, then: Quantity
    ) -> Quantity:
        """Fill tubing and catheter, then run on.

        Args:
            catheter: its volume; the pump adds that of its own tubing.
            duration: of the priming.
            then: volume per time; 0 leaves the pump stopped.

        Returns:
            The volume that the pump primes with.
        """
        program = WritePriming(
            rounded(catheter, "nL", "the catheter's volume"),
            exactly(duration, "s", "the duration of the priming"),
            rounded(then, "nL/hour", "the rate after the priming"),
        )
        self._recorder.intent(
            self._name,
            "start_priming",
            catheter_nl=program.catheter_nl,
            duration_s=program.bolus_duration_s,
            then_nl_per_h=program.rate_nl_per_h,
        )
        staged = stage(self._link, program)
        meant = Programme(
            PumpMode.PRIMING,
            program.rate_nl_per_h,
            staged.prime_nl,
            program.bolus_duration_s,
        )
        run(self._link, staged, meant)
        return ureg.Quantity(staged.prime_nl, "nL")

    def start_bridge(
        self, catheter: Quantity, rate: Quantity, then: Quantity
    ) -> Quantity:
        """Clear tubing and catheter of the old drug, then run on.

        Args:
            catheter: its volume; the pump adds that of its own tubing.
            rate: volume per time, for as long as old drug comes.
            then: volume per time; 0 leaves the pump stopped.

        Returns:
            The volume that the pump bridges.
        """
        program = WriteBridge(
            rounded(catheter, "nL", "the catheter's volume"),
            rounded(rate, "nL/hour", "the rate of the bridge"),
            rounded(then, "nL/hour", "the rate after the bridge"),
        )
        self._recorder.intent(
            self._name,
            "start_bridge",
            catheter_nl=program.catheter_nl,
            bridge_nl_per_h=program.bridge_rate_nl_per_h,
            then_nl_per_h=program.rate_nl_per_h,
        )
        staged = stage(self._link, program)
        # A pump that takes a rate of 0, against the rules, must not end the run here.
        bridge_nl_per_h = program.bridge_rate_nl_per_h or 1
        meant = Programme(
            PumpMode.BRIDGE,
            program.rate_nl_per_h,
            staged.bridge_nl,
            -(-staged.bridge_nl * _S_PER_H // bridge_nl_per_h),
        )
        run(self._link, staged, meant)
        return ureg.Quantity(staged.bridge_nl, "nL")
