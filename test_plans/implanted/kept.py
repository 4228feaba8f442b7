"""What a pump must keep through a loss of power, as it tells it itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fixtures.procedures.alarm_moments import ClockReading
from harness.bench import Bench
from harness.plans.profile import Profile
from harness.readings import LogEntry, ProgramReading, PumpReading, ReservoirReading
from harness.roles import (
    AlarmLog,
    DrugRecord,
    InfusionPump,
    ProgramReadback,
    Refillable,
)
from harness.units import Quantity, magnitude, ureg
from test_plans.implanted import pump_clock

Same = Callable[[ProgramReading, ProgramReading], bool]
"""Whether a programme is kept, from the one before and the one after."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the pump tells at one time.

    Attributes:
        log: every entry, oldest first.
        program: the programme in force.
        low_threshold_nl: content at which it warns.
        latest_clock_s: when it must be refilled, however slowly it runs; 0 where its
            rate decides.
        concentration_ng_per_ml: of its drug.
        clock: its clock beside the bench's.
        status: its status, read last.
    """

    log: tuple[LogEntry, ...]
    program: ProgramReading
    low_threshold_nl: int
    latest_clock_s: int
    concentration_ng_per_ml: int
    clock: ClockReading
    status: PumpReading


class Books:
    """Everything that a pump keeps and tells.

    Args:
        bench: owner of time.
        pump: the pump, for its status.
        refillable: the same pump, for its reservoir and its clock.
        readback: the same pump, for its programme.
        drug: the same pump, for its drug.
        alarm_log: the same pump, for its log.
        profile: what the pump's model specifies.
    """

    def __init__(
        self,
        bench: Bench,
        pump: InfusionPump,
        refillable: Refillable,
        readback: ProgramReadback,
        drug: DrugRecord,
        alarm_log: AlarmLog,
        profile: Profile,
    ) -> None:
        self._bench = bench
        self._pump = pump
        self._refillable = refillable
        self._readback = readback
        self._drug = drug
        self._alarm_log = alarm_log
        self._profile = profile

    def read(self) -> Told:
        """Ask for all of it."""
        reservoir = self._refillable.read_reservoir()
        return Told(
            tuple(self._alarm_log.read_log()),
            self._readback.read_program(),
            reservoir.low_threshold_nl,
            latest_date(reservoir),
            self._drug.read_drug().concentration_ng_per_ml,
            pump_clock.read(self._bench, self._refillable, self._profile),
            self._pump.read_status(),
        )


def same_program(before: ProgramReading, after: ProgramReading) -> bool:
    """Tell whether a programme is the same in every field."""
    return replace(before, t_ns=0) == replace(after, t_ns=0)


def same_background(before: ProgramReading, after: ProgramReading) -> bool:
    """Tell whether the rate behind a dose is the same."""
    return before.rate_nl_per_h == after.rate_nl_per_h


def latest_date(reservoir: ReservoirReading) -> int:
    """The refill-by date if it does not follow from the rate, else 0."""
    by_s, low_s = reservoir.refill_by_clock_s, reservoir.low_clock_s
    return by_s if not low_s or by_s < low_s else 0


def lost_settings(before: Told, after: Told, same: Same) -> list[str]:
    """Say which settings are others than before."""
    lost = []
    if not same(before.program, after.program):
        was, now = _in_words(before.program), _in_words(after.program)
        lost.append(f"the programme, {was}, now {now}")
    if before.low_threshold_nl != after.low_threshold_nl:
        was_nl, now_nl = before.low_threshold_nl, after.low_threshold_nl
        lost.append(f"the low threshold, {was_nl} nL, now {now_nl} nL")
    if before.latest_clock_s != after.latest_clock_s:
        was_s, now_s = before.latest_clock_s, after.latest_clock_s
        lost.append(f"the refill-by date, {was_s} s, now {now_s} s")
    if before.concentration_ng_per_ml != after.concentration_ng_per_ml:
        was_ng, now_ng = before.concentration_ng_per_ml, after.concentration_ng_per_ml
        lost.append(f"the concentration, {was_ng} ng/mL, now {now_ng} ng/mL")
    return lost


def _in_words(program: ProgramReading) -> str:
    return (
        f"{program.mode.value} at {program.rate_nl_per_h} nL/h, bolus"
        f" {program.bolus_nl} nL in {program.bolus_duration_s} s, period"
        f" {program.period_s} s, start at {program.start_clock_s} s"
    )


def lost_entries(
    before: Sequence[LogEntry], after: Sequence[LogEntry], least_kept: int
) -> str:
    """Say what is missing in a log; "" if nothing is.

    A log of limited length may drop its oldest entries for new ones, and only then.

    Args:
        before: the log as it was.
        after: the log as it is.
        least_kept: how many entries the pump must be able to keep.
    """
    for index, entry in enumerate(after, start=after[0].index if after else 0):
        if entry.index != index:
            return f"entry {index} is missing"
    if len(after) < len(before):
        return f"of {len(before)} entries {len(after)} are left"
    oldest = after[0].index if after else 0
    if before and oldest > before[0].index and len(after) < least_kept:
        return f"entries {before[0].index} to {oldest - 1} are missing"
    by_index = {entry.index: entry for entry in after}
    for entry in before:
        if entry.index >= oldest and by_index.get(entry.index) != entry:
            return f"entry {entry.index}, {entry.event}, is another or missing"
    return ""


def forgotten_count(
    readings: Sequence[PumpReading], powered_ns: int, most: Quantity
) -> str:
    """Say what is wrong with a counter; "" if it has kept its count.

    Args:
        readings: in the order of time; power was lost between the first two.
        powered_ns: how long the pump had power between the first two.
        most: the highest rate that it can count.
    """
    counts = [reading.delivered_nl for reading in readings]
    for earlier, later in pairwise(counts):
        if later < earlier:
            return f"it fell from {earlier} nL to {later} nL"
    rise_nl = counts[1] - counts[0]
    most_nl = magnitude(most * ureg.Quantity(powered_ns, "ns"), "nL") + 1.0
    if rise_nl > most_nl:
        return f"it rose by {rise_nl} nL while at most {most_nl:.0f} nL can have come"
    return ""
