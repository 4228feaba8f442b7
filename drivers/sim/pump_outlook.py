"""What the program in force will deliver: the daily dose, and dates from it.

A single dose that runs (bolus, priming, bridge, a patient's) is left out: the outlook
is that of the background rate. The boluses of a periodic program belong to it.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from drivers.sim.pump_programs import Program
from drivers.sim.pump_schedule import NS_PER_DAY, NS_PER_H
from drivers.sim.pump_time import NS_PER_S

_H_PER_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Outlook:
    """The future of a pump from a moment on, as it is programmed.

    Attributes:
        program: the program in force, None when stopped.
        clock_ns: what the clock shows now, ns.
        rest_nl: what is to come of the periodic dose that runs, nL; 0 without one.
        next_dose_ns: time until the next periodic dose after that, ns; 0 without one.
    """

    program: Program | None
    clock_ns: int
    rest_nl: Fraction
    next_dose_ns: int

    def wait_s(self, volume_nl: Fraction) -> Fraction | None:
        """Return how long a volume above 0 takes, s; None if it never comes."""
        program = self.program
        if program is None:
            return None
        if program.week is not None:
            wait_ns = program.week.wait_ns(self.clock_ns, volume_nl)
        elif program.period_s:
            wait_ns = self._periodic_wait_ns(program, volume_nl)
        elif program.rate_nl_per_h:
            wait_ns = volume_nl * NS_PER_H / program.rate_nl_per_h
        else:
            wait_ns = None
        return None if wait_ns is None else wait_ns / NS_PER_S

    def daily_nl(self) -> Fraction:
        """Return the programmed volume of 24 h, nL.

        For a schedule that is the present day's, from midnight to midnight; for
        periodic boluses the mean.
        """
        program = self.program
        if program is None:
            return Fraction(0)
        if program.week is not None:
            return program.week.day_nl(self.clock_ns)
        if program.period_s:
            days = Fraction(program.period_s * NS_PER_S, NS_PER_DAY)
            return _cycle_nl(program) / days
        return Fraction(program.rate_nl_per_h * _H_PER_DAY)

    def _periodic_wait_ns(self, program: Program, volume_nl: Fraction) -> Fraction:
        """Return how long background and boluses take, ns; whole cycles at once."""
        dose = program.dose
        if dose is None:
            raise ValueError("a periodic program has a dose; give it one")
        ns_per_nl = Fraction(dose.flow.duration_ns, dose.flow.volume_nl)
        if volume_nl <= self.rest_nl:
            return volume_nl * ns_per_nl
        passed_ns = self.rest_nl * ns_per_nl
        left_nl = volume_nl - self.rest_nl
        rate = Fraction(program.rate_nl_per_h, NS_PER_H)
        gap_nl = rate * max(self.next_dose_ns - passed_ns, Fraction(0))
        if left_nl <= gap_nl:
            return passed_ns + left_nl / rate
        left_nl -= gap_nl
        passed_ns = max(passed_ns, Fraction(self.next_dose_ns))
        cycles = ceil(left_nl / _cycle_nl(program)) - 1
        left_nl -= cycles * _cycle_nl(program)
        passed_ns += cycles * program.period_s * NS_PER_S
        if left_nl <= dose.volume_nl:
            return passed_ns + left_nl * ns_per_nl
        return passed_ns + dose.flow.duration_ns + (left_nl - dose.volume_nl) / rate


def _cycle_nl(program: Program) -> Fraction:
    """Return the volume of one period: the bolus, and the rate for the rest."""
    if program.dose is None:
        return Fraction(0)
    rest_ns = program.period_s * NS_PER_S - program.dose.flow.duration_ns
    return program.dose.volume_nl + Fraction(program.rate_nl_per_h * rest_ns, NS_PER_H)
