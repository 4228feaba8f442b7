"""A case while it runs: it knows its limits, judges, and says what it saw.

Nothing here decides anything: limits come from the register and the profile, verdicts
from :mod:`harness.judging`. The case only sees to it that every limit stands in the
journal before anything is measured, that every claim is judged, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from harness.clock import Clock
from harness.evidence.recorder import Recorder
from harness.evidence.records import JsonValue, Kind
from harness.execution import measured
from harness.execution.looks import Look, Looks
from harness.judging import Judgement, Limit, Verdict, judge_fact, worst
from harness.judging.rules import LOOKS
from harness.metrology.measurement import Measurement
from harness.plans.plan import Plan, PlannedCase
from harness.plans.register import RequirementKind
from harness.toml_files import Given
from harness.units import Quantity

_NOT_JUDGED = "not judged: the case ended without a word on this requirement"
_MOST_POINTS = 600


@dataclass(frozen=True, slots=True)
class Entry:
    """A judgement and the seq of its verdict record.

    Attributes:
        seq: number of the record.
        judgement: what it says.
        settled: it stands for a judgement that never came.
    """

    seq: int
    judgement: Judgement
    settled: bool = False


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one planned case.

    Attributes:
        case_id: requirement/point.
        verdict: the worst of its judgements; never PASS if it did not end well.
        statement: why, in one sentence.
        entries: its judgements in the order of the journal.
        bench_ns: bench time from its beginning to its end, ns.
    """

    case_id: str
    verdict: Verdict
    statement: str
    entries: tuple[Entry, ...]
    bench_ns: int


class Case:
    """What a procedure is given as ``case``.

    Attributes:
        id: requirement/point.
        numbers: the plan's numbers for the procedure, by name.
        schedules: the plan's weeks of rates for the procedure, by name.
        start: the state to establish first: ``reservoir`` or ``syringe``, and
            ``concentration``.
        profile: what the pump's model specifies.
        second_look: for how long to measure on, once, where :meth:`look` finds nothing
            conclusive; None where one look must do.
        rule: how values are held against limits in this case.
    """

    def __init__(
        self,
        planned: PlannedCase,
        plan: Plan,
        recorder: Recorder,
        clock: Clock,
        judged: Sequence[Entry] = (),
    ) -> None:
        self.id = planned.id
        self.numbers = _values(planned.numbers)
        self.schedules = planned.schedules
        self.start = _values(planned.start)
        self.profile = plan.profile
        second = planned.second_look
        self.second_look = None if second is None else second.value
        self.rule = plan.rule if second is None else plan.rule.shared()
        self._claims = planned.claims
        self._requirements = plan.register.requirements
        self._limits = {
            claim: plan.register.limit(claim, plan.profile, self.rule)
            for claim in planned.claims
            if self._is_measured(claim)
        }
        self._recorder = recorder
        self._clock = clock
        self._began_ns = clock.now_ns()
        self._limit_seqs: dict[str, int] = {}
        self._entries = list(judged)
        self._looks = Looks(planned.id, self.second_look)
        self._gaps: list[tuple[int, int]] = []
        self._before_judging: Callable[[], None] = _nothing

    def claims(self, requirement: str) -> bool:
        """Tell whether this case claims a requirement that the pump has.

        A procedure that sees more by the way than each of its cases is long enough to
        judge asks so.
        """
        return requirement in self._claims

    def declare_limits(self) -> None:
        """Write the limit of every claim, before anything is measured."""
        for limit in self._limits.values():
            fields = {"case": self.id, **limit.to_json()}
            self._limit_seqs[limit.requirement] = self._recorder.record(
                Kind.LIMIT, fields
            )

    def before_judging(self, verify: Callable[[], None]) -> None:
        """Have ``verify`` called before each finding; what it raises prevents it.

        A stimulus that has ended by itself must not be judged as what it did.
        """
        self._before_judging = verify

    def limit(self, requirement: str) -> Limit:
        """Return the limit that was declared for a claim.

        Raises:
            ValueError: the case does not claim the requirement, or it has no limit.
        """
        self._check_claim(requirement)
        if requirement not in self._limits:
            raise ValueError(
                f"{self.id}: {requirement} is an attribute; judge it with judge_fact"
            )
        return self._limits[requirement]

    def look(self, limit: Limit, measurement: Measurement) -> Judgement:
        """Look at a measurement to see whether to measure on, and record both.

        No verdict follows yet. If the look decides, judge the same measurement; if not,
        measure on for exactly ``second_look``, and judge the whole.

        Raises:
            ValueError: the case declares no second look, this is not its first one, or
                the limit was not declared.
            TypeError: the value is a bare number.
            UnitError: it has another dimension than the limit.
        """
        self._before_judging()
        self._check_declared(limit)
        self._looks.check_first(limit.requirement)
        judgement, evidence = self._measured(limit, measurement)
        fields: dict[str, JsonValue] = {
            "case": self.id,
            "requirement": limit.requirement,
            "number": 1,
            "of": LOOKS,
            "finding": judgement.verdict.name,
            "statement": judgement.statement,
            "p_c": judgement.p_c,
            "evidence": evidence,
        }
        seq = self._recorder.record(Kind.LOOK, fields, sync=True)
        look = Look(seq, evidence, measurement, judgement)
        self._looks.take(limit.requirement, look)
        return judgement

    def judge(self, limit: Limit, measurement: Measurement) -> Judgement:
        """Hold a measurement against a declared limit, and record both.

        Raises:
            ValueError: this is not the limit that was declared, or a look at the
                requirement leads to another verdict than this one.
            TypeError: the value is a bare number.
            UnitError: it has another dimension than the limit.
        """
        self._before_judging()
        self._check_declared(limit)
        look = self._looks.before(limit.requirement, measurement)
        if look is not None and look.is_conclusive:
            judgement, evidence = look.judgement, look.evidence
        else:
            judgement, evidence = self._measured(limit, measurement)
        self._record(judgement, evidence if look is None else (*evidence, look.seq))
        return judgement

    def judge_fact(
        self, requirement: str, holds: bool | None, statement: str
    ) -> Judgement:
        """Record whether a fact holds; None means that it could not be established.

        A measured requirement can fail by a fact, such as an alarm that never came, but
        a statement alone cannot pass it. Where its limit is not specified, no fact
        settles it.

        Raises:
            ValueError: the case does not claim the requirement, or it must be measured.
            TypeError: ``holds`` is neither a bool nor None.
        """
        self._before_judging()
        self._check_claim(requirement)
        if holds is True and requirement in self._limits:
            raise ValueError(
                f"{self.id}: {requirement} is measured; pass it with a measurement"
            )
        said = " ".join(statement.split())
        limit = self._limits.get(requirement)
        if limit is not None and limit.unspecified:
            holds, said = None, f"{limit.describe()}; {said}"
        judgement = judge_fact(requirement, holds, said)
        self._record(judgement, ())
        return judgement

    def _settle(self, requirement: str, reason: str) -> None:
        """Record INCONCLUSIVE in place of a judgement that never came."""
        limit = self._limits.get(requirement)
        if limit is not None and limit.unspecified:
            reason = f"{limit.describe()}; {reason}"
        self._record(judge_fact(requirement, None, reason), (), settled=True)

    def series(
        self,
        name: str,
        unit: str,
        points: Sequence[tuple[float, float]],
        text: str = "",
        origin_ns: int | None = None,
    ) -> None:
        """Keep a curve for the report: points (s since the origin, value).

        Of a long curve every n-th point is kept, and the last.

        Args:
            name: what is plotted.
            unit: of the values.
            points: of the curve; a trumpet's lie over the length of its windows.
            text: by which method it came about, such as a standard's with its edition.
            origin_ns: bench time from which the points count; None where they lie over
                something else than bench time.
        """
        step = -(-len(points) // _MOST_POINTS) or 1
        kept = [*points[:-1:step], *points[-1:]]
        data: list[JsonValue] = [[x, y] for x, y in kept]
        head = {"case": self.id, "name": name, "unit": unit}
        more = {"text": text, "origin_ns": origin_ns}
        self._recorder.record(Kind.SERIES, {**head, "points": data, **more})

    def note(self, text: str) -> None:
        """Leave a remark for the reader; it decides nothing."""
        self._recorder.note(f"{self.id}: {text}")

    def note_gap(self, begin_ns: int, end_ns: int) -> None:
        """Note that nobody looked between two bench times: what spans them says so."""
        self._gaps.append((begin_ns, end_ns))

    def end(self, trouble: str = "") -> CaseResult:
        """Write the case's verdict; a claim that was not judged is INCONCLUSIVE.

        Args:
            trouble: why the procedure did not end as it should; "" if it did. With
                trouble the case can no longer pass.
        """
        judged = {entry.judgement.requirement for entry in self._entries}
        for claim in self._claims:
            if claim not in judged:
                self._settle(claim, trouble or _NOT_JUDGED)
        result = self.result(trouble)
        fields = {
            "case": self.id,
            "verdict": result.verdict.name,
            "statement": result.statement,
        }
        self._recorder.record(Kind.CASE_END, fields, sync=True)
        return result

    def result(self, trouble: str) -> CaseResult:
        """Say what the judgements so far amount to, without writing anything."""
        verdict = worst(entry.judgement.verdict for entry in self._entries)
        if trouble:
            verdict = max(verdict, Verdict.INCONCLUSIVE)
        said = [
            f"{entry.judgement.requirement}: {entry.judgement.statement}"
            for entry in self._entries
            if entry.judgement.verdict is verdict
            and entry.judgement.statement != trouble
        ]
        statement = "; ".join([trouble, *said] if trouble else said)
        took_ns = self._clock.now_ns() - self._began_ns
        return CaseResult(self.id, verdict, statement, tuple(self._entries), took_ns)

    def _measured(
        self, limit: Limit, measurement: Measurement
    ) -> tuple[Judgement, tuple[int, ...]]:
        """Judge and record a measurement; return the seq of limit and measurement."""
        judged = measured.judge(limit, measured.with_gaps(measurement, self._gaps))
        fields = {"case": self.id, **judged.fields}
        seq = self._recorder.record(Kind.MEASUREMENT, fields)
        return judged.judgement, (self._limit_seqs[limit.requirement], seq)

    def _record(
        self,
        judgement: Judgement,
        evidence: tuple[int, ...],
        *,
        settled: bool = False,
    ) -> None:
        fields: dict[str, JsonValue] = {
            "case": self.id,
            **judgement.to_json(),
            "evidence": evidence,
            "settled": settled,
        }
        seq = self._recorder.record(Kind.VERDICT, fields, sync=True)
        self._entries.append(Entry(seq, judgement, settled))

    def _check_declared(self, limit: Limit) -> None:
        if limit != self.limit(limit.requirement):
            raise ValueError(
                f"{self.id}: this limit of {limit.requirement} was not declared; take"
                " the one of case.limit"
            )

    def _check_claim(self, requirement: str) -> None:
        if requirement not in self._claims:
            raise ValueError(
                f"{self.id}: {requirement} is not among the claims of this case; add it"
                " to claims in the plan"
            )

    def _is_measured(self, requirement: str) -> bool:
        return self._requirements[requirement].kind is RequirementKind.MEASURED


def _nothing() -> None:
    """Verify nothing: no sensor watches the stimuli."""


def _values(given: Mapping[str, Given]) -> Mapping[str, Quantity]:
    return MappingProxyType({name: each.value for name, each in given.items()})
