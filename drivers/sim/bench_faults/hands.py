"""Hands and relays that say OK and do nothing."""

from __future__ import annotations

from typing import ClassVar, Final

from drivers.sim.bench_faults.bench_fault import BenchFault, Span
from drivers.sim.bench_faults.meddling import Meddling
from protocols.bench_commands import (
    Command,
    EmptyVessel,
    FillReservoir,
    SetAmbient,
    SetClamp,
    SetMagnet,
    SetPower,
    SetPressure,
    SetSupply,
    SetTemperature,
    SoundReference,
    WithdrawReservoir,
)

Orders = tuple[type[Command], ...]


class _Idle(BenchFault):
    """Some orders are answered, and not carried out."""

    orders: ClassVar[Orders]

    def meddling(self, start_ns: int) -> Meddling:
        return _Ignores(self.window.since(start_ns), self.orders)


class StuckClamp(_Idle):
    """B27."""

    id = "B27"
    title = "clamp is stuck"
    does = "it stays as it is, whatever it is told"
    found = "the switch at its jaw"
    orders = (SetClamp,)


class StuckMagnet(_Idle):
    """B28: with a window that begins in a case, the magnet stays at the pump."""

    id = "B28"
    title = "magnet is stuck"
    does = "it stays where it is, away or at the pump"
    found = "the field sensor beside the pump"
    orders = (SetMagnet,)


class StuckPower(_Idle):
    """B29."""

    id = "B29"
    title = "power relay is stuck"
    does = "the pump keeps its supply, or stays without"
    found = "the voltage at the pump"
    orders = (SetPower, SetSupply)


class StuckPressure(_Idle):
    """B30."""

    id = "B30"
    title = "source of pressure does nothing"
    does = "the pressure at the end of the line stays as it is"
    found = "the gauge"
    orders = (SetPressure,)


class StuckChamber(_Idle):
    """B31."""

    id = "B31"
    title = "chambers do nothing"
    does = "temperature and ambient pressure of the pump stay as they are"
    found = "thermometer and barometer beside the pump"
    orders = (SetTemperature, SetAmbient)


class SilentSounder(_Idle):
    """B32."""

    id = "B32"
    title = "sounder gives no reference tone"
    does = "the reference is silent"
    found = "a listener whose delay cannot be measured"
    orders = (SoundReference,)


class NoRefill(_Idle):
    """B33."""

    id = "B33"
    title = "hands say that they filled, and did not"
    does = "the reservoir is not filled or emptied"
    found = "the plunger of the filling syringe"
    orders = (FillReservoir, WithdrawReservoir)


class NoEmptying(_Idle):
    """B34."""

    id = "B34"
    title = "hands say that they emptied the vessel, and did not"
    does = "the vessel stays as full as it is"
    found = "the weight before and after"
    orders = (EmptyVessel,)


FAULTS: Final[tuple[type[BenchFault], ...]] = (
    StuckClamp,
    StuckMagnet,
    StuckPower,
    StuckPressure,
    StuckChamber,
    SilentSounder,
    NoRefill,
    NoEmptying,
)


class _Ignores(Meddling):
    def __init__(self, span: Span, orders: Orders) -> None:
        self._span, self._orders = span, orders

    def order(self, t_ns: int, command: Command) -> Command | None:
        is_lost = self._span.holds(t_ns) and isinstance(command, self._orders)
        return None if is_lost else command
