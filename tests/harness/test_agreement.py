"""What a line without check value told counts when it has been told twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.agreement import MOST_ASKED, Counted, agreed, can_follow

HOUR_NS = 3_600_000_000_000


class Line:
    """Answers in turn, and remembers what was doubted."""

    def __init__(self, answers: Sequence[str | None]) -> None:
        self.answers = list(answers)
        self.compared: list[tuple[str, str]] = []
        self.doubted: list[str] = []

    def ask(self) -> str | None:
        return self.answers.pop(0)

    def agree(self, first: str, then: str) -> bool:
        self.compared.append((first, then))
        return first.lower() == then.lower()

    def believed(self) -> str | None:
        return agreed(self.ask, self.agree, self.doubted.append)


def test_the_later_of_two_that_agree_is_believed() -> None:
    line = Line(["a", "A", "never asked"])
    assert line.believed() == "A"
    assert line.compared == [("a", "A")]
    assert line.doubted == []
    assert line.answers == ["never asked"]


def test_a_report_is_held_against_the_next_one_only() -> None:
    # "a" comes twice, but never twice in a row.
    line = Line(["a", "b", "a", "b", "a", "b"])
    assert line.believed() is None
    assert line.doubted == ["a", "b", "a", "b", "a"]


def test_no_report_agrees_across_an_answer_that_is_none() -> None:
    line = Line(["a", None, "a", None, "b", "b"])
    assert line.believed() == "b"
    assert line.compared == [("b", "b")]
    assert line.doubted == []


def test_an_empty_report_is_a_report_and_none_is_not() -> None:
    line = Line(["", "", "never asked"])
    assert line.believed() == ""
    assert Line([None] * 6).believed() is None


def test_a_line_that_never_agrees_is_asked_six_times() -> None:
    line = Line([str(number) for number in range(9)])
    assert line.believed() is None
    assert line.answers == ["6", "7", "8"]
    assert MOST_ASKED == 6


def test_the_last_two_of_six_may_agree() -> None:
    line = Line(["a", "b", "c", "d", "e", "E"])
    assert line.believed() == "E"


# 100 µL/h for half an hour: 50 µL flow, and 100 µL are let pass.
@pytest.mark.parametrize(
    ("more_nl", "leeway_nl", "can"),
    [
        (0, 0, True),
        (-1, 0, False),
        (-1, 1_000, False),
        (50_000, 0, True),
        (100_000, 0, True),
        (100_001, 0, False),
        (100_001, 1, True),
        (100_500, 500, True),
        (100_501, 500, False),
    ],
)
@pytest.mark.parametrize("count_nl", [0, 7_000_000])
@pytest.mark.parametrize("t_ns", [0, 5 * HOUR_NS])
def test_twice_what_can_have_flowed_may_be_counted(
    more_nl: int, leeway_nl: int, can: bool, count_nl: int, t_ns: int
) -> None:
    first = Counted(t_ns, count_nl, 999_999)
    then = Counted(t_ns + HOUR_NS // 2, count_nl + more_nl, 100_000)
    assert can_follow(first, then, leeway_nl) is can


def test_a_pump_that_stands_still_counts_nothing() -> None:
    first, hour = Counted(0, 50, 0), Counted(HOUR_NS, 50, 0)
    assert can_follow(first, hour, 0)
    assert not can_follow(first, Counted(HOUR_NS, 51, 0), 0)
