"""What every part of the pump's data sheet works with."""

from __future__ import annotations

from drivers.itb_pump.disturbed_link import DisturbedLink
from harness.evidence.recorder import Recorder


class PumpPart:
    """A chapter of the data sheet; `ItbPump` binds the chapters together."""

    def __init__(self, name: str, recorder: Recorder, link: DisturbedLink) -> None:
        self._name = name
        self._recorder = recorder
        self._link = link
