"""What a defective unit of the reference pump does wrong.

Only what no other parameter can make it do: a wrong flow, muted alarms, a wrong clock
or wrong limits have parameters of their own.

A member's text is its name in a bench file. Its description ends with the fault to
which it is nearest in the list of those that a bench must catch (S sequence, R
reservoir, A alarm, C counter, M motor, X link), and with that one's source: a recall or
notice, or engineering, which is a fault that engineers expect.
"""

from enum import Enum
from typing import Final

_CREEP_NL_PER_H: Final = 1_000.0


class Defect(Enum):
    """One fault of one unit."""

    CREEPS = "creeps when stopped"
    """Stop is acknowledged, and the motor creeps on at 1 µL/h. S11, engineering."""
    BOLUS_SHORT = "bolus too short"
    """A bolus lacks a fifth and is counted as whole. S05, engineering."""
    BOLUS_TWICE = "bolus twice"
    """One command gives two boluses, and is counted once. S07, recall of 2018."""
    COUNTER_STUCK = "counter stuck"
    """The volume counter stands while the pump delivers. C09, recall of 2013."""
    RESERVOIR_DRIFTS = "reservoir drifts"
    """The reservoir's bookkeeping falls by 0.1 % more than the counter rises.
    Engineering."""
    REFILL_MISBOOKED = "refill misbooked"
    """A refill is booked with 0.1 mL more than was entered. R06, recall of 2011."""
    LOW_DATE_LATE = "low date late"
    """The low-reservoir date is that of the empty reservoir. R02, recall of 2013."""
    STABILITY_IGNORED = "stability ignored"
    """The refill-by date is the low-reservoir date, even after the drug's stability or
    the label's limit. Engineering."""
    STAYS_STALLED = "stays stalled"
    """After a stall the motor stands until the alarm is cleared. M04, a notice of
    2008."""
    WEAK_AFTER_STALL = "weak after a stall"
    """After a stall the motor gives a quarter of the flow until the alarm is cleared.
    Engineering."""
    FALSE_ALARM = "false alarm"
    """After 6 h of delivery a good battery is called low. A11, recall of 2011."""
    OBEYS_CORRUPTED = "obeys corrupted frames"
    """The check value of a frame is not looked at. X01, engineering."""


def motor_speed(
    defects: frozenset[Defect], speed_nl_per_h: float, is_bolus: bool
) -> float:
    """Return the speed at which a unit drives its motor, nL/h.

    Args:
        defects: of the unit.
        speed_nl_per_h: what was commanded, nL/h; 0 is a stop.
        is_bolus: whether a bolus is being given.
    """
    if Defect.CREEPS in defects and not speed_nl_per_h:
        return _CREEP_NL_PER_H
    if Defect.BOLUS_SHORT in defects and is_bolus:
        return 0.8 * speed_nl_per_h
    if Defect.BOLUS_TWICE in defects and is_bolus:
        return 2.0 * speed_nl_per_h
    return speed_nl_per_h
