"""``[taken]``: cases that a plan takes over from another one.

::

    [plan]
    procedures = "../implanted"  # the folder of the other plan, with its procedures
    register = "../implanted/register.toml"

    [taken]
    cases = ["ITB-BOL-001/single", "ITB-STL-001/magnet"]
    [taken.numbers]  # in place of those in [defaults.numbers] there
    blank = "30 minute"

They are as they stand there, with the defaults of that plan but for the numbers that
``[taken.numbers]`` has; a number that a case has itself stays. The other plan counts
among the files on which a run rests: its hash stands with those of the procedures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness import toml_files
from harness.errors import ConfigurationError
from harness.plans import defaults
from harness.plans.case_reader import CaseReader
from harness.plans.plan import FILE_NAME, PlannedCase
from harness.toml_files import Table


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken over.

    Attributes:
        cases: in the order in which they are named.
        sha256: hash of the other plan's file, by its name.
    """

    cases: tuple[PlannedCase, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=dict)


def read(plan: Table, path: Path, reader: CaseReader) -> Taken:
    """Read the cases that a plan takes over; there need be none.

    Args:
        plan: the whole file of the plan.
        path: where it is.
        reader: reads the cases of the plan.

    Raises:
        ConfigurationError: there is no other plan, it has another register, or it does
            not have a case.
    """
    if "taken" not in plan:
        return Taken()
    table = plan.table("taken")
    wanted = table.texts("cases")
    numbers = defaults.numbers(table, reader.procedures)
    table.done()
    other = reader.procedures.folder / FILE_NAME
    if other.resolve() == path.resolve():
        raise ConfigurationError(
            f"{table.where}: there is no other plan to take cases from; name its folder"
            ' in [plan], as in procedures = "../implanted"'
        )
    file = toml_files.read(other, "plan from which cases are taken")
    register = other.parent / file.table.table("plan").text("register")
    if register.resolve() != reader.register.path.resolve():
        raise ConfigurationError(
            f"{table.where}: {other} has another register, {register}; name that one"
            " in [plan], or write the cases here"
        )
    common = defaults.read(file.table, reader.procedures)
    found = _entries(file.table)
    common = replace(common, numbers=numbers.over(common.numbers))
    theirs = replace(reader, defaults=common)
    cases: list[PlannedCase] = []
    for each in wanted:
        if each not in found:
            raise ConfigurationError(
                f"{table.where}: {other} has no case {each!r:.80}; write the id of one"
            )
        cases += theirs.read(found[each])
    return Taken(tuple(cases), {FILE_NAME: file.sha256})


def _entries(plan: Table) -> Mapping[str, Table]:
    """Return the cases of a plan as they are written, by id."""
    found = {}
    for entry in plan.tables("case", "point"):
        names = entry.over(Table({}, entry.where))
        found[f"{names.identifier('requirement')}/{names.identifier('point')}"] = entry
    return found
