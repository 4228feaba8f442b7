"""What a patient may ask the pump for.

A lockout counts from the start of one bolus to the start of the next; the allotment is
that of any 24 hours, in pump time, so that setting the clock grants nothing. Both
outlive a stop, another program and new settings.
"""

from collections import deque
from dataclasses import dataclass

from drivers.sim.pump_schedule import NS_PER_DAY
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.requests import WritePatientBolus
from protocols.pump_link.vocabulary import BolusDecision


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the pump does at the moment of a wish.

    Attributes:
        infuses: a program to which a patient may add is in force.
        alarmed: a critical alarm is active, or the pump cannot deliver.
        busy: another dose is being given.
    """

    infuses: bool
    alarmed: bool
    busy: bool


class PatientBoluses:
    """The settings, and the boluses that have been begun.

    Attributes:
        settings: what may be asked for, None before it was first set.
    """

    __slots__ = ("_begun_ns", "settings")

    def __init__(self) -> None:
        """Begin without settings: nothing is granted."""
        self.settings: WritePatientBolus | None = None
        self._begun_ns: deque[int] = deque()

    def decide(self, u_ns: int, readiness: Readiness) -> BolusDecision:
        """Return what becomes of a wish at a pump time; nothing changes."""
        settings = self.settings
        if settings is None or not settings.allotted or not readiness.infuses:
            return BolusDecision.NOT_ALLOWED
        if readiness.alarmed:
            return BolusDecision.ALARM
        if self._locked_until_ns(settings.lockout_s) > u_ns:
            return BolusDecision.LOCKED_OUT
        if self._is_used_up(u_ns, settings.allotted):
            return BolusDecision.ALLOTMENT_USED
        return BolusDecision.NOT_ALLOWED if readiness.busy else BolusDecision.GRANTED

    def begin(self, u_ns: int) -> None:
        """Count a bolus that begins."""
        self._begun_ns.append(u_ns)

    def given(self, u_ns: int) -> int:
        """Return how many boluses have begun in the last 24 h."""
        while self._begun_ns and self._begun_ns[0] <= u_ns - NS_PER_DAY:
            # One start is kept: a lockout may be longer than a day.
            if len(self._begun_ns) == 1:
                return 0
            self._begun_ns.popleft()
        return len(self._begun_ns)

    def wait_s(self, u_ns: int) -> int:
        """Return until when neither lockout nor allotment speak against a wish, s."""
        settings = self.settings
        if settings is None or not settings.allotted:
            return 0
        until_ns = self._locked_until_ns(settings.lockout_s)
        given = self.given(u_ns)
        if given >= settings.allotted:
            oldest_ns = self._begun_ns[given - settings.allotted]
            until_ns = max(until_ns, oldest_ns + NS_PER_DAY)
        return max(-(-(until_ns - u_ns) // NS_PER_S), 0)

    def _locked_until_ns(self, lockout_s: int) -> int:
        """Return the end of the lockout, pump time; 0 before the first bolus."""
        return self._begun_ns[-1] + lockout_s * NS_PER_S if self._begun_ns else 0

    def _is_used_up(self, u_ns: int, allotted: int) -> bool:
        """Tell whether the allotment of the last 24 h has been given."""
        return self.given(u_ns) >= allotted
