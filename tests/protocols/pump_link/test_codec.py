"""Golden payloads packed by hand, and the two ways of decoding against each other."""

import struct
from dataclasses import asdict, fields
from enum import IntEnum
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError
from protocols.pump_link import replies, requests
from protocols.pump_link.codec import (
    PayloadError,
    frame_of,
    layout_of,
    message_of,
    reply_type,
    type_of,
)
from protocols.pump_link.columns import columns_of, number_range
from protocols.pump_link.fields import Rows, ScheduleStep
from protocols.pump_link.frame import Frame
from protocols.pump_link.messages import EXCHANGES, MESSAGE_TYPES, Message
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    BolusDecision,
    Feature,
    FieldId,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
    SelfTestFault,
)

UP = 0x01020304
LOW = AlarmFlag.LOW_RESERVOIR
ALARM_VALUES = (UP, AlarmFlag(0x81), AlarmFlag(0x80), 600, 7200)
ALARM_BYTES = struct.pack(">IIIHH", UP, 0x81, 0x80, 600, 7200)
STEPS = (ScheduleStep(0, 12_500), ScheduleStep(390, 0), ScheduleStep(1_439, 2**32 - 1))
STEP_BYTES = b"\x03" + struct.pack(">HIHIHI", 0, 12_500, 390, 0, 1_439, 2**32 - 1)

GOLDEN: list[tuple[int, Message, bytes]] = [
    (0x01, requests.OpenSession(0xC0FFEE01), struct.pack(">I", 0xC0FFEE01)),
    (0x81, replies.SessionOpened(UP, 5), struct.pack(">II", UP, 5)),
    (0x02, requests.GetIdentity(), b""),
    (
        0x82,
        replies.Identity(
            UP, "ITB-20", "1.0", 77, 1, 20_000_000, 2_000, 10**6, Feature(0b11)
        ),
        struct.pack(">I", UP)
        + b"ITB-20\0\0\0\0\0\0\0\0\0\0"
        + b"1.0\0\0\0\0\0\0\0\0\0"
        + struct.pack(">IBIIII", 77, 1, 20_000_000, 2_000, 10**6, 3),
    ),
    (0x03, requests.GetStatus(), b""),
    (
        0x83,
        replies.Status(
            UP, PumpMode.BOLUS, PumpState.STALLED, 12_500, 2**40, 1, LOW, 2_950
        ),
        struct.pack(">IBBIQIIH", UP, 2, 2, 12_500, 2**40, 1, 1, 2_950),
    ),
    (
        0x04,
        requests.WriteProgram(PumpMode.BOLUS, 12_500, 50_000, 600),
        struct.pack(">BIII", 2, 12_500, 50_000, 600),
    ),
    (
        0x84,
        replies.ProgramStaged(UP, 9, PumpMode.CONTINUOUS, 12_500, 3, 4),
        struct.pack(">IIBIII", UP, 9, 1, 12_500, 3, 4),
    ),
    (0x05, requests.Commit(0xDEADBEEF), b"\xde\xad\xbe\xef"),
    (
        0x85,
        replies.Committed(UP, PumpMode.CONTINUOUS, PumpState.DELIVERING, 7),
        struct.pack(">IBBI", UP, 1, 1, 7),
    ),
    (0x06, requests.Stop(), b""),
    (
        0x86,
        replies.Stopped(UP, PumpMode.STOPPED, PumpState.EMPTY, 7),
        struct.pack(">IBBI", UP, 0, 3, 7),
    ),
    (0x07, requests.GetReservoir(), b""),
    (
        0x87,
        replies.Reservoir(UP, 1, 2, 3, 4, 5, 6),
        struct.pack(">7I", UP, 1, 2, 3, 4, 5, 6),
    ),
    (
        0x08,
        requests.WriteRefill(18_000_000, 2_000_000, 180, 90),
        struct.pack(">IIHH", 18_000_000, 2_000_000, 180, 90),
    ),
    (
        0x88,
        replies.RefillStaged(UP, 9, 18_000_000, 2_000_000, 180, 90),
        struct.pack(">IIIIHH", UP, 9, 18_000_000, 2_000_000, 180, 90),
    ),
    (0x09, requests.GetAlarms(), b""),
    (0x89, replies.Alarms(*ALARM_VALUES), ALARM_BYTES),
    (0x0A, requests.AckAlarms(AlarmFlag.MOTOR_STALL), struct.pack(">I", 4)),
    (0x8A, replies.AlarmsAcknowledged(*ALARM_VALUES), ALARM_BYTES),
    (0x0B, requests.ClearAlarms(AlarmFlag.RESET), struct.pack(">I", 64)),
    (0x8B, replies.AlarmsCleared(*ALARM_VALUES), ALARM_BYTES),
    (0x0C, requests.SetAlarmIntervals(600, 7200), struct.pack(">HH", 600, 7200)),
    (0x8C, replies.AlarmIntervalsSet(*ALARM_VALUES), ALARM_BYTES),
    (0x0D, requests.GetLog(40), struct.pack(">I", 40)),
    (0x8D, replies.LogPage(UP, 40, 40, ()), struct.pack(">IIIB", UP, 40, 40, 0)),
    (
        0x8D,
        replies.LogPage(
            UP,
            42,
            40,
            (
                replies.LogEntry(40, 8, 9, LogEvent.BOLUS_START, 10),
                replies.LogEntry(41, 11, 12, LogEvent.STOPPED, 13),
            ),
        ),
        struct.pack(">IIIB", UP, 42, 40, 2)
        + struct.pack(">IIIBI", 40, 8, 9, 8, 10)
        + struct.pack(">IIIBI", 41, 11, 12, 2, 13),
    ),
    (0x0E, requests.GetClock(), b""),
    (0x8E, replies.Clock(UP, 800_000_000), struct.pack(">II", UP, 800_000_000)),
    (0x0F, requests.SetClock(800_000_000), struct.pack(">I", 800_000_000)),
    (0x8F, replies.ClockSet(UP, 800_000_000), struct.pack(">II", UP, 800_000_000)),
    (0x10, requests.SelfTest(), b""),
    (
        0x90,
        replies.SelfTestResult(UP, SelfTestFault.MOTOR, 0xCBF43926),
        struct.pack(">III", UP, 4, 0xCBF43926),
    ),
    (0x11, requests.WriteScheduleDay(6, STEPS), b"\x06" + STEP_BYTES),
    (0x11, requests.WriteScheduleDay(0, ()), b"\0\0"),
    (
        0x91,
        replies.ScheduleDayStaged(UP, 9, 6, STEPS),
        struct.pack(">IIB", UP, 9, 6) + STEP_BYTES,
    ),
    (
        0x12,
        requests.WritePeriodic(12_500, 50_000, 600, 21_600),
        struct.pack(">IIII", 12_500, 50_000, 600, 21_600),
    ),
    (
        0x92,
        replies.PeriodicStaged(UP, 9, 12_500, 50_000, 600, 21_600),
        struct.pack(">6I", UP, 9, 12_500, 50_000, 600, 21_600),
    ),
    (
        0x13,
        requests.WritePatientBolus(50_000, 600, 4, 7_200),
        struct.pack(">IIBI", 50_000, 600, 4, 7_200),
    ),
    (
        0x93,
        replies.PatientBolusStaged(UP, 9, 50_000, 600, 4, 7_200),
        struct.pack(">IIIIBI", UP, 9, 50_000, 600, 4, 7_200),
    ),
    (0x14, requests.RequestPatientBolus(), b""),
    (
        0x94,
        replies.PatientBolusAnswer(UP, BolusDecision.ALLOTMENT_USED, 4, 61_200),
        struct.pack(">IBBI", UP, 2, 4, 61_200),
    ),
    (
        0x15,
        requests.WritePriming(150_000, 900, 12_500),
        struct.pack(">III", 150_000, 900, 12_500),
    ),
    (
        0x95,
        replies.PrimingStaged(UP, 9, 349_000, 150_000, 900, 12_500),
        struct.pack(">6I", UP, 9, 349_000, 150_000, 900, 12_500),
    ),
    (
        0x16,
        requests.WriteBridge(150_000, 8_000, 12_500),
        struct.pack(">III", 150_000, 8_000, 12_500),
    ),
    (
        0x96,
        replies.BridgeStaged(UP, 9, 349_000, 150_000, 8_000, 12_500),
        struct.pack(">6I", UP, 9, 349_000, 150_000, 8_000, 12_500),
    ),
    (0x17, requests.CommitAt(9, 800_000_000), struct.pack(">II", 9, 800_000_000)),
    (0x97, replies.CommitPending(UP, 800_000_000), struct.pack(">II", UP, 800_000_000)),
    (0x18, requests.GetProgram(), b""),
    (
        0x98,
        replies.Program(UP, PumpMode.PERIODIC, 12_500, 50_000, 600, 21_600, 8),
        struct.pack(">IBIIIII", UP, 4, 12_500, 50_000, 600, 21_600, 8),
    ),
    (0x19, requests.GetScheduleDay(6), b"\x06"),
    (
        0x99,
        replies.ScheduleDay(UP, 6, STEPS),
        struct.pack(">IB", UP, 6) + STEP_BYTES,
    ),
    (0x1A, requests.WriteDrug(2_000_000), struct.pack(">I", 2_000_000)),
    (0x9A, replies.DrugStaged(UP, 9, 2_000_000), struct.pack(">III", UP, 9, 2_000_000)),
    (0x1B, requests.GetDrug(), b""),
    (
        0x9B,
        replies.Drug(UP, 2_000_000, 2**40),
        struct.pack(">IIQ", UP, 2_000_000, 2**40),
    ),
    (0x1C, requests.GetService(), b""),
    (
        0x9C,
        replies.Service(UP, 2_590, 800_000_000, 807_776_000, 2**33, 2**40),
        struct.pack(">IHIIQQ", UP, 2_590, 800_000_000, 807_776_000, 2**33, 2**40),
    ),
    (
        0x40,
        replies.AlarmNotice(UP, LOW, LOW, AlarmFlag(0)),
        struct.pack(">IIII", UP, 1, 1, 0),
    ),
    (0x41, requests.AlarmReceived(65_535), b"\xff\xff"),
    (
        0xFF,
        replies.Nak(UP, 4, NakCode.OUT_OF_RANGE, FieldId.BOLUS_NL, 1, 5_000),
        struct.pack(">IBBBII", UP, 4, 4, 4, 1, 5_000),
    ),
]


@pytest.mark.parametrize(("code", "message", "payload"), GOLDEN)
def test_golden_payload(code: int, message: Message, payload: bytes) -> None:
    assert frame_of(message, 3, 4) == Frame(code, 3, 4, payload)
    assert message_of(Frame(code, 3, 4, payload)) == message


def test_there_is_a_golden_payload_for_every_message() -> None:
    assert {type(message) for _, message, _ in GOLDEN} == set(MESSAGE_TYPES.values())
    assert len(MESSAGE_TYPES) == 2 * len(EXCHANGES) + 3


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_reply_types(exchange: Any) -> None:
    assert type_of(exchange.reply) == type_of(exchange.request) | 0x80
    # The generic parameter that mypy sees must be what the table says.
    assert get_args(exchange.request.__orig_bases__[0]) == (exchange.reply,)


def test_reply_type_of_a_request() -> None:
    assert reply_type(requests.GetStatus()) is replies.Status


def test_every_request_field_can_be_named_by_a_refusal() -> None:
    named = {field.name for exchange in EXCHANGES for field in fields(exchange.request)}
    numbered = {member.name.lower() for member in FieldId}
    assert numbered == named | {"none", "sequence"}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_what_is_staged_comes_back_under_the_names_of_the_request(
    exchange: Any,
) -> None:
    sent = {column.name: column for column in columns_of(exchange.request)}
    echoed = {column.name: column for column in columns_of(exchange.reply)}
    stages = exchange.request.__name__.startswith("Write")
    assert issubclass(exchange.reply, replies.Staged) is stages
    if stages:
        assert all(echoed[name] == column for name, column in sent.items())


def test_an_unknown_alarm_bit_stays_visible() -> None:
    payload = struct.pack(">IIII", 0, 0x8000_0001, 0, 0)
    notice = message_of(Frame(0x40, 0, 1, payload))
    assert isinstance(notice, replies.AlarmNotice)
    assert int(notice.active) == 0x8000_0001
    assert frame_of(notice, 0, 1).payload == payload


def test_an_unknown_state_is_the_peers_error() -> None:
    payload = struct.pack(">IBBIQIIH", 0, 1, 6, 0, 0, 0, 0, 0)
    with pytest.raises(PayloadError, match=r"Status\.state is 6, which is no") as got:
        message_of(Frame(0x83, 0, 1, payload))
    assert got.value.code is NakCode.OUT_OF_RANGE
    assert (got.value.field, got.value.minimum, got.value.maximum) == ("state", 0, 5)


def test_an_unknown_event_in_a_row_is_the_peers_error() -> None:
    payload = struct.pack(">IIIBIIIBI", 0, 1, 0, 1, 0, 0, 0, 99, 0)
    with pytest.raises(PayloadError, match=r"LogEntry\.event is 99") as got:
        message_of(Frame(0x8D, 0, 1, payload))
    assert got.value.field == "entries"


def test_too_many_rows_are_the_peers_error() -> None:
    row = struct.pack(">IIIBI", 0, 0, 0, 1, 0)
    payload = struct.pack(">IIIB", 0, 9, 0, 9) + 9 * row
    with pytest.raises(PayloadError, match="has 9 rows, allowed are 0 to 8"):
        message_of(Frame(0x8D, 0, 1, payload))


def test_a_received_value_below_its_range_is_the_peers_error() -> None:
    with pytest.raises(PayloadError, match="is 0, allowed is 1 to 65535 s") as got:
        message_of(Frame(0x0C, 0, 1, struct.pack(">HH", 600, 0)))
    assert got.value.field == "noncritical_interval_s"
    assert (got.value.minimum, got.value.maximum) == (1, 65_535)


def test_an_unknown_type_is_the_peers_error() -> None:
    with pytest.raises(PayloadError, match="0x7E is unknown") as got:
        message_of(Frame(0x7E, 0, 1, b"\x01"))
    assert got.value.code is NakCode.UNKNOWN_TYPE


@pytest.mark.parametrize(("code", "message", "payload"), GOLDEN)
def test_a_payload_of_another_length_is_the_peers_error(
    code: int, message: Message, payload: bytes
) -> None:
    for wrong in (payload + b"\0", payload[:-1]):
        if wrong != payload:
            with pytest.raises(PayloadError, match=type(message).__name__) as got:
                message_of(Frame(code, 0, 1, wrong))
            assert got.value.code is NakCode.BAD_LENGTH


@pytest.mark.parametrize("raw", [b"A\x1bB", b"\xb5L", b"A\0B", b"A\nB"])
def test_text_that_is_not_printable_ascii_is_the_peers_error(raw: bytes) -> None:
    golden = next(payload for code, _, payload in GOLDEN if code == 0x82)
    payload = golden[:4] + raw.ljust(16, b"\0") + golden[20:]
    with pytest.raises(PayloadError, match=r"Identity\.model"):
        message_of(Frame(0x82, 0, 1, payload))


def program(rate: Any = 1, mode: Any = PumpMode.CONTINUOUS) -> requests.WriteProgram:
    return requests.WriteProgram(mode, rate, 0, 0)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (program(2**32), r"rate_nl_per_h is 4294967296, allowed is 0 to 4294967295 nL"),
        (program(-1), r"WriteProgram\.rate_nl_per_h is -1"),
        (program(1.5), r"rate_nl_per_h is 1\.5, .* whole numbers"),
        (program(mode=1), r"mode is 1, which is no PumpMode"),
        (requests.SetAlarmIntervals(0, 1), "critical_interval_s is 0, .* 1 to 65535 s"),
        (replies.LogPage(0, 0, 0, (None,) * 9), "entries has 9 rows"),  # type: ignore[arg-type]
        (
            requests.WriteScheduleDay(0, (ScheduleStep(1_440, 0),)),
            r"ScheduleStep\.minute is 1440, allowed is 0 to 1439 min",
        ),
        (requests.WriteScheduleDay(7, ()), r"day is 7, allowed is 0 to 6"),
        (
            requests.WriteScheduleDay(0, 14 * (ScheduleStep(0, 0),)),
            "steps has 14 rows, allowed are 0 to 13",
        ),
        (
            replies.Identity(0, "ITB µ", "", 1, 1, 0, 0, 0, Feature(0)),
            "model is 'ITB µ', allowed is printable ASCII of at most 16 characters",
        ),
        (
            replies.Identity(0, "", "x" * 13, 1, 1, 0, 0, 0, Feature(0)),
            "firmware is .* at most 12",
        ),
    ],
)
def test_a_value_that_cannot_be_sent_is_our_error(message: Message, named: str) -> None:
    with pytest.raises(LocalProtocolError, match=named):
        frame_of(message, 0, 1)


def column_values(column: Any) -> st.SearchStrategy[Any]:
    spec, kind = column.spec, column.python_type
    if isinstance(spec, Rows):
        row = st.builds(spec.row, *map(column_values, columns_of(spec.row)))
        return st.lists(row, max_size=spec.maximum).map(tuple)
    if kind is str:
        printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
        return st.text(printable, max_size=spec.wire.length)
    if issubclass(kind, IntEnum):
        return st.sampled_from(list(kind))
    return st.integers(*number_range(column)).map(kind)


messages = st.sampled_from(list(MESSAGE_TYPES.values())).flatmap(
    lambda declared: st.builds(declared, *map(column_values, columns_of(declared)))
)


def plain(value: Any) -> Any:
    """Reduce Construct's containers and our messages to the same plain values."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if name != "_io"}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.rstrip(b"\0").decode("ascii") if isinstance(value, bytes) else value


@settings(max_examples=300)
@given(messages, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF))
def test_round_trip(message: Message, sequence: int, serial: int) -> None:
    frame = frame_of(message, sequence, serial)
    assert (frame.sequence, frame.serial) == (sequence, serial)
    assert len(frame.payload) <= 240
    assert message_of(frame) == message


@settings(max_examples=300)
@given(messages)
def test_construct_and_struct_agree(message: Message) -> None:
    payload = frame_of(message, 0, 1).payload
    parsed = layout_of(type(message)).parse(payload)
    assert plain(parsed) == plain(asdict(message))
    assert layout_of(type(message)).build(parsed) == payload


@given(st.integers(0, 0xFF), st.binary(max_size=240))
def test_any_payload_gives_a_message_or_the_peers_error(
    code: int, payload: bytes
) -> None:
    frame = Frame(code, 0, 1, payload)
    try:
        message = message_of(frame)
    except PayloadError:
        return
    assert frame_of(message, 0, 1) == frame
