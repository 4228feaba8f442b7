"""Programming in two steps: stage, compare the pump's echo, and only then commit."""

from __future__ import annotations

from drivers.itb_pump.link import PumpLink
from harness.errors import LinkViolation
from protocols.pump_link.requests import (
    Commit,
    HostMessage,
    WriteProgram,
    WriteRefill,
)


def run_programme(link: PumpLink, program: WriteProgram) -> None:
    """Put a programme into force.

    Raises:
        CommandRefused: the pump cannot run it.
        LinkViolation: the pump understood something else, or runs something else.
    """
    committed = link.ask(Commit(stage_programme(link, program)))
    meant = (program.mode, program.rate_nl_per_h)
    if (committed.mode, committed.rate_nl_per_h) != meant:
        raise LinkViolation(
            f"{link.name} committed {program} and says that it runs {committed}; stop"
            " it and keep the journal as a finding"
        )


def stage_programme(link: PumpLink, program: WriteProgram) -> int:
    """Stage a programme and return its token; nothing is in force yet.

    Raises:
        CommandRefused: the pump cannot run it.
        LinkViolation: the pump understood something else.
    """
    staged = link.ask(program)
    echo = WriteProgram(
        staged.mode, staged.rate_nl_per_h, staged.bolus_nl, staged.bolus_duration_s
    )
    _require_echo(link, program, echo)
    return staged.token


def enter_refill(link: PumpLink, refill: WriteRefill) -> None:
    """Put the record of a refill into force.

    Raises:
        CommandRefused: a value is out of the pump's range.
        LinkViolation: the pump understood something else; nothing was committed.
    """
    staged = link.ask(refill)
    echo = WriteRefill(
        staged.volume_nl,
        staged.low_threshold_nl,
        staged.stability_days,
        staged.label_max_days,
    )
    _require_echo(link, refill, echo)
    link.ask(Commit(staged.token))


def _require_echo(link: PumpLink, sent: HostMessage, echo: HostMessage) -> None:
    if echo != sent:
        raise LinkViolation(
            f"{link.name} was sent {sent} and understood {echo}; nothing was committed,"
            " keep the journal as a finding"
        )
