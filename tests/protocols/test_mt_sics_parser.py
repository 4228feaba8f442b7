"""MT-SICS reply lines: vectors typed by hand from the published grammar."""

import random
from decimal import Decimal

import fastcrc
import pytest

from protocols.errors import RemoteProtocolError
from protocols.mt_sics.checksum import crc16
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import (
    Fault,
    FaultSource,
    GeneralError,
    GeneralErrorKind,
    Malformed,
    MalformedReason,
    Refusal,
    RefusalReason,
    TextReply,
    Weight,
    WeightStatus,
    Zeroed,
)

STABLE = b"S S     14.256 g\r\n"

WEIGHTS = [
    (STABLE, "S", WeightStatus.STABLE, "14.256", "g"),
    (b"S D     -0.001 g\r\n", "S", WeightStatus.DYNAMIC, "-0.001", "g"),
    (b"S S     -0.000 g\r\n", "S", WeightStatus.STABLE, "-0.000", "g"),
    (b"S S 1234567890 mg\r\n", "S", WeightStatus.STABLE, "1234567890", "mg"),
    (b"S S -1234.5678 kg\r\n", "S", WeightStatus.STABLE, "-1234.5678", "kg"),
    (b"S D     14.25  g\r\n", "S", WeightStatus.DYNAMIC, "14.25", "g"),
    (b"S M      0.010 g\r\n", "S", WeightStatus.STABLE_BELOW_MINIMUM, "0.010", "g"),
    (b"S N      0.010 g\r\n", "S", WeightStatus.DYNAMIC_BELOW_MINIMUM, "0.010", "g"),
    (b"S S         12 pcs\r\n", "S", WeightStatus.STABLE, "12", "pcs"),
    (b"S S      12.50 %\r\n", "S", WeightStatus.STABLE, "12.50", "%"),
    (b"S S     14.256 \xb5g\r\n", "S", WeightStatus.STABLE, "14.256", "µg"),
    (b"S S     14.256 \xc2\xb5g\r\n", "S", WeightStatus.STABLE, "14.256", "µg"),
    (b"T S    100.000 g\r\n", "T", WeightStatus.STABLE, "100.000", "g"),
    (b"TI D    100.000 g\r\n", "TI", WeightStatus.DYNAMIC, "100.000", "g"),
    (b"TC S    100.000 g\r\n", "TC", WeightStatus.STABLE, "100.000", "g"),
    (b"TA A     100.00 g\r\n", "TA", WeightStatus.STORED_TARE, "100.00", "g"),
    (b"SIC1 S   12325.00 g E603\r\n", "SIC1", WeightStatus.STABLE, "12325.00", "g"),
    (b"SIC2 S 12325.0012 g C7C9\r\n", "SIC2", WeightStatus.STABLE, "12325.0012", "g"),
]


@pytest.mark.parametrize(("line", "identifier", "status", "value", "unit"), WEIGHTS)
def test_weight(
    line: bytes, identifier: str, status: WeightStatus, value: str, unit: str
) -> None:
    weight = parse(line)

    assert isinstance(weight, Weight)
    assert (weight.id, weight.status, weight.unit) == (identifier, status, unit)
    assert len(weight.text) == 10
    assert weight.text.encode() in line
    assert str(weight.value) == value
    assert weight.decimals == len(value.partition(".")[2])
    assert weight.units == Decimal(value).scaleb(weight.decimals)
    assert weight.raw == line


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"S I\r\n", Refusal("S", RefusalReason.NOT_NOW, b"S I\r\n")),
        (b"S L\r\n", Refusal("S", RefusalReason.BAD_PARAMETER, b"S L\r\n")),
        (b"S +\r\n", Refusal("S", RefusalReason.OVERLOAD, b"S +\r\n")),
        (b"T -\r\n", Refusal("T", RefusalReason.UNDERLOAD, b"T -\r\n")),
        (b"SIC1 I\r\n", Refusal("SIC1", RefusalReason.NOT_NOW, b"SIC1 I\r\n")),
        (b"ES\r\n", GeneralError(GeneralErrorKind.SYNTAX, b"ES\r\n")),
        (b"ET\r\n", GeneralError(GeneralErrorKind.TRANSMISSION, b"ET\r\n")),
        (b"EL\r\n", GeneralError(GeneralErrorKind.LOGICAL, b"EL\r\n")),
        (b"ZI S\r\n", Zeroed("ZI", WeightStatus.STABLE, b"ZI S\r\n")),
        (b"ZC D\r\n", Zeroed("ZC", WeightStatus.DYNAMIC, b"ZC D\r\n")),
        (b"Z A\r\n", TextReply("Z", False, (), b"Z A\r\n")),
        (b"C B\r\n", TextReply("C", True, (), b"C B\r\n")),
        (b'I0 B 0 "I1"\r\n', TextReply("I0", True, ("0", "I1"), b'I0 B 0 "I1"\r\n')),
        (b'I4 A "B1 2"\r\n', TextReply("I4", False, ("B1 2",), b'I4 A "B1 2"\r\n')),
        (
            b'I10 A "a \\"b\\" \\c" 7 ""\r\n',
            TextReply(
                "I10", False, ('a "b" \\c', "7", ""), b'I10 A "a \\"b\\" \\c" 7 ""\r\n'
            ),
        ),
        (
            b"S S   Error 1b\r\n",
            Fault("S", 1, FaultSource.ELECTRONICS, b"S S   Error 1b\r\n"),
        ),
        (
            b"S S  Error 15t\r\n",
            Fault("S", 15, FaultSource.TERMINAL, b"S S  Error 15t\r\n"),
        ),
    ],
)
def test_other_replies(line: bytes, reply: object) -> None:
    assert parse(line) == reply


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\r\n",
        b"2.345 g\r\n",
        b"45 g\r\n",
        b"14.256 g\r\n",
        b"S S 14.256 g\r\n",  # field of 6
        b"S S    14.256 g\r\n",  # field of 9
        b"S S      14.256 g\r\n",  # field of 11
        b"S S     14.25 g\r\n",  # one digit lost
        b"S S            5 g\r\n",  # digits begin after the field
        b"S S    14.25   g\r\n",  # two trailing blanks
        b"S S 14.256     g\r\n",  # left-aligned
        b"S S    - 4.256 g\r\n",
        b"S S    1-4.256 g\r\n",
        b"S S    +14.256 g\r\n",
        b"S S    014.256 g\r\n",
        b"S S    14.2.56 g\r\n",
        b"S S       .256 g\r\n",
        b"S S        14. g\r\n",
        b"S S     14,256 g\r\n",
        b"S S     14.256\r\n",
        b"S S     14.256 \r\n",
        b"S S     14.256 g \r\n",
        b"S S     14.256 toolong\r\n",
        b"S S     14.256 g\n",
        b"S S     14.256 g\r\r\n",
        b"S S     14.256 g\r\n\r\n",
        b" S S     14.256 g\r\n",
        b"s s     14.256 g\r\n",
        b"S  S    14.256 g\r\n",
        b"S A     14.256 g\r\n",
        b"SI S     14.256 g\r\n",  # a reply never begins with SI
        b"T D     14.256 g\r\n",
        b"TI M    14.256 g\r\n",
        b"S S     \xd9\xa14.256 g\r\n",
        b"S S     \xb24.256 g\r\n",
        b"S S   Error 1x\r\n",
        b"S S  Error 1b\r\n",
        b"S S    Error 1b\r\n",
        b"S S   Error 0b\r\n",
        b"S D   Error 1b\r\n",
        b"ZI A1\r\n",
        b"Z S\r\n",
        b'I4 A "B1\r\n',
        b'I4 A "B1\\"\r\n',
        b'I4 A  "B1"\r\n',
        b'I4 A "\xe4"\r\n',
        b'I4 A "a\tb"\r\n',
        b'I4 X "B1"\r\n',
        b"I4 A " + b"x" * 122 + b"\r\n",  # 129 bytes
        b"ES \r\n",
        b"EX\r\n",
        b"SIC1 S   12325.00 g\r\n",
        b"SIC1 S  12325.00 g E603\r\n",
        b"SIC1 S   12325.00 g e603\r\n",
    ],
)
def test_anything_else_is_malformed(line: bytes) -> None:
    assert parse(line) == Malformed(MalformedReason.GRAMMAR, line)


@pytest.mark.parametrize("line", [weight[0] for weight in WEIGHTS])
def test_no_part_of_a_weight_is_a_weight(line: bytes) -> None:
    # A tail keeps its terminator; a head is what a timeout leaves.
    parts = [line[:cut] for cut in range(len(line))]
    parts += [line[cut:] for cut in range(1, len(line))]
    assert not [part for part in parts if isinstance(parse(part), Weight | Fault)]


@pytest.mark.parametrize("lost", range(len(STABLE)))
def test_one_lost_byte_is_no_weight(lost: int) -> None:
    damaged = STABLE[:lost] + STABLE[lost + 1 :]

    assert not isinstance(parse(damaged), Weight)


def test_a_line_broken_off_and_begun_again_has_no_mass() -> None:
    for cut in range(1, len(STABLE)):
        for start in range(len(STABLE)):
            glued = STABLE[:cut] + STABLE[start:]
            reply = parse(glued)
            if glued != STABLE and isinstance(reply, Weight):
                # The grammar leaves units open, so only the mass can object.
                with pytest.raises(RemoteProtocolError, match="no metric mass"):
                    reply.mass_ng()


def test_check_value_is_the_catalogue_crc() -> None:
    assert crc16(b"123456789") == 0x29B1
    text = b"SIC1 D     -0.500 g "
    assert crc16(text) == fastcrc.crc16.ibm_3740(text)


def test_checked_weight_with_the_extra_a() -> None:
    text = b"SIC1 A S   12325.00 g "
    line = text + b"%04X\r\n" % fastcrc.crc16.ibm_3740(text)

    reply = parse(line)

    assert reply == Weight("SIC1", WeightStatus.STABLE, "  12325.00", "g", line)


def test_wrong_check_value_shows_both() -> None:
    line = b"SIC1 S   12326.00 g E603\r\n"

    assert parse(line) == Malformed(
        MalformedReason.CHECKSUM,
        line,
        expected_crc=fastcrc.crc16.ibm_3740(line[:-6]),
        received_crc=0xE603,
    )


def test_every_flipped_bit_of_a_checked_weight_is_found() -> None:
    line = b"SIC2 S 12325.0012 g C7C9\r\n"
    for bit in range(8 * len(line)):
        damaged = bytearray(line)
        damaged[bit // 8] ^= 1 << bit % 8
        assert not isinstance(parse(bytes(damaged)), Weight), bytes(damaged)


@pytest.mark.parametrize(
    ("line", "mass_ng"),
    [
        (STABLE, 14_256_000_000),
        (b"S S    -0.0001 g\r\n", -100_000),
        (b"S S     14.25  g\r\n", 14_250_000_000),
        (b"S S         15 kg\r\n", 15_000_000_000_000),
        (b"S S      0.001 mg\r\n", 1_000),
        (b"S S      1.500 ug\r\n", 1_500),
        (b"S S        1.5 \xb5g\r\n", 1_500),
        (b"S S 12345678.9 g\r\n", 12_345_678_900_000_000),
        (b"S S 0.12345678 g\r\n", 123_456_780),
    ],
)
def test_mass_is_exact(line: bytes, mass_ng: int) -> None:
    weight = parse(line)

    assert isinstance(weight, Weight)
    assert weight.mass_ng() == mass_ng


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"S S         12 pcs\r\n", "'pcs', which is no metric mass"),
        (b"S S      1.000 oz\r\n", "'oz', which is no metric mass"),
        (b"S S      1.000 G\r\n", "'G', which is no metric mass"),
        (b"S S     1.5000 ug\r\n", "finer than 1 ng"),
    ],
)
def test_other_units_have_no_mass(line: bytes, message: str) -> None:
    weight = parse(line)

    assert isinstance(weight, Weight)
    with pytest.raises(RemoteProtocolError, match=message):
        weight.mass_ng()


def test_fault_meaning() -> None:
    assert Fault("S", 10, FaultSource.ELECTRONICS, b"").meaning == "EEPROM"
    assert Fault("S", 4, FaultSource.ELECTRONICS, b"").meaning == "unknown"


def test_random_lines_are_never_a_weight() -> None:
    source = random.Random(20_261)
    alphabet = b"SDTIA 0123456789.-g"
    for _ in range(20_000):
        line = bytes(source.choices(alphabet, k=source.randrange(24))) + b"\r\n"
        assert not isinstance(parse(line), Weight), line
