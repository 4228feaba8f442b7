"""``python -m benchmarks.faulty_lines [--seeds N] [--line NAME] [--out FILE]``.

Runs over lines that are made faulty on purpose: every kind of fault at several rates,
on the pump's line and on the balance's, with a sound unit and with one that must fail.
Whatever a line does, no run may end in a wrong PASS or a wrong FAIL, in an error of the
tool, or not at all; and nine in ten with faults that can be recovered from must come to
the verdicts of a sound line.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from tests.end_to_end import campaign
from tests.end_to_end.faulty import (
    ALLOWED,
    SHOULD_RECOVER,
    UNITS,
    Became,
    Fault,
    Result,
    Run,
    make,
)

PAGE: Final = (
    Path(__file__).resolve().parents[1] / "docs" / "reference" / "faulty-lines.md"
)
LINES: Final = ("pump", "balance")
TARGET_PERCENT: Final = 90.0
_DAY: Final = MappingProxyType({"from": "1 day", "until": "2 day"})
_RATES: Final = (1e-4, 1e-3, 1e-2)
_CHANCES: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "noise": _RATES,
        "dropped": _RATES,
        "doubled": (1e-4, 3e-4, 1e-3),
        "delayed": (1e-3, 1e-2),
        "split": (1e-2, 0.3),
        "merged": (0.1, 1.0),
    }
)
_OTHERS: Final[tuple[Fault, ...]] = tuple(
    tuple(each.items())
    for each in (
        {"kind": "delayed", "rate": 1e-3, "by": "0.5 s"},
        {"kind": "slow", "by": "0.1 s"},
        {"kind": "slow", "by": "0.5 s"},
        {"kind": "slow", "by": "1.5 s"},
        {"kind": "stuck", "byte": 0, "from": "1 day"},
        {"kind": "stuck", "byte": 0x53, **_DAY},
        {"kind": "stuck", "byte": 0x0A, **_DAY},
        {"kind": "silent", "from": "1 day"},
        {"kind": "silent", "toward": "host", **_DAY},
        {"kind": "silent", "from": "1 day", "until": "1.001 day"},
        {"kind": "silent", "toward": "instrument", **_DAY},
        {"kind": "wrong-baud", "baud": 4_800},
        {"kind": "wrong-baud", "baud": 19_200, **_DAY},
        {"kind": "disconnected", "rate": 2e-3},
        {"kind": "disconnected", "rate": 2e-3, "times": 3},
        {"kind": "disconnected", "rate": 2e-3, "elsewhere": True},
    )
)


def faults() -> Iterator[Fault]:
    """Every fault of the page, in its order."""
    for kind, rates in _CHANCES.items():
        for rate in rates:
            yield (("kind", kind), ("rate", rate))
    yield from _OTHERS


def run_all(runs: Sequence[Run], folder: Path) -> dict[Run, tuple[Result, Became]]:
    """Make every run, and the same ones on sound lines to compare with."""
    sound = {replace(each, line="", fault=()) for each in runs}
    with campaign.processes() as pool:
        waiting = {
            each: pool.submit(make, each, folder / str(number))
            for number, each in enumerate([*sorted(sound, key=repr), *runs])
        }
        found = {}
        for number, each in enumerate(runs, 1):
            clean = waiting[replace(each, line="", fault=())].result()
            result = waiting[each].result()
            found[each] = (result, result.became(clean))
            print(f"\r{number} of {len(runs)} runs", end="", file=sys.stderr)
    print(file=sys.stderr)
    return found


def shown(fault: Fault) -> str:
    """The fault as a bench file has it."""
    return ", ".join(f"{key} = {value}" for key, value in fault)


def recovered_percent(found: Mapping[Run, tuple[Result, Became]]) -> float:
    """How many runs with faults to recover from came to the sound line's verdicts."""
    which = [b for run, (_, b) in found.items() if run.kind in SHOULD_RECOVER]
    same = sum(each is Became.SAME for each in which)
    return 100.0 * same / len(which) if which else 100.0


def page(found: Mapping[Run, tuple[Result, Became]], seeds: int) -> str:
    """Return the page."""
    counted: dict[tuple[str, str], Counter[Became]] = {}
    for run, (_, became) in found.items():
        key = (run.line, shown(run.fault))
        counted.setdefault(key, Counter())[became] += 1
    total = Counter(became for _, became in found.values())
    head = [f"| line | fault | {' | '.join(e.value for e in Became)} |"]
    head.append("| --- | --- |" + " ---: |" * len(Became))
    rows = [
        f"| {line} | `{fault}` | {_counts(counts)} |"
        for (line, fault), counts in counted.items()
    ]
    rows.append(f"| both | all | {_counts(total)} |")
    said = _HEAD.format(
        runs=len(found), seeds=seeds, units=len(UNITS), percent=recovered_percent(found)
    )
    return said + "\n".join([*head, *rows]) + "\n"


def _counts(counts: Counter[Became]) -> str:
    return " | ".join(str(counts[each] or "") for each in Became)


_HEAD: Final = """\
# Faulty lines

Written by `make faults`: {runs} runs on the simulated bench, with {units} units and
{seeds} seeds for each fault. Each judges a flow of four days at the lowest rate, a
bolus and the alarms of a stall. One unit is sound; the other delivers 14 % too much and
is mute when it stalls, so that a wrong PASS could show. The faults are those of
`[instrument.line_faults]` in a [bench file](bench-file.md).

A weight without a check value whose digit was flipped looks like any other. It widens
the scatter, and U with it, until nothing can be decided; MT-SICS balances that offer
weights with a check value are asked for those.

A run counts as INCONCLUSIVE or as a fault of the bench if any verdict of the sound line
is missing. Of the runs with split, merged, delayed or doubled bytes, {percent:.1f} %
came to all verdicts of the sound line; the target is 90 %.

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--line", choices=LINES)
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    runs = [
        Run(line, fault, unit, seed)
        for line in ([options.line] if options.line else LINES)
        for fault in faults()
        for unit in UNITS
        for seed in range(1, options.seeds + 1)
    ]
    with TemporaryDirectory() as folder:
        found = run_all(runs, Path(folder))
    for run, (result, became) in found.items():
        if became not in ALLOWED:
            print(f"{became.value}: {run}\n{result.output[-4000:]}", file=sys.stderr)
    options.out.write_text(page(found, options.seeds), encoding="utf-8")
    print(options.out.read_text("utf-8"))
    is_wrong = any(became not in ALLOWED for _, became in found.values())
    return int(is_wrong or recovered_percent(found) < TARGET_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
