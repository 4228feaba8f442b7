"""Reading a plan with everything that it refers to, checked before anything moves.

::

    [plan]
    id = "implanted"
    title = "Implanted intrathecal pump"
    phase = "implanted"
    register = "../register.toml"       # both relative to this file
    profile = "../profiles/reference.toml"
    rule = "guard-band"                 # and more, see harness.plans.decision
    coverage = 0.95

    [setup]                             # what to write down before a formal run
    requires = ["operator", "set_lot"]

    [defaults]                          # for every case that does not say otherwise
    needs = ["pump", "balance"]
    start = { reservoir = "reservoir.capacity", concentration = "500 µg/mL" }

    [[case]]
    requirement = "FLOW-01"
    point = "100ug"                     # the case is FLOW-01/100ug
    procedure = "mean_rate"             # the function test_mean_rate beside this file
    claims = ["FLOW-01"]                # what it must judge
    capabilities = ["refillable"]
    hardware_duration = "30 hour"
    numbers = { dose = "100 µg/day", duration = "24 hour" }

A plan may stand on another one's folder: ``procedures`` names it in ``[plan]``, and
``[taken]`` the cases that are taken over from the plan there, :mod:`.taken`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from harness import toml_files
from harness.errors import ConfigurationError
from harness.plans import (
    coverage,
    decision,
    defaults,
    populations,
    procedures,
    profile,
    register,
    setup_items,
    taken,
)
from harness.plans.case_reader import CaseReader
from harness.plans.plan import Effect, Form, Phase, Plan, PlannedCase
from harness.plans.register import Register
from harness.populations.declaration import Population
from harness.toml_files import Table


def load(path: Path, profile_path: Path | None = None, form: Form = Form.FULL) -> Plan:
    """Read a plan and all that lies beside it or that it names, and check it.

    Args:
        path: the plan's file.
        profile_path: the profile to use instead of the one that the plan names.
        form: the form in which the cases shall run.

    Raises:
        ConfigurationError: the first thing that is wrong in any of them.
    """

    def refuse(error: ConfigurationError) -> None:
        raise error

    plan = read(path, profile_path, form, refuse)
    claims = {each.id: each.claims for each in (*plan.cases, *plan.not_applicable)}
    absent = plan.absent_requirements
    seeded = coverage.load(path.parent, plan.register, claims, absent)
    return replace(plan, coverage=seeded)


def read(
    path: Path,
    profile_path: Path | None,
    form: Form,
    on_error: Callable[[ConfigurationError], None],
) -> Plan:
    """Read like :func:`load`, but let ``on_error`` decide on each case that is wrong.

    Raises:
        ConfigurationError: what is wrong outside of the cases.
    """
    file = toml_files.read(path, "plan")
    head = file.table.table("plan")
    own_profile = path.parent / head.text("profile")
    pump = profile.load(profile_path or own_profile)
    demands = register.load(path.parent / head.text("register"))
    rule = decision.read(head)
    found = procedures.scan(_folder(path, head))
    common = defaults.read(file.table, found)
    reader = CaseReader(found, demands, pump, common, rule)
    over = taken.read(file.table, path, reader)
    found = replace(found, sha256={**found.sha256, **over.sha256})
    cases = _cases(file.table, reader, over.cases, on_error)
    applicable = [
        replace(each, claims=reader.applicable(each.claims)).in_form(form)
        for each in cases
        if reader.applies(each)
    ]
    plan = Plan(
        path=path,
        sha256=file.sha256,
        id=head.identifier("id"),
        title=head.text("title"),
        phase=head.choice("phase", Phase),
        rule=rule,
        register=demands,
        profile=pump,
        procedures=found,
        cases=tuple(sorted(applicable, key=_is_destructive)),
        not_applicable=tuple(each for each in cases if not reader.applies(each)),
        absent_requirements=demands.absent(pump),
        form=form,
        populations=_populations(file.table, demands, cases, reader, on_error),
        setup=setup_items.read(file.table),
    )
    head.done()
    file.table.done()
    return plan


def procedures_folder(path: Path) -> Path:
    """Return the folder of the procedures of a plan, of which nothing else is read.

    Raises:
        ConfigurationError: the file is no plan.
    """
    return _folder(path, toml_files.read(path, "plan").table.table("plan"))


def _folder(path: Path, head: Table) -> Path:
    """Return where the procedures are: beside this plan, or beside another."""
    if "procedures" not in head:
        return path.parent
    return Path(os.path.normpath(path.parent / head.text("procedures")))


def _cases(
    table: Table,
    reader: CaseReader,
    taken_over: tuple[PlannedCase, ...],
    on_error: Callable[[ConfigurationError], None],
) -> tuple[PlannedCase, ...]:
    cases = {case.id: case for case in taken_over}
    entries = table.tables("case", "point") if "case" in table or not cases else ()
    for entry in entries:
        try:
            for case in reader.read(entry):
                _refuse_twice(case, cases, entry.where)
                cases[case.id] = case
        except ConfigurationError as error:
            on_error(error)
    return tuple(cases.values())


def _populations(
    table: Table,
    demands: Register,
    cases: tuple[PlannedCase, ...],
    reader: CaseReader,
    on_error: Callable[[ConfigurationError], None],
) -> tuple[Population, ...]:
    not_applicable = [each.id for each in cases if not reader.applies(each)]
    try:
        return populations.read(table, demands, cases, not_applicable)
    except ConfigurationError as error:
        on_error(error)
        return ()


def _is_destructive(case: PlannedCase) -> bool:
    return case.effect is Effect.DESTRUCTIVE


def _refuse_twice(
    case: PlannedCase, cases: Mapping[str, PlannedCase], where: str
) -> None:
    if case.id in cases:
        raise ConfigurationError(
            f"{where}: the case {case.id} stands twice; give it another point"
        )
