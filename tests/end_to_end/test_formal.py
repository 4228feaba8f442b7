"""Formal runs from the command line: approval, the retest rule, deviations."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.reader import read
from harness.evidence.records import Kind
from harness.render.run_fold import of_journal
from tests.end_to_end.command import ENVIRONMENT, ROOT, simulated

PLAN = """
[plan]
id = "one-bolus"
title = "One bolus"
phase = "implanted"
register = "register.toml"
profile = "../profiles/reference-40.toml"
rule = "guard-band"

[[case]]
requirement = "ITB-BOL-001"
point = "single"
procedure = "single_bolus"
needs = ["pump", "balance", "clamp", "operator"]
capabilities = ["refillable", "bolus"]
start = { reservoir = "reservoir.capacity", concentration = "500 µg/mL" }
hardware_duration = "5 hour"
[case.numbers]
drug = "50 µg"
duration = "10 minute"
poll = "10 second"
blank = "2 hour"
"""
# A laboratory of its own, with a copy of the source: half a minute.
pytestmark = pytest.mark.slow

SETUP = ROOT / "fixtures" / "setup.example.toml"
LIES = "def lie(): pass\n"
NAMES = {"performer": "P. Example", "reviewer": "R. Example", "approver": "A. Example"}


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str


class Lab:
    """A clean clone with a plan of one case, keys, and an approval."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clone = home / "clone"
        self.plan = self.clone / "test_plans" / "implanted"
        self.runs = home / "runs"

    def dosebench(self, *words: str | Path, **environment: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "fixtures.cli", *map(str, words)],
            cwd=self.home,
            env={
                **ENVIRONMENT,
                "PYTHONPATH": str(self.clone),
                "PYTHONDONTWRITEBYTECODE": "1",
                "DOSEBENCH_PASSPHRASE": "a passphrase for tests only",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        return Said(done.returncode, done.stdout)

    def git(self, *words: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", "-C", self.clone, *who, *words], check=True)

    def formal(self, *words: str | Path, **environment: str) -> Said:
        return self.dosebench(
            "verify",
            self.plan,
            f"--runs={self.runs}",
            "--formal",
            "--setup=setup.toml",
            "--approval=approval.dsse.json",
            "--trusted-key=approver.pub.pem",
            *words,
            **environment,
        )

    @property
    def folders(self) -> list[Path]:
        return sorted(each.parent for each in self.runs.glob("*/journal-0001.jsonl"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    made = Lab(tmp_path_factory.mktemp("lab"))
    without = shutil.ignore_patterns("__pycache__")
    for folder in ("harness", "protocols", "drivers", "fixtures", "test_plans"):
        shutil.copytree(ROOT / folder, made.clone / folder, ignore=without)
    for file in ("pyproject.toml", "requirements.lock", "conftest.py"):
        shutil.copy(ROOT / file, made.clone)
    (made.plan / "plan.toml").write_text(PLAN, encoding="utf-8")
    (made.plan / "coverage.toml").unlink()
    made.git("init", "--quiet")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "All")
    shutil.copy(SETUP, made.home / "setup.toml")
    for name in NAMES:
        assert made.dosebench("key", "new", name).code == 0
    said = made.dosebench(
        *("approve", made.plan, "--key=approver.key.pem", "--name", NAMES["approver"])
    )
    assert said.code == 0, said.out
    return made


def facts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "facts.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def repeated(lab: Lab) -> tuple[Path, Path, Said]:
    """A formal run that failed, and its repeat on the same unit, now healthy."""
    ill = simulated(lab.home / "ill.toml", {"pump": {"flow_error": "14 %"}})
    first = lab.formal(f"--bench={ill}")
    assert first.code == 1, first.out
    second = lab.formal()
    failed, repeat = lab.folders
    return failed, repeat, second


def test_a_formal_run_names_what_was_approved(
    lab: Lab, repeated: tuple[Path, Path, Said]
) -> None:
    folder = repeated[0]
    header = next(read(folder)).fields
    formal, git, setup = (header[name] for name in ("formal", "git", "setup"))

    assert isinstance(formal, dict)
    assert formal["name"] == NAMES["approver"]
    assert formal["meaning"] == "approved for formal use"
    commit = subprocess.run(
        ["git", "-C", lab.clone, "rev-parse", "HEAD"], capture_output=True, check=True
    )
    assert git == {"commit": commit.stdout.decode().strip(), "clean": True}
    assert isinstance(setup, dict)
    assert setup["head_height"] == "120 mm, u = 5 mm"
    assert header["engineering"] == []
    assert facts(folder)["marks"].keys() == {"SIMULATED", "PARTIAL", "UNSIGNED"}


def test_the_folder_holds_what_the_header_names(
    repeated: tuple[Path, Path, Said],
) -> None:
    folder = repeated[0]
    header: Any = next(read(folder)).fields
    kept = {
        path.relative_to(folder / "inputs").as_posix(): sha256(
            path.read_bytes()
        ).hexdigest()
        for path in (folder / "inputs").rglob("*.*")
    }

    assert kept == {
        "plan/plan.toml": header["plan"]["sha256"],
        "plan/register.toml": header["register"]["sha256"],
        "profile/reference-40.toml": header["profile"]["sha256"],
        "bench/ill.toml": header["bench"]["sha256"],
        "setup/setup.toml": header["setup"]["sha256"],
        "approval/approval.dsse.json": header["formal"]["sha256"],
        **{f"procedures/{p['name']}": p["sha256"] for p in header["procedures"]},
    }


def test_a_repeat_never_replaces_a_fail(repeated: tuple[Path, Path, Said]) -> None:
    failed, repeat, second = repeated
    (earlier,) = (r.fields for r in read(repeat) if r.kind is Kind.EARLIER)
    own = [r.fields for r in read(repeat) if r.kind is Kind.VERDICT]

    assert earlier["run"] == failed.name
    assert [each["verdict"] for each in own] == ["PASS"]
    assert second.code == 1, second.out
    assert "FAIL" in second.out
    assert failed.name in second.out
    said = facts(repeat)
    assert said["verdict"] == "FAIL"
    assert said["cases"] == {"ITB-BOL-001/single": "FAIL"}
    assert said["requirements"]["ITB-BOL-001"] == "FAIL"


def test_a_deviation_lets_the_repeat_count_and_both_are_shown(
    lab: Lab, repeated: tuple[Path, Path, Said], tmp_path: Path
) -> None:
    failed, repeat, _ = repeated
    folder = tmp_path / repeat.name
    shutil.copytree(repeat, folder)
    (verdict,) = (r.seq for r in read(failed) if r.kind is Kind.VERDICT)
    said = lab.dosebench(
        *("deviation", "add", folder, "--id=DEV-2026-001"),
        *("--text", "The first pump was wrong", "--root-cause", "A wrong rotor"),
        f"--invalidates={failed.name}:{verdict}",
        *("--name", NAMES["reviewer"], "--role=reviewer", "--key=reviewer.key.pem"),
    )
    assert said.code == 0, said.out
    record = of_journal(folder)
    (case,) = record.cases
    (deviation,) = record.deviations

    assert record.verdict.name == "PASS"
    assert deviation.in_force
    assert [each.recorded.name for each in case.earlier] == ["FAIL"]
    assert [each.invalidated for each in case.earlier] == ["DEV-2026-001"]
    assert [each.recorded.name for each in case.verdicts] == ["PASS"]


def test_a_changed_file_ends_the_approval(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "reference-40.toml"
    profile = lab.plan.parent / "profiles" / "reference-40.toml"
    other.write_bytes(profile.read_bytes() + b"\n")
    before = lab.folders
    said = lab.formal(f"--profile={other}", "-k", "nothing or single")

    assert said.code == 4, said.out
    assert "profile reference-40.toml was changed" in " ".join(said.out.split())
    assert lab.folders == before


def refused(lab: Lab, *words: str | Path, **environment: str) -> str:
    before = lab.folders
    said = lab.formal(*words, **environment)
    assert said.code == 4, said.out
    assert lab.folders == before
    return "".join(said.out.split())


def compiled(source: Path) -> Path:
    """Let Python keep the bytecode of a file; return where."""
    cached = py_compile.compile(str(source), doraise=True)
    assert cached is not None
    return Path(cached)


def test_code_that_is_not_approved_keeps_a_formal_run_from_beginning(
    lab: Lab, tmp_path: Path
) -> None:
    """What is loaded before the tool can look, and a conftest.py above the plan."""
    (tmp_path / "sitecustomize.py").write_text(LIES)
    above = lab.plan.parent / "conftest.py"
    above.write_text(LIES)
    path = f"{lab.clone}{os.pathsep}{tmp_path}"
    try:
        said = refused(lab, PYTHONPATH=path)
    finally:
        above.unlink()

    assert "from2files" in said
    assert str(above) in said
    assert str(tmp_path / "sitecustomize.py") in said


def test_a_plugin_that_the_environment_names_is_not_found(
    lab: Lab, tmp_path: Path
) -> None:
    (tmp_path / "liar.py").write_text(LIES)
    path = f"{lab.clone}{os.pathsep}{tmp_path}"
    said = lab.formal(PYTEST_ADDOPTS="-pliar", PYTHONPATH=path)

    assert said.code == 4
    assert "No module named 'liar'" in said.out


def test_a_cache_cannot_stand_in_for_a_procedure(lab: Lab, tmp_path: Path) -> None:
    """Nor can a folder of the user, from which a library loads another one late."""
    steps = lab.plan / "steps.py"
    approved, times = steps.read_bytes(), steps.stat()
    marker = f"open({str(tmp_path / 'ran')!r}, 'w')\n".encode()
    steps.write_bytes(marker.ljust(len(approved), b"#"))
    os.utime(steps, ns=(times.st_atime_ns, times.st_mtime_ns))
    cached = compiled(steps)
    steps.write_bytes(approved)
    os.utime(steps, ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "late" / "pyvisa_py").mkdir(parents=True)
    (tmp_path / "late" / "pyvisa_py" / "__init__.py").write_bytes(marker)
    path = f"{lab.clone}{os.pathsep}{tmp_path / 'late'}"
    try:
        said = lab.formal(f"--runs={tmp_path / 'runs'}", PYTHONPATH=path)
    finally:
        cached.unlink()

    assert said.code == 0, said.out
    assert not (tmp_path / "ran").exists()


def test_a_cache_of_the_tool_is_compared_with_its_source(lab: Lab) -> None:
    """The tool itself is loaded before it can look away from its cache."""
    limits = lab.clone / "harness" / "judging" / "limits.py"
    source, times = limits.read_bytes(), limits.stat()
    limits.write_bytes(source.replace(b"True", b"1234", 1))
    os.utime(limits, ns=(times.st_atime_ns, times.st_mtime_ns))
    cached = compiled(limits)
    limits.write_bytes(source)
    os.utime(limits, ns=(times.st_atime_ns, times.st_mtime_ns))
    try:
        said = refused(lab)
    finally:
        cached.unlink()

    assert str(limits) in said
