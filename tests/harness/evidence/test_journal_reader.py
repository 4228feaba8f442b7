"""The journal's reader: whatever is done to a journal, it is noticed."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.chain import FIRST_PREVIOUS, MAX_LINE_BYTES
from harness.evidence.journal import Journal
from harness.evidence.reader import Broken, inspect, read, verify
from harness.evidence.records import Kind, Record

FILE = "journal-0001.jsonl"


def write_short(folder: Path, rotate_bytes: int = 1 << 20) -> Path:
    with Journal(folder, rotate_bytes) as journal:
        journal.append(Kind.NOTE, 5, {"text": "a"})
        journal.append_exchange(7, "pump", 6, b"\x01", b"\x02")
        journal.append(Kind.NOTE, 8, {"text": "b"})
        journal.end(9, {"state": "COMPLETE"})
    return folder / FILE


def forge(folder: Path, *bodies: bytes) -> None:
    """Lines with a right chain, as somebody who knows the format could write them."""
    previous, lines = "0" * 64, b""
    for body in bodies:
        previous = hashlib.sha256(previous.encode() + body).hexdigest()
        lines += body[:-1] + b',"h":"' + previous.encode() + b'"}\n'
    (folder / FILE).write_bytes(lines)


def test_records_come_back_with_their_place(tmp_path: Path) -> None:
    write_short(tmp_path)
    first, second, *_ = read(tmp_path)
    assert first == Record(1, 5, Kind.NOTE, {"text": "a"}, FILE, 1)
    assert second.fields == {
        "port": "pump",
        "sent_ns": 6,
        "sent": "01",
        "received": "02",
    }
    assert (second.kind, second.line) == (Kind.EXCHANGE, 2)


def test_an_intact_journal_is_complete(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    result = inspect(tmp_path)
    assert (result.records, result.complete, result.torn_tail) == (4, True, False)
    assert result.broken is None
    assert result.head.encode() in path.read_bytes().splitlines()[-1]


def test_every_flipped_bit_is_noticed_by_both_ways_of_reading(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    good = path.read_bytes()
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bad)
        result = inspect(tmp_path)
        assert not result.complete, f"bit {bit}"
        checked = verify(tmp_path)
        assert str(checked.broken) == str(result.broken)
        assert (checked.records, checked.head) == (result.records, result.head)
        assert checked.torn_tail is result.torn_tail
        assert not checked.complete


def test_a_flipped_bit_is_reported_at_its_line(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"received":"02"', b'"received":"03"'))
    records = read(tmp_path)
    assert next(records).seq == 1
    with pytest.raises(Broken, match="hash") as caught:
        next(records)
    assert (caught.value.file, caught.value.line) == (FILE, 2)
    result = inspect(tmp_path)
    assert result.records == 1
    assert result.broken is not None
    assert result.broken.line == 2


def test_every_truncation_leaves_an_incomplete_prefix(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    good = path.read_bytes()
    for length in range(len(good)):
        path.write_bytes(good[:length])
        result = inspect(tmp_path)
        assert result.broken is None
        assert not result.complete
        assert result.records == good[:length].count(b"\n")
        assert result.torn_tail is not (length == 0 or good[length - 1] == 0x0A)
        assert verify(tmp_path) == result


def test_deleted_and_doubled_lines_are_noticed(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    for i in range(len(lines) - 1):
        path.write_bytes(b"".join(lines[:i] + lines[i + 1 :]))
        assert inspect(tmp_path).broken is not None
    for i in range(len(lines)):
        path.write_bytes(b"".join(lines[: i + 1] + lines[i:]))
        assert inspect(tmp_path).broken is not None


def test_every_other_order_of_lines_is_noticed(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    for order in itertools.permutations(lines):
        path.write_bytes(b"".join(order))
        assert inspect(tmp_path).complete is (list(order) == lines)


def test_deleted_and_exchanged_files_are_noticed(tmp_path: Path) -> None:
    write_short(tmp_path, rotate_bytes=1)
    files = sorted(tmp_path.glob("journal-*.jsonl"))
    assert len(files) == 4
    for path in files:
        data = path.read_bytes()
        path.unlink()
        result = inspect(tmp_path)
        assert not result.complete
        assert (result.broken is None) is (path == files[-1])
        path.write_bytes(data)
    first, second = files[0].read_bytes(), files[1].read_bytes()
    files[0].write_bytes(second)
    files[1].write_bytes(first)
    assert inspect(tmp_path).broken is not None


def test_a_cut_off_line_in_an_earlier_file_is_no_torn_tail(tmp_path: Path) -> None:
    path = write_short(tmp_path, rotate_bytes=1)
    path.write_bytes(path.read_bytes()[:-1])
    result = inspect(tmp_path)
    assert not result.torn_tail
    assert result.broken is not None
    assert (result.broken.file, result.broken.line) == (FILE, 1)


def test_zeros_left_by_a_power_failure_are_a_torn_tail(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + bytes(4096))
    result = inspect(tmp_path)
    assert (result.records, result.torn_tail, result.broken) == (2, True, None)


def test_bytes_after_the_end_spoil_completeness(tmp_path: Path) -> None:
    path = write_short(tmp_path)
    with path.open("ab") as file:
        file.write(b"{")
    assert not inspect(tmp_path).complete


@pytest.mark.parametrize("folder", ["", "missing"])
def test_no_journal_at_all_is_broken(tmp_path: Path, folder: str) -> None:
    result = inspect(tmp_path / folder)
    assert result.broken is not None
    assert "cannot be read" in str(result.broken)
    assert (result.records, result.head) == (0, FIRST_PREVIOUS)


NOTE = b'{"seq":1,"t":0,"kind":"note","text":""}'


@pytest.mark.parametrize(
    ("bodies", "reason"),
    [
        ([b'{"seq":2,"t":0,"kind":"note","text":""}'], "seq is 2, not 1"),
        ([NOTE, NOTE], "seq is 1, not 2"),
        ([b'{"seq":1,"t":0,"kind":"hearsay","text":""}'], "no record"),
        ([b'{"t":0,"kind":"note"}'], "no record"),
        ([b'{"seq":1,,}'], "no record"),
        ([b"[1}"], "no record"),
        ([b'{"seq":1,"t":0,"kind":"note","text":NaN}'], "no record"),
        ([b'{"seq":1,"t":0,"kind":"note","text":"","kind":"end"}'], "stands twice"),
        ([b'{"seq":1,"t":"0","kind":"note","text":""}'], "no record"),
        ([b'{"seq":true,"t":0,"kind":"note","text":""}'], "no record"),
        ([b'{"seq":1,"t":0,"kind":"note","text":"\xc2\xb5"}'], "no record"),
        ([b'{"seq":1,"t":0,"kind":"note","text":"\x1f"}'], "no record"),
        ([b'{"seq":01,"t":0,"kind":"exchange","port":"","sent_ns":0}'], "no record"),
        ([b'{"seq":' + b"[" * 100_000 + b"}"], "no record"),
        ([b'{"seq":1,"t":0,"kind":"note","text":"\xff"}'], "no record"),
        ([NOTE, b'{"seq":2,"t":0,"kind":"end","records":1}'], "counts otherwise"),
        ([b'{"seq":1,"t":0,"kind":"end","records":1}', NOTE], "follows the end"),
    ],
)
def test_a_right_chain_over_wrong_records_is_broken(
    tmp_path: Path, bodies: list[bytes], reason: str
) -> None:
    forge(tmp_path, *bodies)
    result = inspect(tmp_path)
    assert not result.complete
    assert result.broken is not None
    assert reason in result.broken.reason


def test_the_forgery_helper_can_write_a_good_journal(tmp_path: Path) -> None:
    forge(tmp_path, NOTE, b'{"seq":2,"t":0,"kind":"end","records":2}')
    assert inspect(tmp_path).complete


def test_an_endless_line_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    with (tmp_path / FILE).open("wb") as file:
        file.truncate(20 * MAX_LINE_BYTES)
    tracemalloc.start()
    try:
        result = inspect(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.broken is not None
    assert peak < 5 * MAX_LINE_BYTES


def test_memory_does_not_grow_with_the_journal(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        for i in range(5000):
            journal.append_exchange(i, "pump", i, bytes(100), bytes(100))
    size = (tmp_path / FILE).stat().st_size
    tracemalloc.start()
    try:
        assert inspect(tmp_path).records == 5000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 10


def end(seq: int, state: str) -> bytes:
    return b'{"seq":%d,"t":0,"kind":"end","state":"%s","records":%d}' % (
        seq,
        state.encode(),
        seq,
    )


RESUME = b'{"seq":3,"t":0,"kind":"resume","records":2}'


@pytest.mark.parametrize("state", ["ABORTED", "BENCH_FAULT", "TOOL_ERROR"])
def test_a_run_that_was_broken_off_may_be_resumed_after_its_end(
    tmp_path: Path, state: str
) -> None:
    forge(tmp_path, NOTE, end(2, state), RESUME)
    for result in (inspect(tmp_path), verify(tmp_path)):
        assert (result.records, result.complete, result.broken) == (3, False, None)
    forge(tmp_path, NOTE, end(2, state), RESUME, end(4, "COMPLETE"))
    for result in (inspect(tmp_path), verify(tmp_path)):
        assert (result.records, result.complete, result.broken) == (4, True, None)


@pytest.mark.parametrize(
    ("bodies"),
    [
        [NOTE, end(2, "COMPLETE"), RESUME],
        [NOTE, end(2, "ABORTED"), b'{"seq":3,"t":0,"kind":"note","text":""}'],
        [NOTE, end(2, "ABORTED"), end(3, "ABORTED")],
        [NOTE, b'{"seq":2,"t":0,"kind":"end","records":2}', RESUME],
    ],
)
def test_nothing_else_follows_an_end(tmp_path: Path, bodies: list[bytes]) -> None:
    forge(tmp_path, *bodies)
    for result in (inspect(tmp_path), verify(tmp_path)):
        assert result.broken is not None
        assert "follows the end" in result.broken.reason
        assert (result.records, result.complete) == (2, False)


@given(
    text=st.text(st.characters(max_codepoint=0x7F)),
    hex_text=st.text("0123456789abcdefABG", max_size=4),
    number=st.integers() | st.floats() | st.just(-0.0),
    spaced=st.booleans(),
)
def test_an_exchange_is_read_as_json_reads_it(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    hex_text: str,
    number: float,
    spaced: bool,
) -> None:
    fields = {"port": text, "sent_ns": number, "sent": hex_text, "received": ""}
    line = {"seq": 1, "t": 0, "kind": "exchange", **fields}
    body = json.dumps(line, separators=(", ", ": ") if spaced else (",", ":"))
    folder = tmp_path_factory.mktemp("exchange")
    forge(folder, body.encode())
    if math.isnan(number) or abs(number) == math.inf:
        assert inspect(folder).broken is not None
        return
    [record] = read(folder)
    assert record.fields == {n: v for n, v in json.loads(body).items() if n in fields}
    assert type(record.fields["sent_ns"]) is type(number)
