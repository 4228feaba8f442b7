"""The files of a small plan as text, so that a test says only what differs."""

from __future__ import annotations

from pathlib import Path

HEAD = """
[plan]
id = "small"
title = "A small plan"
phase = "implanted"
register = "register.toml"
profile = "profile.toml"
rule = "guard-band"
"""
# The table that is still open is [flow].
PROFILE = """
[profile]
id = "p"
title = "A pump"
basis = "invented"
[absent]
bolus = "constant rates only"
[flow]
accuracy = "5 %"
"""
PROCEDURES = """
@pytest.mark.procedure
def test_plain(case):
    pass
"""


def register(*entries: str) -> str:
    """A register's text, with these requirements and subjects."""
    return '[register]\nid = "r"\ntitle = "Demands"\nversion = "1"\n' + "".join(entries)


def measured(name: str, more: str) -> str:
    """A requirement in percent, with the lines of its limits and more."""
    return _requirement(name, "measured", f'unit = "percent"\n{more}')


def attribute(name: str, more: str = "") -> str:
    """A requirement that is met or not."""
    return _requirement(name, "attribute", more)


def case(
    requirement: str, point: str, more: str = "", *, procedure: str = "plain"
) -> str:
    """A case of an hour that needs a pump."""
    return f"""
[[case]]
requirement = "{requirement}"
point = "{point}"
procedure = "{procedure}"
needs = ["pump"]
hardware_duration = "1 hour"
{more}
"""


def write(
    folder: Path,
    *plan: str,
    register: str,
    profile: str = PROFILE,
    procedures: str = PROCEDURES,
) -> Path:
    """Write the files, no plan if there is no text for it; return the plan's path."""
    files = {
        "profile.toml": profile,
        "register.toml": register,
        "test_it.py": procedures,
    }
    if plan:
        files["plan.toml"] = "".join(plan)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "plan.toml"


def _requirement(name: str, kind: str, more: str) -> str:
    return f"""
[[requirement]]
id = "{name}"
text = "It works."
source = "us"
hazard = "overdose"
kind = "{kind}"
{more}
"""
