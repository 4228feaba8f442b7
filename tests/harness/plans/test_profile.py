"""The profile's values, and one message for each mistake in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError, NotSpecified
from harness.plans import profile
from harness.units import magnitude

HEAD = """
[profile]
id = "p-40"
title = "A pump"
basis = "invented"
"""
BODY = """
[absent]
bolus = "constant rates only"
[flow]
accuracy = "5 %"
[flow.rate]
maximum = "24 mL/day"
[reservoir]
level_known_by = "counter"
sealed = true
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "profile.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_values_by_dotted_path(tmp_path: Path) -> None:
    pump = profile.load(write(tmp_path, HEAD + BODY))

    assert magnitude(pump.quantity("flow.accuracy", "percent"), "percent") == 5.0
    assert magnitude(pump.quantity("flow.rate.maximum", "mL/s"), "mL/day") == 24.0
    assert pump.text("reservoir.level_known_by") == "counter"
    assert pump.flag("reservoir.sealed") is True
    assert pump.absent == {"bolus": "constant rates only"}
    assert "absent.bolus" not in pump.leaves


def test_what_is_not_specified_is_a_finding_and_no_number(tmp_path: Path) -> None:
    pump = profile.load(write(tmp_path, HEAD + BODY))

    assert not pump.specifies("flow.acuracy")
    with pytest.raises(NotSpecified) as caught:
        pump.quantity("flow.acuracy", "percent")
    assert caught.value.key == "flow.acuracy"
    assert str(caught.value) == (
        "not specified: the profile p-40 says nothing about flow.acuracy; did you mean"
        " 'flow.accuracy'?"
    )
    with pytest.raises(
        NotSpecified, match=r"about clock\.drift; add it to the profile"
    ):
        pump.flag("clock.drift")


def test_a_count_is_a_whole_number_of_things(tmp_path: Path) -> None:
    steps = '[schedule]\nsteps = "13 count"\nhalf = "0.5 count"\nshare = "3 mL"\n'
    pump = profile.load(write(tmp_path, HEAD + BODY + steps))

    assert pump.count("schedule.steps") == 13
    with pytest.raises(ConfigurationError, match="write a whole number"):
        pump.count("schedule.half")
    with pytest.raises(ConfigurationError, match="wrong dimension"):
        pump.count("schedule.share")


def test_a_value_of_another_type_is_refused(tmp_path: Path) -> None:
    pump = profile.load(write(tmp_path, HEAD + BODY))

    with pytest.raises(ConfigurationError, match="wrong dimension"):
        pump.quantity("flow.accuracy", "mL")
    with pytest.raises(ConfigurationError, match="has no unit"):
        pump.quantity("reservoir.sealed", "mL")
    with pytest.raises(ConfigurationError, match="write true or false"):
        pump.flag("reservoir.level_known_by")
    with pytest.raises(ConfigurationError, match="write text"):
        pump.text("reservoir.sealed")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'id' is missing"),
        (HEAD + "extra = 1", "'extra' is unknown"),
        (HEAD + '[flow]\naccuracy = "5 parsecs/foo"', "no known unit"),
        (HEAD + '[flow]\naccuracy = "5"', "no known unit"),
        (HEAD + "[flow]\naccuracy = 5", "accuracy is 5; write text"),
        (HEAD + '[flow]\naccuracy = ""', "printable text"),
        (HEAD + "[flow", "not TOML"),
        (HEAD.replace("p-40", "../p"), "id is '../p'"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(ConfigurationError) as caught:
        profile.load(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        profile.load(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b'[profile]\nid = "\xb5"\n')
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        profile.load(tmp_path / "latin.toml")
