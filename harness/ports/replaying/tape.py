"""The exchanges of a recorded run in the order of its journal, cut at the cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

from harness.evidence import reader
from harness.evidence.reader import Broken
from harness.evidence.record_check import check
from harness.evidence.records import JsonValue, Kind, Record
from harness.evidence.retracing import followed

_COMPLETE: Final = "COMPLETE"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer, raw; ``sent`` is empty where nobody asked.

    Attributes:
        seq: of its record.
        port: name of the port.
        sent_ns: bench time of sending, ns.
        sent: bytes sent.
        t_ns: bench time at which the answer was complete or given up, ns.
        received: bytes received.
        pauses: (bench time, ns, and bytes so far) of each time that the reader came
            back for more; empty where one read brought everything.
    """

    seq: int
    port: str
    sent_ns: int
    sent: bytes
    t_ns: int
    received: bytes
    pauses: tuple[tuple[int, int], ...] = ()

    @property
    def is_one_way(self) -> bool:
        """Whether nobody waited for an answer."""
        return not self.received and not self.pauses

    def reads(self) -> list[tuple[int, bytes]]:
        """Return bench time, ns, and bytes that each read brought; b"" is in vain."""
        if self.is_one_way:
            return []
        # Of one read in vain the pause is its end.
        ends = list(dict.fromkeys([*self.pauses, (self.t_ns, len(self.received))]))
        begins = [0, *(size for _, size in ends)]
        return [
            (t_ns, self.received[begin:size])
            for begin, (t_ns, size) in zip(begins, ends, strict=False)
        ]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person was asked to do, and typed at bench time ``t_ns``."""

    t_ns: int
    action: str
    answer: str


class Part(Enum):
    """Where in a run a section lies."""

    START = auto()
    CASE = auto()
    AFTER = auto()


@dataclass(slots=True)
class Section:
    """A stretch of a run: a start, one attempt at a case, or what came after it.

    Attributes:
        part: which of these.
        case: id of the case; empty at a start.
        begin_ns: bench time at which it began.
        exchanges: in the order of the journal.
        awake_ns: bench times at which the run is known to have been awake, rising.
        answers: what was typed, in order.
    """

    part: Part
    case: str
    begin_ns: int
    exchanges: list[Exchange] = field(default_factory=list)
    awake_ns: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What messages call the section."""
        match self.part:
            case Part.START:
                return "the start of the run"
            case Part.CASE:
                return self.case
            case Part.AFTER:
                return f"what follows {self.case}"

    def take(self, record: Record) -> None:
        """Add what a record says."""
        self.awake_ns.append(record.t_ns)
        if record.kind is Kind.EXCHANGE:
            exchange = exchange_of(record)
            self.exchanges.append(exchange)
            self.awake_ns.append(exchange.sent_ns)
        elif record.kind is Kind.OPERATOR:
            asked, typed = record.fields.get("action"), record.fields.get("answer")
            self.answers.append(Answer(record.t_ns, str(asked), str(typed)))


class Tape:
    """A recorded run, ready to be played.

    Args:
        sections: in the order of the journal; the first is a start.

        is_whole: whether the run came to its end.

    Attributes:
        sections: as given.
        is_whole: as given.
    """

    def __init__(self, sections: Iterable[Section], *, is_whole: bool) -> None:
        self.sections = tuple(sections)
        self.is_whole = is_whole
        for section in self.sections:
            section.awake_ns.sort()

    @property
    def start_ns(self) -> int:
        """Bench time at which the run began, ns."""
        return self.sections[0].begin_ns

    @property
    def cases(self) -> tuple[str, ...]:
        """Ids of the cases that had begun, each once, in order."""
        found = (each.case for each in self.sections if each.part is Part.CASE)
        return tuple(dict.fromkeys(found))

    def attempts(self, case_id: str) -> int:
        """Return how often a case had begun."""
        keys = map(self._key, range(len(self.sections)))
        return sum(each == (Part.CASE, case_id) for each in keys)

    def find(self, part: Part, case_id: str) -> int | None:
        """Return the index of the last such section; None where there is none."""
        numbers = range(len(self.sections) - 1, -1, -1)
        sought = (part, case_id)
        return next((n for n in numbers if self._key(n) == sought), None)

    def past(self, index: int) -> list[Exchange]:
        """Return what had crossed the wires before a section, since its run's start.

        A run that was resumed started anew: what was before concerns other drivers.
        """
        starts = (
            n for n in range(index, -1, -1) if self.sections[n].part is Part.START
        )
        first = next(starts, 0)
        return [each for s in self.sections[first:index] for each in s.exchanges]

    def _key(self, index: int) -> tuple[Part, str]:
        return self.sections[index].part, self.sections[index].case


def merged(records: Iterable[Record]) -> Section:
    """Return all records of one process as a single section.

    Args:
        records: in order; one at least.
    """
    found: Section | None = None
    for record in records:
        found = found or Section(Part.START, "", record.t_ns)
        found.take(record)
    if found is None:
        raise ValueError("a section of no record")
    found.awake_ns.sort()
    return found


def read(folder: Path) -> Tape:
    """Read the journal in a run's folder up to its end, or to where it breaks off.

    Raises:
        Broken: not even the first record can be read.
    """
    sections: list[Section] = []
    is_whole = False
    try:
        for record in followed(reader.read(folder)):
            _add(record, sections)
            is_whole = record.kind is Kind.END and record.fields["state"] == _COMPLETE
    except Broken:
        if not sections:
            raise
        is_whole = False
    return Tape(sections, is_whole=is_whole)


def _add(record: Record, sections: list[Section]) -> None:
    """Add a record to the last section, or to the one that begins with it."""
    try:
        check(record.kind, record.fields)
    except ValueError as error:
        raise Broken(record.file, record.line, str(error)) from error
    if not sections or _starts(record):
        sections.append(Section(Part.START, "", record.t_ns))
    elif record.kind is Kind.CASE_BEGIN:
        case_id = str(record.fields["case"])
        sections.append(Section(Part.CASE, case_id, record.t_ns))
    sections[-1].take(record)
    if record.kind is Kind.CASE_END and sections[-1].part is Part.CASE:
        sections.append(Section(Part.AFTER, sections[-1].case, record.t_ns))


def _starts(record: Record) -> bool:
    """Tell whether a process begins here that has opened its ports anew."""
    return record.kind is Kind.RESUME


def exchange_of(record: Record) -> Exchange:
    """Return what a record of an exchange says."""
    fields = record.fields
    sent_ns, pauses = fields["sent_ns"], fields.get("pauses")
    return Exchange(
        seq=record.seq,
        port=str(fields["port"]),
        sent_ns=sent_ns if isinstance(sent_ns, int) else record.t_ns,
        sent=bytes.fromhex(str(fields["sent"])),
        t_ns=record.t_ns,
        received=bytes.fromhex(str(fields["received"])),
        pauses=_pairs(pauses) if isinstance(pauses, list) else (),
    )


def _pairs(pauses: list[JsonValue]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (pair[0], pair[1])
        for pair in pauses
        if isinstance(pair, list)
        and len(pair) == 2
        and isinstance(pair[0], int)
        and isinstance(pair[1], int)
    )
