"""A status report that can be believed although the line has no check value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.harvard.line import HarvardLine
from harness.agreement import Counted, agreed, can_follow
from harness.errors import LinkViolation
from harness.evidence.recorder import Recorder
from protocols.errors import RemoteProtocolError
from protocols.harvard import Reply, Status, Word, parse_status

_LEEWAY_NL: Final = 100


@dataclass(frozen=True, slots=True)
class Report:
    """A status, the answer that told it, and the bench time of its end."""

    status: Status
    reply: Reply
    t_ns: int


def read_twice(line: HarvardLine, recorder: Recorder) -> tuple[Reply, Status]:
    """Ask for the status until two reports in a row agree; return the later one.

    Raises:
        LinkViolation: no two in a row agree, or none is a status.
    """

    def ask() -> Report | None:
        reply = line.ask(Word.STATUS)
        status = _status_in(reply)
        if status is None:
            recorder.rejection(line.name, "no status", reply.raw)
            return None
        return Report(status, reply, line.t_ns)

    def doubt(report: Report) -> None:
        why = "not what it reported right after that"
        recorder.rejection(line.name, why, report.reply.raw)

    report = agreed(ask, _agree, doubt)
    if report is None:
        raise LinkViolation(
            f"{line.name} does not report the same twice, as the journal shows; check"
            " its cable and what runs beside it, and that `model` in the bench file is"
            " this pump"
        )
    return report.reply, report.status


def _status_in(reply: Reply) -> Status | None:
    try:
        (text,) = reply.lines
        return parse_status(text)
    except (RemoteProtocolError, ValueError):
        return None


def _agree(first: Report, then: Report) -> bool:
    """Tell whether two reports differ by no more than what flowed in between."""
    return (
        first.reply.prompt is then.reply.prompt
        and _but_counters(first.status) == _but_counters(then.status)
        and can_follow(_counted(first), _counted(then), _LEEWAY_NL)
    )


def _counted(report: Report) -> Counted:
    status = report.status
    return Counted(report.t_ns, status.volume_nl, status.rate_nl_per_h)


def _but_counters(status: Status) -> tuple[int, bool, bool, bool, bool]:
    return (
        status.rate_fl_per_s,
        status.is_withdrawing,
        status.is_at_infuse_limit,
        status.is_stalled,
        status.is_triggered,
    )
