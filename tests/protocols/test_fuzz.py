"""Every parser reads damaged messages, and what the fuzzer finds stays mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.fuzzing.__main__ import page
from benchmarks.fuzzing.campaign import (
    MOST_MEMORY,
    Finding,
    Outcome,
    check,
    check_chunking,
    check_tails,
    run,
)
from benchmarks.fuzzing.subject import Message, Read, Subject
from benchmarks.fuzzing.table import SUBJECTS
from protocols import sbi
from protocols.balance_replies import Refusal
from protocols.errors import RemoteProtocolError
from protocols.harvard import MAX_ANSWER_BYTES, AnswerReader, Reply, parse_version
from protocols.mt_sics.framing import FrameReader
from protocols.new_era.reader import Found, RequestReader
from protocols.new_era.requests import parse_request
from protocols.new_era.vocabulary import Mode
from protocols.scpi import parse_yes_no

SEED = 6
SIZE = 200_000
ANSWER = b"S S     14.256 g\r\n"
REPLIES = SUBJECTS["mt-sics replies"]


@pytest.mark.parametrize("name", SUBJECTS)
def test_nothing_is_taken_that_was_not_sent(name: str) -> None:
    outcome = run(SUBJECTS[name], SEED, SIZE)
    assert outcome.raw + outcome.structured == SIZE
    assert outcome.accepted > 0
    assert outcome.peak <= MOST_MEMORY


def misread(change: Callable[[Message], list[Message]]) -> Subject:
    """The reader of MT-SICS replies, with something wrong."""

    def start() -> Read:
        read = REPLIES.start()
        return lambda data: [new for each in read(data) for new in change(each)]

    return replace(REPLIES, start=start)


def raising(message: Message) -> list[Message]:
    raise ValueError(message.raw)


@pytest.mark.parametrize(
    "change",
    [
        lambda each: [each, each],
        lambda each: [replace(each, raw=each.raw[2:])],
        lambda each: [replace(each, meaning=(*each.meaning[:-1], 7))],
        lambda each: [replace(each, meaning=("weight", "S", "S"))],
        raising,
    ],
)
def test_a_wrong_parser_is_found(change: Callable[[Message], list[Message]]) -> None:
    with pytest.raises((Finding, ValueError)):
        run(misread(change), SEED, SIZE)


def test_a_message_that_begins_within_another_was_not_sent() -> None:
    weight = Message(b"S 1.0 g\r\n", ("weight",))
    with pytest.raises(Finding, match="not sent"):
        check(REPLIES, b"SIC1 S 1.0 g\r\n", [weight])


def test_a_reader_that_depends_on_chunks_is_found() -> None:
    subject = replace(REPLIES, start=lambda: lambda data: [Message(data, ("text",))])
    with pytest.raises(Finding, match="chunks"):
        check_chunking(subject, ANSWER, subject.start()(ANSWER[:4]))


def test_a_tail_that_passes_for_a_weight_is_found() -> None:
    def start() -> Read:
        return lambda data: [Message(data, ("weight", data[-4:], len(data)))]

    with pytest.raises(Finding, match="the end of"):
        check_tails(replace(REPLIES, start=start))


def test_a_reader_that_keeps_everything_is_found() -> None:
    kept: list[bytes] = []

    def start() -> Read:
        read = REPLIES.start()

        def keep(data: bytes) -> list[Message]:
            kept.append(data * 99)
            return read(data)

        return keep

    with pytest.raises(Finding, match="memory"):
        run(replace(REPLIES, start=start), SEED, SIZE)


def test_the_page_has_a_row_for_every_parser() -> None:
    text = page([Outcome("sbi", 10, 20, 3, 5, 7_000)], 10, 1)
    assert text.endswith("| sbi | 10 | 20 | 3 | 5 | 7,000 |\n")


def test_the_end_of_an_answer_that_is_too_long_is_no_answer() -> None:
    stream = b"\n" * (MAX_ANSWER_BYTES + 1) + b"\n:\x11" + b"\n>\x11"
    for size in (1, 100, len(stream)):
        reader = AnswerReader()
        found = [
            each
            for at in range(0, len(stream), size)
            for each in reader.feed(stream[at : at + size])
        ]
        assert [isinstance(each, Reply) for each in found] == [False, True]


def test_the_end_of_a_request_that_is_too_long_is_no_request() -> None:
    stream = b"7" * 81 + b"0RUN\r" + b"0STP\r" + b"8" * 90 + b"\x02\x080RUN"
    for size in (1, 9, len(stream)):
        reader = RequestReader(Mode.BASIC)
        found = [
            each
            for at in range(0, len(stream), size)
            for each in reader.feed(stream[at : at + size])
        ]
        taken = [each.data for each in found if isinstance(each, Found)]
        assert taken == [b"0STP"]


def test_a_frame_that_is_too_long_costs_no_good_one() -> None:
    good = b"\x027SI\x03\x2e"
    stream = b"\x027" + b"A" * 140 + b"\x03" + good
    for size in (1, 50, len(stream)):
        reader = FrameReader()
        found = [
            each.text
            for at in range(0, len(stream), size)
            for each in reader.feed(stream[at : at + size])
        ]
        assert found == [b"SI"]


def test_a_letter_is_not_made_two_of_another() -> None:
    with pytest.raises(RemoteProtocolError):
        parse_version("PHD \xdf 1.0")
    for data in (b"0RAT\xdf", b"0R\x85UN", b"0RUN\xa0"):
        with pytest.raises(RemoteProtocolError):
            parse_request(data)


def test_minus_one_is_no_state_of_a_relay() -> None:
    with pytest.raises(RemoteProtocolError):
        parse_yes_no("-1")
    assert [parse_yes_no(text) for text in ("-0", "+01", "1.00", "0")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("byte", [0x1C, 0x85, 0xA0])
def test_a_damaged_blank_is_no_blank(byte: int) -> None:
    line = b"     Cal.%c    \r\n" % byte
    assert not isinstance(sbi.parse(line), Refusal)
