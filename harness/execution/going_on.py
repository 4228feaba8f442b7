"""Whether a case may go on where a process died, as far as its record can tell.

Only a process that died in silence left pump and balance alone; whatever made the bench
safe, or wrote an end, has disturbed them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.evidence.records import Kind, Record
from harness.evidence.retracing import WENT_ON, is_continuation, is_note_of
from harness.plans.plan import Effect, PlannedCase, Restart

_DISTURBED: Final = frozenset({Kind.SAFE_STATE, Kind.END, Kind.FAULT, Kind.LINK})


def why_not(case: PlannedCase | None, records: Iterable[Record]) -> str:
    """Say why a case cannot simply go on; "" if its record does not speak against it.

    Args:
        case: that was open; None for none.
        records: of the whole journal, in order.
    """
    if case is None or case.restart is not Restart.CONTINUE:
        return "its rule is not to continue"
    if case.effect is not Effect.NONE:
        return f"its effect on the unit is {case.effect}"
    is_unproven = False
    for record in records:
        if record.kind in _DISTURBED:
            return f"the bench was disturbed ({record.kind}, record {record.seq})"
        if is_continuation(record):
            is_unproven = True
        elif record.kind is Kind.RESUME:
            return f"the run had been begun again before (record {record.seq})"
        elif is_note_of(record, WENT_ON):
            is_unproven = False
    if is_unproven:
        return "it went on before, and broke off before that was shown to be sound"
    return ""
