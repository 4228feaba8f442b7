"""What the pump keeps books of, against a script typed by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ConfigurationError, LinkViolation, UnitError
from harness.readings import DrugReading, ProgramReading, PumpMode, ServiceReading
from harness.units import ureg
from tests.drivers.pump_script import (
    Conversation,
    connected,
    days,
    in_force,
    ml,
    running,
    u32,
)
from tests.drivers.scripted import Desk, desk


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def test_another_refill_echo_is_never_committed(bench: Desk) -> None:
    sent = struct.pack(">IIHH", 20_000_000, 2_000_000, 180, 90)
    echo = struct.pack(">IIHH", 20_000_000, 2_000_000, 90, 180)
    talk = Conversation().connect().say(0x08, sent, u32(77) + echo)
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match="nothing was committed"):
        pump.set_reservoir(ml(20), ml(2), days(180), days(90))

    port.finish()


def test_days_must_be_whole(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())

    with pytest.raises(ConfigurationError, match="no whole number of day"):
        pump.set_reservoir(ml(20), ml(2), days(180.5), days(90))

    port.finish()


@pytest.mark.parametrize("shown", [800_000_000, 800_000_001])
def test_the_clock_is_set(bench: Desk, shown: int) -> None:
    talk = Conversation().connect().say(0x0F, u32(800_000_000), u32(shown))
    pump, port = connected(bench, talk)

    pump.set_clock(800_000_000)

    port.finish()


@pytest.mark.parametrize("shown", [799_999_999, 800_000_002, 0])
def test_a_clock_that_was_not_set_is_found_out(bench: Desk, shown: int) -> None:
    talk = Conversation().connect().say(0x0F, u32(800_000_000), u32(shown))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match=f"shows {shown} s"):
        pump.set_clock(800_000_000)


def test_the_programme_in_force_is_read(bench: Desk) -> None:
    told = in_force(4, 12_500, 50_000, 600, 21_600, 800_000_000)
    pump, _ = connected(bench, Conversation().connect().say(0x18, b"", told))

    assert pump.read_program() == ProgramReading(
        bench.clock.now_ns(),
        PumpMode.PERIODIC,
        rate_nl_per_h=12_500,
        bolus_nl=50_000,
        bolus_duration_s=600,
        period_s=21_600,
        start_clock_s=800_000_000,
    )


def test_a_concentration_is_entered_and_read_back(bench: Desk) -> None:
    talk = Conversation().connect().say(0x1A, u32(2_000_000), u32(77, 2_000_000))
    talk.say(0x05, u32(77), running(1, 1, 50_000))
    talk.say(0x1B, b"", struct.pack(">IQ", 2_000_000, 0))
    pump, port = connected(bench, talk)

    pump.set_concentration(ureg.Quantity(2, "mg/mL"))

    port.finish()


def test_another_concentration_is_never_committed(bench: Desk) -> None:
    talk = Conversation().connect().say(0x1A, u32(2_000_000), u32(77, 2_000))
    pump, port = connected(bench, talk)

    with pytest.raises(LinkViolation, match="nothing was committed"):
        pump.set_concentration(ureg.Quantity(2, "mg/mL"))

    port.finish()


def test_a_concentration_that_was_not_kept_is_found_out(bench: Desk) -> None:
    talk = Conversation().connect().say(0x1A, u32(2_000_000), u32(77, 2_000_000))
    talk.say(0x05, u32(77), running(1, 1, 50_000))
    talk.say(0x1B, b"", struct.pack(">IQ", 500_000, 0))
    pump, _ = connected(bench, talk)

    with pytest.raises(LinkViolation, match="concentration_ng_per_ml=500000"):
        pump.set_concentration(ureg.Quantity(2, "mg/mL"))


def test_a_concentration_is_mass_in_volume(bench: Desk) -> None:
    pump, port = connected(bench, Conversation().connect())

    with pytest.raises(UnitError):
        pump.set_concentration(ureg.Quantity(2, "mL"))

    port.finish()


def test_drug_and_service_are_read(bench: Desk) -> None:
    talk = Conversation().connect()
    talk.say(0x1B, b"", struct.pack(">IQ", 2_000_000, 2**40))
    service = struct.pack(">HIIQQ", 2_590, 800_000_000, 807_776_000, 2**33, 2**40)
    talk.say(0x1C, b"", service)
    pump, _ = connected(bench, talk)

    drug = pump.read_drug()
    assert drug == DrugReading(bench.clock.now_ns(), 2_000_000, 2**40)
    assert pump.read_service() == ServiceReading(
        bench.clock.now_ns(),
        battery_mv=2_590,
        replacement_clock_s=800_000_000,
        end_clock_s=807_776_000,
        tube_used_nl=2**33,
        tube_life_nl=2**40,
    )
