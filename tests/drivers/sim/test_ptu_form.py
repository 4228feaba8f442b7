"""Output formats against the examples of the manual, and lines seen in the field."""

from __future__ import annotations

import pytest

from drivers.sim.ptu_form import FACTORY, is_valid, render

VALUES = {"P": 1003.84, "T": 17.71, "TA": -0.004, "RH": 40.9}


def test_the_factory_format_pads_numbers_and_units() -> None:
    line = render(FACTORY, VALUES, "0000")
    assert line == "P=  1003.8 hPa   T= 17.7 'C RH= 40.9 %RH \r\n"


def test_units_length_modifiers_and_tabulator() -> None:
    form = '"RH=" 4.2 rh U5 #t "T=" t U3 #r #n'
    line = render(form, {**VALUES, "RH": 14.98, "T": 23.7}, "0000")
    assert line == "RH=  14.98%RH  \tT=  23.70'C \r\n"


def test_errors_are_shown_as_flags_and_as_stars() -> None:
    form = '4.2 P " " 3.2 TA " " ERR'
    assert render(form, VALUES, "0010") == " 1003.84 ****** 0010"[1:]


def test_the_check_value_covers_the_message_so_far() -> None:
    covered = 0
    for character in "A= 17.7 X=":
        covered ^= ord(character)
    assert render('"A=" 3.1 T " X=" CSX #r#n', VALUES, "0000") == (
        f"A= 17.7 X={covered:02X}\r\n"
    )


@pytest.mark.parametrize(
    ("form", "is_one"),
    [
        (FACTORY, True),
        ('"P=" 4.2 P U4 #r#n', True),
        ("4.2 P TDF", False),
        ('4.2 P "open', False),
        ("", True),
    ],
)
def test_what_a_transmitter_would_take(form: str, is_one: bool) -> None:
    assert is_valid(form) is is_one
