"""A run in the words and the order in which the report shows it.

Everything is text here, so that the templates only place it. The order is the one of an
auditor: the verdict, what restricts it, what was tested with what, the requirements,
then each case down to the lines of its budgets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.plans.plan import Role
from harness.render import wording
from harness.render.case_view import CaseView, case_view
from harness.render.run_record import (
    CaseRecord,
    Hashed,
    InstrumentRecord,
    Requirement,
    RunRecord,
)

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
class MatrixRow:
    """One requirement and its verdict in every case; None where it plays no part."""

    requirement: Requirement
    verdict: Verdict
    cells: tuple[Verdict | None, ...]


@dataclass(frozen=True, slots=True)
class RunView:
    """Everything that a report shows.

    Attributes:
        title: title of the plan.
        headline: the verdict of the run, never without what takes from it.
        tone: the verdict by which the headline is coloured.
        tally: how many cases have which verdict.
        stamps: what restricts the verdict.
        tested: the unit under test.
        facts: what else describes the run.
        conditions: fluid and surroundings.
        instruments: everything on the bench but the pump, with its calibration.
        files: what the run rests on, with hashes.
        libraries: software beside the tool itself.
        matrix: requirement by case.
        cases: one by one.
        faults: what went wrong with the run.
        voids: which verdicts were withdrawn, and why.
        safe_states: how the bench was left.
        not_selected, not_applicable: cases that did not run, and why not.
        head: hash of the last record of the journal.
    """

    title: str
    headline: str
    tone: Verdict
    tally: str
    stamps: tuple[Stamp, ...]
    tested: tuple[Row, ...]
    facts: tuple[Row, ...]
    conditions: tuple[Row, ...]
    instruments: tuple[InstrumentRecord, ...]
    files: tuple[FileView, ...]
    libraries: str
    matrix: tuple[MatrixRow, ...]
    cases: tuple[CaseView, ...]
    faults: tuple[Row, ...]
    voids: tuple[Row, ...]
    safe_states: tuple[Row, ...]
    not_selected: tuple[str, ...]
    not_applicable: tuple[str, ...]
    absent: tuple[Row, ...]
    head: str


def run_view(run: RunRecord) -> RunView:
    """Put a run into words."""
    header = run.header
    requirements = {each.id: each for each in header.requirements}
    pumps = [each for each in run.instruments if _is_pump(each)]
    return RunView(
        title=header.plan.details.get("title", header.plan.name),
        headline=_headline(run),
        tone=_tone(run),
        tally=_tally(run.cases),
        stamps=tuple(_stamps(run)),
        tested=tuple(_tested(pumps)),
        facts=tuple(_facts(run)),
        conditions=tuple(
            (name.replace("_", " "), said) for name, said in header.conditions.items()
        ),
        instruments=tuple(each for each in run.instruments if not _is_pump(each)),
        files=tuple(_files(run)),
        libraries=header.software.details.get("libraries", ""),
        matrix=tuple(_matrix_row(run, each) for each in header.requirements),
        cases=tuple(
            case_view(number, case, requirements)
            for number, case in enumerate(run.cases, start=1)
        ),
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
        not_selected=header.not_selected,
        not_applicable=header.not_applicable,
        absent=tuple(header.absent.items()),
        head=run.integrity.head,
    )


def _is_pump(instrument: InstrumentRecord) -> bool:
    return Role.PUMP in instrument.role.split(", ")


def _fault(error: str, reason: str) -> str:
    return f"{error}: {reason}"


def _headline(run: RunRecord) -> str:
    parts = [run.verdict.name]
    if run.header.partial:
        parts.append("PARTIAL")
    if run.state is not RunState.COMPLETE:
        parts.append(f"run {run.state.name}")
    return ", ".join(parts).replace("_", " ")


def _tone(run: RunRecord) -> Verdict:
    """A PASS that something takes from does not look like one."""
    is_whole = run.state is RunState.COMPLETE and not run.header.partial
    return run.verdict if is_whole else max(run.verdict, Verdict.INCONCLUSIVE)


def _tally(cases: Iterable[CaseRecord]) -> str:
    found = [case.verdict for case in cases]
    counts = [(found.count(each), each.name.replace("_", " ")) for each in Verdict]
    said = [f"{count} {name}" for count, name in reversed(counts) if count]
    return f"{len(found)} cases: {', '.join(said)}" if said else "no case was run"


def _stamps(run: RunRecord) -> Iterable[Stamp]:
    """The gravest first."""
    header, integrity = run.header, run.integrity
    if integrity.broken is not None:
        yield Stamp("JOURNAL BROKEN", str(integrity.broken))
    elif not run.is_complete:
        yield Stamp(
            "INCOMPLETE",
            "the journal has no end record: the run still goes on, or it was cut off",
        )
    if header.is_simulated:
        yield Stamp(
            "SIMULATED BENCH",
            f"not evidence about any pump (fidelity: {header.fidelity})",
        )
    if header.partial:
        yield Stamp(
            "PARTIAL",
            f"{len(header.not_selected)} cases of the plan were not selected",
        )
    if run.state is not RunState.COMPLETE:
        yield Stamp(
            run.state.name.replace("_", " "),
            "the run did not end as planned; cases that were not judged are"
            " INCONCLUSIVE",
        )
    if run.voids:
        yield Stamp("VOID VERDICTS", "verdicts were withdrawn after they were given")


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
    yield "fidelity", header.fidelity
    yield "seed", "none" if header.seed is None else str(header.seed)
    yield "journal", _journal(run)


def _journal(run: RunRecord) -> str:
    exchanged = run.counts.get(Kind.EXCHANGE, 0)
    said = f"{run.integrity.records} records, {exchanged} exchanges"
    for kind, name in ((Kind.REJECTION, "rejected answers"), (Kind.RETRY, "retries")):
        said += f", {run.counts.get(kind, 0)} {name}"
    return f"{said}; chain {'verified' if run.integrity.broken is None else 'BROKEN'}"


def _files(run: RunRecord) -> Iterable[FileView]:
    header = run.header
    named = (
        ("plan", header.plan),
        ("requirement register", header.register),
        ("pump profile", header.profile),
        ("bench file", header.bench),
        *(("procedures", each) for each in header.procedures),
        ("software", header.software),
    )
    for what, file in named:
        yield FileView(what, file.name, _said(file), file.sha256)


def _said(file: Hashed) -> str:
    parts = [file.details[key] for key in ("id", "title") if file.details.get(key)]
    parts += [
        f"{key} {value}"
        for key, value in file.details.items()
        if key not in _NOT_IN_DETAILS and value
    ]
    return "; ".join(parts)


def _matrix_row(run: RunRecord, requirement: Requirement) -> MatrixRow:
    return MatrixRow(
        requirement=requirement,
        verdict=run.verdict_on(requirement.id),
        cells=tuple(case.verdict_on(requirement.id) for case in run.cases),
    )
