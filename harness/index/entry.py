"""What the index keeps of a run; all of it follows from the run's journal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.evidence.reader import Broken
from harness.render import marks
from harness.render.bench_record import InstrumentRecord
from harness.render.judged import JudgedRow, judged_rows
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run in one row; of a journal without a readable head only ``trouble``.

    Attributes:
        folder: name of the run's folder.
        trouble: why the journal cannot be trusted to its end; empty if it can.
        digest: hash of its first record.
        head: hash of its last record.
        records: number of records.
        complete: whether the journal is whole.
        state: what became of the run.
        verdict: of the run.
        marks: what restricts it, with commas between.
        tally: number of cases with each verdict, in words.
        plan, profile, bench: ids, or the name of the file.
        fidelity: how far the bench is from hardware.
        pump_model, pump_serial, pump_firmware: of the unit under test.
        began_ns, ended_ns: bench time of the first and of the last record.
    """

    folder: str
    trouble: str
    digest: str = ""
    head: str = ""
    records: int = 0
    complete: bool = False
    state: str = ""
    verdict: str = ""
    marks: str = ""
    tally: str = ""
    plan: str = ""
    profile: str = ""
    bench: str = ""
    fidelity: str = ""
    pump_model: str = ""
    pump_serial: str = ""
    pump_firmware: str = ""
    began_ns: int = 0
    ended_ns: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the index.

    Attributes:
        summary: the run itself.
        instruments: that answered in it.
        rows: its verdicts.
    """

    summary: RunSummary
    instruments: tuple[InstrumentRecord, ...]
    rows: tuple[JudgedRow, ...]


def read(folder: Path) -> Entry:
    """Read the journal in a run's folder; what is wrong with it stands in the entry."""
    try:
        run = of_journal(folder)
    except Broken as error:
        return Entry(RunSummary(folder=folder.name, trouble=str(error)), (), ())
    rows = judged_rows(run)
    return Entry(_summary(folder.name, run), run.instruments, rows)


def _summary(name: str, run: RunRecord) -> RunSummary:
    header, broken = run.header, run.integrity.broken
    pump = next((each for each in run.instruments if each.is_pump), None)
    return RunSummary(
        folder=name,
        trouble="" if broken is None else str(broken),
        digest=run.digest,
        head=run.integrity.head,
        records=run.integrity.records,
        complete=run.is_complete,
        state=run.state.name,
        verdict=run.verdict.name,
        # Signatures are a matter of bundles: without one, every run is unsigned.
        marks=", ".join(marks.words(run, in_bundle=True)),
        tally=_tally(run),
        plan=header.plan.details.get("id", header.plan.name),
        profile=header.profile.details.get("id", header.profile.name),
        bench=header.bench.name,
        fidelity=header.fidelity,
        pump_model="" if pump is None else pump.model,
        pump_serial="" if pump is None else pump.serial,
        pump_firmware="" if pump is None else pump.firmware,
        began_ns=run.t_first_ns,
        ended_ns=run.t_last_ns,
    )


def _tally(run: RunRecord) -> str:
    found = [case.verdict for case in run.cases]
    kinds = sorted(set(found), reverse=True)
    counts = (f"{found.count(each)} {each.name.replace('_', ' ')}" for each in kinds)
    return ", ".join(counts)
