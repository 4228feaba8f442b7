"""What the pump tells only once, or counts from anew: its alarms and its volume."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.readings import Alarm
from protocols.errors import RemoteProtocolError
from protocols.new_era.replies import Alarmed, Answer, Reply, parse_dispensed
from protocols.new_era.vocabulary import AlarmCode, Command, Status

_ALARMS: Final[Mapping[str, Alarm]] = MappingProxyType(
    {AlarmCode.STALLED: Alarm.MOTOR_STALL, AlarmCode.RESET: Alarm.RESET}
)
_AT_REST: Final = frozenset({Status.STOPPED, Status.PAUSED})


class Memory:
    """Kept from the replies, the same live and from a journal.

    Attributes:
        alarms: every one since the pump was last set running.
        delivered_nl: that the pump says to have infused since it was connected; over
            its loss of power too, where it begins anew.
        is_contradicted: whether its count has last fallen without a loss of power.
        has_lapsed: whether it has stopped by itself because it heard nothing for too
            long; until it is set running, or somebody has taken note of it. One that
            stood anyway has lost nothing by that.
    """

    def __init__(self) -> None:
        self.alarms = Alarm.NONE
        self.delivered_nl = 0
        self.is_contradicted = False
        self.has_lapsed = False
        self._ran = False
        self._last_nl = 0
        self._began_anew = False

    def heard(self, command: Command, reply: Reply) -> None:
        """Take a reply to a command, or an alarm that came unasked."""
        if isinstance(reply, Alarmed):
            self._alarmed(reply)
            return
        self._ran = reply.status not in _AT_REST
        if isinstance(reply, Answer) and command is Command.RUN:
            self.alarms = Alarm.NONE
            self.has_lapsed = False
        elif isinstance(reply, Answer) and command is Command.CLEAR_DISPENSED:
            self.alarms = Alarm.NONE
            self._last_nl = 0
            self._began_anew = False
        elif isinstance(reply, Answer) and command is Command.DISPENSED:
            self._count(reply.data)

    def _alarmed(self, reply: Alarmed) -> None:
        is_timeout = reply.alarm is AlarmCode.SAFE_MODE_TIMEOUT
        self.has_lapsed |= is_timeout and self._ran
        self.alarms |= _ALARMS.get(reply.alarm, Alarm.UNRECOGNISED)
        self._began_anew |= reply.alarm is AlarmCode.RESET

    def _count(self, data: str) -> None:
        try:
            now_nl = parse_dispensed(data).infused_nl
        except RemoteProtocolError:
            return
        if self._began_anew:
            self._last_nl = 0
            self._began_anew = False
        self.is_contradicted = now_nl < self._last_nl
        self.delivered_nl += max(now_nl - self._last_nl, 0)
        self._last_nl = now_nl
