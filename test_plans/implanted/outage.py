"""A loss of power in a delivery that is weighed: before, meanwhile, and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fixtures.procedures import spans
from fixtures.procedures.alarm_moments import Cause, Moment
from fixtures.procedures.flow_by_weight import flow_is_back
from fixtures.procedures.phases import LOOKS, Phase, Phases, delay_of_change
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, difference, error_percent, ratio
from harness.readings import PumpMode, PumpReading
from harness.roles import AlarmLog, InfusionPump, PowerSwitch
from harness.units import (
    FLOW,
    FRACTION,
    VOLUME,
    Quantity,
    magnitude,
    nanoseconds,
    show,
    ureg,
)
from test_plans.implanted import kept, pump_clock, steps
from test_plans.implanted.kept import Books, Same, Told
from test_plans.implanted.power_loss import give_back
from test_plans.implanted.programmed import Programmed

# What the line has stored comes out before the dark phase is weighed.
_SETTLING = ureg.Quantity(1.0, "minute")
# A flow that is back is more than this share of the programmed one.
_FLOWING_SHARE = 0.5
_DOSES = (PumpMode.BOLUS, PumpMode.PRIMING, PumpMode.BRIDGE)


@dataclass(frozen=True, slots=True)
class Course:
    """How a pump came through a loss of power.

    Attributes:
        cut: when its supply was taken away.
        back: when it was given back.
        before: what the pump told just before.
        after: what it told as soon as it answered again.
        later: its status at the end.
        flowing: how long after the return of its supply something came; None if
            nothing did.
        early: what came before.
        dark: what came without a supply.
        across: what came from just before the return of the supply on.
        resumed: what came after that, for the same time.
        late: what came in the case's duration, at last.
    """

    cut: Moment
    back: Cause
    before: Told
    after: Told
    later: PumpReading
    flowing: Measurement | None
    early: Phase
    dark: Phase
    across: Phase
    resumed: Phase
    late: Phase


class Outage:
    """Takes the supply of a delivering pump away for the case's ``outage``.

    Args:
        case: the case; ``resumed`` is how long the two phases behind the return last.
        bench: owner of time.
        pump: the pump.
        power: its supply.
        weighing: balance and clamp.
        books: what the pump keeps.
        alarm_log: the pump, for its alarms; they are silenced at once.
    """

    def __init__(
        self,
        case: Case,
        bench: Bench,
        pump: InfusionPump,
        power: PowerSwitch,
        weighing: WeighingStation,
        books: Books,
        alarm_log: AlarmLog,
    ) -> None:
        self._case = case
        self._bench = bench
        self._pump = pump
        self._power = power
        self._weighing = weighing
        self._books = books
        self._alarm_log = alarm_log

    def run(
        self,
        least: Quantity,
        start: Callable[[], object],
        wait: Callable[[], object] = lambda: None,
    ) -> Course:
        """Weigh a delivery that loses its power.

        Args:
            least: the smallest volume of a phase, by which its limit is a tolerance.
            start: starts the delivery, which loses its power ``running`` later.
            wait: what is done before the last phase.
        """
        numbers, bench = self._case.numbers, self._bench
        fastest = self._case.profile.quantity("flow.maximum", FLOW)
        response = self._weighing.response(self._pump, fastest)
        every = numbers["resumed"] / LOOKS
        phases = Phases(self._weighing, numbers["blank"], least, every)
        start()
        begin = phases.mark()
        bench.run_for(numbers["running"])
        end = phases.mark()
        before = self._books.read()
        cut = Moment(*spans.timed(bench, lambda: self._power.set_powered(False)))
        bench.run_for(_SETTLING)
        off = phases.mark()
        bench.run_for(numbers["outage"])
        dark = phases.mark()
        with self._weighing.watching(numbers["poll"]) as weights:
            bench.run_for(_SETTLING)
            back = give_back(bench, self._pump, self._power)
            after = self._books.read()
            self._alarm_log.acknowledge_alarms()
            bench.run_for(numbers["resumed"])
        flowing = flow_is_back(
            weights.readings,
            (back.when.earliest_ns, back.when.latest_ns),
            2 * self._weighing.noise_ng(),
            response,
        )
        first = phases.mark()
        bench.run_for(numbers["resumed"])
        second = phases.mark()
        wait()
        third = phases.mark()
        bench.run_for(numbers["duration"])
        last = phases.mark()
        later = self._pump.read_status()
        self._pump.stop()
        phases.close()
        return Course(
            cut,
            back,
            before,
            after,
            later,
            flowing,
            phases.between(begin, end),
            phases.between(off, dark),
            phases.between(dark, first),
            phases.between(first, second),
            phases.between(third, last),
        )


def tolerance(
    case: Case, rate: Quantity, phases: Sequence[str] = ("resumed", "duration")
) -> Quantity:
    """Half of what the flow accuracy allows the shortest of some phases to vary."""
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    shortest = min((case.numbers[name] for name in phases), key=nanoseconds)
    half: Quantity = (accuracy * rate * shortest / 2).to(VOLUME)
    return half


def judge_kept(
    case: Case,
    course: Course,
    same: Same = kept.same_program,
    also: tuple[bool | None, str] = (True, ""),
) -> None:
    """Judge what the pump tells: settings, count, log, clock.

    Args:
        case: the case.
        course: how it came through.
        same: whether the programme is kept.
        also: whether further settings are, and how that was seen.
    """
    before, after = course.before, course.after
    lost = kept.lost_settings(before, after, same)
    _judge_fact(
        case,
        course,
        "ITB-PWR-002",
        False if lost else also[0],
        f"not kept: {'; '.join(lost) or 'nothing'}{also[1]}",
    )
    powered_ns = (
        course.cut.latest_ns
        - before.status.t_ns
        + after.status.t_ns
        - course.back.when.earliest_ns
    )
    wrong = kept.forgotten_count(
        (before.status, after.status, course.later),
        powered_ns,
        case.profile.quantity("flow.maximum", FLOW),
    )
    said = f"the counter: {wrong or 'it has kept its count and never fell'}"
    _judge_fact(case, course, "ITB-CNT-004", not wrong, said)
    books = steps.bookkeeping(before.status, course.later)
    judge(case, course, "ITB-RES-001", books)
    least_kept = round(case.profile.count("log.kept_entries"))
    gap = kept.lost_entries(before.log, after.log, least_kept)
    _judge_fact(
        case,
        course,
        "ITB-LOG-002",
        # A log without entries has none to lose.
        not gap if before.log else None,
        f"the log: {gap or f'all of {len(before.log)} entries are left'}",
    )
    judge(case, course, "ITB-CLK-002", pump_clock.gain(before.clock, after.clock))


def judge_resumption(case: Case, course: Course, rate: Quantity) -> None:
    """Judge by weight when the flow was back (ITB-PWR-001).

    The first that came counts, or the time by volume if that is later: neither a drop
    before a long pause nor a bolus behind one is a flow that is back.

    Args:
        case: the case.
        course: how the pump came through.
        rate: that should be back.
    """
    early, _ = course.early.flow.expanded()
    if course.early.flow.value < early:
        said = "by weight nothing was delivered before the loss of power"
        _judge_fact(case, course, "ITB-PWR-001", None, said)
        return
    flow = course.resumed.flow
    expanded, _ = flow.expanded()
    is_back = flow.value + expanded > _FLOWING_SHARE * rate.to(FLOW)
    if course.flowing is None or not is_back:
        never = f"the flow did not come back: {show(flow.value, FLOW, 3)} by weight"
        _judge_fact(case, course, "ITB-PWR-001", False, never)
        return
    since_ns = course.back.when.earliest_ns
    by_volume = delay_of_change(course.dark, course.across, course.resumed, since_ns)
    both = (course.flowing, by_volume)
    later = max(both, key=lambda delay: magnitude(delay.value, "minute"))
    judge(case, course, "ITB-PWR-001", later)


def was_dosing(course: Course) -> bool:
    """Tell from its mode whether a dose ran that the loss of power interrupted."""
    return course.before.status.mode in _DOSES


def judge_rest(case: Case, course: Course, *, interrupted: bool) -> None:
    """Judge what came besides the background after the return (ITB-PWR-003).

    Args:
        case: the case.
        course: how the pump came through.
        interrupted: whether a dose ran when the power was lost.
    """
    if not interrupted:
        none = "no dose ran that the loss of power could have interrupted"
        _judge_fact(case, course, "ITB-PWR-003", None, none)
        return
    if course.flowing is None:
        none = "nothing came after the return of the supply"
        _judge_fact(case, course, "ITB-PWR-003", None, none)
        return
    # From when it surely flowed: what came before that counts as beyond the background.
    elapsed_ns = course.across.end.plateau.t_ns - course.flowing.t_end_ns
    per_time = 1.0 / ureg.Quantity(float(elapsed_ns), "ns")
    background = ratio(course.resumed.flow, per_time, VOLUME)
    beyond = difference(course.across.volume, background)
    judge(case, course, "ITB-PWR-003", beyond)


def judge_flow(case: Case, course: Course, programme: Programmed) -> None:
    """Judge the volume of the last phase against the programme (ITB-PWR-004)."""
    volume = programme.volume(
        course.late.start.plateau.t_ns, course.late.end.plateau.t_ns
    )
    judge(case, course, "ITB-PWR-004", error_percent(course.late.volume, volume))


def judge(case: Case, course: Course, requirement: str, measured: Measurement) -> None:
    """Hold a measurement against its limit, if the power was really lost."""
    if course.back.doubt:
        case.judge_fact(requirement, None, course.back.doubt)
    else:
        case.judge(case.limit(requirement), measured)


def _judge_fact(
    case: Case, course: Course, requirement: str, holds: bool | None, said: str
) -> None:
    if course.back.doubt:
        case.judge_fact(requirement, None, course.back.doubt)
    else:
        case.judge_fact(requirement, holds, said)
