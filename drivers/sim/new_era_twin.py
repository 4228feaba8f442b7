"""A New Era syringe pump as a device on a wire: bytes in, bytes out, in both modes.

It takes safe frames in basic mode too, as a host needs that changes the mode with one.
A reply goes in the mode that holds after its request. An alarm takes the place of one
reply, whose request is not carried out, and is gone with that; in safe mode it is sent
unasked as well.
"""

from __future__ import annotations

from typing import Final

from drivers.sim.contracts import FAR, Device, HandledMechanism
from drivers.sim.new_era_dialogue import Dialogue
from drivers.sim.parts import Parts
from drivers.sim.syringe_pump import SyringeDefect, SyringePumpParameters
from drivers.sim.syringe_twin import SyringeTwin
from harness.clock import NS_PER_MS, NS_PER_S
from protocols.errors import RemoteProtocolError
from protocols.new_era.frames import basic_reply, safe_frame
from protocols.new_era.reader import (
    CHARACTER_GAP_MS,
    Found,
    Reason,
    Rejection,
    RequestReader,
)
from protocols.new_era.replies import Alarmed, Refused, Reply
from protocols.new_era.requests import address_of, parse_request
from protocols.new_era.vocabulary import AlarmCode, Command, Mode, Refusal

_GAP_NS: Final = CHARACTER_GAP_MS * NS_PER_MS
_DAMAGED: Final = frozenset({Reason.BAD_CRC, Reason.NO_END})


class NewEraTwin(SyringeTwin):
    """One pump with its syringe; implements :class:`contracts.Device`.

    Args:
        parameters: the pump.
        mechanism: what its drive moves and feels.
        start_ns: bench time at which its power comes on.
    """

    def __init__(
        self,
        parameters: SyringePumpParameters,
        mechanism: HandledMechanism,
        start_ns: int,
    ) -> None:
        super().__init__(parameters, mechanism)
        self._dialogue = Dialogue(parameters, self._drive)
        self._reader = RequestReader(Mode.BASIC)
        self._last_byte_ns = self._due_ns = start_ns
        self._heard_ns = FAR
        self._by_hand = mechanism.hand_setting(start_ns)
        self._alarms = [AlarmCode.RESET]

    @classmethod
    def on_bench(cls, parts: Parts) -> Device:
        """Make the pump of a simulated bench."""
        return cls(parts.simulation.syringe, parts.world, parts.start_ns)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes whose last one was complete at ``t_ns``, and answer at once."""
        self.advance(t_ns)
        self._last_byte_ns = t_ns
        if self._is_up:
            self._hear(t_ns, self._reader.feed(data))
        self._due_ns = self._next_ns(t_ns)

    def advance(self, t_ns: int) -> None:
        """Do everything that is due up to and including ``t_ns``."""
        while self._due_ns < t_ns:
            self._act(self._due_ns)
        self._act(t_ns)

    def next_event_ns(self) -> int:
        """Return the next moment at which the pump may act by itself, or FAR."""
        return self._due_ns

    @property
    def _mode(self) -> Mode:
        return Mode.SAFE if self._dialogue.settings.timeout_s else Mode.BASIC

    def _act(self, t_ns: int) -> None:
        self._follow_power(t_ns)
        if self._is_up:
            self._work(t_ns)
        # Kept, because hands may move the world on before the pump is asked again.
        self._due_ns = self._next_ns(t_ns)

    def _next_ns(self, t_ns: int) -> int:
        if not self._is_up:
            return FAR
        return min(self._drive.due_ns(t_ns), self._gap_end_ns(), self._timeout_ns())

    def _work(self, t_ns: int) -> None:
        if (order := self._mechanism.hand_setting(t_ns)) != self._by_hand:
            self._by_hand = order
            self._dialogue.by_hand(t_ns, order[1])
        self._follow_drive(t_ns)
        if self._gap_end_ns() <= t_ns:
            self._hear(t_ns, self._reader.expire())
        if self._timeout_ns() <= t_ns:
            self._heard_ns = FAR
            self._stop(t_ns)
            self._raise(t_ns, AlarmCode.SAFE_MODE_TIMEOUT)

    def _follow_drive(self, t_ns: int) -> None:
        was_running, had_stalled = self._drive.runs, self._drive.has_stalled
        self._drive.advance(t_ns)
        if was_running and not self._drive.runs:
            self._dialogue.end()
        if self._drive.has_stalled and not had_stalled:
            self._raise(t_ns, AlarmCode.STALLED)

    def _follow_power(self, t_ns: int) -> None:
        if not self._power_has_changed(t_ns):
            return
        if self._is_up:
            self._boot(t_ns)
        else:
            self._drive.lose_power(t_ns)
            self._dialogue.end()
            self._reader = RequestReader(self._mode)
            self._alarms.clear()

    def _boot(self, t_ns: int) -> None:
        self._last_byte_ns = t_ns
        self._heard_ns = t_ns if self._mode is Mode.SAFE else FAR
        if SyringeDefect.HIDES_RESET not in self._parameters.defects:
            self._raise(t_ns, AlarmCode.RESET)
        if SyringeDefect.STARTS_AFTER_POWER in self._parameters.defects:
            self._dialogue.start(t_ns)

    def _stop(self, t_ns: int) -> None:
        self._drive.stop(t_ns)
        self._dialogue.end()

    def _raise(self, t_ns: int, alarm: AlarmCode) -> None:
        if alarm not in self._alarms:
            self._alarms.append(alarm)
        if self._mode is Mode.SAFE:
            self._send(t_ns, Alarmed(self._dialogue.settings.address, alarm))

    def _gap_end_ns(self) -> int:
        return self._last_byte_ns + _GAP_NS if self._reader.pending else FAR

    def _timeout_ns(self) -> int:
        timeout_s = self._dialogue.settings.timeout_s
        return self._heard_ns + timeout_s * NS_PER_S if timeout_s else FAR

    def _hear(self, t_ns: int, found: list[Found | Rejection]) -> None:
        address = self._dialogue.settings.address
        for item in found:
            if isinstance(item, Found) and address_of(item.data) == address:
                self._take(t_ns, item)
            elif isinstance(item, Rejection) and item.reason in _DAMAGED:
                status = self._dialogue.status
                self._send(t_ns, Refused(address, status, Refusal.BAD_FRAME))

    def _take(self, t_ns: int, found: Found) -> None:
        address = self._dialogue.settings.address
        if self._mode is Mode.SAFE:
            self._heard_ns = t_ns
        try:
            request = parse_request(found.data)
        except RemoteProtocolError:
            status = self._dialogue.status
            self._send(t_ns, Refused(address, status, Refusal.UNKNOWN))
            return
        if self._alarms:
            self._send(t_ns, Alarmed(address, self._alarms.pop(0)))
            return
        reply = self._dialogue.answer(t_ns, request)
        if request.command is Command.SAFE_MODE:
            self._reader.mode = self._mode
            self._heard_ns = t_ns if self._mode is Mode.SAFE else FAR
        self._send(t_ns, reply)

    def _send(self, t_ns: int, reply: Reply) -> None:
        framed = safe_frame if self._mode is Mode.SAFE else basic_reply
        self._output.append((t_ns, framed(reply.to_data())))
