"""Which runs may become a formal bundle: one in which nothing at all is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.bundle import bundling
from harness.bundle.formal import against_formal
from harness.evidence.records import Kind
from harness.render.run_fold import of_journal
from tests.harness.bundle import bundled
from tests.harness.render.sample_run import Writer

FORMAL: dict[str, Any] = {
    "cases": [bundled.CASE],
    "fidelity": "hardware",
    "formal": {"sha256": "0" * 64, "name": "B. Example"},
    "setup": {"fluid": "water"},
}


def reasons(
    folder: Path,
    *,
    before: bool | None = True,
    after: bool | None = True,
    ends: bool = True,
    **changes: Any,
) -> list[str]:
    writer = Writer(folder)
    writer.begin(**{**FORMAL, **changes})
    for moment, holds in (("before", before), ("after", after)):
        writer.check(moment, holds=holds)
    if ends:
        writer.end()
    else:
        writer.cut_off()
    return list(against_formal(of_journal(folder)))


def test_a_run_in_which_nothing_is_missing_is_formal(tmp_path: Path) -> None:
    assert reasons(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fidelity": "wire"}, "simulated"),
        ({"formal": None}, "no approval"),
        ({"setup": None}, "set-up"),
        ({"git": {"commit": "0" * 40, "clean": False}}, "that of a commit"),
        ({"git": {"commit": None, "clean": None}}, "that of a commit"),
        ({"engineering": ["no serial number"]}, "no serial number"),
        ({"not_selected": ["ITB-FLOW-001/low"]}, "partial"),
        ({"before": False}, "before the cases does not hold: off by 0.1 mg"),
        ({"after": None}, "after the cases does not hold"),
    ],
)
def test_each_thing_that_is_missing_is_a_reason(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    (found,) = reasons(tmp_path, **changes)
    assert reason in found


def test_a_run_that_was_cut_off_is_not_formal(tmp_path: Path) -> None:
    found = reasons(tmp_path, ends=False)
    assert any("no end record" in each for each in found)


def linked(writer: Writer, event: str) -> None:
    writer.record(Kind.LINK, instrument="pump", event=event, reason="unplugged")


def resumed(writer: Writer) -> None:
    writer.wait(60.0)
    writer.record(
        Kind.RESUME,
        records=1,
        last_ns=1,
        torn="",
        case=None,
        rule="",
        decision="none",
        reason="no case was open",
    )


def course(folder: Path, *events: str) -> list[str]:
    """A formal run in which these things happen between the checks of the balance."""
    writer = Writer(folder)
    writer.begin(**FORMAL)
    writer.check("before")
    for event in events:
        if event == "resumed":
            resumed(writer)
        else:
            linked(writer, event)
    writer.check("after")
    writer.end()
    return list(against_formal(of_journal(folder)))


@pytest.mark.parametrize(
    "events",
    [("lost", "restored"), ("lost", "refused", "restored"), ("lost", "resumed")],
)
def test_a_link_that_came_back_is_no_reason(
    tmp_path: Path, events: tuple[str, ...]
) -> None:
    assert course(tmp_path, *events) == []


@pytest.mark.parametrize(
    "events", [("lost",), ("lost", "refused"), ("lost", "restored", "lost")]
)
def test_a_link_that_stayed_away_is_one(
    tmp_path: Path, events: tuple[str, ...]
) -> None:
    assert course(tmp_path, *events) == [
        f"the link to pump was {events[-1]}: unplugged"
    ]


def test_a_calibration_that_ended_before_the_run(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.begin(**FORMAL)
    writer.instrument("balance", "XPR", "B1", due="2025-12-31")
    writer.check("before")
    writer.check("after")
    writer.end()

    assert list(against_formal(of_journal(tmp_path))) == [
        "a calibration ended before the run: balance B1 (due 2025-12-31)"
    ]


def test_every_check_of_every_session_has_to_hold(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.begin(**FORMAL)
    writer.check("before")
    resumed(writer)
    writer.check("before", holds=None)
    writer.check("after")
    writer.end()
    (found,) = against_formal(of_journal(tmp_path))

    assert "before the cases does not hold" in found


def test_a_formal_bundle_needs_a_copy_of_all_that_the_run_rests_on(
    tmp_path: Path,
) -> None:
    run = bundled.formal_run(tmp_path / "run")
    assert bundling.against(bundling.gather(run)) == ()
    (run / "inputs" / "profile" / "reference-40.toml").unlink()

    assert bundling.against(bundling.gather(run)) == (
        "1 of 9 files have no copy here: reference-40.toml",
    )
