"""How an alarm sounds again while nobody answers it, and is silent when answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from harness.bench import Bench
from harness.execution.case import Case
from harness.roles import AlarmLog, FlowClamp, InfusionPump, PowerSwitch, Refillable
from harness.units import FLOW, magnitude, nanoseconds, ureg
from test_plans.implanted import alarm_families, refill_procedure
from test_plans.implanted.alarm_answers import Answers
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.power_loss import lose_power

# How long an answered alarm is listened to: in intervals, and at least.
_QUIET = 6
_A_DAY = ureg.Quantity(24.0, "hour")
# So many sounds after another interval was set.
_REPEATS_THEN = 2


@pytest.mark.procedure(
    interval="s", then="s", other="s", repeats="1", outage="s", poll="s"
)
def test_critical_repeats(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    power: PowerSwitch,
    channels: AlarmChannels,
) -> None:
    """Let a reset's alarm sound, time its repetitions, and silence it.

    The intervals are set before: the pump must keep them without power.
    """
    _keep_busy(case, pump, clamp)
    alarm_log.set_alarm_intervals(case.numbers["interval"], case.numbers["other"])
    back = lose_power(bench, pump, power, case.numbers["outage"])
    answers = Answers(case, bench, alarm_log, channels, alarm_families.RESET)
    then = partial(
        alarm_log.set_alarm_intervals, case.numbers["then"], case.numbers["other"]
    )
    _run(answers, "ITB-ALM-005", back.when.earliest_ns, then)


@pytest.mark.procedure(interval="s", then="s", other="s", repeats="1", poll="s")
def test_noncritical_repeats(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    channels: AlarmChannels,
) -> None:
    """Let a low reservoir's alarm sound, time its repetitions, silence and clear it.

    Before that it is programmed anew: no programme ends an alarm whose cause lasts.
    """
    _keep_busy(case, pump, clamp)
    alarm_log.set_alarm_intervals(case.numbers["other"], case.numbers["interval"])
    since_ns = bench.now_ns()
    refill_procedure.enter_as_low(refillable, case)
    answers = Answers(case, bench, alarm_log, channels, alarm_families.LOW)
    then = partial(
        alarm_log.set_alarm_intervals, case.numbers["other"], case.numbers["then"]
    )

    def clear() -> None:
        pump.start_continuous(case.profile.quantity("flow.minimum", FLOW))
        pump.stop()
        answers.clear()

    _run(answers, "ITB-ALM-006", since_ns, then, clear)


def _keep_busy(case: Case, pump: InfusionPump, clamp: FlowClamp) -> None:
    """Deliver as little as can be: a pump that stood for so long would alarm that."""
    clamp.set_closed(False)
    pump.start_continuous(case.profile.quantity("flow.minimum", FLOW))


def _run(
    answers: Answers,
    requirement: str,
    since_ns: int,
    change: Callable[[], object],
    clear: Callable[[], object] | None = None,
) -> None:
    """Time the alarm's repetitions, then answer it and listen to the silence.

    Args:
        answers: the alarm.
        requirement: the one on the repetitions.
        since_ns: bench time of the alarm's cause.
        change: sets the interval ``then``, while the alarm sounds.
        clear: tries to clear the alarm; None where its cause has passed.
    """
    case, channels, bench = answers.case, answers.channels, answers.bench
    interval, alarm = case.numbers["interval"], answers.family.alarm
    wanted = round(magnitude(case.numbers["repeats"], "dimensionless"))
    with channels.watching(case.numbers["poll"]):
        # What is not judged is not decided.
        if channels.wait_for_flag(alarm, since_ns, interval):
            answers.leave(requirement, since_ns, interval, wanted)
            change()
            then = case.numbers["then"]
            answers.leave(requirement, bench.now_ns(), then, _REPEATS_THEN)
            quiet = max(_QUIET * interval, _QUIET * then, _A_DAY, key=nanoseconds)
            answers.silence(quiet, since_ns, lasts=clear is not None)
            if clear is not None:
                clear()
