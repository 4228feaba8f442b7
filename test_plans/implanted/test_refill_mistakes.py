"""What goes wrong at a refill: refused, told by an alarm, or harmless."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from fixtures.procedures import refusals, spans
from fixtures.procedures.alarm_moments import Cause, ClockReading, Moment
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import (
    Measurement,
    counted,
    difference,
    error_percent,
)
from harness.readings import Alarm
from harness.roles import (
    AlarmLog,
    DrugRecord,
    FlowClamp,
    InfusionPump,
    Operator,
    Refillable,
)
from harness.units import FLOW, FRACTION, TIME, VOLUME, magnitude, show, ureg
from test_plans.implanted import alarm_families, refill_procedure, steps
from test_plans.implanted.alarm_answers import Answers
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.refill_procedure import GuidedRefill, is_counted

_UNRECORDED = "ITB-REF-009"
_PATIENCE = 1.3
# Before a date from which on the pump's clock is read beside the bench's.
_SHORTLY = ureg.Quantity(1.0, "hour")
_TOO_SMALL = "the volume beside the pump is not more than what the profile lets pass"


@pytest.mark.procedure(volume="mL", threshold="mL")
def test_overfill_refused(case: Case, refillable: Refillable) -> None:
    """Enter more than the reservoir holds, and a threshold beyond it."""
    full = case.start["reservoir"]
    low = case.profile.quantity("reservoir.low_threshold", VOLUME)
    days = [
        case.profile.quantity(f"refill.{key}", TIME)
        for key in ("stability", "label_maximum")
    ]
    earlier = refillable.read_reservoir()
    answers = {
        field: refusals.answer_to(
            partial(refillable.set_reservoir, content, threshold, *days)
        )
        for field, content, threshold in (
            ("volume", case.numbers["volume"], low),
            ("threshold", full, case.numbers["threshold"]),
        )
    }
    later = refillable.read_reservoir()

    named = [refusals.names(answer, field) for field, answer in answers.items()]
    kept = (later.volume_nl, later.low_threshold_nl) == (
        earlier.volume_nl,
        earlier.low_threshold_nl,
    )
    said = "; ".join(f"{field}: {_said(each)}" for field, each in answers.items())
    case.judge_fact(
        "ITB-REF-005", all(named) and kept, f"{said}; bookkeeping unchanged: {kept}"
    )


def _said(answer: object) -> object:
    return "accepted" if answer is None else answer


@pytest.mark.procedure(above="µg/mL", below="µg/mL")
def test_concentration_refused(case: Case, drug: DrugRecord) -> None:
    """Enter concentrations outside the range that the pump accepts."""
    earlier = drug.read_drug()
    answers = [
        refusals.answer_to(partial(drug.set_concentration, case.numbers[name]))
        for name in ("above", "below")
    ]
    later = drug.read_drug()

    named = all(refusals.names(answer, "concentration") for answer in answers)
    kept = later.concentration_ng_per_ml == earlier.concentration_ng_per_ml
    said = "; ".join(f"{_said(answer)}" for answer in answers)
    case.judge_fact("ITB-REF-008", named and kept, f"{said}; unchanged: {kept}")


@pytest.mark.procedure(dose="µg/day", entered="µg/mL")
def test_daily_dose(
    case: Case, pump: InfusionPump, drug: DrugRecord, clamp: FlowClamp
) -> None:
    """Enter a concentration: the daily dose must follow it, right or wrong."""
    rate = (case.numbers["dose"] / case.start["concentration"]).to(FLOW)
    entered = case.numbers["entered"]

    clamp.set_closed(False)
    drug.set_concentration(entered)
    running = pump.start_continuous(rate)
    told = drug.read_drug()
    pump.stop()

    dose = counted(
        ureg.Quantity(float(told.daily_dose_ng), "ng/day"),
        ureg.Quantity(1.0, "ng/day"),
        "pump's arithmetic",
        told.t_ns,
        told.t_ns,
    )
    expected = (running * entered).to("ng/day")
    case.judge(case.limit("ITB-REF-007"), error_percent(dose, expected))


@pytest.mark.procedure(rate="mL/day", refilled="mL", look="s", blank="s")
def test_unrecorded_refill(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    operator: Operator,
    alarm_log: AlarmLog,
    weighing: WeighingStation,
) -> None:
    """Refill and tell the pump nothing: the low alarm must come early, never late.

    A pump that counts has only its old count. One that senses its level must warn at
    the threshold; the content is then what was weighed in, less what came.
    """
    numbers = case.numbers
    refill = GuidedRefill(bench, refillable, operator, weighing, case.profile)
    residual = refill.withdraw(numbers["blank"])
    operator.empty_vessel()
    injected = refill.inject(numbers["refilled"], residual)

    before = weighing.blank(numbers["blank"])
    # While it was empty, a pump that senses its level was right to warn.
    alarm_log.clear_alarms()
    alarm_log.take_alarm_events()
    watch = steps.AlarmWatch(bench, alarm_log)
    weighing.open_line()
    pump.start_continuous(numbers["rate"])
    lasts = _PATIENCE * numbers["refilled"] / numbers["rate"]
    with bench.sampling(pump.read_status, numbers["look"]):
        low = watch.wait_for(Alarm.LOW_RESERVOIR, lasts)
    count, at_low = refillable.read_reservoir(), weighing.weigh()
    pump.stop()
    weighing.relax()
    after = weighing.blank(numbers["blank"])

    tolerance = case.profile.quantity("refill.residual_agreement", VOLUME)
    came = weighing.delivered_between(before.end, at_low, before, after, tolerance)
    if low is None:
        _judge_unwarned(case, injected, came)
    elif is_counted(case):
        above = refill_procedure.above_threshold(count)
        case.judge(case.limit(_UNRECORDED), above)
    else:
        threshold = case.profile.quantity("reservoir.low_threshold", VOLUME)
        left = difference(injected, came)
        case.judge(case.limit(_UNRECORDED), difference(left, threshold))


def _judge_unwarned(case: Case, injected: Measurement, came: Measurement) -> None:
    """Judge a pump that never warned: wrong, if by weight so much has come."""
    threshold = case.profile.quantity("reservoir.low_threshold", VOLUME)
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    started = case.start["reservoir"] if is_counted(case) else injected.value
    due = (started - threshold) * (1.0 + magnitude(accuracy, "dimensionless"))
    expanded, _ = came.expanded()
    is_late = came.value - expanded > due
    case.judge_fact(
        _UNRECORDED,
        False if is_late else None,
        f"no low-reservoir alarm, while {show(came.value, VOLUME)} came; it was due by"
        f" {show(due, VOLUME)}",
    )


@pytest.mark.procedure(filled="mL", pocket="mL", poll="s")
def test_fill_mismatch(
    case: Case,
    bench: Bench,
    refillable: Refillable,
    alarm_log: AlarmLog,
    operator: Operator,
    channels: AlarmChannels,
) -> None:
    """Miss the port with a part of a refill that is entered whole; time the alarm."""
    filled, pocket = case.numbers["filled"], case.numbers["pocket"]
    family = alarm_families.FILL_MISMATCH
    operator.withdraw_reservoir()
    operator.fill_reservoir(filled - pocket)
    operator.fill_pocket(pocket)
    operator.empty_vessel()

    with channels.watching(case.numbers["poll"]):
        enter = partial(refill_procedure.enter, refillable, case.profile, filled)
        entered = Moment(*spans.timed(bench, enter))
        channels.wait_for(family, entered)

    passes = case.profile.quantity("alarm.fill_mismatch.threshold", VOLUME)
    doubt = "" if pocket > passes else _TOO_SMALL
    channels.judge(case, family, Cause(entered, doubt))
    Answers(case, bench, alarm_log, channels, family).judge(Cause(entered, doubt))


@pytest.mark.procedure(entered="mL", rate="mL/day", poll="s")
def test_fill_beyond_entry(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Enter less than the reservoir of a running pump holds; time the alarm."""
    filled, less = case.start["reservoir"], case.numbers["entered"]
    family = alarm_families.FILL_MISMATCH
    clamp.set_closed(False)
    pump.start_continuous(case.numbers["rate"])
    with channels.watching(case.numbers["poll"]):
        enter = partial(refill_procedure.enter, refillable, case.profile, less)
        entered = Moment(*spans.timed(bench, enter))
        channels.wait_for(family, entered)
    pump.stop()

    passes = case.profile.quantity("alarm.fill_mismatch.threshold", VOLUME)
    doubt = "" if filled - less > passes else _TOO_SMALL
    channels.judge(case, family, Cause(entered, doubt))


@pytest.mark.procedure(rate="mL/day", stability="day", label="day", look="s", poll="s")
def test_refill_overdue(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Deliver until the refill-by date has passed, and time the alarm.

    The date is one of the pump's clock, which is read beside the bench's shortly
    before: its rate is another requirement's matter.
    """
    numbers, profile = case.numbers, case.profile
    label = numbers["label"]
    lasts_s = round(magnitude(min(numbers["stability"], label), "s"))
    threshold = profile.quantity("reservoir.low_threshold", VOLUME)
    earliest_s = refillable.read_clock()
    refillable.set_reservoir(
        case.start["reservoir"], threshold, numbers["stability"], label
    )
    latest_s = refillable.read_clock()

    clamp.set_closed(False)
    with channels.watching(numbers["look"]):
        pump.start_continuous(numbers["rate"])
        bench.run_for(ureg.Quantity(float(lasts_s), "s") - _SHORTLY)
    clock = _clock(case, bench, refillable)
    due = _due(clock, earliest_s + lasts_s, latest_s + lasts_s)
    with channels.watching(numbers["poll"]):
        channels.wait_for(alarm_families.OVERDUE, due)
    pump.stop()

    channels.judge(case, alarm_families.OVERDUE, Cause(due))
    answers = Answers(case, bench, alarm_log, channels, alarm_families.OVERDUE)
    answers.judge(Cause(due))


@pytest.mark.procedure(rate="mL/day", label="day", running="s", outage="s", poll="s")
def test_overdue_through_outage(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    clamp: FlowClamp,
    cut: Callable[[], Cause],
    channels: AlarmChannels,
) -> None:
    """Lose the power before the date of a refill, and ask nothing on that date."""
    numbers, profile = case.numbers, case.profile
    lasts_s = round(magnitude(numbers["label"], "s"))
    threshold = profile.quantity("reservoir.low_threshold", VOLUME)
    stability = profile.quantity("refill.stability", TIME)
    earliest_s = refillable.read_clock()
    refillable.set_reservoir(
        case.start["reservoir"], threshold, stability, numbers["label"]
    )
    latest_s = refillable.read_clock()

    clamp.set_closed(False)
    pump.start_continuous(numbers["rate"])
    bench.run_for(numbers["running"])
    back = cut()
    clock = _clock(case, bench, refillable)
    due = _due(clock, earliest_s + lasts_s, latest_s + lasts_s)
    left_ns = max(0, due.latest_ns - bench.now_ns())
    bench.run_for(ureg.Quantity(float(left_ns), "ns"))
    channels.wait_for(alarm_families.OVERDUE, due)
    pump.stop()

    channels.judge_flag(case, alarm_families.OVERDUE, Cause(due, back.doubt))
    channels.judge_log(case, alarm_families.OVERDUE, Cause(due, back.doubt))
    channels.judge_sound(case, alarm_families.OVERDUE, Cause(due, back.doubt))


def _due(clock: ClockReading, earliest_s: int, latest_s: int) -> Moment:
    """The bench time of a date that lies between two readings of the pump's clock."""
    return Moment(
        clock.moment(earliest_s).earliest_ns, clock.moment(latest_s).latest_ns
    )


def _clock(case: Case, bench: Bench, refillable: Refillable) -> ClockReading:
    """Read the pump's clock beside the bench's."""
    before_ns = bench.now_ns()
    clock_s = refillable.read_clock()
    accuracy = case.profile.quantity("clock.accuracy", "dimensionless")
    return ClockReading(
        Moment(before_ns, bench.now_ns()),
        clock_s,
        magnitude(accuracy, "dimensionless"),
    )
