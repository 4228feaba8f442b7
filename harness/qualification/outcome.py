"""What one run of a campaign came to, folded from the journal that it left.

A campaign's folder has a line for each run in ``results.jsonl``, so that nothing has to
be read twice and a campaign that was broken off can go on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from harness.evidence.records import Kind, Record
from harness.judging import RunState, Verdict
from harness.render.judged import JudgedRow, judged_rows
from harness.render.run_fold import of_journal
from harness.units import magnitude, ureg

RESULTS: Final = "results.jsonl"
"""Name of the file with a line for each run."""
_NS_PER_S: Final = 1e9


class JobKind(StrEnum):
    """What a run of a campaign is there to show."""

    DEFECT = "defect"
    HEALTHY = "healthy"
    BENCH_FAULT = "bench fault"


@dataclass(frozen=True, slots=True)
class Judged:
    """What stands of one requirement in one case: the worst of its verdicts.

    Attributes:
        case: id of the case.
        requirement: id of the requirement.
        verdict: the verdict that stands.
        bench_s: bench time from the run's start to the verdict, in seconds.
        case_s: the same from the start of its case.
        value: what was judged; None for a fact, and the next three with it.
        expanded_u: its U.
        lower, upper: its limits; None also where there is no such bound.
        unit: of these four; "" for a fact.
    """

    case: str
    requirement: str
    verdict: Verdict
    bench_s: float
    case_s: float
    value: float | None = None
    expanded_u: float | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str = ""

    @property
    def beyond(self) -> float | None:
        """How far the value lies outside of its limits; negative inside, None of facts.

        In the unit of the value.
        """
        if self.value is None:
            return None
        below = [] if self.lower is None else [self.lower - self.value]
        above = [] if self.upper is None else [self.value - self.upper]
        return max((*below, *above), default=None)

    @property
    def share_of_limit(self) -> float | None:
        """How much of the way from the middle (or from 0) to the limit the value went.

        1 is exactly at a limit; None for a fact, and where there is no way to go.
        """
        if self.value is None:
            return None
        ends = [each for each in (self.lower, self.upper) if each is not None]
        middle = sum(ends) / 2
        way = max((abs(each - middle) for each in ends), default=0.0)
        if way == 0.0:
            return None
        if len(ends) == 1 and self.lower is not None and self.lower > 0.0:
            # At least so much: the further above it, the smaller the share.
            return self.lower / self.value if self.value > 0.0 else None
        if len(ends) == 1:
            # Away from the only limit there is nothing to come near to.
            return max(0.0, self.value / ends[0])
        return abs(self.value - middle) / way


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """One run of a campaign.

    Attributes:
        job: its name, which is also that of its folder.
        kind: what it is there to show.
        seeded: ids of what was seeded; none for a healthy pump.
        profile: name of the pump's profile.
        seed: of the simulated unit and of all noise.
        fidelity: of the bench, as the journal says.
        state: what became of the run.
        judged: what stands, in the order of the journal.
        verdict_hash: see :func:`hash_of`.
        wall_s: how long it took here, in seconds.
        trouble: what went wrong with the run, if anything did.
    """

    job: str
    kind: JobKind
    seeded: tuple[str, ...]
    profile: str
    seed: int
    fidelity: str
    state: RunState
    judged: tuple[Judged, ...]
    verdict_hash: str
    wall_s: float
    trouble: str = ""

    @property
    def failed(self) -> tuple[Judged, ...]:
        """What is FAIL, the first seen first."""
        failed = (each for each in self.judged if each.verdict is Verdict.FAIL)
        return tuple(sorted(failed, key=lambda each: each.bench_s))

    @property
    def shows_nothing(self) -> bool:
        """Whether it says nothing of pump or bench: broken off, or nothing judged."""
        if self.state is RunState.BENCH_FAULT:
            return False
        return self.state is not RunState.COMPLETE or not self.judged

    def to_line(self) -> str:
        """Return the outcome as one line of JSON, without its end."""
        fields = asdict(self)
        fields["state"] = self.state.name
        for each in fields["judged"]:
            each["verdict"] = each["verdict"].name
        return json.dumps(fields, ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> RunOutcome:
        """Read what :meth:`to_line` wrote.

        Raises:
            ValueError: the line is not whole, was altered, or is not of this version.
        """
        try:
            fields = json.loads(line)
            fields["kind"] = JobKind(fields["kind"])
            fields["seeded"] = tuple(fields["seeded"])
            fields["state"] = RunState[fields["state"]]
            fields["judged"] = tuple(_judged_of(each) for each in fields["judged"])
            found = cls(**fields)
        except (TypeError, KeyError) as error:
            raise ValueError(f"this is no line of {RESULTS}: {error}") from error
        if found.verdict_hash != hash_of(found.judged):
            raise ValueError(f"the verdicts of {found.job} are not those of its hash")
        return found


def of_folder(
    folder: Path,
    job: str,
    kind: JobKind,
    seeded: tuple[str, ...],
    profile: str,
    seed: int,
    wall_s: float,
) -> RunOutcome:
    """Fold the journal in a run's folder.

    Args:
        folder: of the run.
        job: its name.
        kind: what it is there to show.
        seeded: ids of what was seeded.
        profile: name of the pump's profile.
        seed: of the simulated unit.
        wall_s: how long it took here.

    Raises:
        Broken: not even the header of the journal can be read.
    """
    given_ns: dict[int, int] = {}

    def watch(record: Record) -> None:
        if record.kind is Kind.VERDICT:
            given_ns[record.seq] = record.t_ns

    run = of_journal(folder, watch)
    stands: dict[tuple[str, str], JudgedRow] = {}
    for row in judged_rows(run):
        key = row.case, row.requirement
        if row.counts and (key not in stands or _rank(row) > _rank(stands[key])):
            stands[key] = row
    judged = tuple(
        _judged(row, given_ns[row.seq_verdict], run.t_first_ns)
        for row in stands.values()
    )
    return RunOutcome(
        job=job,
        kind=kind,
        seeded=seeded,
        profile=profile,
        seed=seed,
        fidelity=run.header.fidelity,
        state=run.state,
        judged=judged,
        verdict_hash=hash_of(judged),
        wall_s=wall_s,
        trouble="; ".join(each.reason for each in run.faults),
    )


def hash_of(judged: Iterable[Judged]) -> str:
    """Return the SHA-256 of all verdicts, whatever the bench, the time and the host.

    One line ``case requirement verdict`` for each, sorted, joined by line feeds.
    """
    lines = sorted(
        f"{each.case} {each.requirement} {each.verdict.name}" for each in judged
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read(file: Path) -> tuple[RunOutcome, ...]:
    """Return the runs of a campaign; the last of each job counts.

    A last line that was cut off, as by a loss of power, is left out.

    Raises:
        ValueError: another line is no outcome.
        OSError: the file cannot be read.
    """
    lines = file.read_text("utf-8").split("\n")
    outcomes = (RunOutcome.from_line(line) for line in lines[:-1] if line)
    return tuple({each.job: each for each in outcomes}.values())


def _rank(row: JudgedRow) -> Verdict:
    return Verdict[row.verdict]


def _judged(row: JudgedRow, given_ns: int, run_began_ns: int) -> Judged:
    case_began_ns = given_ns if row.case_begin_ns is None else row.case_begin_ns
    unit = row.limit_unit or row.unit or ""
    return Judged(
        case=row.case,
        requirement=row.requirement,
        verdict=_rank(row),
        bench_s=(given_ns - run_began_ns) / _NS_PER_S,
        case_s=(given_ns - case_began_ns) / _NS_PER_S,
        value=_in(unit, row.value, row.unit),
        expanded_u=_in(unit, row.expanded_u, row.unit),
        lower=row.lower,
        upper=row.upper,
        unit=unit,
    )


def _in(unit: str, value: float | None, of: str | None) -> float | None:
    if value is None or not of or of == unit:
        return value
    return magnitude(ureg.Quantity(value, of), unit)


def _judged_of(fields: Mapping[str, Any]) -> Judged:
    for name in ("bench_s", "case_s", "value", "expanded_u", "lower", "upper"):
        number = fields.get(name)
        if number is not None and not isinstance(number, int | float):
            raise TypeError(f"{name} is {number!r:.80}, and no number")
    return Judged(**{**fields, "verdict": Verdict[fields["verdict"]]})
