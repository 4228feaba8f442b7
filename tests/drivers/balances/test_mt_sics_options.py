"""What the driver makes of the commands that only some balances list in I0."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import fastcrc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.balances.mt_sics import MtSicsBalance
from harness.clock import NS_PER_MS, NS_PER_S
from harness.errors import InstrumentFault, InstrumentRestarted, InstrumentSilent
from harness.evidence.records import Kind
from tests.drivers.scripted import Desk, Exchange, ScriptedPort, desk

SERIAL = b'I4 A "B000000001"\r\n'
MODEL = b'I2 A "DB225 220.00000 g"\r\n'
ZERO = b"S S    0.00000 g\r\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def ask(sent: bytes, *answer: bytes) -> Exchange:
    return Exchange(sent + b"\r\n", answer)


def checked(value: bytes, status: bytes = b"S") -> bytes:
    """Return a SIC1 line with the check value of an independent library."""
    text = b"SIC1 %s %s g " % (status, value.rjust(10))
    return text + b"%04X\r\n" % fastcrc.crc16.ibm_3740(text)


def connecting(*settings: Exchange, weight: Exchange | None = None) -> list[Exchange]:
    offered = [each.sent.rstrip() for each in settings if isinstance(each.sent, bytes)]
    question = weight or ask(b"SI", ZERO)
    assert isinstance(question.sent, bytes)
    words = {b"@", b"SI", *offered, question.sent.rstrip()}
    lines = [b'I0 B 0 "%s"\r\n' % word for word in sorted(words)]
    return [
        ask(b"@", SERIAL),
        ask(b"I0", *lines, b'I0 A 0 "Z"\r\n'),
        *settings,
        question,
    ]


def connected(
    bench: Desk, script: list[Exchange], *more: Exchange
) -> tuple[MtSicsBalance, ScriptedPort]:
    port = ScriptedPort(bench.clock, [*script, *more])
    tap = bench.tap("balance", port)
    balance = MtSicsBalance("balance", tap, bench.clock, bench.recorder)
    balance.connect()
    return balance, port


def test_units_rate_and_time_limit_are_read_back_and_journalled(bench: Desk) -> None:
    units = (b"M21 B 0 0\r\n", b"M21 B 1 3\r\n", b"M21 A 2 0\r\n")
    _, port = connected(
        bench,
        connecting(
            ask(b"UPD", b"UPD A 18.3\r\n"),
            ask(b"M21", *units),
            ask(b"M67", b"M67 A 40\r\n"),
        ),
    )

    port.finish()
    assert [record.fields["text"] for record in bench.records(Kind.NOTE)] == [
        "balance: UPDATE_RATE UPD = 18.3",
        "balance: UNIT M21 = 0 0; 1 3; 2 0",
        "balance: STABILITY_TIMEOUT M67 = 40",
    ]


def test_zero_waits_as_long_as_the_balance_does_and_a_margin(bench: Desk) -> None:
    limit = ask(b"M67", b"M67 A 10\r\n")
    balance, _ = connected(bench, connecting(limit), ask(b"Z"), ask(b"I2"), ask(b"I2"))
    began_ns = bench.clock.now_ns()

    with pytest.raises(InstrumentSilent, match="did not answer Z"):
        balance.set_zero()

    waited_ns = bench.clock.now_ns() - began_ns
    assert 15 * NS_PER_S <= waited_ns < 18 * NS_PER_S


def test_a_time_limit_that_is_no_number_is_a_fault(bench: Desk) -> None:
    with pytest.raises(InstrumentFault, match="whole number"):
        connected(bench, connecting(ask(b"M67", b"M67 A long\r\n")))


def test_a_weight_with_check_value_is_preferred(bench: Desk) -> None:
    balance, port = connected(
        bench,
        connecting(weight=ask(b"SIC1", checked(b"0.00000"))),
        ask(b"SIC1", checked(b"-14.25600", b"D")),
    )

    reading = balance.read_weight()

    assert (reading.mass_ng, reading.stable) == (-14_256_000_000, False)
    port.finish()


def test_a_wrong_check_value_is_rejected_and_asked_for_again(bench: Desk) -> None:
    damaged = checked(b"14.25600").replace(b"14.2", b"15.2")
    balance, port = connected(
        bench,
        connecting(weight=ask(b"SIC1", checked(b"0.00000"))),
        ask(b"SIC1", damaged),
        ask(b"I2", MODEL),
        ask(b"SIC1", checked(b"14.25600")),
    )
    began_ns = bench.clock.now_ns()

    assert balance.read_weight().mass_ng == 14_256_000_000

    port.finish()
    assert bench.clock.now_ns() - began_ns < 300 * NS_PER_MS
    assert [r.fields["raw"] for r in bench.records(Kind.REJECTION)] == [damaged.hex()]
    assert bench.count()[Kind.RETRY] == 1


def test_check_values_that_stay_wrong_are_a_fault(bench: Desk) -> None:
    damaged = checked(b"14.25600").replace(b"14.2", b"15.2")
    again = [ask(b"SIC1", damaged), ask(b"I2", MODEL)]
    balance, _ = connected(
        bench,
        connecting(weight=ask(b"SIC1", checked(b"0.00000"))),
        *again,
        *again,
        ask(b"SIC1", damaged),
    )

    with pytest.raises(InstrumentFault, match="check value is wrong; check its cable"):
        balance.read_weight()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"S S   Error 3b\r\n", "fault 3"),
        (b"SIC1 +\r\n", "overload"),
        (b"S +\r\n", "overload"),
        (b"S -\r\n", "underload"),
        (b"S I\r\n", "not now"),
    ],
)
def test_no_weight_with_check_value_is_a_fault(
    bench: Desk, answer: bytes, says: str
) -> None:
    script = connecting(weight=ask(b"SIC1", checked(b"0.00000")))
    balance, _ = connected(bench, script, ask(b"SIC1", answer))

    with pytest.raises(InstrumentFault, match=says):
        balance.read_weight()


def test_without_check_value_is_no_answer_where_one_was_asked_for(bench: Desk) -> None:
    balance, port = connected(
        bench,
        connecting(weight=ask(b"SIC1", checked(b"0.00000"))),
        ask(b"SIC1", b"S S   14.25600 g\r\n"),
        ask(b"I2", MODEL),
        ask(b"SIC1", checked(b"14.00000")),
    )

    assert balance.read_weight().mass_ng == 14_000_000_000
    port.finish()


@pytest.mark.parametrize(
    ("after_min", "told_min", "restarted"),
    [(600, 700, False), (600, 699, False), (600, 599, True), (600, 0, True)],
)
def test_an_uptime_that_is_too_short_is_a_restart(
    bench: Desk, after_min: int, told_min: int, restarted: bool
) -> None:
    balance, _ = connected(
        bench,
        connecting(ask(b"I15", b"I15 A 100\r\n")),
        ask(b"I15", b"I15 A %d\r\n" % told_min),
        ask(b"I15", b"I15 A %d\r\n" % told_min),
    )
    bench.clock.advance_to(bench.clock.now_ns() + after_min * 60 * NS_PER_S)

    if restarted:
        with pytest.raises(InstrumentRestarted, match="min only: it has restarted"):
            balance.read_settings()
    balance.read_settings()  # told once


_OLD = b"S S   99.99999 g\r\n"
_FRESH = b"S D   14.25600 g\r\n"


@settings(max_examples=50)
@given(
    st.integers(1, len(_OLD) - 1), st.lists(st.integers(1, len(_FRESH) - 1), max_size=5)
)
def test_the_tail_of_an_old_line_is_never_a_weight(
    tmp_path_factory: pytest.TempPathFactory, cut: int, cuts: list[int]
) -> None:
    edges = sorted({0, len(_FRESH), *cuts})
    pieces = [_FRESH[a:b] for a, b in pairwise(edges)]
    with desk(tmp_path_factory.mktemp("desk")) as bench:
        balance, port = connected(bench, connecting(), ask(b"SI", _OLD[cut:], *pieces))
        assert balance.read_weight().mass_ng == 14_256_000_000
        port.finish()
        assert [r.fields["raw"] for r in bench.records(Kind.REJECTION)] == [
            _OLD[cut:].hex()
        ]
