"""The examples of the reference page are a plan without a mistake."""

from __future__ import annotations

import re
from pathlib import Path

from harness.plans import checking, loading
from harness.plans.plan import Form

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "plan.md"
PROCEDURES = """
@pytest.mark.procedure(dose="µg/day", duration="s", blank="s")
def test_steady(case): pass

@pytest.mark.procedure(weeks="1", days="schedule")
def test_weekly(case): pass
"""


def test_the_documented_files_are_right(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    for name, text in zip(("plan", "register", "profile"), blocks, strict=True):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(PROCEDURES, encoding="utf-8")

    plan = loading.load(tmp_path / "plan.toml", form=Form.ACCELERATED)
    assert checking.check(tmp_path / "plan.toml") == ()
    assert [case.id for case in plan.cases] == [
        "FLOW-1/half-year-r1",
        "FLOW-1/half-year-r2",
        "FLOW-1/half-year-r3",
        "SCH-1/night",
        "FLOW-2/above-maximum",
    ]
    assert plan.cases[0].start["reservoir"].text == "10 mL (0.5 * reservoir.capacity)"
