"""The driver of Terumo pumps against frames packed by hand."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import fastcrc
import pytest

from drivers.terumo import Terumo
from drivers.terumo.pump import alarms_of
from harness.clock import NS_PER_S
from harness.errors import InstrumentSilent, LinkViolation, WrongInstrument
from harness.evidence.records import Kind
from harness.ports.replaying.tape import Exchange as Taped
from harness.readings import Alarm, Identity, PumpMode, PumpState
from protocols.terumo.status import TerumoAlarm
from tests.drivers.scripted import ByteByByte, Desk, Exchange, ScriptedPort, desk

DEVICE = "000100700000001201000001"
OTHER = "000100700000001201000002"
WHO = b'\x02<?xml version="1.0"?><REQ><DEVID></DEVID></REQ>8411\x03'
I_AM = (
    b'\x02<?xml version="1.0"?><REP><DEVID>000100700000001201000001</DEVID></REP>'
    b"D38C\x03"
)
SILENT = Exchange(lambda data: b"")


def frame(device: str, command: bytes, tag: str = "REP") -> bytes:
    text = base64.b64encode(command).decode()
    cmd = f"<CMD>{text}</CMD>" if command else ""
    xml = f'<?xml version="1.0"?><{tag}><DEVID>{device}</DEVID>{cmd}</{tag}>'.encode()
    return b"\x02" + xml + b"%04X\x03" % fastcrc.crc16.xmodem(xml)


def status(
    sequence: int, *, state: int = 1, alarms: int = 0, rate: int = 250,
    delivered: int = 123, result: int = 0, device: str = DEVICE,
) -> bytes:  # fmt: skip
    head = struct.pack(">BBHB", sequence, 1, 0, result)
    first = struct.pack(">HB2x", 0x0102, state) + alarms.to_bytes(3, "big")
    counts = b"".join(v.to_bytes(3, "big") for v in (rate, delivered, 0xEEEEEE, 0))
    data = first + bytes((1, 0, 6)) + counts + bytes(6)
    return frame(device, head + data)


def asks(sequence: int) -> bytes:
    return frame(DEVICE, struct.pack(">BBH", sequence, 1, 0), "REQ")


Made = tuple[Terumo, Desk, ScriptedPort]
Make = Callable[..., Made]


@pytest.fixture(params=[ScriptedPort, ByteByByte])
def pump_on(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    with desk(tmp_path) as bench:

        def made(*script: Exchange) -> Made:
            who = Exchange(WHO, (I_AM,))
            port = request.param(bench.clock, [who, *script])
            pump = Terumo("pump", bench.tap("pump", port), bench.clock, bench.recorder)
            pump.connect()
            return pump, bench, port

        yield made


def test_a_status_is_exact_in_nanolitres(pump_on: Make) -> None:
    pump, bench, port = pump_on(Exchange(asks(1), (status(1),)))
    reading = pump.read_status()
    assert (reading.mode, reading.state) == (PumpMode.CONTINUOUS, PumpState.DELIVERING)
    assert (reading.rate_nl_per_h, reading.delivered_nl) == (2_500_000, 1_230_000)
    assert reading.alarms == Alarm.NONE
    assert (reading.uptime_ms, reading.reservoir_nl, reading.battery_mv) == (None,) * 3
    assert reading.t_ns == bench.clock.now_ns()
    port.finish()


def test_who_it_is_is_its_device_id_and_software(pump_on: Make) -> None:
    pump, _, port = pump_on(Exchange(WHO, (I_AM,)), Exchange(asks(1), (status(1),)))
    assert pump.read_identity() == Identity("TERUFUSION TE", DEVICE, "0102")
    port.finish()


@pytest.mark.parametrize(
    ("state", "mode"),
    [
        (0, PumpMode.STOPPED),
        (1, PumpMode.CONTINUOUS),
        (2, PumpMode.STOPPED),
        (3, PumpMode.PRIMING),
        (4, PumpMode.BOLUS),
        (5, PumpMode.BOLUS),
    ],
)
def test_states(pump_on: Make, state: int, mode: PumpMode) -> None:
    pump, _, _ = pump_on(Exchange(asks(1), (status(1, state=state),)))
    reading = pump.read_status()
    assert reading.mode is mode
    assert (reading.rate_nl_per_h == 0) is (mode is PumpMode.STOPPED)


def test_an_occlusion_has_stopped_it(pump_on: Make) -> None:
    pump, _, _ = pump_on(Exchange(asks(1), (status(1, state=0, alarms=8),)))
    reading = pump.read_status()
    assert (reading.state, reading.alarms) == (PumpState.OCCLUDED, Alarm.OCCLUSION)


@pytest.mark.parametrize(
    ("bits", "alarms"),
    [
        (1 << 8, Alarm.LOW_RESERVOIR),
        (1 << 19, Alarm.LOW_BATTERY),
        (1 << 13, Alarm.RESET),
        (1 << 20, Alarm.STOPPED_TOO_LONG),
        (1 << 4, Alarm.UNRECOGNISED),
        (1 << 14, Alarm.UNRECOGNISED),
        (1 << 3 | 1 << 5, Alarm.OCCLUSION | Alarm.UNRECOGNISED),
    ],
)
def test_alarms_have_names_or_are_unrecognised(bits: int, alarms: Alarm) -> None:
    assert alarms_of(TerumoAlarm(bits)) == alarms


def test_alarms_are_journalled_by_the_pumps_own_names_where_they_change(
    pump_on: Make,
) -> None:
    pump, bench, _ = pump_on(
        Exchange(asks(1), (status(1, alarms=1 << 4 | 1 << 14),)),
        Exchange(asks(2), (status(2, alarms=1 << 4 | 1 << 14),)),
        Exchange(asks(3), (status(3),)),
    )
    for _ in range(3):
        pump.read_status()
    first, second = bench.records(Kind.ALARM)
    assert first.fields["raised"] == ["SYRINGE", "0x004000"]
    assert second.fields["cleared"] == ["SYRINGE", "0x004000"]
    assert second.fields["active"] == []


def test_the_volume_counts_on_where_it_was_cleared(pump_on: Make) -> None:
    pump, bench, _ = pump_on(
        Exchange(asks(1), (status(1, delivered=500),)),
        Exchange(asks(2), (status(2, delivered=20),)),
        Exchange(asks(3), (status(3, delivered=30),)),
    )
    told = [pump.read_status().delivered_nl for _ in range(3)]
    assert told == [5_000_000, 5_200_000, 5_300_000]
    notes = [str(record.fields["text"]) for record in bench.records(Kind.NOTE)]
    assert any("was cleared at the pump" in note for note in notes)


def test_a_lost_answer_is_asked_for_again_and_its_late_tail_never_counts(
    pump_on: Make,
) -> None:
    late = status(1, delivered=999)
    pump, bench, port = pump_on(
        Exchange(asks(1), (late[:-40], b"")),
        Exchange(asks(2), (late[-40:], late, status(2))),
    )
    assert pump.read_status().delivered_nl == 1_230_000
    assert bench.count()[Kind.RETRY] == 1
    assert bench.count()[Kind.REJECTION] >= 2
    port.finish()


def test_a_damaged_answer_never_counts(pump_on: Make) -> None:
    broken = status(1).replace(b"REP", b"REQ")
    pump, _, port = pump_on(*(Exchange(asks(n), (broken,)) for n in range(1, 7)))
    with pytest.raises(InstrumentSilent, match="did not answer STATUS"):
        pump.read_status()
    port.finish()


def test_it_is_asked_again_after_silence_and_damage(pump_on: Make) -> None:
    broken = status(1).replace(b"REP", b"REQ")
    pump, bench, port = pump_on(
        *(Exchange(asks(n), (broken,)) for n in (1, 2, 3)),
        *(SILENT, SILENT),
        Exchange(asks(6), (status(6),)),
    )
    assert pump.read_status().delivered_nl == 1_230_000
    assert bench.count()[Kind.RETRY] == 5
    port.finish()


def test_a_pump_that_falls_silent_is_given_up(pump_on: Make) -> None:
    pump, bench, port = pump_on(*3 * (SILENT,))
    began_ns = bench.clock.now_ns()
    with pytest.raises(InstrumentSilent, match="did not answer STATUS"):
        pump.read_status()
    assert bench.clock.now_ns() - began_ns < 4 * NS_PER_S
    port.finish()


def test_an_echo_is_no_answer(pump_on: Make) -> None:
    pump, _, _ = pump_on(Exchange(asks(1), (asks(1), status(1))))
    assert pump.read_status().delivered_nl == 1_230_000


def test_a_port_where_nobody_is_is_given_up_within_a_second(tmp_path: Path) -> None:
    with desk(tmp_path) as bench:
        port = ScriptedPort(bench.clock, [SILENT, SILENT])
        pump = Terumo("pump", bench.tap("pump", port), bench.clock, bench.recorder)
        began_ns = bench.clock.now_ns()
        with pytest.raises(InstrumentSilent, match="did not answer DEVID"):
            pump.connect()
        assert bench.clock.now_ns() - began_ns < NS_PER_S


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (status(1, result=12), LinkViolation, "it declines, INVALID"),
        (status(1, state=9), LinkViolation, "is no operating status"),
        (frame(DEVICE, b"\x01\x01\0\0\0"), LinkViolation, "is no operating status"),
        (status(1, device=OTHER), WrongInstrument, f"the pump {OTHER} answers"),
    ],
)
def test_answers_that_are_none(
    pump_on: Make, answer: bytes, error: type[Exception], said: str
) -> None:
    pump, _, _ = pump_on(Exchange(asks(1), (answer,)))
    with pytest.raises(error, match=re.escape(said)):
        pump.read_status()


def test_its_safe_state_is_nobodys_business_but_a_persons(pump_on: Make) -> None:
    pump, _, port = pump_on()
    assert pump.set_safe() == "only observed"
    port.finish()


def test_it_takes_up_what_another_driver_has_led(pump_on: Make) -> None:
    pump, _, _ = pump_on(Exchange(asks(8), (status(8, delivered=20),)))
    sent, received = asks(7), status(7, delivered=500, alarms=8)
    pump.take_up(
        [Taped(1, "pump", 0, sent, 1, received), Taped(2, "x", 0, b"", 1, b"")]
    )
    assert pump.read_status().delivered_nl == 5_200_000
