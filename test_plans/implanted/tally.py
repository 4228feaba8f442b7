"""What a pump counted of a whole run in phases: by weight, and in its reservoir.

A pump books every programme that it can run by code of its own, so that one which is
right for a constant rate proves nothing about a priming or a patient's bolus.
"""

from __future__ import annotations

from fixtures.procedures import counting
from fixtures.procedures.phases import Phases
from harness.execution.case import Case
from harness.metrology.gravimetry import Blank
from harness.metrology.measurement import bracketed, error_percent
from harness.roles import InfusionPump
from test_plans.implanted import steps
from test_plans.implanted.programmed import Programmed


class Tally:
    """The counts of a pump that stands still, before and after a run.

    Args:
        case: the case, which claims ITB-CNT-002 and ITB-RES-001.
        pump: the pump, stopped and not yet started.
    """

    def __init__(self, case: Case, pump: InfusionPump) -> None:
        self._case = case
        self._pump = pump
        self._first = pump.read_status()

    def judge_programmed(
        self, programme: Programmed, began_ns: int, stopped_ns: tuple[int, int]
    ) -> None:
        """Judge the count against the programme that ran since, if that is claimed.

        A count that follows the clock, and not the motor, shows when the clock is set
        (ITB-CNT-001).

        Args:
            programme: what the pump was told.
            began_ns: bench time at which it had been told.
            stopped_ns: just before and just after it was told to stop.
        """
        if not self._case.claims("ITB-CNT-001"):
            return
        earliest_ns, latest_ns = stopped_ns
        programmed = bracketed(
            programme.volume(began_ns, earliest_ns),
            programme.volume(began_ns, latest_ns),
            "bench clock",
            began_ns,
            latest_ns,
        )
        told = counting.count(self._first, self._pump.read_status())
        limit = self._case.limit("ITB-CNT-001")
        self._case.judge(limit, error_percent(told, programmed))

    def judge(self, run: Phases, after: Blank, *, phases: int = 1) -> None:
        """Judge the counts of all that came between the blanks of a closed run.

        Args:
            run: the run, whose pump has been stopped.
            after: the blank behind it.
            phases: how many phases of at least the shortest one's volume it had.

        Raises:
            MeasurementRefused: the evidence is not usable; the message says why.
        """
        last = self._pump.read_status()
        whole = run.between(run.before.end, after.start, phases=phases).volume
        steps.judge_counted(self._case, whole, counting.count(self._first, last))
        books = steps.bookkeeping(self._first, last)
        self._case.judge(self._case.limit("ITB-RES-001"), books)
