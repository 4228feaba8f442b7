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


def on(bench: Desk, person: Person, operator: str = "A. Weber") -> ConsoleOperator:
    return ConsoleOperator(
        "operator", bench.clock, bench.recorder, ask=person, operator=operator
    )


def test_each_request_says_what_to_do_and_is_journalled(bench: Desk) -> None:
    person = Person(*["done"] * 8)
    operator = on(bench, person)

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
    assert all("`done`, or `abort`" in prompt for prompt in person.asked)
    assert [answer for _, answer in journalled(bench)] == ["done"] * 8
    assert stimuli(bench) == [
        ("clamp", "closed"),
        ("clamp", "opened"),
        ("magnet", "brought"),
        ("magnet", "taken away"),
    ]
    assert operator.read_identity() == Identity("console-operator", "", "")


def stimuli(bench: Desk) -> list[tuple[object, object]]:
    return [
        (record.fields["name"], record.fields["action"])
        for record in bench.records(Kind.STIMULUS)
    ]


def test_every_stimulus_can_be_asked_of_a_person(bench: Desk) -> None:
    person = Person(*["done"] * 13)
    operator = on(bench, person)

    operator.set_powered(False)
    operator.set_supply(ureg.Quantity(2450, "mV"))
    operator.set_back_pressure(ureg.Quantity(-100, "mmHg"))
    operator.set_back_pressure(ureg.Quantity(0, "Pa"))
    operator.set_temperature(ureg.Quantity(310.15, "kelvin"))
    operator.set_ambient_pressure(ureg.Quantity(70, "kPa"))
    operator.set_height(ureg.Quantity(0.5, "m"))
    operator.set_height(ureg.Quantity(-50, "cm"))
    operator.set_height(ureg.Quantity(0, "m"))
    operator.fill_pocket(ureg.Quantity(2, "mL"))
    operator.put_syringe_on_pan(ureg.Quantity(36, "mL"))
    operator.take_syringe_off_pan()

    assert [prompt.split(". Type")[0] for prompt in person.asked] == [
        "Switch the pump's supply off",
        "Set the pump's supply to 2.45 V",
        "Set the pressure at the end of the line to -13.33 kPa",
        "Relieve the pressure at the end of the line",
        "Bring the pump to 37 degC, and wait until it has that",
        "Bring the pressure round the pump to 70 kPa, absolute, and wait until it has"
        " that",
        "Hold the pump 0.5 m above the surface of the liquid in the vessel",
        "Hold the pump 0.5 m below the surface of the liquid in the vessel",
        "Hold the pump level with the surface of the liquid in the vessel",
        "Put 2 mL beside the pump, not into it",
        "Put the refill's syringe, 36 mL in it, beside the vessel",
        "Take the syringe off the balance and lose nothing of it",
    ]
    assert stimuli(bench) == [
        ("power", "switched off"),
        ("supply", "set to 2.45 V"),
        ("back pressure", "set to -13.33 kPa"),
        ("back pressure", "set to 0 kPa"),
        ("temperature", "set to 37 degC"),
        ("ambient pressure", "set to 70 kPa"),
        ("height", "set to 0.5 m"),
        ("height", "set to -0.5 m"),
        ("height", "set to 0 m"),
    ]


def test_what_is_so_already_is_not_asked_for_again(bench: Desk) -> None:
    person = Person("done", "done", "done")
    operator = on(bench, person)

    for closed in (True, True, False, False, True):
        operator.set_closed(closed)

    assert [prompt.split()[0] for prompt in person.asked] == ["Close", "Open", "Close"]
    assert len(stimuli(bench)) == 3


def test_the_name_is_asked_once_and_stands_beside_each_answer(bench: Desk) -> None:
    person = Person("done", "", "B. Klein", "done")
    operator = on(bench, person, operator="")

    operator.connect()
    operator.empty_vessel()

    assert person.asked[1] == person.asked[2] == "Who are you. Type your name: "
    records = bench.records(Kind.OPERATOR)
    assert [record.fields.get("by") for record in records] == [
        None,
        None,
        None,
        "B. Klein",
    ]
    assert records[-1].t_ns == bench.clock.now_ns()


def test_a_name_from_the_bench_file_is_not_asked_for(bench: Desk) -> None:
    person = Person("done")

    on(bench, person, operator="A. Weber").connect()

    (record,) = bench.records(Kind.OPERATOR)
    assert record.fields["by"] == "A. Weber"


@pytest.mark.parametrize(
    ("typed", "pressure_pa"),
    [("13.3 kPa", 13_300), ("-100 mmHg", -13_332), ("0 Pa", 0), (" 5 hPa ", 500)],
)
def test_a_gauge_is_read_by_a_person(bench: Desk, typed: str, pressure_pa: int) -> None:
    person = Person("13.3", "13.3 mL", "high", typed)

    reading = on(bench, person).read_pressure()

    assert reading.pressure_pa == pressure_pa
    assert reading.t_ns == bench.clock.now_ns()
    assert len(person.asked) == 4
    assert [answer for _, answer in journalled(bench)][-1] == typed.strip()


def test_a_charge_is_read_by_a_person(bench: Desk) -> None:
    person = Person("12", "12 V", "1.25 mA*hour")

    reading = on(bench, person).read_charge()

    assert reading.charge_nah == 1_250_000
    assert reading.t_ns == bench.clock.now_ns()
    assert len(person.asked) == 3


@pytest.mark.parametrize(("typed", "said"), [("yes", True), ("no", False)])
def test_a_question_is_answered_by_yes_or_no(
    bench: Desk, typed: str, said: bool
) -> None:
    person = Person("", "done", "y", typed)

    assert on(bench, person).confirm("Spoil the unit?") is said

    assert person.asked[0] == "Spoil the unit? Type `yes` or `no`: "
    assert len(person.asked) == 4
    assert journalled(bench)[-1] == ("Spoil the unit?", typed)


def test_a_question_can_be_answered_by_abort(bench: Desk) -> None:
    with pytest.raises(BenchFault, match="aborted at 'Spoil the unit"):
        on(bench, Person("abort")).confirm("Spoil the unit?")


@pytest.mark.parametrize("other", ["", "ok", "DONE", "don", "done\x1b[2J"])
def test_anything_else_is_asked_again(bench: Desk, other: str) -> None:
    person = Person(other, " done ")

    on(bench, person).empty_vessel()

    assert len(person.asked) == 2


def test_answers_are_bounded_printable_ascii(bench: Desk) -> None:
    person = Person("<b>\x1b[31m\u2603" + "x" * 500, "done")

    on(bench, person).empty_vessel()

    _, answer = journalled(bench)[0]
    assert answer == "<b>?[31m?" + "x" * 51


def test_abort_ends_the_run_and_moves_nothing(bench: Desk) -> None:
    operator = on(bench, Person("abort"))

    with pytest.raises(BenchFault, match="aborted at 'Close the clamp"):
        operator.set_closed(True)

    assert journalled(bench)[0][1] == "abort"
    assert bench.count()[Kind.STIMULUS] == 0


def test_a_closed_terminal_ends_the_run(bench: Desk) -> None:
    with pytest.raises(BenchFault, match="terminal"):
        on(bench, Person()).connect()


def test_safe_undoes_what_was_asked_for_with_the_pressure_first(bench: Desk) -> None:
    person = Person(*["done"] * 12)
    operator = on(bench, person)
    operator.set_powered(False)
    operator.set_present(True)
    operator.set_closed(False)
    operator.set_height(ureg.Quantity(0.5, "m"))
    operator.set_back_pressure(ureg.Quantity(10, "kPa"))

    said = operator.set_safe()

    assert [prompt.split()[0] for prompt in person.asked[5:]] == [
        "Relieve",
        "Hold",
        "Take",
        "Switch",
    ]
    assert said == (
        "back pressure set to 0 kPa, height set to 0 m, clamp opened, magnet taken"
        " away, power switched on; as the operator said"
    )


def test_safe_goes_on_after_an_abort_and_asks_again_what_was_left_open(
    bench: Desk,
) -> None:
    person = Person("abort", "done", "abort", "done")
    operator = on(bench, person)
    with pytest.raises(BenchFault):
        operator.set_closed(True)
    operator.set_present(True)

    with pytest.raises(BenchFault, match="Open the clamp"):
        operator.set_safe()

    assert "Take the magnet" in person.asked[3]


def test_nothing_asked_for_is_safe(bench: Desk) -> None:
    operator = on(bench, Person())

    assert operator.set_safe() == "nothing was asked for"
    operator.close()
