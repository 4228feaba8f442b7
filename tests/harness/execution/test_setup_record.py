"""The set-up record: typed, with units, and nothing unknown in it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.execution import setup_record
from harness.plans.setup_items import SetupItem

EXAMPLE = Path(__file__).parents[3] / "fixtures" / "setup.example.toml"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "setup.toml"
    path.write_text("\n".join(("[setup]", *lines)), encoding="utf-8")
    return path


def test_the_example_says_all_that_a_plan_asks_by_itself() -> None:
    record = setup_record.read(EXAMPLE, tuple(SetupItem))

    assert record.missing == ()
    assert record.sha256 == sha256(EXAMPLE.read_bytes()).hexdigest()
    said = record.to_json()
    assert said["name"] == "setup.example.toml"
    assert said["operator"] == "A. Example"
    assert said["air_temperature"] == "21.3 °C, u = 0.3 K"
    assert said.keys() == {"name", "sha256", *SetupItem}


def test_what_a_plan_requires_and_nobody_wrote_is_missing(tmp_path: Path) -> None:
    path = written(tmp_path, 'operator = "A"', 'cannula_gauge = "23 G"')
    record = setup_record.read(path, ("cannula_gauge", "set_lot", "head_height"))

    assert record.said == {"operator": "A", "cannula_gauge": "23 G"}
    assert record.missing == ("set_lot", "head_height")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('operater = "A"', "the key 'operater' is unknown; write 'operator'"),
        ('operator = ""', "printable text"),
        ('operator = "A\\u202eB"', "printable text"),
        ('pump_firmware_sha256 = "abc"', "64 hex digits"),
        ('head_height = "120 mm"', "write a table"),
        ('head_height = { value = "120 mm" }', "'uncertainty' is missing"),
        ('head_height = { value = "120", uncertainty = "5 mm" }', "unit"),
        ('head_height = { value = "2 kg", uncertainty = "5 mm" }', "head_height"),
        ('head_height = { value = "9 mm", uncertainty = "0 mm" }', "above 0"),
        ('head_height = { value = "9 mm", uncertainty = "-1 mm" }', "above 0"),
        ('head_height = { value = "9 mm", uncertainty = "1 mm", k = 2 }', "'k'"),
        ('air_temperature = { value = "21 °C", uncertainty = "1 °C" }', "in K"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"setup\.toml") as caught:
        setup_record.read(written(tmp_path, line), ())
    assert said in str(caught.value)


def test_a_table_beside_the_set_up_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "[more]")

    with pytest.raises(ConfigurationError, match="'more' is unknown"):
        setup_record.read(path, ())
