"""The pump's line with what must never happen on it: damage, repetition, noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Generic, TypeVar

from drivers.itb_pump.link import PumpLink
from harness.errors import InstrumentSilent, LinkViolation
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.replies import PumpMessage
from protocols.pump_link.requests import GetStatus, Request

R = TypeVar("R", bound=PumpMessage)


@dataclass(frozen=True, slots=True)
class Twice(Generic[R]):
    """What came of a request that was sent twice.

    Attributes:
        frame: the bytes that were sent.
        reply: the first answer.
        again: the second answer, None for silence; the link wants the first again.
    """

    frame: bytes
    reply: R
    again: PumpMessage | None

    @property
    def wrong(self) -> str:
        """The second answer in words where it is another one than the first."""
        return "" if self.again in (None, self.reply) else str(self.again)


class DisturbedLink(PumpLink):
    """A link that can also do what a sound host never does."""

    def ask_damaged(self, request: Request[PumpMessage], byte: int) -> str:
        """Send a request once, with the lowest bit of one byte flipped.

        Args:
            request: what would have been asked.
            byte: index of the byte in the frame, negative from its end.

        Returns:
            The answer in words, which the link forbids, or "" for silence.
        """
        frame = bytearray(self._frame(request))
        frame[byte] ^= 1
        try:
            reply = self._exchange(bytes(frame))
        except LinkViolation as violation:
            return str(violation)
        return "" if reply is None else str(reply)

    def ask_altered(self, request: Request[R], alter: Callable[[bytes], bytes]) -> R:
        """Ask with another payload than the request's, under a right check value.

        Raises:
            CommandRefused: the pump declined.
            LinkViolation: what it sent breaks the link's rules.
            InstrumentSilent: no answer, however often the frame was sent.
        """
        (sound,) = FrameReader().feed(self._frame(request))
        if not isinstance(sound, Frame):
            raise TypeError(f"{self.name}: its own frame does not read: {sound}")
        altered = replace(sound, payload=alter(sound.payload))
        return self._ask_frame(request, altered.to_bytes())

    def ask_twice(self, request: Request[R]) -> Twice[R]:
        """Ask, and when the answer is there send the very same bytes again."""
        frame = self._frame(request)
        reply = self._ask_frame(request, frame)
        return Twice(frame, reply, self.resend(frame))

    def resend(self, frame: bytes) -> PumpMessage | None:
        """Send the bytes of an earlier request; return the answer, None for silence.

        Raises:
            LinkViolation: the answer breaks the link's rules.
        """
        self._session.repeat(frame)
        return self._exchange(frame)

    def send_noise(self, size: int) -> None:
        """Send bytes that are no frame, and see whether the pump still answers.

        Raises:
            InstrumentSilent: the pump did not answer before the noise either.
            LinkViolation: it answers noise, or does not answer behind it.
        """
        self.ask(GetStatus())
        stale = self._session.stale
        self._port.write(noise(size))
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        while self._clock.now_ns() < deadline_ns:
            self._take(self._receive(deadline_ns))
        self._port.settle()
        try:
            self.ask(GetStatus())
        except InstrumentSilent as silence:
            raise LinkViolation(
                f"{self.name} answers no more behind {size} bytes of noise: {silence}"
            ) from silence
        if self._session.stale != stale:
            raise LinkViolation(
                f"{self.name} answered noise with a frame; keep the journal as a"
                " finding"
            )


def noise(size: int) -> bytes:
    """Return bytes that look random and are the same in every run.

    They are SHA-256 over a count; a piece of them passes the link's check value only by
    a chance of 1 in 2^32.
    """
    blocks = range(-(-size // sha256().digest_size))
    chunks = (sha256(number.to_bytes(8, "big")).digest() for number in blocks)
    return b"".join(chunks)[:size]
