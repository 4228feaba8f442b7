"""Writing again what is written already: a broken case, up to where it broke off."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from harness.clock import Clock
from harness.errors import PumpFinding
from harness.evidence.journal import Journal
from harness.evidence.recorder import NOT_WRITTEN, Recorder
from harness.evidence.records import JsonValue, Kind, Record

_COMPARED: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.EXCHANGE: ("port", "sent"),
        Kind.INTENT: ("instrument", "command", "details"),
        Kind.STIMULUS: ("name", "action"),
        Kind.OPERATOR: ("action",),
        Kind.CASE_BEGIN: ("case",),
        Kind.LIMIT: ("case", "requirement", "lower", "upper", "unit"),
        Kind.LOOK: ("case", "requirement", "finding"),
        Kind.VERDICT: ("case", "requirement", "verdict"),
        Kind.CASE_END: ("case", "verdict"),
    }
)
"""What must be the same; of other kinds, whose times may count, the kind alone."""


CONTINUED: Final = "continued"
"""The decision of a resume record after which the open case simply goes on."""
ASKING: Final = "asked again: "
"""How the note begins before instruments are asked who is there."""
ANSWERED: Final = "answered again: "
"""How the note begins that says who was there when a case went on."""
WENT_ON: Final = "nothing was disturbed: "
"""How the note begins that says why a case could go on."""

_JUDGING: Final = frozenset({Kind.MEASUREMENT, Kind.LOOK, Kind.VERDICT})


def followed(records: Iterable[Record]) -> Iterator[Record]:
    """Yield what the cases have brought about, without what going on has added.

    That is the resume record, the notes, and who was asked in between.
    """
    is_added = False
    for record in records:
        if is_continuation(record) or is_note_of(record, WENT_ON):
            continue
        if is_note_of(record, ASKING):
            is_added = True
        elif is_note_of(record, ANSWERED):
            is_added = False
        elif not is_added or record.kind is Kind.RESUME:
            is_added = False
            yield record


def is_continuation(record: Record) -> bool:
    """Tell whether an open case goes on here."""
    return record.kind is Kind.RESUME and record.fields.get("decision") == CONTINUED


def is_note_of(record: Record, beginning: str) -> bool:
    """Tell whether a record is a note that begins like this."""
    text = record.fields.get("text")
    is_note = record.kind is Kind.NOTE and isinstance(text, str)
    return is_note and str(text).startswith(beginning)


class ReplayDiverged(PumpFinding):
    """Today's code does what the recorded run did not, so nobody can answer.

    It leaves its case INCONCLUSIVE, as whatever a case does not expect does, and not
    the run: the next case has a record of its own.
    """


class RetracingRecorder(Recorder):
    """Compares with what is recorded as long as there is any, then writes.

    Args:
        journal: where it goes on.
        clock: bench time.
        recorded: what was written before, in order.

    Attributes:
        before_new: called before anything is written anew.
        before_judging: called before anything is written anew that a verdict rests on.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        recorded: Iterable[Record],
    ) -> None:
        super().__init__(journal, clock)
        self._recorded = deque(recorded)
        self.before_new: Callable[[], None] = lambda: None
        self.before_judging: Callable[[], None] = lambda: None
        self._is_mute = False

    @property
    def left(self) -> int:
        """Number of records that have not been written again."""
        return len(self._recorded)

    def mute(self) -> None:
        """Write nothing any more: the record stays as it would after a kill."""
        self._is_mute = True
        self.journal.close()

    def exchange(
        self,
        port: str,
        sent_ns: int,
        sent: bytes,
        received_ns: int,
        received: bytes,
        pauses: Sequence[tuple[int, int]] = (),
    ) -> int:
        """Record an exchange, or find it recorded; return its seq.

        Raises:
            ReplayDiverged: something else is recorded here.
            RecordFault: the journal cannot be written.
        """
        if self._is_mute:
            return NOT_WRITTEN
        if not self._recorded:
            return super().exchange(port, sent_ns, sent, received_ns, received, pauses)
        return self._find(Kind.EXCHANGE, {"port": port, "sent": sent.hex()})

    def _write(
        self, kind: Kind, fields: Mapping[str, JsonValue], *, sync: bool = False
    ) -> int:
        if self._is_mute:
            return NOT_WRITTEN
        if not self._recorded:
            self.before_new()
            if kind in _JUDGING:
                self.before_judging()
            return super()._write(kind, fields, sync=sync)
        return self._find(kind, fields)

    def _find(self, kind: Kind, fields: Mapping[str, JsonValue]) -> int:
        then = self._recorded[0]
        for name in _COMPARED.get(kind, ()):
            if then.kind is kind and not _same(fields.get(name), then.fields.get(name)):
                raise _other(then, f"{kind} with {name} {fields.get(name)!s:.80}")
        if then.kind is not kind:
            raise _other(then, kind)
        self._recorded.popleft()
        return then.seq


def _same(now: JsonValue, then: JsonValue) -> bool:
    """Compare as the journal does: a tuple is a list there."""
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        return now.keys() == then.keys() and all(_same(now[k], then[k]) for k in now)
    if isinstance(now, list | tuple) and isinstance(then, list | tuple):
        pairs = zip(now, then, strict=False)
        return len(now) == len(then) and all(_same(*pair) for pair in pairs)
    return now == then


def _other(then: Record, what: str) -> ReplayDiverged:
    return ReplayDiverged(
        f"{then.file}, line {then.line}: the record here is of kind {then.kind}, but"
        f" {what} is to be written; the case cannot go on from its record, so begin it"
        " again"
    )
