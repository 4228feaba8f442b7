"""One flat row for each verdict of a run, with the value that was judged.

Files for other programs, the index of runs and the search for verdicts to review are
all made of these rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harness.render.bench_record import InstrumentRecord
from harness.render.case_record import CaseRecord
from harness.render.measurement_record import LimitRecord, MeasurementRecord
from harness.render.run_record import RunRecord
from harness.render.verdict_record import VerdictRecord

MEANING: Final = "meaning"
"""Key under which a field of `JudgedRow` says what it holds."""


def _says(meaning: str) -> Mapping[str, str]:
    return {MEANING: meaning}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRow:
    """One verdict; what a fact does not have is None. Times are bench time."""

    case: str = field(metadata=_says("id of the case: requirement/point"))
    attempt: int = field(
        metadata=_says("number of the attempt, from 1; 0: never begun")
    )
    requirement: str = field(metadata=_says("id of the requirement"))
    verdict: str = field(metadata=_says("the verdict as it stands"))
    recorded: str = field(metadata=_says("the verdict as it was given"))
    counts: bool = field(
        metadata=_says("whether the case's verdict takes it into account")
    )
    settled: bool = field(metadata=_says("stands for a judgement that never came"))
    void: str | None = field(default=None, metadata=_says("why it was withdrawn"))
    invalidated: str | None = field(
        default=None, metadata=_says("id of the deviation that invalidates it")
    )
    name: str | None = field(default=None, metadata=_says("the measurand"))
    value: float | None = field(default=None, metadata=_says("the value"))
    u: float | None = field(default=None, metadata=_says("its standard uncertainty"))
    expanded_u: float | None = field(
        default=None, metadata=_says("its expanded uncertainty U")
    )
    k: float | None = field(default=None, metadata=_says("coverage factor of U"))
    dof: float | None = field(default=None, metadata=_says("degrees of freedom of u"))
    coverage: float | None = field(
        default=None, metadata=_says("probability that U covers")
    )
    unit: str | None = field(default=None, metadata=_says("unit of value, u and U"))
    lower: float | None = field(default=None, metadata=_says("lower limit"))
    upper: float | None = field(default=None, metadata=_says("upper limit"))
    limit_unit: str | None = field(
        default=None, metadata=_says("unit of limits and margin")
    )
    zone: str | None = field(default=None, metadata=_says("where the value lies"))
    margin: float | None = field(
        default=None, metadata=_says("to the nearest limit, + inside")
    )
    p_c: float | None = field(default=None, metadata=_says("conformance probability"))
    instrument: str | None = field(default=None, metadata=_says("what measured it"))
    serials: str | None = field(
        default=None,
        metadata=_says("serial numbers of the instruments named: role serial; ..."),
    )
    t_start_ns: int | None = field(
        default=None, metadata=_says("start of the measured interval, ns")
    )
    t_end_ns: int | None = field(default=None, metadata=_says("its end, ns"))
    case_begin_ns: int | None = field(
        default=None, metadata=_says("beginning of the attempt, ns")
    )
    case_end_ns: int | None = field(default=None, metadata=_says("its end, ns"))
    seq_measurement: int | None = field(
        default=None, metadata=_says("record of the measurement")
    )
    seq_limit: int | None = field(default=None, metadata=_says("record of the limit"))
    seq_verdict: int = field(metadata=_says("record of the verdict"))
    statement: str = field(metadata=_says("the reason, in one sentence"))


def judged_rows(run: RunRecord) -> tuple[JudgedRow, ...]:
    """Return a row for each verdict of every attempt, in the order of the plan."""
    return tuple(
        _row(case, attempt, each, run.instruments)
        for case in run.cases
        for attempt in (*case.attempts, case)
        for each in attempt.verdicts
    )


def named_in(
    text: str, instruments: Iterable[InstrumentRecord]
) -> tuple[InstrumentRecord, ...]:
    """Return the instruments that a measurement's ``instrument`` names by a role.

    ``"balance and pump's counter"`` names the balance and the pump; a clock of the
    bench is no instrument.
    """
    words = set(re.findall(r"[a-z]+", text.lower()))
    return tuple(each for each in instruments if not words.isdisjoint(each.roles))


def _row(
    case: CaseRecord,
    attempt: CaseRecord,
    verdict: VerdictRecord,
    instruments: Sequence[InstrumentRecord],
) -> JudgedRow:
    is_last = attempt is case
    stands = verdict.void is None and not verdict.invalidated
    return JudgedRow(
        case=case.id,
        attempt=attempt.attempt,
        requirement=verdict.requirement,
        verdict=verdict.verdict.name,
        recorded=verdict.recorded.name,
        counts=stands and (is_last or not verdict.settled),
        settled=verdict.settled,
        void=verdict.void,
        invalidated=verdict.invalidated or None,
        zone=verdict.zone,
        margin=verdict.margin,
        p_c=verdict.p_c,
        case_begin_ns=attempt.t_begin_ns,
        case_end_ns=attempt.t_end_ns,
        seq_verdict=verdict.seq,
        statement=verdict.statement,
        **_measured(attempt.measurement_of(verdict), instruments),
        **_limit(attempt.limit_of(verdict)),
    )


def _measured(
    measured: MeasurementRecord | None, instruments: Sequence[InstrumentRecord]
) -> dict[str, Any]:
    """What a fact does not have stays at its default, None."""
    if measured is None:
        return {}
    return {
        "name": measured.name,
        "value": measured.value,
        "u": measured.u,
        "expanded_u": measured.expanded_u,
        "k": measured.k,
        "dof": measured.dof,
        "coverage": measured.coverage,
        "unit": measured.unit,
        "instrument": measured.instrument,
        "serials": _serials(measured, instruments),
        "t_start_ns": measured.t_start_ns,
        "t_end_ns": measured.t_end_ns,
        "seq_measurement": measured.seq,
    }


def _limit(limit: LimitRecord | None) -> dict[str, Any]:
    if limit is None:
        return {}
    return {
        "lower": limit.lower,
        "upper": limit.upper,
        "limit_unit": limit.unit,
        "seq_limit": limit.seq,
    }


def _serials(
    measured: MeasurementRecord, instruments: Sequence[InstrumentRecord]
) -> str:
    found = named_in(measured.instrument, instruments)
    return "; ".join(f"{each.roles[0]} {each.serial}" for each in found)
