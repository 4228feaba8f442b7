"""What can be put into force: programs, and the doses that replace a rate."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from drivers.sim.contracts import PumpParameters
from drivers.sim.pump_counter import Flow, hourly
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_schedule import DAYS, Day, Week
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.requests import (
    WriteBridge,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import LogEvent, PumpMode

ProgramRequest = (
    WriteProgram | WritePeriodic | WritePriming | WriteBridge | WriteScheduleDay
)
"""A request that says what to infuse."""


class DoseKind(Enum):
    """Why a dose is given: the mode it shows, and how its begin and end are logged."""

    BOLUS = PumpMode.BOLUS, LogEvent.BOLUS_START, LogEvent.BOLUS_END, "single"
    PERIODIC = PumpMode.PERIODIC, LogEvent.BOLUS_START, LogEvent.BOLUS_END, "periodic"
    PATIENT = PumpMode.BOLUS, LogEvent.BOLUS_START, LogEvent.BOLUS_END, "patient"
    PRIMING = PumpMode.PRIMING, LogEvent.PRIMING_START, LogEvent.PRIMING_END, "priming"
    BRIDGE = PumpMode.BRIDGE, LogEvent.BRIDGE_START, LogEvent.BRIDGE_END, "bridge"

    @property
    def mode(self) -> PumpMode:
        """The mode that the pump shows meanwhile."""
        return self.value[0]

    @property
    def begin(self) -> LogEvent:
        """The log entry of its begin; its detail is the volume in nL."""
        return self.value[1]

    @property
    def end(self) -> LogEvent:
        """The log entry of its end; its detail is the volume given in nL."""
        return self.value[2]


BOLUSES: Final = frozenset({DoseKind.BOLUS, DoseKind.PERIODIC, DoseKind.PRIMING})
"""Programmed doses that the pump refuses while it cannot deliver."""


@dataclass(frozen=True, slots=True)
class Dose:
    """A volume given evenly in place of the background rate.

    Attributes:
        kind: what it is for.
        volume_nl: all of it, nL.
        flow: at which it is given.
    """

    kind: DoseKind
    volume_nl: int
    flow: Flow

    @property
    def duration_s(self) -> int:
        """How long it takes, in whole seconds, rounded up."""
        nl_s = self.volume_nl * self.flow.duration_ns
        return -(-nl_s // (self.flow.volume_nl * NS_PER_S))


@dataclass(frozen=True, slots=True)
class Program:
    """What a commit puts into force.

    Attributes:
        requests: what was written, for the self test.
        mode: the programmed mode.
        rate_nl_per_h: background rate; 0 for a schedule, whose week has the rates.
        dose: the dose that comes first, None without one.
        period_s: from the start of one dose to that of the next, s; 0 for a single one.
        week: the rates of a schedule.
    """

    requests: tuple[ProgramRequest, ...]
    mode: PumpMode
    rate_nl_per_h: int
    dose: Dose | None = None
    period_s: int = 0
    week: Week | None = None

    @property
    def rest_mode(self) -> PumpMode:
        """The mode without its dose."""
        if self.dose is None or self.period_s:
            return self.mode
        return PumpMode.CONTINUOUS if self.rate_nl_per_h else PumpMode.STOPPED


def dead_nl(request: WritePriming | WriteBridge, parameters: PumpParameters) -> int:
    """Return the volume of tubing and catheter, nL."""
    return parameters.tubing_nl + request.catheter_nl


def bolus(kind: DoseKind, volume_nl: int, duration_s: int) -> Dose:
    """Return a dose that is given in a duration."""
    return Dose(kind, volume_nl, Flow(volume_nl, duration_s * NS_PER_S))


def program_of(
    request: WriteProgram | WritePeriodic | WritePriming | WriteBridge,
    parameters: PumpParameters,
) -> Program:
    """Return the program that a checked request means to this pump."""
    written = (request,)
    rate = request.rate_nl_per_h
    match request:
        case WriteProgram(mode=PumpMode.MINIMUM):
            minimum = parameters.minimum_mode_nl_per_h
            return Program(written, PumpMode.MINIMUM, minimum)
        case WriteProgram(mode=PumpMode.BOLUS):
            kind, seconds = DoseKind.BOLUS, request.bolus_duration_s
            dose = bolus(kind, request.bolus_nl, seconds)
            return Program(written, PumpMode.BOLUS, rate, dose)
        case WriteProgram():
            return Program(written, request.mode, rate)
        case WritePeriodic():
            kind, seconds = DoseKind.PERIODIC, request.bolus_duration_s
            dose = bolus(kind, request.bolus_nl, seconds)
            return Program(written, PumpMode.PERIODIC, rate, dose, request.period_s)
        case WritePriming():
            volume_nl = dead_nl(request, parameters)
            dose = bolus(DoseKind.PRIMING, volume_nl, request.bolus_duration_s)
            return Program(written, PumpMode.PRIMING, rate, dose)
        case WriteBridge():
            volume_nl = dead_nl(request, parameters)
            if Defect.BRIDGE_SHORT in parameters.defects:
                volume_nl = request.catheter_nl
            dose = Dose(
                DoseKind.BRIDGE, volume_nl, hourly(request.bridge_rate_nl_per_h)
            )
            return Program(written, PumpMode.BRIDGE, rate, dose)


def schedule_of(
    requests: tuple[WriteScheduleDay, ...], parameters: PumpParameters
) -> Program:
    """Return the program of seven checked days, Monday first."""
    days: tuple[Day, ...] = tuple(request.steps for request in requests)
    if Defect.WEEKDAYS_IGNORED in parameters.defects:
        days = days[:1] * DAYS
    return Program(requests, PumpMode.SCHEDULE, 0, week=Week(days))
