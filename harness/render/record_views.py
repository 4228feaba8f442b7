"""One record at a time as the view that a report shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from harness.evidence.records import Kind
from harness.judging import RunState, Verdict
from harness.render.header_record import (
    Hashed,
    Header,
    PlanCase,
    Proof,
    Requirement,
    Subject,
)
from harness.render.record_fields import (
    Fields,
    integers,
    mapping,
    number,
    number_or_none,
    objects,
    points,
    text,
    text_or_none,
    texts,
    whole,
)
from harness.render.run_record import (
    BudgetLine,
    CheckRecord,
    CorrelationLine,
    EarlierRun,
    EarlierVerdict,
    FaultRecord,
    InstrumentRecord,
    LimitRecord,
    LinkRecord,
    LookRecord,
    MeasurementRecord,
    ResumeRecord,
    SeriesRecord,
    VerdictRecord,
)

_NO_REASON = "only a part of the plan was selected"

TELLERS: Mapping[Kind, Callable[[Fields], str]] = MappingProxyType(
    {
        Kind.INTENT: lambda f: (
            f"{text(f, 'instrument')}: {text(f, 'command')} {text(f, 'details')}"
        ),
        Kind.STIMULUS: lambda f: f"{text(f, 'name')}: {text(f, 'action')}",
        Kind.OPERATOR: lambda f: f"{text(f, 'action')}: {text(f, 'answer')}",
        Kind.ALARM: lambda f: (
            f"{text(f, 'instrument')}: raised {text(f, 'raised') or 'none'}, cleared"
            f" {text(f, 'cleared') or 'none'}, now active {text(f, 'active') or 'none'}"
        ),
        Kind.LOOK: lambda f: (
            f"{text(f, 'requirement')}: look {text(f, 'number')} of {text(f, 'of')} is"
            f" {text(f, 'finding')}: {text(f, 'statement')}"
        ),
        Kind.RETRY: lambda f: (
            f"{text(f, 'instrument')}: {text(f, 'command')}, attempt"
            f" {text(f, 'attempt')}: {text(f, 'reason')}"
        ),
        Kind.REJECTION: lambda f: f"{text(f, 'instrument')}: {text(f, 'reason')}",
        Kind.FAULT: lambda f: f"{text(f, 'error')}: {text(f, 'reason')}",
        Kind.LINK: lambda f: (
            f"{text(f, 'instrument')}: link {text(f, 'event')}, {text(f, 'reason')}"
        ),
        Kind.RESUME: lambda f: f"{text(f, 'decision')}: {text(f, 'reason')}",
        Kind.NOTE: lambda f: text(f, "text"),
    }
)


def header(fields: Fields) -> Header:
    """View the run record."""
    seed, profile = fields["seed"], _object(fields, "profile")
    coverage = _object(fields, "coverage")
    return Header(
        plan=_hashed(_object(fields, "plan")),
        profile=_hashed(profile),
        register=_hashed(_object(fields, "register")),
        bench=_hashed(_object(fields, "bench")),
        coverage=_hashed(coverage) if coverage else None,
        software=_hashed(_object(fields, "software")),
        procedures=tuple(map(_hashed, objects(fields, "procedures"))),
        seed=None if seed is None else whole(fields, "seed"),
        fidelity=text(fields, "fidelity"),
        partial=_partial(fields),
        conditions=mapping(fields, "conditions"),
        absent=mapping(profile, "absent"),
        requirements=tuple(map(_requirement, objects(fields, "requirements"))),
        subjects=tuple(map(_subject, objects(fields, "subjects"))),
        plan_cases=tuple(map(_plan_case, objects(fields, "plan_cases"))),
        proofs=tuple(map(_proof, objects(fields, "proofs"))),
        planned=texts(fields, "cases"),
        engineering=tuple(_engineering(fields)),
        git_commit=text(_object(fields, "git"), "commit"),
        git_clean=_flag_or_none(_object(fields, "git"), "clean"),
        formal=mapping(fields, "formal"),
        setup=mapping(fields, "setup"),
        planned_end_ns=_whole_or_none(fields, "planned_end_ns"),
    )


def _engineering(fields: Fields) -> Iterator[str]:
    """Yield why the run is no evidence, also what its record does not admit."""
    said = texts(fields, "engineering")
    yield from said
    if not said and not mapping(fields, "formal"):
        yield "no approval of plan, register and profile was given before the run"
    if not said and not mapping(fields, "setup"):
        yield "there is no record of the set-up of the bench"


def _flag_or_none(fields: Fields, name: str) -> bool | None:
    found = fields.get(name)
    return found if isinstance(found, bool) else None


def _whole_or_none(fields: Fields, name: str) -> int | None:
    return None if fields.get(name) is None else whole(fields, name)


def _object(fields: Fields, name: str) -> Fields:
    found = fields.get(name)
    return found if isinstance(found, Mapping) else {}


def _partial(fields: Fields) -> tuple[str, ...]:
    """A part stays a part, also where the record gives no reason."""
    reasons = texts(fields, "partial_reasons")
    is_partial = fields.get("partial") is True or bool(texts(fields, "not_selected"))
    return reasons or (_NO_REASON,) * is_partial


def _hashed(fields: Fields) -> Hashed:
    names = [name for name in fields if name not in ("name", "sha256", "absent")]
    details = {name: text(fields, name) for name in names}
    return Hashed(text(fields, "name"), text(fields, "sha256"), details)


def _requirement(fields: Fields) -> Requirement:
    return Requirement(
        id=text(fields, "id"),
        text=text(fields, "text"),
        source=text(fields, "source"),
        hazard=text(fields, "hazard"),
        kind=text(fields, "kind"),
        limit=text(fields, "limit"),
        gip=texts(fields, "gip"),
        features=texts(fields, "features"),
        absent=text(fields, "absent"),
    )


def _subject(fields: Fields) -> Subject:
    return Subject(
        id=text(fields, "id"),
        kind=text(fields, "kind"),
        title=text(fields, "title"),
        absent=text(fields, "absent"),
    )


def _plan_case(fields: Fields) -> PlanCase:
    return PlanCase(
        id=text(fields, "id"),
        procedure=text(fields, "procedure"),
        claims=texts(fields, "claims"),
        why_not=text(fields, "why_not"),
        applies=fields.get("applies") is not False,
        positive=texts(fields, "positive"),
        negative=texts(fields, "negative"),
        form=text(fields, "form"),
    )


def _proof(fields: Fields) -> Proof:
    return Proof(
        requirement=text(fields, "requirement"),
        case=text(fields, "case"),
        fault=text(fields, "fault"),
        also_fails=texts(fields, "also_fails"),
        because=text(fields, "because"),
    )


def _budget_line(fields: Fields) -> BudgetLine:
    return BudgetLine(
        name=text(fields, "name"),
        value=number(fields, "value"),
        u=number(fields, "u"),
        unit=text(fields, "unit"),
        distribution=text(fields, "distribution"),
        dof=number(fields, "dof"),
        sensitivity=number(fields, "sensitivity"),
        contribution=number(fields, "contribution"),
        evaluation=text(fields, "evaluation"),
    )


def _correlation(fields: Fields) -> CorrelationLine:
    return CorrelationLine(
        text(fields, "first"), text(fields, "second"), number(fields, "r")
    )


def verdict_of(fields: Fields) -> Verdict:
    """Read the verdict in a record.

    Raises:
        ValueError: there is no such verdict.
    """
    name = text(fields, "verdict")
    if name not in Verdict.__members__:
        raise ValueError(f"{name!r:.80} is no verdict")
    return Verdict[name]


def state_of(fields: Fields) -> RunState:
    """Read the state of the run in a record.

    Raises:
        ValueError: there is no such state.
    """
    name = text(fields, "state")
    if name not in RunState.__members__:
        raise ValueError(f"{name!r:.80} is no state of a run")
    return RunState[name]


def instrument(fields: Fields) -> InstrumentRecord:
    """View an instrument record."""
    return InstrumentRecord(
        role=text(fields, "role"),
        model=text(fields, "model"),
        serial=text(fields, "serial"),
        firmware=text(fields, "firmware"),
        calibration_due=text_or_none(fields, "calibration_due"),
        certificate=text(fields, "certificate"),
        catalogue=text(fields, "catalogue"),
    )


def limit(seq: int, fields: Fields) -> LimitRecord:
    """View a limit record."""
    return LimitRecord(
        seq=seq,
        requirement=text(fields, "requirement"),
        lower=number_or_none(fields, "lower"),
        upper=number_or_none(fields, "upper"),
        unit=text(fields, "unit"),
        rule=text(fields, "rule"),
        source=text(fields, "source"),
    )


def measurement(seq: int, fields: Fields) -> MeasurementRecord:
    """View a measurement record."""
    return MeasurementRecord(
        seq=seq,
        name=text(fields, "name"),
        value=number(fields, "value"),
        u=number(fields, "u"),
        dof=number(fields, "dof"),
        k=number(fields, "k"),
        expanded_u=number(fields, "expanded_u"),
        coverage=number(fields, "coverage"),
        unit=text(fields, "unit"),
        instrument=text(fields, "instrument"),
        t_start_ns=whole(fields, "t_start_ns"),
        t_end_ns=whole(fields, "t_end_ns"),
        budget=tuple(map(_budget_line, objects(fields, "budget"))),
        correlations=tuple(map(_correlation, objects(fields, "correlations"))),
        remarks=texts(fields, "remarks"),
        monte_carlo=text(_object(fields, "monte_carlo"), "statement"),
    )


def look(seq: int, fields: Fields) -> LookRecord:
    """View a look record."""
    return LookRecord(
        seq=seq,
        number=whole(fields, "number"),
        of=whole(fields, "of"),
        finding=text(fields, "finding"),
        statement=text(fields, "statement"),
        p_c=number_or_none(fields, "p_c"),
    )


def verdict(seq: int, fields: Fields) -> VerdictRecord:
    """View a verdict record, as long as it is not void."""
    return VerdictRecord(
        seq=seq,
        requirement=text(fields, "requirement"),
        recorded=verdict_of(fields),
        statement=text(fields, "statement"),
        zone=text_or_none(fields, "zone"),
        margin=number_or_none(fields, "margin"),
        expanded_u=number_or_none(fields, "expanded_u"),
        k=number_or_none(fields, "k"),
        p_c=number_or_none(fields, "p_c"),
        unit=text(fields, "unit"),
        evidence=integers(fields, "evidence"),
        void=None,
        settled=fields.get("settled") is True,
    )


def series(fields: Fields) -> SeriesRecord:
    """View a series record."""
    return SeriesRecord(
        text(fields, "name"),
        text(fields, "unit"),
        points(fields, "points"),
        text(fields, "text"),
        _whole_or_none(fields, "origin_ns"),
    )


def fault(t_ns: int, fields: Fields) -> FaultRecord:
    """View a fault record."""
    error, reason = text(fields, "error"), text(fields, "reason")
    return FaultRecord(t_ns, state_of(fields), error, reason)


def resume(seq: int, t_ns: int, fields: Fields) -> ResumeRecord:
    """View a resume record."""
    return ResumeRecord(
        seq=seq,
        t_ns=t_ns,
        last_ns=whole(fields, "last_ns"),
        torn_bytes=len(text(fields, "torn")) // 2,
        case=text(fields, "case"),
        rule=text(fields, "rule"),
        decision=text(fields, "decision"),
        reason=text(fields, "reason"),
    )


def link(t_ns: int, fields: Fields) -> LinkRecord:
    """View a link record."""
    instrument, event = text(fields, "instrument"), text(fields, "event")
    return LinkRecord(t_ns, instrument, event, text(fields, "reason"))


def check(seq: int, t_ns: int, fields: Fields) -> CheckRecord:
    """View a check of the balance."""
    return CheckRecord(
        seq=seq,
        t_ns=t_ns,
        moment=text(fields, "moment"),
        instrument=text(fields, "instrument"),
        name=text(fields, "name"),
        value=number(fields, "value"),
        u=number(fields, "u"),
        lower=number_or_none(fields, "lower"),
        upper=number_or_none(fields, "upper"),
        unit=text(fields, "unit"),
        holds=_flag_or_none(fields, "holds"),
        statement=text(fields, "statement"),
    )


def earlier_run(fields: Fields) -> EarlierRun:
    """View an earlier run."""
    return EarlierRun(
        run=text(fields, "run"),
        digest=text(fields, "digest"),
        head=text(fields, "head"),
        state=state_of(fields),
    )


def earlier_verdicts(fields: Fields) -> tuple[tuple[str, EarlierVerdict], ...]:
    """View the verdicts of an earlier run, each with the id of its case."""
    run, digest, head = (text(fields, name) for name in ("run", "digest", "head"))
    return tuple(
        (
            text(each, "case"),
            EarlierVerdict(
                run=run,
                run_digest=digest,
                run_head=head,
                seq=whole(each, "seq"),
                requirement=text(each, "requirement"),
                recorded=verdict_of(each),
                statement=text(each, "statement"),
            ),
        )
        for each in objects(fields, "verdicts")
    )
