"""What the pump answers: requests to operations of the firmware, and replies back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_limits import (
    RequestRefusedError,
    check_clock,
    check_intervals,
    check_program,
    check_refill,
)
from drivers.sim.pump_time import NS_PER_MS
from protocols.pump_link.codec import frame_of, type_of
from protocols.pump_link.frame import BROADCAST_SERIAL, VERSION
from protocols.pump_link.replies import (
    AlarmIntervalsSet,
    Alarms,
    AlarmsAcknowledged,
    AlarmsCleared,
    Clock,
    ClockSet,
    Committed,
    Identity,
    LogPage,
    Nak,
    ProgramStaged,
    PumpMessage,
    RefillStaged,
    Reservoir,
    SelfTestResult,
    SessionOpened,
    Status,
    Stopped,
)
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    Commit,
    GetAlarms,
    GetClock,
    GetIdentity,
    GetLog,
    GetReservoir,
    GetStatus,
    OpenSession,
    Request,
    SelfTest,
    SetAlarmIntervals,
    SetClock,
    Stop,
    WriteProgram,
    WriteRefill,
)
from protocols.pump_link.session import STAGING_LIFETIME_MS
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    Feature,
    FieldId,
    NakCode,
    PumpMode,
    PumpState,
    SelfTestFault,
)

FEATURES: Final = (
    Feature.BOLUS
    | Feature.REFILL
    | Feature.ALARM_INTERVALS
    | Feature.LOG
    | Feature.CLOCK
    | Feature.SELF_TEST
    | Feature.UNASKED_ALARMS
)
"""All that version 1 of the link knows."""

_FIRST_TOKEN: Final = 1
_TOKEN_MODULO: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class _Staged:
    """A checked request that waits for its commit until a pump time, ns."""

    token: int
    request: WriteProgram | WriteRefill
    expires_ns: int


class PumpDialogue:
    """Answers one request at a time on behalf of the firmware.

    Attributes:
        intervals: the tone intervals of the alarms.
    """

    def __init__(self, firmware: PumpFirmware) -> None:
        """Begin with nothing staged."""
        self.intervals = SetAlarmIntervals(600, 3_600)
        self._firmware = firmware
        self._staged: _Staged | None = None
        self._next_token = _FIRST_TOKEN
        self._answers: Mapping[type, Callable[[Any], PumpMessage]] = {
            OpenSession: self._open_session,
            GetIdentity: self._identity,
            GetStatus: self._status,
            WriteProgram: self._stage_program,
            Commit: self._commit,
            Stop: self._stop,
            GetReservoir: self._reservoir,
            WriteRefill: self._stage_refill,
            GetAlarms: self._alarms,
            AckAlarms: self._acknowledge,
            ClearAlarms: self._clear,
            SetAlarmIntervals: self._set_intervals,
            GetLog: self._log_page,
            GetClock: self._clock,
            SetClock: self._set_clock,
            SelfTest: self._self_test,
        }

    def answer(self, request: Request[PumpMessage]) -> PumpMessage:
        """Act on a request and return its reply, or the refusal."""
        try:
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
        self._staged = None

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
            FEATURES,
        )

    def _status(self, _: GetStatus) -> Status:
        pump = self._firmware
        delivered_nl = pump.delivered_nl
        return Status(
            pump.uptime_ms,
            pump.therapy.mode,
            pump.state,
            pump.therapy.rate_nl_per_h,
            delivered_nl,
            pump.reservoir_nl(delivered_nl),
            pump.alarms.active,
            pump.parameters.battery_mv,
        )

    def _stage_program(self, request: WriteProgram) -> ProgramStaged:
        check_program(request, self._firmware.parameters)
        return ProgramStaged(
            self._firmware.uptime_ms,
            self._stage(request),
            request.mode,
            request.rate_nl_per_h,
            request.bolus_nl,
            request.bolus_duration_s,
        )

    def _stage_refill(self, request: WriteRefill) -> RefillStaged:
        check_refill(request, self._firmware.parameters)
        return RefillStaged(
            self._firmware.uptime_ms,
            self._stage(request),
            request.volume_nl,
            request.low_threshold_nl,
            request.stability_days,
            request.label_max_days,
        )

    def _stage(self, request: WriteProgram | WriteRefill) -> int:
        """Keep a checked request for its commit; return the token."""
        token = self._next_token
        self._next_token = (token + 1) % _TOKEN_MODULO
        expires_ns = self._firmware.now.u_ns + STAGING_LIFETIME_MS * NS_PER_MS
        self._staged = _Staged(token, request, expires_ns)
        return token

    def _commit(self, request: Commit) -> Committed:
        pump = self._firmware
        staged = self._staged
        if (
            staged is None
            or staged.token != request.token
            or staged.expires_ns <= pump.now.u_ns
        ):
            raise RequestRefusedError(NakCode.BAD_TOKEN, FieldId.TOKEN)
        self.drop_staged()
        if isinstance(staged.request, WriteProgram):
            pump.start(staged.request)
        else:
            pump.record_refill(staged.request)
        return Committed(pump.uptime_ms, *self._motion())

    def _stop(self, _: Stop) -> Stopped:
        self._firmware.stop()
        return Stopped(self._firmware.uptime_ms, *self._motion())

    def _motion(self) -> tuple[PumpMode, PumpState, int]:
        pump = self._firmware
        return pump.therapy.mode, pump.state, pump.therapy.rate_nl_per_h

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
        low = pump.parameters.battery_mv < pump.parameters.low_battery_mv
        faults = SelfTestFault.BATTERY if low else SelfTestFault(0)
        program = pump.therapy.program
        crc = 0 if program is None else crc32(_payload(program))
        return SelfTestResult(pump.uptime_ms, faults, crc)


def _payload(program: WriteProgram) -> bytes:
    return frame_of(program, 0, BROADCAST_SERIAL).payload
