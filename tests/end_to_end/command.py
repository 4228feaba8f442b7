"""The real command in a process of its own, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from fixtures import bench_file
from harness.evidence.reader import Integrity, inspect, read
from harness.evidence.records import Kind, Record
from harness.judging import Verdict
from harness.plans.coverage import Parameter, Parameters

ROOT: Final = Path(__file__).resolve().parents[2]
PLAN: Final = ROOT / "test_plans" / "implanted"
DOSEBENCH: Final = (sys.executable, "-m", "fixtures.cli")
_OF_THE_USER: Final = {
    name: value
    for name, value in os.environ.items()
    # What only a developer's shell says; a user's Python keeps its byte code.
    if name != "PYTHONDONTWRITEBYTECODE"
}
# Nothing that was printed may wait in a buffer of a process that is killed. Hypothesis
# is no dependency of the tool, and its plugin takes half as long as a short run.
ENVIRONMENT: Final = {
    **_OF_THE_USER,
    "PYTEST_ADDOPTS": "-p no:hypothesispytest",
    "PYTHONPATH": str(ROOT),
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
    "COLUMNS": "200",
}
# The page for people takes longer than a short run; only a run that shows what it holds
# of it, or that must be the user's in everything, has one.
WITHOUT_PAGE: Final = {
    **ENVIRONMENT,
    "PYTEST_ADDOPTS": "--assert=plain",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
_LONGEST_RUN_S: Final = 240.0

Judged = tuple[str, str]
"""A case and a requirement that it judged."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A judged value as the journal has it."""

    value: float
    expanded_u: float
    unit: str


class Journalled:
    """A run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def integrity(self) -> Integrity:
        return inspect(self.folder)

    @property
    def journal(self) -> bytes:
        files = sorted(self.folder.glob("journal-*.jsonl"))
        return b"".join(file.read_bytes() for file in files)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return tuple(read(self.folder))

    @cached_property
    def verdicts(self) -> dict[Judged, Verdict]:
        """What stands: the worst of a requirement; what was withdrawn is undecided."""
        withdrawn = {
            seq for void in self.of(Kind.VOID) for seq in _list(void.fields["records"])
        }
        worst: dict[Judged, Verdict] = {}
        for record in self.of(Kind.VERDICT):
            verdict = Verdict[str(record.fields["verdict"])]
            if record.seq in withdrawn:
                verdict = Verdict.INCONCLUSIVE
            judged = _judged(record)
            worst[judged] = max(worst.get(judged, verdict), verdict)
        return worst

    @cached_property
    def measured(self) -> dict[Judged, Measured]:
        by_seq = {record.seq: record.fields for record in self.of(Kind.MEASUREMENT)}
        found = {}
        for verdict in self.of(Kind.VERDICT):
            for seq in _list(verdict.fields["evidence"]):
                if seq in by_seq:
                    value, u = by_seq[seq]["value"], by_seq[seq]["expanded_u"]
                    unit = str(by_seq[seq]["unit"])
                    found[_judged(verdict)] = Measured(_number(value), _number(u), unit)
        return found

    @property
    def header(self) -> Mapping[str, Any]:
        return self.of(Kind.RUN)[0].fields

    @property
    def ended_cases(self) -> dict[str, Verdict]:
        return {
            str(record.fields["case"]): Verdict[str(record.fields["verdict"])]
            for record in self.of(Kind.CASE_END)
        }

    def of(self, kind: Kind) -> list[Record]:
        return [record for record in self.records if record.kind is kind]

    def within(self, case: str) -> list[Record]:
        """The records from a case's begin to its end."""
        first, last = (
            next(r.seq for r in self.of(kind) if r.fields["case"] == case)
            for kind in (Kind.CASE_BEGIN, Kind.CASE_END)
        )
        return [record for record in self.records if first <= record.seq <= last]


class Outcome(Journalled):
    """A run that has ended: its exit code, what it printed, its folder."""

    def __init__(self, code: int, output: str, runs: Path) -> None:
        # Beside the run's folder lies that of the units' histories.
        found = (journal.parent for journal in runs.glob("*/journal-0001.jsonl"))
        super().__init__(next(found, runs))
        self.code = code
        self.output = output


def arguments(
    runs: Path,
    *,
    plan: Path = PLAN,
    bench: Path | None = None,
    seed: int = 1,
    cases: Sequence[str] = (),
) -> list[str]:
    """The command line of a run of some cases, by their ids; of all when empty."""
    line = [*DOSEBENCH, "verify", str(plan), f"--seed={seed}", f"--runs={runs}"]
    if bench is not None:
        line.append(f"--bench={bench}")
    return [*line, *(f"--case={case}" for case in cases)]


def verify(
    home: Path,
    *,
    plan: Path = PLAN,
    bench: Path | None = None,
    seed: int = 1,
    cases: Sequence[str] = (),
    at_most_s: float = _LONGEST_RUN_S,
    environment: Mapping[str, str] = ENVIRONMENT,
) -> Outcome:
    """Run the command in the fresh folder ``home`` and wait for its end."""
    home.mkdir(parents=True)
    runs = home / "runs"
    line = arguments(runs, plan=plan, bench=bench, seed=seed, cases=cases)
    return finish(start(line, home, environment), runs, at_most_s=at_most_s)


def start(
    line: Sequence[str], home: Path, environment: Mapping[str, str] = ENVIRONMENT
) -> subprocess.Popen[str]:
    """Start a command whose output is read line by line."""
    return subprocess.Popen(
        line,
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def finish(
    process: subprocess.Popen[str],
    runs: Path,
    before: str = "",
    at_most_s: float = _LONGEST_RUN_S,
) -> Outcome:
    """Wait for a run; ``before`` is what has been read of its output already."""
    with process:
        try:
            output, _ = process.communicate(timeout=at_most_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Outcome(process.returncode, before + output, runs)


def simulated(
    path: Path,
    tables: Mapping[str, Parameters],
    bench: Path = bench_file.DEFAULT,
) -> Path:
    """Write a simulated bench with some parameters over what its own file says."""
    text = bench.read_text("utf-8")
    for table, parameters in tables.items():
        heading = f"[simulation.{table}]\n"
        members = "".join(f"{k} = {_toml(v)}\n" for k, v in parameters.items())
        before, found, after = text.partition(f"\n{heading}")
        own = after if found else ""
        kept = "".join(
            line
            for line in own.splitlines(keepends=True)
            if line.partition(" = ")[0] not in parameters
        )
        text = f"{before}\n{heading}{members}{kept}"
    path.write_text(text, encoding="utf-8")
    return path


def copy_of_plan(folder: Path) -> Path:
    """Copy the plan, and the profile beside it, to where a user would have them."""
    for name in ("implanted", "profiles"):
        shutil.copytree(
            ROOT / "test_plans" / name,
            folder / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return folder / "implanted"


def _toml(value: Parameter) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # What JSON says of texts, numbers and lists of texts is TOML too.
    return json.dumps(value, ensure_ascii=False)


def _judged(record: Record) -> Judged:
    return str(record.fields["case"]), str(record.fields["requirement"])


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _number(value: object) -> float:
    if not isinstance(value, float | int):
        raise TypeError(f"{value!r} is no number")
    return value
