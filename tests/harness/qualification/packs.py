"""A qualification in which everything passed, made by hand, to be spoiled by tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from harness.judging import RunState, Verdict
from harness.plans.channels import Channel
from harness.qualification import pack_campaign, pack_runs
from harness.qualification.matrix import Sought
from harness.qualification.outcome import JobKind, Judged, RunOutcome, hash_of
from harness.qualification.pack import (
    DATA,
    PAGE,
    Check,
    Expected,
    Grade,
    Pack,
    Part,
    Subject,
)
from harness.qualification.pack_page import page
from harness.qualification.pack_runs import CAMPAIGN, CAMPAIGNS

SOFTWARE: Final = {"name": "dosebench 0.1.0", "sha256": "ab" * 32, "lock": "cd" * 32}
PLAN: Final = {"plan plan.toml": "12" * 32}
PLAN_OF_FAULTS: Final = {"plan plan.toml": "34" * 32}
DEFECTS: Final = tuple(
    Sought(f"D{n:02}", f"defect {n}", "engineering", f"REQ-{n:03}") for n in range(12)
)
EXPECTED: Final = Expected(
    software=SOFTWARE,
    plan=PLAN,
    plan_of_faults=PLAN_OF_FAULTS,
    defects=DEFECTS,
    bench_faults={"B01": "drift", "B02": "draught"},
    channels={each.requirement: (Channel.BALANCE,) for each in DEFECTS},
    steady=("CASE/steady",),
)
OK: Final = Check("thing", "1", "1", "look", Grade.PASSED)


def judged(requirement: str, verdict: Verdict, value: float | None = None) -> Judged:
    fact = Judged("CASE/steady", requirement, verdict, 7200.0, 60.0)
    if value is None:
        return fact
    return replace(
        fact, value=value, expanded_u=0.5, lower=-10.0, upper=10.0, unit="percent"
    )


def run(
    job: str, kind: JobKind, said: Iterable[Judged], *seeded: str, **changes: Any
) -> RunOutcome:
    verdicts = tuple(said)
    made = RunOutcome(
        job=job,
        kind=kind,
        seeded=seeded,
        profile="reference-40",
        seed=1,
        fidelity="in-process",
        state=RunState.COMPLETE,
        judged=verdicts,
        verdict_hash=hash_of(verdicts),
        wall_s=1.0,
    )
    return replace(made, **changes)


def defect(sought: Sought, **changes: Any) -> RunOutcome:
    said = [judged(sought.requirement, Verdict.FAIL)]
    return run(sought.id, JobKind.DEFECT, said, sought.id, **changes)


def healthy(job: str, seed: int) -> RunOutcome:
    said = [judged("REQ-000", Verdict.PASS, 3.0)]
    return run(job, JobKind.HEALTHY, said, seed=seed)


def bench_fault(fault: str) -> RunOutcome:
    said = [judged("REQ-000", Verdict.INCONCLUSIVE)]
    return run(fault, JobKind.BENCH_FAULT, said, fault, state=RunState.BENCH_FAULT)


def outcomes() -> list[RunOutcome]:
    within = [healthy(f"allowed-{n:04}", n) for n in range(300)]
    near = [healthy(f"near-the-limit-{n:04}", n) for n in range(5)]
    faults = [bench_fault(each) for each in EXPECTED.bench_faults]
    return [*map(defect, DEFECTS), *within, *near, *faults]


def over_the_wire() -> list[RunOutcome]:
    return [defect(each, fidelity="wire") for each in DEFECTS]


def campaign_file(runs: Iterable[RunOutcome], **changes: Any) -> bytes:
    requirements = {each.id: each.requirement for each in DEFECTS}
    jobs = [
        {
            "name": each.job,
            "kind": each.kind,
            "group": each.job.rpartition("-")[0],
            "defects": each.seeded if each.kind is JobKind.DEFECT else (),
            "requirement": requirements.get(each.job, ""),
        }
        for each in runs
    ]
    plan = {"id": "qualification", "files": PLAN}
    said = {"software": SOFTWARE, "plan": plan, "cases": [], "jobs": jobs}
    return json.dumps({**said, **changes}).encode()


def lines(runs: Iterable[RunOutcome]) -> bytes:
    return "".join(f"{line(each)}\n" for each in runs).encode()


@cache
def line(each: RunOutcome) -> str:
    return replace(each, verdict_hash=hash_of(each.judged)).to_line()


def contents(
    main: list[RunOutcome] | None = None, wire: list[RunOutcome] | None = None
) -> dict[str, bytes]:
    """The files of two campaigns, as a pack has them."""
    both = (
        outcomes() if main is None else main,
        over_the_wire() if wire is None else wire,
    )
    return {
        f"{CAMPAIGNS}/{number}/{name}": data
        for number, runs in enumerate(both, start=1)
        for name, data in (
            (CAMPAIGN, campaign_file(runs)),
            ("results.jsonl", lines(runs)),
        )
    }


def parts(files: dict[str, bytes]) -> dict[Subject, Part]:
    found = pack_campaign.parts(pack_runs.read(files), EXPECTED)
    return {each.subject: each for each in found}


def pack(files: dict[str, bytes] | None = None) -> Pack:
    """A pack that is qualified, if its campaigns are."""
    kept = contents() if files is None else files
    folded = parts(kept)
    return Pack(
        tool="dosebench 0.1.0",
        made="2026-11-22T12:00:00Z",
        identity={"source": "ab" * 32, "python": "CPython 3.11.7"},
        expected=EXPECTED,
        parts=tuple(folded.get(each, Part(each, (OK,))) for each in Subject),
        files={n: hashlib.sha256(data).hexdigest() for n, data in kept.items()},
    )


def write(folder: Path, made: Pack, files: dict[str, bytes] | None = None) -> Path:
    """Write a pack's folder."""
    data = contents() if files is None else files
    whole = {**data, DATA: made.to_bytes(), PAGE: page(made).encode()}
    for name, content in whole.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
