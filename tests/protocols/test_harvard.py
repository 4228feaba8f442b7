"""The prompt protocol against answers typed by hand from its description."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError, RemoteProtocolError
from protocols.harvard import (
    LEGATO_PROBE,
    MAX_ANSWER_BYTES,
    PHD_PROBE,
    AnswerReader,
    Malformed,
    Prompt,
    Reply,
    Status,
    encode,
    parse,
    parse_diameter,
    parse_rate,
    parse_status,
    parse_version,
    parse_volume,
    set_diameter,
    set_rate,
    set_target,
)
from protocols.probe import Found, Probe

PROMPTS = [":", ">", "<", "*", "T*", ">*", "<*"]


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("address", ["", "00", "07"])
def test_every_prompt_is_known_with_and_without_an_address(
    prompt: str, address: str
) -> None:
    raw = f"\nline 1\r\nline 2\r\n{address}{prompt}\x11".encode()
    found = parse(raw)
    number = int(address) if address else None
    assert found == Reply(Prompt(prompt), ("line 1", "line 2"), number, raw)
    bare = f"\n{address}{prompt}\x11".encode()
    assert parse(bare) == Reply(Prompt(prompt), (), number, bare)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b":",
        b"\x11",
        b"\n::\x11",
        b"\n250 ul/hr\r\n\x11",
        b"\n250 ul/hr:\x11",
        b"\n7:\x11",
        b"\n:\x11\x11",
        b"\n\x01\r\n:\x11",
        b"\n\xb5l\r\n:\x11",
        b"\nT>\x11",
        b"44444 3 999000000 i...I\r\n:\x11",
    ],
)
def test_what_has_no_prompt_at_its_end_is_no_answer(raw: bytes) -> None:
    assert isinstance(parse(raw), Malformed)


@given(
    st.lists(
        st.tuples(
            st.lists(st.text(" !abz019:", min_size=1, max_size=9), max_size=3),
            st.sampled_from(PROMPTS),
        ),
        max_size=5,
    ),
    st.integers(1, 7),
)
def test_answers_survive_every_chunking(
    answers: list[tuple[list[str], str]], cut: int
) -> None:
    data = b"".join(
        ("".join(f"\n{line}\r\n" for line in lines) + f"\n{prompt}\x11").encode()
        for lines, prompt in answers
    )
    reader = AnswerReader()
    found: list[Reply | Malformed] = []
    for begin in range(0, len(data), cut):
        found += reader.feed(data[begin : begin + cut])
    assert [
        (list(each.lines), each.prompt) for each in found if isinstance(each, Reply)
    ] == answers


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_noise_raises_nothing_and_is_not_kept(chunks: list[bytes]) -> None:
    reader = AnswerReader()
    for chunk in chunks:
        reader.feed(chunk)
    assert len(reader.reset()) <= MAX_ANSWER_BYTES


@given(st.text(max_size=60))
def test_the_line_parsers_raise_only_their_own_error(line: str) -> None:
    for read in (
        parse_status,
        parse_rate,
        parse_volume,
        parse_diameter,
        parse_version,
    ):
        try:
            read(line)
        except RemoteProtocolError:
            continue


def test_a_status_counts_in_femtolitres() -> None:
    # 2.5 mL/h is 694 444 444.4 fL/s; 1.25 mL is 1.25e12 fL.
    found = parse_status("694444444 1800 1250000000999 i.S.I")
    assert found == Status(
        rate_fl_per_s=694_444_444,
        time_s=1_800,
        volume_fl=1_250_000_000_999,
        is_withdrawing=False,
        is_at_infuse_limit=False,
        is_stalled=True,
        is_triggered=False,
    )
    assert (found.rate_nl_per_h, found.volume_nl) == (2_500_000, 1_250_000)
    other = parse_status("0 0 0 wW.TW")
    assert (other.is_withdrawing, other.is_triggered) == (True, True)
    assert not other.is_at_infuse_limit
    assert parse_status("0 0 0 iI..I").is_at_infuse_limit


@pytest.mark.parametrize(
    "line",
    [
        "694444444 1800 1250000000 i...",
        "694444444 1800 1250000000 i...II",
        "-1 0 0 i...I",
        "1.5 0 0 i...I",
        "1 0 0 x...I",
        "1 0 i...I",
        "250 ul/hr",
        "",
    ],
)
def test_half_a_status_is_none(line: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_status(line)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("250 ul/hr", 250_000),
        ("4.1667 ul/min", Decimal("250002")),
        ("1.5 ml/hr", 1_500_000),
        ("1000 nl/sec", 3_600_000),
        ("500 pl/hr", Decimal("0.5")),
    ],
)
def test_rates_are_read_in_every_unit(line: str, value: Decimal) -> None:
    assert parse_rate(line).value == value


@pytest.mark.parametrize("line", ["250", "250 ul", "ul/hr", "1,5 ul/hr", "-2 ul/hr"])
def test_a_rate_without_number_or_unit_is_none(line: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_rate(line)


def test_a_reading_agrees_as_far_as_it_has_digits() -> None:
    assert parse_volume("1 ml").agrees(1_000_000)
    assert parse_rate("8571.4 ul/hr").agrees(8_571_429)
    assert not parse_rate("8571.5 ul/hr").agrees(8_571_429)
    assert not parse_rate("9 ml/hr").agrees(8_571_429)
    assert not parse_rate("8.571 ul/hr").agrees(8_571_429)
    assert parse_diameter("14.57 mm").agrees(14_570)
    assert not parse_diameter("14.58 mm").agrees(14_570)


def test_commands_are_spelt_exactly() -> None:
    assert encode("status") == b"status\r"
    assert encode("stp", 7) == b"7:stp\r"
    assert set_rate(1_234_567) == "irate 1234.567 ul/hr"
    assert set_rate(100_000) == "irate 100 ul/hr"
    assert set_target(1) == "tvolume 0.001 ul"
    assert set_diameter(14_570) == "diameter 14.57"


@given(st.integers(1, 10**11))
def test_what_is_set_is_what_a_reader_of_the_number_understands(count: int) -> None:
    number = set_rate(count).split(" ")[1]
    assert Decimal(number) * 1_000 == count


@pytest.mark.parametrize(("command", "address"), [("s\rx", 0), ("µ", 0), ("s", 100)])
def test_what_the_line_cannot_carry_is_our_mistake(command: str, address: int) -> None:
    with pytest.raises(LocalProtocolError):
        encode(command, address)


@pytest.mark.parametrize(
    ("answer", "probe", "found"),
    [
        (
            b"\n:\nPHD ULTRA 3.0.4\r\n:",
            PHD_PROBE,
            Found("PHD ULTRA", firmware="3.0.4"),
        ),
        (b"\nPHD ULTRA 3.0.4\r\n:\x11", LEGATO_PROBE, None),
        (
            b"\nKDS LEGATO 100 v1.2\r\n:",
            LEGATO_PROBE,
            Found("KDS LEGATO 100", firmware="1.2"),
        ),
        (b"\nKDS LEGATO 100 v1.2\r\n:", PHD_PROBE, None),
        (b"\x0200S?\x03", PHD_PROBE, None),
        (b"ES\r\n", PHD_PROBE, None),
        (b"", LEGATO_PROBE, None),
    ],
)
def test_a_probe_knows_its_family(
    answer: bytes, probe: Probe, found: Found | None
) -> None:
    assert probe.questions == (b"\rversion\r",)
    assert probe.read((answer,)) == found
