"""Requests, replies and their numbers, against texts typed by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.new_era import figures
from protocols.new_era.decoder import ReplyDecoder
from protocols.new_era.frames import basic_reply, safe_frame
from protocols.new_era.probe import PROBE
from protocols.new_era.reader import Found as Frame
from protocols.new_era.reader import Reason, Rejection
from protocols.new_era.replies import (
    Alarmed,
    Answer,
    Dispensed,
    Refused,
    Reply,
    Version,
    parse_diameter_um,
    parse_direction,
    parse_dispensed,
    parse_rate_nl_per_h,
    parse_reply,
    parse_version,
    parse_volume_nl,
    parse_volume_unit,
)
from protocols.new_era.requests import Request, address_of, parse_request
from protocols.new_era.vocabulary import (
    AlarmCode,
    Command,
    Direction,
    Mode,
    Refusal,
    Status,
    VolumeUnit,
)
from protocols.probe import Found

digits = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.", max_size=30)
addresses = st.integers(0, 99)
answers = st.builds(Answer, addresses, st.sampled_from(Status), digits)
refusals = st.builds(
    Refused, addresses, st.sampled_from(Status), st.sampled_from(Refusal)
)
alarms = st.builds(Alarmed, addresses, st.sampled_from(AlarmCode) | st.just("Q"))


@given(answers | refusals | alarms)
def test_every_reply_round_trips(reply: Reply) -> None:
    assert parse_reply(reply.to_data()) == reply


@given(st.binary(max_size=60))
def test_no_bytes_are_a_reply_that_was_not_sent(data: bytes) -> None:
    try:
        reply = parse_reply(data)
    except RemoteProtocolError:
        return
    assert reply.to_data() == data


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("00S", Answer(0, Status.STOPPED)),
        ("07I", Answer(7, Status.INFUSING)),
        ("00A?R", Alarmed(0, AlarmCode.RESET)),
        ("00A?S", Alarmed(0, AlarmCode.STALLED)),
        ("00A?T", Alarmed(0, AlarmCode.SAFE_MODE_TIMEOUT)),
        ("00A?E", Alarmed(0, AlarmCode.PROGRAM_ERROR)),
        ("00A?O", Alarmed(0, AlarmCode.PHASE_OUT_OF_RANGE)),
        ("00A?Q", Alarmed(0, "Q")),
        ("00S?", Refused(0, Status.STOPPED, Refusal.UNKNOWN)),
        ("00I?NA", Refused(0, Status.INFUSING, Refusal.NOT_NOW)),
        ("00S?OOR", Refused(0, Status.STOPPED, Refusal.OUT_OF_RANGE)),
        ("00S?COM", Refused(0, Status.STOPPED, Refusal.BAD_FRAME)),
        ("00S?IGN", Refused(0, Status.STOPPED, Refusal.IGNORED)),
        ("00SNE1000V3.923", Answer(0, Status.STOPPED, "NE1000V3.923")),
    ],
)
def test_the_replies_of_the_manual(text: str, reply: Reply) -> None:
    assert parse_reply(text.encode("ascii")) == reply


@pytest.mark.parametrize(
    "text",
    [
        *("", "0S", "00", "00B", "00A", "00A?", "00A?1", "00A?SS", "00S?XX", "00S?NA1"),
        *("00s", "00S 1.0", "00S\n", "0OS", "\u0660\u0660S", "00S" + "1" * 100),
    ],
)
def test_what_is_no_reply(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_reply(text.encode("utf-8"))


@given(addresses, st.sampled_from([Command.RATE, Command.VOLUME, Command.RUN]), digits)
def test_requests_round_trip(address: int, command: Command, argument: str) -> None:
    request = Request(address, command, argument)
    assert parse_request(request.to_data()) == request


@given(st.binary(max_size=40))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    assert 0 <= address_of(data) <= 99
    try:
        parse_request(data)
    except RemoteProtocolError:
        return


@pytest.mark.parametrize(
    ("data", "request_"),
    [
        (b"0SAF0", Request(0, Command.SAFE_MODE, "0")),
        (b"SAF0", Request(0, Command.SAFE_MODE, "0")),
        (b"0", Request(0, Command.STATUS)),
        (b"", Request(0, Command.STATUS)),
        (b"12RAT1200MH", Request(12, Command.RATE, "1200MH")),
        (b" 0 rat\t12.5 uh", Request(0, Command.RATE, "12.5UH")),
        (b"0VOLUL", Request(0, Command.VOLUME, "UL")),
        (b"0CLDINF", Request(0, Command.CLEAR_DISPENSED, "INF")),
    ],
)
def test_requests_as_hosts_send_them(data: bytes, request_: Request) -> None:
    assert parse_request(data) == request_


@pytest.mark.parametrize("data", [b"0XYZ", b"0RA", b"123RUN", b"0RAT-1", b"0RAT\xb2"])
def test_what_is_no_request(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_request(data)


@pytest.mark.parametrize(
    "request_",
    [
        Request(100, Command.RUN),
        Request(-1, Command.RUN),
        Request(0, Command.RATE, "1 MH"),
        Request(0, Command.RATE, "-1"),
    ],
)
def test_what_cannot_be_told_to_a_pump(request_: Request) -> None:
    with pytest.raises(LocalProtocolError):
        request_.to_data()


@pytest.mark.parametrize(
    ("thousandths", "text"),
    [
        (0, "0.000"),
        (1, "0.001"),
        (9_999, "9.999"),
        (14_570, "14.57"),
        (100_000, "100.0"),
        (999_900, "999.9"),
        (1_000_000, "1000."),
        (9_999_000, "9999."),
    ],
)
def test_numbers(thousandths: int, text: str) -> None:
    assert figures.written(thousandths) == text
    assert figures.read(text) == thousandths
    assert figures.read(text.rstrip(".")) == thousandths


@given(st.integers(0, 9_999), st.integers(0, 3))
def test_every_number_of_four_digits_round_trips(count: int, decimals: int) -> None:
    thousandths = count * 10 ** (3 - decimals)
    text = figures.written(thousandths)
    assert len(text) == 5
    assert figures.read(text) == thousandths
    assert Decimal(text.rstrip(".")) * 1000 == thousandths


@pytest.mark.parametrize("thousandths", [-1, 10_001, 100_010, 10_000_000])
def test_what_four_digits_cannot_carry(thousandths: int) -> None:
    with pytest.raises(LocalProtocolError):
        figures.written(thousandths)


@given(st.fractions(Fraction(1, 1000), 9_999))
def test_rounding_is_to_the_nearest_that_four_digits_carry(value: Fraction) -> None:
    thousandths = figures.nearest(value)
    figures.written(thousandths)
    error = abs(Fraction(thousandths, 1000) - value)
    assert error <= max(value / 2000, Fraction(1, 2000))


@pytest.mark.parametrize("value", [Fraction(-1), Fraction(1, 10_000), Fraction(10_000)])
def test_what_cannot_be_rounded_to_four_digits(value: Fraction) -> None:
    with pytest.raises(LocalProtocolError):
        figures.nearest(value)


@pytest.mark.parametrize(
    "text", ["", ".", "12345", "1.2345", "-1", "1,0", "1e3", "1..", "\u0661", "123.45"]
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        figures.read(text)


def test_values_in_whole_nanolitres() -> None:
    assert parse_rate_nl_per_h("83.33UH") == 83_330
    assert parse_rate_nl_per_h("1200.MH") == 1_200_000_000
    assert parse_rate_nl_per_h("1.500UM") == 90_000
    assert parse_rate_nl_per_h("0.010MM") == 600_000
    assert parse_volume_nl("0.500ML") == 500_000
    assert parse_volume_nl("12.34UL") == 12_340
    assert parse_volume_unit("12.34UL") is VolumeUnit.UL
    assert parse_dispensed("I1.000W0.025ML") == Dispensed(1_000_000, 25_000)
    assert parse_dispensed("I999.9W0.000UL") == Dispensed(999_900, 0)
    assert parse_diameter_um("14.57") == 14_570
    assert parse_direction("WDR") is Direction.WITHDRAW
    assert parse_version("NE1000V3.923") == Version("NE1000", "3.923")
    assert parse_version("NE1000XV3.34") == Version("NE1000X", "3.34")


@pytest.mark.parametrize("data", ["", "1.0", "1.0XX", "UH", "1.0uh", "1.0UL", "1.0UHX"])
def test_what_is_no_rate(data: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_rate_nl_per_h(data)


@pytest.mark.parametrize("data", ["", "1.0", "1.0MH", "ML", "I1.0W1.0ML"])
def test_what_is_no_volume(data: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_volume_nl(data)


@pytest.mark.parametrize("data", ["", "I1.0ML", "I1.0W1.0", "I1.0W1.0MH", "I1W12345ML"])
def test_what_is_no_dispensed_volume(data: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_dispensed(data)


@pytest.mark.parametrize("data", ["", "NEV1.0", "1000V3.9", "NE1000", "NE1000V3"])
def test_what_is_no_version(data: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_version(data)


@pytest.mark.parametrize("data", ["", "STK", "inf"])
def test_what_is_no_direction(data: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_direction(data)


def test_the_probe_reads_either_mode_behind_an_alarm() -> None:
    version = b"00SNE1000V3.923"
    found = Found("NE1000", "", "3.923")
    assert PROBE.read((basic_reply(b"00A?R"), basic_reply(version), b"")) == found
    assert PROBE.read((b"", b"", safe_frame(version))) == found
    assert PROBE.read((b"ES\r\n", b"", basic_reply(b"00S"))) is None
    assert PROBE.read((basic_reply(b"00S1.000"), b"\x02", b"")) is None
    assert PROBE.questions[:2] == (b"VER\r", b"VER\r")


def test_a_journal_s_bytes_are_told_as_replies() -> None:
    stream = basic_reply(b"00A?S") + safe_frame(b"00I") + basic_reply(b"0x")
    assert ReplyDecoder().feed(stream + b"\x02\x01") == [
        Alarmed(0, AlarmCode.STALLED),
        Answer(0, Status.INFUSING),
        Frame(b"0x", Mode.BASIC),
        Rejection(Reason.BAD_LENGTH, b"\x02\x01"),
    ]
