"""What a journal says first: the files of a run, its requirements and its cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

IS_EVIDENCE = "hardware"
"""The only fidelity that proves anything about a pump."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file, or the tool itself, with the hash of what was used.

    Attributes:
        name: file name, or name and version.
        sha256: 64 hex digits.
        details: whatever else the record says of it, as text.
    """

    name: str
    sha256: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement as the register said it when the run began.

    Attributes:
        id: its name.
        text: the demand in one sentence.
        source: where it comes from.
        hazard: the harm that it keeps away.
        kind: measured or attribute.
        limit: what the profile allows, in words; empty for an attribute.
        gip: ids of the generic infusion pump requirements that it answers.
        features: what a pump must have for it to apply.
        absent: why it does not apply to this pump; empty where it does.
    """

    id: str
    text: str
    source: str
    hazard: str
    kind: str
    limit: str = ""
    gip: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A mode, a course of refilling or an alarm that cases show from both sides.

    Attributes:
        id: its name in plan and register.
        kind: which of the three it is.
        title: its name in words.
        absent: why it does not apply to this pump; empty where it does.
    """

    id: str
    kind: str
    title: str
    absent: str = ""


@dataclass(frozen=True, slots=True)
class PlanCase:
    """A case as the plan has it, whether or not it ran.

    Attributes:
        id: requirement/point.
        procedure: name of the procedure.
        claims: ids of the requirements that it must judge.
        why_not: why it was not to run; empty if it was.
        applies: whether it concerns the pump of the run.
        positive: ids of the subjects that happen in it as they should.
        negative: ids of those that must not happen in it.
        form: full, accelerated with its justification, or simulator only with the
            reason.
    """

    id: str
    procedure: str
    claims: tuple[str, ...]
    why_not: str = ""
    applies: bool = True
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    form: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """A seeded fault of the simulated pump by which a requirement counts as covered.

    Attributes:
        requirement: what it proves.
        case: the case that finds the fault.
        fault: the fault, in words.
        also_fails: requirements that the fault fails too, by necessity.
        because: why they must.
    """

    requirement: str
    case: str
    fault: str
    also_fails: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Header:
    """What the run rests on.

    Attributes:
        plan, profile, register, bench: the files used.
        coverage: the file of seeded faults; None where the plan has none.
        software: the tool, with the versions of its libraries as details.
        procedures: the files of the procedures.
        seed: seed of the simulation; None on hardware.
        fidelity: how far the bench is from hardware.
        partial: why the run does not verify the whole register; empty if it does.
        conditions: fluid, ambient conditions and the like.
        absent: features that the profile declares absent, each with its justification.
        requirements: the whole register.
        subjects: what the register wants shown from both sides.
        plan_cases: every case of the plan.
        proofs: the seeded faults by which requirements count as covered.
        planned: ids of the cases that were to run.
        engineering: why the run makes no evidence; empty if it does.
        git_commit: of the tool's source; empty where it is not known.
        git_clean: whether the source was that commit's; None where it is not known.
        formal: the approval of a formal run; empty without one.
        setup: the set-up of the bench as it was entered; empty without one.
        planned_end_ns: bench time at which the last case should end; None if unknown.
    """

    plan: Hashed
    profile: Hashed
    register: Hashed
    bench: Hashed
    coverage: Hashed | None
    software: Hashed
    procedures: tuple[Hashed, ...]
    seed: int | None
    fidelity: str
    partial: tuple[str, ...]
    conditions: Mapping[str, str]
    absent: Mapping[str, str]
    requirements: tuple[Requirement, ...]
    subjects: tuple[Subject, ...]
    plan_cases: tuple[PlanCase, ...]
    proofs: tuple[Proof, ...]
    planned: tuple[str, ...]
    engineering: tuple[str, ...] = ()
    git_commit: str = ""
    git_clean: bool | None = None
    formal: Mapping[str, str] = field(default_factory=dict)
    setup: Mapping[str, str] = field(default_factory=dict)
    planned_end_ns: int | None = None

    @property
    def is_simulated(self) -> bool:
        """Anything but hardware proves nothing about a pump."""
        return self.fidelity != IS_EVIDENCE
