"""Every dosing command is on disk before its first byte is on the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.itb_pump import ItbPump
from harness.evidence.records import Kind
from harness.schedule import Step, WeekSchedule
from harness.units import ureg
from tests.drivers.pump_script import (
    Conversation,
    connected,
    days,
    ml,
    ml_per_day,
    seconds,
)
from tests.drivers.scripted import Desk, Exchange, desk

HOURS = 3_600
WEEK = WeekSchedule(((Step(0, ml_per_day(1.2)), Step(390, ml_per_day(0))),) * 7)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


DOSING: list[tuple[Callable[[ItbPump], object], str, dict[str, object]]] = [
    (
        lambda pump: pump.start_continuous(ml_per_day(1.2)),
        "start_continuous",
        {"rate_nl_per_h": 50_000},
    ),
    (
        lambda pump: pump.start_bolus(ml(0.1), seconds(600), ml_per_day(0)),
        "start_bolus",
        {"bolus_nl": 100_000, "bolus_duration_s": 600, "then_nl_per_h": 0},
    ),
    (
        lambda pump: pump.start_periodic(
            ml_per_day(1.2), ml(0.1), seconds(600), seconds(6 * HOURS)
        ),
        "start_periodic",
        {
            "rate_nl_per_h": 50_000,
            "bolus_nl": 100_000,
            "bolus_duration_s": 600,
            "period_s": 21_600,
        },
    ),
    (
        lambda pump: pump.set_patient_bolus(
            ml(0.05), seconds(300), 4, seconds(2 * HOURS)
        ),
        "set_patient_bolus",
        {
            "bolus_nl": 50_000,
            "bolus_duration_s": 300,
            "allotted": 4,
            "lockout_s": 7_200,
        },
    ),
    (lambda pump: pump.request_patient_bolus(), "request_patient_bolus", {}),
    (
        lambda pump: pump.start_schedule(WEEK),
        "start_schedule",
        {"minute_nl_per_h": [[[0, 50_000], [390, 0]]] * 7},
    ),
    (lambda pump: pump.start_minimum(), "start_minimum", {}),
    (
        lambda pump: pump.start_priming(ml(0.15), seconds(900), ml_per_day(1.2)),
        "start_priming",
        {"catheter_nl": 150_000, "duration_s": 900, "then_nl_per_h": 50_000},
    ),
    (
        lambda pump: pump.start_bridge(ml(0.15), ml_per_day(0.24), ml_per_day(1.2)),
        "start_bridge",
        {"catheter_nl": 150_000, "bridge_nl_per_h": 10_000, "then_nl_per_h": 50_000},
    ),
    (
        lambda pump: pump.start_continuous_at(ml_per_day(1.2), 800_000_000),
        "start_continuous_at",
        {"rate_nl_per_h": 50_000, "clock_s": 800_000_000},
    ),
    (lambda pump: pump.stop(), "stop", {}),
    (
        lambda pump: pump.set_reservoir(ml(20), ml(2), days(180), days(90)),
        "set_reservoir",
        {
            "volume_nl": 20_000_000,
            "low_threshold_nl": 2_000_000,
            "stability_days": 180,
            "label_max_days": 90,
        },
    ),
    (
        lambda pump: pump.set_clock(800_000_000),
        "set_clock",
        {"clock_s": 800_000_000},
    ),
    (
        lambda pump: pump.set_concentration(ureg.Quantity(2, "mg/mL")),
        "set_concentration",
        {"concentration_ng_per_ml": 2_000_000},
    ),
    (
        lambda pump: pump.send_corrupted_program(ml_per_day(1.2)),
        "send_corrupted_program",
        {"rate_nl_per_h": 50_000},
    ),
    (
        lambda pump: pump.stage_without_commit(ml_per_day(1.2)),
        "stage_without_commit",
        {"rate_nl_per_h": 50_000},
    ),
    (
        lambda pump: pump.send_repeated_bolus(ml(0.1), seconds(600), ml_per_day(0)),
        "send_repeated_bolus",
        {"bolus_nl": 100_000, "bolus_duration_s": 600, "then_nl_per_h": 0},
    ),
]


@pytest.mark.parametrize(("action", "command", "details"), DOSING)
def test_the_intent_is_in_the_journal_before_a_dose_is_sent(
    bench: Desk,
    action: Callable[[ItbPump], object],
    command: str,
    details: dict[str, object],
) -> None:
    pump, port = connected(bench, Conversation().connect())
    seen: list[object] = []

    def look(_: bytes) -> bytes:
        seen.extend(
            (record.fields["command"], record.fields["details"])
            for record in bench.records(Kind.INTENT)
        )
        raise LookupError

    port.script.append(Exchange(look))
    with pytest.raises((LookupError, AssertionError)):
        action(pump)

    assert seen == [(command, details)]
