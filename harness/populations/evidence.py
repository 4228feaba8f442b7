"""What the journal of a run says about one unit, as a population needs it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError
from harness.evidence import reader
from harness.evidence.reader import Broken
from harness.evidence.record_check import check
from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.metrology.student import coverage_factor
from harness.populations.declaration import Population
from harness.populations.shared_error import shared_u
from harness.render import wording
from harness.render.case_record import CaseRecord
from harness.render.record_fields import Fields, objects, texts
from harness.render.run_fold import RunFold
from harness.render.run_record import RunRecord
from harness.render.verdict_record import VerdictRecord

_PUMP: Final = "pump"
# Whatever the decision rule of a unit asks for.
_COVERAGE: Final = 0.95

ENGINEERING: Final = "ENGINEERING"
PARTIAL: Final = "PARTIAL"


@dataclass(frozen=True, slots=True)
class Value:
    """A judged value of one unit, in the unit of its limit.

    Attributes:
        value: as it was measured.
        expanded_u: U with a coverage of 95 %.
        shared_u: the part of U, with the same coverage, that other units share.
        random_u: standard uncertainty of the rest, which differs from value to value.
    """

    value: float
    expanded_u: float
    shared_u: float
    random_u: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """A limit as it was judged; a bound is None where there is none."""

    lower: float | None
    upper: float | None
    unit: str

    @property
    def sides(self) -> int:
        """How many bounds there are."""
        return sum(bound is not None for bound in (self.lower, self.upper))


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict on a requirement that stands in a run.

    Attributes:
        unit: the unit under test: its serial number, in a simulation with the seed.
        run: name of the run's folder.
        case: id of the case.
        requirement: id of the requirement.
        verdict: at best INCONCLUSIVE where the case did not end.
        value: what was judged; None for a fact, or where it cannot be used.
        bounds: what it was held against; None for a fact.
    """

    unit: str
    run: str
    case: str
    requirement: str
    verdict: Verdict
    value: Value | None
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class UnitRun:
    """One run of one unit.

    Attributes:
        name: name of the run's folder.
        head: hash of the journal's last record: no two runs share it.
        unit: the unit under test.
        digests: what must be the same in all runs, by its name in words.
        may_differ: what may be different, but is said.
        is_simulated: whether the run is evidence for nothing but the tool.
        notes: what restricts the run, a sentence each.
        state: what became of it.
        populations: what the plan declared.
        judged: every verdict of the run.
    """

    name: str
    head: str
    unit: str
    digests: Mapping[str, str]
    may_differ: Mapping[str, str]
    is_simulated: bool
    notes: tuple[str, ...]
    state: RunState
    populations: tuple[Population, ...]
    judged: tuple[Judged, ...]


def read(folder: Path) -> UnitRun:
    """Read and verify the journal of a run.

    Raises:
        ConfigurationError: there is no journal, it was altered or broke off at its
            head, or no pump answered in it.
    """
    try:
        return _read(folder)
    except (Broken, OSError, ValueError) as error:
        raise ConfigurationError(
            f"{folder}: this is no run that can be used ({error}); give the folder of a"
            " run with an unbroken journal"
        ) from error


def _read(folder: Path) -> UnitRun:
    fold = RunFold()
    header: Fields = {}
    budgets: dict[int, Fields] = {}
    journal = reader.Pass(folder)
    for record in journal.records(fold.take_exchange):
        check(record.kind, record.fields)
        fold.take(record.kind, record.seq, record.t_ns, record.fields)
        if record.kind is Kind.MEASUREMENT:
            budgets[record.seq] = record.fields
        elif record.kind is Kind.RUN:
            header = header or record.fields
    integrity = journal.integrity()
    run = fold.result(integrity)
    serial, digests = _pump(run)
    unit = f"{serial}, seed {run.header.seed}" if run.header.is_simulated else serial
    name = folder.resolve().name
    judged = (
        _judged(verdict, case, name, unit, budgets)
        for case in run.cases
        for verdict in case.verdicts
    )
    return UnitRun(
        name=name,
        head=integrity.head,
        unit=unit,
        digests={**digests, **_digests(run)},
        may_differ=_may_differ(run),
        is_simulated=run.header.is_simulated,
        notes=tuple(_notes(run, header)),
        state=run.state,
        populations=tuple(map(Population.from_json, objects(header, "populations"))),
        judged=tuple(judged),
    )


def _pump(run: RunRecord) -> tuple[str, dict[str, str]]:
    """The serial number of the unit under test, and what it is."""
    found = {
        (each.serial, each.model, each.firmware)
        for each in run.instruments
        if _PUMP in each.role.split(", ")
    }
    if len(found) != 1:
        raise ValueError(f"{len(found)} pumps answered in it, not one")
    ((serial, model, firmware),) = found
    return serial, {"pump model": model, "firmware": firmware}


def _digests(run: RunRecord) -> dict[str, str]:
    head = run.header
    procedures = ", ".join(f"{each.name} {each.sha256}" for each in head.procedures)
    return {
        "plan": head.plan.sha256,
        "form of the plan": head.plan.details.get("form", ""),
        "profile": head.profile.sha256,
        "register": head.register.sha256,
        "procedures": procedures,
        "kind of bench": "simulated" if head.is_simulated else "hardware",
    }


def _may_differ(run: RunRecord) -> dict[str, str]:
    head = run.header
    return {
        "bench file": f"{head.bench.name} {head.bench.sha256}",
        "software": f"{head.software.name} {head.software.sha256}",
    }


def _notes(run: RunRecord, header: Fields) -> Iterator[str]:
    yield from (f"{PARTIAL}: {reason}" for reason in run.header.partial)
    yield from (f"{ENGINEERING}: {reason}" for reason in texts(header, "engineering"))
    yield from (f"withdrawn verdicts: {void.reason}" for void in run.voids)


def _judged(
    verdict: VerdictRecord,
    case: CaseRecord,
    run: str,
    unit: str,
    measured: Mapping[int, Fields],
) -> Judged:
    limit = case.limit_of(verdict)
    bounds = None if limit is None else Bounds(limit.lower, limit.upper, limit.unit)
    has_ended = case.ended is not None
    stands = (
        verdict.verdict if has_ended else max(verdict.verdict, Verdict.INCONCLUSIVE)
    )
    is_usable = has_ended and verdict.void is None
    return Judged(
        unit=unit,
        run=run,
        case=case.id,
        requirement=verdict.requirement,
        verdict=stands,
        value=_value(case, verdict, bounds, measured) if bounds and is_usable else None,
        bounds=bounds,
    )


def _value(
    case: CaseRecord,
    verdict: VerdictRecord,
    bounds: Bounds,
    measured: Mapping[int, Fields],
) -> Value | None:
    """The value in the unit of its limit; None where it is not a finite number."""
    found = case.measurement_of(verdict)
    if found is None:
        return None
    shared = shared_u(measured[found.seq])
    own = math.sqrt(max(0.0, found.u**2 - shared**2))
    k = coverage_factor(found.dof, _COVERAGE)
    numbers = (found.value, k * found.u, k * shared, own)
    converted = [wording.convert(each, found.unit, bounds.unit) for each in numbers]
    usable = [each for each in converted if each is not None and math.isfinite(each)]
    return Value(*usable) if len(usable) == len(numbers) else None
