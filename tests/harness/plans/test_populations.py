"""Populations of a plan: what cannot be judged later is refused before any data."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.plans import loading
from harness.plans.plan import Form, Plan
from harness.populations.assurance import Assurance
from harness.populations.declaration import Method, Population
from tests.harness.plans import written

REGISTER = written.register(
    written.measured("M-1", 'upper = "flow.accuracy"\nlower = "-flow.accuracy"'),
    written.measured("M-2", 'upper = "flow.accuracy"'),
    written.attribute("A-1"),
    written.attribute("B-1", 'features = ["bolus"]'),
)
CASES = (
    written.case("M-1", "low")
    + written.case("M-1", "high", "repeats = 2")
    + written.case("M-2", "one", 'claims = ["M-2", "M-1"]')
    + written.case("A-1", "one")
    + written.case("B-1", "one", 'capabilities = ["bolus"]')
)


def declared(requirement: str = "M-1", more: str = "", **changes: str) -> str:
    keys = {
        "confidence": '"95 %"',
        "reliability": '"90 %"',
        "method": '"normal"',
        "units": "10",
        "risk": '"medium"',
        "invalid_runs": '"repeated"',
        **changes,
    }
    lines = "\n".join(f"{key} = {value}" for key, value in keys.items() if value)
    return f'\n[[population]]\nrequirement = "{requirement}"\n{lines}\n{more}\n'


def load(folder: Path, *populations: str) -> Plan:
    plan = written.write(folder, written.HEAD, CASES, *populations, register=REGISTER)
    return loading.load(plan)


def refusal(folder: Path, *populations: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(folder, *populations)
    return str(refused.value)


def test_a_population_as_it_is_written(tmp_path: Path) -> None:
    more = 'cases = ["M-1/low", "M-2/one"]\npooled = true'
    (found,) = load(tmp_path, declared(more=more)).populations
    assert found == Population(
        requirement="M-1",
        assurance=Assurance(0.95, 0.90),
        method=Method.NORMAL,
        units=10,
        failures=0,
        cases={"M-1/low": ("M-1/low",), "M-2/one": ("M-2/one",)},
        pooled=True,
        risk="medium",
        invalid_runs="repeated",
    )
    assert Population.from_json(found.to_json()) == found
    assert found.describe() == (
        "95 % confidence, 90 % reliability, normal, 10 units, cases pooled"
    )


def test_without_names_every_case_counts_and_repeats_are_one(tmp_path: Path) -> None:
    (found,) = load(tmp_path, declared()).populations
    assert found.cases == {
        "M-1/low": ("M-1/low",),
        "M-1/high": ("M-1/high-r1", "M-1/high-r2"),
        "M-2/one": ("M-2/one",),
    }
    assert not found.pooled
    assert found.case_ids[1:3] == ("M-1/high-r1", "M-1/high-r2")


def test_a_plan_without_populations(tmp_path: Path) -> None:
    assert load(tmp_path).populations == ()


def test_what_the_pump_does_not_have_falls_away(tmp_path: Path) -> None:
    attribute = declared("B-1", method='"attribute"', units="29")
    assert load(tmp_path, attribute).populations == ()


@pytest.mark.parametrize(
    ("requirement", "method", "failures", "needed"),
    [
        ("M-1", "normal", "", 8),
        ("M-1", "non-parametric", "", 46),
        ("M-2", "non-parametric", "", 29),
        ("A-1", "attribute", "", 29),
        ("A-1", "attribute", "1", 46),
    ],
)
def test_too_few_units_are_refused_with_the_number_that_it_takes(
    tmp_path: Path, requirement: str, method: str, failures: str, needed: int
) -> None:
    def with_units(units: int) -> str:
        return declared(
            requirement, method=f'"{method}"', units=str(units), failures=failures
        )

    said = refusal(tmp_path, with_units(needed - 1))
    assert f"[[population]] 1 '{requirement}': {needed - 1} units are too few" in said
    assert f"units = {needed} at least" in said
    (found,) = load(tmp_path, with_units(needed)).populations
    assert found.units == needed


@pytest.mark.parametrize(
    ("population", "message"),
    [
        (declared("X-1"), "the requirement 'X-1' is not in"),
        (declared("A-1"), "A-1 is an attribute and has no values; write method ="),
        (declared(confidence='"100 %"'), "confidence is 100 %; give 50 % to 99.99 %"),
        (declared(reliability='"40 %"'), "reliability is 40 %; give 50 %"),
        (declared(confidence="0.95"), "has no unit"),
        (declared(confidence=""), "the key 'confidence' is missing"),
        (declared(risk=""), "the key 'risk' is missing"),
        (declared(invalid_runs=""), "the key 'invalid_runs' is missing"),
        (declared(method='"lucky"'), "method names 'lucky', which does not exist"),
        (declared(more="failures = 1"), "the key 'failures' is unknown"),
        (
            declared("A-1", "failures = -1", method='"attribute"'),
            "failures is negative; write 0 or more",
        ),
        (declared(more='cases = ["A-1/one"]'), "choose from M-1/low, M-1/high, M-2"),
        (declared(more='cases = ["M-1/high-r1"]'), "choose from M-1/low, M-1/high"),
        (declared(more="cases = []"), "cases names no case"),
        (declared() + declared(), "this requirement stands twice"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, population: str, message: str) -> None:
    said = refusal(tmp_path, population)
    assert "plan.toml" in said
    assert message in said


def test_a_mistake_is_one_of_many_for_the_check(tmp_path: Path) -> None:
    found: list[ConfigurationError] = []
    plan = written.write(
        tmp_path, written.HEAD, CASES, declared("X-1"), register=REGISTER
    )
    assert loading.read(plan, None, Form.FULL, found.append).populations == ()
    assert len(found) == 1


@pytest.mark.parametrize("field", ["cases", "units", "confidence", "method"])
def test_what_is_no_population_is_not_read_back(tmp_path: Path, field: str) -> None:
    (found,) = load(tmp_path, declared()).populations
    fields = found.to_json()
    with pytest.raises(ValueError, match=r"."):
        Population.from_json({**fields, field: True})
    del fields[field]
    with pytest.raises(ValueError, match=field):
        Population.from_json(fields)
