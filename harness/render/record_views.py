"""One record at a time as the view that a report shows."""

from __future__ import annotations

from harness.judging import RunState, Verdict
from harness.render.bench_record import CheckRecord, InstrumentRecord, LinkRecord
from harness.render.measurement_record import (
    BudgetLine,
    CorrelationLine,
    LimitRecord,
    MeasurementRecord,
    SeriesRecord,
)
from harness.render.record_fields import (
    Fields,
    flag_or_none,
    integers,
    number,
    number_or_none,
    object_of,
    objects,
    points,
    text,
    text_or_none,
    texts,
    whole,
    whole_or_none,
)
from harness.render.run_record import EarlierRun, FaultRecord, ResumeRecord
from harness.render.verdict_record import EarlierVerdict, LookRecord, VerdictRecord


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
        monte_carlo=text(object_of(fields, "monte_carlo"), "statement"),
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
        whole_or_none(fields, "origin_ns"),
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
        holds=flag_or_none(fields, "holds"),
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
