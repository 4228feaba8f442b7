"""Cells of a table: nothing runs, nothing is lost."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.render import spreadsheet

FORMULA = tuple("=+-@\t\r\n")


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_text_comes_back_but_for_its_guard(texts: list[str]) -> None:
    table = spreadsheet.table(["x"] * len(texts), [texts])

    _, row = csv.reader(io.StringIO(table, newline=""), strict=True)
    for text, cell in zip(texts, row, strict=True):
        assert cell == (f"'{text}" if text.startswith(FORMULA) else text)
        assert not cell.startswith(FORMULA)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_stay_numbers_in_full(number: float) -> None:
    cell = spreadsheet.cell(number)

    assert type(number)(cell) == number


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-10.0, "-10.0"),
        (math.inf, "inf"),
        (-math.inf, "'-inf"),
        (math.nan, "nan"),
        ("lone \ud800", "lone ?"),
    ],
)
def test_what_is_neither(value: spreadsheet.Cell, cell: str) -> None:
    assert spreadsheet.cell(value) == cell


def test_rows_end_as_rfc_4180_has_it() -> None:
    assert spreadsheet.table(["a", "b"], [["x,y", 1]]) == 'a,b\r\n"x,y",1\r\n'
