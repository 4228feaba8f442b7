from __future__ import annotations

import json
import re
from dataclasses import replace

from harness.judging import RunState
from harness.qualification import page
from harness.qualification.findings import Findings
from harness.qualification.healthy import HealthySet
from harness.qualification.matrix import Sought, matrix
from harness.qualification.oracles import detection
from harness.qualification.outcome import JobKind, RunOutcome
from tests.harness.qualification import made

SOUGHT = [
    Sought("M01", "stands still", "recall", "R-1"),
    Sought("X<b>", "<script>alert(1)</script>\u202e", "own", "R-2"),
]


def findings(*runs: RunOutcome, healthy: tuple[RunOutcome, ...] = ()) -> Findings:
    found = matrix(SOUGHT, runs)
    return Findings(
        plan="a plan",
        matrix=found,
        allowed=HealthySet("allowed", healthy),
        near=HealthySet("near", ()),
        levels=detection(found, {}, ()),
    )


GOOD = findings(made.run("M01", made.FAILED), made.run("X<b>", made.WRONG_FACT))


def test_a_good_campaign_has_no_complaints() -> None:
    assert GOOD.complaints == ()
    assert GOOD.headline == "2 of 2 defects killed"


def test_each_complaint_names_what_it_is_about() -> None:
    bad = findings(
        made.run("M01", made.WRONG_FACT),
        healthy=(
            made.run("h-1", made.FAILED, kind=JobKind.HEALTHY),
            made.run("h-2", kind=JobKind.HEALTHY, state=RunState.TOOL_ERROR),
        ),
    )
    assert bad.complaints == (
        "killed elsewhere: M01",
        "no whole run: X<b>",
        "healthy pumps failed: h-1",
        "runs of healthy pumps broke off: h-2",
    )


def test_pumps_of_which_nothing_was_found_out_are_a_complaint() -> None:
    nothing = replace(made.UNDECIDED, value=None)
    pump = made.run("h-1", nothing, kind=JobKind.HEALTHY)
    found = findings(made.run("M01", made.FAILED), healthy=(pump,))
    said = "allowed: INCONCLUSIVE without a value too often: R-1 in R-1/a"
    assert said in found.complaints


def test_the_table_has_a_verdict_for_each_test_and_defect() -> None:
    assert page.as_csv(GOOD) == (
        "case,requirement,M01,X<b>\nR-1/a,R-1,FAIL,\nR-2/b,R-2,,FAIL\n"
    )


def test_the_page_shows_nothing_unescaped_and_asks_nobody() -> None:
    said = page.as_html(GOOD)
    assert "<script" not in said
    assert "\u202e" not in said
    assert "&lt;script&gt;" in said
    assert not re.search(r"(src|href)\s*=|https?:|@import|url\(", said)


def test_the_page_frames_the_named_requirement_alone() -> None:
    other = made.run("X<b>", made.FAILED, made.WRONG_FACT)
    said = page.as_html(findings(made.run("M01", made.FAILED), other))
    assert said.count('class="fail named"') == 2
    assert said.count('class="fail"') == 1


def test_the_data_are_those_of_the_runs() -> None:
    said = json.loads(page.as_json(GOOD))
    first = said["defects"][0]
    assert first["fate"] == "killed"
    assert first["killers"][0]["value"] == 12.0
    assert first["margin_in_u"] == 4.0


def test_the_text_names_every_defect() -> None:
    said = "\n".join(page.lines(GOOD))
    assert "M01" in said
    assert "1 min" in said
    assert "| M01 | stands still | R-1 | R-1/a | 1 min | 4 |" in page.as_markdown(GOOD)


def test_a_title_of_ones_own_stays_one_cell_of_plain_text() -> None:
    (row,) = GOOD.matrix.rows[:1]
    own = replace(row, sought=replace(row.sought, title="a | b <script>"))
    odd = replace(GOOD, matrix=replace(GOOD.matrix, rows=(own,)))
    (line,) = (e for e in page.as_markdown(odd).splitlines() if "script" in e)
    assert "a &#124; b &lt;script&gt;" in line
    assert line.count("|") == 7
