"""Programming in two steps: stage, compare the pump's echo, and only then commit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

from drivers.itb_pump.link import PumpLink
from harness.clock import NS_PER_S
from harness.errors import LinkViolation
from protocols.pump_link.replies import Committed, Staged
from protocols.pump_link.requests import Commit, CommitAt, GetProgram, Request
from protocols.pump_link.vocabulary import PumpMode

S = TypeVar("S", bound=Staged)

_PASSING: Final = (PumpMode.BOLUS, PumpMode.PRIMING, PumpMode.BRIDGE)


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as the pump reads it back, in the counts of the link."""

    mode: PumpMode
    rate_nl_per_h: int
    bolus_nl: int = 0
    bolus_duration_s: int = 0
    period_s: int = 0
    start_clock_s: int = 0


def stage(link: PumpLink, request: Request[S]) -> S:
    """Stage something and return the pump's echo; nothing is in force yet.

    Raises:
        CommandRefused: a value is out of the pump's range.
        LinkViolation: the pump understood something else.
    """
    staged = link.ask(request)
    require_echo(link, request, staged)
    return staged


def require_echo(link: PumpLink, request: Request[S], staged: S) -> None:
    """Compare what was sent with what the pump understood, field by field.

    Raises:
        LinkViolation: it is something else.
    """
    sent, understood = asdict(request), asdict(staged)
    if any(understood[name] != value for name, value in sent.items()):
        raise LinkViolation(
            f"{link.name} was sent {request} and understood {staged}; nothing was"
            " committed, keep the journal as a finding"
        )


def enter(link: PumpLink, request: Request[Staged]) -> None:
    """Put a record into force, which leaves the programme alone.

    Raises:
        CommandRefused: a value is out of the pump's range.
        LinkViolation: the pump understood something else; nothing was committed.
    """
    link.ask(Commit(stage(link, request).token))


def run(link: PumpLink, staged: Staged, programme: Programme) -> None:
    """Put a staged programme into force and read it back.

    Raises:
        CommandRefused: the pump cannot run it.
        LinkViolation: the pump runs something else.
    """
    began_ns = link.t_ns
    commit(link, staged, programme.mode, {programme.rate_nl_per_h})
    told = read_programme(link)
    lasts_ns = programme.bolus_duration_s * NS_PER_S
    if programme.mode in _PASSING and link.t_ns - began_ns >= lasts_ns:
        require_programme(link, told, {programme, _behind(programme)})
    else:
        require_programme(link, told, {programme})


def run_later(link: PumpLink, staged: Staged, clock_s: int) -> None:
    """Put a staged programme into force when the pump's clock shows a time.

    Raises:
        CommandRefused: the pump cannot run it, or not at that time.
        LinkViolation: the pump understood another time, or knows of none.
    """
    pending = link.ask(CommitAt(staged.token, clock_s))
    told = read_programme(link)
    if (pending.clock_s, told.start_clock_s) != (clock_s, clock_s):
        raise LinkViolation(
            f"{link.name} was told to run {staged} at {clock_s} s of its clock,"
            f" answered {pending} and reads back {told}; stop it and keep the journal"
            " as a finding"
        )


def commit(
    link: PumpLink, staged: Staged, mode: PumpMode, rates_nl_per_h: Collection[int]
) -> Committed:
    """Commit a programme and return the pump's answer.

    Args:
        link: the pump's line.
        staged: the pump's echo of the programme.
        mode: what the pump must then say that it runs.
        rates_nl_per_h: the rates that it may say; empty where it chooses its own.

    Raises:
        CommandRefused: the pump cannot run it.
        LinkViolation: the pump runs something else.
    """
    committed = link.ask(Commit(staged.token))
    is_meant = not rates_nl_per_h or committed.rate_nl_per_h in rates_nl_per_h
    if committed.mode is not mode or not is_meant:
        raise LinkViolation(
            f"{link.name} committed {staged} and says that it runs {committed}; stop it"
            " and keep the journal as a finding"
        )
    return committed


def read_programme(link: PumpLink) -> Programme:
    """Ask for the programme in force."""
    told = link.ask(GetProgram())
    return Programme(
        told.mode,
        told.rate_nl_per_h,
        told.bolus_nl,
        told.bolus_duration_s,
        told.period_s,
        told.start_clock_s,
    )


def require_programme(
    link: PumpLink, told: Programme, meant: Collection[Programme]
) -> None:
    """Compare what was read back with what may be in force.

    Raises:
        LinkViolation: it is something else.
    """
    if told not in meant:
        wanted = " or ".join(map(str, meant))
        raise LinkViolation(
            f"{link.name} was told to run {wanted} and reads back {told}; stop it and"
            " keep the journal as a finding"
        )


def _behind(passing: Programme) -> Programme:
    """Return what runs when a bolus, a priming or a bridge is over."""
    rate_nl_per_h = passing.rate_nl_per_h
    mode = PumpMode.CONTINUOUS if rate_nl_per_h else PumpMode.STOPPED
    return Programme(mode, rate_nl_per_h)
