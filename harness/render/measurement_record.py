"""What a journal says of limits, of what was measured, and of curves."""

from __future__ import annotations

from dataclasses import dataclass

from harness.render.frames import Frames


@dataclass(frozen=True, slots=True)
class LimitRecord:
    """A declared limit, in ``unit``; a bound is None where there is none."""

    seq: int
    requirement: str
    lower: float | None
    upper: float | None
    unit: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line of an uncertainty budget; ``contribution`` is in the result's unit.

    ``evaluation`` is the type, A or B; empty where the record does not say.
    """

    name: str
    value: float
    u: float
    unit: str
    distribution: str
    dof: float
    sensitivity: float
    contribution: float
    evaluation: str


@dataclass(frozen=True, slots=True)
class CorrelationLine:
    """The correlation of two lines of a budget, by their names."""

    first: str
    second: str
    r: float


@dataclass(frozen=True, slots=True)
class MeasurementRecord:
    """A measured value, its uncertainty and its budget, in ``unit``.

    ``monte_carlo`` is the statement of the Monte Carlo run; empty without one.
    ``frames`` are the raw frames behind the value.
    """

    seq: int
    name: str
    value: float
    u: float
    dof: float
    k: float
    expanded_u: float
    coverage: float
    unit: str
    instrument: str
    t_start_ns: int
    t_end_ns: int
    budget: tuple[BudgetLine, ...]
    correlations: tuple[CorrelationLine, ...]
    remarks: tuple[str, ...]
    monte_carlo: str
    frames: tuple[Frames, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """A curve: points (s, value in ``unit``), and by which method it came about.

    ``origin_ns`` is the bench time from which its points count; None where they lie
    over something else.
    """

    name: str
    unit: str
    points: tuple[tuple[float, float], ...]
    text: str = ""
    origin_ns: int | None = None
