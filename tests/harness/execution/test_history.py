"""A unit's history: one file a unit, lines that are only ever added."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigurationError, RecordFault
from harness.execution.history import (
    HistoryEntry,
    Moment,
    append_history,
    history_path,
    read_history,
)
from harness.plans.plan import Effect


def add(path: Path, moment: Moment, case: str = "ITB-OVF-001/once") -> None:
    append_history(
        path, "20260101T000000Z-implanted-s1", case, Effect.DESTRUCTIVE, moment
    )


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = history_path(tmp_path, "DB-ITB40", "10001")
    assert path == tmp_path / "units" / "DB-ITB40-10001.jsonl"
    assert read_history(path) == ()

    add(path, Moment.BEGIN)
    add(path, Moment.END)

    begun, ended = read_history(path)
    assert begun == HistoryEntry(
        utc=begun.utc,
        run="20260101T000000Z-implanted-s1",
        case="ITB-OVF-001/once",
        effect=Effect.DESTRUCTIVE,
        moment=Moment.BEGIN,
    )
    assert ended.moment is Moment.END
    assert datetime.fromisoformat(begun.utc).tzinfo == UTC


@pytest.mark.parametrize(
    ("model", "serial"),
    [
        ("../../etc", "passwd"),
        ("..", ".."),
        ("a/b", "c\\d"),
        ("CON:", "1\n2"),
        ("\u202epump", "\x00"),
    ],
)
def test_a_hostile_name_stays_in_the_folder(
    tmp_path: Path, model: str, serial: str
) -> None:
    path = history_path(tmp_path, model, serial)
    assert path.parent == tmp_path / "units"
    assert path.resolve().parent == path.parent.resolve()
    assert not path.name.startswith(".")
    assert set(path.name) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%"
    )
    add(path, Moment.BEGIN)
    assert len(read_history(path)) == 1


@given(*[st.text(min_size=1, max_size=8)] * 4)
def test_two_units_never_share_a_file(a: str, b: str, c: str, d: str) -> None:
    runs = Path("runs")
    is_same_file = history_path(runs, a, b) == history_path(runs, c, d)
    assert is_same_file == ((a, b) == (c, d))


@pytest.mark.parametrize(("model", "serial"), [("", "1"), ("m", ""), ("m" * 199, "1")])
def test_a_name_that_cannot_be_kept(model: str, serial: str) -> None:
    with pytest.raises(ConfigurationError, match="no history can be kept"):
        history_path(Path("runs"), model, serial)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "17",
        "\xff",
        "",
        '{"utc": "x", "run": "x", "case": "x", "effect": "none"}',
        '{"utc": 1, "run": "x", "case": "x", "effect": "none", "moment": "end"}',
        '{"utc": "x", "run": "x", "case": "x", "effect": "odd", "moment": "end"}',
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    path = history_path(tmp_path, "m", "1")
    add(path, Moment.BEGIN)
    with path.open("ab") as file:
        file.write(line.encode("latin-1") + b"\n")
    add(path, Moment.END)

    with pytest.raises(RecordFault, match=r"m-1\.jsonl, line 2: damaged"):
        read_history(path)


def test_a_line_that_was_cut_off_takes_no_other_with_it(tmp_path: Path) -> None:
    path = history_path(tmp_path, "m", "1")
    add(path, Moment.BEGIN)
    with path.open("ab") as file:
        file.write(b'{"utc": "2026')
    add(path, Moment.BEGIN, "ITB-OVF-001/twice")

    assert path.read_bytes().splitlines()[2].endswith(b'"moment": "begin"}')
    with pytest.raises(RecordFault, match="line 2: damaged"):
        read_history(path)


def test_a_folder_in_which_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "units").write_text("", encoding="utf-8")
    with pytest.raises(RecordFault, match="--runs"):
        add(history_path(tmp_path, "m", "1"), Moment.BEGIN)


def test_a_history_that_cannot_be_read(tmp_path: Path) -> None:
    path = history_path(tmp_path, "m", "1")
    path.mkdir(parents=True)
    with pytest.raises(RecordFault, match="cannot be read"):
        read_history(path)
