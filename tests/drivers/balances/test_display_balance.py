"""Four makers' drivers against scripts typed by hand from their tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.balances.and_balance import AndBalance
from drivers.balances.display_balance import DisplayBalance
from drivers.balances.ohaus import OhausBalance
from drivers.balances.radwag import RadwagBalance
from drivers.balances.sartorius import SartoriusBalance
from harness.clock import NS_PER_MS, NS_PER_S
from harness.errors import InstrumentFault, InstrumentSilent
from harness.evidence.records import Kind
from harness.readings import Identity, WeightReading
from harness.roles import Balance, WeighingSettings
from tests.drivers.scripted import ByteByByte, Desk, Exchange, ScriptedPort, desk


@dataclass(frozen=True)
class Maker:
    """What a maker's balance is sent, and its lines, typed by hand."""

    driver: type[DisplayBalance]
    ask: bytes
    zero: bytes
    ask_serial: bytes
    serial: bytes
    still: bytes
    """-0.00012 g, stable."""
    moving: bytes
    """14.25600 g, not stable."""
    nothing: bytes
    """0.00000 g, stable."""
    other_unit: bytes
    coarser: bytes
    over: bytes
    under: bytes
    piece: bytes
    """The end of a weight; it would pass as a number."""
    identity: tuple[Exchange, ...]
    who: Identity


SBI = Maker(
    SartoriusBalance,
    b"\x1bP\r\n",
    b"\x1bV\r\n",
    b"\x1bx2_\r\n",
    b"29906913\r\n",
    b"-  0.00012 g  \r\n",
    b"+ 14.25600    \r\n",
    b"   0.00000 g  \r\n",
    b"-  0.00012 mg \r\n",
    b"-   0.0001 g  \r\n",
    b"     High     \r\n",
    b"     Low      \r\n",
    b"2.345 g  \r\n",
    (
        Exchange(b"\x1bx1_\r\n", (b"MSE225S-000-DA\r\n",)),
        Exchange(b"\x1bx3_\r\n", (b"00-37-09\r\n",)),
    ),
    Identity("MSE225S-000-DA", "29906913", "00-37-09"),
)
AND = Maker(
    AndBalance,
    b"SI\r\n",
    b"Z\r\n",
    b"?SN\r\n",
    b"T0123456\r\n",
    b"ST,-00.00012  g\r\n",
    b"US,+14.25600  g\r\n",
    b"ST,+00.00000  g\r\n",
    b"ST,-00.00012 mg\r\n",
    b"ST,-000.0001  g\r\n",
    b"OL,+9999999E+19\r\n",
    b"OL,-9999999E+19\r\n",
    b"2.345  g\r\n",
    (Exchange(b"?TN\r\n", (b"GX-124A\r\n",)),),
    Identity("GX-124A", "T0123456", ""),
)
OHAUS = Maker(
    OhausBalance,
    b"IP\r\n",
    b"Z\r\n",
    b"PSN\r\n",
    b"B123456789\r\n",
    b"   -0.00012 g     \r\n",
    b"   14.25600 g    ?\r\n",
    b"    0.00000 g     \r\n",
    b"   -0.00012 mg    \r\n",
    b"    -0.0001 g     \r\n",
    b"Err 8.3\r\n",
    b"Err 8.4\r\n",
    b" 2.345 g     \r\n",
    (
        Exchange(b"PV\r\n", (b"Sr 1.10\r\nBase 1.05\r\n",)),
        Exchange(b"PSN\r\n", (b"B123456789\r\n",)),
    ),
    Identity("Ohaus", "B123456789", "Sr 1.10"),
)
RADWAG = Maker(
    RadwagBalance,
    b"SI\r\n",
    b"Z\r\n",
    b"NB\r\n",
    b'NB A "123456"\r\n',
    b"SI    -  0.00012 g  \r\n",
    b"SI  ?   14.25600 g  \r\n",
    b"SI       0.00000 g  \r\n",
    b"SI    -  0.00012 mg \r\n",
    b"SI    -   0.0001 g  \r\n",
    b"SI  ^  220.00000 g  \r\n",
    b"SI  v -  4.00000 g  \r\n",
    b"2.345 g  \r\n",
    (),
    Identity("Radwag", "123456", ""),
)
CONFIRMED = (SBI, AND, OHAUS)
"""Where only reading shows that the balance has zeroed."""
MAKERS = (*CONFIRMED, RADWAG)
by_driver = pytest.mark.parametrize(
    "maker", MAKERS, ids=lambda maker: maker.driver.__name__
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def serial(maker: Maker, *before: bytes) -> Exchange:
    return Exchange(maker.ask_serial, (*before, maker.serial))


def weighing(maker: Maker, *lines: bytes) -> list[Exchange]:
    """Weights that are asked for and confirmed."""
    each = ((Exchange(maker.ask, (line,)), serial(maker)) for line in lines)
    return list(chain.from_iterable(each))


def connected(
    bench: Desk,
    maker: Maker,
    *more: Exchange,
    line: Callable[..., ScriptedPort] = ScriptedPort,
) -> tuple[DisplayBalance, ScriptedPort]:
    script = [serial(maker), *weighing(maker, maker.nothing), *more]
    port = line(bench.clock, script)
    balance = maker.driver(
        "balance", bench.tap("balance", port), bench.clock, bench.recorder
    )
    balance.connect()
    return balance, port


@by_driver
@pytest.mark.parametrize("line", [ScriptedPort, ByteByByte])
def test_weights_are_exact_and_have_the_time_of_their_last_byte(
    bench: Desk, maker: Maker, line: type[ScriptedPort]
) -> None:
    weights = weighing(maker, maker.still, maker.moving)
    balance, port = connected(bench, maker, *weights, line=line)
    assert isinstance(balance, Balance)
    assert not isinstance(balance, WeighingSettings)
    assert balance.readability_ng == 10_000
    first = balance.read_weight()
    exchange = bench.records(Kind.EXCHANGE)[-2]
    assert first == WeightReading(exchange.t_ns, -120_000, stable=True)
    second = balance.read_weight()
    assert (second.mass_ng, second.stable) == (14_256_000_000, False)
    port.finish()
    assert not bench.records(Kind.RETRY)
    assert not bench.records(Kind.REJECTION)


@by_driver
def test_who_it_is(bench: Desk, maker: Maker) -> None:
    balance, port = connected(bench, maker, *maker.identity, serial(maker))
    assert balance.read_identity() == maker.who
    assert balance.set_safe() == "only weighs"
    balance.close()
    assert port.closed
    port.finish()


@by_driver
@pytest.mark.parametrize(
    ("line", "said"),
    [("over", "overload: take load off"), ("under", "underload: put pan")],
)
def test_overload_and_underload_are_told_apart(
    bench: Desk, maker: Maker, line: str, said: str
) -> None:
    sent = {"over": maker.over, "under": maker.under}[line]
    balance, _ = connected(bench, maker, *weighing(maker, sent))
    with pytest.raises(InstrumentFault, match=said):
        balance.read_weight()


@by_driver
@pytest.mark.parametrize("line", ["other_unit", "coarser"])
def test_another_unit_or_digit_that_stays_is_refused(
    bench: Desk, maker: Maker, line: str
) -> None:
    sent = {"other_unit": maker.other_unit, "coarser": maker.coarser}[line]
    again = [Exchange(maker.ask, (sent,))] * 3
    balance, port = started(bench, maker, *again)
    with pytest.raises(InstrumentFault, match="5 decimals when it was connected"):
        balance.read_weight()
    port.finish()


@by_driver
def test_a_unit_that_was_damaged_on_the_way_is_asked_again(
    bench: Desk, maker: Maker
) -> None:
    damaged = maker.still.replace(b"g", b"w")
    again = [Exchange(maker.ask, (each,)) for each in (damaged, maker.still)]
    balance, port = started(bench, maker, *again)
    assert balance.read_weight().mass_ng == -120_000
    (rejected,) = bench.records(Kind.REJECTION)
    assert rejected.fields["raw"] == damaged.hex()
    port.finish()


@by_driver
def test_a_unit_that_is_no_mass_is_refused_at_once(bench: Desk, maker: Maker) -> None:
    percent = maker.nothing.replace(b"g", b"%")
    script = [serial(maker), *weighing(maker, percent)]
    port = ScriptedPort(bench.clock, script)
    tap = bench.tap("balance", port)
    balance = maker.driver("balance", tap, bench.clock, bench.recorder)
    with pytest.raises(InstrumentFault, match="no metric mass"):
        balance.connect()


class Silent(ScriptedPort):
    """Swallows everything from now on."""

    def write(self, data: bytes) -> None:
        self.clock.advance_to(self.clock.now_ns() + 5 * NS_PER_MS)


@by_driver
def test_a_balance_that_does_not_answer_is_silent(bench: Desk, maker: Maker) -> None:
    tap = bench.tap("balance", Silent(bench.clock, []))
    balance = maker.driver("balance", tap, bench.clock, bench.recorder)
    with pytest.raises(InstrumentSilent, match="check that it is on"):
        balance.connect()


class AnswersSerial(ScriptedPort):
    """Answers the question for the serial number beside the script."""

    serial = (b"", b"")

    def write(self, data: bytes) -> None:
        if data == self.serial[0]:
            self.incoming.append(self.serial[1])
        else:
            super().write(data)


class Deaf(AnswersSerial):
    """Cannot tell what is waiting, or the bytes are still on their way."""

    def has_waiting(self) -> bool:
        return False


def started(
    bench: Desk,
    maker: Maker,
    *script: Exchange,
    line: type[AnswersSerial] = AnswersSerial,
) -> tuple[DisplayBalance, ScriptedPort]:
    """A line on which only weights and commands stand in the script."""
    first = Exchange(maker.ask, (maker.nothing,))
    port = line(bench.clock, [first, *script])
    port.serial = (maker.ask_serial, maker.serial)
    tap = bench.tap("balance", port)
    balance = maker.driver("balance", tap, bench.clock, bench.recorder)
    balance.connect()
    return balance, port


@by_driver
def test_the_tail_of_an_old_line_never_passes(bench: Desk, maker: Maker) -> None:
    late = Exchange(maker.ask, (b"", maker.piece))
    again = Exchange(maker.ask, (maker.still,))
    balance, port = started(bench, maker, late, again)
    assert balance.read_weight().mass_ng == -120_000
    port.finish()
    (rejected,) = bench.records(Kind.REJECTION)
    assert rejected.fields["raw"] == maker.piece.hex()


@by_driver
def test_a_late_weight_never_passes_for_a_fresh_one(bench: Desk, maker: Maker) -> None:
    late = Exchange(maker.ask, (b"", maker.moving))
    again = Exchange(maker.ask, (maker.still,))
    balance, port = started(bench, maker, late, again)
    assert balance.read_weight().mass_ng == -120_000
    port.finish()


@by_driver
def test_a_weight_that_nobody_asked_for_never_passes(bench: Desk, maker: Maker) -> None:
    """Two come, and the port cannot tell that one was waiting."""
    script = [
        Exchange(maker.ask, (maker.moving, maker.nothing)),
        Exchange(maker.ask, (maker.still,)),
    ]
    balance, port = started(bench, maker, *script, line=Deaf)
    assert balance.read_weight().mass_ng == -120_000
    reasons = [each.fields["reason"] for each in bench.records(Kind.REJECTION)]
    assert "one of several weights" in reasons
    port.finish()


@by_driver
@pytest.mark.parametrize("glued", [False, True])
@pytest.mark.parametrize(
    "second", [lambda maker: maker.nothing, lambda maker: maker.over]
)
def test_of_two_weights_neither_is_taken(
    bench: Desk, maker: Maker, second: Callable[[Maker], bytes], glued: bool
) -> None:
    """The first was printed by itself, and came late: the second is the answer."""
    two = (maker.moving, second(maker))
    both = Exchange(maker.ask, (b"".join(two),) if glued else two)
    balance, port = started(bench, maker, both, Exchange(maker.ask, (maker.still,)))
    assert balance.read_weight().mass_ng == -120_000
    port.finish()


@by_driver
@pytest.mark.parametrize("line", [AnswersSerial, Deaf])
@pytest.mark.parametrize("glued", [False, True])
def test_a_weight_that_comes_twice_is_taken_at_once(
    bench: Desk, maker: Maker, glued: bool, line: type[AnswersSerial]
) -> None:
    two = (maker.still, maker.still)
    twice = Exchange(maker.ask, (b"".join(two),) if glued else two)
    balance, port = started(bench, maker, twice, line=line)
    assert balance.read_weight().mass_ng == -120_000
    port.finish()


@by_driver
def test_a_balance_that_prints_by_itself_is_refused(bench: Desk, maker: Maker) -> None:
    class Prints(AnswersSerial):
        """Sends a weight every 100 ms, for ever."""

        serial = (maker.ask_serial, maker.serial)

        def read(self, deadline_ns: int) -> bytes:
            self.clock.advance_to(self.clock.now_ns() + 100 * NS_PER_MS)
            return maker.nothing

    tap = bench.tap("balance", Prints(bench.clock, []))
    balance = maker.driver("balance", tap, bench.clock, bench.recorder)
    with pytest.raises(InstrumentFault, match="set its printing to manual"):
        balance.connect()


@by_driver
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.integers(1, 21))
def test_a_weight_without_its_beginning_is_asked_again(
    tmp_path_factory: pytest.TempPathFactory, maker: Maker, cut: int
) -> None:
    with desk(tmp_path_factory.mktemp("cut")) as bench:
        piece = maker.moving[min(cut, len(maker.moving) - 1) :]
        script = [Exchange(maker.ask, (each,)) for each in (piece, maker.still)]
        balance, port = started(bench, maker, *script)
        assert balance.read_weight().mass_ng == -120_000
        port.finish()


@pytest.mark.parametrize("maker", CONFIRMED, ids=lambda maker: maker.driver.__name__)
def test_a_zero_that_nothing_answers_is_confirmed_by_reading(
    bench: Desk, maker: Maker
) -> None:
    script = [
        *(Exchange(maker.ask, (line,)) for line in (maker.moving, maker.coarser)),
        Exchange(maker.zero),
        *(Exchange(maker.ask, (line,)) for line in (maker.moving, maker.nothing)),
    ]
    balance, port = started(bench, maker, *script)
    before_ns = bench.clock.now_ns()
    balance.set_zero()
    port.finish()
    assert bench.clock.now_ns() - before_ns > 500 * NS_PER_MS


@pytest.mark.parametrize("acknowledged", [b"\x06\r\n", b"\x06\r\n\x06\r\n"])
def test_acknowledgements_may_come_or_not_or_twice(
    bench: Desk, acknowledged: bytes
) -> None:
    script = [
        Exchange(AND.ask, (AND.nothing,)),
        Exchange(AND.zero, (acknowledged,)),
        Exchange(AND.ask, (AND.nothing,)),
    ]
    balance, port = started(bench, AND, *script)
    balance.set_zero()
    port.finish()


@pytest.mark.parametrize("maker", CONFIRMED, ids=lambda maker: maker.driver.__name__)
def test_a_zero_that_is_not_taken_is_a_fault(bench: Desk, maker: Maker) -> None:
    loaded = maker.moving.replace(b"?", b" ").replace(b"US", b"ST")
    loaded = loaded.replace(b"0    \r\n", b"0 g  \r\n") if maker is SBI else loaded
    look = Exchange(maker.ask, (loaded,))
    script = [look, *([Exchange(maker.zero), look] * 3)]
    balance, port = started(bench, maker, *script)
    with pytest.raises(InstrumentFault, match="was zeroed 3 times and still sends"):
        balance.set_zero()
    port.finish()


@pytest.mark.parametrize("maker", CONFIRMED, ids=lambda maker: maker.driver.__name__)
def test_a_pan_that_does_not_come_to_rest_is_told_from_all_else(
    bench: Desk, maker: Maker
) -> None:
    script = [Exchange(maker.ask, (maker.moving,))] * 300
    balance, _ = started(bench, maker, *script)
    before_ns = bench.clock.now_ns()
    with pytest.raises(InstrumentFault, match="not stable in time"):
        balance.set_zero()
    assert 45 * NS_PER_S <= bench.clock.now_ns() - before_ns < 47 * NS_PER_S


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"Z E\r\n", "not stable in time"),
        (b"Z ^\r\n", "overload"),
        (b"Z v\r\n", "underload"),
        (b"Z I\r\n", "not now"),
    ],
)
def test_a_radwag_says_why_it_did_not_zero(
    bench: Desk, answer: bytes, said: str
) -> None:
    balance, port = started(bench, RADWAG, Exchange(b"Z\r\n", (b"Z A\r\n", answer)))
    with pytest.raises(InstrumentFault, match=said):
        balance.set_zero()
    port.finish()


def test_a_radwag_is_zeroed_when_it_says_done(bench: Desk) -> None:
    done = Exchange(b"Z\r\n", (b"Z A\r\n", b"Z D\r\n"))
    balance, port = started(bench, RADWAG, done)
    balance.set_zero()
    port.finish()


def test_a_sartorius_that_never_rests_at_connect_has_no_unit(bench: Desk) -> None:
    script = [Exchange(SBI.ask, (SBI.moving,))] * 300
    port = AnswersSerial(bench.clock, script)
    port.serial = (SBI.ask_serial, SBI.serial)
    tap = bench.tap("balance", port)
    balance = SartoriusBalance("balance", tap, bench.clock, bench.recorder)
    with pytest.raises(InstrumentFault, match="not stable in time"):
        balance.connect()


def test_a_sartorius_that_is_connected_again_while_it_moves_keeps_its_unit(
    bench: Desk,
) -> None:
    moving = Exchange(SBI.ask, (SBI.moving,))
    balance, port = started(bench, SBI, moving, moving)
    balance.connect()
    assert balance.read_weight().mass_ng == 14_256_000_000
    port.finish()


def test_a_sartorius_that_shows_something_else_is_refused(bench: Desk) -> None:
    named = Exchange(SBI.ask, (b"G#    +  0.00000 g  \r\n",))
    net = Exchange(SBI.ask, (b"N     +  0.00000 g  \r\n",))
    port = AnswersSerial(bench.clock, [named, net])
    port.serial = (SBI.ask_serial, SBI.serial)
    tap = bench.tap("balance", port)
    balance = SartoriusBalance("balance", tap, bench.clock, bench.recorder)
    balance.connect()
    with pytest.raises(InstrumentFault, match="clear its tare"):
        balance.read_weight()


def test_a_command_that_is_not_understood_three_times_is_a_fault(bench: Desk) -> None:
    refused = Exchange(OHAUS.ask, (b"ES\r\n",))
    balance, _ = started(bench, OHAUS, refused, refused, refused)
    with pytest.raises(InstrumentFault, match="does not understand weight"):
        balance.read_weight()


def test_another_balance_in_its_place_is_never_read(bench: Desk) -> None:
    """Its serial number does not confirm what was weighed."""

    class Swapped(AnswersSerial):
        serial = (AND.ask_serial, AND.serial)

    port = Swapped(bench.clock, [Exchange(AND.ask, (AND.still,))] * 4)
    tap = bench.tap("balance", port)
    balance = AndBalance("balance", tap, bench.clock, bench.recorder)
    balance.connect()
    port.serial = (AND.ask_serial, b"T7654321\r\n")
    with pytest.raises((InstrumentFault, InstrumentSilent), match="serial number"):
        balance.read_weight()
