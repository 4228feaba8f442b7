"""The drive of a defective syringe pump: what each defect does to the plunger."""

from __future__ import annotations

from typing import Final

from drivers.sim.contracts import FAR, HandledMechanism
from drivers.sim.syringe_drive import NS_PER_H, Drive
from drivers.sim.syringe_pump import SyringeDefect, SyringePumpParameters
from harness.clock import NS_PER_S

_DRIP_NL_PER_H: Final = 60_000
_PUSH_NL_PER_H: Final = 600_000_000
_PUSH_NS: Final = 600_000_000
_TOO_EARLY_NL: Final = 1_000_000
_WANDERS_NS: Final = 3 * NS_PER_H
_JUST_RUN_NS: Final = 60 * NS_PER_S
_EARLY_LOOKS: Final = 2


def drive_of(parameters: SyringePumpParameters, mechanism: HandledMechanism) -> Drive:
    """Return the drive of a pump, healthy or not."""
    kind = FaultyDrive if parameters.defects else Drive
    return kind(parameters, mechanism)


class FaultyDrive(Drive):
    """A drive with the defects of its pump."""

    def __init__(
        self, parameters: SyringePumpParameters, mechanism: HandledMechanism
    ) -> None:
        super().__init__(parameters, mechanism)
        self._defects = parameters.defects
        self._first_nl: int | None = None
        self._started_ns = 0
        self._ran_until_ns = -_JUST_RUN_NS
        self._driven_nl_per_h = 0
        self._creeps = False
        self._overruns = False
        self._is_stuck = False
        self._counts_on = False
        self._is_weak = False
        self._weak_run = False
        self._push_end_ns = 0
        self._syringes: int | None = None

    def run(self, t_ns: int, rate_nl_per_h: int, target_nl: int | None) -> None:
        """Start, in its own way."""
        just_ran = self.runs or t_ns - self._ran_until_ns < _JUST_RUN_NS
        keeps = just_ran and self._driven_nl_per_h and self._has(SyringeDefect.OLD_RATE)
        self._driven_nl_per_h = self._driven_nl_per_h if keeps else rate_nl_per_h
        if target_nl is not None and self._first_nl is None:
            self._first_nl = target_nl
        if target_nl is not None and self._has(SyringeDefect.FIRST_VOLUME):
            target_nl = self._first_nl
        self._start(t_ns)
        super().run(t_ns, rate_nl_per_h, target_nl)

    def go_on(self, t_ns: int) -> None:
        """Start again, in its own way."""
        self._start(t_ns)
        super().go_on(t_ns)

    def stop(self, t_ns: int) -> None:
        """Stand still, or not."""
        self._count(t_ns)
        if self.runs:
            self._ran_until_ns = t_ns
            self._overruns = self._has(SyringeDefect.IGNORES_STOP)
        self._creeps = self._is_stuck = self._counts_on = False
        super().stop(t_ns)

    def lose_power(self, t_ns: int) -> None:
        """Stand still, and forget: without power nothing turns."""
        super().lose_power(t_ns)
        self._first_nl = None
        self._overruns = False
        self._is_weak |= self._has(SyringeDefect.WEAK_AFTER_POWER)
        self._driven_nl_per_h = 0
        self._mechanism.set_motor(t_ns, 0.0)

    def due_ns(self, t_ns: int) -> int:
        """Return when the drive must be looked at next."""
        due_ns = super().due_ns(t_ns)
        if self._push_end_ns > t_ns:
            due_ns = min(due_ns, self._push_end_ns)
        if self.runs and self._has(SyringeDefect.WANDERS):
            turns = (t_ns - self._started_ns) // _WANDERS_NS + 1
            due_ns = min(due_ns, self._started_ns + turns * _WANDERS_NS)
        if self.runs and self._has(SyringeDefect.ENDS_EARLY):
            due_ns = min(due_ns, self._early_ns(t_ns))
        if self.has_stalled and self._has(SyringeDefect.RESUMES):
            due_ns = min(due_ns, self._may_hold_ns(t_ns))
        return due_ns

    def advance(self, t_ns: int) -> None:
        """Look at target, plunger and syringe."""
        syringes = self._mechanism.syringes(t_ns)
        if self._syringes not in (None, syringes):
            self._is_weak |= self._has(SyringeDefect.WEAK_AFTER_CHANGE)
            if self._has(SyringeDefect.PUSHES):
                self._push_end_ns = t_ns + _PUSH_NS
        self._syringes = syringes
        super().advance(t_ns)
        is_free = self.has_stalled and not self._cannot_move(t_ns)
        if is_free and self._has(SyringeDefect.RESUMES):
            super().go_on(t_ns)
        self._turn(t_ns)

    def _has(self, defect: SyringeDefect) -> bool:
        return defect in self._defects

    def _start(self, t_ns: int) -> None:
        self._count(t_ns)
        self._creeps = self._is_stuck = self._counts_on = self._overruns = False
        self._started_ns = t_ns
        self._weak_run, self._is_weak = self._is_weak, False

    def _finish(self, t_ns: int) -> None:
        super()._finish(t_ns)
        self._overruns = False
        self._creeps = self._has(SyringeDefect.CREEPS)
        self._turn(t_ns)

    def _stall(self, t_ns: int) -> None:
        if self._has(SyringeDefect.SILENT_STALL):
            self._count(t_ns)
            self._is_stuck, self._held_ns = True, FAR
            self._turn(t_ns)
            return
        super()._stall(t_ns)
        self._overruns = False
        self._counts_on = self._has(SyringeDefect.COUNTS_STALLED)
        self._turn(t_ns)

    def _look(self, t_ns: int) -> None:
        if not self._is_stuck:
            super()._look(t_ns)

    def _cannot_move(self, t_ns: int) -> bool:
        left_nl = self._mechanism.reservoir_nl(t_ns)
        is_early = self._has(SyringeDefect.ENDS_EARLY) and left_nl <= _TOO_EARLY_NL
        return is_early or super()._cannot_move(t_ns)

    def _early_ns(self, t_ns: int) -> int:
        """Return when to look again whether the last millilitre has begun."""
        above_nl = self._mechanism.reservoir_nl(t_ns) - _TOO_EARLY_NL
        speed = self._speed_nl_per_h(t_ns)
        if above_nl <= 0 or speed <= 0:
            return FAR
        wait_ns = int(above_nl / speed / _EARLY_LOOKS * NS_PER_H)
        return t_ns + max(wait_ns, NS_PER_S // 10)

    def _speed_nl_per_h(self, t_ns: int) -> float:
        if t_ns < self._push_end_ns:
            return _PUSH_NL_PER_H
        if not self.runs:
            return self._idle_nl_per_h()
        if self._is_stuck:
            return 0.0
        speed = float(self._driven_nl_per_h)
        if self.left_nl is not None and self._has(SyringeDefect.HALF_RATE):
            speed /= 2
        if self.left_nl is not None and self._has(SyringeDefect.RUNS_ON):
            speed *= 1.1
        if self._weak_run:
            speed *= 0.8
        if self._has(SyringeDefect.WANDERS):
            is_low = (t_ns - self._started_ns) // _WANDERS_NS % 2
            speed *= 0.7 if is_low else 1.3
        return speed

    def _idle_nl_per_h(self) -> float:
        if self._has(SyringeDefect.DRIPS) or self._creeps:
            return _DRIP_NL_PER_H
        return float(self._driven_nl_per_h) if self._overruns else 0.0

    def _counts_nl_per_h(self) -> float:
        if self._counts_on:
            return self.rate_nl_per_h
        if self._is_stuck:
            return 0.0
        counted = super()._counts_nl_per_h()
        if self.left_nl is not None and self._has(SyringeDefect.HALF_RATE):
            counted /= 2
        return counted * (1.1 if self._has(SyringeDefect.COUNTS_TOO_MUCH) else 1.0)

    def _dosing_nl_per_h(self) -> float:
        if self._is_stuck:
            return 0.0
        dosing = super()._dosing_nl_per_h()
        return dosing / 2 if self._has(SyringeDefect.HALF_RATE) else dosing
