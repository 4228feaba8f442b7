"""The control port's lines, against lines typed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.bench_commands import (
    BeginCase,
    Charge,
    Command,
    Done,
    EmptyVessel,
    Failed,
    FillPocket,
    FillReservoir,
    LetTimePass,
    LoadSyringe,
    Now,
    Pressure,
    PutSyringe,
    PutWeight,
    ReadCharge,
    ReadGauge,
    ReadIdentity,
    ReadSensors,
    ReadTime,
    RenewUnit,
    Reply,
    RigIdentity,
    Sensed,
    SetAmbient,
    SetClamp,
    SetHeight,
    SetMagnet,
    SetPower,
    SetPressure,
    SetSupply,
    SetTemperature,
    SetTubeLeft,
    SoundReference,
    StartByHand,
    StopByHand,
    TakeSyringe,
    TakeWeight,
    UpsetMemory,
    WithdrawReservoir,
)
from protocols.bench_control import (
    MAX_INTEGER,
    MAX_LINE_BYTES,
    encode_command,
    encode_reply,
    parse_command,
    parse_reply,
)
from protocols.errors import LocalProtocolError, RemoteProtocolError

COMMANDS: list[tuple[Command, bytes]] = [
    (ReadIdentity(), b"ID\r\n"),
    (ReadTime(), b"NOW\r\n"),
    (LetTimePass(1_767_225_600_000_000_000), b"UNTIL 1767225600000000000\r\n"),
    (BeginCase("PUMP-ACC-001/100ug"), b"CASE PUMP-ACC-001/100ug\r\n"),
    (SetClamp(closed=True), b"CLAMP CLOSED\r\n"),
    (SetClamp(closed=False), b"CLAMP OPEN\r\n"),
    (SetMagnet(present=True), b"MAGNET ON\r\n"),
    (SetMagnet(present=False), b"MAGNET OFF\r\n"),
    (FillReservoir(40_000_000), b"FILL 40000000\r\n"),
    (LoadSyringe(20_000_000), b"LOAD 20000000\r\n"),
    (StartByHand(1_500_000), b"START 1500000\r\n"),
    (StopByHand(), b"STOP\r\n"),
    (PutSyringe(36_000_000), b"SYRINGE 36000000\r\n"),
    (PutSyringe(0), b"SYRINGE 0\r\n"),
    (TakeSyringe(), b"SYRINGE OFF\r\n"),
    (PutWeight(20_000_000_000), b"WEIGHT 20000000000\r\n"),
    (TakeWeight(), b"WEIGHT OFF\r\n"),
    (WithdrawReservoir(), b"WITHDRAW\r\n"),
    (EmptyVessel(), b"EMPTY\r\n"),
    (SetPower(on=True), b"POWER ON\r\n"),
    (SetPower(on=False), b"POWER OFF\r\n"),
    (SetSupply(2_900), b"SUPPLY 2900\r\n"),
    (SetPressure(13_332), b"PRESSURE 13332\r\n"),
    (SetPressure(-13_332), b"PRESSURE -13332\r\n"),
    (ReadGauge(), b"GAUGE\r\n"),
    (ReadCharge(), b"CHARGE\r\n"),
    (ReadSensors(), b"SENSORS\r\n"),
    (SetHeight(500), b"HEIGHT 500\r\n"),
    (SetHeight(-500), b"HEIGHT -500\r\n"),
    (SetTemperature(310_150), b"TEMPERATURE 310150\r\n"),
    (SetAmbient(70_000), b"ALTITUDE 70000\r\n"),
    (FillPocket(2_000_000), b"POCKET 2000000\r\n"),
    (UpsetMemory(lost=False), b"UPSET MENDED\r\n"),
    (UpsetMemory(lost=True), b"UPSET LOST\r\n"),
    (SetTubeLeft(0), b"TUBE 0\r\n"),
    (SoundReference(), b"BEEP\r\n"),
    (RenewUnit(), b"RENEW\r\n"),
]
REPLIES: list[tuple[Reply, bytes]] = [
    (Done(), b"OK\r\n"),
    (Now(0), b"NOW 0\r\n"),
    (Pressure(13_700), b"PRESSURE 13700\r\n"),
    (Pressure(-7), b"PRESSURE -7\r\n"),
    (Charge(0), b"CHARGE 0\r\n"),
    (Charge(835_200), b"CHARGE 835200\r\n"),
    (
        Sensed(True, False, 2_900, 310_150, 101_325, 40_000_000),
        b"SENSED SHUT AWAY 0000002900 0000310150 0000101325 0040000000\r\n",
    ),
    (
        Sensed(False, True, 0, 1, 0, 10**10 - 1),
        b"SENSED OPEN NEAR 0000000000 0000000001 0000000000 9999999999\r\n",
    ),
    (RigIdentity("R7", "1.2"), b"ID DOSEBENCH-RIG R7 1.2\r\n"),
    (Failed("the reservoir is full"), b"ERR the reservoir is full\r\n"),
]
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


@pytest.mark.parametrize(("command", "line"), COMMANDS)
def test_commands_are_the_documented_lines(command: Command, line: bytes) -> None:
    assert encode_command(command) == line
    assert parse_command(line) == command


@pytest.mark.parametrize(("reply", "line"), REPLIES)
def test_replies_are_the_documented_lines(reply: Reply, line: bytes) -> None:
    assert encode_reply(reply) == line
    assert parse_reply(line) == reply


@given(st.integers(0, MAX_INTEGER))
def test_numbers_survive(number: int) -> None:
    for command in (LetTimePass(number), FillReservoir(number)):
        assert parse_command(encode_command(command)) == command
    assert parse_reply(encode_reply(Now(number))) == Now(number)


@given(st.integers(-MAX_INTEGER, MAX_INTEGER))
def test_pressures_survive_on_either_side_of_the_atmosphere(pressure_pa: int) -> None:
    command, reply = SetPressure(pressure_pa), Pressure(pressure_pa)
    assert parse_command(encode_command(command)) == command
    assert parse_reply(encode_reply(reply)) == reply


@given(
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 10**10 - 1), min_size=4, max_size=4),
)
def test_every_answer_of_the_sensors_takes_as_long(
    closed: bool, present: bool, numbers: list[int]
) -> None:
    reply = Sensed(closed, present, *numbers)
    line = encode_reply(reply)
    assert len(line) == len(encode_reply(Sensed(False, False, 0, 0, 0, 0)))
    assert parse_reply(line) == reply


@pytest.mark.parametrize("number", [-1, 10**10])
def test_what_a_sensor_cannot_show_is_our_own_fault(number: int) -> None:
    with pytest.raises(LocalProtocolError, match="ten digits"):
        encode_reply(Sensed(False, False, 0, 0, 0, number))


@given(WORDS.filter(lambda word: len(word) <= 100))
def test_case_ids_survive(case_id: str) -> None:
    command = BeginCase(case_id)
    assert parse_command(encode_command(command)) == command


@pytest.mark.parametrize(
    "line",
    [
        b"NOW\n",
        b"NOW",
        b"now\r\n",
        b" NOW\r\n",
        b"NOW \r\n",
        b"NOW 1\r\n",
        b"CLAMP  OPEN\r\n",
        b"CLAMP\r\n",
        b"CLAMP AJAR\r\n",
        b"FILL\r\n",
        b"FILL -1\r\n",
        b"PRESSURE -0\r\n",
        b"PRESSURE --1\r\n",
        b"PRESSURE +1\r\n",
        b"PRESSURE -9223372036854775808\r\n",
        b"SYRINGE\r\n",
        b"SYRINGE -1\r\n",
        b"SYRINGE ON\r\n",
        b"SUPPLY -1\r\n",
        b"POWER\r\n",
        b"UPSET\r\n",
        b"GAUGE 1\r\n",
        b"FILL 01\r\n",
        b"FILL 1e6\r\n",
        b"FILL 9223372036854775808\r\n",
        b"UNTIL 12 13\r\n",
        b"CASE a b\r\n",
        b"CASE \xe9\r\n",
        b"CASE " + b"x" * 101 + b"\r\n",
        b"\r\n",
        b"",
    ],
)
def test_anything_else_is_no_command(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_command(line)


@pytest.mark.parametrize(
    "line",
    [
        b"PRESSURE\r\n",
        b"PRESSURE 1.5\r\n",
        b"OK \r\n",
        b"OK",
        b"ERR\r\n",
        b"NOW\r\n",
        b"NOW -1\r\n",
        b"ID R7 1.2\r\n",
        b"SENSED AJAR AWAY 0000000000 0000000000 0000000000 0000000000\r\n",
        b"SENSED OPEN FAR 0000000000 0000000000 0000000000 0000000000\r\n",
        b"SENSED OPEN AWAY 0000000000 0000000000 0000000000\r\n",
        b"SENSED OPEN AWAY 0000000000 0000000000 0000000000 0\r\n",
        b"SENSED OPEN AWAY 0000000000 0000000000 0000000000 -000000001\r\n",
        b"",
    ],
)
def test_anything_else_is_no_reply(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_reply(line)


@given(st.binary(max_size=200))
def test_random_lines_are_refused_or_mean_what_they_say(line: bytes) -> None:
    try:
        command = parse_command(line)
    except RemoteProtocolError:
        return
    assert encode_command(command) == line


@given(st.text())
def test_an_error_message_never_fails_itself(text: str) -> None:
    line = encode_reply(Failed(text))
    assert len(line) <= MAX_LINE_BYTES
    assert isinstance(parse_reply(line), Failed)


@pytest.mark.parametrize(
    "command",
    [
        FillReservoir(-1),
        LetTimePass(2**63),
        SetTubeLeft(-1),
        SetPressure(-(2**63)),
        BeginCase(""),
        BeginCase("a b"),
    ],
)
def test_what_does_not_fit_a_line_is_our_own_fault(command: Command) -> None:
    with pytest.raises(LocalProtocolError):
        encode_command(command)
