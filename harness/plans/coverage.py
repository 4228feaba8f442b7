"""Which seeded fault shows, requirement by requirement, that a case can fail.

A requirement counts as covered only if some fault of the simulated pump turns exactly
its verdict to FAIL, while a healthy pump passes it. ``coverage.toml`` beside a plan
says which fault that is; a run shows it, and the tests of the plan prove it.

::

    [coverage]
    register = "itb-implanted"

    [[covered]]
    requirement = "ITB-BOL-001"
    case = "ITB-BOL-001/single"
    fault = "bolus too short"            # what is wrong with the pump, in words
    with = ["ITB-CNT-001"]               # requirements that must fail too, if any
    because = "the counter counts it whole"
    [covered.pump]                       # what seeds it, as in [simulation.pump]
    defects = ["bolus too short"]
    [covered.simulation.balance]         # as in [simulation.balance], if needed
    silent = true
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from harness import toml_files
from harness.errors import ConfigurationError
from harness.plans.register import Register
from harness.toml_files import Table

FILE_NAME = "coverage.toml"
_PUMP = "pump"

Parameter: TypeAlias = "str | bool | int | tuple[str, ...]"
Parameters: TypeAlias = Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class SeededFault:
    """A fault of the simulated bench that a case must find.

    Attributes:
        requirement: the requirement that must FAIL.
        case: the case that must find it.
        fault: the fault, in words.
        also_fails: further requirements that FAIL with it, by necessity.
        because: why they must; "" where there are none.
        simulation: the tables that seed it, by their name in ``[simulation]`` of a
            bench file, as they are written there.
    """

    requirement: str
    case: str
    fault: str
    also_fails: tuple[str, ...]
    because: str
    simulation: Mapping[str, Parameters]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The seeded faults of a plan.

    Attributes:
        path: the file.
        sha256: hash of the file; "" where there is none.
        faults: in the order of the file.
    """

    path: Path
    sha256: str
    faults: tuple[SeededFault, ...]

    def of(self, requirement: str) -> tuple[SeededFault, ...]:
        """Return the faults that prove a requirement; none if it is not covered."""
        return tuple(each for each in self.faults if each.requirement == requirement)


NOTHING = Coverage(Path(FILE_NAME), "", ())


def load(
    folder: Path,
    demands: Register,
    claims: Mapping[str, Collection[str]],
    absent: Collection[str] = (),
) -> Coverage:
    """Read ``coverage.toml`` in the folder of a plan; without it nothing is covered.

    Args:
        folder: the plan's folder.
        demands: the plan's register.
        claims: the requirements that each case of the plan claims, by its id.
        absent: ids of the requirements that do not apply to the plan's pump, which its
            cases need not claim.

    Raises:
        ConfigurationError: the file is wrong, or names what the plan does not have.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return NOTHING
    file = toml_files.read(path, "list of seeded faults")
    _check_register(file.table.table("coverage"), demands)
    faults: dict[tuple[str, str], SeededFault] = {}
    for entry in file.table.tables("covered", "requirement"):
        fault = _fault(entry)
        _check(fault, demands, claims, absent, entry.where)
        key = fault.requirement, fault.fault
        if key in faults:
            raise ConfigurationError(
                f"{entry.where}: the fault {fault.fault!r} stands twice for this"
                " requirement; remove one"
            )
        faults[key] = fault
    file.table.done()
    return Coverage(path, file.sha256, tuple(faults.values()))


def _check_register(head: Table, demands: Register) -> None:
    register = head.text("register")
    head.done()
    if register != demands.id:
        raise ConfigurationError(
            f"{head.where}: register is {register!r:.80}, but the plan's is"
            f" {demands.id!r}; check every entry against that one, then write its id"
        )


def _fault(entry: Table) -> SeededFault:
    also_fails = entry.texts("with", ())
    fault = SeededFault(
        requirement=entry.text("requirement"),
        case=entry.text("case"),
        fault=entry.text("fault"),
        also_fails=also_fails,
        because=entry.text("because") if also_fails else "",
        simulation=MappingProxyType(dict(_simulation(entry))),
    )
    entry.done()
    return fault


def _simulation(entry: Table) -> Iterator[tuple[str, Parameters]]:
    if _PUMP in entry:
        yield _PUMP, _parameters(entry.table(_PUMP))
    others = entry.table("simulation")
    names = others.keys()
    for name in names:
        if name == _PUMP:
            raise ConfigurationError(f"{others.where}: write [covered.{_PUMP}] instead")
        yield name, _parameters(others.table(name))


def _parameters(table: Table) -> Parameters:
    keys = table.keys()
    return MappingProxyType({key: _value(table, key) for key in keys})


def _value(table: Table, key: str) -> Parameter:
    """Read a value as it stands; the simulated bench knows what it must be."""
    if table.is_flag(key):
        return table.flag(key)
    if table.is_integer(key):
        return table.integer(key)
    return table.text(key) if table.is_text(key) else table.texts(key)


def _check(
    fault: SeededFault,
    demands: Register,
    claims: Mapping[str, Collection[str]],
    absent: Collection[str],
    where: str,
) -> None:
    for each in (fault.requirement, *fault.also_fails):
        demands.requirement(each, where)
    if fault.requirement in fault.also_fails:
        raise ConfigurationError(
            f"{where}: with names {fault.requirement!r} itself; name the others only"
        )
    if fault.case not in claims:
        raise ConfigurationError(
            f"{where}: the case {fault.case!r:.80} is not in the plan; write the id of"
            " one that claims the requirement"
        )
    if fault.requirement not in (*claims[fault.case], *absent):
        raise ConfigurationError(
            f"{where}: the case {fault.case} does not claim it; name a case that does,"
            " or add it to the claims of that case"
        )
    if not any(fault.simulation.values()):
        raise ConfigurationError(
            f"{where}: nothing seeds {fault.fault!r}; add [covered.{_PUMP}] or a table"
            " in [covered.simulation]"
        )
