"""What a run that broke off had come to, and on what terms it goes on.

The journal alone says it. Cases that have ended stay as they are; the one that was
broken off follows its restart rule; what went wrong before is in the record and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError
from harness.evidence.chain import file_numbers
from harness.evidence.reader import read
from harness.evidence.records import JsonValue, Kind
from harness.execution import software
from harness.execution.header import BenchSetup
from harness.execution.tracing import NOT_SELECTED
from harness.judging import RunState, Verdict
from harness.plans.plan import Effect, Plan, PlannedCase, Restart
from harness.render.case_record import CaseRecord
from harness.render.header_record import Hashed, Header
from harness.render.record_fields import as_text
from harness.render.run_fold import of_journal
from harness.render.run_record import RunRecord

_SHOWN = 12
# Whatever ends a case from outside is recorded before its end.
_CUTS = frozenset({Kind.FAULT, Kind.LINK})


class Decision(StrEnum):
    """What becomes of the case that was broken off; the text in the journal."""

    NONE = "none"
    CONTINUED = "continued"
    RESTARTED = "restarted"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a case that was broken off goes on.

    Attributes:
        case: its id; None where none was open.
        rule: its restart rule; empty where none was open.
        decision: what becomes of it.
        reason: why, in one sentence.
    """

    case: str | None
    rule: str
    decision: Decision
    reason: str


UNPROVEN: Final = "nothing proves that pump and balance went on undisturbed"
"""Why a case does not simply go on, unless somebody knows better."""

_NOTHING_OPEN = Terms(None, "", Decision.NONE, "no case was open")


@dataclass(frozen=True, slots=True)
class Past:
    """A run up to the point where it broke off.

    Attributes:
        record: what its journal says.
        kept: ids of the cases that stay as they are.
        terms: how the case goes on that was broken off.
        engineering: why the run is no evidence from here on, one sentence each.
        torn: the unfinished line that was cut off when its journal was reopened.
    """

    record: RunRecord
    kept: frozenset[str]
    terms: Terms
    engineering: tuple[str, ...] = ()
    torn: bytes = b""

    @property
    def last_ns(self) -> int:
        """Bench time of the last record, ns."""
        return self.record.t_last_ns

    @property
    def chosen(self) -> frozenset[str]:
        """Ids of the cases chosen, also of those that the bench leaves out."""
        return frozenset(
            each.id
            for each in self.record.header.plan_cases
            if each.applies and each.why_not != NOT_SELECTED
        )

    def case(self, case_id: str) -> CaseRecord:
        """Return what the journal says of a selected case."""
        return next(each for each in self.record.cases if each.id == case_id)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the fields of the resume record."""
        terms = self.terms
        fields: dict[str, JsonValue] = {
            "records": self.record.integrity.records,
            "last_ns": self.last_ns,
            "torn": self.torn.hex(),
            "case": terms.case,
            "rule": terms.rule,
            "decision": terms.decision,
            "reason": terms.reason,
            "engineering": list(self.engineering),
        }
        if self.engineering:
            fields["software"] = software.describe()
        return fields


def read_record(folder: Path) -> RunRecord:
    """Return what the journal of a run says, if the run can be taken up again.

    Args:
        folder: of the run.

    Raises:
        Broken: the journal was altered, or lost a part other than its end.
        ConfigurationError: there is no run, it has no record, or it is complete.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such folder; give that of a run")
    if file_numbers(folder) in ([], [1]) and next(read(folder), None) is None:
        raise ConfigurationError(
            f"{folder}: no record was written before the run broke off, so there is"
            " nothing to resume; start a new one with `dosebench verify`"
        )
    record = of_journal(folder)
    if record.integrity.broken is not None:
        raise record.integrity.broken
    if record.end_state is RunState.COMPLETE:
        raise ConfigurationError(
            f"{folder}: this run is complete, so there is nothing to resume; start a"
            " new one with `dosebench verify`"
        )
    return record


def take_up(
    record: RunRecord,
    plan: Plan,
    bench: BenchSetup,
    *,
    may_differ: bool,
    why_not: str = UNPROVEN,
) -> Past:
    """Hold plan, bench and tool against the header, and decide how the run goes on.

    Args:
        record: what the journal says.
        plan: as it is now.
        bench: as it is now.
        may_differ: whether the tool itself may have changed; the run is no evidence
            then.
        why_not: why the open case cannot go on where it was; "" if it can.

    Raises:
        ConfigurationError: one of them is not what the run began with.
    """
    changed = [
        f"{path} (was {was.sha256[:_SHOWN]}…, is {sha256[:_SHOWN]}…)"
        for was, path, sha256 in _files(record.header, plan, bench)
        if was.sha256 != sha256
    ]
    if changed:
        raise ConfigurationError(
            f"not what the run began with: {'; '.join(changed)}; put it back as it was,"
            " or start a new run"
        )
    broken = _broken(record)
    terms = _NOTHING_OPEN
    if broken is not None:
        planned = next(each for each in plan.cases if each.id == broken.id)
        at = "its end" if broken.t_end_ns is None else "its verdict"
        terms = terms_of(planned, f"broken off before {at}", why_not)
    begins = terms.case if terms.decision is Decision.RESTARTED else None
    kept = frozenset(
        case.id
        for case in record.cases
        if case.t_begin_ns is not None and case.id != begins
    )
    return Past(record, kept, terms, _engineering(record, may_differ))


def terms_of(case: PlannedCase, why: str, why_not: str = UNPROVEN) -> Terms:
    """Decide by the rule of a case that was broken off what becomes of it.

    What leaves its mark on the unit would not find again the unit that it began with.

    Args:
        case: the case.
        why: how it was broken off.
        why_not: why it cannot go on where it was; "" if it can.
    """
    if case.effect is not Effect.NONE:
        return Terms(
            case.id,
            case.restart,
            Decision.GIVEN_UP,
            f"{why}; its effect on the unit is {case.effect}, so it cannot be begun"
            " again on the same unit",
        )
    if case.restart is Restart.CONTINUE and not why_not:
        reason = f"{why}; its record was followed to its end, and it goes on there"
        return Terms(case.id, case.restart, Decision.CONTINUED, reason)
    reason = f"{why}; begun again from its start state"
    if case.restart is Restart.CONTINUE:
        reason += f", as {why_not}"
    return Terms(case.id, case.restart, Decision.RESTARTED, reason)


def open_case(record: RunRecord, plan: Plan) -> PlannedCase | None:
    """Return the case of the plan that was open; None where none was."""
    broken = _broken(record)
    sought = None if broken is None else broken.id
    return next((each for each in plan.cases if each.id == sought), None)


def _broken(record: RunRecord) -> CaseRecord | None:
    """Return the case that was open when the run broke off: the last that began."""
    begun = [case for case in record.cases if case.t_begin_ns is not None]
    last = max(begun, key=lambda case: case.first_seq, default=None)
    return None if last is None or _has_ended(last) else last


def _has_ended(case: CaseRecord) -> bool:
    """Whether a case came to its own end."""
    was_cut = any(event.kind in _CUTS for event in case.events)
    is_settled = any(verdict.settled for verdict in case.verdicts)
    is_open = is_settled or case.ended is Verdict.INCONCLUSIVE
    return case.ended is not None and not (was_cut and is_open)


def _files(
    header: Header, plan: Plan, bench: BenchSetup
) -> Iterator[tuple[Hashed, Path, str]]:
    """Yield each file of the header with its path and its present hash."""
    profile, register, seeded = plan.profile, plan.register, plan.coverage
    nothing = Hashed("", "", {})
    yield header.plan, plan.path, plan.sha256
    yield header.profile, profile.path, profile.sha256
    yield header.register, register.path, register.sha256
    yield header.coverage or nothing, seeded.path, seeded.sha256
    yield header.bench, bench.path, bench.sha256
    was = {each.name: each for each in header.procedures}
    now = plan.procedures.sha256
    for name in sorted(was.keys() | now.keys()):
        yield was.get(name, nothing), plan.procedures.folder / name, now.get(name, "")


def has_changed_tool(record: RunRecord) -> bool:
    """Tell whether this is another tool than the one that began the run."""
    return bool(_engineering(record, may_differ=True))


def _engineering(record: RunRecord, may_differ: bool) -> tuple[str, ...]:
    """Hold the tool against the header: source, libraries, interpreter.

    Raises:
        ConfigurationError: it differs, and may not.
    """
    began, now = record.header.software, software.describe()
    was = {"name": began.name, "sha256": began.sha256, **began.details}
    other = [name for name in now if was.get(name) != as_text(now[name])]
    if not other:
        return ()
    if not may_differ:
        said = "; ".join(
            f"{name} was {was.get(name, 'not recorded'):.40}, is"
            f" {as_text(now[name]):.40}"
            for name in other
        )
        raise ConfigurationError(
            f"this is not the tool that began the run: {said}; check out the commit of"
            " the run with its libraries, or let it go on as an ENGINEERING run with"
            " --allow-changed-software"
        )
    return ("the tool was changed between two parts of the run",)
