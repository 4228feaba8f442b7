"""Data sheet: a person at a real bench, asked on the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.errors import BenchFault
from harness.evidence.recorder import Recorder
from harness.readings import Identity
from harness.roles import FlowClamp, Instrument, Magnet, Operator
from harness.units import VOLUME, Quantity, show

DONE = "done"
ABORT = "abort"
_MAX_ANSWER = 60
_UNPRINTABLE = re.compile(r"[^ -~]")


class ConsoleOperator(Instrument, FlowClamp, Magnet, Operator):
    """A person who clamps, brings the magnet, fills and empties, and says so.

    Each request is repeated until the answer is ``done``; ``abort`` ends the run. Every
    answer is journalled with its request.

    Args:
        name: what the journal and messages call the person's place.
        recorder: where requests, answers and stimuli are written.
        ask: shows a text and returns the line that was typed, such as :func:`input`.
    """

    def __init__(
        self, name: str, recorder: Recorder, *, ask: Callable[[str], str]
    ) -> None:
        self._name = name
        self._recorder = recorder
        self._ask = ask

    def connect(self) -> None:
        """Ask whether a person is there.

        Raises:
            BenchFault: nobody is, or not willing.
        """
        self._request("Stand by at the bench; you will be asked to do things")

    def read_identity(self) -> Identity:
        """Return what a person's place is called; a person has no serial number."""
        return Identity("console-operator", "", "")

    def set_closed(self, closed: bool) -> None:
        """Have the line downstream of the pump clamped, or opened."""
        action = "Close" if closed else "Open"
        self._request(f"{action} the clamp on the line, downstream of the pump")
        self._recorder.stimulus("clamp", "closed" if closed else "opened")

    def set_present(self, present: bool) -> None:
        """Have the magnet brought to the pump, or taken away."""
        if present:
            self._request("Put the magnet on the pump")
        else:
            self._request("Take the magnet away from the pump, at least 1 m")
        self._recorder.stimulus("magnet", "brought" if present else "taken away")

    def fill_reservoir(self, volume: Quantity) -> None:
        """Have ``volume`` of the test fluid put into the empty reservoir."""
        self._request(f"Fill the empty reservoir with {show(volume, VOLUME, 5)}")

    def withdraw_reservoir(self) -> None:
        """Have the whole residual drawn out of the reservoir into the vessel."""
        self._request("Draw the whole residual out of the reservoir into the vessel")

    def empty_vessel(self) -> None:
        """Have the vessel emptied to its starting content and put back."""
        self._request("Empty the vessel to its starting content and put it back")

    def set_safe(self) -> str:
        """Have the clamp opened, then the magnet taken away."""
        try:
            self.set_closed(False)
        finally:
            self.set_present(False)
        return "clamp open, magnet away, as the operator said"

    def close(self) -> None:
        """Do nothing: a person has no port."""

    def _request(self, action: str) -> None:
        """Ask until it is done.

        Raises:
            BenchFault: the person aborts, or the terminal is closed.
        """
        prompt = f"{action}. Type `{DONE}` or `{ABORT}`: "
        while True:
            try:
                typed = self._ask(prompt)
            except EOFError as error:
                raise BenchFault(
                    f"{self._name}: nobody can answer {action!r}, the terminal is"
                    " closed; run the bench from an open terminal"
                ) from error
            answer = _UNPRINTABLE.sub("?", typed.strip()[:_MAX_ANSWER])
            self._recorder.operator(action, answer)
            if answer == DONE:
                return
            if answer == ABORT:
                raise BenchFault(
                    f"{self._name}: the operator aborted at {action!r}; see to the"
                    " bench before the next run"
                )
