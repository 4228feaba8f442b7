"""A journal is cut where its cases begin and end, and keeps when its bytes came."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.journal import Journal
from harness.evidence.reader import Broken
from harness.evidence.records import JsonValue, Kind
from harness.evidence.retracing import ANSWERED, ASKING, WENT_ON
from harness.ports.replaying import tape
from harness.ports.replaying.tape import Answer, Exchange, Part, Tape

CASE: dict[str, JsonValue] = {"attempt": 1, "requirements": [], "second_look": None}
VERDICT: dict[str, JsonValue] = {"verdict": "PASS", "statement": ""}


class Writer:
    """Writes a journal in which every record is one nanosecond later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder)
        self.t_ns = 0

    def asked(self, *questions: str) -> None:
        for question in questions:
            self.t_ns += 1
            sent = question.encode()
            self.journal.append_exchange(self.t_ns, "p", self.t_ns, sent, b"ok")

    def begin(self, case: str) -> None:
        self.add(Kind.CASE_BEGIN, {"case": case, **CASE})

    def end(self, case: str) -> None:
        self.add(Kind.CASE_END, {"case": case, **VERDICT})

    def resume(self, decision: str) -> None:
        fields: dict[str, JsonValue] = {"records": 1, "last_ns": 1, "torn": ""}
        fields |= {"case": None, "rule": "", "decision": decision, "reason": ""}
        self.add(Kind.RESUME, fields)

    def note(self, text: str) -> None:
        self.add(Kind.NOTE, {"text": text})

    def add(self, kind: Kind, fields: dict[str, JsonValue]) -> None:
        self.t_ns += 1
        self.journal.append(kind, self.t_ns, fields)

    def over(self, state: str = "COMPLETE") -> Tape:
        self.t_ns += 1
        self.journal.end(self.t_ns, {"state": state})
        return tape.read(self.folder)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "run")


def questions(found: Tape) -> list[tuple[Part, str, str]]:
    return [
        (each.part, each.case, b" ".join(e.sent for e in each.exchanges).decode())
        for each in found.sections
    ]


def test_what_a_case_asked_stands_apart_from_what_was_asked_around_it(
    writer: Writer,
) -> None:
    writer.asked("who")
    writer.begin("A/1")
    writer.asked("a", "b")
    writer.end("A/1")
    writer.asked("between")
    writer.begin("B/1")
    writer.asked("c")
    writer.end("B/1")
    writer.asked("safe")
    found = writer.over()

    assert questions(found) == [
        (Part.START, "", "who"),
        (Part.CASE, "A/1", "a b"),
        (Part.AFTER, "A/1", "between"),
        (Part.CASE, "B/1", "c"),
        (Part.AFTER, "B/1", "safe"),
    ]
    assert found.cases == ("A/1", "B/1")
    assert found.is_whole


def test_the_last_attempt_counts_and_its_past_begins_with_its_process(
    writer: Writer,
) -> None:
    writer.asked("who")
    writer.begin("A/1")
    writer.asked("lost")
    writer.resume("restarted")
    writer.asked("who again")
    writer.begin("A/1")
    writer.asked("a")
    writer.end("A/1")
    found = writer.over()

    index = found.find(Part.CASE, "A/1")
    assert index is not None
    assert [e.sent for e in found.sections[index].exchanges] == [b"a"]
    assert [e.sent for e in found.past(index)] == [b"who again"]
    assert (found.cases, found.attempts("A/1")) == (("A/1",), 2)


def test_a_case_that_was_continued_is_one_case(writer: Writer) -> None:
    writer.asked("who")
    writer.begin("A/1")
    writer.asked("a")
    writer.resume("continued")
    writer.note(f"{ASKING}all")
    writer.asked("who is there")
    writer.note(f"{ANSWERED}all")
    writer.asked("b")
    writer.note(f"{WENT_ON}all")
    writer.end("A/1")

    assert questions(writer.over()) == [
        (Part.START, "", "who"),
        (Part.CASE, "A/1", "a b"),
        (Part.AFTER, "A/1", ""),
    ]


@pytest.mark.parametrize("state", ["ABORTED", "BENCH_FAULT", "TOOL_ERROR"])
def test_a_run_that_broke_off_is_not_whole(writer: Writer, state: str) -> None:
    writer.asked("who")
    assert not writer.over(state).is_whole


def test_a_broken_journal_is_read_up_to_the_break(writer: Writer) -> None:
    writer.asked("who")
    writer.begin("A/1")
    writer.asked("a", "b")
    writer.journal.close()
    file = writer.folder / "journal-0001.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:-1], lines[-1].replace(b"62", b"63")]))

    found = tape.read(writer.folder)
    assert questions(found)[-1] == (Part.CASE, "A/1", "a")
    assert not found.is_whole
    file.write_bytes(b"nonsense\n")
    with pytest.raises(Broken, match="journal-0001"):
        tape.read(writer.folder)


def test_the_run_was_awake_when_it_wrote_and_when_it_asked(writer: Writer) -> None:
    writer.journal.append_exchange(9, "p", 4, b"a", b"ok")
    writer.journal.append(Kind.NOTE, 7, {"text": ""})
    writer.journal.close()
    (section,) = tape.read(writer.folder).sections
    assert section.awake_ns == [4, 7, 9]


def test_answers_of_a_person_are_kept(writer: Writer) -> None:
    writer.add(Kind.OPERATOR, {"action": "Fill it", "answer": "done"})
    writer.journal.close()
    (section,) = tape.read(writer.folder).sections
    assert section.answers == [Answer(1, "Fill it", "done")]


@pytest.mark.parametrize(
    ("received", "pauses", "reads"),
    [
        (b"abc", (), [(9, b"abc")]),
        (b"abc", ((5, 1), (7, 3)), [(5, b"a"), (7, b"bc"), (9, b"")]),
        (b"abc", ((5, 1), (7, 1)), [(5, b"a"), (7, b""), (9, b"bc")]),
        (b"", ((9, 0),), [(9, b"")]),
        (b"", ((5, 0), (7, 0)), [(5, b""), (7, b""), (9, b"")]),
        (b"", (), []),
    ],
)
def test_each_read_brought_what_it_brought(
    received: bytes,
    pauses: tuple[tuple[int, int], ...],
    reads: list[tuple[int, bytes]],
) -> None:
    exchange = Exchange(1, "p", 3, b"?", 9, received, pauses)
    assert exchange.reads() == reads
    assert exchange.is_one_way == (not reads)
