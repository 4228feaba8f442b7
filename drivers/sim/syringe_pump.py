"""Parameters of the simulated syringe pumps: one drive, whatever language it speaks.

Magnitudes are those of a bench syringe pump with a stepping motor [G]: the plunger is
moved in small steps, and the drive gives way where the force is too great.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from drivers.sim.contracts import PumpParameters


class SyringeDefect(Enum):
    """What a defective unit does wrong, beside its parameters.

    What is not named is as in a healthy unit, on the link and on the bench.
    """

    IGNORES_STOP = "ignores stop"
    """It says that it has stopped, and goes on at its rate; DIS does not count it."""
    DRIPS = "drips while stopped"
    """Whenever it does not run, the drive goes on at 60 µL/h; DIS does not count it."""
    CREEPS = "creeps after the volume"
    """After a volume was reached the drive goes on at 60 µL/h until it is told to stop
    or run; it says that it has stopped, and DIS does not count it."""
    RUNS_ON = "runs on past the target volume"
    """It gives 10 % more than VOL; DIS shows VOL."""
    HALF_RATE = "injects at half the rate"
    """With a volume set it runs at half of RAT, which reads back right; the volume is
    right too."""
    FIRST_VOLUME = "first volume kept"
    """It gives the first volume since its power came on again and again; VOL reads back
    as it was set."""
    COUNTS_TOO_MUCH = "counts too much"
    """DIS counts 10 % more than is moved."""
    COUNTS_STALLED = "counts while stalled"
    """After a stall, with its alarm, DIS goes on at RAT until the next command to stop
    or run, and the plunger stands."""
    SILENT_STALL = "keeps silent at stall"
    """No alarm: it goes on to say that it infuses, the plunger stands, and DIS with
    it."""
    ENDS_EARLY = "ends early"
    """It takes the syringe's last 1 mL for its end, with alarm and stop."""
    OLD_RATE = "old rate kept after a change"
    """A rate that is set while it runs, or within a minute after, reads back right, and
    the drive keeps its old speed."""
    WEAK_AFTER_CHANGE = "weak after syringe change"
    """After a change of the syringe the next run is at 80 % of RAT; DIS counts RAT."""
    PUSHES = "pushes at a syringe change"
    """When the syringe is changed, the drive moves 100 µL within 0.6 s; it says that it
    has stopped, and DIS does not count it."""
    RESUMES = "resumes by itself"
    """After a stall, with its alarm, it goes on at RAT as soon as the plunger is free;
    it says that it infuses."""
    STARTS_AFTER_POWER = "starts after power loss"
    """When its power is back it runs on at RAT; the alarm is shown."""
    HIDES_RESET = "hides a reset"
    """No alarm when its power is back; it stands, as it should."""
    WEAK_AFTER_POWER = "weak after power loss"
    """The first run after its power has come back is at 80 % of RAT; DIS counts RAT."""
    TAKES_ANY_RATE = "takes any rate"
    """A rate that the syringe's diameter does not allow is taken, and run."""
    WANDERS = "flow wanders"
    """In turns it delivers 30 % more for 3 h, and 30 % less for 3 h, from every start;
    DIS counts RAT."""


@dataclass(frozen=True, slots=True)
class SyringePumpParameters:
    """One syringe pump with its syringe in place."""

    model: str = "NE1000"
    serial: str = "S000000001"
    firmware: str = "3.923"
    address: int = 0
    diameter_um: Annotated[int, "um"] = 14_570
    """Inner diameter of the syringe, and the pump's setting at first; 14.57 mm is a
    10 mL syringe [G]. Where the setting differs, the pump delivers by the square of
    their ratio too much or too little."""
    capacity_nl: Annotated[int, "nL"] = 60_000_000
    """Of the largest syringe that fits."""
    max_speed_um_per_h: Annotated[int, "um/hour"] = 3_060_300
    """Of the plunger; 5.1 cm/min [G]."""
    min_speed_nm_per_h: Annotated[int, "nm/hour"] = 42_050
    """Of the plunger; 0.0042 cm/h [G]."""
    flow_error: Annotated[float | None, "1"] = None
    """Share by which it really delivers more; None draws it from the seed."""
    unit_tolerance: Annotated[float, "1"] = 0.01
    """Half the width from which ``flow_error`` is drawn, uniformly [G]."""
    step_nl: Annotated[int, "nL"] = 100
    """Volume of one turn of the drive, in which its flow rises and falls."""
    ripple: Annotated[float, "1"] = 0.1
    back_pressure_per_kpa: Annotated[float, "kPa^-1"] = 0.000_1
    stall_kpa: Annotated[float, "kPa"] = 75.0
    """Pressure in the syringe against which the plunger stands still [I]; below the
    line's `stall_pressure_kpa`."""
    stall_detection_s: Annotated[float, "s"] = 2.0
    """How long the plunger must stand still before the pump notices [I]."""
    defects: frozenset[SyringeDefect] = frozenset()

    @property
    def mechanical(self) -> PumpParameters:
        """The same for the world, in which every pump has a reservoir."""
        return PumpParameters(
            capacity_nl=self.capacity_nl,
            flow_error=self.flow_error,
            unit_tolerance=self.unit_tolerance,
            pulse_volume_nl=self.step_nl,
            ripple=self.ripple,
            back_pressure_per_kpa=self.back_pressure_per_kpa,
            temperature_per_k=0.0,
            ambient_per_kpa=0.0,
            magnet_holds=False,
        )
