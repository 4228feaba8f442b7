"""A person at the bench, played by a list of answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.console_operator import ConsoleOperator
from harness.errors import BenchFault
from harness.evidence.records import Kind
from harness.readings import Identity
from harness.units import ureg
from tests.drivers.scripted import Desk, desk


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as here:
        yield here


class Person:
    """Types the given answers, one a question, and remembers the questions."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


def journalled(bench: Desk) -> list[tuple[str, str]]:
    return [
        (str(record.fields["action"]), str(record.fields["answer"]))
        for record in bench.records(Kind.OPERATOR)
    ]


def test_each_request_says_what_to_do_and_is_journalled(bench: Desk) -> None:
    person = Person(*["done"] * 8)
    operator = ConsoleOperator("operator", bench.recorder, ask=person)

    operator.connect()
    operator.set_closed(True)
    operator.set_closed(False)
    operator.set_present(True)
    operator.set_present(False)
    operator.fill_reservoir(ureg.Quantity(20_000, "µL"))
    operator.withdraw_reservoir()
    operator.empty_vessel()

    assert [words[0] for words in (p.split() for p in person.asked)] == [
        "Stand",
        "Close",
        "Open",
        "Put",
        "Take",
        "Fill",
        "Draw",
        "Empty",
    ]
    assert "with 20 mL." in person.asked[5]
    assert all("`done` or `abort`" in prompt for prompt in person.asked)
    assert [answer for _, answer in journalled(bench)] == ["done"] * 8
    stimuli = [record.fields["action"] for record in bench.records(Kind.STIMULUS)]
    assert stimuli == ["closed", "opened", "brought", "taken away"]
    assert operator.read_identity() == Identity("console-operator", "", "")


@pytest.mark.parametrize("other", ["", "ok", "DONE", "don", "done\x1b[2J"])
def test_anything_else_is_asked_again(bench: Desk, other: str) -> None:
    person = Person(other, " done ")

    ConsoleOperator("operator", bench.recorder, ask=person).empty_vessel()

    assert len(person.asked) == 2


def test_answers_are_bounded_printable_ascii(bench: Desk) -> None:
    person = Person("<b>\x1b[31m\u2603" + "x" * 500, "done")

    ConsoleOperator("operator", bench.recorder, ask=person).empty_vessel()

    _, answer = journalled(bench)[0]
    assert answer == "<b>?[31m?" + "x" * 51


def test_abort_ends_the_run_and_moves_nothing(bench: Desk) -> None:
    operator = ConsoleOperator("operator", bench.recorder, ask=Person("abort"))

    with pytest.raises(BenchFault, match="aborted at 'Close the clamp"):
        operator.set_closed(True)

    assert journalled(bench)[0][1] == "abort"
    assert bench.count()[Kind.STIMULUS] == 0


def test_a_closed_terminal_ends_the_run(bench: Desk) -> None:
    with pytest.raises(BenchFault, match="terminal"):
        ConsoleOperator("operator", bench.recorder, ask=Person()).connect()


def test_safe_is_clamp_open_then_magnet_away_even_after_an_abort(bench: Desk) -> None:
    person = Person("abort", "done")
    operator = ConsoleOperator("operator", bench.recorder, ask=person)

    with pytest.raises(BenchFault, match="Open the clamp"):
        operator.set_safe()

    assert "Take the magnet" in person.asked[1]


def test_safe_says_on_whose_word(bench: Desk) -> None:
    operator = ConsoleOperator("operator", bench.recorder, ask=Person("done", "done"))

    assert operator.set_safe().endswith("as the operator said")
    operator.close()
