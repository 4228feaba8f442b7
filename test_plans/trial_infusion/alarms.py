"""How the pump shows what is wrong: its profile says by which alarm."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures.procedures import alarm_moments
from fixtures.procedures.alarm_moments import Moment
from fixtures.procedures.counting import PUMP
from harness.bench import Bench, Sampler
from harness.errors import ConfigurationError
from harness.execution.case import Case
from harness.readings import Alarm, PumpReading
from harness.units import TIME, Quantity

STANDS = "stands-after-stall"
"""The feature of a pump that, once it has stalled, waits for its next start."""
STANDS_WITHOUT_POWER = "stands-after-power-loss"
"""The feature of a pump that waits for its next start when its power was gone."""
TELLS_RESET = "reset-alarm"
"""The feature of a pump that says that its power was gone."""
_PATIENCE = 2


def shown_as(case: Case, cause: str) -> Alarm:
    """The alarm by which the profile says that the pump shows a cause.

    Raises:
        NotSpecified: the profile does not say.
        ConfigurationError: it names no alarm.
    """
    key = f"alarm.{cause}.shown_as"
    name = case.profile.text(key)
    if name not in Alarm.__members__:
        known = ", ".join(sorted(set(Alarm.__members__) - {Alarm.NONE.name}))
        raise ConfigurationError(
            f"{case.profile.path}: {key}: {name!r:.80} is no alarm; use {known}"
        )
    return Alarm[name]


def patience(case: Case, cause: str) -> Quantity:
    """How long to wait for an alarm: twice its deadline."""
    longest: Quantity = _PATIENCE * case.profile.quantity(
        f"alarm.{cause}.deadline", TIME
    )
    return longest


def wait_for(
    bench: Bench, alarm: Alarm, telemetry: Sampler[PumpReading], at_most: Quantity
) -> bool:
    """Let time pass until a status report shows an alarm, or give up."""
    return bench.run_until(
        lambda: any(alarm in each.alarms for each in telemetry.readings[-1:]), at_most
    )


def judge_delay(
    case: Case,
    requirement: str,
    cause: Moment,
    alarm: Alarm,
    readings: Sequence[PumpReading],
    doubt: str = "",
) -> None:
    """Judge how long after its cause status reports first showed an alarm.

    Args:
        case: the case.
        requirement: that limits the delay.
        cause: when it began.
        alarm: that must follow.
        readings: all reports since the cause, or from before it on, in order of time.
        doubt: why it is not proved that the cause was there; "" if it is.
    """
    began_ns = min(cause.earliest_ns, readings[0].t_ns)
    shown = alarm_moments.flagged(alarm, began_ns, readings)
    first = alarm_moments.since(cause, shown)
    if doubt:
        case.judge_fact(requirement, None, doubt)
    elif first is None:
        missing = f"no status report showed {alarm.name}, with {len(readings)} of them"
        case.judge_fact(requirement, False, missing)
    else:
        delay = alarm_moments.delay(cause, first, PUMP)
        case.judge(case.limit(requirement), delay)
