"""What a pump can do, and which request needs which of it."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Final

from drivers.sim.contracts import Level, PumpParameters
from drivers.sim.pump_limits import RequestRefusedError
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import (
    CommitAt,
    GetDrug,
    GetLog,
    GetScheduleDay,
    GetService,
    Request,
    RequestPatientBolus,
    SelfTest,
    SetAlarmIntervals,
    SetClock,
    WriteBridge,
    WriteDrug,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import Feature, NakCode, PumpMode

_NONE: Final = Feature(0)

_NEEDED: Final[Mapping[type[Request[PumpMessage]], Feature]] = MappingProxyType(
    {
        WriteRefill: Feature.REFILL,
        SetAlarmIntervals: Feature.ALARM_INTERVALS,
        GetLog: Feature.LOG,
        SetClock: Feature.CLOCK,
        SelfTest: Feature.SELF_TEST,
        WriteScheduleDay: Feature.SCHEDULE,
        GetScheduleDay: Feature.SCHEDULE,
        WritePeriodic: Feature.PERIODIC,
        WritePatientBolus: Feature.PATIENT_BOLUS,
        RequestPatientBolus: Feature.PATIENT_BOLUS,
        WritePriming: Feature.PRIMING,
        WriteBridge: Feature.BRIDGE,
        CommitAt: Feature.DELAYED_START,
        WriteDrug: Feature.DRUG,
        GetDrug: Feature.DRUG,
        GetService: Feature.SERVICE,
    }
)
_NEEDED_BY_MODE: Final[Mapping[PumpMode, Feature]] = MappingProxyType(
    {PumpMode.BOLUS: Feature.BOLUS, PumpMode.MINIMUM: Feature.MINIMUM_RATE}
)


def features_of(parameters: PumpParameters) -> Feature:
    """Return what a pump can do; its sensors follow from their parameters."""
    features = reduce(or_, Feature) & ~reduce(or_, parameters.absent, _NONE)
    if parameters.level is not Level.SENSOR:
        features &= ~Feature.LEVEL_SENSOR
    if parameters.occlusion_kpa is None:
        features &= ~Feature.OCCLUSION_SENSOR
    return features


def check_feature(request: Request[PumpMessage], features: Feature) -> None:
    """Refuse a request that the pump has not the feature for.

    Raises:
        RequestRefusedError: NOT_SUPPORTED.
    """
    needed = _NEEDED.get(type(request), _NONE)
    if isinstance(request, WriteProgram):
        needed = _NEEDED_BY_MODE.get(request.mode, _NONE)
    if needed & ~features:
        raise RequestRefusedError(NakCode.NOT_SUPPORTED)
