"""The crossed design of a gauge study, gathered from sessions of several operators."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.errors import ConfigurationError
from harness.qualification.gauge import PART, Allowed
from harness.qualification.method_dispenses import MEASURED
from harness.qualification.method_records import Session
from harness.qualification.method_weights import by_item

OPERATOR: Final = "operator"
BENCH: Final = "bench"

_SAME: Final = ("plan", "profile")

Cells: TypeAlias = Mapping[tuple[str, str, str], Sequence[float]]
"""The repeats by part, operator and bench."""


@dataclass(frozen=True, slots=True)
class Design:
    """A design without a hole.

    Attributes:
        factors: names of the axes; one that has a single level is left out.
        levels: of each axis, by name.
        values: an axis for each factor, and a last one for the repeats.
    """

    factors: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    values: NDArray[np.float64]


def gather(sessions: Sequence[Session]) -> Design:
    """Sort the measured volumes of several sessions.

    Raises:
        ConfigurationError: the sessions do not belong together, a cell is missing, or
            one has more repeats than another.
    """
    _refuse_strangers(sessions)
    cells = {
        (part, each.operator, each.bench): [found.value for found in repeats]
        for each in sessions
        for part, repeats in by_item(each.named(MEASURED)).items()
    }
    return crossed(cells)


def allowed(session: Session) -> Allowed:
    """What the method file of these sessions declared."""
    claims = session.claims
    tolerance = claims.tolerance
    return Allowed(
        tolerance_width=2.0 * tolerance.share * tolerance.nominal_ml,
        unit="mL",
        source=f"{tolerance.source} at {tolerance.nominal_ml:g} mL",
        largest_share=claims.largest_gauge_share,
        fewest_categories=claims.fewest_categories,
    )


def crossed(cells: Cells) -> Design:
    """Make arrays of cells.

    Raises:
        ConfigurationError: a cell is missing, or has another number of repeats.
    """
    if not cells:
        raise ConfigurationError(
            "gauge study: no session has dispensed anything; do that part first"
        )
    names = (PART, OPERATOR, BENCH)
    levels = {
        name: tuple(dict.fromkeys(key[axis] for key in cells))
        for axis, name in enumerate(names)
    }
    repeats = Counter(len(values) for values in cells.values()).most_common(1)[0][0]
    keys = list(product(levels[PART], levels[OPERATOR], levels[BENCH]))
    for key in keys:
        _refuse_hole(key, cells.get(key, ()), repeats)
    factors = tuple(name for name in names if name == PART or len(levels[name]) > 1)
    if factors == (PART,):
        raise ConfigurationError(
            "gauge study: there is only one operator on one bench, so nothing tells how"
            " others would measure; give sessions of at least two operators or benches"
        )
    shape = [len(levels[name]) for name in factors]
    values = np.array([cells[key] for key in keys], dtype=np.float64)
    return Design(factors, levels, values.reshape((*shape, repeats)))


def _refuse_hole(
    key: tuple[str, str, str], values: Sequence[float], repeats: int
) -> None:
    if len(values) == repeats:
        return
    part, operator, bench = key
    raise ConfigurationError(
        f"gauge study: {part} by {operator} on {bench} has {len(values)} repeats, other"
        f" cells have {repeats}; every operator must measure every part on every bench"
        " equally often: let that session go on, or leave its operator or bench out"
    )


def _refuse_strangers(sessions: Sequence[Session]) -> None:
    for name in _SAME:
        if len({each.header[name]["sha256"] for each in sessions}) > 1:
            said = ", ".join(str(each.folder) for each in sessions)
            raise ConfigurationError(
                f"gauge study: the sessions {said} were not all done by the same {name}"
                " file; only the same quantities can be compared"
            )
    _refuse_twice(
        ((each.operator, each.bench) for each in sessions),
        "two sessions are by {0} on {1}; give one of them",
    )
    _refuse_twice(
        {(each.bench, each.header["bench"]["sha256"]): "" for each in sessions},
        "two different bench files are called {0}; give each bench a name of its own",
        by_first=True,
    )


def _refuse_twice(
    keys: Iterable[tuple[str, str]], said: str, *, by_first: bool = False
) -> None:
    seen: set[object] = set()
    for key in keys:
        what = key[0] if by_first else tuple(map(_alike, key))
        if what in seen:
            raise ConfigurationError(f"gauge study: {said.format(*key)}")
        seen.add(what)


def _alike(name: str) -> str:
    """Return a name without what two ways of typing it differ by."""
    return unicodedata.normalize("NFKC", name).casefold()
