"""The checks of a codec: bytes alone, without a driver and without a clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import Any, Final

from harness.conformance.damage import Chance, damaged, spliced
from harness.conformance.outcome import Check, Outcome, Result, failed, passed
from harness.conformance.subject import Codec, MessageReader

NOISE_BYTES: Final = 1_000_000
"""How much garbage a reader is fed to see what it keeps."""

_ROUND_TRIPS: Final = 300
_BLOCK: Final = 4_096
_SPLICES: Final = 2_000
_PAIRS_OF_CUTS: Final = 40


def check_golden(codec: Codec) -> Result:
    """The bytes of the maker's document are written and read."""
    for sample in codec.samples:
        written = codec.encode(sample.message)
        if written != sample.golden:
            return failed(f"{sample.title}: {written.hex()} is written", sample.golden)
        if (read := _read(codec, [sample.golden])) != [sample.message]:
            return failed(f"{sample.title}: {read} is read", sample.golden)
    return passed(f"{len(codec.samples)} samples")


def check_round_trip(codec: Codec) -> Result:
    """Whatever is written is read back as the same."""
    chance = Chance()
    for _ in range(_ROUND_TRIPS):
        message = codec.make(chance.draw)
        frame = codec.encode(message)
        if (read := _read(codec, [frame])) != [message]:
            return failed(f"{message} comes back as {read}", frame)
    return passed(f"{_ROUND_TRIPS} messages")


def check_chunks(codec: Codec) -> Result:
    """How the line cuts the stream changes nothing."""
    stream = b"".join(sample.golden for sample in codec.samples)
    whole = _read(codec, [stream])
    places = range(1, len(stream))
    cuts: Iterable[tuple[int, ...]] = [(place,) for place in places]
    if len(stream) > _PAIRS_OF_CUTS:
        places = range(1, _PAIRS_OF_CUTS)
    for chosen in [*cuts, *combinations(places, 2), tuple(range(1, len(stream)))]:
        edges = (0, *chosen, len(stream))
        pieces = [stream[begin:end] for begin, end in pairwise(edges)]
        if _read(codec, pieces) != whole:
            return failed(f"cut at {chosen[:3]}, the stream reads otherwise", stream)
    return passed(f"byte by byte, and at every place of {len(stream)} bytes")


def check_corruption(codec: Codec) -> Result:
    """A damaged message is never taken for another one."""
    tried = 0
    for sample in codec.samples:
        for broken in damaged(sample.golden):
            tried += 1
            others = [m for m in _read(codec, [broken]) if m != sample.message]
            if others and codec.is_checked:
                return failed(f"{sample.title}, damaged, reads {others[0]}", broken)
            if others:
                reason = (
                    "the protocol has no check value, so noise can alter a message;"
                    f" {sample.title}, damaged, reads {others[0]}"
                )
                return Result(Outcome.WEAK, reason, broken)
    return passed(f"{tried} damaged messages")


def check_garbage(codec: Codec) -> Result:
    """Garbage before and between messages costs one message at most."""
    chance = Chance()
    for sample in codec.samples:
        for size in range(1, 40):
            noise = chance.noise(size)
            stream = noise + sample.golden * 2 + noise + sample.golden * 2
            read = _read(codec, [stream])
            if codec.is_checked and any(each != sample.message for each in read):
                return failed(f"{sample.title} among garbage reads {read}", stream)
            if read.count(sample.message) < 2:
                return failed(f"{sample.title} is lost behind garbage", stream)
    return passed("no message is lost but the first behind garbage")


def check_resynchronisation(codec: Codec) -> Result:
    """Behind a message that was cut short, the second one is read at the latest."""
    for sample in codec.samples:
        for size in range(1, len(sample.golden)):
            stream = sample.golden[:size] + sample.golden * 2
            if sample.message not in _read(codec, [stream]):
                return failed(f"{sample.title} is lost behind its own half", stream)
    return passed("one message is lost at most")


def check_memory(codec: Codec, noise_bytes: int) -> Result:
    """Any amount of garbage is not kept."""
    chance, reader = Chance(), codec.reader()
    for begin in range(0, noise_bytes, _BLOCK):
        block = chance.noise(min(_BLOCK, noise_bytes - begin))
        _feed(codec, reader, block)
        if reader.pending > codec.holds_at_most:
            most = codec.holds_at_most
            reason = f"{reader.pending} bytes are held, {most} are allowed"
            return failed(f"after {begin + len(block)} bytes of noise {reason}")
    return passed(f"{noise_bytes} bytes, never more than {codec.holds_at_most} held")


def check_errors(codec: Codec) -> Result:
    """No bytes make the reader raise anything but what is declared."""
    chance = Chance()
    for _ in range(_SPLICES):
        stream = spliced(codec, chance.draw, 3)
        stream += chance.noise(chance.draw(0, 8))
        reader = codec.reader()
        try:
            _feed(codec, reader, stream)
            reader.expire()
        except codec.errors:
            continue
        except Exception as error:  # noqa: BLE001 - to find them is the purpose
            return failed(f"{type(error).__name__}: {error}", stream)
    return passed(f"{_SPLICES} streams made of pieces of messages")


def checks(noise_bytes: int = NOISE_BYTES) -> tuple[Check[Codec], ...]:
    """Return all checks of a codec, in the order of a report.

    Args:
        noise_bytes: how much garbage the reader is fed to see what it keeps.
    """
    return (
        Check(
            "golden bytes",
            check_golden,
            "Hold the layout against the maker's document, byte by byte.",
        ),
        Check(
            "round trip",
            check_round_trip,
            "Compare each field's width, sign and order in encoder and reader.",
        ),
        Check(
            "every chunking",
            check_chunks,
            "Keep the incomplete rest in the reader, and go on with it at the next"
            " feed.",
        ),
        Check(
            "corruption",
            check_corruption,
            "Check length, check value and trailing bytes before a message is"
            " believed.",
        ),
        Check(
            "garbage",
            check_garbage,
            "After anything that is no message, search on just behind where it began.",
        ),
        Check(
            "resynchronisation",
            check_resynchronisation,
            "Never skip by a length that was not confirmed; search for the next start.",
        ),
        Check(
            "bounded memory",
            lambda codec: check_memory(codec, noise_bytes),
            "Drop what can no longer become a message; no length may exceed the"
            " longest.",
        ),
        Check(
            "only declared errors",
            check_errors,
            "Translate every error of the parser into one that the package declares.",
        ),
    )


def _read(codec: Codec, pieces: Sequence[bytes]) -> list[Any]:
    """Return what a new reader makes of pieces, the line falling silent behind them."""
    reader = codec.reader()
    found: list[Any] = []
    for piece in pieces:
        found += _feed(codec, reader, piece)
    return [*found, *reader.expire()]


def _feed(codec: Codec, reader: MessageReader, data: bytes) -> Sequence[Any]:
    try:
        return reader.feed(data)
    except codec.errors:
        return ()
