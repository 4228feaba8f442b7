"""Which part of U all units share."""

from __future__ import annotations

import math

import pytest

from harness.evidence.records import JsonValue
from harness.populations.shared_error import shared_u


def entry(contribution: float, **more: JsonValue) -> dict[str, JsonValue]:
    return {"name": "x", "contribution": contribution, **more}


def measured(*budget: dict[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    contributions = [float(str(each["contribution"])) for each in budget]
    return {"u": math.hypot(*contributions), "budget": list(budget), **more}


def test_entries_that_name_a_cause_are_shared() -> None:
    found = measured(
        entry(3.0, evaluation="A", cause="span"),
        entry(4.0, evaluation="B", cause="air"),
        entry(12.0, evaluation="A", cause=""),
    )
    assert shared_u(found) == pytest.approx(5.0)


def test_what_no_observation_shows_may_be_the_same_in_all_runs() -> None:
    # The zero may drift upwards in each of them, though it has no cause in common.
    found = measured(
        entry(3.0, evaluation="B", cause="span"),
        entry(4.0, evaluation="B", cause=""),
        entry(12.0, evaluation="A", cause=""),
    )
    assert shared_u(found) == pytest.approx(5.0)


def test_contributions_of_one_cause_are_added() -> None:
    found = measured(
        entry(3.0, cause="span"), entry(4.0, cause="span"), entry(9.0, evaluation="A")
    )
    assert shared_u(found) == pytest.approx(7.0)


def test_without_any_cause_all_of_type_b_is_shared() -> None:
    found = measured(entry(3.0, evaluation="B"), entry(4.0, evaluation="A"))
    assert shared_u(found) == pytest.approx(3.0)


def test_what_is_not_known_is_shared() -> None:
    assert shared_u(measured(entry(3.0), entry(4.0))) == pytest.approx(5.0)
    assert shared_u({"u": 2.0, "budget": []}) == 2.0


def test_correlated_inputs_are_shared_as_a_whole() -> None:
    found = measured(
        entry(3.0, cause="span"),
        entry(4.0, cause=""),
        correlations=[{"first": "a", "second": "b", "r": 0.5}],
    )
    assert shared_u(found) == pytest.approx(5.0)


def test_no_more_is_shared_than_there_is() -> None:
    found = {**measured(entry(3.0, cause="a"), entry(4.0, cause="a")), "u": 5.0}
    assert shared_u(found) == 5.0
