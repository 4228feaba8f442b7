"""Stamps that do not go on, and weights that jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigurationError
from harness.recordings.reader import Samples
from harness.recordings.source import Source

_LISTED: Final = 5
_JUMP: Final = 30.0
# The standard deviation of normal noise in median absolute deviations.
_SIGMA_PER_MAD: Final = 1.4826
_MOST_JUMPS: Final = 5
_PROBED: Final = 200_000


class Keep(StrEnum):
    """Which of two samples with one stamp is kept."""

    FIRST = "first"
    LAST = "last"


def in_order(
    source: Source, samples: Samples, keep: Keep | None
) -> tuple[Samples, tuple[str, ...]]:
    """Leave one sample for each stamp.

    Stamps that stand twice with the same mass are one sample.

    Returns:
        The samples, their times strictly increasing, and what was left out.

    Raises:
        ConfigurationError: a stamp lies before the one above it, or two samples with
            different masses have one stamp and ``keep`` is None.
    """
    step = np.diff(samples.t_s)
    back = np.flatnonzero(step < 0.0)
    if len(back):
        raise ConfigurationError(
            f"{source.path}: time runs backwards {_times(len(back))}, at"
            f" {listed(samples.line[back + 1])}; cut the recording there, or sort it"
            " if its lines are only out of order"
        )
    twice = step == 0.0
    if not twice.any():
        return samples, ()
    places = np.flatnonzero(twice)
    lines = listed(samples.line[places + 1])
    differ = samples.mass_g[places] != samples.mass_g[places + 1]
    if differ.any() and keep is None:
        raise ConfigurationError(
            f"{source.path}: the stamp of the line above stands again, with another"
            f" mass, {_times(int(differ.sum()))}, at"
            f" {listed(samples.line[places[differ] + 1])}; say which one counts with"
            f" --keep {Keep.FIRST} or --keep {Keep.LAST}, or export finer stamps"
        )
    kept = np.ones(len(samples.t_s), dtype=np.bool_)
    kept[places if keep is Keep.LAST else places + 1] = False
    how = f"the {keep} mass was kept" if differ.any() else "with the same mass"
    return (
        replace(
            samples,
            t_s=samples.t_s[kept],
            mass_g=samples.mass_g[kept],
            line=samples.line[kept],
        ),
        (f"a stamp stands again {_times(len(places))}, at {lines}: {how}",),
    )


def jumps(samples: Samples) -> tuple[str, ...]:
    """Steps of the mass unlike all others: the vessel was touched, or tared.

    A pump that delivers in shots makes many large steps, and those are its own; only a
    few that stand alone are reported.
    """
    change = np.diff(samples.mass_g)
    step_s = np.diff(samples.t_s)
    probed = change[:_PROBED]
    smallest = _resolution(probed)
    change -= step_s * float(np.median(probed) / np.median(step_s[:_PROBED]))
    scatter = float(np.median(np.abs(change[:_PROBED])))
    bound = _JUMP * max(_SIGMA_PER_MAD * scatter, smallest)
    places = np.flatnonzero(np.abs(change) > bound)
    if not 0 < len(places) <= _MOST_JUMPS:
        return ()
    said = ", ".join(
        f"{1e3 * change[each]:+.4g} mg at line {samples.line[each + 1]}"
        for each in places
    )
    return (
        f"the mass jumps: {said}; if the vessel was touched or tared there, analyse"
        " either side by itself with --from and --to",
    )


def listed(lines: Sequence[int] | NDArray[np.uint32]) -> str:
    """``line 5``, ``lines 5, 7 and 9``, or the first few and how many more."""
    named = [str(int(each)) for each in lines[:_LISTED]]
    more = len(lines) - len(named)
    if more:
        return f"lines {', '.join(named)} and {more} more"
    if len(named) == 1:
        return f"line {named[0]}"
    return f"lines {', '.join(named[:-1])} and {named[-1]}"


def _resolution(change: NDArray[np.float64]) -> float:
    """The smallest step that the balance made, as far as it can be seen."""
    sizes = np.abs(change[change != 0.0])
    return float(sizes.min()) if len(sizes) else 0.0


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
