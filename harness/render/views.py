"""A run in the words and the order in which the report shows it.

Everything is text here, so that the templates only place it. The order is the one of an
auditor: the verdict, what restricts it, what was tested with what, the requirements,
then each case down to the lines of its budgets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.judging import RunState, Verdict
from harness.plans.plan import Role
from harness.render import bench_view, past_view, wording
from harness.render.bench_record import InstrumentRecord
from harness.render.bench_view import BasisView, CheckView
from harness.render.case_record import CaseRecord
from harness.render.case_view import CaseView, RunParts, case_view
from harness.render.completeness import CompletenessView, completeness
from harness.render.header_record import Hashed, Header
from harness.render.marks import marks
from harness.render.past_view import AttemptRow, DeviationView, EarlierRow, ReasonView
from harness.render.run_record import RunRecord
from harness.render.subject_trace import trace_subjects
from harness.render.subject_view import SubjectsView, subjects_view
from harness.render.trace_view import TraceView, trace_view
from harness.render.traceability import Coverage, Traceability, trace

if TYPE_CHECKING:
    from harness.render.plots import Picture

Row = tuple[str, str]
_NOT_IN_DETAILS = frozenset({"libraries", "id", "title"})


@dataclass(frozen=True, slots=True)
class Stamp:
    """Something that restricts what the run proves: a word, and what it means."""

    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that the run rests on."""

    what: str
    name: str
    said: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RunView:
    """Everything that a report shows.

    Attributes:
        title: title of the plan.
        headline: the verdict of the run, never without what takes from it.
        tone: the verdict by which the headline is coloured.
        tally: how many cases have which verdict.
        reasons: the cases that are no PASS, and why.
        stamps: what restricts the verdict.
        warnings: what a reader should know that does not restrict it.
        completeness: whether the record is whole.
        deviations: as they were signed.
        attempts: every attempt of every case.
        earlier: what earlier formal runs said of the same unit.
        tested: the unit under test.
        facts: what else describes the run.
        conditions: fluid and surroundings.
        room: what the ambient sensor showed.
        instruments: everything on the bench but the pump, with its calibration.
        checks: of the balance, before and after the cases.
        basis: approval, set-up and source.
        files: what the run rests on, with hashes.
        procedures: the files of the procedures, with hashes.
        libraries: software beside the tool itself.
        trace: from requirements to cases and back.
        subjects: modes, refills and alarms, from both sides.
        cases: one by one.
        faults: what went wrong with the run.
        voids: which verdicts were withdrawn, and why.
        safe_states: how the bench was left.
        absent: features that the profile declares absent, and why.
        head: hash of the last record of the journal.
    """

    title: str
    headline: str
    tone: Verdict
    tally: str
    reasons: tuple[ReasonView, ...]
    stamps: tuple[Stamp, ...]
    warnings: tuple[Stamp, ...]
    completeness: CompletenessView
    deviations: tuple[DeviationView, ...]
    attempts: tuple[AttemptRow, ...]
    earlier: tuple[EarlierRow, ...]
    tested: tuple[Row, ...]
    facts: tuple[Row, ...]
    conditions: tuple[Row, ...]
    room: tuple[Picture, ...]
    instruments: tuple[InstrumentRecord, ...]
    checks: tuple[CheckView, ...]
    basis: BasisView
    files: tuple[FileView, ...]
    procedures: tuple[FileView, ...]
    libraries: str
    trace: TraceView
    subjects: SubjectsView
    cases: tuple[CaseView, ...]
    faults: tuple[Row, ...]
    voids: tuple[Row, ...]
    safe_states: tuple[Row, ...]
    absent: tuple[Row, ...]
    head: str


def run_view(run: RunRecord) -> RunView:
    """Put a run into words."""
    header = run.header
    requirements = {each.id: each for each in header.requirements}
    parts = RunParts(requirements, run.resumes, run.files)
    pumps = [each for each in run.instruments if _is_pump(each)]
    cases = tuple(
        case_view(number, case, parts) for number, case in enumerate(run.cases, start=1)
    )
    anchors = {case.id: case.anchor for case in cases}
    traced = trace(run)
    return RunView(
        title=header.plan.details.get("title", header.plan.name),
        headline=_headline(run),
        tone=_tone(run),
        tally=_tally(run.cases),
        reasons=past_view.reasons(run, anchors),
        stamps=tuple(Stamp(each.word.value, each.meaning) for each in marks(run)),
        warnings=tuple(_warnings(traced)),
        completeness=completeness(run),
        deviations=past_view.deviations(run.deviations),
        attempts=past_view.attempts(run, anchors),
        earlier=past_view.earlier(run.cases),
        tested=tuple(_tested(pumps)),
        facts=tuple(_facts(run)),
        conditions=tuple(
            (name.replace("_", " "), said) for name, said in header.conditions.items()
        ),
        room=_room(run),
        instruments=tuple(each for each in run.instruments if not _is_pump(each)),
        checks=bench_view.checks(run.checks),
        basis=bench_view.basis(header),
        files=tuple(_files(header)),
        procedures=tuple(_file("procedures", each) for each in header.procedures),
        libraries=header.software.details.get("libraries", ""),
        trace=trace_view(traced, anchors),
        subjects=subjects_view(trace_subjects(run, traced), anchors),
        cases=cases,
        faults=tuple(
            (
                f"{each.state.name}, {wording.utc(each.t_ns)}",
                _fault(each.error, each.reason),
            )
            for each in run.faults
        ),
        voids=tuple(
            (f"records {', '.join(map(str, each.records))}", each.reason)
            for each in run.voids
        ),
        safe_states=tuple((each.role, each.outcome) for each in run.safe_states),
        absent=tuple(header.absent.items()),
        head=run.integrity.head,
    )


def _room(run: RunRecord) -> tuple[Picture, ...]:
    if not any(case.series for case in run.cases):
        return ()
    from harness.render.plots import room  # noqa: PLC0415 - matplotlib is slow to import.

    return room(run.cases, run.t_first_ns)


def _is_pump(instrument: InstrumentRecord) -> bool:
    return Role.PUMP in instrument.role.split(", ")


def _fault(error: str, reason: str) -> str:
    return f"{error}: {reason}"


def _headline(run: RunRecord) -> str:
    parts = [run.verdict.name]
    if run.header.engineering:
        parts.append("ENGINEERING")
    if run.header.partial:
        parts.append("PARTIAL")
    if run.state is not RunState.COMPLETE:
        parts.append(f"run {run.state.name}")
    return ", ".join(parts).replace("_", " ")


def _tone(run: RunRecord) -> Verdict:
    """A PASS that something takes from does not look like one."""
    header = run.header
    restricted = header.partial or header.engineering
    is_whole = run.state is RunState.COMPLETE and not restricted
    return run.verdict if is_whole else max(run.verdict, Verdict.INCONCLUSIVE)


def _tally(cases: Iterable[CaseRecord]) -> str:
    found = [case.verdict for case in cases]
    counts = [(found.count(each), each.name.replace("_", " ")) for each in Verdict]
    said = [f"{count} {name}" for count, name in reversed(counts) if count]
    return f"{len(found)} cases: {', '.join(said)}" if said else "no case was run"


def _warnings(traced: Traceability) -> Iterable[Stamp]:
    if unproven := traced.having(Coverage.UNPROVEN):
        yield Stamp(
            "UNPROVEN",
            f"{len(unproven)} requirements have no seeded fault: nothing shows that"
            " their cases can fail",
        )


def _tested(pumps: Iterable[InstrumentRecord]) -> Iterable[Row]:
    for pump in pumps:
        yield "pump", pump.model
        yield "serial number", pump.serial
        yield "firmware", pump.firmware


def _facts(run: RunRecord) -> Iterable[Row]:
    header = run.header
    elapsed_ns = run.t_last_ns - run.t_first_ns
    yield "run state", run.state.name.replace("_", " ")
    yield "began", f"{wording.utc(run.t_first_ns)} (bench time)"
    yield "lasted", f"{wording.duration(elapsed_ns)} (bench time)"
    yield "therapy phase", header.plan.details.get("phase", "")
    yield "decision rule", header.plan.details.get("rule", "")
    yield "form of the cases", header.plan.details.get("form", "")
    yield "fidelity", header.fidelity
    yield "seed", "none" if header.seed is None else str(header.seed)


def _files(header: Header) -> Iterable[FileView]:
    named = (
        ("plan", header.plan),
        ("requirement register", header.register),
        ("pump profile", header.profile),
        *(("seeded faults", each) for each in (header.coverage,) if each is not None),
        ("bench file", header.bench),
        ("software", header.software),
    )
    for what, file in named:
        yield _file(what, file)


def _file(what: str, file: Hashed) -> FileView:
    return FileView(what, file.name, _said(file), file.sha256)


def _said(file: Hashed) -> str:
    parts = [file.details[key] for key in ("id", "title") if file.details.get(key)]
    parts += [
        f"{key} {value}"
        for key, value in file.details.items()
        if key not in _NOT_IN_DETAILS and value
    ]
    return "; ".join(parts)
