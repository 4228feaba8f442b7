"""What a journal says first: everything that a run rests on, each with its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from harness.clock import Clock
from harness.errors import ConfigurationError
from harness.evidence.records import SCHEMA_VERSION, JsonValue
from harness.execution import software, tracing
from harness.execution.calibration import Calibration
from harness.plans.plan import Plan, PlannedCase
from harness.plans.schedule import DAYS
from harness.schedule import Step, WeekSchedule, clock_time
from harness.units import FLOW, magnitude, show

_RATE_DIGITS = 6


class Fidelity(StrEnum):
    """How far the bench is from hardware. Only the report's watermark may ask."""

    IN_PROCESS = "in-process"
    WIRE = "wire"
    HARDWARE = "hardware"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class BenchSetup:
    """What a run needs to know of its bench before the bench is opened.

    Attributes:
        path: the bench file.
        sha256: hash of the bytes that were read.
        fidelity: how the bench is connected.
        clock: the bench's only clock, usable at once; a virtual one stands at the epoch
            of the bench file.
        roles: names of the roles that the bench has (`harness.plans.plan.Role`).
        conditions: fluid, ambient conditions and the like, as the report shows them.
        engineering: why a run on this bench is no evidence, one sentence each.
        calibrations: of the instruments that measure.
    """

    path: Path
    sha256: str
    fidelity: Fidelity
    clock: Clock
    roles: frozenset[str]
    conditions: Mapping[str, JsonValue] = field(default_factory=dict)
    engineering: tuple[str, ...] = ()
    calibrations: tuple[Calibration, ...] = ()

    def check_roles(self, case: PlannedCase) -> None:
        """Refuse a case that needs what this bench does not have.

        Raises:
            ConfigurationError: a role is missing.
        """
        if missing := sorted(set(case.needs) - self.roles):
            raise ConfigurationError(
                f"{self.path}: the case {case.id} needs {', '.join(missing)}, which"
                " this bench does not have; add an instrument with that role, or leave"
                " the case out with -k"
            )


def header(
    plan: Plan,
    bench: BenchSetup,
    seed: int,
    selected: frozenset[str],
    basis: Mapping[str, JsonValue],
) -> dict[str, JsonValue]:
    """Return the fields of the run record.

    Args:
        plan: the plan with its profile, register and procedures.
        bench: the bench.
        seed: seed of the simulation; without effect on hardware.
        selected: ids of the cases chosen.
        basis: what it rests on beside these, as `harness.execution.formal` says.
    """
    profile, register = plan.profile, plan.register
    return {
        "schema": SCHEMA_VERSION,
        "plan": {
            "name": plan.path.name,
            "sha256": plan.sha256,
            "id": plan.id,
            "title": plan.title,
            "phase": plan.phase,
            "rule": plan.rule.describe(),
            "form": plan.form,
        },
        "profile": {
            "name": profile.path.name,
            "sha256": profile.sha256,
            "id": profile.id,
            "title": profile.title,
            "basis": profile.basis,
            "absent": dict(profile.absent),
        },
        "register": {
            "name": register.path.name,
            "sha256": register.sha256,
            "id": register.id,
            "title": register.title,
            "version": register.version,
        },
        "bench": {"name": bench.path.name, "sha256": bench.sha256},
        "software": software.loaded(),
        "seed": seed,
        "fidelity": bench.fidelity,
        "conditions": dict(bench.conditions),
        **basis,
        "procedures": [
            {"name": name, "sha256": sha256}
            for name, sha256 in plan.procedures.sha256.items()
        ],
        "populations": [each.to_json() for each in plan.populations],
        **tracing.describe(plan, bench.roles, selected),
    }


def describe_case(planned: PlannedCase) -> dict[str, JsonValue]:
    """Return what a case's first record says beside its id."""
    numbers = {name: each.text for name, each in planned.numbers.items()}
    weeks = {name: _week(each) for name, each in planned.schedules.items()}
    return {
        "requirements": list(planned.claims),
        "procedure": planned.procedure,
        "numbers": {**numbers, **weeks},
        "start": {name: each.text for name, each in planned.start.items()},
        "needs": list(planned.needs),
        "capabilities": list(planned.capabilities),
        "features": list(planned.features),
        "restart": planned.restart,
        "effect": planned.effect,
        "second_look": None
        if planned.second_look is None
        else planned.second_look.text,
        "form": tracing.form_of(planned),
        "hardware_duration_s": magnitude(planned.hardware_duration, "s"),
    }


def _week(week: WeekSchedule) -> str:
    """Write a week, days with the same steps together."""
    days: dict[str, list[str]] = {}
    for name, steps in zip(DAYS, week.days, strict=True):
        days.setdefault(", ".join(map(_step, steps)), []).append(name)
    return "; ".join(f"{', '.join(names)}: {said}" for said, names in days.items())


def _step(step: Step) -> str:
    return f"{clock_time(step.minute)} {show(step.rate, FLOW, _RATE_DIGITS)}"
