"""Measurements for other programs, held against the journal itself."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.evidence.records import Kind
from harness.render import measurement_files
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from tests.harness.render import sample_run
from tests.harness.render.sample_run import Writer, measured

DOCS = Path(__file__).parents[3] / "docs" / "reference"
LOW, MIDDLE, MAGNET, DAY = sample_run.CASES
FLOW, COUNT, STALL = "ITB-FLOW-001", "ITB-CNT-001", "ITB-STL-001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up run in which a case was begun twice and a verdict was withdrawn."""
    written = Writer(tmp_path_factory.mktemp("run"))
    written.begin(cases=[LOW, MAGNET])
    written.instrument("pump, tamper", "RP-40", "=2+3")
    written.instrument("balance", "XPR205", "B512-0077", "2026-08-31")
    written.begin_case(LOW)
    written.judge(LOW, FLOW, measured(23.0, 0.41, instrument="balance"))
    written.wait(60.0)
    written.begin_case(LOW, 2)
    written.judge(LOW, FLOW, measured(-1.5, 0.41, instrument="balance and pump"))
    written.judge(LOW, COUNT, measured(math.nan, 0.004, instrument="pump's counter"))
    written.end_case(LOW, "PASS", "judged")
    written.begin_case(MAGNET)
    seq = written.judge_fact(MAGNET, STALL, False, '@never "raised", or late')
    written.end_case(MAGNET, "FAIL", "never raised")
    written.record(Kind.VOID, records=[seq], reason="the magnet was a dummy")
    written.end()
    return written.folder


@pytest.fixture(scope="module")
def run(folder: Path) -> RunRecord:
    return of_journal(folder)


def by_brute_force(folder: Path) -> list[dict[str, Any]]:
    """What every verdict record says, without the code under test."""
    lines = [
        json.loads(line)
        for line in (folder / "journal-0001.jsonl").read_text("utf-8").splitlines()
    ]
    records = {each["seq"]: each for each in lines}
    attempt, found = 0, []
    for each in lines:
        if each["kind"] == "case_begin":
            attempt = each["attempt"]
        if each["kind"] == "verdict":
            named = [records[seq] for seq in each["evidence"]]
            limit = next((r for r in named if r["kind"] == "limit"), None)
            value = next((r for r in named if r["kind"] == "measurement"), None)
            found.append(
                {
                    "case": each["case"],
                    "attempt": attempt,
                    "requirement": each["requirement"],
                    "recorded": each["verdict"],
                    "value": value and value["value"],
                    "u": value and value["u"],
                    "expanded_u": value and value["expanded_u"],
                    "k": value and value["k"],
                    "unit": value and value["unit"],
                    "lower": limit and limit["lower"],
                    "upper": limit and limit["upper"],
                    "limit_unit": limit and limit["unit"],
                    "margin": each["margin"],
                    "seq_verdict": each["seq"],
                    "seq_limit": limit and limit["seq"],
                    "seq_measurement": value and value["seq"],
                    "statement": each["statement"],
                }
            )
    return found


def test_the_json_says_what_the_journal_says(folder: Path, run: RunRecord) -> None:
    read = json.loads(measurement_files.as_json(run))

    expected = by_brute_force(folder)
    assert len(expected) == 4
    kept = [{name: row[name] for name in expected[0]} for row in read["rows"]]
    assert kept == expected
    assert read["marks"][0] == "SIMULATED"
    first = (folder / "journal-0001.jsonl").read_text("utf-8").splitlines()[0]
    assert read["run"] == json.loads(first)["h"]
    assert read["head"] == run.integrity.head


def test_the_csv_has_the_same_rows(folder: Path, run: RunRecord) -> None:
    text = measurement_files.as_csv(run)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    for row, wanted in zip(rows, by_brute_force(folder), strict=True):
        for name, value in wanted.items():
            cell = row[name]
            if value is None:
                assert cell == "", name
            elif isinstance(value, str):
                assert cell.removeprefix("'") == value, name
            else:
                assert float(cell) == value, name
        assert row["marks"].startswith("SIMULATED")
    assert rows[0]["t_start_utc"] == "2026-01-01T00:00:00Z"
    assert rows[3]["t_start_utc"] == ""


def test_what_counts_and_what_does_not(run: RunRecord) -> None:
    rows = json.loads(measurement_files.as_json(run))["rows"]

    assert [(r["attempt"], r["recorded"], r["counts"]) for r in rows] == [
        (1, "FAIL", True),
        (2, "PASS", True),
        (2, "INCONCLUSIVE", True),
        (1, "FAIL", False),
    ]
    assert rows[3]["verdict"] == "INCONCLUSIVE"
    assert rows[3]["void"] == "the magnet was a dummy"


def test_the_instruments_are_named_by_serial_number(run: RunRecord) -> None:
    rows = json.loads(measurement_files.as_json(run))["rows"]

    assert [r["serials"] for r in rows] == [
        "balance B512-0077",
        "pump =2+3; balance B512-0077",
        "pump =2+3",
        None,
    ]


def test_no_cell_is_a_formula(run: RunRecord) -> None:
    text = measurement_files.as_csv(run)

    for row in csv.DictReader(io.StringIO(text, newline="")):
        for name, cell in row.items():
            numeric = name in ("value", "lower", "upper", "margin")
            assert numeric or not cell.startswith(tuple("=+-@\t\r\n")), name


@pytest.mark.parametrize("change", ["none", "verdict", "number", "extra"])
def test_the_schema_takes_the_document_and_nothing_else(
    run: RunRecord, change: str
) -> None:
    schema = json.loads((DOCS / "measurements.schema.json").read_text("utf-8"))
    document = json.loads(measurement_files.as_json(run))
    if change == "verdict":
        document["verdict"] = "GOOD"
    if change == "number":
        document["rows"][0]["value"] = "big"
    if change == "extra":
        document["rows"][0]["unknown"] = 1

    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(document) is (change == "none")


def test_schema_and_page_are_current() -> None:
    published = json.loads((DOCS / "measurements.schema.json").read_text("utf-8"))
    assert published == measurement_files.json_schema()
    page = (DOCS / "measurements.md").read_text("utf-8")
    assert measurement_files.markdown() in page
    assert measurement_files.SCHEMA in page
