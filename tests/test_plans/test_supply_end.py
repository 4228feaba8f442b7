"""When a supply that runs down has ended a delivery without warning."""

from __future__ import annotations

import pytest

from harness.readings import Alarm
from harness.units import ureg
from test_plans.implanted.test_supply_end import SupplyStep, in_words, is_warned

NONE, DUE, LOW = Alarm.NONE, Alarm.REPLACEMENT_DUE, Alarm.LOW_BATTERY


def ramp(*seen: tuple[Alarm | None, bool | None]) -> list[SupplyStep]:
    return [
        SupplyStep(ureg.Quantity(2.9 - n / 20, "V"), *each)
        for n, each in enumerate(seen)
    ]


@pytest.mark.parametrize(
    ("seen", "warned"),
    [
        (ramp((NONE, True), (DUE, True), (DUE | LOW, True), (LOW, False)), True),
        (ramp((DUE, True), (LOW, True), (None, False)), True),
        (ramp((NONE, True), (None, False)), False),
        (ramp((NONE, True), (DUE, True), (DUE, False)), False),
        (ramp((NONE, True), (DUE, True), (DUE | LOW, False)), None),
        (ramp((NONE, True), (NONE, True), (DUE | LOW, False)), None),
        (ramp((NONE, True), (None, True), (None, False)), False),
        (ramp((NONE, None), (NONE, False)), None),
        (ramp((NONE, False)), None),
        (ramp((NONE, True), (DUE | LOW, True)), None),
        (ramp((NONE, True), (DUE | LOW, None)), None),
    ],
)
def test_both_warnings_must_come_while_it_delivers(
    seen: list[SupplyStep], warned: bool | None
) -> None:
    assert is_warned(seen) is warned


def test_the_statement_names_the_voltage_of_each_sign() -> None:
    said = in_words(ramp((NONE, True), (DUE, True), (DUE | LOW, True), (None, False)))
    assert said == (
        "2.85 V: REPLACEMENT_DUE; 2.8 V: LOW_BATTERY; 2.75 V: no answer; at 2.75 V by"
        " weight nothing"
    )
