"""A case keeps the order of evidence: limits first, every claim, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from harness.clock import VirtualClock
from harness.errors import UnitError
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind, Record
from harness.execution.case import Case
from harness.judging import GUARD_BAND_U, Verdict
from harness.metrology.measurement import Measurement, bracketed
from harness.plans.plan import Effect, Phase, Plan, PlannedCase, Restart
from harness.plans.procedures import Procedures
from harness.plans.profile import Profile
from harness.plans.register import Register, Requirement, RequirementKind
from harness.toml_files import Given
from harness.units import ureg

START_NS = 1_000_000_000
HOUR_NS = 3_600_000_000_000
NONE = MappingProxyType[str, str]({})


def requirement(name: str, kind: RequirementKind, upper: str = "") -> Requirement:
    unit = "percent" if upper else ""
    return Requirement(name, "text", "source", "hazard", kind, unit, "", upper)


REGISTER = Register(
    Path("register.toml"),
    "0" * 64,
    "r",
    "Demands",
    "1",
    MappingProxyType(
        {
            "M-1": requirement("M-1", RequirementKind.MEASURED, "flow.accuracy"),
            "A-1": requirement("A-1", RequirementKind.ATTRIBUTE),
            "A-2": requirement("A-2", RequirementKind.ATTRIBUTE),
        }
    ),
)
PLANNED = PlannedCase(
    requirement="M-1",
    point="low",
    procedure="steady",
    claims=("M-1", "A-1"),
    needs=(),
    capabilities=(),
    restart=Restart.RESTART,
    hardware_duration=ureg.Quantity(1.0, "hour"),
    effect=Effect.NONE,
    start=MappingProxyType({}),
    numbers=MappingProxyType({"dose": Given("3 µg/day", ureg.Quantity(3, "µg/day"))}),
)
PLAN = Plan(
    path=Path("plan.toml"),
    sha256="0" * 64,
    id="small",
    title="A small plan",
    phase=Phase.IMPLANTED,
    rule=GUARD_BAND_U,
    register=REGISTER,
    profile=Profile(
        Path("profile.toml"),
        "0" * 64,
        "p",
        "A pump",
        "invented",
        NONE,
        MappingProxyType({"flow.accuracy": "5 %"}),
    ),
    procedures=Procedures(MappingProxyType({}), NONE),
    cases=(PLANNED,),
    not_applicable=(),
)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START_NS)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "run") as journal:
        yield journal


@pytest.fixture
def case(journal: Journal, clock: VirtualClock) -> Case:
    case = Case(PLANNED, PLAN, Recorder(journal, clock), clock)
    case.declare_limits()
    return case


def records(tmp_path: Path, kind: Kind) -> list[Record]:
    return [record for record in read(tmp_path / "run") if record.kind is kind]


def percent(value: float) -> Measurement:
    low, high = (ureg.Quantity(value + by, "percent") for by in (-0.01, 0.01))
    return bracketed(low, high, "balance", 0, 1)


def test_numbers_are_quantities(case: Case) -> None:
    assert case.id == "M-1/low"
    assert case.numbers["dose"] == ureg.Quantity(3, "µg/day")


def test_limits_stand_before_values(case: Case, tmp_path: Path) -> None:
    case.judge(case.limit("M-1"), percent(1.0))

    kinds = [record.kind for record in read(tmp_path / "run")]
    assert kinds == [Kind.LIMIT, Kind.MEASUREMENT, Kind.VERDICT]
    (limit,) = records(tmp_path, Kind.LIMIT)
    assert (limit.fields["requirement"], limit.fields["upper"]) == ("M-1", 5.0)
    (verdict,) = records(tmp_path, Kind.VERDICT)
    assert verdict.fields["verdict"] == "PASS"
    assert verdict.fields["margin"] == pytest.approx(4.0)
    assert verdict.fields["evidence"] == [1, 2]


def test_a_limit_that_was_not_declared_cannot_be_judged(case: Case) -> None:
    limit = case.limit("M-1")
    wider = replace(limit, upper=ureg.Quantity(50.0, "percent"))

    with pytest.raises(ValueError, match="was not declared"):
        case.judge(wider, percent(9.0))
    with pytest.raises(UnitError):
        case.judge(
            limit, bracketed(ureg.Quantity(1, "mL"), ureg.Quantity(2, "mL"), "b", 0, 1)
        )


def test_it_tells_its_claims(case: Case) -> None:
    assert case.claims("A-1")
    assert not case.claims("A-2")


def test_only_claims_can_be_judged(case: Case) -> None:
    with pytest.raises(ValueError, match="not among the claims"):
        case.limit("A-2")
    with pytest.raises(ValueError, match="not among the claims"):
        case.judge_fact("A-2", True, "it beeped")
    with pytest.raises(ValueError, match="is an attribute"):
        case.limit("A-1")


def test_a_measured_requirement_can_fail_but_not_pass_by_a_statement(
    case: Case,
) -> None:
    with pytest.raises(ValueError, match="is measured"):
        case.judge_fact("M-1", True, "looked fine")
    assert case.judge_fact("M-1", False, "no flow at all").verdict is Verdict.FAIL


@pytest.mark.parametrize("holds", [False, None])
def test_no_fact_settles_what_is_not_specified(
    journal: Journal, clock: VirtualClock, holds: bool | None
) -> None:
    silent = replace(PLAN, profile=replace(PLAN.profile, leaves=NONE))
    case = Case(PLANNED, silent, Recorder(journal, clock), clock)
    case.declare_limits()

    fact = case.judge_fact("M-1", holds, "no flow at all")
    assert fact.verdict is Verdict.INCONCLUSIVE
    assert fact.statement == (
        "not specified: the profile says nothing about flow.accuracy; no flow at all"
    )
    value = case.judge(case.limit("M-1"), percent(400.0))
    assert value.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("error", "holds", "trouble", "expected"),
    [
        (1.0, True, "", Verdict.PASS),
        (1.0, True, "broken off", Verdict.INCONCLUSIVE),
        (1.0, None, "", Verdict.INCONCLUSIVE),
        (9.0, True, "", Verdict.FAIL),
        (9.0, None, "broken off", Verdict.FAIL),
        (1.0, False, "broken off", Verdict.FAIL),
    ],
)
def test_the_worst_wins(
    case: Case, error: float, holds: bool | None, trouble: str, expected: Verdict
) -> None:
    case.judge(case.limit("M-1"), percent(error))
    case.judge_fact("A-1", holds, "the pump answered")

    result = case.end(trouble)

    assert result.verdict is expected
    assert result.statement.startswith(trouble or ("M-1" if error > 5 else ""))


def test_judged_twice_the_worst_wins(case: Case) -> None:
    case.judge(case.limit("M-1"), percent(9.0))
    case.judge(case.limit("M-1"), percent(1.0))
    case.judge_fact("A-1", True, "refused")

    assert case.end().verdict is Verdict.FAIL


def test_an_unjudged_claim_is_inconclusive(case: Case, tmp_path: Path) -> None:
    case.judge(case.limit("M-1"), percent(1.0))

    result = case.end()

    assert result.verdict is Verdict.INCONCLUSIVE
    verdicts = {
        record.fields["requirement"]: record.fields["verdict"]
        for record in records(tmp_path, Kind.VERDICT)
    }
    assert verdicts == {"M-1": "PASS", "A-1": "INCONCLUSIVE"}
    (end,) = records(tmp_path, Kind.CASE_END)
    assert end.fields["verdict"] == "INCONCLUSIVE"


def test_it_knows_how_long_it_took(case: Case, clock: VirtualClock) -> None:
    clock.advance_to(START_NS + HOUR_NS)

    assert case.end().bench_ns == HOUR_NS


@pytest.mark.parametrize(("count", "at_most"), [(0, 0), (1, 1), (2, 2), (4321, 601)])
def test_a_series_is_thinned_and_keeps_its_ends(
    case: Case, tmp_path: Path, count: int, at_most: int
) -> None:
    points = [(float(i), float(i) ** 2) for i in range(count)]
    case.series("delivered", "mL", points)

    (series,) = records(tmp_path, Kind.SERIES)
    kept = series.fields["points"]
    assert isinstance(kept, list)
    assert min(count, 300) <= len(kept) <= at_most
    assert kept[:1] == [list(each) for each in points[:1]]
    assert kept[-1:] == [list(each) for each in points[-1:]]
    assert series.fields["case"] == "M-1/low"
