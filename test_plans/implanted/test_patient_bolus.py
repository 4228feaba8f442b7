"""Boluses that the patient asks for: their volume, the lockout, the allotment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import pytest

from fixtures.procedures import conclusions, spans
from fixtures.procedures.extremes import worst
from fixtures.procedures.phases import LOOKS, Phases, in_time
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.judging import Judgement, Limit, judge_fact
from harness.metrology.gravimetry import Weighing
from harness.metrology.measurement import Measurement, difference, error_percent, ratio
from harness.readings import BolusDecision, PatientBolusReading
from harness.roles import ClockSetting, InfusionPump, PatientBolus
from harness.units import (
    FRACTION,
    NS_PER_S,
    VOLUME,
    Quantity,
    magnitude,
    nanoseconds,
    ureg,
)
from test_plans.implanted import doses, records
from test_plans.implanted import pump_clock as clocks
from test_plans.implanted.tally import Tally

_DAY = ureg.Quantity(1.0, "day")
_COUNT = "count"
# From the end of a bolus to the mark behind it; a bolus may end a little late.
_MARGIN = ureg.Quantity(10.0, "minute")
# Half a bolus more than was granted cannot be noise, and half a bolus less no bolus.
_HALF = ureg.Quantity(0.5, _COUNT)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", background="s", blank="s"
)
def test_patient_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Ask once for a bolus that is due; weigh it, and the background behind it.

    At its half-time the same settings and the pump's records are entered anew; they
    must leave the bolus alone.
    """
    limit, by_rate = case.limit("ITB-BOL-006"), case.limit("ITB-BOL-003")
    numbers = case.numbers
    volume = numbers["volume"]
    # What other cases were given in the last day must not stand against this wish.
    most = round(case.profile.count("patient_bolus.allotted_maximum"))

    def allow() -> None:
        patient_bolus.set_patient_bolus(
            volume, numbers["duration"], most, numbers["duration"]
        )

    def enter_again() -> None:
        allow()
        records.enter_again(case, pump)

    allow()
    every = numbers["duration"] / LOOKS
    run = Phases(weighing, numbers["blank"], _tolerance(case), every)
    tally = Tally(case, pump)
    pump.start_continuous(numbers["rate"])
    marks, answer = _first_bolus(case, bench, run, patient_bolus, enter_again)
    bench.run_for(numbers["background"])
    marks.append(run.mark())
    pump.stop()
    after = run.close()

    earlier, across, later = doses.in_turn(run, marks)
    given = doses.given(earlier, across, later, answer.t_ns, numbers["duration"])
    case.note(f"the patient's wish was {answer.decision.value}")
    case.judge(limit, error_percent(given, volume))
    case.judge(by_rate, error_percent(later.flow, earlier.flow))
    tally.judge(run, after)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", allotted="1", lockout="s", every="s",
    background="s", blank="s",
)  # fmt: skip
def test_lockout(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Ask again and again within the lockout; the background alone may come."""
    _ask_locked(case, bench, pump, patient_bolus, weighing, lambda: None)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", allotted="1", lockout="s", every="s",
    background="s", blank="s",
)  # fmt: skip
def test_lockout_kept(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Likewise, when the pump was stopped in the bolus and programmed anew."""

    def programme_anew() -> None:
        pump.stop()
        _allow(case, patient_bolus)
        pump.start_continuous(case.numbers["rate"])

    _ask_locked(case, bench, pump, patient_bolus, weighing, programme_anew)


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", allotted="1", lockout="s", every="s",
    shift="s", background="s", blank="s",
)  # fmt: skip
def test_lockout_clock_set(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    pump_clock: ClockSetting,
    weighing: WeighingStation,
) -> None:
    """Likewise, when the pump's clock was set on in the bolus: no time has passed.

    In the midst of the lockout it is set back, to before the bolus. Each direction has
    its own way to be taken for time that has passed.
    """
    set_on, shift = partial(clocks.set_on, pump_clock), case.numbers["shift"]
    on, back = partial(set_on, shift), partial(set_on, -2 * shift)
    _ask_locked(case, bench, pump, patient_bolus, weighing, on, back)


def _ask_locked(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
    meanwhile: Callable[[], None],
    later: Callable[[], None] = lambda: None,
) -> None:
    """Ask within the lockout, after something was done in the first bolus.

    In the midst of the lockout ``later`` is done.
    """
    numbers = case.numbers
    _allow(case, patient_bolus)

    every = numbers["duration"] / LOOKS
    run = Phases(weighing, numbers["blank"], _tolerance(case), every)
    pump.start_continuous(numbers["rate"])
    marks, first = _first_bolus(case, bench, run, patient_bolus, meanwhile)
    with bench.sampling(patient_bolus.request_patient_bolus, numbers["every"]) as storm:
        spans.wait_until(bench, first.t_ns + nanoseconds(numbers["lockout"] / 2))
        later()
        lockout_ns = nanoseconds(numbers["lockout"] - numbers["every"] / 2)
        spans.wait_until(bench, first.t_ns + lockout_ns)
    marks.append(run.mark())
    spans.wait_until(
        bench, first.t_ns + nanoseconds(numbers["lockout"] + numbers["every"])
    )
    behind = patient_bolus.request_patient_bolus()
    pump.stop()
    run.close()

    earlier, _, locked = doses.in_turn(run, marks)
    kept = conclusions.unchanged(case, error_percent(locked.flow, earlier.flow))
    granted = [each for each in storm.readings if _is_granted(each)]
    held = conclusions.holds(not granted, kept)
    case.judge_fact(
        "ITB-BOL-007",
        # Without a bolus before there is no lockout to be held; what is granted then is
        # granted rightly, behind the lockout of an earlier bolus.
        held if _is_granted(first) or (held is False and not granted) else None,
        f"the first wish was {first.decision.value}; of {len(storm.readings)} more"
        f" within the lockout {len(granted)} were granted; the next one behind it was"
        f" {behind.decision.value}; change of flow: {kept.statement}",
    )
    _judge_behind(case, first, granted, behind)


def _judge_behind(
    case: Case,
    first: PatientBolusReading,
    within: Sequence[PatientBolusReading],
    behind: PatientBolusReading,
) -> None:
    """Judge the wish behind the lockout, where that is claimed (ITB-BOL-017).

    Whatever was granted within the lockout may have used the allotment up.
    """
    if not case.claims("ITB-BOL-017"):
        return
    case.judge_fact(
        "ITB-BOL-017",
        _is_granted(behind) if _is_granted(first) and not within else None,
        f"the first wish was {first.decision.value}, {len(within)} within the lockout"
        f" were granted, and the next one behind it was {behind.decision.value}",
    )


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", allotted="1", lockout="s", every="s",
    background="s", days="1", blank="s",
)  # fmt: skip
def test_bolus_storm(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    weighing: WeighingStation,
) -> None:
    """Ask for days, far too often; count what is granted, and weigh what is given."""
    numbers = case.numbers
    by_volume = case.limit("ITB-BOL-006")
    days = round(magnitude(numbers["days"], "dimensionless"))
    _allow(case, patient_bolus)

    run = Phases(weighing, numbers["blank"], _tolerance(case), numbers["every"] / 2)
    pump.start_continuous(numbers["rate"])
    marks, first = _first_bolus(case, bench, run, patient_bolus)
    ends = []
    with bench.sampling(patient_bolus.request_patient_bolus, numbers["every"]) as storm:
        for day in range(1, days + 1):
            # Just before the moment from which the day's first wish may be granted.
            spans.wait_until(bench, first.t_ns + nanoseconds(day * _DAY - _MARGIN))
            ends.append(run.mark())
    pump.stop()
    run.close()

    if not _is_granted(first):
        why = f"the first wish was {first.decision.value}, so nothing was limited"
        for requirement in ("ITB-BOL-006", "ITB-BOL-007", "ITB-BOL-008"):
            case.judge_fact(requirement, None, why)
        return
    answers = [first, *storm.readings]
    starts_ns = [each.t_ns for each in answers if _is_granted(each)]
    mean = _mean_volume(case, run, [*marks, ends[-1]], starts_ns)
    case.judge(by_volume, error_percent(mean, numbers["volume"]))
    kept = _weigh_days(case, run, marks, ends, starts_ns)
    closest_ns = min((b - a for a, b in pairwise(starts_ns)), default=nanoseconds(_DAY))
    most = most_within(starts_ns, _by_pump(case, _DAY))
    allotted = round(magnitude(numbers["allotted"], "dimensionless"))
    said = (
        f"of {len(answers)} wishes {len(starts_ns)} were granted, {most} at most in 24"
        f" hours, two of them {closest_ns / NS_PER_S / 60:.1f} min apart; by weight"
        f" {kept.statement}"
    )
    apart = closest_ns >= _by_pump(case, numbers["lockout"])
    case.judge_fact("ITB-BOL-007", conclusions.holds(apart, kept), said)
    held = conclusions.holds(most <= allotted, kept)
    # An allotment that was never reached has limited nothing.
    is_reached = most >= allotted
    case.judge_fact("ITB-BOL-008", held if is_reached or not held else None, said)


def most_within(starts_ns: Sequence[int], window_ns: int) -> int:
    """The largest number of moments, in rising order, in any window of this length."""
    ends = (bisect_left(starts_ns, start + window_ns) for start in starts_ns)
    return max((end - begin for begin, end in enumerate(ends)), default=0)


def overlapping(
    starts_ns: Sequence[int], duration_ns: int, begin_ns: int, end_ns: int
) -> int:
    """How many doses of one duration lie in a time, were it in part."""
    return sum(begin_ns - duration_ns < start < end_ns for start in starts_ns)


def _allow(case: Case, patient_bolus: PatientBolus) -> None:
    numbers = case.numbers
    patient_bolus.set_patient_bolus(
        numbers["volume"],
        numbers["duration"],
        round(magnitude(numbers["allotted"], "dimensionless")),
        numbers["lockout"],
    )


def _first_bolus(
    case: Case,
    bench: Bench,
    run: Phases,
    patient_bolus: PatientBolus,
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[list[Weighing], PatientBolusReading]:
    """Weigh the background, ask for a bolus, and mark behind it.

    At half-time of the bolus ``meanwhile`` is done.
    """
    half = case.numbers["duration"] / 2
    marks = [run.mark()]
    bench.run_for(case.numbers["background"])
    marks.append(run.mark())
    answer = patient_bolus.request_patient_bolus()
    bench.run_for(half)
    meanwhile()
    bench.run_for(half + _MARGIN)
    return [*marks, run.mark()], answer


def _mean_volume(
    case: Case, run: Phases, marks: Sequence[Weighing], starts_ns: Sequence[int]
) -> Measurement:
    """What a granted bolus gave, in the mean of all that ended before the last mark."""
    end_ns = marks[-1].plateau.t_ns
    duration_ns = nanoseconds(case.numbers["duration"])
    ended = sum(start + duration_ns < end_ns for start in starts_ns)
    background = run.between(marks[0], marks[1]).flow
    came = run.between(marks[1], marks[-1], phases=max(ended, 1))
    resting_ns = end_ns - came.start.plateau.t_ns - ended * duration_ns
    given = difference(came.volume, in_time(background, resting_ns))
    return ratio(given, ureg.Quantity(float(ended), "dimensionless"), VOLUME)


def _weigh_days(
    case: Case,
    run: Phases,
    marks: Sequence[Weighing],
    ends: Sequence[Weighing],
    starts_ns: Sequence[int],
) -> Judgement:
    """Judge by how many boluses more came than were granted, on the worst day.

    The unit is the pump's own first bolus, and the background its own.
    """
    duration = case.numbers["duration"]
    earlier, first = doses.in_turn(run, marks)
    own = doses.given(earlier, first, earlier, starts_ns[0], duration)
    if own.value < case.numbers["volume"] / 4:
        missing = "by weight the first bolus did not come, so it is no measure"
        return judge_fact(case.id, None, missing)
    instead = difference(own, in_time(earlier.flow, nanoseconds(duration)))
    limit = Limit(
        requirement=case.id,
        lower=None,
        upper=_HALF,
        rule=case.rule,
        unit=_COUNT,
        source="boluses given beyond those granted",
    )
    found = []
    for start, end in pairwise([marks[1], *ends]):
        begin_ns, end_ns = start.plateau.t_ns, end.plateau.t_ns
        granted = overlapping(starts_ns, nanoseconds(duration), begin_ns, end_ns)
        day = run.between(start, end, phases=max(granted, 1))
        background = in_time(earlier.flow, end_ns - begin_ns)
        came = ratio(difference(day.volume, background), instead, _COUNT)
        found.append(difference(came, granted * ureg.Quantity(1.0, _COUNT)))
    return limit.judge(worst(limit, found))


def _by_pump(case: Case, duration: Quantity) -> int:
    """What a duration may be in bench time for a pump whose clock is fast, ns."""
    accuracy = magnitude(
        case.profile.quantity("clock.accuracy", "dimensionless"), "dimensionless"
    )
    return round(nanoseconds(duration) * (1.0 - accuracy)) - NS_PER_S


def _is_granted(answer: PatientBolusReading) -> bool:
    return answer.decision is BolusDecision.GRANTED


def _tolerance(case: Case) -> Quantity:
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    tolerance: Quantity = (accuracy * case.numbers["volume"] / 2).to(VOLUME)
    return tolerance
