"""Quantities of a plan by reference into the profile."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from harness.errors import ConfigurationError, NotSpecified
from harness.plans.procedures import COUNT
from harness.plans.profile import Leaf, Profile
from harness.plans.references import given, resolve
from harness.toml_files import Table
from harness.units import magnitude


def profile(capacity: str) -> Profile:
    leaves: dict[str, Leaf] = {
        "reservoir.capacity": capacity,
        "patient_bolus.allotted_maximum": "24 count",
        "reservoir.sealed": True,
    }
    return Profile(
        Path("profile.toml"), "0" * 64, "p", "A", "b", MappingProxyType({}), leaves
    )


@pytest.mark.parametrize(
    ("text", "capacity", "value_ml", "shown"),
    [
        ("20 mL", "40 mL", 20.0, "20 mL"),
        ("reservoir.capacity", "40 mL", 40.0, "40 mL (reservoir.capacity)"),
        ("reservoir.capacity", "20 mL", 20.0, "20 mL (reservoir.capacity)"),
        (
            "0.5 * reservoir.capacity",
            "40 mL",
            20.0,
            "20 mL (0.5 * reservoir.capacity)",
        ),
        ("1.05*reservoir.capacity", "20000 µL", 21.0, "21000 µL (1.05*reservoir"),
    ],
)
def test_a_volume(text: str, capacity: str, value_ml: float, shown: str) -> None:
    found = resolve(text, "mL", profile(capacity), "plan.toml")
    assert magnitude(found.value, "mL") == pytest.approx(value_ml, rel=1e-12)
    assert found.text.startswith(shown)


@pytest.mark.parametrize(
    "text",
    [
        "reservoir.capacity * 0.5",
        "0.5 * 2 * reservoir.capacity",
        "-1 * reservoir.capacity",
        "1e3 * reservoir.capacity",
        "reservoir.capacity + 1 mL",
        "__import__('os')",
    ],
)
def test_nothing_but_one_product_is_understood(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"plan\.toml: start"):
        resolve(text, "mL", profile("40 mL"), "plan.toml: start")


def test_a_key_of_another_dimension_or_of_none() -> None:
    with pytest.raises(ConfigurationError, match=r"reservoir\.capacity: .* wrong dim"):
        resolve("reservoir.capacity", "hour", profile("40 mL"), "plan.toml")
    with pytest.raises(ConfigurationError, match="True has no unit"):
        resolve("reservoir.sealed", "mL", profile("40 mL"), "plan.toml")
    with pytest.raises(NotSpecified, match=r"mean 'reservoir\.capacity'"):
        resolve("reservoir.capacty", "mL", profile("40 mL"), "plan.toml")


@pytest.mark.parametrize(
    ("written", "value", "shown"),
    [
        (3, 3.0, "3"),
        (2.5, 2.5, "2.5"),
        ("3 count", 3.0, "3 count"),
        (
            "patient_bolus.allotted_maximum",
            24.0,
            "24 (patient_bolus.allotted_maximum)",
        ),
        (
            "0.5 * patient_bolus.allotted_maximum",
            12.0,
            "12 (0.5 * patient_bolus.allotted_maximum)",
        ),
    ],
)
def test_a_count(written: object, value: float, shown: str) -> None:
    table = Table({"boluses": written}, "plan.toml")
    found = given(table, "boluses", COUNT, profile("40 mL"))
    assert magnitude(found.value, "dimensionless") == value
    assert found.text == shown


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("3", "has no unit"),
        ("3 mL", "wrong dimension"),
        (True, "write a number"),
        ("reservoir.capacity", "wrong dimension"),
    ],
)
def test_no_count(written: object, message: str) -> None:
    table = Table({"boluses": written}, "plan.toml")
    with pytest.raises(ConfigurationError, match=message):
        given(table, "boluses", COUNT, profile("40 mL"))
