"""What was told, held against what sensors show that do not hang on it.

A clamp that is stuck looks like a pump that delivers nothing, and a supply that does
not follow like a pump that warns of no empty battery. So each stimulus is looked at
when it has been given, before the next one, and before anything is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from drivers.rig.control_line import ControlLine
from harness.errors import InstrumentFault
from protocols.bench_commands import (
    BeginCase,
    Command,
    FillPocket,
    FillReservoir,
    LoadSyringe,
    ReadSensors,
    RenewUnit,
    Sensed,
    SetAmbient,
    SetClamp,
    SetMagnet,
    SetPower,
    SetSupply,
    SetTemperature,
)

_SUPPLY_MV: Final = 20
_TEMPERATURE_MK: Final = 500
_AMBIENT_PA: Final = 500
_FILLED_SHARE: Final = 0.005
_FILLED_NL: Final = 10_000
"""How far a sensor may lie from what was told."""

_CLAMP: Final = ("open", "closed")
_MAGNET: Final = ("away", "at the pump")


@dataclass(frozen=True, slots=True)
class Told:
    """What stimuli were told last in this case; None while nobody has told them."""

    clamp_closed: bool | None = None
    magnet_present: bool | None = None
    powered: bool | None = None
    supply_mv: int | None = None
    temperature_mk: int | None = None
    ambient_pa: int | None = None

    def after(self, command: Command) -> Told:
        """Return it when a command has been carried out."""
        told = self
        match command:
            case BeginCase():
                # Each case tells anew what it rests on. What a case before was told
                # must not decide what is asked here, nor what is found wrong.
                told = Told()
            case SetClamp(closed):
                told = replace(self, clamp_closed=closed)
            case SetMagnet(present):
                told = replace(self, magnet_present=present)
            case SetPower(on):
                told = replace(self, powered=on)
            case SetSupply(voltage_mv):
                told = replace(self, supply_mv=voltage_mv)
            case SetTemperature(temperature_mk):
                told = replace(self, temperature_mk=temperature_mk)
            case SetAmbient(pressure_pa):
                told = replace(self, ambient_pa=pressure_pa)
            case RenewUnit():
                # A new unit comes with a battery of its own, of some voltage.
                told = replace(self, powered=True, supply_mv=None)
        return told

    def contradicted_by(self, sensed: Sensed) -> str:
        """Say which stimulus is not as it was told; "" if all are."""
        checks = (
            _as_words("clamp", self.clamp_closed, sensed.clamp_closed, _CLAMP),
            _as_words("magnet", self.magnet_present, sensed.magnet_present, _MAGNET),
            self._supply(sensed.supply_mv),
            _within(
                "temperature at the pump",
                "mK",
                self.temperature_mk,
                sensed.temperature_mk,
                _TEMPERATURE_MK,
            ),
            _within(
                "pressure round the pump",
                "Pa",
                self.ambient_pa,
                sensed.ambient_pa,
                _AMBIENT_PA,
            ),
        )
        return "; ".join(check for check in checks if check)

    def _supply(self, sensed_mv: int) -> str:
        if self.powered is None:
            return ""
        told_mv = self.supply_mv if self.powered else 0
        if told_mv is None and sensed_mv == 0:
            return "power was told to be on, but there is no voltage at the pump"
        return _within("supply at the pump", "mV", told_mv, sensed_mv, _SUPPLY_MV)


class ReadBack:
    """Gives orders to the rig, and sees that its stimuli are as they were told.

    Args:
        line: the rig's control port.
    """

    def __init__(self, line: ControlLine) -> None:
        self._line = line
        self._told = Told()

    def order(self, command: Command) -> None:
        """Have a command carried out; of what is filled, the plunger must agree.

        Raises:
            BenchFault: the rig fails, or did not do it.
        """
        match command:
            case FillReservoir(nl) | FillPocket(nl) | LoadSyringe(nl):
                before = self._sense().filled_nl
                self._line.order(command)
                self._check_filled(nl, self._sense().filled_nl - before)
            case _:
                self._line.order(command)
                self._told = self._told.after(command)

    def verify(self) -> None:
        """Look at every stimulus that was told something.

        Raises:
            InstrumentFault: one is not as it was told.
            BenchFault: the rig fails.
        """
        if self._told == Told():
            return
        if said := self._told.contradicted_by(self._sense()):
            raise InstrumentFault(
                f"{self._line.name}: {said}; what was measured since the last stimulus"
                " says nothing about the pump: free what is stuck, and measure again"
            )

    def _check_filled(self, told_nl: int, sensed_nl: int) -> None:
        if abs(sensed_nl - told_nl) > max(_FILLED_NL, _FILLED_SHARE * told_nl):
            raise InstrumentFault(
                f"{self._line.name}: {told_nl} nL were to be filled, but by the plunger"
                f" of the filling syringe it were {sensed_nl} nL; withdraw all, fill"
                " again, and start again"
            )

    def _sense(self) -> Sensed:
        reply = self._line.ask(ReadSensors())
        if not isinstance(reply, Sensed):
            raise InstrumentFault(
                f"{self._line.name} answered SENSORS with {reply}; check the rig's"
                " sensors"
            )
        return reply


def _as_words(
    name: str, told: bool | None, sensed: bool, words: tuple[str, str]
) -> str:
    if told is None or told is sensed:
        return ""
    return f"{name} was told to be {words[told]}, but is {words[sensed]}"


def _within(name: str, unit: str, told: int | None, sensed: int, most: int) -> str:
    if told is None or abs(sensed - told) <= most:
        return ""
    return f"{name} was told to be {told} {unit}, but is {sensed} {unit}"
