"""What the parts of the simulated bench promise each other, and a pump's parameters.

The world is computed, not stepped: whoever asks gives the moment, and a part that acts
by itself says when it will. All moments are bench time in integer nanoseconds.

A parameter's unit stands in its annotation (Pint syntax; ``"1"`` is a plain number),
so that a bench file can give it as a quantity under the field's name. Marks of the
sources: [S] published, [G] general knowledge, [I] invented for our reference pump.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final, Protocol

from drivers.sim.parameter_limits import require
from drivers.sim.pump_defects import Defect
from protocols.pump_link.vocabulary import AlarmFlag, Feature

FAR: Final = 2**62
"""A moment that never comes, in nanoseconds."""


class Device(Protocol):
    """The device's side of a wire.

    The bench calls every method with moments that never run backwards, and it calls
    :meth:`advance` up to a moment before it hands over bytes of that moment. After
    anything has changed in the world (magnet, clamp, reservoir, motor) it calls
    :meth:`advance` on every device with the moment of the change and then asks
    :meth:`next_event_ns` anew, so a device may look at its mechanism in
    :meth:`advance` and need not watch it.
    """

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes whose last one was complete at ``t_ns``."""

    def advance(self, t_ns: int) -> None:
        """Do everything that is due up to and including ``t_ns``."""

    def next_event_ns(self) -> int:
        """Return the next moment at which the device may act by itself, or FAR."""

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call, as (moment, bytes) in order."""

    def owes_reply(self) -> bool:
        """Tell whether a request is in hand that a later event will answer.

        A device that answers at once, or never, always says False.
        """


class Mechanism(Protocol):
    """What the pump's firmware can do to its mechanics, and learn from them."""

    @property
    def revision(self) -> int:
        """Another number after every change that could not be foretold."""

    def set_motor(self, t_ns: int, rate_nl_per_h: float) -> None:
        """Turn the rotor at the speed that nominally pumps this rate; 0 stops it."""

    def is_rotor_blocked(self, t_ns: int) -> bool:
        """Tell whether a magnet holds the rotor, turning or not."""

    def is_inlet_dry(self, t_ns: int) -> bool:
        """Tell what the empty detector sees: no liquid at the inlet."""

    def reservoir_dry_at_ns(self, t_ns: int) -> int:
        """Return when, from ``t_ns`` on, the reservoir is really empty.

        FAR when it never is at the present motor speed.
        """

    def reservoir_nl(self, t_ns: int) -> float:
        """Return the real content, for a pump that has a level sensor."""

    def supply_mv(self, t_ns: int) -> int:
        """Return the voltage of the supply; 0 when there is none."""

    def line_pressure_kpa(self, t_ns: int) -> float:
        """Return the pressure behind the rotor, averaged over its pulsation."""

    def pressure_crosses_ns(self, t_ns: int, kpa: float) -> int:
        """Return when, from ``t_ns`` on, that pressure next crosses ``kpa``.

        In either direction; FAR when it never does as things are.
        """

    def memory_upsets(self, t_ns: int) -> tuple[int, int]:
        """Return how many stored values were flipped: mended ones, lost ones."""

    def tube_setting(self, t_ns: int) -> tuple[int, int]:
        """Return which setting of the tube's life this is, and what it left in nL."""

    def renewals(self, t_ns: int) -> int:
        """Return how often battery, tube and memory have been made new."""

    def use_link(self) -> None:
        """Draw from the supply what an exchange on the link costs."""


class HandledMechanism(Mechanism, Protocol):
    """The mechanics of a pump that stands beside the bench, within reach of hands."""

    def syringes(self, t_ns: int) -> int:
        """Return how often the syringe has been changed."""

    def hand_setting(self, t_ns: int) -> tuple[int, int]:
        """Return the number of the last order at the pump's keys, and its nL/h."""


class Level(Enum):
    """How the pump knows its reservoir."""

    COUNTER = "counter"
    """It subtracts what it believes to have delivered."""
    SENSOR = "sensor"
    """It measures the content."""


@dataclass(frozen=True, slots=True)
class PumpParameters:
    """One pump of our reference model. Ranges are ITB-class, not a product's [G]."""

    model: str = "DB-ITB40"
    firmware: str = "1.0.0"
    serial: int = 10001
    capacity_nl: Annotated[int, "nL"] = 40_000_000
    min_rate_nl_per_h: Annotated[int, "nL/hour"] = 2_000
    """0.048 mL/day [G]; a rate of 0 is always allowed."""
    max_rate_nl_per_h: Annotated[int, "nL/hour"] = 1_000_000
    """24 mL/day [G]."""
    minimum_mode_nl_per_h: Annotated[int, "nL/hour"] = 250
    """Rate of the minimum mode; 0.006 mL/day [G]."""
    tubing_nl: Annotated[int, "nL"] = 199_000
    """Volume between reservoir and catheter, which priming and bridge add [S]."""
    flow_error: Annotated[float | None, "1"] = None
    """Share by which the pump really delivers more; None draws it from the seed."""
    unit_tolerance: Annotated[float, "1"] = 0.05
    """Half the width from which ``flow_error`` is drawn, uniformly [I]."""
    pulse_volume_nl: Annotated[int, "nL"] = 1_000
    """Volume of one roller pass [I]; 5 µL is of the usual order [G]."""
    ripple: Annotated[float, "1"] = 0.1
    """Amplitude of the pulsation of the delivered volume, in pulse volumes [I].

    Below 1/(2 pi), so that the flow never reverses.
    """
    clock_error_ppm: Annotated[float, "1"] = 20.0
    """Millionths by which the pump's clock runs fast; a quartz crystal's [G]."""
    stall_detection_s: Annotated[float, "s"] = 300.0
    """How long a commanded rotor must be blocked before the pump notices [I]."""
    empty_detection_s: Annotated[float, "s"] = 60.0
    """How long the inlet must be dry before the pump notices [I]."""
    level: Level = Level.COUNTER
    absent: frozenset[Feature] = frozenset()
    """What this model cannot do, besides what follows from its sensors."""
    battery_mv: Annotated[int, "mV"] = 2_900
    """Voltage of a fresh battery, and of the supply that stands in for it [I]."""
    replacement_mv: Annotated[int, "mV"] = 2_600
    """Below it the pump must be replaced [I]; 90 days later its service ends [S]."""
    low_battery_mv: Annotated[int, "mV"] = 2_500
    end_mv: Annotated[int, "mV"] = 2_200
    """Below it the service ends at once [I]."""
    dead_mv: Annotated[int, "mV"] = 2_000
    """Below it the pump has no power [I]."""
    boot_s: Annotated[float, "s"] = 2.0
    """From the return of the power until the stored program goes on [I]."""
    occlusion_kpa: Annotated[float | None, "kPa"] = None
    """Pressure in the line that is an occlusion; None for a pump without sensor."""
    occlusion_detection_s: Annotated[float, "s"] = 10.0
    """How long that pressure must last before the pump notices [I]."""
    tube_life_nl: Annotated[int, "nL"] = 3_000_000_000
    """Volume that the pump tube moves in its life [I]; 0 for a pump without tube."""
    fill_mismatch_nl: Annotated[int, "nL"] = 2_000_000
    """Largest difference of sensed and entered content without alarm; level sensor
    only. 2 mL on 40 mL [S]."""
    back_pressure_per_kpa: Annotated[float, "kPa^-1"] = 0.000_5
    """Share of the flow that each kPa at the end of the line takes [I]."""
    temperature_per_k: Annotated[float, "K^-1"] = 0.001
    """Share by which each kelvin above 20 °C raises the flow [I]."""
    ambient_per_kpa: Annotated[float, "kPa^-1"] = 0.000_2
    """Share by which each kPa above the standard atmosphere raises the flow [I]."""
    magnet_holds: bool = True
    """Whether a magnetic field stops the flow; it does not with valves [S]."""
    magnet_release_nl: Annotated[int, "nL"] = 0
    """Volume that a magnetic field sets free at once; up to 10 µL with valves [S]."""
    consumption: Annotated[float, "1"] = 1.0
    """Share of the nominal charge that it draws from its supply. P04, a recall."""
    refill_share: Annotated[float, "1"] = 1.0
    """Share of a refill that its port leads into the reservoir. R06, a notice."""
    magnet_flow_nl_per_h: Annotated[float, "nL/hour"] = 0.0
    """Flow of a (defective) unit whose valves stay open in a field. M10, a notice."""
    mute: frozenset[AlarmFlag] = frozenset()
    """Alarms that this (defective) unit never raises."""
    mute_flag: frozenset[AlarmFlag] = frozenset()
    """Alarms that this unit sounds and logs, and never tells on the link. A06's
    counterpart, engineering."""
    mute_log: frozenset[AlarmFlag] = frozenset()
    """Alarms that this unit does not log. M05, a notice of 2008."""
    mute_sound: frozenset[AlarmFlag] = frozenset()
    """Alarms that this unit does not sound. A06, a recall."""
    swapped_priority: frozenset[AlarmFlag] = frozenset()
    """Alarms that this unit sounds as if of the other priority. A08, recalls of 2019
    and 2020."""
    late: frozenset[AlarmFlag] = frozenset()
    """Alarms that this unit raises, logs or sounds late, by the following times. M03, a
    notice of 2008."""
    late_s: Annotated[float, "s"] = 0.0
    """How late the whole alarm is."""
    late_log_s: Annotated[float, "s"] = 0.0
    """How much later than the flag its log entries are."""
    late_sound_s: Annotated[float, "s"] = 0.0
    """How much later than the flag its sound is."""
    defects: frozenset[Defect] = frozenset()
    """What else this (defective) unit does wrong."""

    def __post_init__(self) -> None:
        require(
            0 <= self.ripple < 1 / (2 * math.pi),
            "ripple", "at least 0 and below 1/(2 pi), or the flow would reverse",
        )  # fmt: skip
        require(self.pulse_volume_nl > 0, "pulse_volume_nl", "above 0")
        require(self.unit_tolerance >= 0, "unit_tolerance", "at least 0")
        require(
            self.flow_error is None or self.flow_error > -1, "flow_error", "above -1"
        )
        require(
            self.dead_mv < self.end_mv < self.low_battery_mv <= self.replacement_mv,
            "replacement_mv", "at or above low_battery_mv, end_mv, dead_mv in turn",
        )  # fmt: skip
