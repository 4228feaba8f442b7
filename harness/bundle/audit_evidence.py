"""The part of an audit about the run: journal, inputs, facts and deviations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from harness.bundle import archive, audit_approval, named_inputs, names
from harness.bundle.audit_signatures import Row
from harness.bundle.auditor import Auditor
from harness.bundle.findings import (
    Check,
    Conclusion,
    Finding,
    fails,
    holds,
    unknown,
)
from harness.bundle.formal import against_formal
from harness.bundle.opened import Bundle
from harness.errors import SignatureFault
from harness.evidence import reader
from harness.evidence.reader import Broken
from harness.evidence.records import JsonValue
from harness.render import artefacts, marks
from harness.render.facts import facts
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord
from harness.signing import deviations
from harness.signing.deviations import SignedDeviation

_JOURNAL: Final = f"{names.RUN}journal-"
_DEVIATIONS: Final = f"{names.RUN}{deviations.FOLDER}/"


def examine(
    bundle: Bundle, row: Row, auditor: Auditor
) -> tuple[tuple[Check, ...], str]:
    """Check the run in a bundle; return also its verdict, with its marks.

    The verdict is that of the journal with those deviations only that count for the
    auditor; it is empty where the journal cannot be read.

    Args:
        bundle: whose files are those of its manifest.
        row: its attestations.
        auditor: whom to trust.

    Raises:
        OSError: the journal cannot be unpacked.
    """
    with TemporaryDirectory(prefix="dosebench-audit-") as name:
        folder = Path(name)
        _unpack(bundle, folder)
        try:
            run = of_journal(folder)
            first = next(reader.read(folder))
        except Broken as error:
            return (fails("journal", str(error), Conclusion.ALTERED),), ""
        try:
            signed = deviations.read_deviations(folder)
        except SignatureFault as error:
            return (fails("deviation", str(error), Conclusion.ALTERED),), ""
        is_own = run.header.software.sha256 == auditor.software
        checks = [
            *_chain(run),
            *_inputs(bundle, first.fields),
            *audit_approval.checks(bundle, first, row, auditor),
            *_formal(run),
            *_rebuilt(bundle, run, auditor.rebuilds_all, is_own),
            *_statement(row, run, is_own),
        ]
        refused = dict(_refused(signed, row, auditor))
        checks += (_deviation(each, refused.get(each, "")) for each in signed)
        for each in refused:
            file = folder / deviations.FOLDER / each.deviation.id
            file.with_name(f"{file.name}{deviations.SUFFIX}").unlink()
        verdict = _verdict(of_journal(folder) if refused else run)
    if refused:
        text = f"without the deviations that do not count: {verdict}"
        checks.append(holds("verdict", text))
    return tuple(checks), verdict


def _unpack(bundle: Bundle, folder: Path) -> None:
    for name, entry in bundle.entries.items():
        if name.startswith((_JOURNAL, _DEVIATIONS)):
            path = folder / name.removeprefix(names.RUN)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for chunk in archive.of_entry(bundle.path, entry).chunks():
                    file.write(chunk)


def _chain(run: RunRecord) -> Iterator[Check]:
    whole = run.integrity
    if whole.broken is not None:
        yield fails("journal", str(whole.broken), Conclusion.ALTERED)
        return
    text = f"one unbroken chain of {whole.records} records, last hash {whole.head}"
    yield holds("journal", text)
    if run.is_complete:
        yield holds("end", f"the journal has its end record: {run.state.name}")
    else:
        text = "the journal has no end record: the run was cut off, or went on"
        yield fails("end", text, Conclusion.INCOMPLETE)


def _inputs(bundle: Bundle, header: Mapping[str, JsonValue]) -> Iterator[Check]:
    known = named_inputs.named(header)
    here = {bundle.entries[e].sha256: e for e in bundle.under(named_inputs.FOLDER)}
    for sha256 in here.keys() - known.keys():
        text = f"{here[sha256]} is no file that the run was made with"
        yield fails("inputs", text, Conclusion.ALTERED)
    if absent := named_inputs.without_copy(header, here):
        if not header.get("formal"):
            yield unknown("inputs", absent)
        else:
            text = f"of what this formal run rests on, {absent}"
            yield fails("inputs", text, Conclusion.INCOMPLETE)
    elif here.keys() == known.keys():
        text = f"the {len(here)} files that the first record names are here, no others"
        yield holds("inputs", text)


def _formal(run: RunRecord) -> Iterator[Check]:
    """Say whether a run that calls itself formal is formal evidence all the same."""
    if not run.header.formal:
        return
    if against := tuple(against_formal(run)):
        text = f"no formal evidence: {'; '.join(against)}"
        yield Check("formal", Finding.FAILS, text)
    else:
        yield holds("formal", "nothing in the journal keeps it from formal evidence")


def _rebuilt(
    bundle: Bundle, run: RunRecord, rebuilds_all: bool, is_own: bool
) -> Iterator[Check]:
    with TemporaryDirectory(prefix="dosebench-audit-") as name:
        folder = Path(name)
        if rebuilds_all:
            artefacts.write(folder, run)
        else:
            (folder / artefacts.FACTS).write_bytes(facts(run).encode("utf-8"))
        for made in sorted(folder.iterdir()):
            entry = bundle.entries.get(names.RUN + made.name)
            digest = hashlib.sha256(made.read_bytes()).hexdigest()
            if entry is not None and entry.sha256 == digest:
                text = f"{made.name} follows from the journal, byte by byte"
                yield holds("rebuilt", text)
            elif entry is None or is_own:
                text = f"{made.name} is not what follows from the journal"
                yield fails("rebuilt", text, Conclusion.ALTERED)
            else:
                text = (
                    f"another version made {made.name}; to compare it, audit with"
                    f" {run.header.software.name}, source {run.header.software.sha256}"
                )
                yield unknown("rebuilt", text)


def _statement(row: Row, run: RunRecord, is_own: bool) -> Iterator[Check]:
    if row.statement is None:
        return
    said = row.statement.result.get("run")
    members = said if isinstance(said, dict) else {}
    chain = {"head": run.integrity.head, "records": run.integrity.records}
    read = {
        "verdict": run.verdict.name,
        "state": run.state.name,
        "complete": run.is_complete,
        "marks": list(marks.words(run, in_bundle=True)),
    }
    wrong = _differing(members, chain)
    # Another version may read the same journal differently; nobody altered it then.
    costs = Conclusion.ALTERED if wrong or is_own else Conclusion.UNTRUSTED
    if wrong := wrong + _differing(members, read):
        text = f"the statement says another {', '.join(wrong)} than the journal"
        yield fails("result", text, costs)
    else:
        yield holds("result", f"statement and journal agree: {_verdict(run)}")


def _differing(said: Mapping[str, object], found: Mapping[str, object]) -> list[str]:
    return [name for name, value in found.items() if said.get(name) != value]


def _refused(
    signed: tuple[SignedDeviation, ...], row: Row, auditor: Auditor
) -> Iterator[tuple[SignedDeviation, str]]:
    """Yield every deviation that does not count for the auditor, and why."""
    performers = row.performers(auditor)
    for each in signed:
        if each.key not in auditor.keys:
            yield each, "its key is not trusted"
        elif each.deviation.invalidates and auditor.person(each.key_id) in performers:
            yield each, "its key is that of whoever performed the run"


def _deviation(each: SignedDeviation, refused: str) -> Check:
    deviation = each.deviation
    if refused:
        text = f"{deviation.id} of {deviation.name} does not count: {refused}"
        return fails("deviation", text, Conclusion.UNTRUSTED)
    text = f"{deviation.id}, signed by {deviation.name} with a trusted key"
    return holds("deviation", f"{text}: {deviation.text}")


def _verdict(run: RunRecord) -> str:
    words = ", ".join(marks.words(run, in_bundle=True))
    said = f"{run.verdict.name}{words and f', marked {words}'}"
    is_less = run.header.formal and any(against_formal(run))
    return f"{said}, no formal evidence" if is_less else said
