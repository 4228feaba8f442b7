"""Each kind of programme that a pump has, as a plan's numbers tell it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from harness.execution.case import Case
from harness.roles import (
    Bolus,
    Bridge,
    DelayedStart,
    InfusionPump,
    MinimumRate,
    PatientBolus,
    PeriodicBolus,
    Priming,
    Refillable,
    Schedule,
)
from harness.units import Quantity, magnitude


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


def doses(
    case: Case, pump: InfusionPump, clock: Refillable
) -> dict[str, Callable[[], object]]:
    """What starts each other programme and dose that the pump has.

    Args:
        case: the case, with ``rate``, ``volume``, ``length``, ``catheter`` and
            ``bridge_rate``.
        pump: the pump.
        clock: the same pump, for its clock.
    """
    rate, volume, length, catheter, bridge_rate = (
        case.numbers[n] for n in ("rate", "volume", "length", "catheter", "bridge_rate")
    )
    found: dict[str, Callable[[], object]] = {}
    absent = case.profile.absent
    if "minimum-rate" not in absent and isinstance(pump, MinimumRate):
        found["minimum rate"] = pump.start_minimum
    if "priming" not in absent and isinstance(pump, Priming):
        found["priming"] = partial(pump.start_priming, catheter, length, rate)
    if "bridge" not in absent and isinstance(pump, Bridge):
        found["bridge"] = partial(pump.start_bridge, catheter, bridge_rate, rate)
    if "delayed-start" not in absent and isinstance(pump, DelayedStart):
        found["delayed start"] = partial(_start_later, pump, clock, rate, length)
    if "patient-bolus" not in absent and isinstance(pump, PatientBolus):
        found["patient's bolus"] = partial(_start_with_wish, pump, rate, volume, length)
    return found


def _start_later(
    pump: DelayedStart, clock: Refillable, rate: Quantity, delay: Quantity
) -> None:
    """Let a rate begin after a delay."""
    at_s = clock.read_clock() + round(magnitude(delay, "s"))
    pump.start_continuous_at(rate, at_s)


def _start_with_wish(
    pump: InfusionPump, rate: Quantity, volume: Quantity, length: Quantity
) -> None:
    """Start a rate, and let the patient ask for a bolus, and once more in vain."""
    pump.start_continuous(rate)
    if isinstance(pump, PatientBolus):
        pump.set_patient_bolus(volume, length, 1, 2 * length)
        pump.request_patient_bolus()
        pump.request_patient_bolus()
