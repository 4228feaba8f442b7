"""What a simulated bench's hands do with liquid, pan and the pump's own keys."""

from __future__ import annotations

from drivers.rig.read_back import ReadBack
from harness.evidence.recorder import Recorder
from harness.roles import Operator, PumpHands
from harness.units import VOLUME, Quantity, magnitude, show
from protocols.bench_commands import (
    EmptyVessel,
    FillPocket,
    FillReservoir,
    LoadSyringe,
    PutSyringe,
    PutWeight,
    StartByHand,
    StopByHand,
    TakeSyringe,
    TakeWeight,
    WithdrawReservoir,
)


class RigHands(Operator, PumpHands):
    """The hands of a rig.

    Args:
        name: what the journal and messages call the rig.
        stimuli: what carries out orders, and proves by sensors that it did.
        recorder: where the operator's doings are written.
    """

    def __init__(self, name: str, stimuli: ReadBack, recorder: Recorder) -> None:
        self._name = name
        self._stimuli = stimuli
        self._recorder = recorder

    def confirm(self, question: str) -> bool:
        """Say yes: on a simulated bench nothing can be spoilt."""
        self._recorder.operator(question, "yes")
        return True

    def fill_pocket(self, volume: Quantity) -> None:
        """Put ``volume``, rounded to nL, beside the pump."""
        self._stimuli.order(FillPocket(round(magnitude(volume, "nL"))))
        asked = f"put {show(volume, VOLUME, 6)} beside the pump"
        self._recorder.operator(asked, "done")

    def fill_reservoir(self, volume: Quantity) -> None:
        """Put ``volume``, rounded to nL, into the empty reservoir."""
        self._stimuli.order(FillReservoir(round(magnitude(volume, "nL"))))
        asked = f"fill the reservoir with {show(volume, VOLUME, 6)}"
        self._recorder.operator(asked, "done")

    def set_syringe(self, volume: Quantity) -> None:
        """Change the pump's syringe for one with ``volume``, rounded to nL."""
        self._stimuli.order(LoadSyringe(round(magnitude(volume, "nL"))))
        asked = f"change the syringe for one with {show(volume, VOLUME, 6)}"
        self._recorder.operator(asked, "done")

    def start_by_hand(self, rate: Quantity) -> None:
        """Set the rate, rounded to nL/h, at the pump's own keys, and start it."""
        asked = f"set {show(rate, 'mL/hour', 6)} at the pump's keys and start it"
        # A dose that is to flow stands in the record before it does.
        rate_nl_per_h = round(magnitude(rate, "nL/hour"))
        self._recorder.intent(self._name, "start_by_hand", rate_nl_per_h=rate_nl_per_h)
        self._stimuli.order(StartByHand(rate_nl_per_h))
        self._recorder.operator(asked, "done")

    def stop_by_hand(self) -> None:
        """Stop the pump at its own keys."""
        self._stimuli.order(StopByHand())
        self._recorder.operator("stop the pump at its own keys", "done")

    def put_syringe_on_pan(self, volume: Quantity) -> None:
        """Put the syringe with ``volume``, rounded to nL, beside the vessel."""
        self._stimuli.order(PutSyringe(round(magnitude(volume, "nL"))))
        asked = f"put the syringe with {show(volume, VOLUME, 6)} beside the vessel"
        self._recorder.operator(asked, "done")

    def take_syringe_off_pan(self) -> None:
        """Take the syringe off the balance."""
        self._stimuli.order(TakeSyringe())
        self._recorder.operator("take the syringe off the balance", "done")

    def put_check_weight_on_pan(self, mass: Quantity) -> None:
        """Put the check weight, rounded to ng, beside the vessel."""
        self._stimuli.order(PutWeight(round(magnitude(mass, "ng"))))
        asked = f"put the check weight of {show(mass, 'g', 8)} beside the vessel"
        self._recorder.operator(asked, "done")

    def take_check_weight_off_pan(self) -> None:
        """Take the check weight off the balance."""
        self._stimuli.order(TakeWeight())
        self._recorder.operator("take the check weight off the balance", "done")

    def withdraw_reservoir(self) -> None:
        """Draw the whole residual out of the reservoir into the vessel."""
        self._stimuli.order(WithdrawReservoir())
        self._recorder.operator("withdraw the residual into the vessel", "done")

    def empty_vessel(self) -> None:
        """Empty the vessel on the balance to its starting content."""
        self._stimuli.order(EmptyVessel())
        self._recorder.operator("empty the vessel to its starting content", "done")
