"""Data sheet: a person at a real bench, asked on the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from harness.clock import Clock
from harness.errors import BenchFault, UnitError
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.plans.plan import Role
from harness.readings import ChargeReading, Identity, PressureReading
from harness.roles import (
    ChargeMeter,
    FlowClamp,
    Instrument,
    Magnet,
    Operator,
    PowerSwitch,
    PressureChamber,
    PressureGauge,
    PressureSource,
    PumpHands,
    TemperatureChamber,
)
from harness.toml_files import Table
from harness.units import VOLUME, Quantity, magnitude, quantity, show, ureg

DONE = "done"
ABORT = "abort"
YES = "yes"
NO = "no"
_MAX_ANSWER = 60
_UNPRINTABLE = re.compile(r"[^ -~]")
_ROOM: Final = ureg.Quantity(293.15, "K")
_ATMOSPHERE: Final = ureg.Quantity(101_325, "Pa")
_BATTERY: Final = ureg.Quantity(2.9, "V")
_NO_PRESSURE: Final = ureg.Quantity(0, "Pa")
_KEYS: Final = "pump, at its keys,"
_LEVEL: Final = ureg.Quantity(0, "m")


def read_options(table: Table, roles: tuple[Role, ...]) -> dict[str, object]:
    """Read ``operator``, the person's name, of the bench file's entry.

    Raises:
        ConfigurationError: it is no text.
    """
    return {"operator": table.text("operator") if "operator" in table else ""}


class ConsoleOperator(
    Instrument,
    FlowClamp,
    Magnet,
    Operator,
    PumpHands,
    PowerSwitch,
    PressureSource,
    PressureGauge,
    ChargeMeter,
    TemperatureChamber,
    PressureChamber,
):
    """A person who clamps, switches, fills, reads a gauge, and says so.

    Each request is repeated until the answer is ``done``; ``abort`` ends the run. Every
    answer is journalled with its request and the person's name. What is already as it
    should be, on the person's word, is not asked for again.

    Args:
        name: what the journal and messages call the person's place.
        clock: bench time.
        recorder: where requests, answers and stimuli are written.
        ask: shows a text and returns the line that was typed, such as :func:`input`.
        operator: the person's name; "" to ask for it.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        recorder: Recorder,
        *,
        ask: Callable[[str], str],
        operator: str = "",
    ) -> None:
        self._name = name
        self._clock = clock
        self._recorder = recorder
        self._ask = ask
        self._operator = operator
        self._states: dict[str, str] = {}

    def connect(self) -> None:
        """Ask whether a person is there, and for the name if nobody has given it.

        Raises:
            BenchFault: nobody is, or not willing.
        """
        self._request("Stand by at the bench; you will be asked to do things")
        while not self._operator:
            self._operator = self._type("Who are you", "Type your name: ")

    def read_identity(self) -> Identity:
        """Return what a person's place is called; a person has no serial number."""
        return Identity("console-operator", "", "")

    def set_closed(self, closed: bool) -> None:
        """Have the line downstream of the pump clamped, or opened."""
        verb = "Close" if closed else "Open"
        self._bring(
            "clamp",
            "closed" if closed else "opened",
            f"{verb} the clamp on the line, downstream of the pump",
        )

    def set_present(self, present: bool) -> None:
        """Have the magnet brought to the pump, or taken away."""
        self._bring(
            "magnet",
            "brought" if present else "taken away",
            "Put the magnet on the pump"
            if present
            else "Take the magnet away from the pump, at least 1 m",
        )

    def set_powered(self, on: bool) -> None:
        """Have the pump's supply switched on or off."""
        state = "on" if on else "off"
        self._bring("power", f"switched {state}", f"Switch the pump's supply {state}")

    def set_supply(self, voltage: Quantity) -> None:
        """Have the voltage of the pump's supply set."""
        said = show(voltage, "V")
        self._bring("supply", f"set to {said}", f"Set the pump's supply to {said}")

    def set_back_pressure(self, pressure: Quantity) -> None:
        """Have the pressure at the end of the line set, or relieved."""
        said = show(pressure, "kPa")
        request = (
            f"Set the pressure at the end of the line to {said}"
            if magnitude(pressure, "Pa")
            else "Relieve the pressure at the end of the line"
        )
        self._bring("back pressure", f"set to {said}", request)

    def read_pressure(self) -> PressureReading:
        """Have the gauge read and typed in, with its unit."""
        request = "Read the gauge at the end of the line"
        pressure_pa = self._read(request, "13.3 kPa", "Pa")
        return PressureReading(self._clock.now_ns(), round(pressure_pa))

    def read_charge(self) -> ChargeReading:
        """Have the charge counter of the supply read and typed in, with its unit."""
        request = "Read the charge that the supply has given to the pump"
        charge_nah = self._read(request, "1.234 mA*hour", "nA*hour")
        return ChargeReading(self._clock.now_ns(), round(charge_nah))

    def _read(self, request: str, example: str, unit: str) -> float:
        """Have a display read and typed in, again until it has the right unit."""
        while True:
            typed = self._type(request, f"Type it with its unit, as in `{example}`: ")
            try:
                return magnitude(quantity(typed, unit, where="the display"), unit)
            except UnitError:
                continue

    def set_temperature(self, temperature: Quantity) -> None:
        """Have the pump brought to a temperature."""
        said = show(temperature, "degC")
        request = f"Bring the pump to {said}, and wait until it has that"
        self._bring("temperature", f"set to {said}", request)

    def set_ambient_pressure(self, pressure: Quantity) -> None:
        """Have the pressure round the pump set."""
        said = show(pressure, "kPa", 6)
        request = (
            f"Bring the pressure round the pump to {said}, absolute, and wait until it"
            " has that"
        )
        self._bring("ambient pressure", f"set to {said}", request)

    def confirm(self, question: str) -> bool:
        """Ask until the answer is ``yes`` or ``no``."""
        while True:
            answer = self._type(question, f"Type `{YES}` or `{NO}`: ")
            if answer in (YES, NO):
                return answer == YES

    def fill_pocket(self, volume: Quantity) -> None:
        """Have ``volume`` of the test fluid put beside the pump."""
        self._request(f"Put {show(volume, VOLUME, 5)} beside the pump, not into it")

    def fill_reservoir(self, volume: Quantity) -> None:
        """Have ``volume`` of the test fluid put into the empty reservoir."""
        self._request(f"Fill the empty reservoir with {show(volume, VOLUME, 5)}")

    def set_syringe(self, volume: Quantity) -> None:
        """Have the pump's syringe changed for one with ``volume`` in it."""
        held = show(volume, VOLUME, 5)
        self._request(
            f"Change the pump's syringe for one with {held} in it, take up the slack of"
            " its drive, and let no air into the line"
        )

    def start_by_hand(self, rate: Quantity) -> None:
        """Have a rate set at the pump's own keys, and the pump started."""
        said = f"set {show(rate, 'mL/hour', 6)} at the pump's own keys and start it"
        # A dose that is to flow stands in the record before it does.
        rate_nl_per_h = round(magnitude(rate, "nL/hour"))
        self._recorder.intent(self._name, "start_by_hand", rate_nl_per_h=rate_nl_per_h)
        self._states[_KEYS] = "started"
        self._request(f"{said[0].upper()}{said[1:]}")

    def stop_by_hand(self) -> None:
        """Have the pump stopped at its own keys."""
        self._request("Stop the pump at its own keys")
        self._states[_KEYS] = "stopped"

    def put_syringe_on_pan(self, volume: Quantity) -> None:
        """Have the refill's syringe put on the pan, beside the vessel."""
        held = show(volume, VOLUME, 5)
        self._request(f"Put the refill's syringe, {held} in it, beside the vessel")

    def put_check_weight_on_pan(self, mass: Quantity) -> None:
        """Have the check weight put on the pan, beside the vessel."""
        which = f"the check weight of {show(mass, 'g', 8)}"
        self._request(f"Put {which} with tweezers beside the vessel")

    def take_check_weight_off_pan(self) -> None:
        """Have the check weight taken off the pan."""
        self._request("Take the check weight off the balance with tweezers")

    def take_syringe_off_pan(self) -> None:
        """Have the syringe taken off the pan, with all that is in it."""
        self._request("Take the syringe off the balance and lose nothing of it")

    def set_height(self, height: Quantity) -> None:
        """Have the pump held above the end of the line, or below it."""
        above_mm = magnitude(height, "mm")
        said = show(ureg.Quantity(abs(above_mm), "mm"), "m", 4)
        request = (
            f"Hold the pump {said} {'above' if above_mm > 0 else 'below'} the surface"
            " of the liquid in the vessel"
            if above_mm
            else "Hold the pump level with the surface of the liquid in the vessel"
        )
        self._bring("height", f"set to {show(height, 'm', 4)}", request)

    def withdraw_reservoir(self) -> None:
        """Have the whole residual drawn out of the reservoir into the vessel."""
        self._request("Draw the whole residual out of the reservoir into the vessel")

    def empty_vessel(self) -> None:
        """Have the vessel emptied to its starting content and put back."""
        self._request("Empty the vessel to its starting content and put it back")

    def set_safe(self) -> str:
        """Have everything undone that was asked for, the pressure first.

        Each step is tried whatever became of the one before.
        """
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("back pressure", lambda: self.set_back_pressure(_NO_PRESSURE)),
            ("height", lambda: self.set_height(_LEVEL)),
            ("temperature", lambda: self.set_temperature(_ROOM)),
            ("ambient pressure", lambda: self.set_ambient_pressure(_ATMOSPHERE)),
            ("clamp", lambda: self.set_closed(False)),
            ("magnet", lambda: self.set_present(False)),
            ("supply", lambda: self.set_supply(_BATTERY)),
            ("power", lambda: self.set_powered(True)),
            (_KEYS, self.stop_by_hand),
        )
        due = [(name, undo) for name, undo in steps if name in self._states]
        # The stack calls in reverse order, and goes on after any exception.
        with ExitStack() as stack:
            for _, undo in reversed(due):
                stack.callback(undo)
        said = ", ".join(f"{name} {self._states[name]}" for name, _ in due)
        return f"{said}; as the operator said" if said else "nothing was asked for"

    def close(self) -> None:
        """Do nothing: a person has no port."""

    def _bring(self, stimulus: str, state: str, request: str) -> None:
        if self._states.get(stimulus) == state:
            return
        # Until it is done nobody knows how it stands.
        self._states[stimulus] = ""
        self._request(request)
        self._states[stimulus] = state
        self._recorder.stimulus(stimulus, state)

    def _request(self, action: str) -> None:
        """Ask until it is done.

        Raises:
            BenchFault: the person aborts, or the terminal is closed.
        """
        typed = ""
        while typed != DONE:
            typed = self._type(action, f"Type `{DONE}`, or `{ABORT}` to end the run: ")

    def _type(self, request: str, hint: str) -> str:
        """Show a request, and return the answer once it stands in the journal."""
        prompt = f"{request}{'' if request.endswith('?') else '.'} {hint}"
        # A person may think for hours; what has been seen so far must be safe.
        self._recorder.sync()
        try:
            typed = self._ask(prompt)
        except EOFError as error:
            raise BenchFault(
                f"{self._name}: nobody can answer {request!r}, the terminal is closed;"
                " run the bench from an open terminal"
            ) from error
        answer = _UNPRINTABLE.sub("?", typed.strip()[:_MAX_ANSWER])
        by = {"by": self._operator} if self._operator else {}
        self._recorder.record(
            Kind.OPERATOR, {"action": request, "answer": answer, **by}
        )
        if answer == ABORT:
            raise BenchFault(
                f"{self._name}: the operator aborted at {request!r}; see to the bench"
                " before the next run"
            )
        return answer
