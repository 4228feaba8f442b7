"""``python -m benchmarks.faulty_lines [--seeds N] [--bench NAME ...] [--out FILE]``.

Runs over lines that are made faulty on purpose: every kind of fault at several rates on
the lines of the implanted pump's bench, and the worst of them on those of the other
pumps and balances; with a sound unit and with one that must fail.
Whatever a line does, no run may end in a wrong PASS or a wrong FAIL, in an error of the
tool, or not at all; and nine in ten with faults that can be recovered from must come to
the verdicts of a sound line.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from tests.end_to_end import campaign
from tests.end_to_end.faulty import (
    ALLOWED,
    SHOULD_RECOVER,
    Became,
    Fault,
    Result,
    Run,
    make,
)
from tests.end_to_end.faulty_benches import BENCHES, IMPLANT

PAGE: Final = (
    Path(__file__).resolve().parents[1] / "docs" / "reference" / "faulty-lines.md"
)
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


_WORST: Final[tuple[Fault, ...]] = tuple(
    tuple(each.items())
    for each in (
        {"kind": "noise", "rate": 1e-4},
        {"kind": "noise", "rate": 1e-3},
        {"kind": "dropped", "rate": 1e-3},
        {"kind": "doubled", "rate": 1e-3},
        {"kind": "delayed", "rate": 1e-3, "by": "0.5 s"},
        {"kind": "split", "rate": 0.3},
        {"kind": "merged", "rate": 1.0},
        {"kind": "slow", "by": "0.5 s"},
        {"kind": "stuck", "byte": 0x0A, **_DAY},
        {"kind": "silent", "toward": "instrument", **_DAY},
        {"kind": "disconnected", "rate": 2e-3},
    )
)
_FEW: Final = tuple(
    fault for fault in _WORST if dict(fault)["kind"] not in ("slow", "delayed")
)
_PUMPS: Final = ("new-era", "new-era, basic", "harvard-phd", "terumo-te")
_BALANCES: Final = (
    "mt-sics, checked",
    "kern-kcp",
    "sartorius-sbi",
    "and-standard",
    "ohaus",
    "radwag",
)
_UNCHECKED: Final = frozenset(
    {(IMPLANT, "balance"), ("new-era, basic", "pump"), ("harvard-phd", "pump")}
    | {(bench, "balance") for bench in _BALANCES[1:]}
)
"""Lines without check values, on which a flipped bit may pass."""
_MORE_SEEDS: Final = 6


def lines() -> Iterator[tuple[str, str, tuple[Fault, ...]]]:
    """Every bench, role and faults of the page, in its order."""
    chances: tuple[Fault, ...] = tuple(
        (("kind", kind), ("rate", rate))
        for kind, rates in _CHANCES.items()
        for rate in rates
    )
    for role in ("pump", "balance"):
        yield IMPLANT, role, (*chances, *_OTHERS)
    for bench in _PUMPS:
        yield bench, "pump", _WORST
    for bench in _BALANCES:
        yield bench, "balance", _WORST
    for role in ("operator", "listener", "ambient"):
        yield IMPLANT, role, _FEW


def all_runs(seeds: int, benches: Sequence[str]) -> list[Run]:
    """Every run of the page; on a line without check values, noise comes often."""
    return [
        Run(bench, role, fault, must_fail, seed)
        for bench, role, faults in lines()
        if bench in benches
        for fault in faults
        for must_fail in (False, True)
        for seed in range(1, 1 + seeds * _times(bench, role, fault))
    ]


def _times(bench: str, role: str, fault: Fault) -> int:
    is_open = (bench, role) in _UNCHECKED and dict(fault)["kind"] == "noise"
    return _MORE_SEEDS if is_open else 1


def run_all(runs: Sequence[Run], folder: Path) -> dict[Run, tuple[Result, Became]]:
    """Make every run, and the same ones on sound lines to compare with."""
    sound = {each.on_sound_line for each in runs}
    with campaign.processes() as pool:
        waiting = {
            each: pool.submit(make, each, folder / str(number))
            for number, each in enumerate([*sorted(sound, key=repr), *runs])
        }
        found = {}
        for number, each in enumerate(runs, 1):
            clean = waiting[each.on_sound_line].result()
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


def page(found: Mapping[Run, tuple[Result, Became]]) -> str:
    """Return the page."""
    counted: dict[tuple[str, str, str], Counter[Became]] = {}
    for run, (_, became) in found.items():
        key = (run.bench, run.line, shown(run.fault))
        counted.setdefault(key, Counter())[became] += 1
    total = Counter(became for _, became in found.values())
    head = [f"| bench | line | fault | {' | '.join(e.value for e in Became)} |"]
    head.append("| --- | --- | --- |" + " ---: |" * len(Became))
    rows = [
        f"| {bench} | {line} | `{fault}` | {_counts(counts)} |"
        for (bench, line, fault), counts in counted.items()
    ]
    rows.append(f"| all | all | all | {_counts(total)} |")
    said = _HEAD.format(runs=len(found), percent=recovered_percent(found))
    return said + "\n".join([*head, *rows]) + "\n"


def _counts(counts: Counter[Became]) -> str:
    return " | ".join(str(counts[each] or "") for each in Became)


_HEAD: Final = """\
# Faulty lines

Written by `make faults`: {runs} runs on the simulated bench, each with its own unit and
seed. Half of the units are sound; the others deliver 14 % too much and tell nothing of
a stall, so that a wrong PASS could show. The faults are those of
`[instrument.line_faults]` in a [bench file](bench-file.md); the line is named by a role
of its instrument.

With an implanted pump, each run judges a flow of four days at the lowest rate and a
bolus and, unless the balance is the subject, the alarms of a stall; with a syringe
pump, an infusion of a day, an occlusion and a loss of power.

A weight without a check value whose digit was flipped looks like any other. It widens
the scatter, and U with it, until nothing can be decided; MT-SICS balances that offer
weights with a check value are asked for those. A pump whose line has no check value is
asked for what is judged until two answers agree (`harvard-phd`, `new-era` in basic
mode); `new-era` is in safe mode, which has one, unless its bench file says `basic`.

A run counts as INCONCLUSIVE or as a fault of the bench if any verdict of the sound line
is missing. Of the runs with split, merged, delayed or doubled bytes, {percent:.1f} %
came to all verdicts of the sound line; the target is 90 %.

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--bench", nargs="+", choices=BENCHES, default=list(BENCHES))
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    runs = all_runs(options.seeds, options.bench)
    with TemporaryDirectory() as folder:
        found = run_all(runs, Path(folder))
    for run, (result, became) in found.items():
        if became not in ALLOWED:
            print(f"{became.value}: {run}\n{result.output[-4000:]}", file=sys.stderr)
    options.out.write_text(page(found), encoding="utf-8")
    print(options.out.read_text("utf-8"))
    is_wrong = any(became not in ALLOWED for _, became in found.values())
    return int(is_wrong or recovered_percent(found) < TARGET_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
