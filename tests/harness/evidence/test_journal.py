"""The journal's writer: exact bytes, rotation, refusals and failures of the disk."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import RecordFault
from harness.evidence.chain import FIRST_PREVIOUS, MAX_LINE_BYTES
from harness.evidence.journal import AT_ONCE, Journal
from harness.evidence.reader import inspect, read
from harness.evidence.records import JsonValue, Kind

# Hashes made with printf and sha256sum, not with this package.
GOLDEN = (
    rb'{"seq":1,"t":1000,"kind":"note","text":"a\u00b5\u007f\n\"<b>","h":'
    b'"9f464a5c1b9b17d824e13aab89f74cf70ceadd4d2ad48c49b246b61fbd961fab"}\n'
    b'{"seq":2,"t":2500,"kind":"exchange","port":"pump","sent_ns":2000,"sent":"d50b"'
    b',"received":"","h":'
    b'"14ebbc2c047b732f7239849d12ea394ec1dea17572b998e37044ae2791551a47"}\n'
    b'{"seq":3,"t":3000,"kind":"end","state":"COMPLETE","records":3,"h":'
    b'"04a67155de288daaf270cfcd628765709edbeea23a13561b8f4014511d5a73de"}\n'
)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("journal-*.jsonl")}


def recompute(data: bytes) -> str:
    """The chain once more, from the words of the reference document."""
    previous = "0" * 64
    for line in data.splitlines():
        body, _, seal = line.rpartition(b',"h":"')
        digest = hashlib.sha256(previous.encode() + body + b"}").hexdigest()
        assert seal == digest.encode() + b'"}'
        previous = digest
    return previous


def write_long(folder: Path, rotate_bytes: int) -> None:
    with Journal(folder, rotate_bytes) as journal:
        for i in range(50):
            journal.append_exchange(i, "pump", i, bytes([i]), bytes(i))
        journal.end(50, {"state": "COMPLETE"})


def test_the_bytes_are_those_of_the_golden_vector(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run")
    assert journal.head == FIRST_PREVIOUS
    assert journal.append(Kind.NOTE, 1000, {"text": 'aµ\x7f\n"<b>'}) == 1
    assert journal.append_exchange(2500, "pump", 2000, b"\xd5\x0b", b"") == 2
    assert journal.end(3000, {"state": "COMPLETE"}) == 3

    assert contents(tmp_path / "run") == {"journal-0001.jsonl": GOLDEN}
    assert journal.records == 3
    assert journal.head == recompute(GOLDEN)


def test_a_record_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(Kind.NOTE, 0, {"text": "here"})
        assert b'"text":"here"' in (tmp_path / "journal-0001.jsonl").read_bytes()


def test_both_ways_of_writing_an_exchange_give_the_same_bytes(tmp_path: Path) -> None:
    port = 'p"\x00\x7fµ'
    with Journal(tmp_path / "fast") as fast, Journal(tmp_path / "slow") as slow:
        fast.append_exchange(7, port, 5, b"\x00\xff", b"ok")
        slow.append(
            Kind.EXCHANGE,
            7,
            {"port": port, "sent_ns": 5, "sent": "00ff", "received": "6f6b"},
        )
    assert contents(tmp_path / "fast") == contents(tmp_path / "slow")


def test_rotation_keeps_one_chain_and_the_size(tmp_path: Path) -> None:
    write_long(tmp_path, 1000)
    files = sorted(tmp_path.glob("journal-*.jsonl"))
    assert len(files) > 5
    assert [path.name for path in files[:2]] == [
        "journal-0001.jsonl",
        "journal-0002.jsonl",
    ]
    assert all(path.stat().st_size <= 1000 for path in files)
    assert recompute(b"".join(path.read_bytes() for path in files))
    assert [record.seq for record in read(tmp_path)] == list(range(1, 52))
    assert inspect(tmp_path).complete


def test_the_exact_size_does_not_rotate_and_one_byte_more_does(tmp_path: Path) -> None:
    write_long(tmp_path / "one", 1 << 20)
    data = (tmp_path / "one" / "journal-0001.jsonl").read_bytes()
    write_long(tmp_path / "exact", len(data))
    write_long(tmp_path / "less", len(data) - 1)
    assert len(contents(tmp_path / "exact")) == 1
    assert len(contents(tmp_path / "less")) == 2


def test_a_line_larger_than_a_file_gets_a_file_of_its_own(tmp_path: Path) -> None:
    with Journal(tmp_path, rotate_bytes=10) as journal:
        for text in ("a", "b"):
            journal.append(Kind.NOTE, 0, {"text": text})
    assert [record.file for record in read(tmp_path)] == [
        "journal-0001.jsonl",
        "journal-0002.jsonl",
    ]


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    write_long(tmp_path / "a", 2000)
    write_long(tmp_path / "b", 2000)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@given(
    text=st.text(st.characters(exclude_categories=())),
    data=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_hostile_content_comes_back_from_one_plain_line(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: JsonValue
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with Journal(folder) as journal:
        journal.append(Kind.NOTE, 0, {"text": text, "data": data, text + "!": text})
    (raw,) = contents(folder).values()
    assert all(0x20 <= byte < 0x7F for byte in raw[:-1])
    assert raw[-1:] == b"\n"
    (record,) = read(folder)
    assert record.fields == {"text": text, "data": data, text + "!": text}


def test_numbers_that_are_not_finite_come_back_as_text(tmp_path: Path) -> None:
    values: list[JsonValue] = [float("nan"), float("inf"), {"u": float("-inf")}, 1e308]
    with Journal(tmp_path) as journal:
        journal.append(Kind.NOTE, 0, {"text": "", "values": values})
    (record,) = read(tmp_path)
    assert record.fields["values"] == ["nan", "inf", {"u": "-inf"}, 1e308]


def test_a_refused_record_leaves_no_trace(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        with pytest.raises(ValueError, match="'text' is missing"):
            journal.append(Kind.NOTE, 0, {})
        with pytest.raises(TypeError, match="bytes"):
            journal.append(Kind.NOTE, 0, {"text": "", "raw": b"\x00"})
        with pytest.raises(ValueError, match="the most is"):
            journal.append(Kind.NOTE, 0, {"text": "x" * MAX_LINE_BYTES})
        assert (journal.records, journal.head) == (0, FIRST_PREVIOUS)
        assert journal.append(Kind.NOTE, 0, {"text": ""}) == 1
    assert inspect(tmp_path).broken is None


@pytest.mark.parametrize("name", ["journal-0001.jsonl", "journal-0007.jsonl"])
def test_a_folder_with_a_journal_is_refused_and_unchanged(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"evidence")
    with pytest.raises(RecordFault, match="new folder"):
        Journal(tmp_path)
    assert contents(tmp_path) == {name: b"evidence"}


def test_rotation_never_overwrites(tmp_path: Path) -> None:
    with Journal(tmp_path, rotate_bytes=10) as journal:
        journal.append(Kind.NOTE, 0, {"text": "a"})
        (tmp_path / "journal-0002.jsonl").write_bytes(b"evidence")
        with pytest.raises(RecordFault, match=r"journal-0002\.jsonl.*new folder"):
            journal.append(Kind.NOTE, 0, {"text": "b"})
    assert (tmp_path / "journal-0002.jsonl").read_bytes() == b"evidence"


def test_a_folder_that_is_a_file_is_refused_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordFault, match="a part of this path is a file"):
        Journal(tmp_path / "file" / "run")


def test_after_the_end_nothing_can_be_appended(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.end(0, {"state": "COMPLETE"})
        with pytest.raises(RecordFault, match="closed"):
            journal.append(Kind.NOTE, 0, {"text": "late"})
        with pytest.raises(RecordFault, match="closed"):
            journal.append_exchange(0, "pump", 0, b"", b"")
        with pytest.raises(RecordFault, match="closed"):
            journal.end(0, {"state": "COMPLETE"})
        journal.close()
    assert inspect(tmp_path).complete


def test_closing_alone_does_not_complete_a_journal(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.append(Kind.NOTE, 0, {"text": "a"})
    result = inspect(tmp_path)
    assert (result.records, result.complete, result.broken) == (1, False, None)


def test_the_lines_are_json_with_members_in_the_stated_order(tmp_path: Path) -> None:
    write_long(tmp_path, 1 << 20)
    for line in (tmp_path / "journal-0001.jsonl").read_text("ascii").splitlines():
        names = list(json.loads(line))
        assert names[:3] == ["seq", "t", "kind"]
        assert names[-1] == "h"


def test_the_document_names_what_is_on_the_disk_at_once() -> None:
    document = Path(__file__).parents[3] / "docs" / "reference" / "journal.md"
    _, _, rest = document.read_text("utf-8").partition("Records of these kinds\n")
    named = re.findall(r"`(\w+)`", rest.partition("An `intent` is")[0])
    assert sorted(named) == sorted(AT_ONCE)
