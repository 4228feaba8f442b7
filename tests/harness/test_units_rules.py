"""What a unit may be, what messages say, and what a person reads."""

from __future__ import annotations

import pint
import pytest

from harness import units
from harness.errors import UnitError
from harness.units import Quantity, magnitude, quantity, show, ureg


# One of the SI's own unit, in the unit that a field has: converted by hand.
@pytest.mark.parametrize(
    ("unit", "written", "si", "number"),
    [
        (units.CONCENTRATION, "µg/mL", "kg/m^3", 1000.0),
        (units.VOLUME, "mL", "m^3", 1e6),
        (units.FLOW, "mL/day", "m^3/s", 86_400e6),
        (units.TIME, "s", "s", 1.0),
        (units.FRACTION, "%", "", 100.0),
        (units.PRESSURE, "hPa", "Pa", 0.01),
    ],
)
def test_the_unit_of_a_field(unit: str, written: str, si: str, number: float) -> None:
    assert magnitude(ureg.Quantity(1.0, si), unit) == pytest.approx(number, rel=1e-12)
    assert show(ureg.Quantity(1.0, unit), unit) == f"1 {written}"


def test_temperatures_are_in_degrees_celsius() -> None:
    ice = ureg.Quantity(273.15, "K")
    assert magnitude(ice, units.TEMPERATURE) == pytest.approx(0.0, abs=1e-9)
    assert show(ice, units.TEMPERATURE).endswith(" degC")


def test_degrees_celsius_are_never_taken_for_kelvin_unasked() -> None:
    # 2 mL/K at 37 °C is neither 74 mL nor 620 mL: the registry refuses to guess.
    warm = quantity("37 degC", "degC", where="x")
    with pytest.raises(pint.OffsetUnitCalculusError):
        _ = ureg.Quantity(2.0, "mL/K") * warm


def test_capitals_are_other_units() -> None:
    # Case is not folded: a megalitre is a thousand million millilitres.
    assert magnitude(quantity("1 ML", "mL", where="x"), "mL") == pytest.approx(1e9)
    for unit in ("ML/DAY", "DEGC", "HPA"):
        with pytest.raises(UnitError, match="unknown"):
            quantity(f"1 {unit}", "mL", where="x")


def test_a_percent_sign_is_a_hundredth_wherever_it_stands() -> None:
    assert magnitude(quantity("3 %", "percent", where="x"), "") == pytest.approx(0.03)
    per_hour = quantity("3 %/h", "percent/h", where="x")
    assert magnitude(per_hour, "1/h") == pytest.approx(0.03)


def test_two_percent_signs_are_no_unit() -> None:
    # Pint alone takes them for a percent of a percent, a hundredth of what was meant.
    with pytest.raises(UnitError, match="the unit '%%' is unknown"):
        quantity("5 %%", "percent", where="x")


@pytest.mark.parametrize(
    ("text", "like", "message"),
    [
        ("5", "mL", "x: '5' has no unit; write it as \"5 mL\""),
        (5, "mL/h", 'x: 5 has no unit; write it as text with one, such as "5 mL/h"'),
        (
            "mL",
            "mL",
            "x: 'mL' does not start with a number and a space; write it as \"1.5 mL\"",
        ),
        ("nan mL", "mL", "x: 'nan mL' is not a finite number"),
        ("5 mLL", "mL", "x: the unit 'mLL' is unknown; one like mL belongs here"),
        ("5 m**3", "mL", "x: the unit 'm**3' is unknown; one like mL belongs here"),
        (
            "5 mg",
            "mL",
            "x: '5 mg' has the wrong dimension; one like mL belongs here",
        ),
    ],
)
def test_a_message_says_what_to_write(text: object, like: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        quantity(text, like, where="x")
    assert str(caught.value) == message


def test_a_message_says_what_cannot_be_given() -> None:
    with pytest.raises(UnitError, match=r"^1 milliliter cannot be given in mg$"):
        magnitude(ureg.Quantity(1, "mL"), "mg")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (ureg.Quantity(1.23456, "mL"), "1.235 mL"),
        (ureg.Quantity(123456.0, "mL"), "1.235e+05 mL"),
        (ureg.Quantity(0.2, "L"), "200 mL"),
    ],
)
def test_four_digits_are_shown(value: Quantity, shown: str) -> None:
    assert show(value, "mL") == shown
