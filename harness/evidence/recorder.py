"""The journal as the harness sees it: one method for each thing that happens.

The fields of each record kind are formed here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from harness.clock import Clock, RealClock
from harness.errors import RecordFault
from harness.evidence.journal import Journal
from harness.evidence.records import JsonValue, Kind

NOT_WRITTEN: Final = 0
"""The seq of a record lost on the way to the safe state; real ones begin at 1."""


class Recorder:
    """Writes what happens, with the bench time at which it happened.

    While a clock really waits, what was written is brought to the disk.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.journal = journal
        self._clock = clock
        self._is_best_effort = False
        if isinstance(clock, RealClock):
            clock.while_waiting(lambda: self._bring_to_disk(journal.sync_if_due))

    @contextmanager
    def best_effort(self) -> Iterator[None]:
        """Go on without a journal that can no longer be written, while the block runs.

        For the way to the safe state alone: a full disk must not keep a pump from being
        stopped. The fault itself has been raised before, or is raised afterwards.
        """
        self._is_best_effort = True
        try:
            yield
        finally:
            self._is_best_effort = False

    def exchange(
        self,
        port: str,
        sent_ns: int,
        sent: bytes,
        received_ns: int,
        received: bytes,
        pauses: Sequence[tuple[int, int]] = (),
    ) -> int:
        """Record one question and its answer, raw, as the journal's fast way wants."""
        try:
            return self.journal.append_exchange(
                received_ns, port, sent_ns, sent, received, pauses
            )
        except RecordFault:
            if self._is_best_effort:
                return NOT_WRITTEN
            raise

    def intent(self, instrument: str, command: str, **details: JsonValue) -> int:
        """Record a dosing command, on disk, before it is sent."""
        fields: dict[str, JsonValue] = {
            "instrument": instrument,
            "command": command,
            "details": details,
        }
        return self._write(Kind.INTENT, fields)

    def retry(self, instrument: str, command: str, attempt: int, reason: str) -> int:
        """Record that a question had to be sent again."""
        return self._write(
            Kind.RETRY,
            {
                "instrument": instrument,
                "command": command,
                "attempt": attempt,
                "reason": reason,
            },
        )

    def rejection(self, instrument: str, reason: str, raw: bytes) -> int:
        """Record bytes that were not accepted as an answer."""
        fields = {"instrument": instrument, "reason": reason, "raw": raw.hex()}
        return self._write(Kind.REJECTION, fields)

    def alarm(self, instrument: str, **fields: JsonValue) -> int:
        """Record an alarm that came unasked, on disk."""
        return self._write(Kind.ALARM, {"instrument": instrument, **fields})

    def stimulus(self, name: str, action: str) -> int:
        """Record something done to the pump or its line."""
        return self._write(Kind.STIMULUS, {"name": name, "action": action})

    def operator(self, action: str, answer: str) -> int:
        """Record what a person was asked to do, and what was answered."""
        return self._write(Kind.OPERATOR, {"action": action, "answer": answer})

    def note(self, text: str) -> int:
        """Record a remark for whoever reads the journal."""
        return self._write(Kind.NOTE, {"text": text})

    def sync(self) -> None:
        """Bring all to the disk: before a person is asked, who may take long."""
        self._bring_to_disk(self.journal.sync)

    def record(
        self, kind: Kind, fields: Mapping[str, JsonValue], *, sync: bool = False
    ) -> int:
        """Record anything else, at the present bench time."""
        return self._write(kind, fields, sync=sync)

    def _bring_to_disk(self, sync: Callable[[], None]) -> None:
        try:
            sync()
        except RecordFault:
            if not self._is_best_effort:
                raise

    def _write(
        self, kind: Kind, fields: Mapping[str, JsonValue], *, sync: bool = False
    ) -> int:
        t_ns = self._clock.now_ns()
        try:
            return self.journal.append(kind, t_ns, fields, sync=sync)
        except RecordFault:
            if self._is_best_effort:
                return NOT_WRITTEN
            raise
