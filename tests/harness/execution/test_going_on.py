"""A record says whether anything has disturbed the bench since its process died."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.records import JsonValue, Kind, Record
from harness.evidence.retracing import ANSWERED, ASKING, WENT_ON, followed
from harness.execution.going_on import why_not
from harness.execution.resuming import Decision, terms_of
from harness.plans.plan import Effect, PlannedCase, Restart
from harness.units import ureg

CASE = PlannedCase(
    requirement="M-1",
    point="long",
    procedure="steady",
    claims=("M-1",),
    needs=(),
    capabilities=(),
    restart=Restart.CONTINUE,
    hardware_duration=ureg.Quantity(1.0, "hour"),
    numbers={},
    start={},
    effect=Effect.NONE,
)


Said = tuple[Kind, dict[str, JsonValue]]


def journal(*said: Said) -> list[Record]:
    return [Record(n, n, k, f, "journal", n) for n, (k, f) in enumerate(said, 1)]


def note(text: str) -> Said:
    return Kind.NOTE, {"text": text}


BEGIN: Said = (Kind.CASE_BEGIN, {"case": CASE.id})
CONTINUED: Said = (Kind.RESUME, {"decision": "continued"})
RESTARTED: Said = (Kind.RESUME, {"decision": "restarted"})
ASKED: Said = (Kind.EXCHANGE, {"port": "balance"})


@pytest.mark.parametrize(
    "said",
    [(BEGIN,), (BEGIN, CONTINUED, ASKED, note(f"{ANSWERED}a"), note(f"{WENT_ON}b"))],
)
def test_a_process_that_died_in_silence_leaves_a_case_that_can_go_on(
    said: tuple[Said, ...],
) -> None:
    assert why_not(CASE, journal(*said)) == ""


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ((Kind.SAFE_STATE, {}), "safe_state, record 2"),
        ((Kind.FAULT, {}), "fault, record 2"),
        ((Kind.LINK, {}), "link, record 2"),
        ((Kind.END, {}), "end, record 2"),
        (RESTARTED, "begun again before"),
        (CONTINUED, "before that was shown"),
    ],
)
def test_a_bench_that_was_disturbed_does_not(said: Said, word: str) -> None:
    assert word in why_not(CASE, journal(BEGIN, said))


def test_neither_does_another_rule_nor_a_mark_on_the_unit() -> None:
    assert why_not(None, []) != ""
    assert why_not(replace(CASE, restart=Restart.RESTART), []) != ""
    assert "destructive" in why_not(replace(CASE, effect=Effect.DESTRUCTIVE), [])


def test_the_terms_follow() -> None:
    assert terms_of(CASE, "killed", "").decision is Decision.CONTINUED
    refused = terms_of(CASE, "killed", "the balance was tared")
    assert refused.decision is Decision.RESTARTED
    assert refused.reason.endswith("start state, as the balance was tared")
    other = replace(CASE, restart=Restart.RESTART)
    assert terms_of(other, "killed", "").decision is Decision.RESTARTED
    marked = replace(CASE, effect=Effect.CONDITIONING)
    assert terms_of(marked, "killed", "").decision is Decision.GIVEN_UP


def test_what_going_on_has_added_is_not_followed() -> None:
    records = journal(
        BEGIN,
        CONTINUED,
        ASKED,
        note(f"{ASKING}a"),
        ASKED,
        note(f"{ANSWERED}a"),
        ASKED,
        note(f"{WENT_ON}b"),
        note("c"),
        CONTINUED,
        note(f"{ASKING}a"),
        ASKED,
        RESTARTED,
        ASKED,
    )
    assert [each.seq for each in followed(records)] == [1, 3, 7, 9, 13, 14]
