"""An approval binds what a run of the plan records."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fixtures.pytest_run import ROOT
from harness.clock import VirtualClock
from harness.execution.header import BenchSetup, Fidelity, header
from harness.plans import loading
from harness.plans.digests import digests
from harness.signing.approvals import recorded_digests

PLAN = ROOT / "test_plans" / "implanted" / "plan.toml"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_of_the_plan_is_bound() -> None:
    plan = loading.load(PLAN)
    folder, profile = PLAN.parent, plan.profile.path

    expected = {f"procedure {each.name}": sha256(each) for each in folder.glob("*.py")}
    for kind in ("plan", "register", "coverage"):
        expected[f"{kind} {kind}.toml"] = sha256(folder / f"{kind}.toml")
    expected[f"profile {profile.name}"] = sha256(profile)

    assert digests(plan) == expected


def test_a_run_records_what_an_approval_binds() -> None:
    plan = loading.load(PLAN)
    setup = BenchSetup(
        path=Path("bench.toml"),
        sha256="aa" * 32,
        fidelity=Fidelity.IN_PROCESS,
        clock=VirtualClock(0),
        roles=frozenset(),
    )

    record = header(plan, setup, 1, frozenset(), {})

    assert recorded_digests(record) == digests(plan)


def test_a_plan_without_coverage_binds_none(tmp_path: Path) -> None:
    plan = loading.load(PLAN)
    bare = tmp_path / "plan"
    bare.mkdir()
    for each in PLAN.parent.iterdir():
        if each.suffix in {".py", ".toml"} and each.name != "coverage.toml":
            (bare / each.name).write_bytes(each.read_bytes())
    text = (bare / "plan.toml").read_text("utf-8")
    moved = text.replace("../profiles/", f"{plan.profile.path.parent.as_posix()}/")
    (bare / "plan.toml").write_text(moved, encoding="utf-8")

    names = digests(loading.load(bare / "plan.toml"))

    assert not any(name.startswith("coverage") for name in names)
