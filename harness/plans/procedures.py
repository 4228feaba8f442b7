"""The procedures of a plan, found by reading their source without running it.

A procedure is a module-level function ``test_<name>(case, ...)`` in the plan's folder,
marked with the names and units of the numbers it takes::

    @pytest.mark.procedure(dose="µg/day", duration="s", boluses="1", days="schedule")
    def test_mean_rate(case, pump, balance): ...

The unit ``"1"`` marks a count or a ratio, ``"schedule"`` a week of rates. One that can
measure on where a first look decides nothing is marked ``second_look=True`` too.

Reading the source lets a whole plan be checked before anything is imported or moved.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from harness import units
from harness.errors import ConfigurationError
from harness.units import quantity

PREFIX = "test_"
COUNT = "1"
SCHEDULE = "schedule"
_CONSTANTS = MappingProxyType(
    {name: value for name, value in vars(units).items() if isinstance(value, str)}
)
MARK = "procedure"
SECOND_LOOK = "second_look"
_FORM = f'mark it @pytest.mark.{MARK}(dose="µg/day", ...), each number with a unit'


@dataclass(frozen=True, slots=True)
class Procedure:
    """How something is verified.

    Attributes:
        name: the function's name without its prefix.
        file: the file in which it stands.
        units: name of each number that it takes, with a unit of its dimension.
        schedules: name of each week of rates that it takes.
        takes_second_look: whether it can measure on where a first look decides nothing.
    """

    name: str
    file: Path
    units: Mapping[str, str]
    schedules: tuple[str, ...] = ()
    takes_second_look: bool = False


@dataclass(frozen=True, slots=True)
class Procedures:
    """All procedures of a plan.

    Attributes:
        by_name: each by its name.
        sha256: hash of each file on which they rest, by the name of the file.
        folder: where these files are.
    """

    by_name: Mapping[str, Procedure]
    sha256: Mapping[str, str]
    folder: Path = Path()


def scan(folder: Path) -> Procedures:
    """Find the procedures in ``test_*.py`` of a plan's folder, and hash all its code.

    Raises:
        ConfigurationError: a file cannot be read or parsed, a function is not marked as
            it must be, or a name stands twice.
    """
    found: dict[str, Procedure] = {}
    hashes: dict[str, str] = {}
    for file in sorted(folder.glob("*.py")):
        try:
            source = file.read_bytes()
            procedures = _in_file(source, file)
        except (OSError, SyntaxError, ValueError) as error:
            raise ConfigurationError(f"{file}: cannot be read: {error}") from error
        hashes[file.name] = hashlib.sha256(source).hexdigest()
        for procedure in procedures:
            if procedure.name in found:
                raise ConfigurationError(
                    f"{file}: the procedure {procedure.name!r} stands in"
                    f" {found[procedure.name].file.name} too; rename one"
                )
            found[procedure.name] = procedure
    return Procedures(MappingProxyType(found), MappingProxyType(hashes), folder)


# A campaign reads the same plan hundreds of times, each time in a copy of one process.
@lru_cache(maxsize=256)
def _in_file(source: bytes, file: Path) -> tuple[Procedure, ...]:
    tree = ast.parse(source)
    return tuple(_procedures(tree, file)) if file.name.startswith(PREFIX) else ()


def _procedures(tree: ast.Module, file: Path) -> Iterator[Procedure]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith(PREFIX):
            where = f"{file}, line {node.lineno}: {node.name}"
            if "case" not in [each.arg for each in node.args.args]:
                raise ConfigurationError(f"{where} does not take 'case'; add it")
            marked = _marked(node, where)
            takes_second_look = marked.pop(SECOND_LOOK, None)
            units = dict(_given_units(marked, where))
            yield Procedure(
                name=node.name.removeprefix(PREFIX),
                file=file,
                units={name: u for name, u in units.items() if u != SCHEDULE},
                schedules=tuple(name for name, u in units.items() if u == SCHEDULE),
                takes_second_look=_is_flag(takes_second_look, where),
            )


def _marked(function: ast.FunctionDef, where: str) -> dict[str | None, ast.expr]:
    """Return what the mark says, by name."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Attribute(attr="procedure"):
                return {}
            case ast.Call(func=ast.Attribute(attr="procedure"), args=[]):
                return {each.arg: each.value for each in decorator.keywords}
    raise ConfigurationError(f"{where} is not a procedure; {_FORM}")


def _is_flag(marked: ast.expr | None, where: str) -> bool:
    match marked:
        case None:
            return False
        case ast.Constant(value=bool(flag)):
            return flag
        case _:
            raise ConfigurationError(
                f"{where}: {SECOND_LOOK} in the mark is no number of the procedure but"
                " says whether it can measure on; write True, or leave it out"
            )


def _given_units(
    marked: Mapping[str | None, ast.expr], where: str
) -> Iterator[tuple[str, str]]:
    for name, value in marked.items():
        match name, value:
            case str(), ast.Constant(value=str(unit)):
                yield name, _unit(unit, f"{where}: {name}")
            case str(), ast.Name(id=constant) if constant in _CONSTANTS:
                yield name, _CONSTANTS[constant]
            case _:
                raise ConfigurationError(
                    f"{where}: a unit must be a plain text or a constant of"
                    f" harness.units; {_FORM}"
                )


def _unit(unit: str, where: str) -> str:
    """Return the unit if it exists."""
    if unit in (COUNT, SCHEDULE):
        return unit
    quantity(f"1 {unit}", unit, where=where)
    return unit
