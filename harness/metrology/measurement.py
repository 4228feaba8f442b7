"""A measured value that carries its uncertainty, its budget and where it came from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.errors import ConfigurationError, UnitError
from harness.evidence.records import JsonValue
from harness.metrology.budget import (
    BudgetEntry,
    Correlation,
    Draw,
    Estimate,
    Input,
    chain,
    combined_u,
)
from harness.metrology.student import coverage_factor
from harness.units import Quantity, magnitude, ureg

# How far a stated u may be from the one of its own budget: rounding, nothing else.
_BUDGET_AGREEMENT = 1e-6


@dataclass(frozen=True, slots=True)
class Measurement:
    """A quantity with its standard uncertainty, as an instrument or a method gave it.

    Attributes:
        value: best estimate. Not a temperature in °C: an interval of 1 °C is 1 K.
        u: standard uncertainty, of the same dimension.
        dof: effective degrees of freedom of ``u``, not floored.
        budget: where ``u`` comes from, in the units of ``value``; may be empty for a
            value with one source only.
        instrument: what measured it, as in the bench file.
        t_start_ns: bench time at which the measured interval begins.
        t_end_ns: bench time at which it ends.
        correlations: of inputs in the budget, by name.
        remarks: sentences for the report, such as what was assumed.
        draw: values in ``unit`` for a block of random trials, from the model itself;
            where there is none, the budget serves as a linear model.

    NaN and infinity are allowed and stay visible: they are judged INCONCLUSIVE.

    Raises:
        TypeError: ``value`` or ``u`` is a bare number.
        UnitError: ``u`` has another dimension, or the unit has an offset (degC).
        ValueError: ``u`` is negative or contradicts the budget, ``dof`` is not
            positive, or time runs backwards.
    """

    value: Quantity
    u: Quantity
    dof: float
    budget: tuple[BudgetEntry, ...]
    instrument: str
    t_start_ns: int
    t_end_ns: int
    correlations: tuple[Correlation, ...] = ()
    remarks: tuple[str, ...] = ()
    draw: Draw | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        refuse_offset_unit(self.unit, self.instrument)
        u = magnitude(self.u, self.unit)
        if u < 0:
            raise ValueError(f"{self.instrument}: the uncertainty {self.u} is negative")
        if self.dof <= 0:
            raise ValueError(f"{self.instrument}: {self.dof} degrees of freedom")
        if self.t_end_ns < self.t_start_ns:
            raise ValueError(f"{self.instrument}: the interval ends before it begins")
        from_budget = combined_u(self.budget, self.correlations)
        if self.budget and not _agree(u, from_budget):
            raise ValueError(
                f"{self.instrument}: u = {self.u} contradicts its budget, which gives"
                f" {from_budget} {self.unit}"
            )

    @property
    def unit(self) -> str:
        """The unit of ``value`` and of the budget's contributions, as text."""
        return _unit_of(self.value, self.instrument)

    def expanded(self, p: float = 0.95) -> tuple[Quantity, float]:
        """Return the expanded uncertainty U = k u and its coverage factor k.

        Both are infinite below one degree of freedom.

        Raises:
            ValueError: ``p`` is not a usable coverage probability.

        Source: GUM (JCGM 100) annex G; k from the floored degrees of freedom.
        """
        k = coverage_factor(self.dof, p)
        return ureg.Quantity(k * magnitude(self.u, self.unit), self.unit), k

    def estimate(self, prefix: str = "") -> Estimate:
        """The value in its own unit as a part of a further result.

        Args:
            prefix: set before every name in the budget.
        """
        value, u = (magnitude(each, self.unit) for each in (self.value, self.u))
        alone = Input(self.instrument, value, u, self.unit, dof=self.dof)
        budget = self.budget or (BudgetEntry(alone, 1.0),)
        names = {line.source.name: prefix + line.source.name for line in budget}
        whole = Estimate(value, u, self.dof, budget, self.correlations, self.draw)
        return whole.renamed(names)

    def to_json(self, p: float = 0.95) -> dict[str, JsonValue]:
        """Plain numbers and unit texts; NaN and infinity as text, which JSON lacks.

        Args:
            p: coverage probability of the expanded uncertainty.
        """
        expanded, k = self.expanded(p)
        return {
            "value": number(magnitude(self.value, self.unit)),
            "u": number(magnitude(self.u, self.unit)),
            "unit": self.unit,
            "dof": number(self.dof),
            "k": number(k),
            "expanded_u": number(magnitude(expanded, self.unit)),
            "coverage": p,
            "instrument": self.instrument,
            "t_start_ns": self.t_start_ns,
            "t_end_ns": self.t_end_ns,
            "budget": [_entry_to_json(entry) for entry in self.budget],
            "correlations": [
                {"first": each.first, "second": each.second, "r": each.r}
                for each in self.correlations
            ],
            "remarks": list(self.remarks),
        }


def refuse_offset_unit(unit: str, where: str) -> None:
    """Refuse a unit whose zero is not zero, for an uncertainty cannot be given in it.

    Raises:
        UnitError: such as degC, in which a u of 0.2 K would read as -272.95.
    """
    if ureg.Quantity(0.0, unit).to_base_units().magnitude != 0.0:
        raise UnitError(f"{where}: {unit} has an offset; give temperatures in kelvin")


def number(value: float) -> float | str:
    """A float as JSON can hold it; ``float()`` reads either form back."""
    return value if math.isfinite(value) else str(value)


def from_estimate(
    estimate: Estimate,
    unit: str,
    instrument: str,
    t_start_ns: int,
    t_end_ns: int,
    remarks: tuple[str, ...] = (),
) -> Measurement:
    """Give the result of a model its unit, its instrument and its time."""
    return Measurement(
        value=ureg.Quantity(estimate.value, unit),
        u=ureg.Quantity(estimate.u, unit),
        dof=estimate.dof,
        budget=estimate.budget,
        instrument=instrument,
        t_start_ns=t_start_ns,
        t_end_ns=t_end_ns,
        correlations=estimate.correlations,
        remarks=remarks,
        draw=estimate.draw,
    )


def bracketed(
    lower: Quantity, upper: Quantity, instrument: str, t_start_ns: int, t_end_ns: int
) -> Measurement:
    """A value known only to lie between two bounds, such as a moment between two polls.

    Raises:
        TypeError: a bound is a bare number.
        UnitError: the bounds differ in dimension.
        ValueError: the bounds are the wrong way round.

    Source: rectangular distribution, GUM (JCGM 100) 4.3.7.
    """
    unit = _unit_of(lower, instrument)
    low, high = magnitude(lower, unit), magnitude(upper, unit)
    source = Input.rectangular(instrument, (low + high) / 2.0, (high - low) / 2.0, unit)
    return from_estimate(_alone(source), unit, instrument, t_start_ns, t_end_ns)


def counted(
    value: Quantity,
    resolution: Quantity,
    instrument: str,
    t_start_ns: int,
    t_end_ns: int,
) -> Measurement:
    """A counter's reading, uncertain by its resolution: ``value ± resolution / 2``.

    Raises:
        TypeError: a bare number.
        UnitError: value and resolution differ in dimension.
        ValueError: the resolution is negative.
    """
    unit = _unit_of(value, instrument)
    half_width = magnitude(resolution, unit) / 2.0
    source = Input.rectangular(instrument, magnitude(value, unit), half_width, unit)
    return from_estimate(_alone(source), unit, instrument, t_start_ns, t_end_ns)


def error_percent(
    measured: Measurement, programmed: Quantity | Measurement
) -> Measurement:
    """The error of ``measured`` against what was programmed, in percent of the latter.

    Args:
        measured: what was delivered, or what the pump claims.
        programmed: the set value, exact, or another measurement as the reference.

    Raises:
        UnitError: the two differ in dimension.
        ConfigurationError: the programmed value is zero, so no percentage exists.
    """
    reference = _operand(programmed, measured)
    scale = _factor(reference.unit, measured.unit)
    if magnitude(reference.value, reference.unit) == 0.0:
        raise ConfigurationError(
            f"{measured.instrument}: the programmed value is zero, so an error in"
            " percent does not exist; judge the difference instead"
        )

    def model(x: float, r: float) -> float:
        return 100.0 * (x / (r * scale) - 1.0)

    return _combined(model, measured, reference, "percent", "reference: ")


def ratio(
    dividend: Measurement, divisor: Quantity | Measurement, unit: str
) -> Measurement:
    """``dividend / divisor`` in ``unit``: a rate from a volume and a duration.

    Raises:
        UnitError: ``unit`` has another dimension than the ratio.
        ConfigurationError: the divisor is zero.
    """
    below = _operand(divisor, dividend)
    scale = _factor(f"({dividend.unit}) / ({below.unit})", unit)
    if magnitude(below.value, below.unit) == 0.0:
        raise ConfigurationError(f"{dividend.instrument}: cannot divide by zero")
    return _combined(lambda a, b: scale * a / b, dividend, below, unit, "divisor: ")


def difference(later: Measurement, earlier: Quantity | Measurement) -> Measurement:
    """``later - earlier``, in the unit of ``later``.

    What both have by one cause cancels. Another error common to both cancels in truth
    but not here, so U is not too small.

    Raises:
        UnitError: the two differ in dimension.
    """
    other = _operand(earlier, later)
    scale = _factor(other.unit, later.unit)
    return _combined(lambda a, b: a - b * scale, later, other, later.unit, "earlier: ")


def total(first: Measurement, second: Measurement) -> Measurement:
    """``first + second``, in the unit of ``first``, such as two parts of a delivery.

    What both have by one cause, such as the span of the balance, adds up in full.

    Raises:
        UnitError: the two differ in dimension.
    """
    scale = _factor(second.unit, first.unit)
    unit, prefix = first.unit, "second part: "
    return _combined(lambda a, b: a + b * scale, first, second, unit, prefix)


def _operand(value: Quantity | Measurement, beside: Measurement) -> Measurement:
    """An exact quantity as a measurement without uncertainty, at the other's time."""
    if isinstance(value, Measurement):
        return value
    zero = value * 0.0
    return Measurement(
        value, zero, math.inf, (), beside.instrument, beside.t_start_ns, beside.t_end_ns
    )


def _factor(from_unit: str, to_unit: str) -> float:
    return magnitude(ureg.Quantity(1.0, from_unit), to_unit)


def _combined(
    model: Callable[[float, float], float],
    first: Measurement,
    second: Measurement,
    unit: str,
    prefix: str,
) -> Measurement:
    """Apply a model to two measurements; their budgets are carried through."""
    estimate = chain(model, first.estimate(), second.estimate(prefix))
    names = dict.fromkeys((first.instrument, second.instrument))
    return from_estimate(
        estimate,
        unit,
        " and ".join(names),
        min(first.t_start_ns, second.t_start_ns),
        max(first.t_end_ns, second.t_end_ns),
        tuple(dict.fromkeys(first.remarks + second.remarks)),
    )


def _alone(source: Input) -> Estimate:
    budget = (BudgetEntry(source, 1.0),)
    return Estimate(source.value, source.u, source.dof, budget)


def _unit_of(value: Quantity, where: str) -> str:
    if not isinstance(value, ureg.Quantity):
        raise TypeError(f"{where}: {value!r} is a bare number; give it a unit")
    return str(value.units)


def _agree(u: float, from_budget: float) -> bool:
    if math.isnan(u) or math.isnan(from_budget):
        return True
    return math.isclose(u, from_budget, rel_tol=_BUDGET_AGREEMENT)


def _entry_to_json(entry: BudgetEntry) -> dict[str, JsonValue]:
    source = entry.source
    return {
        "name": source.name,
        "value": number(source.value),
        "u": number(source.u),
        "unit": source.unit,
        "distribution": source.distribution.value,
        "dof": number(source.dof),
        "evaluation": source.evaluation.value,
        "cause": source.cause,
        "sensitivity": number(entry.sensitivity),
        "contribution": number(entry.contribution),
    }
