"""Data sheet: the rig, which does what hands and chambers do on a real bench."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from drivers.rig.control_line import TIMEOUT_NS, ControlLine
from drivers.rig.hands import RigHands
from drivers.rig.read_back import ReadBack
from harness.clock import Clock
from harness.errors import InstrumentFault
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import ChargeReading, Identity, PressureReading
from harness.roles import (
    ChargeMeter,
    FaultInjector,
    FlowClamp,
    Instrument,
    Magnet,
    PowerSwitch,
    PressureChamber,
    PressureGauge,
    PressureSource,
    Simulator,
    Sounder,
    StimulusCheck,
    TemperatureChamber,
)
from harness.units import VOLUME, Quantity, magnitude, show
from protocols.bench_commands import (
    BeginCase,
    Charge,
    Command,
    Pressure,
    ReadCharge,
    ReadGauge,
    ReadIdentity,
    RenewUnit,
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
    UpsetMemory,
)

_NOMINAL_SUPPLY_MV: Final = 2_900
_NOMINAL_TEMPERATURE_MK: Final = 293_150
_NOMINAL_AMBIENT_PA: Final = 101_325


class Rig(
    RigHands,
    Instrument,
    FlowClamp,
    Magnet,
    PowerSwitch,
    PressureSource,
    PressureGauge,
    ChargeMeter,
    TemperatureChamber,
    PressureChamber,
    FaultInjector,
    Sounder,
    Simulator,
    StimulusCheck,
):
    """Everything round the pump of a simulated bench, over its control port.

    A command is sent once: after a silence nobody knows whether a reservoir has been
    filled, so the bench is then at fault. Sensors show whether it was carried out.

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
        self._line = ControlLine(name, port, clock, timeout_ns)
        self._stimuli = ReadBack(self._line)
        super().__init__(name, self._stimuli, recorder)
        self._clock = clock

    def connect(self) -> None:
        """Drop what has come, and check that a rig answers.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: what answers is no rig.
        """
        self._line.drop()
        self.read_identity()

    def read_identity(self) -> Identity:
        """Ask who the rig is."""
        reply = self._line.ask(ReadIdentity())
        if not isinstance(reply, RigIdentity):
            raise InstrumentFault(
                f"{self._name} answered ID with {reply}; check `port` in the bench file"
            )
        return Identity(reply.model, reply.serial, reply.firmware)

    def set_case(self, case_id: str) -> None:
        """Note that a case begins; the simulation keys its noise by it."""
        self._stimuli.order(BeginCase(case_id))

    def set_closed(self, closed: bool) -> None:
        """Close the line downstream of the pump, or open it."""
        self._stimulate(SetClamp(closed), "clamp", "closed" if closed else "opened")

    def set_present(self, present: bool) -> None:
        """Bring the magnet to the pump, or take it away."""
        self._stimulate(
            SetMagnet(present), "magnet", "brought" if present else "taken away"
        )

    def set_powered(self, on: bool) -> None:
        """Give the pump its supply, or take it away; the set voltage stays."""
        self._stimulate(SetPower(on), "power", "switched on" if on else "switched off")

    def set_supply(self, voltage: Quantity) -> None:
        """Set the voltage of the supply, rounded to mV."""
        self._stimulate(
            SetSupply(round(magnitude(voltage, "mV"))),
            "supply",
            f"set to {show(voltage, 'V', 6)}",
        )

    def set_back_pressure(self, pressure: Quantity) -> None:
        """Set the pressure at the end of the line, rounded to Pa."""
        self._stimulate(
            SetPressure(round(magnitude(pressure, "Pa"))),
            "back pressure",
            f"set to {show(pressure, 'kPa', 6)}",
        )

    def read_pressure(self) -> PressureReading:
        """Read the gauge at the end of the line.

        Raises:
            InstrumentFault: it answers with something else.
        """
        reply = self._line.ask(ReadGauge())
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
        reply = self._line.ask(ReadCharge())
        if not isinstance(reply, Charge):
            raise InstrumentFault(
                f"{self._name} answered CHARGE with {reply}; check the rig's meter"
            )
        return ChargeReading(self._clock.now_ns(), reply.charge_nah)

    def set_temperature(self, temperature: Quantity) -> None:
        """Bring the pump to a temperature, rounded to mK."""
        said = show(temperature, "degC", 6)
        self._stimulate(
            SetTemperature(round(magnitude(temperature, "mK"))),
            "temperature",
            f"set to {said}",
        )

    def set_ambient_pressure(self, pressure: Quantity) -> None:
        """Set the absolute pressure round the pump, rounded to Pa."""
        said = show(pressure, "kPa", 6)
        self._stimulate(
            SetAmbient(round(magnitude(pressure, "Pa"))),
            "ambient pressure",
            f"set to {said}",
        )

    def corrupt_memory(self, critical: bool) -> None:
        """Flip a stored value: one that the pump can mend, or one that it cannot."""
        self._stimulate(
            UpsetMemory(lost=critical),
            "memory",
            "value lost" if critical else "value flipped",
        )

    def set_tube_left(self, volume: Quantity) -> None:
        """Let the pump's tube have so much of its life left, rounded to nL."""
        self._stimulate(
            SetTubeLeft(round(magnitude(volume, "nL"))),
            "tube",
            f"has {show(volume, VOLUME, 6)} left",
        )

    def sound_reference(self) -> None:
        """Sound the reference tone."""
        # Its delay is measured, so nothing is asked before or after it.
        self._bring(SoundReference(), "reference tone", "sounded")

    def renew_unit(self) -> None:
        """Put a new unit in the place of the worn one."""
        self._stimulate(RenewUnit(), "unit", "renewed")

    def set_height(self, height: Quantity) -> None:
        """Hold the pump above the end of the line, or below; rounded to mm."""
        self._stimulate(
            SetHeight(round(magnitude(height, "mm"))),
            "height",
            f"set to {show(height, 'm', 6)}",
        )

    def confirm_stimuli(self) -> None:
        """Look at clamp, magnet, supply, temperature and pressure as they are.

        Raises:
            InstrumentFault: one is not as it was told.
        """
        self._stimuli.verify()

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
            stack.callback(self._stimuli.verify)
            for command, name, action in reversed(steps):
                stack.callback(self._bring, command, name, action)
        return (
            "pressure relieved, pump level, temperature and ambient pressure nominal,"
            " clamp open, magnet away, power on"
        )

    def close(self) -> None:
        """Release the port."""
        self._line.close()

    def _stimulate(self, command: Command, name: str, action: str) -> None:
        """Give a stimulus; what came before it must still be as it was told."""
        self._stimuli.verify()
        self._bring(command, name, action)
        self._stimuli.verify()

    def _bring(self, command: Command, name: str, action: str) -> None:
        self._stimuli.order(command)
        self._recorder.stimulus(name, action)
