"""Data sheet: the ear, a squelched recorder on a serial line, and what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from drivers.listener.detector import Burst, Detector
from drivers.listener.index_time import Sighting
from drivers.listener.signatures import SIGNATURES, Signature
from harness.clock import NS_PER_S, Clock
from harness.errors import InstrumentFault, InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.replaying.tape import Exchange
from harness.ports.tap import Tap
from harness.readings import Identity, Sound
from harness.roles import AlarmListener, Instrument
from protocols.ear import (
    MODEL,
    SEQUENCE_MODULO,
    AskStatus,
    Damage,
    EarBlock,
    EarReader,
    EarStatus,
    Message,
    encode,
)

TIMEOUT_NS: Final = 2 * NS_PER_S
"""How long one answer is waited for; a block before it takes 45 ms."""
SIGHTING_NS: Final = 10 * NS_PER_S
"""How old the last look at the ear's counter may be when a sound is dated."""

_SAMPLE: Final = np.dtype("<i2")


class Ear(Instrument, AlarmListener):
    """Hears the known sounds in what the recorder ``dosebench-ear`` sends.

    Silence counts only when it is proved: :meth:`take_sounds` asks the ear each time,
    and a block that was lost or damaged is a fault of the bench. After a fault the next
    call begins anew, with what sounds from then on.

    Args:
        name: what the journal and messages call the ear.
        port: its line, journalled.
        clock: bench time.
        recorder: where rejected bytes are written.
        timeout_ns: how long one answer is waited for.
        signatures: the sounds to listen for.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = TIMEOUT_NS,
        signatures: tuple[Signature, ...] = SIGNATURES,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._signatures = signatures
        self._reader = EarReader()
        self._detector = Detector(signatures)
        self._sighting: Sighting | None = None
        self._next_sequence = 0
        self._before_status = 0
        self._bursts: list[Burst] = []
        self._sounds: list[Sound] = []

    def connect(self) -> None:
        """Drop what has come, and begin to listen.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: what answers is no ear.
        """
        self._port.read_waiting()
        self._begin()

    def take_up(self, past: Sequence[Exchange]) -> None:
        """Go on with a stream that another driver has heard.

        Args:
            past: exchanges of all ports, in order.
        """
        own = [each for each in past if each.port == self._name]
        asked = [n for n, each in enumerate(own) if each.sent and each.received]
        self._reader.reset()
        self._detector = Detector(self._signatures)
        self._sighting = None
        for each in own[asked[-1] :] if asked else ():
            status = self._take(self._reader.feed(each.received))
            if status is not None:
                sighting = Sighting(status.sample, each.sent_ns, each.t_ns)
                self._check(status, sighting)
        self._bursts.clear()
        self._sounds.clear()

    def read_identity(self) -> Identity:
        """Ask who the ear is."""
        status = self._ask()
        return Identity(MODEL, status.serial, status.firmware)

    def listen(self) -> None:
        """Take in the blocks that have come, and date the sounds that ended in them.

        Raises:
            InstrumentFault: a block was lost or damaged.
            InstrumentSilent: the ear does not answer although it sends.
        """
        if not self._port.has_waiting():
            return
        if self._sighting is None:
            self._begin()
            return
        if self._take(self._reader.feed(self._port.read_waiting())) is not None:
            raise self._lost("answered without being asked")
        self._port.settle()
        if self._bursts and self._clock.now_ns() - self._sighting.end_ns > SIGHTING_NS:
            self._ask()
        self._date()

    def take_sounds(self) -> list[Sound]:
        """Ask the ear whether all has come, and hand over the sounds that have ended.

        Raises:
            InstrumentFault: a block was lost or damaged.
            InstrumentSilent: the ear does not answer.
        """
        self.listen()
        self._ask()
        self._date()
        sounds, self._sounds = self._sounds, []
        return sounds

    def set_safe(self) -> str:
        """Do nothing: an ear moves nothing."""
        return "listens only"

    def close(self) -> None:
        """Release the port."""
        self._port.close()

    def _begin(self) -> None:
        """Ask where the ear stands, whatever was on the line before."""
        self._reader.reset()
        self._detector = Detector(self._signatures)
        self._bursts.clear()
        self._sighting = None
        self._ask()

    def _ask(self) -> EarStatus:
        """Ask where the ear stands, and see that every block before has come."""
        begin_ns = self._clock.now_ns()
        self._port.write(encode(AskStatus()))
        deadline_ns = begin_ns + self._timeout_ns
        status = None
        while status is None:
            status = self._take(self._reader.feed(self._port.read(deadline_ns)))
            if status is None and self._clock.now_ns() >= deadline_ns:
                self._port.settle()
                self._sighting = None
                raise InstrumentSilent(
                    f"{self._name} did not answer, so it may have heard nothing; check"
                    " its power and its cable, then run again"
                )
        self._check(status, Sighting(status.sample, begin_ns, self._port.settle()))
        return status

    def _check(self, status: EarStatus, sighting: Sighting) -> None:
        """Take the new sighting, unless something was lost since the one before."""
        if self._sighting is None:
            self._next_sequence = status.next_sequence
        elif status.next_sequence != self._before_status:
            raise self._lost(
                f"has sent block {status.next_sequence - 1}, which is lost"
            )
        elif not self._sighting.agrees(sighting):
            raise self._lost("counts its samples from elsewhere: it has restarted")
        self._sighting = sighting

    def _take(self, found: list[Message | Damage]) -> EarStatus | None:
        """Hear the blocks, and return the status that is among them."""
        status = None
        for item in found:
            match item:
                case EarStatus():
                    # A block that comes behind it may be read together with it.
                    status, self._before_status = item, self._next_sequence
                case EarBlock() if self._sighting is not None:
                    self._hear(item)
                case Damage() if self._sighting is not None:
                    self._recorder.rejection(self._name, item.reason, item.raw)
                    raise self._lost(f"sent damaged bytes ({item.reason})")
                case _:  # from before the beginning
                    pass
        return status

    def _hear(self, block: EarBlock) -> None:
        if block.sequence != self._next_sequence:
            raise self._lost(f"sent block {block.sequence} after a lost one")
        self._next_sequence = (block.sequence + 1) % SEQUENCE_MODULO
        samples = np.frombuffer(block.pcm, _SAMPLE)
        try:
            self._bursts += self._detector.feed(block.first_sample, samples)
        except ValueError as error:
            raise self._lost(f"counts its samples backwards ({error})") from error

    def _date(self) -> None:
        """Turn bursts into sounds."""
        if self._sighting is not None:
            for burst in self._bursts:
                self._sounds.append(burst.sound(*self._sighting.when(burst.first)))
            self._bursts.clear()

    def _lost(self, what: str) -> InstrumentFault:
        """Forget the stream, and return the error that says so."""
        self._port.settle()
        self._sighting = None
        return InstrumentFault(
            f"{self._name} {what}; silence since then proves nothing, check its cable"
            " and run again"
        )
