"""What comes out at once: in a magnetic field, and when a closed line is opened."""

from __future__ import annotations

import pytest

from fixtures.procedures.phases import LOOKS, Phases, in_time
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.metrology.measurement import Measurement, bracketed, difference
from harness.roles import FlowClamp, InfusionPump, Magnet
from harness.units import FLOW, FRACTION, VOLUME, Quantity, magnitude, ureg

# A closed line lets no more than this share of the programmed flow pass.
_CLOSED_SHARE = 0.1
# So much more than may come out the pump must have been told to move behind the clamp.
_ENOUGH = 1.2
_CLOSE_LOOKS = 60
# In a magnetic field a pump that gives less than this share of its flow is held.
_HELD_SHARE = 0.1
_SETTLING = ureg.Quantity(5.0, "minute")
_CLOSING = ureg.Quantity(5.0, "minute")


@pytest.mark.procedure(rate="mL/day", exposed="s", blank="s")
def test_magnet_release(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Bring a magnet to a stopped or running pump, and weigh what it sets free."""
    limit = case.limit("ITB-FLOW-013")
    permitted = case.profile.quantity("magnet.release_maximum", VOLUME)
    rate = case.numbers["rate"]

    exposed = case.numbers["exposed"]
    run = Phases(weighing, case.numbers["blank"], permitted, exposed / LOOKS)
    if magnitude(rate, FLOW) > 0.0:
        pump.start_continuous(rate)
    start = run.mark()
    magnet.set_present(True)
    bench.run_for(exposed)
    magnet.set_present(False)
    # What the field has opened may close late.
    bench.run_for(_CLOSING)
    end = run.mark()
    pump.stop()
    run.close()

    came = run.between(start, end, spurts=True).volume
    case.judge(limit, beyond(came, fastest(case, rate)))


@pytest.mark.procedure(rate="mL/day", exposed="s", blank="s")
def test_field_flow(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Run fast before and in a magnetic field; weigh what comes beyond the flow before.

    At a low rate a field that opens valves for longer sets next to nothing free.
    """
    limit = case.limit("ITB-FLOW-013")
    permitted = case.profile.quantity("magnet.release_maximum", VOLUME)
    exposed = case.numbers["exposed"]

    run = Phases(weighing, case.numbers["blank"], permitted, exposed / LOOKS)
    pump.start_continuous(case.numbers["rate"])
    bench.run_for(_SETTLING)
    first = run.mark()
    bench.run_for(exposed)
    start = run.mark()
    magnet.set_present(True)
    bench.run_for(exposed)
    end = run.mark()
    magnet.set_present(False)
    pump.stop()
    run.close()

    before = run.between(first, start)
    within = run.between(start, end, spurts=True)
    own_ns = end.plateau.t_ns - start.plateau.t_ns
    own = in_time(before.flow, own_ns)
    accuracy = case.profile.quantity("flow.accuracy", FRACTION)
    if within.volume.value < _HELD_SHARE * own.value:
        # A held pump has no flow of its own: all that came was set free.
        case.judge(limit, within.volume)
    elif within.volume.value < (1 - accuracy) * own.value:
        partly = "the field held the pump for a part of the time: nothing is shown"
        case.judge_fact(limit.requirement, None, partly)
    else:
        case.judge(limit, difference(within.volume, own))


@pytest.mark.procedure(rate="mL/day", closed="s", opened="s", blank="s")
def test_occlusion_release(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    weighing: WeighingStation,
) -> None:
    """Let a pump work against a closed line, open it, and weigh what comes at once."""
    limit = case.limit("ITB-FLOW-014")
    permitted = case.profile.quantity("occlusion.release_maximum", VOLUME)
    rate, closed, opened = (case.numbers[n] for n in ("rate", "closed", "opened"))

    run = Phases(weighing, case.numbers["blank"], permitted, closed / LOOKS)
    pump.start_continuous(rate)
    clamp.set_closed(True)
    shut = run.mark()
    bench.run_for(closed)
    start = run.mark()
    # Closely, so that a key pressed just behind what comes at once is told from it.
    with weighing.watching(opened / _CLOSE_LOOKS):
        clamp.set_closed(False)
        bench.run_for(opened)
    end = run.mark()
    pump.stop()
    run.close()

    passed = run.between(shut, start).volume.value
    moved = (rate * closed).to(VOLUME)
    if moved < _ENOUGH * permitted:
        nothing = f"only {moved:.3g~P} against a closed line; close it for longer"
        case.judge_fact(limit.requirement, None, nothing)
    elif abs(passed) > _CLOSED_SHARE * moved:
        leaks = f"{passed:.3g~P} passed the closed clamp; see to it, measure again"
        case.judge_fact(limit.requirement, None, leaks)
    else:
        came = run.between(start, end, spurts=True).volume
        case.judge(limit, beyond(came, fastest(case, rate)))


def fastest(case: Case, rate: Quantity) -> Quantity:
    """Return the largest flow that a healthy pump can have at a rate."""
    flow: Quantity = rate * (1 + case.profile.quantity("flow.accuracy", FRACTION))
    return flow


def beyond(weighed: Measurement, flow: Quantity) -> Measurement:
    """What came beyond the pump's own flow, of which only the largest is known.

    It may have stood still, held by a magnet or an alarm: then all of it came beyond.
    """
    start_ns, end_ns = weighed.t_start_ns, weighed.t_end_ns
    most = (flow * ureg.Quantity(float(end_ns - start_ns), "ns")).to(VOLUME)
    none = ureg.Quantity(0.0, VOLUME)
    own = bracketed(none, most, "programme", start_ns, end_ns)
    return difference(weighed, own)
