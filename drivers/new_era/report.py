"""Rate, volume and count of one moment; on a line without check value, told twice."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.new_era.link import NewEraLink
from harness.agreement import Counted, agreed, can_follow
from harness.errors import LinkViolation
from harness.evidence.recorder import Recorder
from protocols.errors import RemoteProtocolError
from protocols.new_era.figures import THOUSAND
from protocols.new_era.replies import (
    Answer,
    parse_dispensed,
    parse_rate_nl_per_h,
    parse_volume_nl,
)
from protocols.new_era.vocabulary import Command, Status, VolumeUnit


@dataclass(frozen=True, slots=True)
class Report:
    """What the pump tells of itself.

    Attributes:
        t_ns: bench time at which it was told.
        answer: that told the count, with the pump's status.
        rate_nl_per_h: that is set, whether it runs or not.
        volume_nl: at which the pump stops; 0 is none.
        infused_nl: its count.
    """

    t_ns: int
    answer: Answer
    rate_nl_per_h: int
    volume_nl: int
    infused_nl: int

    @property
    def status(self) -> Status:
        """What the pump was doing when it told the count."""
        return self.answer.status

    @property
    def last_digit_nl(self) -> int:
        """What the last of the count's four digits is worth at most."""
        unit = VolumeUnit(self.answer.data[-2:])
        return max(unit.nl, self.infused_nl) // THOUSAND


def read_once(name: str, link: NewEraLink) -> Report:
    """Ask for rate, volume and count; the link's memory adds up the count.

    Args:
        name: what messages call the pump.
        link: to the pump.

    Raises:
        LinkViolation: an answer is none, or the count has fallen.
    """
    try:
        return _read(name, link)
    except RemoteProtocolError as error:
        raise LinkViolation(
            f"{name}: {error}; keep the journal as a finding"
        ) from error


def read_twice(name: str, link: NewEraLink, recorder: Recorder) -> Report:
    """Ask until two reports in a row agree; return the later one.

    Args:
        name: what journal and messages call the pump.
        link: to the pump.
        recorder: where is written what is not believed.

    Raises:
        LinkViolation: no two in a row agree, or the count has fallen.
    """

    def ask() -> Report | None:
        try:
            return _read(name, link)
        except RemoteProtocolError as error:
            recorder.note(f"{name}: {error}; it is asked again")
            return None

    def doubt(report: Report) -> None:
        recorder.note(f"{name}: not what it reported right after that: {report}")

    report = agreed(ask, _agree, doubt)
    if report is None:
        raise LinkViolation(
            f"{name} does not report the same twice; check its cable and what runs"
            " beside it, or let it run in safe mode, which has a check value"
        )
    return report


def _read(name: str, link: NewEraLink) -> Report:
    rate_nl_per_h = parse_rate_nl_per_h(link.ask(Command.RATE).data)
    volume_nl = parse_volume_nl(link.ask(Command.VOLUME).data)
    answer = link.ask(Command.DISPENSED)
    infused_nl = parse_dispensed(answer.data).infused_nl
    if link.memory.is_contradicted:
        raise LinkViolation(
            f"{name} counts backwards: DIS {answer.data} is less than before, without a"
            " loss of power; nothing it counts can be used, keep the journal as a"
            " finding"
        )
    return Report(link.t_ns, answer, rate_nl_per_h, volume_nl, infused_nl)


def _agree(first: Report, then: Report) -> bool:
    """Tell whether two reports differ by no more than what flowed in between."""
    return _but_count(first) == _but_count(then) and can_follow(
        _counted(first), _counted(then), then.last_digit_nl
    )


def _counted(report: Report) -> Counted:
    return Counted(report.t_ns, report.infused_nl, report.rate_nl_per_h)


def _but_count(report: Report) -> tuple[Status, int, int]:
    return report.status, report.rate_nl_per_h, report.volume_nl
