"""What a defective unit makes of its therapy: the motor runs otherwise than counted.

The pump goes on counting what it was told: it does not know.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from drivers.sim.contracts import FAR
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_programs import Dose, DoseKind
from drivers.sim.pump_schedule import NS_PER_H, NS_PER_MIN
from drivers.sim.pump_therapy import Therapy
from drivers.sim.pump_time import NS_PER_MS
from protocols.pump_link.vocabulary import PumpMode

_CREEP_NL_PER_H: Final = 1_000.0
_WRONG_BAND_NL_PER_H: Final = (2_000_000 / 24, 4_000_000 / 24)
_EXTRA_TUBING_NL: Final = 59_000
_LONG_STOP_NS: Final = 48 * NS_PER_H
_SLUGGISH_NS: Final = NS_PER_H
_RUN_ON_NS: Final = 5 * NS_PER_MIN
_UPTIME_WRAP_NS: Final = (1 << 32) * NS_PER_MS

_SMALL_BOLUS_NL: Final = 20_000
_TENTH: Final = 10

_GIVEN: Final[Mapping[Defect, tuple[frozenset[DoseKind], Callable[[Dose], float]]]] = (
    MappingProxyType(
        {
            Defect.BOLUS_SHORT: (frozenset({DoseKind.BOLUS}), lambda _: 0.8),
            Defect.SMALL_BOLUS_SHORT: (
                frozenset({DoseKind.BOLUS}),
                lambda dose: 0.88 if dose.volume_nl <= _SMALL_BOLUS_NL else 1.0,
            ),
            Defect.BOLUS_TWICE: (frozenset({DoseKind.BOLUS}), lambda _: 2.0),
            Defect.PERIODIC_SHORT: (frozenset({DoseKind.PERIODIC}), lambda _: 0.8),
            Defect.PATIENT_HALF: (frozenset({DoseKind.PATIENT}), lambda _: 0.5),
            Defect.PRIMING_MORE: (
                frozenset({DoseKind.PRIMING}),
                lambda dose: 1 + _EXTRA_TUBING_NL / dose.volume_nl,
            ),
        }
    )
)
"""By which factor a dose is given wrongly."""


class DoseFaults:
    """The motor of one unit, as its therapy is wrong.

    Attributes:
        due_ns: pump time at which the speed next changes by itself, FAR if never.
    """

    __slots__ = (
        "_boluses",
        "_defects",
        "_has_run",
        "_is_bolus",
        "_is_excessive",
        "_rate_nl_per_h",
        "_running_nl_per_h",
        "_runs_on_until_ns",
        "_sluggish_until_ns",
        "_stopped_since_ns",
        "due_ns",
    )

    def __init__(self, defects: frozenset[Defect]) -> None:
        """Begin with a motor that has not run yet."""
        self._boluses = 0
        self._defects = defects
        self._is_bolus = False
        self._has_run = False
        self._is_excessive = False
        self._stopped_since_ns = FAR
        self._rate_nl_per_h = 0
        self._running_nl_per_h = 0.0
        self._runs_on_until_ns = 0
        self._sluggish_until_ns = 0
        self.due_ns = FAR

    def speed(
        self, u_ns: int, boot_ns: int, therapy: Therapy, speed_nl_per_h: float
    ) -> float:
        """Return the speed at which this unit drives its motor, nL/h.

        Args:
            u_ns: pump time now.
            boot_ns: pump time at which the uptime began.
            therapy: what has been told.
            speed_nl_per_h: what is commanded, nL/h.
        """
        self.due_ns = FAR
        if not self._defects:
            return speed_nl_per_h
        self._follow(u_ns, therapy)
        if not speed_nl_per_h:
            return self._stopped(u_ns)
        self._has_run = True
        self._running_nl_per_h = speed_nl_per_h
        self._runs_on_until_ns = FAR
        if Defect.STOPS_AT_WRAP in self._defects:
            wrap_ns = boot_ns + _UPTIME_WRAP_NS
            if wrap_ns <= u_ns:
                return 0.0
            self.due_ns = wrap_ns
        if u_ns < self._sluggish_until_ns:
            self.due_ns = min(self.due_ns, self._sluggish_until_ns)
            speed_nl_per_h *= 0.9
        if self._is_excessive:
            speed_nl_per_h *= 1.2
        if therapy.dose is not None:
            return speed_nl_per_h * self._dose_factor(therapy.dose)
        return self._background(therapy, speed_nl_per_h)

    def _stopped(self, u_ns: int) -> float:
        """Return the speed of a motor that should stand."""
        if Defect.RUNS_ON in self._defects:
            if self._runs_on_until_ns == FAR:
                self._runs_on_until_ns = u_ns + _RUN_ON_NS
            if u_ns < self._runs_on_until_ns:
                self.due_ns = self._runs_on_until_ns
                return self._running_nl_per_h
        creeps = Defect.CREEPS in self._defects and self._has_run
        return _CREEP_NL_PER_H if creeps else 0.0

    def _follow(self, u_ns: int, therapy: Therapy) -> None:
        """Remember what happened before: boluses, a long stop, a step of the rate."""
        was_bolus = self._is_bolus
        dose = therapy.dose
        self._is_bolus = dose is not None and dose.kind is DoseKind.BOLUS
        self._boluses += self._is_bolus and not was_bolus
        if therapy.stopped_since_ns < FAR:
            self._stopped_since_ns = therapy.stopped_since_ns
            self._is_excessive = False
        elif self._stopped_since_ns < FAR:
            stopped_ns = u_ns - self._stopped_since_ns
            over = Defect.OVER_AFTER_STOP in self._defects
            self._is_excessive = over and stopped_ns >= _LONG_STOP_NS
            self._stopped_since_ns = FAR
        before, self._rate_nl_per_h = self._rate_nl_per_h, therapy.rate_nl_per_h
        if Defect.SLUGGISH in self._defects and 0 < 2 * before < therapy.rate_nl_per_h:
            self._sluggish_until_ns = u_ns + _SLUGGISH_NS

    def _dose_factor(self, dose: Dose) -> float:
        factor = 1.0
        for defect in self._defects & _GIVEN.keys():
            kinds, share = _GIVEN[defect]
            if dose.kind in kinds:
                factor *= share(dose)
        is_tenth = self._is_bolus and self._boluses % _TENTH == 0
        if is_tenth and Defect.TENTH_BOLUS_SHORT in self._defects:
            factor *= 0.7
        return factor

    def _background(self, therapy: Therapy, speed_nl_per_h: float) -> float:
        """Return the speed without a dose."""
        defects = self._defects
        low, high = _WRONG_BAND_NL_PER_H
        if Defect.WRONG_BAND in defects and low <= therapy.rate_nl_per_h <= high:
            return 1.12 * speed_nl_per_h
        is_minimum = therapy.mode is PumpMode.MINIMUM
        if Defect.MINIMUM_NONE in defects and is_minimum:
            return 0.0
        if Defect.MINIMUM_TWICE in defects and is_minimum:
            return 2.0 * speed_nl_per_h
        doubled = (
            (Defect.FAST_AFTER_PRIMING, DoseKind.PRIMING),
            (Defect.DOUBLE_AFTER_BOLUS, DoseKind.BOLUS),
        )
        if any(d in defects and therapy.given is kind for d, kind in doubled):
            return 2.0 * speed_nl_per_h
        if Defect.BRIDGE_KEEPS_RATE in defects and therapy.given is DoseKind.BRIDGE:
            return speed_nl_per_h * _bridge_nl_per_h(therapy) / therapy.rate_nl_per_h
        return speed_nl_per_h


def _bridge_nl_per_h(therapy: Therapy) -> float:
    """Return the rate of the bridge of the program in force, nL/h."""
    dose = None if therapy.program is None else therapy.program.dose
    return 0.0 if dose is None else dose.flow.nl_per_h
