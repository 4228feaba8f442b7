"""The page of the documentation that says which mutants live, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.mutants.making import Change
from benchmarks.mutants.running import Fate
from benchmarks.mutants.scope import Subject

_HEAD: Final = """\
# Mutants

Written in one run by `{command}`; `make mutants` tries every module.

A mutant is a module with one small fault in it: another comparison, number, sign,
operator, argument or text, a condition turned round, an error not raised, min for max.
Each is run by the module's own tests. It is *killed* if one fails, and *timed out* if
they take more than {limit_s} s of the processor. The faults are those of mutmut and of
`benchmarks/mutants/making.py`. Constants, fields and properties are mutated too; no
mutant is ever written to disk.

Every mutant that lives is *explained* below: no input tells it from the sound module,
or what it changes is promised to nobody. The target fails where one is not in the list
(`benchmarks/mutants/explained.toml`), and where the list names one that is killed.

| module | mutants | killed | timed out | explained |
| --- | ---: | ---: | ---: | ---: |
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the mutants of a module.

    Attributes:
        subject: the module.
        fates: how many met each end.
        survivors: those that lived.
    """

    subject: Subject
    fates: Counter[Fate]
    survivors: tuple[Change, ...]


def page(
    outcomes: Sequence[Outcome],
    why: Mapping[Change, str],
    limit_s: int,
    command: str,
) -> str:
    """Return the page.

    Args:
        outcomes: what became of the mutants of each module.
        why: why those that live cannot matter.
        limit_s: of the processor's time, for the tests of one mutant.
        command: that tried them.
    """
    total: Counter[Fate] = sum((each.fates for each in outcomes), Counter())
    rows = [_row(f"`{each.subject.path}`", each.fates) for each in outcomes]
    parts = [_HEAD.format(limit_s=limit_s, command=command), *rows, _row("all", total)]
    for each in outcomes:
        if each.survivors:
            parts.append(f"\n## `{each.subject.path}`\n\n")
        parts += [_item(change, why) for change in each.survivors]
    return "".join(parts)


def _row(name: str, fates: Counter[Fate]) -> str:
    return (
        f"| {name} | {fates.total():,} | {fates[Fate.KILLED]:,}"
        f" | {fates[Fate.TIMED_OUT]:,} | {fates[Fate.SURVIVED]:,} |\n"
    )


def _item(change: Change, why: Mapping[Change, str]) -> str:
    return (
        f"- `` {change.was} `` became `` {change.became} ``:"
        f" {why.get(change, 'NOT EXPLAINED')}\n"
    )
