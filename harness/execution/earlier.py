"""Earlier formal runs of the same unit: a repeat never replaces what they judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import ConfigurationError, HarnessError
from harness.evidence import reader
from harness.evidence.chain import file_numbers
from harness.evidence.reader import Broken
from harness.evidence.records import JsonValue, Kind, Record
from harness.judging import Verdict
from harness.plans.plan import Plan, Role
from harness.render.bench_record import InstrumentRecord
from harness.render.case_record import CaseRecord
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict that an earlier run recorded; what it withdrew is INCONCLUSIVE.

    Attributes:
        case: id of the case.
        requirement: what was judged.
        verdict: as it was recorded.
        seq: number of its record.
        statement: the reason.
    """

    case: str
    requirement: str
    verdict: Verdict
    seq: int
    statement: str

    def to_json(self) -> dict[str, JsonValue]:
        """Return an entry of ``verdicts`` in the earlier record."""
        return {
            "case": self.case,
            "requirement": self.requirement,
            "verdict": self.verdict.name,
            "seq": self.seq,
            "statement": self.statement,
        }


@dataclass(frozen=True, slots=True)
class EarlierFormal:
    """An earlier formal run.

    Attributes:
        run: name of its folder.
        digest: hash of its first record.
        head: hash of its last record.
        state: what became of it.
        model, serial: of the pump; empty where it was broken off before that was known.
        verdicts: what it judged.
    """

    run: str
    digest: str
    head: str
    state: str
    model: str
    serial: str
    verdicts: tuple[Judged, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields of the earlier record."""
        return {
            "run": self.run,
            "digest": self.digest,
            "head": self.head,
            "state": self.state,
            "verdicts": [each.to_json() for each in self.verdicts],
        }


def find(runs: Path, plan: Plan, but: Path) -> tuple[EarlierFormal, ...]:
    """Return the formal runs of a plan and profile, of whatever unit.

    A run that is gone is known from those that came after it and are still there, and
    so is what was cut off from one.

    Args:
        runs: folder of the runs.
        plan: the plan, with its profile.
        but: folder of the run that is about to begin.

    Raises:
        ConfigurationError: whether a journal tells of such a run cannot be told, or it
            is one and was altered.
    """
    found: dict[str, EarlierFormal] = {}
    for each in _told(runs, plan, but):
        known = found.get(each.digest, each)
        verdicts = dict.fromkeys((*known.verdicts, *each.verdicts))
        found[each.digest] = replace(known, verdicts=tuple(verdicts))
    return tuple(found.values())


def _told(runs: Path, plan: Plan, but: Path) -> Iterator[EarlierFormal]:
    """Yield every run that is there, and then those of which they tell.

    Raises:
        ConfigurationError: a journal cannot be believed.
    """
    heard: list[EarlierFormal] = []
    for folder in sorted(runs.iterdir()):
        if folder == but or not folder.is_dir() or not file_numbers(folder):
            continue
        try:
            first = next(reader.read(folder), None)
            if first is not None and _is_formal(first, plan):
                run, own = _earlier(folder)
                yield own
                heard += _heard(run, own)
        except HarnessError as error:
            raise ConfigurationError(
                f"{folder}: whatever this run has judged must not be lost, and its"
                f" journal cannot be believed ({error}); restore it from its bundle, or"
                " move it out of this folder with a deviation that says so"
            ) from error
    yield from heard


def _is_formal(first: Record, plan: Plan) -> bool:
    fields = first.fields
    ids = (_id(fields.get("plan")), _id(fields.get("profile")))
    is_formal = first.kind is Kind.RUN and fields.get("formal") is not None
    return is_formal and ids == (plan.id, plan.profile.id)


def _id(file: JsonValue) -> JsonValue:
    return file.get("id") if isinstance(file, dict) else None


def _earlier(folder: Path) -> tuple[RunRecord, EarlierFormal]:
    """Read a run; return also what counts of it.

    Raises:
        Broken: the journal was altered.
    """
    run = of_journal(folder)
    if isinstance(run.integrity.broken, Broken):
        raise run.integrity.broken
    pump = next((each for each in run.instruments if _is_pump(each)), None)
    return run, EarlierFormal(
        run=folder.name,
        digest=run.digest,
        head=run.integrity.head,
        state=run.state.name,
        model="" if pump is None else pump.model,
        serial="" if pump is None else pump.serial,
        verdicts=tuple(_judged(run)),
    )


def _heard(run: RunRecord, own: EarlierFormal) -> Iterator[EarlierFormal]:
    """Yield the runs of which a run tells, on the same unit as its own."""
    for each in run.earlier:
        judged = (
            Judged(case.id, told.requirement, told.recorded, told.seq, told.statement)
            for case in run.cases
            for told in case.earlier
            if told.run_digest == each.digest
        )
        yield EarlierFormal(
            run=each.run,
            digest=each.digest,
            head=each.head,
            state=each.state.name,
            model=own.model,
            serial=own.serial,
            verdicts=tuple(judged),
        )


def _is_pump(instrument: InstrumentRecord) -> bool:
    return Role.PUMP in instrument.role.split(", ")


def _judged(run: RunRecord) -> Iterator[Judged]:
    for case in run.cases:
        for attempt in (*case.attempts, case):
            yield from _of_attempt(attempt)


def _of_attempt(case: CaseRecord) -> Iterator[Judged]:
    for each in case.verdicts:
        # A deviation of that run is shown there; here it must be signed for anew, and
        # so must what the run withdrew, or breaking a bench would clear a record.
        if not each.settled:
            is_void = each.void is not None
            verdict = Verdict.INCONCLUSIVE if is_void else each.recorded
            said = f"withdrawn: {each.void}" if is_void else each.statement
            yield Judged(case.id, each.requirement, verdict, each.seq, said)
