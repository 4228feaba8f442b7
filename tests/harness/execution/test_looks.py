"""Two looks at growing evidence: declared first, both in the journal, never a third."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from harness.clock import VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind, Record
from harness.execution.case import Case
from harness.judging import GUARD_BAND_U, DecisionRule, Limit, Verdict, specific_risk
from harness.metrology.measurement import Measurement
from harness.plans.plan import Effect, Phase, Plan, PlannedCase, Restart
from harness.plans.procedures import Procedures
from harness.plans.profile import Profile
from harness.plans.register import Register, Requirement, RequirementKind
from harness.toml_files import Given
from harness.units import ureg

HOUR_NS = 3_600_000_000_000
SECOND = Given("24 hour", ureg.Quantity(24.0, "hour"))
NONE = MappingProxyType[str, str]({})
PERCENT = "percent"


def case_of(
    folder: Path, second: Given | None = SECOND, rule: DecisionRule = GUARD_BAND_U
) -> Iterator[Case]:
    measured = RequirementKind.MEASURED
    demands = {
        name: Requirement(name, "t", "s", "h", measured, PERCENT, "-5 %", "5 %")
        for name in ("M-1", "M-2")
    }
    planned = PlannedCase(
        requirement="M-1",
        point="low",
        procedure="steady",
        claims=tuple(demands),
        needs=(),
        capabilities=(),
        restart=Restart.RESTART,
        hardware_duration=ureg.Quantity(60.0, "hour"),
        effect=Effect.NONE,
        start=MappingProxyType({}),
        numbers=MappingProxyType({}),
        second_look=second,
    )
    plan = Plan(
        path=Path("plan.toml"),
        sha256="0" * 64,
        id="small",
        title="A small plan",
        phase=Phase.IMPLANTED,
        rule=rule,
        register=Register(
            Path("r.toml"), "0" * 64, "r", "Demands", "1", MappingProxyType(demands)
        ),
        profile=Profile(
            Path("p.toml"), "0" * 64, "p", "A pump", "us", NONE, MappingProxyType({})
        ),
        procedures=Procedures(MappingProxyType({}), NONE),
        cases=(planned,),
        not_applicable=(),
    )
    clock = VirtualClock(0)
    with Journal(folder / "run") as journal:
        case = Case(planned, plan, Recorder(journal, clock), clock)
        case.declare_limits()
        yield case


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    yield from case_of(tmp_path)


@pytest.fixture
def limit(case: Case) -> Limit:
    return case.limit("M-1")


def error(value: float, until_h: int = 24, since_h: int = 0) -> Measurement:
    """A flow error with u = 1 %: U is 1.96 % alone, 2.24 % for one of two looks."""
    times = since_h * HOUR_NS, until_h * HOUR_NS
    quantity = ureg.Quantity(value, PERCENT), ureg.Quantity(1.0, PERCENT)
    return Measurement(*quantity, float("inf"), (), "balance", *times)


def kinds(tmp_path: Path) -> list[Record]:
    return [each for each in read(tmp_path / "run") if each.kind is not Kind.LIMIT]


def test_a_conclusive_look_becomes_the_verdict(
    case: Case, limit: Limit, tmp_path: Path
) -> None:
    look = case.look(limit, error(1.0))
    assert look.verdict is Verdict.PASS
    assert case.judge(limit, error(1.0)) == look

    measured, looked, verdict = kinds(tmp_path)
    assert [measured.kind, looked.kind, verdict.kind] == [
        Kind.MEASUREMENT,
        Kind.LOOK,
        Kind.VERDICT,
    ]
    assert looked.fields["number"] == 1
    assert looked.fields["of"] == 2
    assert looked.fields["finding"] == "PASS"
    # One measurement, on which both rest.
    assert looked.fields["evidence"] == [1, measured.seq]
    assert verdict.fields["evidence"] == [1, measured.seq, looked.seq]


def test_an_open_look_is_followed_by_a_longer_one(
    case: Case, limit: Limit, tmp_path: Path
) -> None:
    assert case.look(limit, error(4.0)).verdict is Verdict.INCONCLUSIVE
    assert case.judge(limit, error(2.0, until_h=48)).verdict is Verdict.PASS

    first, looked, second, verdict = kinds(tmp_path)
    assert (first.kind, second.kind) == (Kind.MEASUREMENT, Kind.MEASUREMENT)
    assert looked.fields["finding"] == "INCONCLUSIVE"
    assert looked.fields["p_c"] == pytest.approx(0.8413, abs=5e-5)
    assert verdict.fields["evidence"] == [1, second.seq, looked.seq]
    assert verdict.fields["verdict"] == "PASS"


@pytest.mark.parametrize(("value", "verdict"), [(2.7, "PASS"), (2.8, "INCONCLUSIVE")])
def test_each_look_errs_half_as_often(
    case: Case, limit: Limit, value: float, verdict: str, tmp_path: Path
) -> None:
    # The normal quantile for 98.75 % is 2.2414; alone, 2.8 % + 1.96 % would pass.
    assert limit.rule.coverage == pytest.approx(0.975)
    assert case.look(limit, error(value)).verdict.name == verdict
    measured = kinds(tmp_path)[0].fields
    assert measured["coverage"] == pytest.approx(0.975)
    assert measured["expanded_u"] == pytest.approx(2.2414, abs=5e-5)
    declared = next(iter(read(tmp_path / "run"))).fields["rule"]
    assert declared == (
        "guard band w = U (97.5 %), non-binary, each of 2 looks with its share"
        " (Bonferroni)"
    )


def test_every_limit_of_the_case_shares(case: Case) -> None:
    # What decides whether to go on decides over the data of every claim.
    assert case.limit("M-2").rule == case.limit("M-1").rule == case.rule
    assert case.judge(case.limit("M-2"), error(1.0)).verdict is Verdict.PASS


def test_a_risk_is_shared_too(tmp_path: Path) -> None:
    for case in case_of(tmp_path, rule=specific_risk(0.1)):
        assert case.rule.risk == pytest.approx(0.05)


def test_without_a_declaration_there_is_no_look(tmp_path: Path) -> None:
    for case in case_of(tmp_path, second=None):
        limit = case.limit("M-1")
        assert case.second_look is None
        assert limit.rule == GUARD_BAND_U
        with pytest.raises(ValueError, match="M-1 was not declared; write second_look"):
            case.look(limit, error(4.0))
        assert case.judge(limit, error(2.9)).verdict is Verdict.PASS
    assert [each.kind for each in kinds(tmp_path)] == [Kind.MEASUREMENT, Kind.VERDICT]


def open_look(case: Case) -> None:
    case.look(case.limit("M-1"), error(4.0))


def conclusive_look(case: Case) -> None:
    case.look(case.limit("M-1"), error(1.0))


def both_looks(case: Case) -> None:
    open_look(case)
    case.judge(case.limit("M-1"), error(4.0, until_h=48))


@pytest.mark.parametrize(
    ("before", "then", "message"),
    [
        (open_look, error(1.0, until_h=47), "measure on for case.second_look"),
        (open_look, error(4.0), "measure on for case.second_look"),
        (open_look, error(1.0, until_h=85), "and no longer, then judge"),
        (open_look, error(1.0, 48, since_h=24), "judge all that was measured"),
        (conclusive_look, error(1.0, until_h=48), "first look was conclusive"),
        (conclusive_look, error(1.5), "first look was conclusive"),
        (both_looks, error(1.0, until_h=72), "there is no further look"),
    ],
)
def test_a_look_leads_to_one_verdict_only(
    case: Case,
    limit: Limit,
    before: Callable[[Case], None],
    then: Measurement,
    message: str,
) -> None:
    before(case)
    with pytest.raises(ValueError, match=message):
        case.judge(limit, then)


@pytest.mark.parametrize("before", [open_look, conclusive_look, both_looks])
def test_there_is_no_other_first_look(
    case: Case, limit: Limit, before: Callable[[Case], None]
) -> None:
    before(case)
    with pytest.raises(ValueError, match="looked at before"):
        case.look(limit, error(1.0, until_h=72))


def test_an_open_look_alone_proves_nothing(case: Case) -> None:
    open_look(case)
    case.judge(case.limit("M-2"), error(0.0))
    assert case.end("the pump fell silent").verdict is Verdict.INCONCLUSIVE


def test_a_look_too_needs_the_declared_limit(case: Case, limit: Limit) -> None:
    wider = replace(limit, upper=ureg.Quantity(50.0, PERCENT))
    with pytest.raises(ValueError, match="was not declared"):
        case.look(wider, error(9.0))
