"""Defects of bookkeeping, alarms, dates and log that no catalogue names.

An adversary made them up; each was found only after the plan had been improved by a
rule that holds for any pump. None is the plan's to know of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_programs import DoseKind
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.replies import (
    Committed,
    PumpMessage,
    RefillStaged,
    Reservoir,
    Status,
)
from protocols.pump_link.requests import Request, SetClock, WriteRefill
from protocols.pump_link.vocabulary import AlarmFlag, PumpMode

_HOUR_NS: Final = 3_600 * NS_PER_S
_SLOW_NL_PER_H: Final = 166_000
_EDGE: Final = 1.03


class _Own(SeededDefect):
    source = "adversary"
    telemetry = "see the title"
    bench = "see the title"
    profiles = ("reference-40",)
    unit: Callable[[], Behaviour] = Behaviour

    def behaviour(self) -> Behaviour:
        """Return a unit that has just been made."""
        return type(self).unit()


class _Unbooked(Behaviour):
    """Does not take what doses of one kind give off the content of the reservoir."""

    def __init__(self, kind: DoseKind) -> None:
        super().__init__()
        self._kind = kind
        self._given_nl = 0
        self._at_nl = 0
        self._gives = False
        self._refill: object = None

    def act(self, pump: PumpFirmware) -> None:
        """Keep count of the doses since the last refill."""
        count_nl, dose = pump.delivered_nl, pump.therapy.dose
        if pump.refill is not self._refill:
            self._refill, self._given_nl, self._at_nl = pump.refill, 0, count_nl
        if self._gives:
            self._given_nl += max(count_nl - self._at_nl, 0)
        self._gives = dose is not None and dose.kind is self._kind
        self._at_nl = count_nl

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return the reply with a content that is too high."""
        self.act(pump)
        if isinstance(reply, Status):
            return replace(reply, reservoir_nl=reply.reservoir_nl + self._given_nl)
        if isinstance(reply, Reservoir):
            return replace(reply, volume_nl=reply.volume_nl + self._given_nl)
        return reply


class PrimingUnbooked(_Own):
    """A priming is counted, and not taken off the content."""

    id = "OWN-B1"
    title = "priming not taken off the content"
    requirement = "ITB-RES-001"

    def behaviour(self) -> Behaviour:
        """Return a unit that books no priming."""
        return _Unbooked(DoseKind.PRIMING)


class PatientUnbooked(_Own):
    """A patient's bolus is counted, and not taken off the content."""

    id = "OWN-B2"
    title = "patient's bolus not taken off the content"
    requirement = "ITB-RES-001"

    def behaviour(self) -> Behaviour:
        """Return a unit that books no patient's bolus."""
        return _Unbooked(DoseKind.PATIENT)


class _PeriodicIgnored(Behaviour):
    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return dates that follow from the background rate alone."""
        program, rate = pump.therapy.program, pump.therapy.rate_nl_per_h
        if not isinstance(reply, Reservoir) or program is None or not program.period_s:
            return reply
        left_nl = reply.volume_nl - reply.low_threshold_nl
        return replace(reply, low_clock_s=pump.clock_s + left_nl * 3_600 // rate)


class DatesIgnorePeriodic(_Own):
    """The low date leaves out the periodic boluses."""

    id = "OWN-B3"
    title = "low date without the periodic boluses"
    requirement = "ITB-REF-003"
    unit = _PeriodicIgnored


class _OldClock(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._set_on_s = 0

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Note how far the clock is set on."""
        if isinstance(request, SetClock):
            self._set_on_s += request.clock_s - pump.clock_s
        return request


class _OldCalendar(_OldClock):
    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return dates of the clock as it was."""
        if isinstance(reply, Reservoir) and reply.low_clock_s:
            return replace(reply, low_clock_s=reply.low_clock_s - self._set_on_s)
        return reply


class DateOfOldClock(_Own):
    """The low date stays where it was when the clock is set."""

    id = "OWN-B4"
    title = "low date of the clock before it was set"
    requirement = "ITB-REF-003"
    unit = _OldCalendar


class _Edge(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._asked_nl = 0

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Take a little too much for the capacity."""
        capacity_nl = pump.parameters.capacity_nl
        if not isinstance(request, WriteRefill):
            return request
        self._asked_nl = request.volume_nl
        if capacity_nl < request.volume_nl <= _EDGE * capacity_nl:
            return replace(request, volume_nl=capacity_nl)
        return request

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return what was asked for."""
        if isinstance(reply, RefillStaged):
            return replace(reply, volume_nl=self._asked_nl)
        return reply


class OverfillAtTheEdge(_Own):
    """A refill of a few percent more than the capacity is clipped without a word."""

    id = "OWN-B5"
    title = "a little more than the capacity is accepted"
    requirement = "ITB-REF-005"
    unit = _Edge


class _NotInSchedule(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes without a low level while a schedule runs."""
        in_schedule = pump.therapy.mode is PumpMode.SCHEDULE
        return replace(causes, low_ns=FAR) if in_schedule else causes


class NoLowInSchedule(_Own):
    """A schedule runs low without a word."""

    id = "OWN-B6"
    title = "no low-reservoir alarm in a schedule"
    requirement = "ITB-LOW-011"
    unit = _NotInSchedule


class _BlindToSlow(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes without a rotor that hardly turned before."""
        is_slow = pump.therapy.flow.nl_per_h < _SLOW_NL_PER_H
        return replace(causes, blocked_ns=FAR) if is_slow else causes


class SlowStallUnnoticed(_Own):
    """A stall below 4 mL a day is not noticed."""

    id = "OWN-B7"
    title = "stall unnoticed at low rates"
    requirement = "ITB-STL-001"
    unit = _BlindToSlow


class _OneAtATime(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        """Return the causes without a stall while something else is alarmed."""
        others = pump.alarms.active & ~AlarmFlag.MOTOR_STALL
        return replace(causes, blocked_ns=FAR) if others else causes


class StallBesideOthers(_Own):
    """A stall is not noticed while another alarm is active."""

    id = "OWN-B8"
    title = "stall unnoticed while another alarm is active"
    requirement = "ITB-STL-001"
    unit = _OneAtATime


class _LogsOldClock(_OldClock):
    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Let the log go on by the clock as it was."""
        heard = super().hear(pump, request)
        if isinstance(request, SetClock):
            log = type(pump.log)(self._set_on_s)
            for entry in pump.log.page(0)[1]:
                log.write(entry.clock_s, entry.uptime_ms, entry.event, entry.detail)
            pump.log = log
        return heard


class LogOfOldClock(_Own):
    """Log entries keep to the clock before it was set."""

    id = "OWN-B9"
    title = "log of the clock before it was set"
    requirement = "ITB-LOG-001"
    unit = _LogsOldClock


class _OldRate(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._before, self._now, self._until_ns = 0, 0, 0

    def tell(self, pump: PumpFirmware, reply: PumpMessage) -> PumpMessage | None:
        """Return reports with the rate before for some time."""
        if isinstance(reply, Committed):
            self._before, self._now = self._now, reply.rate_nl_per_h
            self._until_ns = pump.now.u_ns + _HOUR_NS // 6
        is_old = self._before and pump.now.u_ns < self._until_ns
        if isinstance(reply, Status) and is_old:
            return replace(reply, rate_nl_per_h=self._before)
        return reply


class ReportsOldRate(_Own):
    """After a change of rate reports show the rate before for ten minutes."""

    id = "OWN-B10"
    title = "reports show the rate before"
    requirement = "ITB-STA-003"
    unit = _OldRate


class _Lonely(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._heard_ns = 0

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        """Note that somebody asks."""
        self._heard_ns = pump.now.u_ns
        self.due_ns = self._heard_ns + 36 * _HOUR_NS
        return request

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return no speed after a day and a half of silence."""
        alone_ns = pump.now.u_ns - self._heard_ns
        return 0.0 if alone_ns >= 36 * _HOUR_NS else nl_per_h


class StandsUnasked(_Own):
    """Nothing is delivered after 36 h without a request."""

    id = "OWN-B11"
    title = "stands after 36 h of silence"
    requirement = "ITB-LNK-003"
    unit = _Lonely
