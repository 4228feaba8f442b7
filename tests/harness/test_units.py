import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigurationError, UnitError
from harness.units import magnitude, nanoseconds, quantity, seconds, show, ureg


@pytest.mark.parametrize(
    ("text", "like", "unit", "number"),
    [
        ("100 µg/day", "µg/day", "ug/day", 100.0),
        ("2 mg/mL", "µg/mL", "ug/mL", 2000.0),
        ("0.048 mL/day", "mL/h", "uL/h", 2.0),
        ("-5 %", "percent", "", -0.05),
        (" 1e-3 L ", "mL", "uL", 1000.0),
        ("37 degC", "degC", "K", 310.15),
    ],
)
def test_text_becomes_a_quantity(
    text: str, like: str, unit: str, number: float
) -> None:
    value = quantity(text, like, where="plan.toml: rate")
    assert value.to(unit).magnitude == pytest.approx(number)


def test_a_quantity_keeps_the_unit_of_its_text() -> None:
    assert (
        str(quantity("2 mg/mL", "µg/mL", where="x").units) == "milligram / milliliter"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (5, "no unit"),
        (5.0, "no unit"),
        (True, "no unit"),
        (None, "no unit"),
        ("5", "no unit"),
        ("", "does not start with a number"),
        ("mL", "does not start with a number"),
        ("five mL", "does not start with a number"),
        ("5mL", "does not start with a number"),
        ("nan mL", "not a finite number"),
        ("inf mL", "not a finite number"),
        ("1e999 mL", "not a finite number"),
        ("5 mLL", "unknown"),
        ("5 (((", "unknown"),
        ("5 mL mL/", "unknown"),
        ("5 mL; import os", "unknown"),
        ("5 +mL", "unknown"),
        ("5 mL#", "unknown"),
        ("5 mL/0", "unknown"),
        ("5 mL^0", "unknown"),
        ("5 mL**1", "unknown"),
        ("5 mg", "wrong dimension"),
        ("5 mL/h", "wrong dimension"),
    ],
)
def test_bad_text_is_refused_with_its_place(text: object, message: str) -> None:
    with pytest.raises(UnitError, match=message) as caught:
        quantity(text, "mL", where="plan.toml: volume")
    assert str(caught.value).startswith("plan.toml: volume")
    assert isinstance(caught.value, ConfigurationError)


def test_mega_and_milli_are_not_confused() -> None:
    assert quantity("1 mg", "g", where="x") * 1e9 == quantity("1 Mg", "g", where="x")


def test_magnitude_converts() -> None:
    assert magnitude(ureg.Quantity(1.0, "mL/day"), "µL/h") == pytest.approx(1000 / 24)


def test_magnitude_refuses_bare_numbers_and_other_dimensions() -> None:
    with pytest.raises(TypeError, match="bare number"):
        magnitude(5.0, "mL")  # type: ignore[arg-type]
    with pytest.raises(UnitError):
        magnitude(ureg.Quantity(1.0, "mL"), "mg")


def test_nanoseconds_are_whole() -> None:
    assert nanoseconds(ureg.Quantity(6, "h")) == 21_600_000_000_000
    assert nanoseconds(ureg.Quantity(1.5, "µs")) == 1500
    assert seconds(1_500_000_000) == 1.5
    with pytest.raises(UnitError):
        nanoseconds(ureg.Quantity(1, "mL"))


def test_what_a_person_reads() -> None:
    assert show(ureg.Quantity(200.1, "µL/day"), "mL/day") == "0.2001 mL/day"
    assert show(ureg.Quantity(0.05, ""), "percent") == "5 %"
    assert show(ureg.Quantity(2 / 3, "mL"), "mL", 2) == "0.67 mL"


@given(st.floats(-1e12, 1e12), st.sampled_from(["mL", "µL", "nL", "L", "cm^3"]))
def test_any_number_survives_its_text(number: float, unit: str) -> None:
    value = quantity(f"{number!r} {unit}", "mL", where="x")
    assert magnitude(value, unit) == pytest.approx(number, rel=1e-15, abs=0.0)
    assert math.isfinite(value.magnitude)


@given(st.text(max_size=30))
def test_arbitrary_text_is_a_quantity_or_a_unit_error(text: str) -> None:
    try:
        quantity(text, "mL", where="x")
    except UnitError:
        return
    assert any(character.isdigit() for character in text)


@given(st.text("mLgdayh/*^()%. -+0123456789eE[]{}_,'\"\\", max_size=15))
def test_arbitrary_units_never_escape_as_another_error(unit: str) -> None:
    try:
        value = quantity(f"1 {unit}", "mL", where="x")
    except UnitError:
        return
    assert value.is_compatible_with("mL")
