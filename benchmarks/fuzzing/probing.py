"""The probes: whatever a line answers, nobody is found who has not said so."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from benchmarks.fuzzing import bench, new_era, pumps
from benchmarks.fuzzing.subject import Meaning, Message, Read, Subject
from protocols import balance_probes, harvard, probes
from protocols.mt_sics import probe as mt_sics
from protocols.new_era import probe as new_era_probe
from protocols.probe import Probe
from protocols.pump_link import probe as pump_link
from protocols.terumo import questions as terumo

_LINES: Final = re.compile(rb"[^\n]*\n")
_OURS: Final = frozenset({"Ohaus", "Radwag", "TERUFUSION", "TE", "DOSEBENCH-EAR"})


def _by_lines(data: bytes, count: int) -> tuple[bytes, ...]:
    lines = _LINES.findall(data)
    return tuple(b"".join(lines[index::count]) for index in range(count))


def _each(data: bytes, count: int) -> tuple[bytes, ...]:
    return (data,) * count


def _subject(
    name: str, probe: Probe, samples: tuple[bytes, ...], is_text: bool
) -> Subject:
    """Return the subject of a probe; a chunk is all that came after its questions."""
    share = partial(_by_lines if is_text else _each, count=len(probe.questions))

    def read(data: bytes) -> list[Message]:
        found = probe.read(share(data))
        if found is None:
            return []
        words = " ".join((found.model, found.serial, found.firmware)).split(" ")
        return [Message(data, ("found", *(word for word in words if word)))]

    def start() -> Read:
        return read

    return Subject(f"{name} probe", samples, start, _reading, is_stream=False)


def _reading(message: Message) -> Meaning:
    """Return those words that the bytes hold."""
    sent = (message.raw + message.raw.replace(b'\\"', b'"')).upper()
    return (
        "found",
        *(word for word in message.meaning[1:] if _is_sent(str(word), sent, message)),
    )


def _is_sent(word: str, sent: bytes, message: Message) -> bool:
    if word in _OURS or word.upper().encode("latin-1", "replace") in sent:
        return True
    return word.isdigit() and int(word).to_bytes(4, "big") in message.raw


SUBJECTS: Final = (
    _subject(
        "mt-sics",
        mt_sics.PROBE,
        (b'I4 A "B0210"\r\nI2 A "XPR205 220.00000 g"\r\nI3 A "1.10"\r\n',),
        is_text=True,
    ),
    _subject(
        "sbi",
        balance_probes.SBI,
        (b"MSE225S\r\n29906913\r\n00-37-09\r\n",),
        is_text=True,
    ),
    _subject("a&d", balance_probes.AND, (b"GX-200\r\nT01234\r\n",), is_text=True),
    _subject("ohaus", balance_probes.OHAUS, (b"B1234\r\nSr 1.03\r\n",), is_text=True),
    _subject("radwag", balance_probes.RADWAG, (b'NB A "6021"\r\n',), is_text=True),
    _subject("rig", probes.RIG, (bench.RIG_IDENTITY,), is_text=True),
    _subject(
        "ptu300",
        probes.PTU300,
        (b"PTU303 / 1.16\r\nSerial number  : A1234567\r\n",),
        is_text=True,
    ),
    _subject("scpi", probes.SCPI, (bench.SCPI_SAMPLES[0],), is_text=True),
    _subject("ear", probes.EAR, (bench.EAR_SAMPLES[1],), is_text=False),
    _subject("pump link", pump_link.PROBE, (pumps.LINK_SAMPLES[3],), is_text=False),
    _subject(
        "new era",
        new_era_probe.PROBE,
        tuple(each for each in new_era.EITHER_REPLIES if b"NE1000" in each),
        is_text=False,
    ),
    _subject("phd", harvard.PHD_PROBE, (b"\nPHD 3.0\r\n:",), is_text=False),
    _subject("legato", harvard.LEGATO_PROBE, (b"\nLEGATO 1.0\r\n:",), is_text=False),
    _subject("terumo", terumo.PROBE, (pumps.TERUMO_SAMPLES[1],), is_text=False),
)
