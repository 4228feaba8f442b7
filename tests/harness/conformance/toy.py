"""A framed protocol made for the kit's own tests, and readers with one fault each.

A frame is 7E, the payload's length, the payload, and a CRC-16 of length and payload. A
message is its payload.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Callable
from dataclasses import replace

from harness.conformance.subject import Codec, Draw, MessageReader, Sample

SYNC = b"\x7e"
LONGEST = 8


class ToyError(Exception):
    """What the toy declares."""


def crc(body: bytes) -> bytes:
    return crc_hqx(body, 0xFFFF).to_bytes(2, "big")


def encode(message: bytes) -> bytes:
    body = bytes([len(message)]) + message
    return SYNC + body + crc(body)


class Reader:
    """Sound."""

    def __init__(self) -> None:
        self.held = b""

    @property
    def pending(self) -> int:
        return len(self.held)

    def feed(self, data: bytes) -> list[bytes]:
        self.held += data
        found: list[bytes] = []
        while (start := self.held.find(SYNC)) >= 0:
            self.held = self.held[start:]
            if len(self.held) < 2:
                return found
            size = self.held[1]
            if not 0 < size <= LONGEST:
                self.skip()
                continue
            if len(self.held) < size + 4:
                return found
            body, check = self.held[1 : size + 2], self.held[size + 2 : size + 4]
            if self.is_right(body, check):
                found.append(body[1:])
                self.held = self.held[size + 4 :]
            else:
                self.skip()
        self.held = b""
        return found

    def expire(self) -> list[bytes]:
        found = []
        while self.held:
            rest, self.held = self.held[1:], b""
            found += self.feed(rest)
        return found

    def skip(self) -> None:
        self.held = self.held[1:]

    def is_right(self, body: bytes, check: bytes) -> bool:
        return crc(body) == check


class TakesBothOrders(Reader):
    def is_right(self, body: bytes, check: bytes) -> bool:
        return check in (crc(body), crc(body)[::-1])


class ForgetsTheRest(Reader):
    def feed(self, data: bytes) -> list[bytes]:
        self.held = b""
        return super().feed(data)


class OverlooksABit(Reader):
    def is_right(self, body: bytes, check: bytes) -> bool:
        other = bytes([body[0], body[1] ^ 0x80]) + body[2:]
        return check in (crc(body), crc(other))


class ChecksNothing(Reader):
    def is_right(self, body: bytes, check: bytes) -> bool:
        return True


class TakesFrontsOfFrames(Reader):
    """A length that is cut short with the frame is mended by what there is."""

    def expire(self) -> list[bytes]:
        found = [self.held[2:]] if len(self.held) > 4 else []
        return found + super().expire()


class NeverRecovers(Reader):
    """What begins with anything but a sync is all dropped, for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.is_lost: bool | None = None

    def feed(self, data: bytes) -> list[bytes]:
        if self.is_lost is None and data:
            self.is_lost = not data.startswith(SYNC)
        return [] if self.is_lost else super().feed(data)


class DropsAllBehindDamage(Reader):
    def skip(self) -> None:
        self.held = b""


class KeepsEverything(Reader):
    def __init__(self) -> None:
        super().__init__()
        self.seen = b""

    @property
    def pending(self) -> int:
        return len(self.seen)

    def feed(self, data: bytes) -> list[bytes]:
        self.seen += data
        return super().feed(data)


class Trips(Reader):
    """A frame that lacks its end is a case that nobody thought of."""

    def feed(self, data: bytes) -> list[bytes]:
        if encode(b"\x55")[:-1] + encode(b"\x01\x02\x03")[:2] in data:
            raise KeyError(data)
        return super().feed(data)


class Complains(Trips):
    """The same, declared."""

    def feed(self, data: bytes) -> list[bytes]:
        try:
            return super().feed(data)
        except KeyError as error:
            raise ToyError from error


def loses_a_value(message: bytes) -> bytes:
    return encode(message.replace(b"\xf0", b"\xf1"))


def other_order(message: bytes) -> bytes:
    frame = encode(message)
    return frame[:-2] + frame[:-3:-1]


def make(draw: Draw) -> bytes:
    return bytes(draw(0, 255) for _ in range(draw(1, LONGEST)))


def codec(
    reader: Callable[[], MessageReader] = Reader,
    encoder: Callable[[bytes], bytes] = encode,
) -> Codec:
    """The toy; the CRC-16/IBM-3740 of its golden bytes is another library's."""
    return Codec(
        samples=(
            Sample("one byte", b"\x55", bytes.fromhex("7e 01 55 246e")),
            Sample("three", b"\x01\x02\x03", bytes.fromhex("7e 03 010203 7e2d")),
        ),
        make=make,
        encode=encoder,
        reader=reader,
        errors=(ToyError,),
        holds_at_most=LONGEST + 4,
        is_checked=True,
    )


def unchecked() -> Codec:
    return replace(codec(ChecksNothing), is_checked=False)
