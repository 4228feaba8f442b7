"""The table of record kinds, and the reference document that shows it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.evidence.journal import Journal
from harness.evidence.reader import inspect
from harness.evidence.record_check import RESERVED, check
from harness.evidence.record_table import KINDS, FieldType, markdown
from harness.evidence.records import SCHEMA_VERSION, JsonValue, Kind

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "journal.md"

GOOD: dict[FieldType, list[JsonValue]] = {
    FieldType.TEXT: ["", "µ"],
    FieldType.HEX: ["", "00ff"],
    FieldType.INTEGER: [0, -1, 1 << 70],
    FieldType.NUMBER: [0, 1.5, float("nan"), "nan", "inf", "-inf"],
    FieldType.FLAG: [True, False],
    FieldType.LIST: [[], [1, "a"], ()],
    FieldType.OBJECT: [{}, {"a": 1}],
    FieldType.HASHED: [{"name": "plan", "sha256": "0" * 64}],
}
BAD: dict[FieldType, list[JsonValue]] = {
    FieldType.TEXT: [None, 1, True, [], {}],
    FieldType.HEX: [None, "0", "FF", "zz", "00\n", 0, b"00"],
    FieldType.INTEGER: [None, True, 1.0, "1", [], {}],
    FieldType.NUMBER: [None, True, "1", "NaN", [], {}],
    FieldType.FLAG: [None, 0, "true", []],
    FieldType.LIST: [None, "ab", {}, 1],
    FieldType.OBJECT: [None, [], "{}", 1],
    FieldType.HASHED: [
        None,
        "plan",
        {},
        {"name": "plan"},
        {"name": 1, "sha256": "0" * 64},
        {"name": "plan", "sha256": "0" * 63},
        {"name": "plan", "sha256": "G" * 64},
        {"name": "plan", "sha256": 0},
    ],
}
FIELDS = [(kind, field) for kind, fields in KINDS.items() for field in fields]


def good(kind: Kind) -> dict[str, JsonValue]:
    fields = {field.name: GOOD[field.type][0] for field in KINDS[kind]}
    # The count is the one field that the reader checks against the journal.
    return {**fields, "records": 1} if kind is Kind.END else fields


def test_every_kind_has_its_own_fields() -> None:
    assert set(KINDS) == set(Kind)
    for kind, fields in KINDS.items():
        names = [field.name for field in fields]
        assert names, kind
        assert len(set(names)) == len(names), kind
        assert RESERVED.isdisjoint(names), kind


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_written_and_carry_more(tmp_path: Path, kind: Kind) -> None:
    with Journal(tmp_path) as journal:
        journal.append(kind, 0, {**good(kind), "extra": [None]})
    assert inspect(tmp_path).records == 1


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_every_field_is_required_and_of_its_type(kind: Kind, field: object) -> None:
    (declared,) = [each for each in KINDS[kind] if each == field]
    fields = good(kind)
    del fields[declared.name]
    with pytest.raises(ValueError, match=f"{kind}.*'{declared.name}' is missing"):
        check(kind, fields)
    for value in GOOD[declared.type]:
        check(kind, {**fields, declared.name: value})
    for value in BAD[declared.type]:
        if value is None and declared.nullable:
            check(kind, {**fields, declared.name: None})
            continue
        with pytest.raises(ValueError, match=f"{kind}.*'{declared.name}'"):
            check(kind, {**fields, declared.name: value})


@pytest.mark.parametrize("name", ["seq", "t", "kind", "h"])
def test_the_journals_own_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        check(Kind.NOTE, {"text": "", name: "forged"})


def test_the_document_shows_the_table() -> None:
    heading = f"## Kinds of record, schema version {SCHEMA_VERSION}\n"
    _, found, rest = DOCUMENT.read_text("utf-8").partition(heading)
    assert found
    assert rest.partition("markdown() -->\n\n")[2] == markdown()


def test_the_document_shows_a_good_journal(tmp_path: Path) -> None:
    (lines,) = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text("utf-8"), re.S)
    (tmp_path / "journal-0001.jsonl").write_text(lines, "ascii")
    assert inspect(tmp_path).complete


def test_the_program_in_the_document_agrees_with_the_reader(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.S)

    def verify() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-c", program, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with Journal(tmp_path, rotate_bytes=1) as journal:
        for text in ("a", "b", "c"):
            journal.append(Kind.NOTE, 0, {"text": text})
    assert verify().stdout.strip() == inspect(tmp_path).head

    second = tmp_path / "journal-0002.jsonl"
    second.write_bytes(second.read_bytes().replace(b'"b"', b'"B"'))
    result = verify()
    assert result.returncode == 1
    assert "journal-0002.jsonl, line 1 is bad" in result.stderr
