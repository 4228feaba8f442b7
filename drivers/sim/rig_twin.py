"""The rig's side of its control port: the hands at the simulated bench.

Here nobody owns time: in-process the clock does, and a server answers ``UNTIL`` itself.
"""

from __future__ import annotations

from typing import Final

from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.contracts import FAR
from drivers.sim.sounds import REFERENCE, SoundField
from drivers.sim.world import World
from protocols.bench_commands import (
    BeginCase,
    Charge,
    Command,
    Done,
    EmptyVessel,
    Failed,
    FillPocket,
    FillReservoir,
    LetTimePass,
    LoadSyringe,
    Now,
    Pressure,
    PutSyringe,
    PutWeight,
    ReadCharge,
    ReadGauge,
    ReadIdentity,
    ReadSensors,
    ReadTime,
    RenewUnit,
    Reply,
    RigIdentity,
    Sensed,
    SetAmbient,
    SetClamp,
    SetHeight,
    SetMagnet,
    SetPower,
    SetPressure,
    SetSupply,
    SetTemperature,
    SetTubeLeft,
    SoundReference,
    StartByHand,
    StopByHand,
    TakeSyringe,
    TakeWeight,
    UpsetMemory,
    WithdrawReservoir,
)
from protocols.bench_control import encode_reply, parse_command
from protocols.errors import RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader

_IDENTITY: Final = RigIdentity(serial="R000000001", firmware="1.0")
_MK_PER_K: Final = 1_000
_ZERO_CELSIUS_MK: Final = 273_150


class RigTwin:
    """Device side of the control port; implements :class:`contracts.Device`.

    Args:
        world: in which the hands are at work.
        field: the room in which the reference tone sounds.
        meddling: what hands do not do although they are told.
    """

    def __init__(
        self, world: World, field: SoundField, meddling: Meddling | None = None
    ) -> None:
        self._world = world
        self._field = field
        self._meddling = meddling or Meddling()
        self._reader = LineReader()
        self._filled_before_nl = 0.0
        self._output: list[tuple[int, bytes]] = []

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; carry out and answer each whole line."""
        for line in self._reader.feed(data):
            try:
                reply = self._carry_out(t_ns, parse_command(line))
            except (RemoteProtocolError, ValueError) as error:
                reply = Failed(str(error))
            self._output.append((t_ns, encode_reply(reply)))

    def advance(self, t_ns: int) -> None:
        """Do nothing: hands only move when told."""

    def next_event_ns(self) -> int:
        """Return FAR."""
        return FAR

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return output

    def owes_reply(self) -> bool:
        """Return False."""
        return False

    def _carry_out(self, t_ns: int, told: Command) -> Reply:
        command = self._meddling.order(t_ns, told)
        match command:
            case None:
                return Done()
            case ReadIdentity():
                return _IDENTITY
            case ReadTime():
                return Now(t_ns)
            case LetTimePass():
                return Failed("this bench's time is its client's clock")
            case ReadGauge() | ReadCharge() | ReadSensors():
                return self._measure(t_ns, command)
            case SoundReference():
                self._field.emit(t_ns, REFERENCE)
            case _:
                self._handle(t_ns, command)
                self._load(t_ns, command)
                self._surround(t_ns, command)
                self._injure(t_ns, command)
        return Done()

    def _measure(
        self, t_ns: int, command: ReadGauge | ReadCharge | ReadSensors
    ) -> Reply:
        """Read meters and sensors, which show the world as it is."""
        world = self._world
        match command:
            case ReadGauge():
                return Pressure(round(world.back_pressure_pa(t_ns)))
            case ReadCharge():
                return Charge(round(world.charge_nah(t_ns)))
            case ReadSensors():
                return Sensed(
                    clamp_closed=world.is_clamped(t_ns),
                    magnet_present=world.is_magnet_there(t_ns),
                    supply_mv=world.supply_mv(t_ns),
                    temperature_mk=round(world.temperature_c(t_ns) * _MK_PER_K)
                    + _ZERO_CELSIUS_MK,
                    ambient_pa=world.ambient_pressure_pa(t_ns),
                    filled_nl=round(world.filled_nl(t_ns) - self._filled_before_nl),
                )

    def _handle(self, t_ns: int, command: Command) -> None:
        """Do what hands do to line, pump and liquid."""
        match command:
            case BeginCase(case_id):
                self._world.begin_case(t_ns, case_id)
                # A plunger starts anew: no answer grows with what went before.
                self._filled_before_nl = self._world.filled_nl(t_ns)
            case SetClamp(closed):
                self._world.set_clamp(t_ns, closed)
            case SetMagnet(present):
                self._world.set_magnet(t_ns, present)
            case FillReservoir(volume_nl):
                self._world.fill(t_ns, volume_nl)
            case FillPocket(volume_nl):
                self._world.fill_pocket(t_ns, volume_nl)
            case WithdrawReservoir():
                self._world.withdraw_into_vessel(t_ns)
            case LoadSyringe(volume_nl):
                self._world.set_syringe(t_ns, volume_nl)
            case StartByHand(rate_nl_per_h):
                self._world.start_by_hand(t_ns, rate_nl_per_h)
            case StopByHand():
                self._world.stop_by_hand(t_ns)

    def _load(self, t_ns: int, command: Command) -> None:
        """Do what hands do to the pan."""
        match command:
            case PutSyringe(volume_nl):
                self._world.put_syringe(t_ns, volume_nl)
            case TakeSyringe():
                self._world.take_syringe(t_ns)
            case PutWeight(mass_ng):
                self._world.put_weight(t_ns, mass_ng)
            case TakeWeight():
                self._world.take_weight(t_ns)
            case EmptyVessel():
                self._world.empty_vessel(t_ns)

    def _surround(self, t_ns: int, command: Command) -> None:
        """Set what is round the pump."""
        match command:
            case SetPower(on):
                self._world.set_power(t_ns, on)
            case SetSupply(voltage_mv):
                self._world.set_supply(t_ns, voltage_mv)
            case SetPressure(pressure_pa):
                self._world.set_back_pressure(t_ns, pressure_pa)
            case SetHeight(height_mm):
                self._world.set_height(t_ns, height_mm)
            case SetTemperature(temperature_mk):
                above_mk = temperature_mk - _ZERO_CELSIUS_MK
                self._world.set_temperature(t_ns, above_mk / _MK_PER_K)
            case SetAmbient(pressure_pa):
                self._world.set_ambient_pressure(t_ns, pressure_pa)

    def _injure(self, t_ns: int, command: Command) -> None:
        """Do to the pump what no hand can, or mend it."""
        match command:
            case UpsetMemory(lost):
                self._world.upset_memory(t_ns, lost)
            case SetTubeLeft(volume_nl):
                self._world.set_tube_left(t_ns, volume_nl)
            case RenewUnit():
                self._world.renew_unit(t_ns)
