"""A unit's history: one file a unit, lines that are only ever added."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigurationError, RecordFault
from harness.execution.history import Moment, append_history, history_path
from harness.plans.plan import Effect


def add(path: Path, moment: Moment, case: str = "ITB-OVF-001/once") -> None:
    append_history(
        path, "20260101T000000Z-implanted-s1", case, Effect.DESTRUCTIVE, moment
    )


def test_a_line_for_each_end_of_a_case(tmp_path: Path) -> None:
    path = history_path(tmp_path, "DB-ITB40", "10001")
    assert path == tmp_path / "units" / "DB-ITB40-10001.jsonl"
    assert not path.exists()

    add(path, Moment.BEGIN)
    add(path, Moment.END)

    begun, ended = map(json.loads, path.read_text("ascii").splitlines())
    assert datetime.fromisoformat(begun.pop("utc")).tzinfo == UTC
    assert begun == {
        "run": "20260101T000000Z-implanted-s1",
        "case": "ITB-OVF-001/once",
        "effect": "destructive",
        "moment": "begin",
    }
    assert ended["moment"] == "end"


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
    assert len(path.read_text("ascii").splitlines()) == 1


@given(*[st.text(min_size=1, max_size=8)] * 4)
def test_two_units_never_share_a_file(a: str, b: str, c: str, d: str) -> None:
    runs = Path("runs")
    is_same_file = history_path(runs, a, b) == history_path(runs, c, d)
    assert is_same_file == ((a, b) == (c, d))


@pytest.mark.parametrize(("model", "serial"), [("", "1"), ("m", ""), ("m" * 199, "1")])
def test_a_name_that_cannot_be_kept(model: str, serial: str) -> None:
    with pytest.raises(ConfigurationError, match="no history can be kept"):
        history_path(Path("runs"), model, serial)


def test_a_line_that_was_cut_off_takes_no_other_with_it(tmp_path: Path) -> None:
    path = history_path(tmp_path, "m", "1")
    add(path, Moment.BEGIN)
    with path.open("ab") as file:
        file.write(b'{"utc": "2026')
    add(path, Moment.BEGIN, "ITB-OVF-001/twice")

    begun, broken, again = path.read_text("ascii").splitlines()
    assert broken == '{"utc": "2026'
    assert json.loads(begun)["case"] == "ITB-OVF-001/once"
    assert json.loads(again)["case"] == "ITB-OVF-001/twice"


def test_a_folder_in_which_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "units").write_text("", encoding="utf-8")
    with pytest.raises(RecordFault, match="--runs"):
        add(history_path(tmp_path, "m", "1"), Moment.BEGIN)
