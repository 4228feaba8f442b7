"""A loss of power in the middle of a dose, which must not be taken up again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.bench import Bench
from harness.execution.case import Case
from harness.readings import BolusDecision, PatientBolusReading
from harness.roles import (
    AlarmLog,
    Bolus,
    Bridge,
    InfusionPump,
    PatientBolus,
    PeriodicBolus,
    Priming,
)
from harness.units import nanoseconds
from test_plans.implanted import kept, outage
from test_plans.implanted.outage import Outage
from test_plans.implanted.programmed import Constant, Periodic


@pytest.mark.procedure(
    rate="mL/day", volume="mL", length="s", running="s", outage="s", resumed="s",
    duration="s", blank="s", poll="s",
)  # fmt: skip
def test_bolus_cut(case: Case, bench: Bench, bolus: Bolus, losing: Outage) -> None:
    """Take the power from a pump in the middle of a bolus."""
    rate, volume, length = (case.numbers[name] for name in ("rate", "volume", "length"))
    _interrupt(case, bench, losing, lambda: bolus.start_bolus(volume, length, rate))


@pytest.mark.procedure(
    rate="mL/day", volume="mL", length="s", period="s", running="s", outage="s",
    resumed="s", duration="s", blank="s", poll="s",
)  # fmt: skip
def test_periodic_bolus_cut(
    case: Case, bench: Bench, periodic: PeriodicBolus, losing: Outage
) -> None:
    """Take the power from a pump in the middle of a periodic bolus.

    One that falls due without power is left out, and the later ones come as planned.
    """
    rate, volume, length, period = (
        case.numbers[name] for name in ("rate", "volume", "length", "period")
    )
    began_ns: list[int] = []

    def start() -> None:
        periodic.start_periodic(rate, volume, length, period)
        began_ns.append(bench.now_ns())

    course = losing.run(outage.tolerance(case, rate), start)

    ran_ns = course.cut.latest_ns - began_ns[0]
    programme = Periodic(began_ns[0], rate, volume, length, period)
    outage.judge_kept(case, course)
    outage.judge_resumption(case, course, rate)
    outage.judge_rest(case, course, interrupted=ran_ns < nanoseconds(length))
    outage.judge_flow(case, course, programme)


@pytest.mark.procedure(
    rate="mL/day", catheter="mL", length="s", running="s", outage="s", resumed="s",
    duration="s", blank="s", poll="s",
)  # fmt: skip
def test_priming_cut(
    case: Case, bench: Bench, priming: Priming, losing: Outage
) -> None:
    """Take the power from a pump in the middle of a priming."""
    rate, catheter, length = (
        case.numbers[name] for name in ("rate", "catheter", "length")
    )
    _interrupt(
        case, bench, losing, lambda: priming.start_priming(catheter, length, rate)
    )


@pytest.mark.procedure(
    rate="mL/day", bridge_rate="mL/day", catheter="mL", running="s", outage="s",
    resumed="s", duration="s", blank="s", poll="s",
)  # fmt: skip
def test_bridge_cut(case: Case, bench: Bench, bridge: Bridge, losing: Outage) -> None:
    """Take the power from a pump in the middle of a bridge."""
    rate, bridge_rate, catheter = (
        case.numbers[name] for name in ("rate", "bridge_rate", "catheter")
    )
    _interrupt(
        case, bench, losing, lambda: bridge.start_bridge(catheter, bridge_rate, rate)
    )


@pytest.mark.procedure(
    rate="mL/day", volume="mL", length="s", lockout="s", running="s", outage="s",
    resumed="s", duration="s", blank="s", poll="s",
)  # fmt: skip
def test_patient_bolus_cut(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    patient_bolus: PatientBolus,
    alarm_log: AlarmLog,
    losing: Outage,
) -> None:
    """Take the power from a pump in a patient's bolus, of which one is allotted.

    Its lockout must outlive that. So must the day's count, which shows once a lockout
    is set that has passed.
    """
    rate, volume, length, lockout = (
        case.numbers[name] for name in ("rate", "volume", "length", "lockout")
    )
    answers: list[PatientBolusReading] = []

    def start() -> None:
        patient_bolus.set_patient_bolus(volume, length, 1, lockout)
        pump.start_continuous(rate)
        patient_bolus.request_patient_bolus()

    def ask_again() -> None:
        alarm_log.clear_alarms()
        answers.append(patient_bolus.request_patient_bolus())
        patient_bolus.set_patient_bolus(volume, length, 1, length)
        answers.append(patient_bolus.request_patient_bolus())

    course = losing.run(outage.tolerance(case, rate), start, ask_again)

    outage.judge_kept(case, course, kept.same_background, _still_locked(*answers))
    outage.judge_resumption(case, course, rate)
    outage.judge_rest(case, course, interrupted=outage.was_dosing(course))
    outage.judge_flow(case, course, Constant(rate))


def _still_locked(
    within: PatientBolusReading, behind: PatientBolusReading
) -> tuple[bool | None, str]:
    """Tell from the answers to more wishes whether lockout and count are kept."""
    decisions = (within.decision, behind.decision)
    said = (
        f"; another wish within the lockout: {within.decision.value}; and behind a"
        f" shorter one: {behind.decision.value}"
    )
    meant = (BolusDecision.LOCKED_OUT, BolusDecision.ALLOTMENT_USED)
    return (None if BolusDecision.ALARM in decisions else decisions == meant), said


def _interrupt(
    case: Case, bench: Bench, losing: Outage, start: Callable[[], object]
) -> None:
    """Take the power in the middle of a dose, behind which ``rate`` goes on."""
    rate = case.numbers["rate"]
    course = losing.run(outage.tolerance(case, rate), start)

    outage.judge_kept(case, course, kept.same_background)
    outage.judge_resumption(case, course, rate)
    outage.judge_rest(case, course, interrupted=outage.was_dosing(course))
    outage.judge_flow(case, course, Constant(rate))
