"""Bytes and time: one request out, its replies in, and all that is not believed."""

from __future__ import annotations

from typing import Final

from drivers.new_era.memory import Memory
from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import InstrumentFault
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue
from harness.ports.tap import Tap
from protocols.errors import RemoteProtocolError
from protocols.new_era.frames import basic_request, safe_frame
from protocols.new_era.reader import (
    CHARACTER_GAP_MS,
    Found,
    Rejection,
    ReplyReader,
)
from protocols.new_era.replies import Alarmed, Reply, parse_reply
from protocols.new_era.requests import Request
from protocols.new_era.vocabulary import Command, Mode

_GAP_NS: Final = CHARACTER_GAP_MS * NS_PER_MS
_LONGEST_LISTENING_NS: Final = NS_PER_S
_MOST_UNASKED: Final = 1_000
"""So many bytes come unasked between two answers only from a line that babbles; a pump
has five alarms to tell."""


class Wire:
    """The host's end of the line. Every alarm is journalled where it is read.

    Args:
        name: what the journal and messages call the pump.
        port: its line, journalled.
        clock: bench time.
        recorder: where rejections and alarms are written.
        address: of the pump; replies of others are rejected.
        memory: takes every reply.

    Attributes:
        t_ns: bench time at which the last exchange was over.
        has_heard: whether anything has come since the modes were last set.
        is_in_step: whether the next reply can only be that to the next request.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        address: int,
        memory: Memory,
    ) -> None:
        self.name = name
        self.t_ns = 0
        self.has_heard = False
        self.is_in_step = True
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._address = address
        self._memory = memory
        self._reader = ReplyReader()
        self._unasked = 0

    @property
    def is_silent(self) -> bool:
        """Whether nothing at all has come to the last request."""
        return self._port.is_silent

    def take_either(self) -> None:
        """Take replies of both modes; of what has come already only alarms count."""
        waiting = self._reader.feed(self._port.read_waiting())
        self._take(waiting, Command.STATUS, is_awaited=False)
        self._port.settle()
        self._reader = ReplyReader()
        self.has_heard = False

    def take_only(self, mode: Mode) -> None:
        """Take replies of one mode."""
        self._reader = ReplyReader(mode)

    def remember_in(self, memory: Memory) -> None:
        """Let another memory take every reply from here on."""
        self._memory = memory

    def exchange(self, request: Request, mode: Mode, timeout_ns: int) -> list[Reply]:
        """Send a request once; return its reply, and what came together with it.

        The list is empty where no reply came in time.
        """
        data = request.to_data()
        is_safe = mode is Mode.SAFE
        self._port.write(safe_frame(data) if is_safe else basic_request(data))
        deadline_ns = self._clock.now_ns() + timeout_ns
        replies: list[Reply] = []
        while not replies and self._clock.now_ns() < deadline_ns:
            replies = self._take(self._receive(deadline_ns), request.command)
        self.t_ns = self._port.settle()
        if len(replies) != 1 or isinstance(replies[0], Alarmed):
            # An alarm may have come unasked, with the reply still to follow.
            self.is_in_step = False
        else:
            self._unasked = 0
        return replies

    def has_waiting(self) -> bool:
        """Tell whether bytes have come that nobody has asked for."""
        return self._reader.pending > 0 or self._port.has_waiting()

    def listen(self, quiet_ns: int = 0) -> None:
        """Take in what has come unasked, until the line is quiet; only alarms count.

        Raises:
            InstrumentFault: it comes without end.
        """
        end_ns = self._clock.now_ns() + _LONGEST_LISTENING_NS
        while (now_ns := self._clock.now_ns()) < end_ns:
            if not self.has_waiting() and not quiet_ns:
                break
            data = self._port.read(now_ns + max(quiet_ns, _GAP_NS * self._is_cut))
            found = self._reader.feed(data) if data else self._reader.expire()
            for reply in self._take(found, Command.STATUS, is_awaited=False):
                self.is_in_step &= isinstance(reply, Alarmed)
            if not data:
                break
            self._unasked += len(data)
            if self._unasked >= _MOST_UNASKED:
                raise self._babble()
        self._port.settle()

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    @property
    def _is_cut(self) -> bool:
        return self._reader.pending > 0

    def _babble(self) -> InstrumentFault:
        """Return the error of a line that is never quiet; the count begins anew."""
        self._unasked = 0
        self._port.settle()
        return InstrumentFault(
            f"{self.name}: {_MOST_UNASKED} bytes have come that nobody asked for; check"
            " its line settings and cable, see what else is on the line, and run again"
        )

    def _receive(self, deadline_ns: int) -> list[Found | Rejection]:
        """Return what the next bytes complete; a frame cut short is given up."""
        gap_ns = self._clock.now_ns() + _GAP_NS
        until_ns = min(gap_ns, deadline_ns) if self._is_cut else deadline_ns
        data = self._port.read(until_ns)
        self.has_heard |= bool(data)
        return self._reader.feed(data) if data else self._reader.expire()

    def _take(
        self,
        found: list[Found | Rejection],
        command: Command,
        *,
        is_awaited: bool = True,
    ) -> list[Reply]:
        """Keep what is believed, and journal what is not."""
        replies: list[Reply] = []
        for item in found:
            if isinstance(item, Rejection):
                self._recorder.rejection(self.name, _reason(item), item.raw)
                continue
            reply = self._parsed(item)
            if reply is None:
                continue
            if isinstance(reply, Alarmed):
                self._journal_alarm(reply)
            elif replies or not is_awaited:
                self._recorder.rejection(self.name, "answers nothing", item.data)
            if isinstance(reply, Alarmed) or (is_awaited and not replies):
                self._memory.heard(command, reply)
            replies.append(reply)
        return replies

    def _journal_alarm(self, alarmed: Alarmed) -> None:
        names: list[JsonValue] = [alarmed.name]
        self._recorder.alarm(self.name, active=names, raised=names, cleared=[])

    def _parsed(self, found: Found) -> Reply | None:
        try:
            reply = parse_reply(found.data)
        except RemoteProtocolError as error:
            self._recorder.rejection(self.name, str(error), found.data)
            return None
        if reply.address != self._address:
            reason = f"address {reply.address} is not {self._address}"
            self._recorder.rejection(self.name, reason, found.data)
            return None
        return reply


def _reason(rejection: Rejection) -> str:
    if rejection.expected_crc is None or rejection.received_crc is None:
        return rejection.reason.value
    return (
        f"{rejection.reason.value}: computed {rejection.expected_crc:04X},"
        f" received {rejection.received_crc:04X}"
    )
