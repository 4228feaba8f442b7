"""Exchanges handed over in place of records: the same journal, the same faults."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.journal import Journal
from harness.evidence.reader import Broken, Integrity, Pass
from harness.evidence.records import Kind

FILE = "journal-0001.jsonl"
NOTE = b'{"seq":1,"t":0,"kind":"note","text":""}'
PORTS = st.sampled_from(["pump", "balance", "", 'a "b"', "\u00b5", "back\\slash"])
EXCHANGES = st.tuples(
    PORTS, st.binary(max_size=3), st.binary(max_size=3), st.booleans()
)


@dataclass(frozen=True, slots=True)
class Read:
    """What one way of reading found, exchanges reduced to what is handed over."""

    found: list[tuple[object, ...]]
    integrity: Integrity
    fault: str
    files: tuple[tuple[str, int], ...]


def as_records(folder: Path) -> Read:
    journal, found, fault = Pass(folder), list[tuple[object, ...]](), ""
    starts: dict[str, int] = {}
    try:
        for record in journal.records():
            starts.setdefault(record.file, record.seq)
            plain = record.kind is Kind.EXCHANGE
            names = ("port", "sent", "received")
            said = [record.fields.get(name) for name in names] if plain else record.kind
            found.append((record.seq, record.t_ns, said))
    except Broken as error:
        fault = str(error)
    return Read(found, journal.integrity(), fault, tuple(starts.items()))


def handed_over(folder: Path) -> Read:
    journal, found, fault = Pass(folder), list[tuple[object, ...]](), ""

    def take(seq: int, t_ns: int, port: str, sent: str, received: str) -> None:
        found.append((seq, t_ns, [port, sent, received]))

    try:
        for record in journal.records(take):
            names = ("port", "sent", "received")
            plain = record.kind is Kind.EXCHANGE
            said = [record.fields.get(name) for name in names] if plain else record.kind
            found.append((record.seq, record.t_ns, said))
    except Broken as error:
        fault = str(error)
    return Read(found, journal.integrity(), fault, journal.files)


def forge(folder: Path, *bodies: bytes) -> None:
    """Lines with a right chain, as somebody who knows the format could write them."""
    previous, lines = "0" * 64, b""
    for body in bodies:
        previous = hashlib.sha256(previous.encode() + body).hexdigest()
        lines += body[:-1] + b',"h":"' + previous.encode() + b'"}\n'
    (folder / FILE).write_bytes(lines)


@given(
    steps=st.lists(EXCHANGES | st.just(None), max_size=8),
    rotate=st.sampled_from([1, 400, 10_000]),
    cut=st.integers(0, 300),
)
def test_both_ways_find_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, bytes, bytes, bool] | None],
    rotate: int,
    cut: int,
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with Journal(folder, rotate) as journal:
        for t_ns, step in enumerate(steps):
            if step is None:
                journal.append(Kind.NOTE, t_ns, {"text": "a"})
                continue
            port, sent, received, pauses = step
            late = [(t_ns, 1)] if pauses else []
            journal.append_exchange(t_ns, port, t_ns, sent, received, late)
    last = max(folder.glob("journal-*.jsonl"))
    last.write_bytes(last.read_bytes()[: -cut or None])

    assert handed_over(folder) == as_records(folder)


def test_every_flipped_bit_is_noticed_in_the_same_way(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append_exchange(5, "pump", 4, b"\x01", b"\x02")
        journal.append_exchange(7, "pump", 6, b"\x01", b"\x02")
    good = (tmp_path / FILE).read_bytes()
    # One bit of each byte, each time another one.
    for bit in range(0, 8 * len(good), 7):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        (tmp_path / FILE).write_bytes(bad)

        found = handed_over(tmp_path)

        assert found == as_records(tmp_path), f"bit {bit}"
        assert found.fault or found.integrity.torn_tail


def exchange(seq: int, sent: bytes = b"", received: bytes = b"") -> bytes:
    return (
        b'{"seq":%d,"t":0,"kind":"exchange","port":"p","sent_ns":0,"sent":"%s"'
        b',"received":"%s"}' % (seq, sent, received)
    )


@pytest.mark.parametrize(
    "bodies",
    [
        [NOTE, exchange(2)],
        [NOTE, exchange(3)],
        [NOTE, exchange(1)],
        [NOTE, exchange(2, b"0")],
        [NOTE, exchange(2, b"00", b"000")],
        [NOTE, exchange(2, b"0", b"0")],
        [NOTE, exchange(2, b"zz")],
        [NOTE, b'{"seq":2,"t":0,"kind":"end","state":"ABORTED","records":2}',
         exchange(3)],
        [NOTE, b'{"seq":2,"t":0,"kind":"end","state":"COMPLETE","records":2}',
         exchange(3)],
    ],
)  # fmt: skip
def test_forged_exchanges_are_refused_or_yielded_for_a_closer_look(
    tmp_path: Path, bodies: list[bytes]
) -> None:
    forge(tmp_path, *bodies)

    assert handed_over(tmp_path) == as_records(tmp_path)


def test_only_hex_of_whole_bytes_is_handed_over(tmp_path: Path) -> None:
    forge(tmp_path, exchange(1, b"0a", b""), exchange(2, b"0"), exchange(3, b"", b"0b"))
    seen: list[int] = []

    yielded = [
        each.seq for each in Pass(tmp_path).records(lambda *it: seen.append(it[0]))
    ]

    assert (seen, yielded) == ([1, 3], [2])
