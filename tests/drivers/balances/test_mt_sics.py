"""The balance's driver against a script typed by hand from the MT-SICS manual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.balances.mt_sics import MtSicsBalance, Quirk
from harness.clock import NS_PER_MS, NS_PER_S, VirtualClock
from harness.errors import InstrumentFault, InstrumentRestarted, InstrumentSilent
from harness.evidence.records import Kind
from harness.readings import BalanceSettings, Identity, WeightReading
from harness.roles import Balance, WeighingSettings
from tests.drivers.scripted import ByteByByte, Desk, Exchange, ScriptedPort, desk

MODEL = b'I2 A "DB225 220.00000 g"\r\n'
SERIAL = b'I4 A "B000000001"\r\n'
COMMANDS = (
    b'I0 B 0 "@"\r\n',
    b'I0 B 0 "SI"\r\n',
    b'I0 B 0 "Z"\r\n',
    b'I0 B 2 "M01"\r\n',
    b'I0 B 2 "M02"\r\n',
    b'I0 A 2 "M03"\r\n',
)
ZERO = b"S S    0.00000 g\r\n"


def ask(sent: bytes, *answer: bytes) -> Exchange:
    return Exchange(sent + b"\r\n", answer)


def connecting(
    weight: bytes = ZERO, commands: tuple[bytes, ...] = COMMANDS
) -> list[Exchange]:
    return [
        ask(b"@", SERIAL),
        ask(b"I0", *commands),
        ask(b"M01", b"M01 A 0\r\n"),
        ask(b"M02", b"M02 A 1\r\n"),
        ask(b"M03", b"M03 A 0\r\n"),
        ask(b"SI", weight),
    ]


class AnswersMarkers(ScriptedPort):
    """Answers the question by which a driver gets back in step, beside the script."""

    markers = 0

    def write(self, data: bytes) -> None:
        if data == b"I2\r\n" and self.script[0].sent != data:
            self.markers += 1
            self.incoming.append(MODEL)
        else:
            super().write(data)


class TailFirst(AnswersMarkers):
    """The tail of an old line comes before each answer; it would pass as a number."""

    def chunks(self, answer: bytes) -> list[bytes]:
        return [b"2.345 g\r\n", answer]


class StrayFirst(AnswersMarkers):
    """An answer to something else comes before each answer."""

    def chunks(self, answer: bytes) -> list[bytes]:
        return [b'I3 A "1.00"\r\n' + answer]


class ReplyLost(AnswersMarkers):
    """Loses each answer once, and sends the lost one late."""

    _lost = b""

    def write(self, data: bytes) -> None:
        if data not in (self._lost, b"I2\r\n"):
            self._lost = data
            self.clock.advance_to(self.clock.now_ns() + 5 * NS_PER_MS)
            self.incoming.append(b"")
        else:
            super().write(data)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def on(bench: Desk, port: ScriptedPort) -> MtSicsBalance:
    tap = bench.tap("balance", port)
    return MtSicsBalance("balance", tap, bench.clock, bench.recorder)


def connected(
    bench: Desk, *more: Exchange, line: type[ScriptedPort] = ScriptedPort
) -> tuple[MtSicsBalance, ScriptedPort]:
    port = line(bench.clock, [*connecting(), *more])
    balance = on(bench, port)
    balance.connect()
    return balance, port


@pytest.mark.parametrize(
    "line", [ScriptedPort, ByteByByte, TailFirst, StrayFirst, ReplyLost]
)
def test_every_command_on_every_line(bench: Desk, line: type[ScriptedPort]) -> None:
    balance, port = connected(
        bench,
        ask(b"I2", MODEL),
        ask(b"I4", SERIAL),
        ask(b"I3", b'I3 A "1.00"\r\n'),
        ask(b"Z", b"Z A\r\n"),
        ask(b"SI", b"S S   14.25600 g\r\n"),
        ask(b"SI", b"S D   -0.00012 g\r\n"),
        line=line,
    )

    assert balance.readability_ng == 10_000
    if line in (ScriptedPort, ByteByByte):
        assert balance.read_identity() == Identity("DB225", "B000000001", "1.00")
    else:
        del port.script[:3]  # these lines answer the questions themselves
    balance.set_zero()
    assert balance.read_weight().mass_ng == 14_256_000_000
    reading = balance.read_weight()
    assert reading == WeightReading(reading.t_ns, -120_000, stable=False)
    assert reading.t_ns == bench.clock.now_ns()
    port.finish()


def test_a_balance_that_lists_its_commands_is_no_emulator(bench: Desk) -> None:
    """With the quirk its autozero and its check values would not be asked for."""
    tap = bench.tap("balance", ScriptedPort(bench.clock, connecting()))
    quirks = frozenset({Quirk.EMULATOR})
    balance = MtSicsBalance("balance", tap, bench.clock, bench.recorder, quirks=quirks)
    with pytest.raises(InstrumentFault, match="remove `quirks`"):
        balance.connect()


def test_a_good_line_needs_no_repetition_and_rejects_nothing(bench: Desk) -> None:
    balance, _ = connected(bench, ask(b"SI", ZERO))

    assert balance.read_weight().stable

    assert bench.count() == {Kind.EXCHANGE: 7, Kind.NOTE: 3}
    notes = [str(record.fields["text"]) for record in bench.records(Kind.NOTE)]
    assert notes[2] == "balance: AUTOZERO M03 = 0"


def test_a_late_weight_is_never_taken_for_a_fresh_one(bench: Desk) -> None:
    late = b"S S    9.99999 g\r\n"
    balance, port = connected(
        bench,
        ask(b"SI", b"", late),  # comes while the line is drained
        ask(b"I2", late, MODEL),  # and once more, just before the marker's answer
        ask(b"SI", b"S S    1.00000 g\r\n"),
    )

    assert balance.read_weight().mass_ng == 1_000_000_000

    port.finish()
    assert [r.fields["raw"] for r in bench.records(Kind.REJECTION)] == [late.hex()] * 2
    assert bench.records(Kind.RETRY)[0].fields["command"] == "SI"


def test_a_second_line_is_dropped_and_the_driver_gets_back_in_step(
    bench: Desk,
) -> None:
    balance, port = connected(
        bench,
        ask(b"SI", b"S S    1.00000 g\r\nS S    2.00000 g\r\n"),
        ask(b"I2", MODEL),
        ask(b"SI", b"S S    3.00000 g\r\n"),
    )

    masses = [balance.read_weight().mass_ng for _ in range(2)]

    assert masses == [1_000_000_000, 3_000_000_000]
    port.finish()


def test_what_waits_before_a_question_is_dropped(bench: Desk) -> None:
    balance, port = connected(
        bench, ask(b"I2", MODEL), ask(b"SI", b"S S    3.00000 g\r\n")
    )
    port.incoming = [b"S S    9.99999 g\r\n"]  # somebody pressed the print key

    assert balance.read_weight().mass_ng == 3_000_000_000

    port.finish()


def test_half_a_line_before_a_question_is_dropped(bench: Desk) -> None:
    balance, port = connected(
        bench,
        ask(b"SI", b"S S    1.00000 g\r\nS S    9.9"),
        ask(b"I2", b"9999 g\r\n", MODEL),
        ask(b"SI", b"S S    3.00000 g\r\n"),
    )

    masses = [balance.read_weight().mass_ng for _ in range(2)]

    assert masses == [1_000_000_000, 3_000_000_000]
    port.finish()


def test_a_damaged_weight_is_asked_for_again(bench: Desk) -> None:
    balance, port = connected(
        bench,
        ask(b"SI", b"S S    1.0x000 g\r\n"),
        ask(b"I2", MODEL),
        ask(b"SI", b"S S    1.00000 g\r\n"),
    )

    assert balance.read_weight().mass_ng == 1_000_000_000

    port.finish()
    assert bench.count()[Kind.REJECTION] == 1


def test_a_command_that_was_damaged_on_the_way_is_sent_again(bench: Desk) -> None:
    balance, port = connected(
        bench,
        ask(b"SI", b"ET\r\n"),
        ask(b"I2", MODEL),
        ask(b"SI", b"S S    1.00000 g\r\n"),
    )

    assert balance.read_weight().mass_ng == 1_000_000_000

    port.finish()
    assert "ET" in str(bench.records(Kind.RETRY)[0].fields["reason"])


def test_a_command_that_is_never_understood_is_a_fault(bench: Desk) -> None:
    again = [ask(b"SI", b"ES\r\n"), ask(b"I2", MODEL)]
    balance, port = connected(bench, *again, *again, ask(b"SI", b"ES\r\n"))

    with pytest.raises(InstrumentFault, match="does not understand SI"):
        balance.read_weight()

    port.finish()


def test_silence_is_told_once_nothing_else_answers(bench: Desk) -> None:
    balance, port = connected(bench, ask(b"SI"), ask(b"I2"), ask(b"I2"))
    began_ns = bench.clock.now_ns()

    with pytest.raises(InstrumentSilent, match=r"did not answer SI.*check that it is"):
        balance.read_weight()

    port.finish()
    assert bench.clock.now_ns() - began_ns < 4 * NS_PER_S


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"S S   1.000000 g\r\n", "5 decimals when it was connected"),
        (b"S S    1.00000 mg\r\n", "'g'"),
    ],
)
def test_another_unit_or_digit_that_stays_is_a_fault(
    bench: Desk, answer: bytes, says: str
) -> None:
    again = [ask(b"I2", MODEL), ask(b"SI", answer)] * 2
    balance, port = connected(bench, ask(b"SI", answer), *again)

    with pytest.raises(InstrumentFault, match=says):
        balance.read_weight()

    port.finish()


def test_one_weight_in_another_unit_is_a_damaged_line(bench: Desk) -> None:
    balance, port = connected(
        bench,
        ask(b"SI", b"S S    1.00000 gg\r\n"),
        ask(b"I2", MODEL),
        ask(b"SI", b"S S    1.00000 g\r\n"),
    )

    assert balance.read_weight().mass_ng == 1_000_000_000

    port.finish()
    assert bench.count()[Kind.REJECTION] == bench.count()[Kind.RETRY] == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"S +\r\n", "overload"),
        (b"S -\r\n", "underload"),
        (b"S I\r\n", "not now"),
        (b"S L\r\n", "parameter"),
        (b"S S  Error 15b\r\n", r"fault 15 \(adjustment needed\)"),
        (b"S S   Error 3b\r\n", r"fault 3 \(checksum\)"),
        (SERIAL, "restarted"),
        (SERIAL + b"S S    1.00000 g\r\n", "restarted"),
    ],
)
def test_no_weight_is_a_fault(bench: Desk, answer: bytes, says: str) -> None:
    balance, _ = connected(bench, ask(b"SI", answer))

    with pytest.raises(InstrumentFault, match=says):
        balance.read_weight()


def test_a_stray_fault_is_journalled_and_ends_the_measurement(bench: Desk) -> None:
    fault = b"S S   Error 9t\r\n"
    balance, _ = connected(bench, ask(b"Z", fault))

    with pytest.raises(InstrumentFault, match=r"fault 9 \(option\)"):
        balance.set_zero()

    assert bench.records(Kind.REJECTION)[0].fields["raw"] == fault.hex()


def test_a_restart_that_shows_while_draining_is_a_fault(bench: Desk) -> None:
    balance, _ = connected(bench, ask(b"SI", b"", SERIAL))

    with pytest.raises(InstrumentRestarted, match="zero may be gone") as caught:
        balance.read_weight()
    assert caught.value.instrument == "balance"


@pytest.mark.parametrize("answer", [b"Z I\r\n", b"Z +\r\n", b"Z -\r\n"])
def test_zero_that_was_not_set_is_a_fault(bench: Desk, answer: bytes) -> None:
    balance, _ = connected(bench, ask(b"Z", answer))

    with pytest.raises(InstrumentFault, match="refused Z"):
        balance.set_zero()


class Slow(ScriptedPort):
    """Answers Z after 41 s, as a balance that waits for stability."""

    _ready_ns = 0

    def write(self, data: bytes) -> None:
        super().write(data)
        if data == b"Z\r\n":
            self._ready_ns = self.clock.now_ns() + 41 * NS_PER_S

    def read(self, deadline_ns: int) -> bytes:
        self.clock.sleep_until(min(deadline_ns, self._ready_ns))
        return super().read(deadline_ns) if deadline_ns > self._ready_ns else b""


def test_zero_waits_for_stability(bench: Desk) -> None:
    balance, port = connected(bench, ask(b"Z", b"Z A\r\n"), line=Slow)

    balance.set_zero()

    port.finish()


@pytest.mark.parametrize(
    ("weight", "readability_ng"),
    [
        (b"S S      0.000 g\r\n", 1_000_000),
        (b"S S   0.000000 g\r\n", 1_000),
        (b"S S     0.0000 kg\r\n", 100_000_000),
        (b"S S       0.01 mg\r\n", 10_000),
        (b"S S          0 g\r\n", 10**9),
    ],
)
def test_readability_is_the_last_decimal(
    bench: Desk, weight: bytes, readability_ng: int
) -> None:
    balance = on(bench, ScriptedPort(bench.clock, connecting(weight)))

    balance.connect()

    assert balance.readability_ng == readability_ng


@pytest.mark.parametrize("unit", [b"%", b"pcs", b"ct"])
def test_a_unit_that_is_no_metric_mass_is_refused(bench: Desk, unit: bytes) -> None:
    weight = b"S S    0.00000 " + unit + b"\r\n"
    balance = on(bench, ScriptedPort(bench.clock, connecting(weight)))

    with pytest.raises(InstrumentFault, match="unit"):
        balance.connect()


def test_a_balance_without_a_needed_command_is_refused(bench: Desk) -> None:
    script = connecting(commands=(b'I0 B 0 "@"\r\n', b'I0 A 0 "Z"\r\n'))[:2]
    balance = on(bench, ScriptedPort(bench.clock, script))

    with pytest.raises(InstrumentFault, match="offers no SI"):
        balance.connect()


def test_settings_that_a_balance_does_not_offer_are_not_asked_for(
    bench: Desk,
) -> None:
    commands = (b'I0 B 0 "SI"\r\n', b'I0 A 0 "Z"\r\n')
    script = connecting(commands=commands)
    port = ScriptedPort(bench.clock, [*script[:2], script[-1]])

    on(bench, port).connect()

    port.finish()


def test_an_incomplete_list_of_commands_is_asked_for_again(bench: Desk) -> None:
    script = connecting()
    script[1:1] = [ask(b"I0", *COMMANDS[:3]), ask(b"I2", MODEL)]
    port = ScriptedPort(bench.clock, script)

    on(bench, port).connect()

    port.finish()


class Streaming(ScriptedPort):
    """An endless stream of weights (SIR) until it is reset."""

    def read(self, deadline_ns: int) -> bytes:
        if self.script and self.script[0].sent == b"@\r\n":
            self.clock.advance_to(self.clock.now_ns() + 50 * NS_PER_MS)
            return b"S D    5.00000 g\r\n"
        return super().read(deadline_ns)


def test_a_stream_left_running_does_not_hold_the_connection_up(bench: Desk) -> None:
    port = Streaming(bench.clock, connecting())

    on(bench, port).connect()

    port.finish()


def test_a_reset_that_is_announced_twice_is_no_restart(bench: Desk) -> None:
    script = connecting()
    script[0] = ask(b"@", SERIAL, SERIAL)
    port = ScriptedPort(bench.clock, script)

    on(bench, port).connect()

    port.finish()


def test_a_silent_balance_costs_bounded_bench_time(bench: Desk) -> None:
    class Silent(ScriptedPort):
        def write(self, data: bytes) -> None:
            """Take anything."""

    balance = on(bench, Silent(bench.clock, []))
    began_ns = bench.clock.now_ns()

    with pytest.raises(InstrumentSilent, match="did not answer @"):
        balance.connect()

    assert bench.clock.now_ns() - began_ns < 5 * NS_PER_S


def test_an_identity_that_is_no_balance_s_is_a_fault(bench: Desk) -> None:
    balance, _ = connected(bench, ask(b"I2", b'I2 A "a kettle"\r\n'))

    with pytest.raises(InstrumentFault, match="check that the instrument"):
        balance.read_identity()


def test_safe_moves_nothing_and_close_releases_the_line(bench: Desk) -> None:
    balance, port = connected(bench)

    assert balance.set_safe() == "only weighs"
    balance.close()

    assert port.closed


def test_bench_time_of_a_weight_is_that_of_its_last_byte(bench: Desk) -> None:
    balance, _ = connected(bench, ask(b"SI", ZERO), line=ByteByByte)
    began_ns = bench.clock.now_ns()

    reading = balance.read_weight()

    line_ns = 5 * NS_PER_MS + len(ZERO) * NS_PER_MS // 10
    assert reading.t_ns == began_ns + line_ns


def test_a_virtual_clock_moves_only_by_the_line(bench: Desk) -> None:
    assert isinstance(bench.clock, VirtualClock)
    balance, _ = connected(bench)
    now_ns = bench.clock.now_ns()

    assert balance.readability_ng == 10_000

    assert bench.clock.now_ns() == now_ns


def with_settings(*offered: bytes) -> tuple[bytes, ...]:
    """Return the command list of a balance that offers these settings only."""
    return (
        *COMMANDS[:3],
        *(b'I0 B 2 "%s"\r\n' % keyword for keyword in offered),
        b'I0 A 3 "X"\r\n',
    )


@pytest.mark.parametrize(
    ("autozero", "adjustment", "settings"),
    [
        (b"M03 A 0", b'C0 A 0 0 ""', BalanceSettings(False, False)),
        (b"M03 A 1", b'C0 A 1 0 ""', BalanceSettings(True, True)),
        (b"M03 A 0", b'C0 A 0 1 "200.00000 g"', BalanceSettings(False, False)),
        (b"M03 A 1", b"", BalanceSettings(True, None)),
        (b"", b'C0 A 1 0 ""', BalanceSettings(None, True)),
        (b"", b"", BalanceSettings(None, None)),
    ],
)
def test_what_it_does_by_itself_is_asked_afresh_and_only_where_offered(
    bench: Desk, autozero: bytes, adjustment: bytes, settings: BalanceSettings
) -> None:
    answers = {
        word: line + b"\r\n"
        for word, line in ((b"M03", autozero), (b"C0", adjustment))
        if line
    }
    questions = [ask(word, line) for word, line in answers.items()]
    first = {b"M03": b"M03 A 0\r\n", b"C0": b'C0 A 0 0 ""\r\n'}
    port = ScriptedPort(
        bench.clock,
        [
            ask(b"@", SERIAL),
            ask(b"I0", *with_settings(*answers)),
            *(ask(word, first[word]) for word in answers),
            ask(b"SI", ZERO),
            *questions,
        ],
    )
    balance = on(bench, port)
    balance.connect()
    assert isinstance(balance, Balance)
    assert isinstance(balance, WeighingSettings)
    assert balance.read_settings() == settings
    port.finish()


@pytest.mark.parametrize(
    ("answer", "said"),
    [(b"M03 A 2\r\n", "neither on nor off"), (b"M03 I\r\n", "refused M03")],
)
def test_a_setting_that_is_neither_on_nor_off_is_a_fault(
    bench: Desk, answer: bytes, said: str
) -> None:
    balance, _ = connected(bench, ask(b"M03", answer))
    with pytest.raises(InstrumentFault, match=said):
        balance.read_settings()


def test_before_it_is_connected_it_cannot_tell(bench: Desk) -> None:
    balance = on(bench, ScriptedPort(bench.clock, []))
    assert balance.read_settings() == BalanceSettings(None, None)
