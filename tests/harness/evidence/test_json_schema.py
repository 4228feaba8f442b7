"""The published schema describes what a journal holds, and refuses anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harness.evidence.journal import Journal
from harness.evidence.json_schema import schema, text
from harness.evidence.record_check import RESERVED, check
from harness.evidence.record_table import KINDS, Field, FieldType
from harness.evidence.records import JsonValue, Kind

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "journal.schema.json"
SHA256 = "0123456789abcdef" * 4

JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
VALUES: Mapping[FieldType, st.SearchStrategy[JsonValue]] = {
    FieldType.TEXT: st.text(max_size=20),
    FieldType.HEX: st.binary(max_size=20).map(bytes.hex),
    FieldType.INTEGER: st.integers(),
    FieldType.NUMBER: st.integers() | st.floats(),
    FieldType.FLAG: st.booleans(),
    FieldType.LIST: st.lists(JSON, max_size=3),
    FieldType.OBJECT: st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    FieldType.HASHED: st.text(max_size=5).map(lambda n: {"name": n, "sha256": SHA256}),
}


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(DOCUMENT.read_text("ascii")))


def value(field: Field) -> st.SearchStrategy[JsonValue]:
    return VALUES[field.type] | st.none() if field.nullable else VALUES[field.type]


@st.composite
def records(draw: st.DrawFn) -> tuple[Kind, dict[str, JsonValue]]:
    kind = draw(st.sampled_from(Kind))
    more = draw(st.dictionaries(st.text(max_size=9), JSON, max_size=2))
    fields = {name: each for name, each in more.items() if name not in RESERVED}
    return kind, fields | {field.name: draw(value(field)) for field in KINDS[kind]}


def line(kind: Kind, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {"seq": 1, "t": 0, "kind": kind.value, **fields, "h": SHA256}


def test_the_published_schema_is_current() -> None:
    # Renew it with: python -c "from harness.evidence.json_schema import text;
    # print(text(), end='')" > docs/reference/journal.schema.json
    assert DOCUMENT.read_text("ascii") == text()


def test_the_schema_is_one_and_knows_every_kind() -> None:
    Draft202012Validator.check_schema(schema())
    defined = schema()["$defs"]
    assert isinstance(defined, dict)
    assert set(defined) == {kind.value for kind in Kind}


@given(record=records())
def test_what_the_journal_writes_is_valid(
    tmp_path_factory: pytest.TempPathFactory,
    validator: Draft202012Validator,
    record: tuple[Kind, dict[str, JsonValue]],
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with Journal(folder) as journal:
        journal.append(record[0], 0, record[1])
    [written] = (folder / "journal-0001.jsonl").read_text("ascii").splitlines()
    validator.validate(json.loads(written))


@given(kind=st.sampled_from(Kind), data=st.data())
def test_a_missing_or_wrong_field_is_refused_by_both(
    validator: Draft202012Validator, kind: Kind, data: st.DataObject
) -> None:
    good: dict[str, JsonValue] = {
        field.name: data.draw(VALUES[field.type].filter(_is_plain))
        for field in KINDS[kind]
    }
    assert validator.is_valid(line(kind, good))
    field = data.draw(st.sampled_from(KINDS[kind]))
    left_out = {name: each for name, each in good.items() if name != field.name}
    assert not validator.is_valid(line(kind, left_out))
    other = data.draw(JSON.filter(_is_plain))
    changed = {**good, field.name: other}
    try:
        check(kind, changed)
    except ValueError:
        # To JSON Schema 1.0 is an integer; the journal writes none such.
        is_integral = field.type is FieldType.INTEGER and type(other) is float
        assert is_integral or not validator.is_valid(line(kind, changed))
    else:
        assert validator.is_valid(line(kind, changed))


def _is_plain(candidate: JsonValue) -> bool:
    """Say whether it is what JSON itself has."""
    try:
        json.dumps(candidate, allow_nan=False)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "change",
    [{"seq": 0}, {"t": 1.5}, {"kind": "hearsay"}, {"h": "0" * 63}, {"h": None}],
)
def test_what_every_line_needs_is_required(
    validator: Draft202012Validator, change: dict[str, JsonValue]
) -> None:
    note = line(Kind.NOTE, {"text": ""})
    assert validator.is_valid(note)
    assert not validator.is_valid(note | change)
    assert not validator.is_valid({n: v for n, v in note.items() if n not in change})
