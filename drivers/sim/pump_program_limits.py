"""Which programs the pump refuses; every range in one place, nothing is clipped."""

from itertools import pairwise
from typing import Final

from drivers.sim.contracts import PumpParameters
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_limits import RequestRefusedError, check_range
from drivers.sim.pump_programs import dead_nl
from drivers.sim.pump_schedule import DAYS, Week
from protocols.pump_link.fields import SCHEDULE_STEPS_MAX, ScheduleStep
from protocols.pump_link.requests import (
    WriteBridge,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import FieldId, NakCode, PumpMode

CATHETER_NL: Final = (1, 2_000_000)
ALLOTTED: Final = (0, 24)
LONGEST_S: Final = 30 * 86_400
"""Longest period and longest lockout; limits of this pump, not of the link."""

_S_PER_H: Final = 3_600
_LAST_MINUTE: Final = 1_439


def check_program(program: WriteProgram, parameters: PumpParameters) -> None:
    """Refuse a program that the pump cannot run.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    if program.mode is PumpMode.MINIMUM:
        check_range(FieldId.RATE_NL_PER_H, program.rate_nl_per_h, 0, 0)
    else:
        check_range(FieldId.MODE, program.mode, PumpMode.CONTINUOUS, PumpMode.BOLUS)
        can_rest = program.mode is PumpMode.BOLUS
        _check_rate(program.rate_nl_per_h, parameters, can_rest=can_rest)
    if program.mode is PumpMode.BOLUS:
        _check_bolus(program.bolus_nl, program.bolus_duration_s, parameters)
    else:
        check_range(FieldId.BOLUS_NL, program.bolus_nl, 0, 0)
        check_range(FieldId.BOLUS_DURATION_S, program.bolus_duration_s, 0, 0)


def check_periodic(program: WritePeriodic, parameters: PumpParameters) -> None:
    """Refuse periodic boluses that the pump cannot give.

    The mean rate is within the limits because rate and bolus are.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    duration_s = program.bolus_duration_s
    _check_rate(program.rate_nl_per_h, parameters, can_rest=True)
    _check_bolus(program.bolus_nl, duration_s, parameters)
    check_range(FieldId.PERIOD_S, program.period_s, duration_s, LONGEST_S)


def check_patient_bolus(request: WritePatientBolus, parameters: PumpParameters) -> None:
    """Refuse settings of a patient's bolus; all zero allows none, and is accepted.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    duration_s = request.bolus_duration_s
    if request.allotted or request.bolus_nl or duration_s:
        _check_bolus(request.bolus_nl, duration_s, parameters)
    check_range(FieldId.ALLOTTED, request.allotted, *ALLOTTED)
    check_range(FieldId.LOCKOUT_S, request.lockout_s, duration_s, LONGEST_S)


def check_priming(program: WritePriming, parameters: PumpParameters) -> None:
    """Refuse a priming that the pump cannot run.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    check_range(FieldId.CATHETER_NL, program.catheter_nl, *CATHETER_NL)
    _check_duration(dead_nl(program, parameters), program.bolus_duration_s, parameters)
    _check_rate(program.rate_nl_per_h, parameters, can_rest=True)


def check_bridge(program: WriteBridge, parameters: PumpParameters) -> None:
    """Refuse a bridge that the pump cannot run.

    Raises:
        RequestRefusedError: naming the first field that is out of its range.
    """
    check_range(FieldId.CATHETER_NL, program.catheter_nl, *CATHETER_NL)
    rates = (parameters.min_rate_nl_per_h, parameters.max_rate_nl_per_h)
    bridge_nl_per_h = program.bridge_rate_nl_per_h
    check_range(FieldId.BRIDGE_RATE_NL_PER_H, bridge_nl_per_h, *rates)
    _check_rate(program.rate_nl_per_h, parameters, can_rest=True)


def check_schedule_day(
    request: WriteScheduleDay,
    before: tuple[WriteScheduleDay, ...],
    parameters: PumpParameters,
) -> None:
    """Refuse a day out of order, or one that the pump cannot run.

    A rate of 0 is a pause; a week of nothing else is refused with its last day.

    Args:
        request: the day.
        before: the staged days that it continues.
        parameters: of the pump.

    Raises:
        RequestRefusedError: naming the first field that is wrong.
    """
    if request.day != len(before):
        raise RequestRefusedError(NakCode.WRONG_STATE, FieldId.DAY)
    check_range(FieldId.STEPS, len(request.steps), 1, SCHEDULE_STEPS_MAX)
    if Defect.STEPS_UNORDERED not in parameters.defects:
        _check_order(request.steps)
    _check_step_rates(request.steps, parameters)
    days = (*before, request)
    if len(days) == DAYS and Week(tuple(day.steps for day in days)).is_empty:
        rates = (parameters.min_rate_nl_per_h, parameters.max_rate_nl_per_h)
        check_range(FieldId.RATE_NL_PER_H, 0, *rates)


def _check_order(steps: tuple[ScheduleStep, ...]) -> None:
    check_range(FieldId.STEPS, steps[0].minute, 0, 0)
    for earlier, later in pairwise(steps):
        check_range(FieldId.STEPS, later.minute, earlier.minute + 1, _LAST_MINUTE)


def _check_step_rates(
    steps: tuple[ScheduleStep, ...], parameters: PumpParameters
) -> None:
    if Defect.STEP_UNLIMITED in parameters.defects:
        return
    for step in steps:
        _check_rate(step.rate_nl_per_h, parameters, can_rest=True)


def _check_rate(rate: int, parameters: PumpParameters, *, can_rest: bool) -> None:
    if rate or not can_rest:
        lowest, highest = parameters.min_rate_nl_per_h, parameters.max_rate_nl_per_h
        check_range(FieldId.RATE_NL_PER_H, rate, lowest, highest)


def _check_bolus(volume_nl: int, duration_s: int, parameters: PumpParameters) -> None:
    if Defect.BOLUS_UNLIMITED in parameters.defects:
        return
    least_nl = max(-(-parameters.min_rate_nl_per_h // _S_PER_H), 1)
    check_range(FieldId.BOLUS_NL, volume_nl, least_nl, parameters.capacity_nl)
    _check_duration(volume_nl, duration_s, parameters)


def _check_duration(
    volume_nl: int, duration_s: int, parameters: PumpParameters
) -> None:
    """Refuse a duration whose mean rate is outside the pump's limits."""
    fastest_s = max(-(-volume_nl * _S_PER_H // parameters.max_rate_nl_per_h), 1)
    slowest_s = volume_nl * _S_PER_H // parameters.min_rate_nl_per_h
    check_range(FieldId.BOLUS_DURATION_S, duration_s, fastest_s, slowest_s)
