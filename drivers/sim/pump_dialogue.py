"""What the pump answers: requests to operations of the firmware, and replies back."""

from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

from drivers.sim.pump_defects import Defect
from drivers.sim.pump_features import check_feature, features_of
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_limits import RequestRefusedError, check_clock, check_intervals
from drivers.sim.pump_programs import Program
from drivers.sim.pump_service import service_of
from drivers.sim.pump_therapy_dialogue import TherapyDialogue
from protocols.pump_link.codec import frame_of, type_of
from protocols.pump_link.frame import BROADCAST_SERIAL, VERSION
from protocols.pump_link.replies import (
    AlarmIntervalsSet,
    Alarms,
    AlarmsAcknowledged,
    AlarmsCleared,
    Clock,
    ClockSet,
    Identity,
    LogPage,
    Nak,
    PumpMessage,
    Reservoir,
    SelfTestResult,
    Service,
    SessionOpened,
    Status,
)
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    GetAlarms,
    GetClock,
    GetIdentity,
    GetLog,
    GetReservoir,
    GetService,
    GetStatus,
    OpenSession,
    Request,
    SelfTest,
    SetAlarmIntervals,
    SetClock,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    PumpState,
    SelfTestFault,
)


class PumpDialogue:
    """Answers one request at a time on behalf of the firmware.

    Attributes:
        intervals: the tone intervals of the alarms.
    """

    def __init__(self, firmware: PumpFirmware) -> None:
        """Begin with nothing staged."""
        self.intervals = SetAlarmIntervals(600, 3_600)
        self._firmware = firmware
        self._therapy = TherapyDialogue(firmware)
        self._features = features_of(firmware.parameters)
        self._answers: Mapping[type, Callable[[Any], PumpMessage]] = {
            **self._therapy.answers,
            OpenSession: self._open_session,
            GetIdentity: self._identity,
            GetStatus: self._status,
            GetReservoir: self._reservoir,
            GetAlarms: self._alarms,
            AckAlarms: self._acknowledge,
            ClearAlarms: self._clear,
            SetAlarmIntervals: self._set_intervals,
            GetLog: self._log_page,
            GetClock: self._clock,
            SetClock: self._set_clock,
            SelfTest: self._self_test,
            GetService: self._service,
        }

    def answer(self, request: Request[PumpMessage]) -> PumpMessage:
        """Act on a request and return its reply, or the refusal."""
        try:
            check_feature(request, self._features)
            return self._answers[type(request)](request)
        except RequestRefusedError as refused:
            return Nak(
                self._firmware.uptime_ms,
                type_of(type(request)),
                refused.code,
                refused.field,
                refused.minimum,
                refused.maximum,
            )

    def drop_staged(self) -> None:
        """Forget what waits for a commit."""
        self._therapy.drop_staged()

    def _open_session(self, request: OpenSession) -> SessionOpened:
        self.drop_staged()
        return SessionOpened(self._firmware.uptime_ms, request.session_id)

    def _identity(self, _: GetIdentity) -> Identity:
        pump = self._firmware.parameters
        return Identity(
            self._firmware.uptime_ms,
            pump.model,
            pump.firmware,
            pump.serial,
            VERSION,
            pump.capacity_nl,
            pump.min_rate_nl_per_h,
            pump.max_rate_nl_per_h,
            self._features,
        )

    def _status(self, _: GetStatus) -> Status:
        pump = self._firmware
        delivered_nl = pump.delivered_nl
        is_stuck = Defect.STATE_STUCK in pump.parameters.defects
        return Status(
            pump.uptime_ms,
            pump.therapy.mode,
            PumpState.DELIVERING if is_stuck else pump.state,
            pump.therapy.rate_nl_per_h,
            delivered_nl,
            pump.reservoir_nl(delivered_nl),
            pump.alarms.active,
            pump.battery_mv,
        )

    def _reservoir(self, _: GetReservoir) -> Reservoir:
        pump = self._firmware
        record, low_clock_s = pump.refill, pump.low_clock_s
        return Reservoir(
            pump.uptime_ms,
            pump.reservoir_nl(pump.delivered_nl),
            pump.parameters.capacity_nl,
            record.refill.low_threshold_nl if record else 0,
            record.clock_s if record else 0,
            low_clock_s,
            record.refill_by_clock_s(low_clock_s) if record else 0,
        )

    def _alarms(self, _: GetAlarms) -> Alarms:
        return Alarms(*self._alarm_state())

    def _acknowledge(self, request: AckAlarms) -> AlarmsAcknowledged:
        self._firmware.acknowledge(request.flags)
        return AlarmsAcknowledged(*self._alarm_state())

    def _clear(self, request: ClearAlarms) -> AlarmsCleared:
        self._firmware.clear(request.flags)
        return AlarmsCleared(*self._alarm_state())

    def _set_intervals(self, request: SetAlarmIntervals) -> AlarmIntervalsSet:
        check_intervals(request)
        self.intervals = request
        self._firmware.note_intervals(
            request.critical_interval_s, request.noncritical_interval_s
        )
        return AlarmIntervalsSet(*self._alarm_state())

    def _alarm_state(self) -> tuple[int, AlarmFlag, AlarmFlag, int, int]:
        pump = self._firmware
        return (
            pump.uptime_ms,
            pump.alarms.active,
            pump.alarms.unacknowledged,
            self.intervals.critical_interval_s,
            self.intervals.noncritical_interval_s,
        )

    def _log_page(self, request: GetLog) -> LogPage:
        pump = self._firmware
        first, entries = pump.log.page(request.first)
        return LogPage(pump.uptime_ms, pump.log.total, first, entries)

    def _clock(self, _: GetClock) -> Clock:
        return Clock(self._firmware.uptime_ms, self._firmware.clock_s)

    def _set_clock(self, request: SetClock) -> ClockSet:
        check_clock(request)
        self._firmware.set_clock(request.clock_s)
        return ClockSet(self._firmware.uptime_ms, self._firmware.clock_s)

    def _self_test(self, _: SelfTest) -> SelfTestResult:
        pump = self._firmware
        low = pump.battery_mv < pump.parameters.low_battery_mv
        faults = SelfTestFault.BATTERY if low else SelfTestFault(0)
        program = pump.therapy.program
        crc = 0 if program is None else crc32(_payload(program))
        return SelfTestResult(pump.uptime_ms, faults, crc)

    def _service(self, _: GetService) -> Service:
        return service_of(self._firmware)


def _payload(program: Program) -> bytes:
    """Return what was written of a program, the days of a schedule in order."""
    frames = (frame_of(written, 0, BROADCAST_SERIAL) for written in program.requests)
    return b"".join(frame.payload for frame in frames)
