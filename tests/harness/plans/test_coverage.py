"""The seeded faults of a plan: everything that they name is there."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import pytest

from harness.errors import ConfigurationError
from harness.plans import coverage
from harness.plans.register import Register, Requirement, RequirementKind

ROOT = Path(__file__).parents[3]
HEAD = '[coverage]\nregister = "r"\n'
FAULT = """
[[covered]]
requirement = "BOL-1"
case = "BOL-1/single"
fault = "bolus too short"
[covered.pump]
defects = ["bolus too short"]
"""
MORE = """
[[covered]]
requirement = "FLOW-1"
case = "BOL-1/single"
fault = "all too much, unseen"
with = ["BOL-1"]
because = "a bolus is a flow"
[covered.pump]
flow_error = "14 %"
history_days = 3
[covered.simulation.balance]
silent = true
"""
CLAIMS = {"BOL-1/single": ("BOL-1", "FLOW-1"), "CNT-1/day": ("CNT-1",)}


def demand(name: str) -> Requirement:
    kind = RequirementKind.ATTRIBUTE
    return Requirement(name, "It works.", "us", "overdose", kind, "", "", "")


REGISTER = Register(
    Path("register.toml"),
    "0" * 64,
    "r",
    "Demands",
    "1",
    MappingProxyType({name: demand(name) for name in ("BOL-1", "FLOW-1", "CNT-1")}),
)


def load(folder: Path, text: str, absent: tuple[str, ...] = ()) -> coverage.Coverage:
    (folder / "coverage.toml").write_text(text, encoding="utf-8")
    return coverage.load(folder, REGISTER, CLAIMS, absent)


def test_without_a_file_nothing_is_covered(tmp_path: Path) -> None:
    nothing = coverage.load(tmp_path, REGISTER, CLAIMS)

    assert nothing.faults == ()
    assert nothing.sha256 == ""
    assert nothing.of("BOL-1") == ()


def test_a_fault_as_the_file_has_it(tmp_path: Path) -> None:
    text = HEAD + FAULT + MORE
    loaded = load(tmp_path, text)

    assert loaded.sha256 == sha256(text.encode()).hexdigest()
    (bolus,) = loaded.of("BOL-1")
    assert (bolus.case, bolus.fault) == ("BOL-1/single", "bolus too short")
    assert (bolus.also_fails, bolus.because) == ((), "")
    assert bolus.simulation == {"pump": {"defects": ("bolus too short",)}}
    (flow,) = loaded.of("FLOW-1")
    assert (flow.also_fails, flow.because) == (("BOL-1",), "a bolus is a flow")
    assert flow.simulation == {
        "pump": {"flow_error": "14 %", "history_days": 3},
        "balance": {"silent": True},
    }


def test_a_requirement_may_have_several_faults(tmp_path: Path) -> None:
    other = FAULT.replace('fault = "bolus too short"', 'fault = "bolus twice"')

    assert len(load(tmp_path, HEAD + FAULT + other).of("BOL-1")) == 2


def test_a_case_need_not_claim_what_does_not_apply(tmp_path: Path) -> None:
    text = HEAD + FAULT.replace("BOL-1/single", "CNT-1/day")

    with pytest.raises(ConfigurationError, match="CNT-1/day does not claim it"):
        load(tmp_path, text)
    assert load(tmp_path, text, ("BOL-1",)).of("BOL-1")[0].case == "CNT-1/day"


def test_the_documented_example_is_right(tmp_path: Path) -> None:
    page = (ROOT / "docs/reference/traceability.md").read_text("utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    names = ("ITB-BOL-001", "ITB-FLOW-001", "ITB-CNT-002")
    demands = replace(
        REGISTER,
        id="itb-implanted",
        requirements=MappingProxyType({name: demand(name) for name in names}),
    )
    claims = {"ITB-BOL-001/single": names, "ITB-FLOW-001/low": names}
    (tmp_path / "coverage.toml").write_text(example, encoding="utf-8")

    _, flow = coverage.load(tmp_path, demands, claims).faults

    assert list(flow.simulation) == ["pump", "surroundings"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('register = "r"', 'register = "other"', "register is 'other', but"),
        ('register = "r"', "", "'register' is missing"),
        ('register = "r"', 'register = "r"\nversion = 1', "'version' is unknown"),
        ('= "BOL-1"', '= "BOL-9"', "'BOL-9' is not in register.toml"),
        ("BOL-1/single", "BOL-1/double", "case 'BOL-1/double' is not in the plan"),
        ("BOL-1/single", "CNT-1/day", "case CNT-1/day does not claim it"),
        ("fault =", "falut =", "'fault' is missing"),
        ("fault =", 'with = ["CNT-1"]\nfault =', "'because' is missing"),
        ("fault =", 'because = "so"\nfault =', "'because' is unknown"),
        ("fault =", 'with = ["BOL-1"]\nbecause = "x"\nfault =', "itself"),
        ("fault =", 'with = ["XX-1"]\nbecause = "x"\nfault =', "'XX-1' is not in"),
        ('defects = ["bolus too short"]', "", "nothing seeds 'bolus too short'"),
        ("[covered.pump]", "[covered.simulation.pump]", "[covered.pump] instead"),
        ("[covered.pump]", "[covered.pmup]", "'pmup' is unknown"),
        ('["bolus too short"]', "1.5", "write a list of texts"),
        (FAULT, FAULT + FAULT, "stands twice"),
        (FAULT, "", "'covered' is missing"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in HEAD + FAULT
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, (HEAD + FAULT).replace(old, new))
    assert "coverage.toml" in str(caught.value)
    assert message in str(caught.value)
