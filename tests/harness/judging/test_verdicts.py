"""The words and the order of the scales: journals of years ago use them."""

from __future__ import annotations

from itertools import product

import pytest

from harness.judging.verdicts import RunState, Verdict, Zone, worst

WORST_LAST = ("NOT_RUN", "PASS", "INCONCLUSIVE", "FAIL")


def test_the_scale_of_the_pump_by_name_and_number() -> None:
    assert [(each.name, int(each)) for each in Verdict] == [
        ("NOT_RUN", 0),
        ("PASS", 1),
        ("INCONCLUSIVE", 2),
        ("FAIL", 3),
    ]


def test_the_scale_of_the_run_by_name_and_number() -> None:
    assert [(each.name, int(each)) for each in RunState] == [
        ("COMPLETE", 0),
        ("ABORTED", 1),
        ("BENCH_FAULT", 2),
        ("TOOL_ERROR", 3),
    ]


def test_the_words_of_the_zones() -> None:
    assert {each.name: str(each) for each in Zone} == {
        "PASS": "pass",
        "CONDITIONAL_PASS": "conditional pass",
        "CONDITIONAL_FAIL": "conditional fail",
        "FAIL": "fail",
        "REJECTED": "rejected",
        "UNDECIDED": "undecided",
        "TOO_UNCERTAIN": "too uncertain",
        "UNUSABLE": "unusable",
        "NOT_SPECIFIED": "not specified",
    }


@pytest.mark.parametrize("names", list(product(WORST_LAST, repeat=3)))
def test_the_worst_of_three_wins_in_any_order(names: tuple[str, ...]) -> None:
    expected = max(names, key=WORST_LAST.index)
    assert worst(Verdict[name] for name in names).name == expected


def test_nothing_judged_is_not_run() -> None:
    assert worst(()) is Verdict.NOT_RUN
    assert worst([Verdict.NOT_RUN]) is Verdict.NOT_RUN
