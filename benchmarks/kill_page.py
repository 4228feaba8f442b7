"""What became of killed runs, as a page of `docs/reference`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill, and what became of its run.

    Attributes:
        forgets: whether the disk forgot what was not synced.
        seed: of the simulated unit.
        share: the moment, as a share of the unbroken run.
        acknowledged: the last record that had to survive.
        found: the last record that did.
        decision: what became of the case that was open; empty if nothing could resume.
        is_same: whether the verdicts are those of the unbroken run.
        why: the reason, if they are not.
    """

    forgets: bool
    seed: int
    share: float
    acknowledged: int
    found: int
    decision: str
    is_same: bool
    why: str


def page(kills: Sequence[Kill], factor: int, seconds: float) -> str:
    """Return the page.

    Args:
        kills: in any order.
        factor: bench seconds in one second of the host.
        seconds: which an unbroken run takes.
    """
    return _HEAD.format(factor=factor, seconds=seconds) + "".join(
        _part([each for each in kills if each.forgets is forgets], title)
        for forgets, title in (
            (False, "Killed with SIGKILL"),
            (True, "Killed, and the disk forgot what was not synced"),
        )
    )


def _part(kills: Sequence[Kill], title: str) -> str:
    if not kills:
        return ""
    lost = sum(each.found < each.acknowledged for each in kills)
    same = sum(each.is_same for each in kills)
    rows = [
        ("kills", len(kills)),
        ("runs with an acknowledged record lost", lost),
        (
            "resumed to the verdicts of the unbroken run",
            f"{same} ({percent(kills):.1f} %)",
        ),
    ]
    lines = [f"\n## {title}\n", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    decisions = Counter(each.decision or "could not be resumed" for each in kills)
    lines += ["", "| the case that was open | runs |", "| --- | --- |"]
    lines += [f"| {name} | {count} |" for name, count in sorted(decisions.items())]
    reasons = Counter(each.why for each in kills if not each.is_same)
    if reasons:
        lines += ["", "| why other verdicts | runs |", "| --- | --- |"]
        lines += [f"| {why.replace('|', '/')} | {n} |" for why, n in reasons.items()]
    return "\n".join(lines) + "\n"


def percent(kills: Sequence[Kill]) -> float:
    """Return how many came to the verdicts of the unbroken run."""
    return 100.0 * sum(each.is_same for each in kills) / len(kills)


_HEAD: Final = """\
# Killed and resumed

Written by `make kills`. A plan of five cases runs for {seconds:.1f} s of the host,
{factor} bench seconds in each, on a simulated bench in a process of its own that goes
on delivering while the harness is dead. It is killed at a moment drawn evenly over that
time, and resumed. One of its five cases must FAIL, so a FAIL must outlive kills too.
"""
