"""MT-SICS reply lines as a twin builds them."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import LocalProtocolError
from protocols.mt_sics import builders
from protocols.mt_sics.grammar import Quoted
from protocols.mt_sics.parser import parse
from protocols.mt_sics.replies import (
    FaultSource,
    GeneralErrorKind,
    RefusalReason,
    TextReply,
    Weight,
    WeightStatus,
)

STABLE, DYNAMIC = WeightStatus.STABLE, WeightStatus.DYNAMIC
ELECTRONICS = FaultSource.ELECTRONICS


@pytest.mark.parametrize(
    ("built", "line"),
    [
        (builders.weight_line("S", STABLE, 14_256, 3), b"S S     14.256 g\r\n"),
        (builders.weight_line("S", DYNAMIC, -1, 4), b"S D    -0.0001 g\r\n"),
        (builders.weight_line("S", STABLE, 0, 0, "pcs"), b"S S          0 pcs\r\n"),
        (
            builders.weight_line("S", STABLE, 1425, 2, fine=False),
            b"S S     14.25  g\r\n",
        ),
        (builders.weight_line("S", STABLE, 5, 1, "µg"), b"S S        0.5 \xb5g\r\n"),
        (
            builders.weight_line("TA", WeightStatus.STORED_TARE, 10_000, 2),
            b"TA A     100.00 g\r\n",
        ),
        (
            builders.checked_weight_line("SIC1", STABLE, 1_232_500, 2),
            b"SIC1 S   12325.00 g E603\r\n",
        ),
        (
            builders.checked_weight_line("SIC2", STABLE, 123_250_012, 4),
            b"SIC2 S 12325.0012 g C7C9\r\n",
        ),
        (builders.zeroed_line("ZI", DYNAMIC), b"ZI D\r\n"),
        (builders.text_line("Z"), b"Z A\r\n"),
        (builders.text_line("C", more_follow=True), b"C B\r\n"),
        (builders.text_line("I4", Quoted('B"1')), b'I4 A "B\\"1"\r\n'),
        (builders.text_line("UPD", "18.3", 2), b"UPD A 18.3 2\r\n"),
        (builders.refusal_line("S", RefusalReason.NOT_NOW), b"S I\r\n"),
        (builders.fault_line(1, ELECTRONICS), b"S S   Error 1b\r\n"),
        (builders.fault_line(15, FaultSource.TERMINAL), b"S S  Error 15t\r\n"),
        (builders.general_error_line(GeneralErrorKind.SYNTAX), b"ES\r\n"),
    ],
)
def test_golden_lines(built: bytes, line: bytes) -> None:
    assert built == line


def test_command_list() -> None:
    assert builders.command_list_lines([(0, "I0"), (0, "@"), (1, "SIC1")]) == [
        b'I0 B 0 "I0"\r\n',
        b'I0 B 0 "@"\r\n',
        b'I0 A 1 "SIC1"\r\n',
    ]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: builders.weight_line("S", STABLE, 10**10, 0), "does not fit 10"),
        (lambda: builders.weight_line("S", STABLE, -(10**8), 3), "does not fit 10"),
        (lambda: builders.weight_line("S", STABLE, 1, 9), "does not fit 10"),
        (
            lambda: builders.weight_line("S", STABLE, 10**8, 3, fine=False),
            "does not fit 10",
        ),
        (lambda: builders.weight_line("S", STABLE, 1, 3, ""), "does not fit 10"),
        (lambda: builders.weight_line("S", STABLE, 1, 3, "a b"), "does not fit 10"),
        (lambda: builders.weight_line("S", STABLE, 1, -1), "-1 decimals"),
        (lambda: builders.weight_line("SI", STABLE, 1, 3), "no weight reply 'SI S'"),
        (lambda: builders.weight_line("T", DYNAMIC, 1, 3), "no weight reply 'T D'"),
        (
            lambda: builders.checked_weight_line("S", STABLE, 1, 3),
            "no weight reply 'S S' with a check value",
        ),
        (lambda: builders.zeroed_line("Z", STABLE), "no reply"),
        (lambda: builders.text_line("i4"), "no reply"),
        (lambda: builders.text_line("µ"), "not printable ASCII"),
        (lambda: builders.text_line("I4", Quoted("x" * 130)), "fit 128"),
        (lambda: builders.refusal_line("", RefusalReason.NOT_NOW), "no reply"),
        (lambda: builders.fault_line(0, ELECTRONICS), "no reply"),
        (lambda: builders.fault_line(100, ELECTRONICS), "no reply"),
    ],
)
def test_what_the_grammar_forbids(build: Callable[[], bytes], message: str) -> None:
    with pytest.raises(LocalProtocolError, match=message):
        build()


@given(
    units=st.integers(-(10**7) + 1, 10**8 - 1),
    decimals=st.integers(0, 6),
    status=st.sampled_from([STABLE, DYNAMIC]),
    unit=st.sampled_from(["g", "mg", "kg", "µg", "pcs", "%"]),
    fine=st.booleans(),
)
def test_weight_round_trip(
    units: int, decimals: int, status: WeightStatus, unit: str, *, fine: bool
) -> None:
    line = builders.weight_line("S", status, units, decimals, unit, fine=fine)

    weight = parse(line)

    assert isinstance(weight, Weight)
    assert (weight.status, weight.unit) == (status, unit)
    assert (weight.units, weight.decimals) == (units, decimals)
    assert weight.value == Decimal(units).scaleb(-decimals)


@given(
    units=st.integers(-(10**8) + 1, 10**9 - 1),
    decimals=st.integers(0, 7),
    identifier=st.sampled_from(["SIC1", "SIC2"]),
)
def test_checked_weight_round_trip(units: int, decimals: int, identifier: str) -> None:
    line = builders.checked_weight_line(identifier, DYNAMIC, units, decimals)

    weight = parse(line)

    assert isinstance(weight, Weight)
    assert (weight.id, weight.units, weight.decimals) == (identifier, units, decimals)


@given(
    texts=st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=18).filter(
            lambda text: not text.endswith("\\")
        ),
        max_size=3,
    ),
    more_follow=st.booleans(),
)
def test_text_round_trip(texts: list[str], *, more_follow: bool) -> None:
    line = builders.text_line("I14", *map(Quoted, texts), more_follow=more_follow)

    assert parse(line) == TextReply("I14", more_follow, tuple(texts), line)
