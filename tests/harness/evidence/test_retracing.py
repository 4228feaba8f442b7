"""What is recorded already is found, not written again; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.clock import VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind, Record
from harness.evidence.retracing import ReplayDiverged, RetracingRecorder

VERDICT = {
    "case": "A/1",
    "requirement": "A",
    "verdict": "PASS",
    "statement": "1.0 mL",
    "zone": None,
    "margin": None,
    "expanded_u": None,
    "k": None,
    "p_c": None,
    "unit": "",
    "evidence": (1, 2),
    "settled": False,
}


@pytest.fixture
def before(tmp_path: Path) -> list[Record]:
    with Journal(tmp_path / "then") as journal:
        recorder = Recorder(journal, VirtualClock(5))
        recorder.note("it begins")
        recorder.intent("pump", "start", rates=(1, 2), how={"fast": True})
        recorder.exchange("pump", 5, b"go", 6, b"ok")
        recorder.record(Kind.VERDICT, VERDICT)
    return list(read(tmp_path / "then"))


@pytest.fixture
def again(tmp_path: Path, before: list[Record]) -> Iterator[RetracingRecorder]:
    with Journal(tmp_path / "now") as journal:
        yield RetracingRecorder(journal, VirtualClock(7), before)


def intent(recorder: Recorder, rate: int = 1) -> int:
    return recorder.intent("pump", "start", rates=(rate, 2), how={"fast": True})


def test_records_are_found_with_their_seq_and_then_written(
    again: RetracingRecorder,
) -> None:
    # A remark may hold a time or a value, which is not the same to the last digit.
    assert again.note("it begins again") == 1
    assert intent(again) == 2
    assert again.exchange("pump", 9, b"go", 10, b"other") == 3
    assert again.record(Kind.VERDICT, {**VERDICT, "statement": "1.1 mL"}) == 4
    assert (again.left, again.journal.records) == (0, 0)
    assert again.note("new") == 1
    assert again.exchange("pump", 9, b"go", 10, b"ok") == 2
    assert again.journal.records == 2


@pytest.mark.parametrize(
    "otherwise",
    [
        lambda recorder: intent(recorder, rate=3),
        lambda recorder: recorder.intent("pump", "stop"),
        lambda recorder: recorder.exchange("pump", 5, b"go", 6, b"ok"),
        lambda recorder: recorder.note("skips the intent"),
    ],
)
def test_another_record_is_refused_and_nothing_is_written(
    again: RetracingRecorder, otherwise: Callable[[Recorder], int]
) -> None:
    again.note("it begins")
    with pytest.raises(ReplayDiverged, match=r"line 2: .* of kind intent"):
        otherwise(again)
    assert (again.left, again.journal.records) == (3, 0)


@pytest.mark.parametrize(("port", "sent"), [("balance", b"go"), ("pump", b"stop")])
def test_another_question_is_refused(
    again: RetracingRecorder, port: str, sent: bytes
) -> None:
    again.note("it begins")
    intent(again)
    with pytest.raises(ReplayDiverged, match="of kind exchange"):
        again.exchange(port, 5, sent, 6, b"ok")


def test_another_verdict_is_refused(again: RetracingRecorder) -> None:
    again.note("it begins")
    intent(again)
    again.exchange("pump", 5, b"go", 6, b"ok")
    with pytest.raises(ReplayDiverged, match="verdict FAIL"):
        again.record(Kind.VERDICT, {**VERDICT, "verdict": "FAIL"})
