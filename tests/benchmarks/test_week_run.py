"""A run into which a week was put: as valid as the real one, and read as cheaply."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from benchmarks import week_run
from harness.evidence.reader import Pass, inspect, read
from harness.evidence.record_check import check
from harness.evidence.records import Kind
from harness.render.facts import facts
from harness.render.run_fold import RunFold, of_journal
from harness.render.run_record import RunRecord
from tests.end_to_end.command import verify

pytestmark = pytest.mark.slow
EXCHANGES = 20_000


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("week") / "short"
    return verify(home, cases=["ITB-BOL-001/single"]).folder


@pytest.fixture(scope="module")
def long(short: Path) -> Path:
    folder = short.parent.parent / "long"
    week_run.make(short, folder, EXCHANGES)
    return folder


def plainly(folder: Path) -> RunRecord:
    """What the journal tells, every exchange taken as a whole record."""
    journal, fold = Pass(folder), RunFold()
    starts: dict[str, int] = {}
    for record in journal.records():
        check(record.kind, record.fields)
        fold.take(record.kind, record.seq, record.t_ns, record.fields)
        starts.setdefault(record.file, record.seq)
        if record.kind in (Kind.RUN, Kind.VERDICT):
            fold.place(record.seq, journal.integrity().head)
    for name, seq in starts.items():
        fold.open_file(name, seq)
    return fold.result(journal.integrity())


def test_the_journal_is_whole_and_as_long_as_wanted(long: Path) -> None:
    assert inspect(long).complete
    assert sum(each.kind is Kind.EXCHANGE for each in read(long)) == EXCHANGES


def test_verdicts_values_and_their_frames_are_those_of_the_real_run(
    short: Path, long: Path
) -> None:
    (before,), (after,) = of_journal(short).cases, of_journal(long).cases

    assert [each.statement for each in after.verdicts] == [
        each.statement for each in before.verdicts
    ]
    for was, now in zip(before.verdicts, after.verdicts, strict=True):
        first, second = before.measurement_of(was), after.measurement_of(now)
        assert first is not None
        assert second is not None
        assert (first.value, first.u) == (second.value, second.u)
        # The first stretch is all of the time, into which the week was put.
        assert second.frames[0].count > first.frames[0].count
        assert len(second.frames) > 1
        assert [
            (each.what, each.count, each.first.received, each.last.received)
            for each in second.frames[1:]
        ] == [
            (each.what, each.count, each.first.received, each.last.received)
            for each in first.frames[1:]
        ]
    assert after.t_begin_ns == before.t_begin_ns
    assert after.t_end_ns == (before.t_end_ns or 0) + week_run.WEEK_NS


def test_exchanges_taken_cheaply_tell_the_same(short: Path, long: Path) -> None:
    for folder in (short, long):
        fast, plain = of_journal(folder), plainly(folder)

        assert fast == plain
        assert facts(fast) == facts(plain)


def test_an_exchange_costs_few_bytes(short: Path, long: Path) -> None:
    def peak_of(folder: Path) -> int:
        tracemalloc.start()
        try:
            of_journal(folder)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    had = sum(each.kind is Kind.EXCHANGE for each in read(short))
    grown = peak_of(long) - peak_of(short)

    assert grown < 150 * (EXCHANGES - had)
