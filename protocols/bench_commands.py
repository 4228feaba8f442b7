"""What can be said over the control port of a simulated bench.

How it is written stands in :mod:`protocols.bench_control`.
"""

from dataclasses import dataclass
from typing import Final

MODEL: Final = "DOSEBENCH-RIG"
"""What a rig calls itself."""


@dataclass(frozen=True, slots=True)
class ReadIdentity:
    """Who are you? Answered by `RigIdentity`."""


@dataclass(frozen=True, slots=True)
class ReadTime:
    """What is the bench time? Answered by `Now`."""


@dataclass(frozen=True, slots=True)
class LetTimePass:
    """Let time pass until ``until_ns`` or the first unasked byte; answered by `Now`."""

    until_ns: int


@dataclass(frozen=True, slots=True)
class BeginCase:
    """A case begins now. Its id has no blanks and at most 100 characters."""

    case_id: str


@dataclass(frozen=True, slots=True)
class SetClamp:
    """Close the line downstream of the pump, or open it."""

    closed: bool


@dataclass(frozen=True, slots=True)
class SetMagnet:
    """Bring the magnet to the pump, or take it away."""

    present: bool


@dataclass(frozen=True, slots=True)
class FillReservoir:
    """Put so many nanolitres into the pump's reservoir."""

    volume_nl: int


@dataclass(frozen=True, slots=True)
class LoadSyringe:
    """Change the pump's syringe for one with so many nanolitres in it."""

    volume_nl: int


@dataclass(frozen=True, slots=True)
class StartByHand:
    """Set the pump to so many nanolitres an hour at its own keys, and start it."""

    rate_nl_per_h: int


@dataclass(frozen=True, slots=True)
class StopByHand:
    """Stop the pump at its own keys."""


@dataclass(frozen=True, slots=True)
class PutSyringe:
    """Put the refill's syringe beside the vessel, with so many nanolitres in it."""

    volume_nl: int


@dataclass(frozen=True, slots=True)
class TakeSyringe:
    """Take the syringe off the balance."""


@dataclass(frozen=True, slots=True)
class PutWeight:
    """Put a check weight of so many nanograms beside the vessel."""

    mass_ng: int


@dataclass(frozen=True, slots=True)
class TakeWeight:
    """Take the check weight off the balance."""


@dataclass(frozen=True, slots=True)
class WithdrawReservoir:
    """Draw the residual out of the reservoir into the vessel on the balance."""


@dataclass(frozen=True, slots=True)
class EmptyVessel:
    """Empty the vessel on the balance to its starting content."""


@dataclass(frozen=True, slots=True)
class SetPower:
    """Give the pump its supply, or take it away."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetSupply:
    """Set the voltage of the pump's supply."""

    voltage_mv: int


@dataclass(frozen=True, slots=True)
class SetPressure:
    """Set the pressure at the end of the line, against the atmosphere."""

    pressure_pa: int


@dataclass(frozen=True, slots=True)
class ReadGauge:
    """What is the pressure at the end of the line? Answered by `Pressure`."""


@dataclass(frozen=True, slots=True)
class ReadCharge:
    """What has the pump drawn from its supply? Answered by `Charge`."""


@dataclass(frozen=True, slots=True)
class ReadSensors:
    """What do the sensors beside the pump show? Answered by `Sensed`."""


@dataclass(frozen=True, slots=True)
class SetHeight:
    """Hold the pump so much above the end of the line; below it if negative."""

    height_mm: int


@dataclass(frozen=True, slots=True)
class SetTemperature:
    """Bring the pump to a temperature, in thousandths of a kelvin."""

    temperature_mk: int


@dataclass(frozen=True, slots=True)
class SetAmbient:
    """Set the absolute pressure round the pump."""

    pressure_pa: int


@dataclass(frozen=True, slots=True)
class FillPocket:
    """Put so many nanolitres beside the pump, where they are of no use."""

    volume_nl: int


@dataclass(frozen=True, slots=True)
class UpsetMemory:
    """Flip a value that the pump stores: one that it can mend, or one that is lost."""

    lost: bool


@dataclass(frozen=True, slots=True)
class SetTubeLeft:
    """Let the pump's tube last for so many nanolitres more."""

    volume_nl: int


@dataclass(frozen=True, slots=True)
class SoundReference:
    """Sound the reference tone at once."""


@dataclass(frozen=True, slots=True)
class RenewUnit:
    """Put a new unit in the place of the worn one."""


Command = (
    ReadIdentity
    | ReadTime
    | LetTimePass
    | BeginCase
    | SetClamp
    | SetMagnet
    | FillReservoir
    | LoadSyringe
    | StartByHand
    | StopByHand
    | PutSyringe
    | TakeSyringe
    | PutWeight
    | TakeWeight
    | WithdrawReservoir
    | EmptyVessel
    | SetPower
    | SetSupply
    | SetPressure
    | ReadGauge
    | ReadCharge
    | ReadSensors
    | SetHeight
    | SetTemperature
    | SetAmbient
    | FillPocket
    | UpsetMemory
    | SetTubeLeft
    | SoundReference
    | RenewUnit
)


@dataclass(frozen=True, slots=True)
class Done:
    """The command has been carried out."""


@dataclass(frozen=True, slots=True)
class RigIdentity:
    """Serial number and firmware of the rig; neither has blanks."""

    serial: str
    firmware: str
    model: str = MODEL


@dataclass(frozen=True, slots=True)
class Now:
    """Bench time in nanoseconds since 1970-01-01 UTC."""

    t_ns: int


@dataclass(frozen=True, slots=True)
class Pressure:
    """Pressure at the end of the line, against the atmosphere."""

    pressure_pa: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What the pump has drawn from its supply since the bench began."""

    charge_nah: int


@dataclass(frozen=True, slots=True)
class Sensed:
    """What sensors show that share nothing with what sets the stimuli.

    Attributes:
        clamp_closed: by a switch at the jaw of the clamp.
        magnet_present: by a field sensor beside the pump.
        supply_mv: voltage at the pump; 0 without supply.
        temperature_mk: of the pump, in thousandths of a kelvin.
        ambient_pa: absolute pressure round the pump.
        filled_nl: what the filling syringe has given since the case began, by its
            plunger.
    """

    clamp_closed: bool
    magnet_present: bool
    supply_mv: int
    temperature_mk: int
    ambient_pa: int
    filled_nl: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The command was not carried out; `text` says why."""

    text: str


Reply = Done | RigIdentity | Now | Pressure | Charge | Sensed | Failed
