"""The reference pump as a device on a wire: bytes in, bytes out.

Frames and sessions are the pump link's; what they mean to the pump is in the modules
beside this one: `pump_firmware` (rules), `pump_alarms` (the table of alarms),
`pump_dialogue` (requests and replies).
"""

from typing import Final

from drivers.sim.behaviour import Behaviour, behaviour_of
from drivers.sim.contracts import FAR, Device, Mechanism, PumpParameters
from drivers.sim.parts import Parts, Simulation
from drivers.sim.pump_answers import answers_of
from drivers.sim.pump_defects import Defect
from drivers.sim.pump_dialogue import PumpDialogue
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_notices import Notices
from drivers.sim.pump_time import NS_PER_MS
from drivers.sim.sounds import SoundField
from protocols.pump_link.device_session import DeviceSession
from protocols.pump_link.frame import CRC_SIZE, Frame, FrameReader, Rejection
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import AlarmReceived, Request
from protocols.pump_link.session import FRAME_GAP_MS

_FRAME_GAP_NS: Final = FRAME_GAP_MS * NS_PER_MS
_FREEZES_AT: Final = 64


class PumpTwin:
    """One pump of the reference model, with a mechanism of the simulated world."""

    __slots__ = (
        "_dialogue",
        "_firmware",
        "_is_up",
        "_last_byte_ns",
        "_mechanism",
        "_notices",
        "_output",
        "_reader",
        "_session",
    )

    def __init__(
        self,
        parameters: PumpParameters,
        mechanism: Mechanism,
        seed: int,
        start_ns: int,
        sounds: SoundField | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        """Begin stopped, never refilled, without alarms, at uptime 0.

        Args:
            parameters: the pump.
            mechanism: what its firmware drives and senses.
            seed: decides what differs from unit to unit.
            start_ns: bench time of the start.
            sounds: the air that carries its tones; None when nobody listens.
            behaviour: of a defective unit; None for a good one.
        """
        self._firmware = PumpFirmware(
            parameters, mechanism, seed, start_ns, sounds, behaviour
        )
        self._is_up = True
        self._mechanism = mechanism
        self._dialogue = PumpDialogue(self._firmware)
        answers = answers_of(parameters.defects)
        self._session = DeviceSession(parameters.serial, answers)
        self._notices = Notices()
        self._reader = FrameReader()
        self._last_byte_ns = start_ns
        self._output: list[tuple[int, bytes]] = []

    @classmethod
    def mechanics(cls, simulation: Simulation) -> PumpParameters:
        """Return how it moves the liquid."""
        return simulation.pump

    @classmethod
    def on_bench(cls, parts: Parts) -> Device:
        """Make the pump of a simulated bench."""
        of = parts.simulation
        behaviour = behaviour_of(of.seeded) if of.seeded else None
        return cls(
            of.pump, parts.world, of.seed, parts.start_ns, parts.sounds, behaviour
        )

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes whose last one was complete at `t_ns`, and answer at once."""
        if t_ns > self._firmware.now.t_ns:
            self.advance(t_ns)
        self._last_byte_ns = t_ns
        if self._listens:
            self._hear(t_ns, self._reader.feed(data))

    def advance(self, t_ns: int) -> None:
        """Do everything that is due up to and including `t_ns`."""
        while (due_ns := self.next_event_ns()) <= t_ns:
            self._act(due_ns)
        self._firmware.advance(t_ns)
        self._follow_power()
        self._tell(t_ns)

    def next_event_ns(self) -> int:
        """Return the next moment at which the pump may act by itself, or FAR."""
        return min(
            self._firmware.next_event_ns(), self._notices.due_ns, self._gap_end_ns()
        )

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call, as (moment, bytes) in order."""
        output, self._output = self._output, []
        return output

    def owes_reply(self) -> bool:
        """Return False: the pump answers at once or never."""
        return False

    @property
    def _listens(self) -> bool:
        """Whether bytes reach anybody: not without power, nor in a frozen unit."""
        freezes = Defect.FREEZES_ON_NOISE in self._firmware.parameters.defects
        return self._is_up and not (freezes and self._reader.discarded >= _FREEZES_AT)

    def _follow_power(self) -> None:
        """Lose session, staging and what was half said when the power goes."""
        was_up, self._is_up = self._is_up, self._firmware.is_up
        if was_up and not self._is_up:
            self._reader = FrameReader()
            self._session.reset()
            self._notices.forget()
            self._dialogue.drop_staged()

    def _act(self, t_ns: int) -> None:
        """Do what is due at a moment."""
        self._firmware.advance(t_ns)
        self._follow_power()
        self._tell(t_ns)
        for data in self._notices.take_due(t_ns):
            self._output.append((t_ns, data))
        if self._gap_end_ns() <= t_ns:
            self._hear(t_ns, self._reader.expire())

    def _gap_end_ns(self) -> int:
        """Return when the frame that is half received is given up."""
        return self._last_byte_ns + _FRAME_GAP_NS if self._reader.pending else FAR

    def _hear(self, t_ns: int, found: list[Frame | Rejection]) -> None:
        """Answer the intact frames; what is damaged is ignored in silence."""
        for frame in found:
            if isinstance(frame, Rejection):
                self._hear(t_ns, self._mistaken(frame))
                continue
            heard = self._session.receive(frame, self._firmware.uptime_ms)
            if isinstance(heard, AlarmReceived):
                self._notices.received(heard.sequence)
            elif isinstance(heard, Request):
                self._answer(t_ns, heard)
            elif heard is not None:
                self._output.append((t_ns, heard))

    def _answer(self, t_ns: int, request: Request[PumpMessage]) -> None:
        """Do what is asked, as this unit understands it, and say what it says."""
        pump = self._firmware
        pump.hear()
        self._mechanism.use_link()
        understood = pump.behaviour.hear(pump, request)
        if understood is None:
            return
        told = pump.behaviour.tell(pump, self._dialogue.answer(understood))
        if told is not None:
            self._output.append((t_ns, self._session.answer(told)))
        self._tell(t_ns)

    def _mistaken(self, damaged: Rejection) -> list[Frame | Rejection]:
        """Return what a defective unit takes a damaged frame for."""
        defects = self._firmware.parameters.defects
        if damaged.expected_crc is None or Defect.OBEYS_CORRUPTED not in defects:
            return []
        crc = damaged.expected_crc.to_bytes(CRC_SIZE, "big")
        return FrameReader().feed(damaged.raw[:-CRC_SIZE] + crc)

    def _tell(self, t_ns: int) -> None:
        """Send the notices of alarms that have just changed."""
        for notice in self._firmware.alarms.take_notices():
            sequence, data = self._session.notice(notice)
            self._output.append((t_ns, data))
            self._notices.sent(t_ns, sequence, data)
