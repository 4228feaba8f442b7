"""One ``[[case]]`` of a plan, checked against procedures, register and profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.errors import ConfigurationError
from harness.judging import DecisionRule
from harness.plans import decision, features
from harness.plans.case_values import ValueReader
from harness.plans.defaults import Defaults
from harness.plans.plan import (
    Accelerated,
    Capability,
    Effect,
    PlannedCase,
    Restart,
    Role,
)
from harness.plans.procedures import PREFIX, Procedure, Procedures
from harness.plans.profile import Profile
from harness.plans.register import Register, RequirementKind
from harness.plans.subjects import Side
from harness.toml_files import Given, Table
from harness.units import TIME, magnitude

_MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Reads the cases of one plan.

    Attributes:
        procedures: what a case may name as its procedure.
        register: what it may claim.
        profile: what its pump has.
        defaults: what it has where it does not say otherwise.
        rule: how its values are held against limits.
    """

    procedures: Procedures
    register: Register
    profile: Profile
    defaults: Defaults
    rule: DecisionRule

    def applies(self, case: PlannedCase) -> bool:
        """Tell whether the pump has what the case, and one of its claims, is about."""
        return self._applies(case.claims, (*case.capabilities, *case.features))

    def applicable(self, claims: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of some claims that are about what the pump has."""
        wanted = self.register.requirements
        return tuple(claim for claim in claims if self._has(wanted[claim].features))

    def read(self, own: Table) -> Iterator[PlannedCase]:
        """Read a case, or as many as it has repeats.

        Raises:
            ConfigurationError: something in it is wrong.
        """
        table = own.over(self.defaults.case)
        repeats = table.integer("repeats", 1)
        if not 1 <= repeats <= _MOST_REPEATS:
            raise ConfigurationError(
                f"{table.where}: repeats is {repeats}; write 1 to {_MOST_REPEATS}"
            )
        case = self._case(table)
        table.done()
        self._resolve_limits(case)
        if repeats == 1:
            yield case
            return
        for number in range(1, repeats + 1):
            yield replace(case, point=f"{case.point}-r{number}")

    def _case(self, table: Table) -> PlannedCase:
        procedure = self._procedure(table)
        requirement = table.identifier("requirement")
        claims = self._claims(table, requirement)
        capabilities = table.choices("capabilities", Capability)
        wanted = features.read(table)
        positive, negative = self._sides(table)
        reader = ValueReader(
            procedure,
            self.profile,
            applies=self._applies(claims, (*capabilities, *wanted)),
            expects_refusal=table.flag("expects_refusal", False),
        )
        start = table.table("start")
        numbers = table.table("numbers").over(self.defaults.numbers, reader.names)
        accelerated = _accelerated(table, start, numbers, reader)
        values = reader.read(start, numbers, table.where)
        case = PlannedCase(
            requirement=requirement,
            point=table.identifier("point"),
            procedure=procedure.name,
            claims=claims,
            needs=table.choices("needs", Role),
            capabilities=capabilities,
            restart=table.choice("restart", Restart, Restart.RESTART),
            hardware_duration=table.quantity("hardware_duration", TIME),
            effect=table.choice("effect", Effect, Effect.NONE),
            start=values.start,
            numbers=values.numbers,
            schedules=values.schedules,
            features=wanted,
            expects_refusal=reader.expects_refusal,
            accelerated=accelerated,
            positive=positive,
            negative=negative,
            second_look=self._second_look(table, procedure),
        )
        return _for_simulator(case, table)

    def _procedure(self, table: Table) -> Procedure:
        name, found = table.text("procedure"), self.procedures.by_name
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise ConfigurationError(
                f"{table.where}: there is no procedure {name!r} beside the plan; write"
                f" the function {PREFIX}{name}, or choose from: {known}"
            )
        return found[name]

    def _second_look(self, table: Table, procedure: Procedure) -> Given | None:
        """Read for how long a case may measure on; few procedures can."""
        if "second_look" not in table:
            return None
        if not procedure.takes_second_look:
            raise ConfigurationError(
                f"{table.where}: the procedure {procedure.name} does not take"
                " second_look; leave it out, or choose a procedure that is marked"
                " second_look=True"
            )
        decision.two_looks(self.rule, table.where)
        second = table.given("second_look", TIME)
        if magnitude(second.value, TIME) <= 0.0:
            raise ConfigurationError(
                f"{table.where}: second_look is {second.text}; write a duration above"
                " zero, or leave it out"
            )
        return second

    def _claims(self, table: Table, requirement: str) -> tuple[str, ...]:
        claims = table.texts("claims", (requirement,))
        if requirement not in claims:
            raise ConfigurationError(
                f"{table.where}: claims leaves out {requirement!r}, after which the"
                " case is named; add it"
            )
        for claim in claims:
            self.register.requirement(claim, table.where)
        return claims

    def _sides(self, table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
        positive, negative = (table.texts(side.value, ()) for side in Side)
        for subject in (*positive, *negative):
            self.register.check_subject(subject, table.where)
        for subject in sorted(set(positive).intersection(negative)):
            raise ConfigurationError(
                f"{table.where}: {subject!r} is both positive and negative; a case"
                " shows one side of a subject, so leave one out"
            )
        return positive, negative

    def _applies(self, claims: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
        return self._has(wanted) and bool(self.applicable(claims))

    def _has(self, features: tuple[str, ...]) -> bool:
        return not self.profile.absent.keys() & set(features)

    def _resolve_limits(self, case: PlannedCase) -> None:
        """Resolve every limit now, so that none can turn out wrong in mid run."""
        if self.applies(case):
            for claim in self.applicable(case.claims):
                kind = self.register.requirements[claim].kind
                if kind is RequirementKind.MEASURED:
                    self.register.limit(claim, self.profile)


def _accelerated(
    table: Table, start: Table, numbers: Table, reader: ValueReader
) -> Accelerated | None:
    """Read the accelerated form; what it leaves out is as in the full one."""
    if "accelerated" not in table:
        return None
    fast = table.table("accelerated")
    accelerated = Accelerated(
        justification=fast.text("justification"),
        hardware_duration=fast.quantity("hardware_duration", TIME),
        values=reader.read(
            fast.table("start").over(start),
            fast.table("numbers").over(numbers),
            fast.where,
        ),
    )
    fast.done()
    return accelerated


def _for_simulator(case: PlannedCase, table: Table) -> PlannedCase:
    """Let a case that is not for a real unit need the simulator, and say why."""
    if "simulator_only" not in table:
        return case
    reason = table.text("simulator_only")
    if case.accelerated is not None:
        raise ConfigurationError(
            f"{table.where}: a case for the simulator only has no accelerated form;"
            " leave out simulator_only or [case.accelerated]"
        )
    needs = tuple(dict.fromkeys((*case.needs, Role.SIMULATOR)))
    return replace(case, needs=needs, simulator_only=reason)
