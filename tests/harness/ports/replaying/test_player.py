"""A replay goes from case to case; whatever happens in one concerns no other."""

from __future__ import annotations

import pytest

from harness.clock import NS_PER_S
from harness.evidence.retracing import ReplayDiverged
from harness.ports.replaying.clock import ReplayClock
from harness.ports.replaying.player import Player
from harness.ports.replaying.tape import Answer, Exchange, Part, Section, Tape


def exchange(seq: int, sent: bytes) -> Exchange:
    return Exchange(seq, "pump", seq * NS_PER_S, sent, seq * NS_PER_S + 5, b"ok")


def section(part: Part, case: str, seqs: range, *answers: Answer) -> Section:
    exchanges = [exchange(seq, f"q{seq}".encode()) for seq in seqs]
    awake = [t_ns for each in exchanges for t_ns in (each.sent_ns, each.t_ns)]
    begin_ns = seqs.start * NS_PER_S
    return Section(part, case, begin_ns, exchanges, awake, list(answers))


@pytest.fixture
def player() -> Player:
    sections = (
        section(Part.START, "", range(1, 3)),
        section(Part.CASE, "A/1", range(3, 5), Answer(4 * NS_PER_S, "Fill it", "done")),
        section(Part.AFTER, "A/1", range(5, 6)),
        section(Part.CASE, "B/1", range(6, 8)),
        section(Part.AFTER, "B/1", range(8, 9)),
    )
    return Player(Tape(sections, is_whole=True))


def ask(player: Player, *seqs: int) -> None:
    wire = player.wire("pump")
    for seq in seqs:
        wire.write(f"q{seq}".encode())
        wire.wait(player.now_ns() + NS_PER_S)
        assert wire.take(9) == b"ok"
        assert player.now_ns() == seq * NS_PER_S + 5


def test_a_driver_that_led_everything_has_nothing_to_take_up(player: Player) -> None:
    ask(player, 1, 2)
    assert player.begin_case("A/1") is None
    ask(player, 3, 4)
    assert player.end_case("A/1") is None
    ask(player, 5)
    assert player.begin_case("B/1") is None
    ask(player, 6, 7)
    assert player.end_case("B/1") is None
    ask(player, 8)
    assert not player.broken
    assert not player.left


def test_behind_a_divergence_the_next_case_begins_from_its_own_record(
    player: Player,
) -> None:
    ask(player, 1, 2)
    player.begin_case("A/1")
    ask(player, 3)
    with pytest.raises(ReplayDiverged, match="A/1"):
        player.wire("pump").write(b"q5")
    past = player.end_case("A/1")
    assert past is not None
    assert [each.seq for each in past] == [1, 2, 3, 4]
    ask(player, 5)
    assert player.begin_case("B/1") is None
    ask(player, 6, 7)
    assert list(player.broken) == ["A/1"]


def test_questions_that_were_not_asked_are_counted(player: Player) -> None:
    ask(player, 1, 2)
    player.begin_case("A/1")
    ask(player, 3)
    past = player.end_case("A/1")
    assert past is not None
    assert (player.left, player.broken) == ({"A/1": 1}, {})


def test_a_case_without_a_record_is_answered_by_nobody(player: Player) -> None:
    ask(player, 1, 2)
    assert player.begin_case("C/1") is None
    with pytest.raises(ReplayDiverged, match=r"C/1.*no further question"):
        player.wire("pump").write(b"q3")
    assert player.begin_case("A/1") is not None
    ask(player, 3)


def test_a_person_answers_as_then(player: Player) -> None:
    player.begin_case("A/1")
    assert player.answer("Fill it. Type `done`, or `abort` to end the run: ") == "done"
    # A person takes his time.
    assert player.now_ns() == 4 * NS_PER_S
    with pytest.raises(ReplayDiverged, match="nothing more"):
        player.answer("Fill it. ")
    player.begin_case("A/1")
    with pytest.raises(ReplayDiverged, match=r"'Empty it.*'Fill it'"):
        player.answer("Empty it. ")


# --- the clock ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late_ns", "deadline_ns", "woken_ns"),
    [
        (0, 10, 10),
        (0, 25, 20),
        (0, 20, 20),
        (3, 18, 18),
        (0, 31, 20),
    ],
)
def test_nobody_sleeps_longer_than_the_recorded_run(
    late_ns: int, deadline_ns: int, woken_ns: int
) -> None:
    clock = ReplayClock(5, late_ns)
    clock.follow([1, 20, 30])
    assert clock.sleep_until(deadline_ns) == clock.now_ns() == woken_ns


def test_time_goes_on_behind_the_record_and_never_back() -> None:
    clock = ReplayClock(5)
    clock.follow([1, 5])
    assert clock.sleep_until(100) == 100
    assert clock.sleep_until(50) == 100
    clock.advance_to(7)
    assert clock.now_ns() == 100
