"""A status report that can be believed although the line has no check value."""

from __future__ import annotations

from typing import Final

from drivers.harvard.line import HarvardLine
from harness.clock import NS_PER_S
from harness.errors import LinkViolation
from harness.evidence.recorder import Recorder
from protocols.errors import RemoteProtocolError
from protocols.harvard import Reply, Status, Word, parse_status

MOST_ASKED: Final = 6
"""How often the status is asked for until two reports in a row agree."""

_S_PER_H: Final = 3_600
_LEEWAY_NL: Final = 100
_MOST_TIMES_THE_RATE: Final = 2


def read_twice(line: HarvardLine, recorder: Recorder) -> tuple[Reply, Status]:
    """Ask for the status until two reports in a row agree; return the later one.

    A flipped bit makes a stall of a pump that stands, or another volume, and nothing in
    the answer shows it.

    Raises:
        LinkViolation: no two in a row agree, or none is a status.
    """
    before: tuple[Status, Reply, int] | None = None
    for _ in range(MOST_ASKED):
        reply = line.ask(Word.STATUS)
        status = _status_in(reply)
        if status is None:
            recorder.rejection(line.name, "no status", reply.raw)
        elif before is not None:
            if _agree(before, (status, reply, line.t_ns)):
                return reply, status
            why = "not what it reported right after that"
            recorder.rejection(line.name, why, before[1].raw)
        before = None if status is None else (status, reply, line.t_ns)
    raise LinkViolation(
        f"{line.name} does not report the same twice, last {reply.raw[:80]!r}; check"
        " its cable and what runs beside it, and that `model` in the bench file is"
        " this pump"
    )


def _status_in(reply: Reply) -> Status | None:
    try:
        (text,) = reply.lines
        return parse_status(text)
    except (RemoteProtocolError, ValueError):
        return None


def _agree(before: tuple[Status, Reply, int], after: tuple[Status, Reply, int]) -> bool:
    """Tell whether two reports differ by no more than what flowed in between.

    A pump may count wrong; so twice its rate is let pass.
    """
    (first, said, first_ns), (second, says, second_ns) = before, after
    flowed_nl = second.rate_nl_per_h * (second_ns - first_ns) / NS_PER_S / _S_PER_H
    most_nl = _MOST_TIMES_THE_RATE * flowed_nl + _LEEWAY_NL
    return (
        said.prompt is says.prompt
        and _but_counters(first) == _but_counters(second)
        and 0 <= second.volume_nl - first.volume_nl <= most_nl
    )


def _but_counters(status: Status) -> tuple[int, bool, bool, bool, bool]:
    return (
        status.rate_fl_per_s,
        status.is_withdrawing,
        status.is_at_infuse_limit,
        status.is_stalled,
        status.is_triggered,
    )
