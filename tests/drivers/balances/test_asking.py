"""Questions and answers in a small language, with and without a marker question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.balances.asking import Asking, Language, Meaning, NoWeight, Question
from drivers.balances.last_digit import LastDigit, Shown
from harness.clock import NS_PER_MS, NS_PER_S, VirtualClock
from harness.errors import InstrumentFault, InstrumentRestarted, InstrumentSilent
from harness.evidence.records import Kind
from harness.readings import WeightReading
from protocols.mt_sics.line_reader import LineReader
from tests.drivers.scripted import Desk, Exchange, ScriptedPort, desk


@dataclass(frozen=True, slots=True)
class Said:
    """A line: its first letter is the kind of answer."""

    raw: bytes


def _weight(said: Said) -> Meaning:
    if said.raw.startswith(b"?"):
        return Meaning.NOT_UNDERSTOOD
    if said.raw.startswith(b"W#"):
        return Meaning.DAMAGED
    if said.raw.startswith(b"W+"):
        return Meaning.MORE
    return Meaning.COMPLETE if said.raw.startswith(b"W ") else Meaning.STRAY


def _name(said: Said) -> Meaning:
    is_name = said.raw.startswith(b"N ")
    return Meaning.COMPLETE if is_name else Meaning.STRAY


def _inspect(said: Said) -> None:
    if said.raw.startswith(b"!"):
        raise InstrumentRestarted("scale restarted", instrument="scale")


WEIGHT = Question("weight", b"w\r\n", _weight)
NAME = Question("name", b"n\r\n", _name)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


def asking(
    bench: Desk, *script: Exchange, marker: bool = False
) -> tuple[Asking[Said], ScriptedPort]:
    port = ScriptedPort(bench.clock, list(script))
    return _on(bench, port, marker), port


def _on(bench: Desk, port: ScriptedPort, marker: bool) -> Asking[Said]:
    language = Language(Said, NAME if marker else None, _inspect, 300 * NS_PER_MS)
    tap = bench.tap("scale", port)
    return Asking(
        "scale", tap, bench.clock, bench.recorder, LineReader(), language, NS_PER_S
    )


def ask(sent: bytes, *answer: bytes) -> Exchange:
    return Exchange(sent, answer)


def raws(answer: list[Said]) -> list[bytes]:
    return [each.raw for each in answer]


def test_an_answer_of_several_lines_and_when_it_came(bench: Desk) -> None:
    scale, port = asking(bench, ask(b"w\r\n", b"W+1\r\nW 2\r", b"\n"))
    assert raws(scale.ask(WEIGHT)) == [b"W+1\r\n", b"W 2\r\n"]
    assert scale.t_ns == bench.clock.now_ns()
    port.finish()


def test_without_a_marker_a_late_answer_is_dropped_by_silence(bench: Desk) -> None:
    scale, port = asking(
        bench, ask(b"w\r\n", b"", b"W 9\r\n"), ask(b"w\r\n", b"W 2\r\n")
    )
    assert raws(scale.ask(WEIGHT)) == [b"W 2\r\n"]
    port.finish()
    assert bench.records(Kind.REJECTION)[0].fields["raw"] == b"W 9\r\n".hex()


def test_without_a_marker_the_tail_of_a_line_is_dropped(bench: Desk) -> None:
    scale, port = asking(
        bench, ask(b"w\r\n", b"W 1", b"", b"W 3\r\n"), ask(b"w\r\n", b"W 2\r\n")
    )
    assert raws(scale.ask(WEIGHT)) == [b"W 2\r\n"]
    port.finish()


class Streaming(ScriptedPort):
    """Never comes to rest."""

    def write(self, data: bytes) -> None:
        """Take anything."""

    def read(self, deadline_ns: int) -> bytes:
        self.clock.advance_to(self.clock.now_ns() + 50 * NS_PER_MS)
        return b"X 1\r\n"

    def has_waiting(self) -> bool:
        return True


@pytest.mark.parametrize("marker", [False, True])
def test_a_stream_is_never_taken_for_answers_and_costs_bounded_time(
    bench: Desk, marker: bool
) -> None:
    scale = _on(bench, Streaming(bench.clock, []), marker)
    began_ns = bench.clock.now_ns()
    with pytest.raises(InstrumentSilent, match="did not answer weight, sent 3"):
        scale.ask(WEIGHT)
    with pytest.raises(InstrumentSilent, match="does not come to rest"):
        scale.send(b"t\r\n")
    assert bench.clock.now_ns() - began_ns < 12 * NS_PER_S


def test_what_is_never_answered_is_sent_in_step_only(bench: Desk) -> None:
    scale, port = asking(
        bench, ask(b"n\r\n", b"N scale\r\n"), ask(b"t\r\n"), marker=True
    )
    port.incoming = [b"W 9\r\n"]
    scale.send(b"t\r\n")
    port.finish()
    assert bench.count()[Kind.REJECTION] == 1


def test_what_comes_behind_the_marker_leaves_the_line_out_of_step(bench: Desk) -> None:
    scale, port = asking(
        bench,
        ask(b"n\r\n", b"W 9\r\nN scale\r\nW 8\r\n"),
        ask(b"n\r\n", b"W 7\r\nN scale\r\n"),
        ask(b"w\r\n", b"W 2\r\n"),
        marker=True,
    )
    port.incoming = [b"W 9\r\n"]
    assert raws(scale.ask(WEIGHT)) == [b"W 2\r\n"]
    port.finish()


def test_a_damaged_answer_is_rejected_and_asked_for_again_at_once(bench: Desk) -> None:
    scale, port = asking(bench, ask(b"w\r\n", b"W#1\r\n"), ask(b"w\r\n", b"W 1\r\n"))
    assert raws(scale.ask(WEIGHT)) == [b"W 1\r\n"]
    port.finish()
    assert bench.clock.now_ns() % NS_PER_S < 400 * NS_PER_MS
    assert bench.count()[Kind.REJECTION] == 1
    assert "W#1" in str(bench.records(Kind.RETRY)[0].fields["reason"])


@pytest.mark.parametrize(
    ("answer", "says"),
    [(b"W#1\r\n", "check value is wrong"), (b"?\r\n", "does not understand weight")],
)
def test_what_stays_wrong_is_a_fault(bench: Desk, answer: bytes, says: str) -> None:
    scale, _ = asking(bench, *[ask(b"w\r\n", answer)] * 3)
    with pytest.raises(InstrumentFault, match=says):
        scale.ask(WEIGHT)


def test_a_line_that_tells_of_a_restart_ends_it(bench: Desk) -> None:
    scale, _ = asking(bench, ask(b"w\r\n", b"!\r\n"))
    with pytest.raises(InstrumentRestarted):
        scale.ask(WEIGHT)


def test_each_refusal_says_the_way_out(bench: Desk) -> None:
    scale, _ = asking(bench)
    texts = {str(scale.refused("weight", b"W", why)) for why in NoWeight}
    assert len(texts) == len(NoWeight)
    assert all(text.startswith("scale refused weight with b'W', ") for text in texts)


_FULL = b"W    12.345 g\r\n"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, len(_FULL) - 1)), st.integers(1, len(_FULL) - 1))
def test_any_chunks_and_no_tail(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], tail: int
) -> None:
    edges = sorted({0, len(_FULL), *cuts})
    pieces = [_FULL[a:b] for a, b in pairwise(edges)]
    with desk(tmp_path_factory.mktemp("desk")) as bench:
        scale, port = asking(
            bench,
            ask(b"w\r\n", _FULL[tail:], *pieces),
        )
        answer = raws(scale.ask(WEIGHT))
        port.finish()
    # What the tail makes of the line that it is glued to is no answer either.
    assert answer == [_FULL]
    assert isinstance(bench.clock, VirtualClock)


def shown(units: int = 14_256, decimals: int = 3, unit: str = "g") -> Shown:
    return Shown(units, decimals, unit, True, b"raw")


@pytest.mark.parametrize(
    ("unit", "decimals", "readability_ng"),
    [("kg", 4, 10**8), ("g", 5, 10**4), ("mg", 2, 10**4), ("µg", 0, 1000)],
)
def test_the_last_digit_is_learned(
    unit: str, decimals: int, readability_ng: int
) -> None:
    digit = LastDigit("scale")
    assert digit.readability_ng == 0
    digit.learn(shown(decimals=decimals, unit=unit))
    assert digit.readability_ng == readability_ng
    assert digit.reading(shown(-3, decimals, unit), 7) == WeightReading(
        7, -3 * readability_ng, stable=True
    )


@pytest.mark.parametrize("other", [shown(unit="mg"), shown(decimals=4), shown(unit="")])
def test_another_unit_or_digit_is_refused_later(other: Shown) -> None:
    digit = LastDigit("scale")
    digit.learn(shown())
    with pytest.raises(InstrumentFault, match=r"'g' and 3 decimals.*set it back"):
        digit.reading(other, 0)


@pytest.mark.parametrize("wrong", [shown(unit="lb"), shown(decimals=10)])
def test_a_useless_unit_is_refused(wrong: Shown) -> None:
    with pytest.raises(InstrumentFault, match="set the balance to g"):
        LastDigit("scale").learn(wrong)
