"""A single bolus: how much, how long, what runs behind it, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fixtures.course import within
from fixtures.procedures import curves, orders, reported, spans
from fixtures.procedures.phases import LOOKS, STEADY, Phase, Phases
from fixtures.procedures.reported import Watched
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import difference, error_percent, ratio
from harness.readings import PumpReading, WeightReading
from harness.roles import Bolus, InfusionPump, LinkTamper
from harness.units import FLOW, FRACTION, VOLUME, Quantity, nanoseconds, show, ureg
from test_plans.implanted import doses, records, refused_programme
from test_plans.implanted.flow_changes import change_of, judge_changes

_NOTHING = ureg.Quantity(0.0, FLOW)
# From the end of a bolus to the mark behind it; a bolus may end a little late.
_MARGIN = ureg.Quantity(10.0, "minute")
_LOOKS = 20
# Half of a bolus comes in the middle half of its time. Where less than this share does,
# what was weighed there is no measure of its flow.
_LEAST_SHARE = 0.25
# For this share of its duration a bolus runs in any case.
_SURELY = 0.9


@pytest.mark.procedure(drug="µg", duration="s", blank="s", poll="s")
def test_single_bolus(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Give one bolus from a stopped pump and weigh it alone.

    It has no rate to be told, and is a delivery all the same.
    """
    limit = case.limit("ITB-BOL-001")
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    volume = (case.numbers["drug"] / case.start["concentration"]).to(VOLUME)

    before = weighing.blank(case.numbers["blank"])
    with (
        weighing.watching(case.numbers["poll"]) as weights,
        bench.sampling(pump.read_status, case.numbers["poll"]) as telemetry,
    ):
        weighing.open_line()
        bolus.start_bolus(volume, case.numbers["duration"], _NOTHING)
        began_ns = bench.now_ns()
        bench.run_for(case.numbers["duration"])
        weighing.relax()
    after = weighing.blank(case.numbers["blank"])

    rate = (volume / case.numbers["duration"]).to(FLOW)
    # A bolus may end a little early.
    late_ns = began_ns + nanoseconds(_SURELY * case.numbers["duration"])
    _judge_state(case, rate, (began_ns, late_ns), telemetry.readings, weights.readings)
    curves.draw(case, weighing, weights, telemetry, before, after, rate)
    weighed = weighing.doubting_steps(
        weighing.delivered(before, after, (accuracy * volume).to(VOLUME)),
        before.end.plateau.t_ns,
        after.start.plateau.t_ns,
    )
    case.judge(limit, error_percent(weighed, volume))


def _judge_state(
    case: Case,
    rate: Quantity,
    span_ns: tuple[int, int],
    reports: Sequence[PumpReading],
    weights: Sequence[WeightReading],
) -> None:
    """Judge what was reported of a bolus, where that is claimed (ITB-STA-001)."""
    if not case.claims("ITB-STA-001"):
        return
    told = tuple(within(reports, *span_ns))
    seen = Watched("in the bolus", *span_ns, told, tuple(weights))
    words = reported.in_words(seen, rate)
    case.judge_fact("ITB-STA-001", reported.agree([seen], rate), words)


@pytest.mark.procedure(volume="mL", duration="s", blank="s")
def test_bolus_duration(
    case: Case, bench: Bench, bolus: Bolus, weighing: WeighingStation
) -> None:
    """Give a bolus from a stopped pump; its volume over its flow is its duration."""
    limit = case.limit("ITB-BOL-002")
    volume, duration = case.numbers["volume"], case.numbers["duration"]

    tolerance = _tolerance(case, volume) / 2
    run = Phases(weighing, case.numbers["blank"], tolerance, duration / 2 / LOOKS)
    orders.give(case, bench, lambda: bolus.start_bolus(volume, duration, _NOTHING))
    bench.run_for(duration / 4)
    start = run.mark()
    bench.run_for(duration / 2)
    end = run.mark()
    bench.run_for(duration / 4)
    after = run.close()

    whole = run.between(run.before.end, after.start)
    middle = run.between(start, end)
    least = middle.volume.value + middle.volume.expanded()[0]
    if least < (whole.volume.value - whole.volume.expanded()[0]) * _LEAST_SHARE:
        case.judge_fact("ITB-BOL-002", False, _elsewhen(middle, whole))
        return
    case.judge(limit, difference(ratio(whole.volume, middle.flow, "minute"), duration))


@pytest.mark.procedure(volume="mL", duration="s", guard="s", blank="s")
def test_bolus_end(
    case: Case, bench: Bench, bolus: Bolus, weighing: WeighingStation
) -> None:
    """Give a long bolus from a stopped pump, and find its end by weight.

    What a flow is not known of exactly enough tells little of hours; its end does.
    """
    volume, duration = case.numbers["volume"], case.numbers["duration"]
    guard_ns = nanoseconds(case.numbers["guard"])

    tolerance = _tolerance(case, volume) / 8
    run = Phases(weighing, case.numbers["blank"], tolerance, STEADY)
    began_ns = orders.give(
        case, bench, lambda: bolus.start_bolus(volume, duration, _NOTHING)
    )
    due_ns = began_ns + nanoseconds(duration)
    marks = [run.mark()]
    # The pump rests as long behind the bolus as is weighed to know that it does.
    for t_ns in (due_ns - guard_ns, due_ns + guard_ns, due_ns + 5 * guard_ns):
        spans.wait_until(bench, t_ns)
        marks.append(run.mark())
    run.close()

    dosing = (volume / duration).to(FLOW)
    change = change_of(run, due_ns, marks, dosing, _NOTHING)
    judge_changes(case, "ITB-BOL-002", [change])


def _elsewhen(middle: Phase, whole: Phase) -> str:
    """Say that too little of a bolus came in the middle of its time."""
    came, all_of_it = (show(each.volume.value, VOLUME) for each in (middle, whole))
    return (
        f"in the middle half of its programmed time only {came} of {all_of_it} came, by"
        " weight: it took far less time than programmed, or far more"
    )


@pytest.mark.procedure(
    rate="mL/day", volume="mL", duration="s", background="s", blank="s"
)
def test_bolus_over_background(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Give a bolus in the midst of a constant rate; weigh it and the rate behind it.

    At its half-time the pump's records are entered anew; they must leave it alone.
    Another one was cut short before; nothing of that may be left.
    """
    by_volume, by_rate = case.limit("ITB-BOL-001"), case.limit("ITB-BOL-003")
    numbers = case.numbers
    rate, volume, duration = (numbers[n] for n in ("rate", "volume", "duration"))

    tolerance = _tolerance(case, volume) / 2
    run = Phases(weighing, numbers["blank"], tolerance, duration / LOOKS)
    bolus.start_bolus(volume, duration, rate)
    bench.run_for(duration / 2)
    pump.start_continuous(rate)
    marks = [run.mark()]
    bench.run_for(numbers["background"])
    marks.append(run.mark())
    began_ns = orders.give(
        case, bench, lambda: bolus.start_bolus(volume, duration, rate)
    )
    bench.run_for(duration / 2)
    records.enter_all_again(case, pump)
    bench.run_for(duration / 2 + _MARGIN)
    marks.append(run.mark())
    bench.run_for(numbers["background"])
    marks.append(run.mark())
    pump.stop()
    run.close()

    earlier, across, later = doses.in_turn(run, marks)
    given = doses.given(earlier, across, later, began_ns, duration)
    case.judge(by_volume, error_percent(given, volume))
    case.judge(by_rate, error_percent(later.flow, earlier.flow))


@pytest.mark.procedure(volume="mL", duration="s", blank="s")
def test_repeated_bolus(
    case: Case, bench: Bench, tamper: LinkTamper, weighing: WeighingStation
) -> None:
    """Send every frame of a bolus command twice, and weigh what comes of it."""
    limit = case.limit("ITB-BOL-012")
    volume, duration = case.numbers["volume"], case.numbers["duration"]

    before = weighing.blank(case.numbers["blank"])
    # A balance that is zeroed between two doses would hide the second one.
    with weighing.watching(duration / _LOOKS):
        weighing.open_line()
        orders.give(
            case, bench, lambda: tamper.send_repeated_bolus(volume, duration, _NOTHING)
        )
        # As long as it takes to give it twice.
        bench.run_for(2 * duration)
        weighing.relax()
    after = weighing.blank(case.numbers["blank"])

    weighed = weighing.delivered(before, after, _tolerance(case, volume))
    case.judge(limit, error_percent(weighed, volume))


@pytest.mark.procedure(
    volume="mL", bolus_duration="s", running_rate="mL/day", duration="s", blank="s",
    poll="s",
)  # fmt: skip
def test_bolus_refused(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    bolus: Bolus,
    weighing: WeighingStation,
) -> None:
    """Ask a running pump for a bolus it cannot give; delivery must go on as before."""
    numbers = case.numbers

    def ask() -> None:
        bolus.start_bolus(
            numbers["volume"], numbers["bolus_duration"], numbers["running_rate"]
        )

    outcome = refused_programme.ask(case, bench, pump, weighing, ask)
    case.judge_fact("ITB-BOL-013", outcome.is_refusal("bolus"), str(outcome))


def _tolerance(case: Case, volume: Quantity) -> Quantity:
    accuracy = case.profile.quantity("bolus.accuracy", FRACTION)
    tolerance: Quantity = (accuracy * volume).to(VOLUME)
    return tolerance
