"""The plan: which cases verify which requirements, with which numbers.

:mod:`harness.plans.loading` reads it; ``docs/reference/plan.md`` describes every key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from harness.judging import DecisionRule
from harness.plans.case_values import CaseValues
from harness.plans.coverage import NOTHING, Coverage
from harness.plans.procedures import Procedures
from harness.plans.profile import Profile
from harness.plans.register import Register
from harness.plans.setup_items import SetupItem
from harness.plans.subjects import Side
from harness.populations.declaration import Population
from harness.schedule import WeekSchedule
from harness.toml_files import Given
from harness.units import Quantity

FILE_NAME = "plan.toml"


class Phase(StrEnum):
    """The three systems of intrathecal baclofen therapy."""

    SCREENING = "screening"
    TRIAL_INFUSION = "trial_infusion"
    IMPLANTED = "implanted"


class Role(StrEnum):
    """What a case may need of the bench, by the name of its fixture."""

    PUMP = "pump"
    BALANCE = "balance"
    CLAMP = "clamp"
    MAGNET = "magnet"
    OPERATOR = "operator"
    TAMPER = "tamper"
    AMBIENT = "ambient"
    REFERENCE = "reference"
    POWER = "power"
    PRESSURE = "pressure"
    GAUGE = "gauge"
    CHARGE = "charge"
    TEMPERATURE = "temperature"
    ALTITUDE = "altitude"
    INJECTOR = "injector"
    SOUNDER = "sounder"
    LISTENER = "listener"
    SIMULATOR = "simulator"


class Capability(StrEnum):
    """What not every pump can do; a profile may declare it absent."""

    BOLUS = "bolus"
    PERIODIC = "periodic"
    PATIENT_BOLUS = "patient-bolus"
    SCHEDULE = "schedule"
    MINIMUM_RATE = "minimum-rate"
    PRIMING = "priming"
    BRIDGE = "bridge"
    DELAYED_START = "delayed-start"
    READBACK = "readback"
    CLOCK = "clock"
    DRUG = "drug"
    SERVICE = "service"
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


class Form(StrEnum):
    """Which of its two forms a case has in a run."""

    FULL = "full"
    ACCELERATED = "accelerated"


@dataclass(frozen=True, slots=True)
class Accelerated:
    """The form of a case that is practical on hardware.

    Attributes:
        justification: why it proves the same.
        hardware_duration: how long it takes on a bench at most.
        values: what the procedure is given in this form.
    """

    justification: str
    hardware_duration: Quantity
    values: CaseValues


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
        hardware_duration: how long it takes on a bench at most.
        effect: what it does to the unit.
        start: the state that the case establishes first.
        numbers: the procedure's numbers.
        schedules: the procedure's weeks of rates.
        features: what else the pump must have.
        simulator_only: why it is not for a real unit; "" if it is.
        expects_refusal: whether the pump shall refuse what is programmed.
        form: whether numbers and duration are those of the accelerated form.
        accelerated: the accelerated form, if there is one.
        positive: subjects that happen in it as they should.
        negative: subjects that must not happen in it, or must be refused.
        second_look: for how long to measure on, once, where the first look decides
            nothing; None where one look must do.
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
    schedules: Mapping[str, WeekSchedule] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    simulator_only: str = ""
    expects_refusal: bool = False
    form: Form = Form.FULL
    accelerated: Accelerated | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    second_look: Given | None = None

    @property
    def id(self) -> str:
        """The case's name wherever it is mentioned: requirement/point."""
        return f"{self.requirement}/{self.point}"

    def shows(self, side: Side) -> tuple[str, ...]:
        """Return the subjects of which the case shows a side."""
        return self.positive if side is Side.POSITIVE else self.negative

    def in_form(self, form: Form) -> PlannedCase:
        """Return the case as it runs in a form; one without that form stays full."""
        fast = self.accelerated
        if form is Form.FULL or fast is None:
            return self
        return replace(
            self,
            form=form,
            hardware_duration=fast.hardware_duration,
            start=fast.values.start,
            numbers=fast.values.numbers,
            schedules=fast.values.schedules,
        )


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
        cases: what is planned, in the order in which it runs: as in the file, but what
            destroys the unit last.
        not_applicable: cases that need a feature which the profile declares absent.
        absent_requirements: what does not apply to the pump: id, justification.
        form: which form the cases have that have two.
        coverage: the seeded faults that the cases must find.
        populations: what shall be shown of several units.
        setup: what a set-up record must say before a formal run.
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
    absent_requirements: Mapping[str, str] = field(default_factory=dict)
    form: Form = Form.FULL
    coverage: Coverage = NOTHING
    populations: tuple[Population, ...] = ()
    setup: tuple[str, ...] = tuple(SetupItem)
