"""Defects of battery, end of service and what a loss of power leaves.

An adversary's; each was found only after a rule for any pump had been added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.pump_alarms import Causes
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import Request, SetClock
from protocols.pump_link.vocabulary import AlarmFlag, PumpMode

_H: Final = 3_600 * NS_PER_S
_NONE: Final = AlarmFlag(0)


class _Own(SeededDefect):
    source = "adversary"
    telemetry = "see the title"
    bench = "see the title"
    profiles: ClassVar[tuple[str, ...]] = ("reference-40",)
    unit: Callable[[], Behaviour] = Behaviour

    def behaviour(self) -> Behaviour:
        """Return a unit that has just been made."""
        return type(self).unit()


class _Boots(Behaviour):
    """Notes each start of the firmware."""

    def __init__(self) -> None:
        super().__init__()
        self._uptime_ms = 0

    def act(self, pump: PumpFirmware) -> None:
        """Look whether it has begun anew."""
        before, self._uptime_ms = self._uptime_ms, pump.uptime_ms
        if self._uptime_ms < before:
            self.booted(pump)

    def booted(self, pump: PumpFirmware) -> None:
        """Do what is wrong at a start."""
        raise NotImplementedError


class _AskedOnly(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._heard_ns = -FAR
        self._is_low = self._is_due = False

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        self._heard_ns = pump.now.u_ns
        return request

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        now_ns = pump.now.u_ns
        asked = now_ns - self._heard_ns <= 2 * NS_PER_S
        self._is_low = causes.battery_ns <= now_ns and (asked or self._is_low)
        self._is_due = causes.replacement_ns <= now_ns and (asked or self._is_due)
        return replace(
            causes,
            battery_ns=causes.battery_ns if self._is_low else FAR,
            replacement_ns=causes.replacement_ns if self._is_due else FAR,
        )


class BatteryReadWhenAsked(_Own):
    id = "OWN-P1"
    title = "battery measured only while the link is in use"
    requirement = "ITB-BAT-011"
    unit = _AskedOnly


class _OnlyRunning(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        if pump.therapy.mode is not PumpMode.STOPPED:
            return causes
        return replace(causes, battery_ns=FAR, replacement_ns=FAR)


class BatteryUnderLoadOnly(_Own):
    id = "OWN-P2"
    title = "battery measured only while the motor is in use"
    requirement = "ITB-BAT-001"
    unit = _OnlyRunning


class _ElseIf(Behaviour):
    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        at_once = causes.battery_ns == causes.replacement_ns
        return replace(causes, battery_ns=FAR) if at_once else causes


class EitherOrBattery(_Own):
    id = "OWN-P3"
    title = "no low-battery alarm where the replacement indicator comes with it"
    requirement = "ITB-BAT-001"
    unit = _ElseIf


class _Revives(_Boots):
    def __init__(self) -> None:
        super().__init__()
        self._ended = False
        self._revived = False

    def booted(self, pump: PumpFirmware) -> None:
        self._revived = self._revived or self._ended

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        self._ended = self._ended or causes.end_ns <= pump.now.u_ns
        return replace(causes, end_ns=FAR) if self._revived else causes


class EndForgotten(_Own):
    id = "OWN-P4"
    title = "a loss of power revives a pump at the end of its service"
    requirement = "ITB-EOS-002"
    unit = _Revives


class _EndByDate(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._on_ns = 0
        self._warned = False
        self._ended = False

    def hear(
        self, pump: PumpFirmware, request: Request[PumpMessage]
    ) -> Request[PumpMessage] | None:
        if isinstance(request, SetClock) and self._warned:
            self._on_ns += (request.clock_s - pump.clock_s) * NS_PER_S
        return request

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        if causes.end_ns >= FAR:
            return causes
        self._warned = True
        end_ns = causes.end_ns - self._on_ns
        self._ended = self._ended or end_ns <= pump.now.u_ns
        return replace(causes, end_ns=0 if self._ended else end_ns)


class EndByDate(_Own):
    id = "OWN-P5"
    title = "service ends at a date, whatever the clock is set to"
    requirement = "ITB-EOS-001"
    unit = _EndByDate


class _Recovers(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._good = False
        self._again_ns = 0

    def act(self, pump: PumpFirmware) -> None:
        due = AlarmFlag.REPLACEMENT_DUE in pump.alarms.conditions
        good = due and pump.battery_mv >= pump.parameters.replacement_mv
        if self._good and not good:
            self._again_ns = pump.now.u_ns
        self._good = good
        self.due_ns = pump.now.u_ns + _H if due else FAR

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        if self._good:
            return replace(causes, end_ns=FAR)
        if self._again_ns:
            return replace(causes, end_ns=self._again_ns + 90 * 24 * _H)
        return causes


class EndStartsAnew(_Own):
    id = "OWN-P6"
    title = "a battery that recovers for a while begins its 90 days anew"
    requirement = "ITB-EOS-001"
    unit = _Recovers


class _TubeForgets(_Boots):
    def __init__(self) -> None:
        super().__init__()
        self._end_nl: int | None = None
        self._at_nl = 0

    def act(self, pump: PumpFirmware) -> None:
        upkeep = pump.supervision.watch.upkeep
        if upkeep.tube_end_nl != self._end_nl:
            self._end_nl, self._at_nl = upkeep.tube_end_nl, pump.delivered_nl
        super().act(pump)

    def booted(self, pump: PumpFirmware) -> None:
        upkeep = pump.supervision.watch.upkeep
        if upkeep.tube_end_nl is not None:
            upkeep.tube_end_nl += pump.delivered_nl - self._at_nl


class TubeForgets(_Own):
    id = "OWN-P7"
    title = "a loss of power forgets what the tube has moved"
    requirement = "ITB-TUB-001"
    unit = _TubeForgets


class _OverdueForgotten(_Boots):
    def __init__(self) -> None:
        super().__init__()
        self._forgotten: object = None

    def booted(self, pump: PumpFirmware) -> None:
        self._forgotten = pump.refill

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        gone = pump.refill is not None and pump.refill is self._forgotten
        return replace(causes, overdue_ns=FAR) if gone else causes


class OverdueForgotten(_Own):
    id = "OWN-P8"
    title = "no overdue alarm where the power was lost since the refill"
    requirement = "ITB-OVD-001"
    unit = _OverdueForgotten


class _DryForgotten(_Boots):
    def __init__(self) -> None:
        super().__init__()
        self._blind = False
        self._booted_ns = 0

    def booted(self, pump: PumpFirmware) -> None:
        self._blind, self._booted_ns = True, pump.now.u_ns

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        if pump.now.u_ns > self._booted_ns + 5 * NS_PER_S and not causes.inlet_dry:
            self._blind = False
        if self._blind:
            return replace(causes, dry_ns=FAR, inlet_dry=False)
        return causes


class DryForgotten(_Own):
    id = "OWN-P9"
    title = "a pump that was empty when it lost its power does not see it again"
    requirement = "ITB-ALM-002"
    unit = _DryForgotten


class _HeldAtBoot(_Boots):
    def __init__(self) -> None:
        super().__init__()
        self._blind = False
        self._at_boot_ns = 0

    def booted(self, pump: PumpFirmware) -> None:
        self._blind, self._at_boot_ns = True, pump.now.u_ns

    def causes(self, pump: PumpFirmware, causes: Causes) -> Causes:
        if pump.now.u_ns > self._at_boot_ns + 5 * NS_PER_S and causes.blocked_ns >= FAR:
            self._blind = False
        return replace(causes, blocked_ns=FAR) if self._blind else causes


class HeldAtBoot(_Own):
    id = "OWN-P10"
    title = "a rotor that is held when the firmware starts is not seen to stand"
    requirement = "ITB-ALM-002"
    unit = _HeldAtBoot


class _Sags(Behaviour):
    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        weak = pump.battery_mv < pump.parameters.replacement_mv
        return 0.75 * nl_per_h if weak and nl_per_h > 250_000 else nl_per_h


class SagsUnderLoad(_Own):
    id = "OWN-P11"
    title = "a battery near its end turns a fast motor too slowly"
    requirement = "ITB-FLOW-001"
    unit = _Sags


class _Third(_Boots):
    def __init__(self) -> None:
        super().__init__()
        self._boots_ns: list[int] = []

    def booted(self, pump: PumpFirmware) -> None:
        self._boots_ns.append(pump.now.u_ns)
        last = self._boots_ns[-3:]
        if len(last) == 3 and last[-1] - last[0] < _H:
            pump.therapy.stop(pump.now.u_ns)


class ThirdReset(_Own):
    id = "OWN-P12"
    title = "the third reset within an hour stops the pump"
    requirement = "ITB-PWR-004"
    unit = _Third


class _Dips(Behaviour):
    def __init__(self) -> None:
        super().__init__()
        self._uptime_ms = 0
        self._boot_ns = 0
        self._down = False
        self._program: object = None

    def act(self, pump: PumpFirmware) -> None:
        before, self._uptime_ms = self._uptime_ms, pump.uptime_ms
        if self._uptime_ms < before:
            lost_ns = self._boot_ns + pump._lost_ms * 1_000_000
            self._boot_ns = pump._ticks.boot_ns
            self._down = self._boot_ns - lost_ns < 10 * NS_PER_S
        if pump.therapy.program is not self._program:
            self._program, self._down = pump.therapy.program, False

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        return 0.0 if self._down else nl_per_h


class BriefDip(_Own):
    id = "OWN-P13"
    title = "after a loss of power of seconds the motor waits for a new programme"
    requirement = "ITB-PWR-004"
    unit = _Dips
