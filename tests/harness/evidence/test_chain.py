"""What writer and reader of a journal agree on, by bytes and names made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence import chain

# printf '%064d{"seq":1}' 0 | sha256sum
FIRST = "0a00898550374c41186879d92f30325cd0a550ce8c5da4d9aeef34a95c0b85ea"
# printf "$FIRST"'{"seq":2}' | sha256sum
SECOND = "a12a78f94107f0d2ac292e9d460648d5b9e512f4114b21aa1d3644eb783564a2"


def test_the_chain_is_what_sha256sum_makes_of_it() -> None:
    assert chain.chain_hash("0" * 64, b'{"seq":1}') == FIRST
    assert chain.chain_hash(FIRST, b'{"seq":2}') == SECOND
    assert chain.FIRST_PREVIOUS == "0" * 64


def test_a_seal_closes_the_line_that_it_seals() -> None:
    assert chain.seal(FIRST) == f',"h":"{FIRST}"}}'.encode()
    assert len(',"h":""}') + 64 == chain.SEAL_LENGTH


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "journal-0001.jsonl"),
        (42, "journal-0042.jsonl"),
        (9999, "journal-9999.jsonl"),
        (10000, "journal-10000.jsonl"),
    ],
)
def test_every_file_of_a_journal_is_found_again(
    tmp_path: Path, number: int, name: str
) -> None:
    assert chain.file_name(number) == name
    (tmp_path / name).touch()
    assert chain.file_numbers(tmp_path) == [number]


@pytest.mark.parametrize(
    "name",
    [
        "journal-001.jsonl",
        "journal-0001.jsonl.zip",
        "old journal-0001.jsonl",
        "journal-000a.jsonl",
        "journal-0001xjsonl",
        "Journal-0001.jsonl",
    ],
)
def test_what_only_looks_like_a_journal_is_left_alone(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).touch()
    assert chain.file_numbers(tmp_path) == []


def test_a_line_of_eight_mebibytes_is_the_longest() -> None:
    assert chain.MAX_LINE_BYTES == 8_388_608
