"""Data sheet: the rig, which does what hands and chambers do on a real bench."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from harness.clock import NS_PER_S, Clock
from harness.errors import ConfigurationError, InstrumentFault, InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import ChargeReading, Identity, PressureReading
from harness.roles import (
    ChargeMeter,
    FaultInjector,
    FlowClamp,
    Instrument,
    Magnet,
    Operator,
    PowerSwitch,
    PressureChamber,
    PressureGauge,
    PressureSource,
    PumpHands,
    Simulator,
    Sounder,
    TemperatureChamber,
)
from harness.units import VOLUME, Quantity, magnitude, show
from protocols.bench_commands import (
    BeginCase,
    Charge,
    Command,
    Done,
    EmptyVessel,
    FillPocket,
    FillReservoir,
    LoadSyringe,
    Pressure,
    PutSyringe,
    PutWeight,
    ReadCharge,
    ReadGauge,
    ReadIdentity,
    RenewUnit,
    Reply,
    RigIdentity,
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
from protocols.bench_control import encode_command, parse_reply
from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.mt_sics.line_reader import LineReader

TIMEOUT_NS: Final = 10 * NS_PER_S
"""How long one answer is waited for."""

_NOMINAL_SUPPLY_MV: Final = 2_900
_NOMINAL_TEMPERATURE_MK: Final = 293_150
_NOMINAL_AMBIENT_PA: Final = 101_325


class Rig(
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
    FaultInjector,
    Sounder,
    Simulator,
):
    """Everything round the pump of a simulated bench, over its control port.

    A command is sent once: after a silence nobody knows whether a reservoir has been
    filled, so the bench is then at fault.

    Args:
        name: what the journal and messages call the rig.
        port: its control port, journalled.
        clock: bench time.
        recorder: where stimuli and the operator's doings are written.
        timeout_ns: how long one answer is waited for.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = TIMEOUT_NS,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._lines = LineReader()

    def connect(self) -> None:
        """Drop what has come, and check that a rig answers.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: what answers is no rig.
        """
        self._port.read_waiting()
        self.read_identity()

    def read_identity(self) -> Identity:
        """Ask who the rig is."""
        reply = self._ask(ReadIdentity())
        if not isinstance(reply, RigIdentity):
            raise InstrumentFault(
                f"{self._name} answered ID with {reply}; check `port` in the bench file"
            )
        return Identity(reply.model, reply.serial, reply.firmware)

    def set_case(self, case_id: str) -> None:
        """Note that a case begins; the simulation keys its noise by it."""
        self._order(BeginCase(case_id))

    def set_closed(self, closed: bool) -> None:
        """Close the line downstream of the pump, or open it."""
        self._order(SetClamp(closed))
        self._recorder.stimulus("clamp", "closed" if closed else "opened")

    def set_present(self, present: bool) -> None:
        """Bring the magnet to the pump, or take it away."""
        self._order(SetMagnet(present))
        self._recorder.stimulus("magnet", "brought" if present else "taken away")

    def set_powered(self, on: bool) -> None:
        """Give the pump its supply, or take it away; the set voltage stays."""
        self._order(SetPower(on))
        self._recorder.stimulus("power", "switched on" if on else "switched off")

    def set_supply(self, voltage: Quantity) -> None:
        """Set the voltage of the supply, rounded to mV."""
        self._order(SetSupply(round(magnitude(voltage, "mV"))))
        self._recorder.stimulus("supply", f"set to {show(voltage, 'V', 6)}")

    def set_back_pressure(self, pressure: Quantity) -> None:
        """Set the pressure at the end of the line, rounded to Pa."""
        self._order(SetPressure(round(magnitude(pressure, "Pa"))))
        self._recorder.stimulus("back pressure", f"set to {show(pressure, 'kPa', 6)}")

    def read_pressure(self) -> PressureReading:
        """Read the gauge at the end of the line.

        Raises:
            InstrumentFault: it answers with something else.
        """
        reply = self._ask(ReadGauge())
        if not isinstance(reply, Pressure):
            raise InstrumentFault(
                f"{self._name} answered GAUGE with {reply}; check the rig's gauge"
            )
        return PressureReading(self._clock.now_ns(), reply.pressure_pa)

    def read_charge(self) -> ChargeReading:
        """Read what the pump has drawn from its supply since the bench began.

        Raises:
            InstrumentFault: it answers with something else.
        """
        reply = self._ask(ReadCharge())
        if not isinstance(reply, Charge):
            raise InstrumentFault(
                f"{self._name} answered CHARGE with {reply}; check the rig's meter"
            )
        return ChargeReading(self._clock.now_ns(), reply.charge_nah)

    def set_temperature(self, temperature: Quantity) -> None:
        """Bring the pump to a temperature, rounded to mK."""
        self._order(SetTemperature(round(magnitude(temperature, "mK"))))
        said = show(temperature, "degC", 6)
        self._recorder.stimulus("temperature", f"set to {said}")

    def set_ambient_pressure(self, pressure: Quantity) -> None:
        """Set the absolute pressure round the pump, rounded to Pa."""
        self._order(SetAmbient(round(magnitude(pressure, "Pa"))))
        said = show(pressure, "kPa", 6)
        self._recorder.stimulus("ambient pressure", f"set to {said}")

    def corrupt_memory(self, critical: bool) -> None:
        """Flip a stored value: one that the pump can mend, or one that it cannot."""
        self._order(UpsetMemory(lost=critical))
        self._recorder.stimulus("memory", "value lost" if critical else "value flipped")

    def set_tube_left(self, volume: Quantity) -> None:
        """Let the pump's tube have so much of its life left, rounded to nL."""
        self._order(SetTubeLeft(round(magnitude(volume, "nL"))))
        self._recorder.stimulus("tube", f"has {show(volume, VOLUME, 6)} left")

    def sound_reference(self) -> None:
        """Sound the reference tone."""
        self._order(SoundReference())
        self._recorder.stimulus("reference tone", "sounded")

    def renew_unit(self) -> None:
        """Put a new unit in the place of the worn one."""
        self._order(RenewUnit())
        self._recorder.stimulus("unit", "renewed")

    def confirm(self, question: str) -> bool:
        """Say yes: on a simulated bench nothing can be spoilt."""
        self._recorder.operator(question, "yes")
        return True

    def fill_pocket(self, volume: Quantity) -> None:
        """Put ``volume``, rounded to nL, beside the pump."""
        self._order(FillPocket(round(magnitude(volume, "nL"))))
        asked = f"put {show(volume, VOLUME, 6)} beside the pump"
        self._recorder.operator(asked, "done")

    def fill_reservoir(self, volume: Quantity) -> None:
        """Put ``volume``, rounded to nL, into the empty reservoir."""
        self._order(FillReservoir(round(magnitude(volume, "nL"))))
        asked = f"fill the reservoir with {show(volume, VOLUME, 6)}"
        self._recorder.operator(asked, "done")

    def set_syringe(self, volume: Quantity) -> None:
        """Change the pump's syringe for one with ``volume``, rounded to nL."""
        self._order(LoadSyringe(round(magnitude(volume, "nL"))))
        asked = f"change the syringe for one with {show(volume, VOLUME, 6)}"
        self._recorder.operator(asked, "done")

    def start_by_hand(self, rate: Quantity) -> None:
        """Set the rate, rounded to nL/h, at the pump's own keys, and start it."""
        asked = f"set {show(rate, 'mL/hour', 6)} at the pump's keys and start it"
        # A dose that is to flow stands in the record before it does.
        rate_nl_per_h = round(magnitude(rate, "nL/hour"))
        self._recorder.intent(self._name, "start_by_hand", rate_nl_per_h=rate_nl_per_h)
        self._order(StartByHand(rate_nl_per_h))
        self._recorder.operator(asked, "done")

    def stop_by_hand(self) -> None:
        """Stop the pump at its own keys."""
        self._order(StopByHand())
        self._recorder.operator("stop the pump at its own keys", "done")

    def put_syringe_on_pan(self, volume: Quantity) -> None:
        """Put the syringe with ``volume``, rounded to nL, beside the vessel."""
        self._order(PutSyringe(round(magnitude(volume, "nL"))))
        asked = f"put the syringe with {show(volume, VOLUME, 6)} beside the vessel"
        self._recorder.operator(asked, "done")

    def take_syringe_off_pan(self) -> None:
        """Take the syringe off the balance."""
        self._order(TakeSyringe())
        self._recorder.operator("take the syringe off the balance", "done")

    def put_check_weight_on_pan(self, mass: Quantity) -> None:
        """Put the check weight, rounded to ng, beside the vessel."""
        self._order(PutWeight(round(magnitude(mass, "ng"))))
        asked = f"put the check weight of {show(mass, 'g', 8)} beside the vessel"
        self._recorder.operator(asked, "done")

    def take_check_weight_off_pan(self) -> None:
        """Take the check weight off the balance."""
        self._order(TakeWeight())
        self._recorder.operator("take the check weight off the balance", "done")

    def set_height(self, height: Quantity) -> None:
        """Hold the pump above the end of the line, or below; rounded to mm."""
        self._order(SetHeight(round(magnitude(height, "mm"))))
        self._recorder.stimulus("height", f"set to {show(height, 'm', 6)}")

    def withdraw_reservoir(self) -> None:
        """Draw the whole residual out of the reservoir into the vessel."""
        self._order(WithdrawReservoir())
        self._recorder.operator("withdraw the residual into the vessel", "done")

    def empty_vessel(self) -> None:
        """Empty the vessel on the balance to its starting content."""
        self._order(EmptyVessel())
        self._recorder.operator("empty the vessel to its starting content", "done")

    def set_safe(self) -> str:
        """Relieve the pressure first; each step is tried whatever the one before."""
        steps = (
            (SetPressure(0), "back pressure", "relieved"),
            (SetHeight(0), "height", "level"),
            (SetTemperature(_NOMINAL_TEMPERATURE_MK), "temperature", "nominal"),
            (SetAmbient(_NOMINAL_AMBIENT_PA), "ambient pressure", "nominal"),
            (SetClamp(False), "clamp", "opened"),
            (SetMagnet(False), "magnet", "taken away"),
            (SetSupply(_NOMINAL_SUPPLY_MV), "supply", "nominal"),
            (SetPower(True), "power", "switched on"),
        )
        # The stack calls in reverse order, and goes on after any exception.
        with ExitStack() as stack:
            for command, name, action in reversed(steps):
                stack.callback(self._stimulate, command, name, action)
        return (
            "pressure relieved, pump level, temperature and ambient pressure nominal,"
            " clamp open, magnet away, power on"
        )

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    def _stimulate(self, command: Command, name: str, action: str) -> None:
        self._order(command)
        self._recorder.stimulus(name, action)

    def _order(self, command: Command) -> None:
        reply = self._ask(command)
        if reply != Done():
            raise InstrumentFault(
                f"{self._name} answered {command} with {reply}; correct the plan or the"
                " simulated bench"
            )

    def _ask(self, command: Command) -> Reply:
        try:
            line = encode_command(command)
        except LocalProtocolError as error:
            raise ConfigurationError(f"{self._name}: {error}") from error
        # A late answer to an earlier command must not count as this one's.
        self._port.read_waiting()
        self._lines.reset()
        self._port.write(line)
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        lines: list[bytes] = []
        while not lines:
            lines = self._lines.feed(self._port.read(deadline_ns))
            if not lines and self._clock.now_ns() >= deadline_ns:
                self._port.settle()
                raise InstrumentSilent(
                    f"{self._name} did not answer {line!r}, so whether it acted is"
                    " unknown; check that the bench still runs, and start again"
                )
        self._port.settle()
        return self._only(lines)

    def _only(self, lines: list[bytes]) -> Reply:
        if len(lines) != 1:
            raise InstrumentFault(
                f"{self._name} answered one command with {lines}; let nobody else use"
                " its control port"
            )
        try:
            return parse_reply(lines[0])
        except RemoteProtocolError as error:
            raise InstrumentFault(f"{self._name}: {error}") from error
