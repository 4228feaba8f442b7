"""Asking the pump: repetition, keeping in step, and the sign of life of safe mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.new_era.first_contact import find_out
from drivers.new_era.memory import Memory
from drivers.new_era.options import Setup
from drivers.new_era.wire import Wire
from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import CommandRefused, InstrumentSilent, LinkViolation
from harness.evidence.recorder import Recorder
from harness.ports.replaying.tape import Exchange
from harness.ports.tap import Tap
from protocols.errors import RemoteProtocolError
from protocols.new_era.reader import Found, ReplyReader, RequestReader
from protocols.new_era.replies import (
    Alarmed,
    Answer,
    Refused,
    Reply,
    Version,
    parse_reply,
    parse_version,
)
from protocols.new_era.requests import Request, parse_request
from protocols.new_era.vocabulary import Command, Mode, Refusal

ATTEMPTS: Final = 3
"""How often the pump may be wholly silent before it counts as gone."""

MOST_ATTEMPTS: Final = 9
"""How often the same request is sent at most, alarms and damaged answers included."""

_TIMEOUT_NS: Final = 500 * NS_PER_MS
_QUIET_NS: Final = 200 * NS_PER_MS
_MOST_ALARMS: Final = 6
"""There are five of them; each takes the place of one answer."""

_NEVER_NS: Final = 2**63 - 1
_UNHEARD: Final = frozenset({Refusal.BAD_FRAME})
_TOLD_NOTHING: Final = frozenset({Command.STATUS, Command.RUN, Command.STOP})


class NewEraLink:
    """The host's end of the line to one pump.

    Attributes:
        memory: what the pump tells only once.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        setup: Setup,
    ) -> None:
        self.memory = Memory()
        self._wire = Wire(name, port, clock, recorder, setup.address, self.memory)
        self._name = name
        self._clock = clock
        self._recorder = recorder
        self._address = setup.address
        self._timeout_s = setup.timeout_s
        self._mode = Mode.SAFE if setup.timeout_s else Mode.BASIC
        self._asked_ns = 0

    @property
    def t_ns(self) -> int:
        """Bench time at which the last exchange was over."""
        return self._wire.t_ns

    def connect(self) -> Version:
        """Find out who answers, set the mode, and read every alarm that waits.

        Raises:
            InstrumentSilent: nothing answers.
            LinkViolation: something else than a New Era pump does.
        """
        version = find_out(self._wire, self._address)
        self._set_mode()
        self._wire.is_in_step = False
        self.ask(Command.STATUS)
        return version

    def take_up(self, past: Sequence[Exchange], port: str) -> None:
        """Remember what was said in exchanges of all ports, in order."""
        self.memory = Memory()
        self._wire.remember_in(self.memory)
        for exchange in past:
            if exchange.port == port:
                self._asked_ns = exchange.t_ns
                command = _asked(exchange.sent)
                for reply in _said(exchange.received):
                    if reply.address == self._address:
                        self.memory.heard(command, reply)

    def ask(self, command: Command, argument: str = "") -> Answer:
        """Send a command until it is answered.

        An alarm in place of the answer is kept, and the command sent again. RUN goes
        again only where the pump says that it has not been carried out. A refusal in
        basic mode, which has no check value, counts when it comes twice in a row.

        Raises:
            CommandRefused: the pump declines; or an alarm took the place of a RUN.
            InstrumentFault: what comes unasked has no end.
            InstrumentSilent: no answer, however often it was sent.
        """
        request = Request(self._address, command, argument)
        silences = 0
        before: Refusal | None = None
        for attempt in range(1, MOST_ATTEMPTS + 1):
            if attempt > 1:
                name = command.name
                self._recorder.retry(self._name, name, attempt, "no usable answer")
            replies = self._sent(request)
            reply = replies[0] if replies else None
            if isinstance(reply, Answer) and _fits(request, reply):
                return reply
            refusal = reply.refusal if isinstance(reply, Refused) else None
            self._wire.is_in_step &= refusal is not None
            counts = self._mode is Mode.SAFE or refusal is before
            if refusal is not None and counts and refusal not in _UNHEARD:
                raise self._refused(request, refusal.name, "nothing has changed")
            before = refusal
            if isinstance(reply, Alarmed) and command is Command.RUN:
                code = f"ALARM_{reply.name}"
                raise self._refused(request, code, "it tells this alarm instead")
            silences += self._wire.is_silent
            if silences == ATTEMPTS or (command is Command.RUN and before is None):
                break
        raise InstrumentSilent(
            f"{self._name} did not answer {command.name}, sent {attempt} times; whether"
            " it acted is unknown: check power, cable and baud rate, then run again"
        )

    @property
    def due_ns(self) -> int:
        """Bench time at which the next sign of life is due; never in basic mode."""
        wait_ns = self._timeout_s * NS_PER_S // 2
        return self._asked_ns + wait_ns if self._timeout_s else _NEVER_NS

    def listen(self) -> None:
        """Take in what has come unasked, and give the sign of life when it is due.

        Raises:
            InstrumentFault: what comes unasked has no end.
        """
        if self._wire.has_waiting():
            self._wire.listen()
        if self._clock.now_ns() >= self.due_ns:
            # Whoever waits for an answer will find out if the pump is gone.
            for _ in range(ATTEMPTS):
                replies = self._sent(Request(self._address, Command.STATUS))
                if any(isinstance(each, Answer) for each in replies):
                    break

    def close(self) -> None:
        """Release the port."""
        self._wire.close()

    def _set_mode(self) -> None:
        # In a safe frame, because a pump takes these in both modes; an alarm still
        # comes in the old one.
        request = Request(self._address, Command.SAFE_MODE, str(self._timeout_s))
        for _ in range(_MOST_ALARMS):
            replies = self._wire.exchange(request, Mode.SAFE, _TIMEOUT_NS)
            if replies and isinstance(replies[-1], Answer):
                self._wire.take_only(self._mode)
                return
        raise LinkViolation(
            f"{self._name} did not go to {self._mode.value} mode when it was told"
            f" SAF {self._timeout_s}; set it at the pump, then run again"
        )

    def _sent(self, request: Request) -> list[Reply]:
        """Send a request once, in step; return what came, nothing if out of step."""
        is_stop = request.command is Command.STOP
        if not is_stop and self._wire.has_waiting():
            self._wire.listen()
        if is_stop and (self._wire.has_waiting() or not self._wire.is_in_step):
            # At once, even to a pump that cannot be heard, or never falls quiet.
            self._wire.exchange(request, self._mode, _TIMEOUT_NS)
            self._wire.is_in_step = False
        if not self._wire.is_in_step and not self._get_in_step():
            self._asked_ns = self._clock.now_ns()
            return []
        replies = self._wire.exchange(request, self._mode, _TIMEOUT_NS)
        self._asked_ns = self._wire.t_ns
        return replies

    def _get_in_step(self) -> bool:
        """Wait until the line is quiet, and ask what has an answer of its own."""
        request = Request(self._address, Command.VERSION)
        for _ in range(_MOST_ALARMS):
            self._wire.listen(_QUIET_NS)
            self._wire.is_in_step = True
            replies = self._wire.exchange(request, self._mode, _TIMEOUT_NS)
            if not replies:
                return False
            if all(map(_is_version, replies)):
                # What is doubled on the line comes once more.
                self._wire.listen(_QUIET_NS)
                self._wire.is_in_step = True
                return True
        return False

    def _refused(self, request: Request, code: str, outcome: str) -> CommandRefused:
        command = request.command.name
        return CommandRefused(
            f"{self._name} refused {command} {request.argument}: {code}; {outcome},"
            " correct the command or see to the pump",
            command=command,
            code=code,
            field=command if code == Refusal.OUT_OF_RANGE.name else "",
        )


def _fits(request: Request, answer: Answer) -> bool:
    """Tell whether an answer tells something just where something was asked."""
    is_asking = not request.argument and request.command not in _TOLD_NOTHING
    asks_version = request.command is Command.VERSION
    return bool(answer.data) is is_asking and _is_version(answer) is asks_version


def _is_version(reply: Reply) -> bool:
    try:
        return isinstance(reply, Answer) and bool(parse_version(reply.data))
    except RemoteProtocolError:
        return False


def _asked(sent: bytes) -> Command:
    for item in RequestReader(Mode.BASIC).feed(sent):
        if isinstance(item, Found):
            try:
                return parse_request(item.data).command
            except RemoteProtocolError:
                continue
    return Command.STATUS


def _said(received: bytes) -> list[Reply]:
    said: list[Reply] = []
    for item in ReplyReader().feed(received):
        if isinstance(item, Found):
            try:
                said.append(parse_reply(item.data))
            except RemoteProtocolError:
                continue
    return said
