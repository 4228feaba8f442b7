"""``python -m benchmarks.mutants [module...] [--jobs N] [--out FILE]``.

Puts small faults into judging, units and readers, one at a time, and runs the tests of
that module. Fails where a fault goes unnoticed that the list of explained ones does not
name. Writes a page for the documentation.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from benchmarks.mutants import explained, running
from benchmarks.mutants.making import Change, Mutant, mutants
from benchmarks.mutants.page import Outcome, page
from benchmarks.mutants.running import Fate
from benchmarks.mutants.scope import ROOT, SUBJECTS, Subject

PAGE: Final = ROOT / "docs" / "reference" / "mutants.md"


def tested(subject: Subject, jobs: int) -> Outcome:
    """Run the tests of a module against each of its mutants; once in a process.

    Raises:
        RuntimeError: its tests fail without a mutant, or never import it.
    """
    running.prepare(subject)
    source = (ROOT / subject.path).read_text("utf-8")
    alone = running.fate(os.waitpid(running.begin(subject, source), 0)[1])
    if alone is not Fate.SURVIVED:
        raise RuntimeError(
            f"{subject.path}: without a mutant its tests end as {alone.value}; run"
            f" pytest --noconftest {' '.join(subject.tests)} and mend that first"
        )
    waiting = mutants(subject.path, source)
    under_way: dict[int, Mutant] = {}
    fates: Counter[Fate] = Counter()
    survivors: list[Change] = []
    while waiting or under_way:
        if waiting and len(under_way) < jobs:
            mutant = waiting.pop(0)
            under_way[running.begin(subject, mutant.source())] = mutant
            continue
        child, status = os.wait()
        mutant, fate = under_way.pop(child), running.fate(status)
        fates[fate] += 1
        if fate not in (Fate.KILLED, Fate.TIMED_OUT):
            survivors.append(mutant.change())
    return Outcome(subject, fates, tuple(sorted(survivors, key=str)))


def unlisted(outcomes: Sequence[Outcome], why: Mapping[Change, str]) -> list[str]:
    """Say how the list of explained mutants and the survivors differ."""
    alive = {change for each in outcomes for change in each.survivors}
    paths = {each.subject.path for each in outcomes}
    past = {each for each in set(why) - alive if each.module in paths}
    return [
        f"{each.module}: {each.was!r} -> {each.became!r} {said}"
        for found, said in (
            (alive - set(why), "lives; kill it by a test, or explain it"),
            (past, "is explained, but killed or gone; take it off the list"),
        )
        for each in sorted(found, key=str)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants")
    parser.add_argument(
        "modules", nargs="*", metavar="module", help="path from the root"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, help="the page; not written for a part")
    options = parser.parse_args()
    known = {each.path: each for each in SUBJECTS}
    if foreign := sorted(set(options.modules) - set(known)):
        parser.error(f"{foreign[0]} is not mutated; known: {', '.join(known)}")
    why = explained.load()
    outcomes = []
    for path in options.modules or known:
        begin_s = time.perf_counter()
        with ProcessPoolExecutor(1, get_context("fork")) as pool:
            outcome = pool.submit(tested, known[path], options.jobs).result()
        outcomes.append(outcome)
        took_s = time.perf_counter() - begin_s
        ends = ", ".join(f"{each.value}: {outcome.fates[each]}" for each in Fate)
        print(
            f"{path}: {ends}; {took_s:.0f} s",
            *unlisted([outcome], why),
            sep="\n  ",
            flush=True,
        )
    out = options.out or (None if options.modules else PAGE)
    if out is not None:
        command = " ".join(("python -m benchmarks.mutants", *options.modules))
        out.write_text(page(outcomes, why, running.LONGEST_S, command), "utf-8")
    return bool(unlisted(outcomes, why))


if __name__ == "__main__":
    sys.exit(main())
