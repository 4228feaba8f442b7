"""``[[population]]``: what shall hold for all units of a kind, said before any data.

::

    [[population]]
    requirement = "FLOW-01"
    confidence = "95 %"
    reliability = "90 %"
    method = "normal"  # or "non-parametric", "attribute"
    units = 10
    cases = ["FLOW-01/low", "FLOW-01/high"]
    risk = "a wrong dose is serious, and dose by dose reversible: medium risk"
    invalid_runs = "a run with a bench fault is repeated once, on the same unit"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from harness.errors import ConfigurationError
from harness.plans.plan import PlannedCase
from harness.plans.register import Register, Requirement, RequirementKind
from harness.populations.assurance import Assurance
from harness.populations.declaration import Method, Population, least_units
from harness.toml_files import Table
from harness.units import magnitude

_KEY = "population"
_REPEAT = re.compile(r"(.+)-r[1-9]\d*")


def read(
    plan: Table,
    demands: Register,
    cases: Sequence[PlannedCase],
    not_applicable: Collection[str],
) -> tuple[Population, ...]:
    """Read the populations of a plan; there need be none.

    Args:
        plan: the whole file.
        demands: the plan's register.
        cases: every case of the plan, with all that it claims.
        not_applicable: ids of the cases that do not concern the plan's pump: they fall
            away, and with its last case a population does.

    Raises:
        ConfigurationError: a population that cannot be judged as it is declared.
    """
    found: dict[str, Population] = {}
    if _KEY not in plan:
        return ()
    for table in plan.tables(_KEY, "requirement"):
        population = _population(table, demands, cases)
        if population.requirement in found:
            raise ConfigurationError(
                f"{table.where}: this requirement stands twice; declare one population"
            )
        found[population.requirement] = population
    applicable = (_without(each, not_applicable) for each in found.values())
    return tuple(each for each in applicable if each.cases)


def _without(population: Population, left_out: Collection[str]) -> Population:
    cases = {
        name: repeats
        for name, repeats in population.cases.items()
        if not set(repeats) & set(left_out)
    }
    return replace(population, cases=cases)


def _population(
    table: Table, demands: Register, cases: Sequence[PlannedCase]
) -> Population:
    demand = demands.requirement(table.text("requirement"), table.where)
    method = table.choice("method", Method)
    population = Population(
        requirement=demand.id,
        assurance=_assurance(table),
        method=method,
        units=table.integer("units"),
        failures=table.integer("failures", 0) if method is Method.ATTRIBUTE else 0,
        cases=_cases(table, demand, cases),
        pooled=method is not Method.ATTRIBUTE and table.flag("pooled", default=False),
        risk=table.text("risk"),
        invalid_runs=table.text("invalid_runs"),
    )
    table.done()
    _refuse_too_few(population, demand, table.where)
    return population


def _assurance(table: Table) -> Assurance:
    shares = {
        name: magnitude(table.quantity(name, "percent"), "percent") / 100.0
        for name in ("confidence", "reliability")
    }
    try:
        return Assurance(**shares)
    except ValueError as error:
        raise ConfigurationError(f"{table.where}: {error}") from error


def _cases(
    table: Table, demand: Requirement, cases: Sequence[PlannedCase]
) -> Mapping[str, tuple[str, ...]]:
    """The cases that count; all that claim the requirement where none is named."""
    claiming = _with_repeats([each for each in cases if demand.id in each.claims])
    if not claiming:
        raise ConfigurationError(
            f"{table.where}: no case claims {demand.id}; add one, or leave this out"
        )
    chosen = table.texts("cases", tuple(claiming))
    if not chosen:
        raise ConfigurationError(
            f"{table.where}: cases names no case; leave it out for all of them"
        )
    for name in chosen:
        if name not in claiming:
            raise ConfigurationError(
                f"{table.where}: cases names {name!r:.80}, which is no case of this"
                f" plan that claims {demand.id}; choose from {', '.join(claiming)}"
            )
    return {name: claiming[name] for name in chosen}


def _with_repeats(cases: Sequence[PlannedCase]) -> Mapping[str, tuple[str, ...]]:
    """The ids of cases; those that differ in the number of a repeat only, as one."""
    alike: dict[str, list[PlannedCase]] = {}
    for case in cases:
        match = _REPEAT.fullmatch(case.id)
        others = alike.setdefault(match[1] if match else case.id, [])
        if others and replace(others[0], point=case.point) != case:
            alike[case.id] = [case]
        else:
            others.append(case)
    return {
        name if len(found) > 1 else found[0].id: tuple(each.id for each in found)
        for name, found in alike.items()
    }


def _refuse_too_few(population: Population, demand: Requirement, where: str) -> None:
    is_attribute = population.method is Method.ATTRIBUTE
    if not is_attribute and demand.kind is not RequirementKind.MEASURED:
        raise ConfigurationError(
            f"{where}: {demand.id} is an attribute and has no values; write method ="
            f' "{Method.ATTRIBUTE}"'
        )
    if population.failures < 0:
        raise ConfigurationError(f"{where}: failures is negative; write 0 or more")
    sides = sum(bool(bound) for bound in (demand.lower, demand.upper))
    needed = least_units(
        population.method, population.assurance, population.failures, sides
    )
    if population.units < needed:
        raise ConfigurationError(
            f"{where}: {population.units} units are too few for"
            f" {population.assurance.describe()} by the method {population.method};"
            f" write units = {needed} at least"
        )
