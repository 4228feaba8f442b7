"""A plan's mistakes, all at once, and what arithmetic finds in its boluses."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.plans import checking
from harness.plans.findings import Severity
from tests.harness.plans import written

PROFILE = written.PROFILE + 'maximum = "24 mL/day"\n'
REGISTER = written.register(
    written.measured("M-1", 'upper = "flow.accuracy"'),
    written.attribute("B-1", 'features = ["bolus"]'),
)
PATIENT_PROCEDURE = """
@pytest.mark.procedure(
    allotted="1", lockout="s", volume="mL", drug="µg", rate="mL/day", dose="µg/day"
)
def test_patient(case):
    pass
"""
HEAD = (
    written.HEAD
    + """
[defaults]
hardware_duration = "1 day"
start = { concentration = "500 µg/mL" }
numbers = { volume = "0.1 mL", drug = "50 µg", rate = "1 mL/day", dose = "1 mg/day" }
"""
)
PLAIN = """
[[case]]
requirement = "M-1"
point = "plain"
procedure = "plain"
needs = ["pump", "balance"]
"""
PATIENT = """
[[case]]
requirement = "M-1"
point = "patient"
procedure = "patient"
numbers = { allotted = 6, lockout = "4 hour" }
"""
WHOLE = HEAD + PLAIN + PATIENT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    procedures = written.PROCEDURES + PATIENT_PROCEDURE
    written.write(tmp_path, register=REGISTER, profile=PROFILE, procedures=procedures)
    return tmp_path


def check(folder: Path, text: str, *roles: str) -> list[tuple[Severity, str]]:
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    found = checking.check(folder / "plan.toml", None, roles or None)
    return [(each.severity, each.text) for each in found]


def only(folder: Path, text: str, *roles: str) -> tuple[Severity, str]:
    (finding,) = check(folder, text, *roles)
    return finding


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_nothing_to_say_of_a_clean_plan(folder: Path) -> None:
    assert check(folder, WHOLE) == []
    assert check(folder, WHOLE, "pump", "balance") == []


def test_every_wrong_case_is_named(folder: Path) -> None:
    wrong = PLAIN.replace("plain", "one", 1).replace("M-1", "M-9")
    worse = PLAIN.replace("plain", "two", 1).replace("balance", "scales")
    found = check(folder, WHOLE + wrong + worse)

    assert [severity for severity, _ in found] == [Severity.ERROR] * 2
    assert "[[case]] 3 'one': the requirement 'M-9' is not in" in found[0][1]
    assert "[[case]] 4 'two': needs names 'scales'" in found[1][1]


def test_a_file_that_cannot_be_read_is_a_finding_too(folder: Path) -> None:
    severity, text = only(folder, "[plan")
    assert severity is Severity.ERROR
    assert "plan.toml: not TOML" in text


def test_limits_that_the_profile_leaves_out(folder: Path) -> None:
    edit(folder / "profile.toml", "accuracy", "acuracy")
    severity, text = only(folder, WHOLE)
    assert severity is Severity.ERROR
    assert "profile.toml: flow.accuracy is not specified" in text
    assert "nothing can pass M-1" in text


def test_a_contradiction_of_the_profile(folder: Path) -> None:
    edit(folder / "profile.toml", "accuracy", 'minimum = "30 mL/day"\naccuracy')
    found = check(folder, HEAD + PLAIN)
    assert (Severity.ERROR) in {severity for severity, _ in found}
    assert any("the lower bound lies above" in text for _, text in found)


def test_a_requirement_without_a_case(folder: Path) -> None:
    edit(folder / "profile.toml", 'bolus = "constant rates only"', "")
    severity, text = only(folder, WHOLE)
    assert severity is Severity.ERROR
    assert "no case claims B-1" in text


def test_a_procedure_without_a_case(folder: Path) -> None:
    severity, text = only(folder, HEAD + PLAIN)
    assert severity is Severity.WARNING
    assert "no case uses the procedure test_patient" in text


def test_an_absence_on_which_nothing_depends(folder: Path) -> None:
    edit(folder / "profile.toml", "[absent]", '[absent]\nbolsu = "none"')
    severity, text = only(folder, WHOLE)
    assert severity is Severity.WARNING
    assert "[absent] names 'bolsu'" in text


def test_what_a_bench_lacks(folder: Path) -> None:
    severity, text = only(folder, WHOLE, "pump")
    assert severity is Severity.ERROR
    assert "the bench has no balance, which 1 cases need (M-1/plain)" in text


def test_what_only_a_simulator_can_run(folder: Path) -> None:
    text = HEAD + PATIENT + PLAIN + 'simulator_only = "half a year"'
    severity, said = only(folder, text, "pump", "balance")
    assert severity is Severity.WARNING
    assert "M-1/plain will not run, simulator only: half a year" in said
    assert check(folder, text, "pump", "balance", "simulator") == []


def test_seeded_faults_are_checked_too(folder: Path) -> None:
    (folder / "coverage.toml").write_text("[coverage]\n", encoding="utf-8")
    severity, text = only(folder, WHOLE)
    assert severity is Severity.ERROR
    assert "coverage.toml" in text


@pytest.mark.parametrize(
    ("old", "new", "severity", "words"),
    [
        # Seven doses that are 4 hours apart span 24 hours; eight do not fit.
        ("allotted = 6", "allotted = 7", None, ""),
        (
            "allotted = 6",
            "allotted = 8",
            Severity.WARNING,
            "M-1/patient: 8 doses that are 4 hours apart do not fit into 24 hours",
        ),
        # 6 * 3.9 mL + 1 mL = 24.4 mL, and 24 mL are possible.
        (
            "allotted = 6",
            'allotted = 6, volume = "3.9 mL"',
            Severity.ERROR,
            "6 doses and the background are 24.4 mL in 24 hours",
        ),
        ("allotted = 6", 'allotted = 6, volume = "3.8 mL"', None, ""),
    ],
)
def test_patient_boluses(
    folder: Path, old: str, new: str, severity: Severity | None, words: str
) -> None:
    text = HEAD + PLAIN + PATIENT.replace(old, new)
    if severity is None:
        assert check(folder, text) == []
        return
    said, finding = only(folder, text)
    assert said is severity
    assert words in finding
    assert check(folder, text + "expects_refusal = true") == []


def test_a_patient_bolus_as_drug_over_a_background_as_dose(folder: Path) -> None:
    edit(folder / "test_it.py", 'volume="mL", drug="µg", rate="mL/day"', 'drug="µg"')
    head = HEAD.replace('volume = "0.1 mL", ', "").replace('rate = "1 mL/day", ', "")
    # 6 * 1900 µg / 500 µg/mL + 1 mg/day / 500 µg/mL = 22.8 + 2 = 24.8 mL.
    drug = PATIENT.replace("allotted = 6", 'allotted = 6, drug = "1900 µg"')
    severity, text = only(folder, head + PLAIN + drug)
    assert severity is Severity.ERROR
    assert "are 24.8 mL in 24 hours, but flow.maximum allows 24 mL" in text
