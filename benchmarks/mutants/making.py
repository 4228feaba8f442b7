"""Mutants of a module: its source with one small fault in it, never written to disk.

The faults are those of mutmut, whose own runner does not reach what judging consists
of: constants of a module, fields of a class, properties and cached functions. A few
are added for guards, which mutmut leaves alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import libcst as cst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper
from mutmut.mutation.mutators import mutation_operators

# Nothing in these is done when the program runs.
_SILENT: Final = (
    m.Annotation()
    | m.Decorator()
    | m.Import()
    | m.ImportFrom()
    | m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))])
    | m.Assign(value=m.Call(func=m.Name("TypeVar")))
    | m.AnnAssign(annotation=m.Annotation(m.Name("TypeAlias")))
    | m.If(test=m.Name("TYPE_CHECKING"))
    | m.SimpleStatementLine(body=[m.Expr(value=m.SimpleString())])
)
_OPPOSITES: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changed, as it is listed: whole lines, the white space left out.

    Attributes:
        module: path of the module from the root.
        was: the lines before.
        became: the lines after.
    """

    module: str
    was: str
    became: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A place in a module, and what stands there instead."""

    path: str
    module: cst.Module
    place: cst.CSTNode
    instead: cst.CSTNode

    def source(self) -> str:
        """Return the source of the whole module, with the fault in it."""
        changed = self.module.deep_replace(self.place, self.instead)
        if not isinstance(changed, cst.Module):
            raise TypeError(f"{self.path}: a mutant is no module any more")
        return changed.code

    def change(self) -> Change:
        """Return the lines that differ."""
        before, after = self.module.code.splitlines(), self.source().splitlines()
        lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
        was, became = (
            " ".join(line[1:].strip() for line in lines if line.startswith(sign))
            for sign in ("-", "+")
        )
        return Change(self.path, was, became)


def mutants(path: str, source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its source.

    Args:
        path: path of the module from the root.
        source: its text.
    """
    module = MetadataWrapper(cst.parse_module(source)).module
    return [
        Mutant(path, module, place, instead)
        for place in _places(module)
        for instead in _faults(place)
    ]


def _places(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if m.matches(node, _SILENT):
        return
    yield node
    for child in node.children:
        yield from _places(child)


def _faults(place: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, made in mutation_operators:
        if isinstance(place, kind):
            yield from made(place)
    yield from _guards(place)


def _guards(place: cst.CSTNode) -> Iterable[cst.CSTNode]:
    """Turn a condition round, leave an error out, take the other end or quantifier."""
    if isinstance(place, cst.If | cst.While | cst.CompIf):
        test = place.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        space = cst.SimpleWhitespace(" ")
        yield place.with_changes(
            test=cst.UnaryOperation(cst.Not(space), test),
            **{_SPACE_BEFORE[type(place)]: space},
        )
    if isinstance(place, cst.Raise):
        yield cst.Pass()
    if isinstance(place, cst.Call) and isinstance(place.func, cst.Name):
        opposite = _OPPOSITES.get(place.func.value)
        if opposite is not None:
            yield place.with_changes(func=cst.Name(opposite))


_SPACE_BEFORE: Final = {
    cst.If: "whitespace_before_test",
    cst.While: "whitespace_after_while",
    cst.CompIf: "whitespace_before_test",
}
