"""A delivery in phases: each is weighed by itself, while the pump runs.

A mark is a short plateau of weight readings. The volume of a phase is what came between
its two marks; evaporation is known from a blank before the first and after the last.
"""

from __future__ import annotations

from dataclasses import dataclass

from fixtures.course import within
from fixtures.weighing import WeighingStation
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.measurement import Measurement, difference, ratio
from harness.readings import WeightReading
from harness.units import FLOW, VOLUME, Quantity, ureg

# Looks at the balance in the shortest flow that is programmed or weighed. A key that is
# pressed where the display is near zero hides less than comes between two of them.
LOOKS = 10
# How often the balance is read in an even flow that lasts for hours.
STEADY = ureg.Quantity(10.0, "minute")


@dataclass(frozen=True, slots=True)
class Phase:
    """What came between two marks.

    Attributes:
        start: the weighing at its beginning.
        end: the weighing at its end.
        volume: what came.
        flow: the mean flow, in mL/day.
    """

    start: Weighing
    end: Weighing
    volume: Measurement
    flow: Measurement


class Phases:
    """Blank, phases, blank. The line is open in between, and the balance watched.

    Args:
        weighing: balance and clamp.
        blank: how long a blank is weighed.
        tolerance: half of what the shortest phase's volume may vary by its limit; no
            correction may reach a third of it.
        every: how often the balance is read in between. A key pressed between two marks
            must not pass for a pump that gives too little, nor hide a second dose.
    """

    def __init__(
        self,
        weighing: WeighingStation,
        blank: Quantity,
        tolerance: Quantity,
        every: Quantity,
    ) -> None:
        self._weighing = weighing
        self._length = blank
        self._tolerance = tolerance
        self._before = weighing.blank(blank)
        self._after: Blank | None = None
        self._watched = weighing.start_watching(every)
        weighing.open_line()

    @property
    def before(self) -> Blank:
        """The blank before the first phase."""
        return self._before

    def mark(self) -> Weighing:
        """Weigh now, for 9 s; the pump may run."""
        return self._weighing.weigh()

    def course(self, start: Weighing, end: Weighing) -> list[WeightReading]:
        """The readings between two marks."""
        first_ns, last_ns = start.plateau.t_ns, end.plateau.t_ns
        return list(within(self._watched.readings, first_ns, last_ns))

    def close(self) -> Blank:
        """Let the stopped pump's line relax, and weigh the blank after the last."""
        self._weighing.relax()
        self._weighing.stop_watching()
        self._after = self._weighing.blank(self._length)
        return self._after

    def between(
        self, start: Weighing, end: Weighing, *, phases: int = 1, spurts: bool = False
    ) -> Phase:
        """What came between two marks; the run is closed.

        A step of the balance widens the volume, as it may be a touched vessel.

        Args:
            start: the earlier mark.
            end: the later mark.
            phases: how many phases of at least the shortest one's volume lie between,
                so many times may the tolerance be.
            spurts: what comes at once is looked for, so it counts as what it seems.

        Raises:
            MeasurementRefused: the evidence is not usable; the message says why.
            ValueError: the run is not closed.
        """
        if self._after is None:
            raise ValueError("close the run first: the second blank is missing")
        volume = self._weighing.delivered_between(
            start, end, self._before, self._after, self._tolerance * phases
        )
        elapsed_ns = end.plateau.t_ns - start.plateau.t_ns
        if not spurts:
            volume = self._weighing.doubting_steps(
                volume, start.plateau.t_ns, end.plateau.t_ns
            )
        return Phase(start, end, volume, flow_over(volume, elapsed_ns))


def in_time(flow: Measurement, duration_ns: int) -> Measurement:
    """The volume of a flow in an exact time, mL; negative for a negative time."""
    return ratio(flow, 1.0 / _time(duration_ns), VOLUME)


def flow_over(volume: Measurement, duration_ns: int) -> Measurement:
    """The mean flow of a volume that came in an exact time, mL/day."""
    return ratio(volume, _time(duration_ns), FLOW)


def delay_of_change(
    before: Phase, across: Phase, after: Phase, expected_ns: int
) -> Measurement:
    """How much later than expected the flow changed, by weight, in minutes.

    The pump's own flows before and after the change are measured, so that its flow
    error is not taken for a delay: with the flows f1 and f2 and the volume V between
    the times t1 and t2, V = f1 (t - t1) + f2 (t2 - t) gives the time t of the change.

    Args:
        before: a phase at the first flow.
        across: the phase in which the change lies.
        after: a phase at the second flow.
        expected_ns: bench time at which the change is due.
    """
    start_ns, end_ns = across.start.plateau.t_ns, across.end.plateau.t_ns
    first = in_time(before.flow, expected_ns - start_ns)
    second = in_time(after.flow, end_ns - expected_ns)
    excess = difference(difference(across.volume, first), second)
    return ratio(excess, difference(before.flow, after.flow), "minute")


def _time(duration_ns: int) -> Quantity:
    return ureg.Quantity(float(duration_ns), "ns")
