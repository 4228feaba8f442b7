"""Each kind of programme that a pump has, as a plan's numbers tell it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from harness.execution.case import Case
from harness.roles import Bolus, InfusionPump, PeriodicBolus, Schedule
from harness.units import Quantity


def starts(
    case: Case, pump: InfusionPump, duration: Quantity
) -> dict[str, Callable[[], object]]:
    """What starts each kind of programme that can deliver the case's ``rate``.

    Args:
        case: the case, with ``rate``, ``volume``, ``period`` and ``days``.
        pump: the pump.
        duration: of a bolus.
    """
    rate, volume, period = (case.numbers[n] for n in ("rate", "volume", "period"))
    found: dict[str, Callable[[], object]] = {
        "constant rate": partial(pump.start_continuous, rate)
    }
    absent = case.profile.absent
    if "bolus" not in absent and isinstance(pump, Bolus):
        found["bolus"] = partial(pump.start_bolus, volume, duration, rate)
    if "periodic" not in absent and isinstance(pump, PeriodicBolus):
        periodic = partial(pump.start_periodic, rate, volume, duration, period)
        found["periodic bolus"] = periodic
    if "schedule" not in absent and isinstance(pump, Schedule):
        found["schedule"] = partial(pump.start_schedule, case.schedules["days"])
    return found
