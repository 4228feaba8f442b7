"""What the pump answers to programming: writing, commit, stop and reading back."""

from collections.abc import Callable, Mapping
from typing import Any

from drivers.sim.pump_alarms import STOPPING_ALARMS
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_limits import (
    RequestRefusedError,
    check_drug,
    check_range,
    check_refill,
)
from drivers.sim.pump_program_limits import (
    check_bridge,
    check_patient_bolus,
    check_periodic,
    check_priming,
    check_program,
    check_schedule_day,
)
from drivers.sim.pump_programs import (
    BOLUSES,
    Program,
    dead_nl,
    program_of,
    schedule_of,
)
from drivers.sim.pump_schedule import DAYS
from drivers.sim.pump_staging import Content, StagedDays, Staging
from protocols.pump_link import replies
from protocols.pump_link.requests import (
    Commit,
    CommitAt,
    GetDrug,
    GetProgram,
    GetScheduleDay,
    RequestPatientBolus,
    Stop,
    WriteBridge,
    WriteDrug,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.session import COMMIT_AT_MAX_S
from protocols.pump_link.vocabulary import FieldId, NakCode, PumpMode, PumpState


class TherapyDialogue:
    """Answers the requests that programme the pump.

    Attributes:
        answers: what answers each type of request.
    """

    def __init__(self, firmware: PumpFirmware) -> None:
        """Begin with nothing staged."""
        self._firmware = firmware
        self._staging = Staging()
        self.answers: Mapping[type, Callable[[Any], replies.PumpMessage]] = {
            WriteProgram: self._write_program,
            WriteRefill: self._write_refill,
            WriteScheduleDay: self._write_schedule_day,
            WritePeriodic: self._write_periodic,
            WritePatientBolus: self._write_patient_bolus,
            WritePriming: self._write_priming,
            WriteBridge: self._write_bridge,
            WriteDrug: self._write_drug,
            Commit: self._commit,
            CommitAt: self._commit_at,
            Stop: self._stop,
            RequestPatientBolus: self._request_patient_bolus,
            GetProgram: self._program,
            GetScheduleDay: self._schedule_day,
            GetDrug: self._drug,
        }

    def drop_staged(self) -> None:
        """Forget what waits for a commit."""
        self._staging.drop()

    def _write_program(self, request: WriteProgram) -> replies.ProgramStaged:
        pump = self._firmware
        program = program_of(request, pump.parameters)
        self._check_alarms(program)
        check_program(request, pump.parameters)
        return replies.ProgramStaged(
            pump.uptime_ms,
            self._stage(program),
            request.mode,
            request.rate_nl_per_h,
            request.bolus_nl,
            request.bolus_duration_s,
        )

    def _write_refill(self, request: WriteRefill) -> replies.RefillStaged:
        check_refill(request, self._firmware.parameters)
        return replies.RefillStaged(
            self._firmware.uptime_ms,
            self._stage(request),
            request.volume_nl,
            request.low_threshold_nl,
            request.stability_days,
            request.label_max_days,
        )

    def _write_schedule_day(
        self, request: WriteScheduleDay
    ) -> replies.ScheduleDayStaged:
        """Stage a day after those before it; Monday begins anew."""
        pump = self._firmware
        before = self._staging.days(pump.now.u_ns) if request.day else ()
        check_schedule_day(request, before, pump.parameters)
        days = (*before, request)
        is_whole = len(days) == DAYS
        week = schedule_of(days, pump.parameters) if is_whole else StagedDays(days)
        token = self._stage(week)
        return replies.ScheduleDayStaged(
            pump.uptime_ms, token, request.day, request.steps
        )

    def _write_periodic(self, request: WritePeriodic) -> replies.PeriodicStaged:
        pump = self._firmware
        program = program_of(request, pump.parameters)
        self._check_alarms(program)
        check_periodic(request, pump.parameters)
        return replies.PeriodicStaged(
            pump.uptime_ms,
            self._stage(program),
            request.rate_nl_per_h,
            request.bolus_nl,
            request.bolus_duration_s,
            request.period_s,
        )

    def _write_patient_bolus(
        self, request: WritePatientBolus
    ) -> replies.PatientBolusStaged:
        check_patient_bolus(request, self._firmware.parameters)
        return replies.PatientBolusStaged(
            self._firmware.uptime_ms,
            self._stage(request),
            request.bolus_nl,
            request.bolus_duration_s,
            request.allotted,
            request.lockout_s,
        )

    def _write_priming(self, request: WritePriming) -> replies.PrimingStaged:
        pump = self._firmware
        program = program_of(request, pump.parameters)
        self._check_alarms(program)
        check_priming(request, pump.parameters)
        return replies.PrimingStaged(
            pump.uptime_ms,
            self._stage(program),
            dead_nl(request, pump.parameters),
            request.catheter_nl,
            request.bolus_duration_s,
            request.rate_nl_per_h,
        )

    def _write_bridge(self, request: WriteBridge) -> replies.BridgeStaged:
        pump = self._firmware
        check_bridge(request, pump.parameters)
        return replies.BridgeStaged(
            pump.uptime_ms,
            self._stage(program_of(request, pump.parameters)),
            dead_nl(request, pump.parameters),
            request.catheter_nl,
            request.bridge_rate_nl_per_h,
            request.rate_nl_per_h,
        )

    def _write_drug(self, request: WriteDrug) -> replies.DrugStaged:
        check_drug(request, self._firmware.parameters)
        return replies.DrugStaged(
            self._firmware.uptime_ms,
            self._stage(request),
            request.concentration_ng_per_ml,
        )

    def _stage(self, content: Content) -> int:
        """Keep what was checked for its commit; return the token."""
        pump = self._firmware
        token = self._staging.stage(content, pump.now.u_ns)
        hasty = Defect.NO_COMMIT in pump.parameters.defects
        if hasty and not isinstance(content, StagedDays):
            self._put_into_force(content)
        return token

    def _commit(self, request: Commit) -> replies.Committed:
        pump = self._firmware
        content = self._staging.content(request.token, pump.now.u_ns)
        self._check_alarms(content)
        self._put_into_force(content)
        if Defect.REPEAT_ACTS not in pump.parameters.defects:
            self.drop_staged()
        return replies.Committed(pump.uptime_ms, *self._motion())

    def _put_into_force(self, content: Content) -> None:
        pump = self._firmware
        match content:
            case Program():
                pump.start(content)
            case WriteRefill():
                pump.record_refill(content)
            case WritePatientBolus():
                pump.therapy.set_patient_bolus(content)
            case WriteDrug(concentration_ng_per_ml):
                pump.therapy.set_concentration(concentration_ng_per_ml)
            case StagedDays():
                raise RequestRefusedError(NakCode.WRONG_STATE, FieldId.DAY)

    def _commit_at(self, request: CommitAt) -> replies.CommitPending:
        pump = self._firmware
        content = self._staging.content(request.token, pump.now.u_ns)
        if not isinstance(content, Program):
            raise RequestRefusedError(NakCode.WRONG_STATE, FieldId.TOKEN)
        now_s = pump.clock_s
        latest_s = now_s + COMMIT_AT_MAX_S
        check_range(FieldId.CLOCK_S, request.clock_s, now_s + 1, latest_s)
        self.drop_staged()
        pump.start_at(content, request.clock_s)
        return replies.CommitPending(pump.uptime_ms, request.clock_s)

    def _stop(self, _: Stop) -> replies.Stopped:
        self._firmware.stop()
        return replies.Stopped(self._firmware.uptime_ms, *self._motion())

    def _motion(self) -> tuple[PumpMode, PumpState, int]:
        pump = self._firmware
        return pump.therapy.mode, pump.state, pump.therapy.rate_nl_per_h

    def _request_patient_bolus(
        self, _: RequestPatientBolus
    ) -> replies.PatientBolusAnswer:
        pump = self._firmware
        decision = pump.request_bolus()
        patient, u_ns = pump.therapy.patient, pump.now.u_ns
        given, wait_s = patient.given(u_ns), patient.wait_s(u_ns)
        return replies.PatientBolusAnswer(pump.uptime_ms, decision, given, wait_s)

    def _program(self, _: GetProgram) -> replies.Program:
        pump = self._firmware
        therapy = pump.therapy
        program, mode = therapy.program, therapy.program_mode
        dose = program.dose if program is not None and mode is program.mode else None
        return replies.Program(
            pump.uptime_ms,
            mode,
            therapy.rate_nl_per_h,
            0 if dose is None else dose.volume_nl,
            0 if dose is None else dose.duration_s,
            0 if program is None else program.period_s,
            therapy.pending.clock_s if therapy.pending is not None else 0,
        )

    def _schedule_day(self, request: GetScheduleDay) -> replies.ScheduleDay:
        pump = self._firmware
        program = pump.therapy.program
        if program is None or program.week is None:
            raise RequestRefusedError(NakCode.WRONG_STATE, FieldId.MODE)
        steps = program.week.days[request.day]
        return replies.ScheduleDay(pump.uptime_ms, request.day, steps)

    def _drug(self, _: GetDrug) -> replies.Drug:
        pump = self._firmware
        therapy = pump.therapy
        dose_ng = therapy.daily_ng(pump.now.u_ns)
        return replies.Drug(pump.uptime_ms, therapy.concentration_ng_per_ml, dose_ng)

    def _check_alarms(self, content: Content) -> None:
        """Refuse a bolus while an alarm is active that stops delivery.

        Raises:
            RequestRefusedError: WRONG_STATE, naming the mode.
        """
        if not isinstance(content, Program) or content.dose is None:
            return
        pump = self._firmware
        if Defect.BOLUS_IN_ALARM in pump.parameters.defects:
            return
        alarms = pump.alarms.active | pump.alarms.conditions
        if content.dose.kind in BOLUSES and alarms & STOPPING_ALARMS:
            raise RequestRefusedError(NakCode.WRONG_STATE, FieldId.MODE)
