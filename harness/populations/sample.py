"""The verdicts and values of a requirement, put together unit by unit."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.judging import Verdict, worst
from harness.populations.evidence import Bounds, Judged, Value


@dataclass(frozen=True, slots=True)
class UnitSample:
    """What is known of one unit: all its runs, and all cases that count together.

    Attributes:
        unit: serial number, in a simulation with the seed.
        verdict: the worst under the unit's own rule.
        values: what can be used of what was measured.
    """

    unit: str
    verdict: Verdict
    values: tuple[Value, ...]

    @property
    def mean(self) -> float:
        """Mean of the values."""
        return statistics.fmean(each.value for each in self.values)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of several units.

    Attributes:
        units: in the order of the runs.
        bounds: every limit against which their values were held; more than one only
            where cases with different limits are put together.
        by_case: the values of each case with its repeats, whatever the unit.
    """

    units: tuple[UnitSample, ...]
    bounds: tuple[Bounds, ...]
    by_case: Mapping[str, tuple[float, ...]]

    @property
    def measured(self) -> tuple[UnitSample, ...]:
        """The units of which there is a value."""
        return tuple(each for each in self.units if each.values)

    @property
    def shared_u(self) -> float:
        """The largest error, with a coverage of 95 %, that the units may share."""
        return max(each.shared_u for unit in self.measured for each in unit.values)

    @property
    def random_u(self) -> float:
        """The root mean square of the standard uncertainties that s contains."""
        squares = (each.random_u**2 for unit in self.measured for each in unit.values)
        return math.sqrt(statistics.fmean(squares))


def sample(judged: Iterable[Judged], cases: Mapping[str, tuple[str, ...]]) -> Sample:
    """Put verdicts on one requirement together.

    Args:
        judged: the verdicts.
        cases: the ids of the repeats of each case, by their common id.
    """
    found = tuple(judged)
    units = dict.fromkeys(each.unit for each in found)
    return Sample(
        units=tuple(
            _unit(name, [e for e in found if e.unit == name]) for name in units
        ),
        bounds=tuple(dict.fromkeys(e.bounds for e in found if e.bounds is not None)),
        by_case={
            name: tuple(
                each.value.value
                for each in found
                if each.case in repeats and each.value is not None
            )
            for name, repeats in cases.items()
        },
    )


def _unit(name: str, judged: Sequence[Judged]) -> UnitSample:
    values = tuple(each.value for each in judged if each.value is not None)
    return UnitSample(name, worst(each.verdict for each in judged), values)
