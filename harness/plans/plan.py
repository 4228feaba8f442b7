"""The plan: which cases verify which requirements, with which numbers.

::

    [plan]
    id = "implanted"
    title = "Implanted intrathecal pump"
    phase = "implanted"
    register = "../register.toml"       # both relative to this file
    profile = "../profiles/reference.toml"
    rule = "guard-band"
    coverage = 0.95

    [[case]]
    requirement = "FLOW-01"
    point = "100ug"                     # the case is FLOW-01/100ug
    procedure = "mean_rate"             # the function test_mean_rate beside this file
    claims = ["FLOW-01"]                # what it must judge
    needs = ["pump", "balance"]
    capabilities = ["refillable"]
    restart = "restart"
    hardware_duration = "30 hour"
    effect = "none"
    start = { reservoir = "40 mL", concentration = "500 µg/mL" }
    numbers = { dose = "100 µg/day", duration = "24 hour" }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from harness import toml_files
from harness.errors import ConfigurationError
from harness.judging import DecisionRule
from harness.plans import procedures, profile, register
from harness.plans.procedures import Procedure, Procedures
from harness.plans.profile import Profile
from harness.plans.register import Register, RequirementKind
from harness.toml_files import Given, Table
from harness.units import CONCENTRATION, TIME, VOLUME, Quantity

FILE_NAME = "plan.toml"
# The coverage probability that the decision rule is defined for.
_COVERAGE = 0.95
_START_UNITS = MappingProxyType({"reservoir": VOLUME, "concentration": CONCENTRATION})


class Phase(StrEnum):
    """The three systems of intrathecal baclofen therapy."""

    SCREENING = "screening"
    TRIAL_INFUSION = "trial_infusion"
    IMPLANTED = "implanted"


class Rule(StrEnum):
    """What a plan may call a decision rule."""

    GUARD_BAND = "guard-band"


class Role(StrEnum):
    """What a case may need of the bench, by the name of its fixture."""

    PUMP = "pump"
    BALANCE = "balance"
    CLAMP = "clamp"
    MAGNET = "magnet"
    OPERATOR = "operator"
    TAMPER = "tamper"
    AMBIENT = "ambient"


class Capability(StrEnum):
    """What not every pump can do; a profile may declare it absent."""

    BOLUS = "bolus"
    REFILLABLE = "refillable"
    ALARM_LOG = "alarm-log"


class Restart(StrEnum):
    """What an interrupted case does when it is taken up again."""

    RESTART = "restart"
    CONTINUE = "continue"


class Effect(StrEnum):
    """What a case does to the pump under test."""

    NONE = "none"
    CONDITIONING = "conditioning"
    DESTRUCTIVE = "destructive"


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """One case as the plan has it.

    Attributes:
        requirement: the requirement that the case is named after.
        point: what tells the cases of one requirement apart.
        procedure: name of the procedure that runs it.
        claims: every requirement that the case must judge.
        needs: roles that the bench must have.
        capabilities: what the pump must be able to do.
        restart: what happens after an interruption.
        hardware_duration: how long it takes on a bench.
        effect: what it does to the unit.
        start: the state that the case establishes first.
        numbers: the procedure's numbers.
    """

    requirement: str
    point: str
    procedure: str
    claims: tuple[str, ...]
    needs: tuple[Role, ...]
    capabilities: tuple[Capability, ...]
    restart: Restart
    hardware_duration: Quantity
    effect: Effect
    start: Mapping[str, Given]
    numbers: Mapping[str, Given]

    @property
    def id(self) -> str:
        """The case's name wherever it is mentioned: requirement/point."""
        return f"{self.requirement}/{self.point}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A test plan with everything that it refers to, checked.

    Attributes:
        path: the plan's file.
        sha256: hash of the file.
        id: short name.
        title: the plan in words.
        phase: the therapy phase.
        rule: how values are held against limits.
        register: the requirements.
        profile: the pump model's specification.
        procedures: the procedures beside the plan.
        cases: what is planned, in the order of the file.
        not_applicable: cases that need a feature which the profile declares absent.
    """

    path: Path
    sha256: str
    id: str
    title: str
    phase: Phase
    rule: DecisionRule
    register: Register
    profile: Profile
    procedures: Procedures
    cases: tuple[PlannedCase, ...]
    not_applicable: tuple[PlannedCase, ...]


def load(path: Path) -> Plan:
    """Read a plan, its register, its profile and its procedures, and check them all.

    Raises:
        ConfigurationError: the first thing that is wrong in any of them.
    """
    file = toml_files.read(path, "plan")
    head = file.table.table("plan")
    pump = profile.load(path.parent / head.text("profile"))
    demands = register.load(path.parent / head.text("register"))
    found = procedures.scan(path.parent)
    cases: dict[str, PlannedCase] = {}
    for table in file.table.tables("case", "point"):
        case = _case(table, found)
        _check(case, demands, pump, table.where)
        if case.id in cases:
            raise ConfigurationError(
                f"{table.where}: the case {case.id} stands twice; give it another point"
            )
        cases[case.id] = case
    plan = Plan(
        path=path,
        sha256=file.sha256,
        id=head.identifier("id"),
        title=head.text("title"),
        phase=head.choice("phase", Phase),
        rule=_rule(head),
        register=demands,
        profile=pump,
        procedures=found,
        cases=tuple(case for case in cases.values() if _applies(case, pump)),
        not_applicable=tuple(c for c in cases.values() if not _applies(c, pump)),
    )
    head.done()
    file.table.done()
    return plan


def _applies(case: PlannedCase, pump: Profile) -> bool:
    return not pump.absent.keys() & set(case.capabilities)


def _rule(head: Table) -> DecisionRule:
    head.choice("rule", Rule)
    coverage = head.number("coverage", _COVERAGE)
    if coverage != _COVERAGE:
        raise ConfigurationError(
            f"{head.where}: coverage is {coverage}; the guard-band rule is defined for"
            f" {_COVERAGE} only"
        )
    return DecisionRule.GUARD_BAND_U


def _case(table: Table, found: Procedures) -> PlannedCase:
    requirement = table.identifier("requirement")
    name = table.text("procedure")
    if name not in found.by_name:
        known = ", ".join(sorted(found.by_name)) or "none"
        raise ConfigurationError(
            f"{table.where}: there is no procedure {name!r} beside the plan; write the"
            f" function {procedures.PREFIX}{name}, or choose from: {known}"
        )
    case = PlannedCase(
        requirement=requirement,
        point=table.identifier("point"),
        procedure=name,
        claims=table.texts("claims", (requirement,)),
        needs=table.choices("needs", Role),
        capabilities=table.choices("capabilities", Capability),
        restart=table.choice("restart", Restart, Restart.RESTART),
        hardware_duration=table.quantity("hardware_duration", TIME),
        effect=table.choice("effect", Effect, Effect.NONE),
        start=_start(table.table("start")),
        numbers=_numbers(table.table("numbers"), found.by_name[name]),
    )
    table.done()
    if requirement not in case.claims:
        raise ConfigurationError(
            f"{table.where}: claims leaves out {requirement!r}, after which the case is"
            " named; add it"
        )
    return case


def _start(table: Table) -> Mapping[str, Given]:
    start = {
        key: table.given(key, like)
        for key, like in _START_UNITS.items()
        if key in table
    }
    table.done()
    return MappingProxyType(start)


def _numbers(table: Table, procedure: Procedure) -> Mapping[str, Given]:
    numbers = {key: table.given(key, like) for key, like in procedure.units.items()}
    table.done()
    return MappingProxyType(numbers)


def _check(case: PlannedCase, demands: Register, pump: Profile, where: str) -> None:
    """Resolve every claim now, so that no limit can be missing in mid run."""
    for claim in case.claims:
        requirement = demands.requirement(claim, where)
        is_measured = requirement.kind is RequirementKind.MEASURED
        if is_measured and _applies(case, pump):
            demands.limit(claim, pump)
