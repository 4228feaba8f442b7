"""What an auditor asks beside the numbers: is it whole, and what came before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.evidence.records import JsonValue, Kind
from harness.judging import Verdict
from harness.render.html import dossier_page
from harness.render.provenance import place
from harness.render.run_fold import of_journal
from harness.render.run_record import JournalFile
from harness.render.views import RunView, run_view
from tests.harness.render.sample_run import EPOCH_NS, NS_PER_S, Writer, measured, write
from tests.harness.render.test_render import Elements, signed
from tests.harness.render.test_timeline import MAGNET, broken_off

REQUIREMENT = "ITB-STL-001"


def shown(folder: Path) -> RunView:
    return run_view(of_journal(folder))


def test_a_whole_record_says_so(tmp_path: Path) -> None:
    run = of_journal(write(tmp_path))
    rows = dict(run_view(run).completeness.rows)

    assert rows["hash chain"].startswith("every record follows")
    assert rows["end record"].startswith("present, state COMPLETE")
    assert rows["last record"] == run.integrity.head
    assert rows["interrupted"] == rows["links lost"] == "never"
    last = run.integrity.records
    assert rows["files"] == f"journal-0001.jsonl, records 1 to {last}"
    assert "unfinished line" not in rows


def test_a_record_that_was_cut_off_says_so(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[MAGNET])
    run.cut_off()
    with (tmp_path / "journal-0001.jsonl").open("ab") as file:
        file.write(b'{"seq":2,')

    view = shown(tmp_path)

    rows = dict(view.completeness.rows)
    assert rows["end record"].startswith("MISSING")
    assert rows["unfinished line"] == "at the end, left out"
    assert [each.case for each in view.reasons] == [MAGNET]


def test_resumes_and_lost_links_are_listed(tmp_path: Path) -> None:
    view = shown(broken_off(tmp_path))
    whole = view.completeness

    assert [each.remark for each in view.attempts] == ["broken off", ""]
    (resume,) = whole.resumes
    assert resume.gap == "2 h, 2 bytes cut off"
    assert resume.decision == "restarted, rule restart"
    assert resume.place.startswith("record 7, journal-0001.jsonl, line 7")
    assert [(each.instrument, each.event) for each in whole.links] == [
        ("balance", "lost"),
        ("balance", "restored"),
        ("pump", "refused"),
    ]


def test_every_attempt_is_shown(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[MAGNET])
    for attempt, minutes, verdict in ((1, 31.0, "FAIL"), (2, 5.0, "PASS")):
        run.begin_case(MAGNET, attempt)
        run.wait(60.0)
        run.judge(MAGNET, REQUIREMENT, measured(minutes, 0.05, "minute"))
        run.end_case(MAGNET, verdict, f"attempt {attempt} it was")
    run.end()
    view = shown(tmp_path)

    first, second = view.attempts
    assert [chip.word for chip in (*first.chips, *second.chips)] == ["FAIL", "PASS"]
    assert (first.number, second.number) == ("1 of 2", "2 of 2")
    assert (first.records, second.records) == ("2 to 6", "7 to 11")
    (case,) = view.cases
    assert case.verdict is Verdict.FAIL
    assert [each.title for each in case.attempts] == [
        "Attempt 1 of 2",
        "Attempt 2 of 2",
    ]
    assert view.reasons[0].statement.startswith("an earlier attempt or run decides")
    text = Elements(dossier_page(of_journal(tmp_path))).text
    assert "31.00 min" in text
    assert "5.00 min" in text
    assert "attempt 1 it was" in text


def earlier(folder: Path) -> Path:
    run = Writer(folder)
    said: dict[str, JsonValue] = {
        "case": MAGNET,
        "requirement": REQUIREMENT,
        "verdict": "FAIL",
        "seq": 9,
        "statement": "too late then",
    }
    run.begin(cases=[MAGNET])
    run.record(
        Kind.EARLIER,
        run="monday",
        digest="ab" * 32,
        head="cd" * 32,
        state="COMPLETE",
        verdicts=[said],
    )
    run.begin_case(MAGNET)
    run.judge(MAGNET, REQUIREMENT, measured(5.0, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    run.end()
    return folder


def test_a_fail_of_an_earlier_run_is_shown_and_counts(tmp_path: Path) -> None:
    view = shown(earlier(tmp_path))

    (row,) = view.earlier
    assert (row.run, row.chip.word, row.remark) == ("monday", "FAIL", "in force")
    assert row.record == "record 9 of the run abababababababab…"
    assert view.headline == "FAIL"


@pytest.mark.parametrize(
    ("in_force", "why_not", "said"),
    [
        (True, "", "in force: invalidates record 9 of the run abababababababab…"),
        (False, "no root cause", "NOT IN FORCE (no root cause): would invalidate"),
    ],
)
def test_a_deviation_says_what_it_does(
    tmp_path: Path, in_force: bool, why_not: str, said: str
) -> None:
    deviation = signed(
        id="DEV-2026-001",
        text="the tube was kinked",
        root_cause="" if why_not else "kinked by the clamp",
        name="R. Viewer",
        role="reviewer",
        time="2026-02-01T00:00:00Z",
        key_id="ef" * 32,
        invalidates=(("ab" * 32, 9),),
        in_force=in_force,
        why_not=why_not,
    )
    run = replace(of_journal(earlier(tmp_path)), deviations=(deviation,))

    (view,) = run_view(run).deviations
    assert view.effect.startswith(said)
    text = Elements(dossier_page(run)).text
    for each in (
        "DEV-2026-001",
        "the tube was kinked",
        "not known" if why_not else "kinked by the clamp",
        "R. Viewer, reviewer, 2026-02-01T00:00:00Z",
        "ef" * 32,
    ):
        assert each in text


def test_checks_certificates_setup_approval_and_source_are_shown(
    tmp_path: Path,
) -> None:
    run = Writer(tmp_path)
    run.begin(
        cases=[],
        setup={"catheter_lot": "L-77"},
        formal={"name": "A. Approver"},
        git={"commit": "c0ffee", "clean": False},
        planned_end_ns=EPOCH_NS + 86_400 * NS_PER_S,
    )
    run.record(
        Kind.INSTRUMENT,
        role="balance",
        model="XPR",
        serial="B1",
        firmware="1",
        calibration_due="2026-08-31",
        certificate="C-2026-04",
    )
    for moment, holds in (("before", True), ("after", False), ("after", None)):
        run.record(
            Kind.CHECK,
            moment=moment,
            instrument="balance",
            name="check weight",
            value=20.00012,
            u=0.00002,
            lower=19.9999,
            upper=20.0001,
            unit="gram",
            holds=holds,
            statement="as found",
        )
    run.end()

    view = shown(tmp_path)

    assert [each.chip.word for each in view.checks] == [
        "holds",
        "DOES NOT HOLD",
        "cannot be told",
    ]
    assert view.checks[0].found == "20.0001 g, u = 2e-05 g"
    text = Elements(dossier_page(of_journal(tmp_path))).text
    for each in ("C-2026-04", "L-77", "A. Approver", "c0ffee", "CHANGED since"):
        assert each in text
    assert dict(view.basis.source)["planned end"] == "2026-01-02 00:00:00 UTC"


def test_a_verdict_leads_to_its_records_and_frames(tmp_path: Path) -> None:
    run = Writer(tmp_path)
    run.begin(cases=[MAGNET])
    run.begin_case(MAGNET)
    for reply in (b"S S 1.0 g\r\n", b"\x01\x02", b"S S 3.0 g\r\n"):
        t_ns = run.clock.now_ns()
        run.recorder.exchange("balance", t_ns, b"SI\r\n", t_ns, reply)
        run.wait(60.0)
    run.judge(MAGNET, REQUIREMENT, measured(5.0, 0.05, "minute"))
    run.end_case(MAGNET, "PASS", "inside")
    run.end()

    (judgement,) = shown(tmp_path).cases[0].last.judgements

    assert [(r.what, r.seq, r.place) for r in judgement.trail.records] == [
        ("verdict", 8, "journal-0001.jsonl, line 8"),
        ("measurement", 7, "journal-0001.jsonl, line 7"),
        ("limit", 3, "journal-0001.jsonl, line 3"),
    ]
    (stretch,) = judgement.trail.stretches
    assert stretch.count == "3 exchanges of the port balance"
    assert (stretch.first.seq, stretch.first.said) == (4, "S S 1.0 g")
    assert stretch.last is not None
    assert stretch.last.received == b"S S 3.0 g\r\n".hex()
    text = Elements(dossier_page(of_journal(tmp_path))).text
    assert "dosebench show RUN 7" in text


def test_a_place_is_the_line_in_the_file_that_holds_the_record() -> None:
    files = (JournalFile("journal-0001.jsonl", 1), JournalFile("journal-0002.jsonl", 9))

    assert place(8, files) == "journal-0001.jsonl, line 8"
    assert place(9, files) == "journal-0002.jsonl, line 1"
    assert place(9, ()) == ""


def test_no_text_of_others_stands_in_a_style(tmp_path: Path) -> None:
    title = "} body { display: none } /*"
    plan: dict[str, JsonValue] = {"name": "p", "sha256": "0" * 64, "title": title}
    run = Writer(tmp_path)
    run.begin(cases=[], plan=plan, engineering=[title], partial_reasons=[title])
    run.end()

    page = dossier_page(of_journal(tmp_path))

    styles = [part.partition("</style>")[0] for part in page.split("<style>")[1:]]
    assert len(styles) == 2
    assert "display: none }" not in "".join(styles).replace("{ display: none; }", "")
    assert title in Elements(page).text
