"""Wall times beside the chain: one line a second, and a cut line spoils no other."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from harness.clock import NS_PER_S
from harness.errors import RecordFault
from harness.evidence.journal import Journal
from harness.evidence.reader import inspect
from harness.evidence.records import Kind
from harness.evidence.wall_times import FILE_NAME, WallTime, WallTimes, read

UTC_NS = 1_700_000_000_250_000_000
UTC = "2023-11-14T22:13:20.250+00:00"  # date -u -d @1700000000


class Wall:
    """The host's clocks, of which the test alone lets time pass."""

    def __init__(self) -> None:
        self.passed_ns = 0

    def monotonic_ns(self) -> int:
        return 77 + self.passed_ns

    def utc_ns(self) -> int:
        return UTC_NS + self.passed_ns


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    for module in ("journal", "wall_times"):
        name = f"harness.evidence.{module}.wall_monotonic_ns"
        monkeypatch.setattr(name, made.monotonic_ns)
    monkeypatch.setattr("harness.evidence.wall_times.wall_ns", made.utc_ns)
    return made


def test_the_first_line_is_as_documented(tmp_path: Path, wall: Wall) -> None:
    WallTimes(tmp_path).note(41)
    assert (tmp_path / FILE_NAME).read_text("ascii") == f'{{"seq":41,"utc":"{UTC}"}}\n'
    assert list(read(tmp_path)) == [WallTime(41, UTC)]


def test_there_is_at_most_one_line_a_wall_second(tmp_path: Path, wall: Wall) -> None:
    times = WallTimes(tmp_path)
    for seq in range(1, 40):
        times.note(seq)
        wall.passed_ns += NS_PER_S // 10
    lines = list(read(tmp_path))
    assert [line.seq for line in lines] == [1, 11, 21, 31]
    utc = [datetime.fromisoformat(line.utc) for line in lines]
    assert [(each - utc[0]).total_seconds() for each in utc] == [0, 1, 2, 3]


def test_the_journal_names_the_last_record_that_it_synced(
    tmp_path: Path, wall: Wall
) -> None:
    with Journal(tmp_path) as journal:
        for _ in range(3):
            journal.append(Kind.NOTE, 0, {"text": ""})
            assert list(read(tmp_path)) == []
        wall.passed_ns += NS_PER_S
        journal.append(Kind.NOTE, 0, {"text": ""})
        journal.append(Kind.NOTE, 0, {"text": ""})
        assert [line.seq for line in read(tmp_path)] == [4]


def test_a_line_that_was_cut_off_is_removed_and_never_read(
    tmp_path: Path, wall: Wall
) -> None:
    path = tmp_path / FILE_NAME
    whole = f'{{"seq":1,"utc":"{UTC}"}}\n' * 20
    for torn in ("{", '{"seq":2,"utc":"2023', whole[:44]):
        path.write_text(whole + torn, "ascii")
        assert [line.seq for line in read(tmp_path)] == [1] * 20
        WallTimes(tmp_path).note(9)
        assert [line.seq for line in read(tmp_path)] == [1] * 20 + [9]
        assert path.read_text("ascii").startswith(whole + '{"seq":9,')


@pytest.mark.parametrize(
    "line", ["[]", "{}", '{"seq":"1","utc":""}', '{"seq":1,"utc":"soon"}', "\xff", ""]
)
def test_lines_that_say_nothing_are_left_out(tmp_path: Path, line: str) -> None:
    good = f'{{"seq":5,"utc":"{UTC}"}}\n'
    (tmp_path / FILE_NAME).write_text(f"{line}\n{good}", "latin-1")
    assert list(read(tmp_path)) == [WallTime(5, UTC)]


def test_no_file_is_no_lines(tmp_path: Path) -> None:
    assert list(read(tmp_path)) == []


def test_a_disk_that_takes_no_wall_time_is_a_fault_of_the_record(
    tmp_path: Path, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(tmp_path) as journal:
        (tmp_path / FILE_NAME).mkdir()
        with pytest.raises(RecordFault, match=FILE_NAME):
            journal.append(Kind.NOTE, 0, {"text": "kept"}, sync=True)
        with pytest.raises(RecordFault, match=FILE_NAME):
            journal.append(Kind.NOTE, 0, {"text": "never"})
    assert inspect(tmp_path).records == 1
