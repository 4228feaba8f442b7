"""Limits of the register, resolved against a profile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from harness.errors import ConfigurationError
from harness.plans import register
from harness.plans.profile import Profile

HEAD = """
[register]
id = "r"
title = "Demands"
version = "1"
"""
DEMAND = """
[[requirement]]
id = "M-1"
text = "It is accurate."
source = "us"
hazard = "overdose"
"""
MEASURED = DEMAND + 'kind = "measured"\nunit = "percent"\n'
ATTRIBUTE = DEMAND.replace("M-1", "A-1") + 'kind = "attribute"\n'

PROFILE = Profile(
    path=Path("profile.toml"),
    sha256="0" * 64,
    id="p",
    title="A pump",
    basis="invented",
    absent=MappingProxyType({}),
    leaves=MappingProxyType({"flow.accuracy": "5 %", "flow.volume": "5 mL"}),
)


def load(folder: Path, text: str) -> register.Register:
    path = folder / "register.toml"
    path.write_text(text, encoding="utf-8")
    return register.load(path)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ('lower = "-flow.accuracy"\nupper = "flow.accuracy"', (-5.0, 5.0)),
        ('upper = "flow.accuracy"', (float("-inf"), 5.0)),
        ('lower = "-2 %"\nupper = "0.03 dimensionless"', (-2.0, 3.0)),
    ],
)
def test_limits(tmp_path: Path, bounds: str, expected: tuple[float, float]) -> None:
    limit = load(tmp_path, HEAD + MEASURED + bounds).limit("M-1", PROFILE)

    assert limit.bounds() == pytest.approx(expected)
    assert limit.unit == "percent"
    assert "register r, profile p" in limit.source


@pytest.mark.parametrize(
    ("bounds", "missing"),
    [
        ('upper = "flow.drift"', ("flow.drift",)),
        ('lower = "-flow.drift"\nupper = "flow.drift"', ("flow.drift",)),
        ('lower = "1 %"\nupper = "flow.drift"', ("flow.drift",)),
        ('lower = "flow.low"\nupper = "flow.drift"', ("flow.low", "flow.drift")),
    ],
)
def test_a_limit_that_the_profile_leaves_out_has_no_bound(
    tmp_path: Path, bounds: str, missing: tuple[str, ...]
) -> None:
    limit = load(tmp_path, HEAD + MEASURED + bounds).limit("M-1", PROFILE)

    assert limit.unspecified == missing
    assert (limit.lower, limit.upper) == (None, None)
    assert "not specified: the profile says nothing about" in limit.describe()
    assert missing[-1] in limit.describe()


def test_what_stands_behind_a_requirement(tmp_path: Path) -> None:
    text = HEAD + ATTRIBUTE + 'gip = ["1.2.1", "3.1-3.2"]\nfeatures = ["bolus"]'
    demands = load(tmp_path, text)

    assert demands.requirements["A-1"].gip == ("1.2.1", "3.1-3.2")
    assert demands.requirements["A-1"].features == ("bolus",)
    assert demands.absent(PROFILE) == {}
    without = replace(PROFILE, absent={"bolus": "constant rates only"})
    assert demands.absent(without) == {"A-1": "bolus: constant rates only"}


def test_an_attribute_has_no_limit(tmp_path: Path) -> None:
    demands = load(tmp_path, HEAD + ATTRIBUTE)

    with pytest.raises(ConfigurationError, match="is an attribute"):
        demands.limit("A-1", PROFILE)
    with pytest.raises(ConfigurationError, match="'A-9' is not in"):
        demands.limit("A-9", PROFILE)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ('upper = "flow.volume"', "wrong dimension"),
        ('upper = "3 mL"', "wrong dimension"),
        ('lower = "6 %"\nupper = "flow.accuracy"', "above the upper"),
    ],
)
def test_a_limit_that_cannot_be_resolved(
    tmp_path: Path, bounds: str, message: str
) -> None:
    demands = load(tmp_path, HEAD + MEASURED + bounds)

    with pytest.raises(ConfigurationError, match=message):
        demands.limit("M-1", PROFILE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, "'requirement' is missing"),
        (HEAD + MEASURED, "needs a bound"),
        (HEAD + ATTRIBUTE + ATTRIBUTE, "stands twice"),
        (HEAD + ATTRIBUTE + 'uper = "1 %"', "'uper' is unknown"),
        (HEAD + ATTRIBUTE.replace("attribute", "guess"), "names 'guess'"),
        (HEAD + ATTRIBUTE.replace("A-1", "A 1"), "id is 'A 1'"),
        (HEAD + MEASURED.replace("percent", "percnt") + 'upper = "1 %"', "unknown"),
        (HEAD + ATTRIBUTE + "[other]", "'other' is unknown"),
        (HEAD + ATTRIBUTE + 'gip = ["R5.1"]', "gip names 'R5.1'; write ids of GIP"),
        (HEAD + ATTRIBUTE + 'gip = ["12"]', "gip names '12'"),
        (HEAD + ATTRIBUTE + 'gip = "1.2.1"', "write a list of texts"),
        (HEAD + ATTRIBUTE + 'features = ["a b"]', "features is 'a b'"),
        (HEAD + ATTRIBUTE + 'features = ["a", "a"]', "names one thing twice"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert "register.toml" in str(caught.value)
    assert message in str(caught.value)
