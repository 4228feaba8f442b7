"""Which runs may become a formal bundle: one in which nothing at all is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.bundle.formal import against_formal
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
