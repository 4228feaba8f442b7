"""What is known of the input quantities of a measurement model.

Values and uncertainties are plain numbers with the unit beside them, so that a budget
can be written down as it is and checked by hand years later.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

# The same u may come out of two computations.
_ROUNDING = 1e-9


class Distribution(StrEnum):
    """What is assumed about an input's error."""

    NORMAL = "normal"
    RECTANGULAR = "rectangular"
    TRIANGULAR = "triangular"
    ARCSINE = "arcsine"


class Evaluation(StrEnum):
    """How a standard uncertainty was found (GUM 2.3.2 and 2.3.3)."""

    A = "A"
    """By the statistics of observations."""
    B = "B"
    """By any other means: a certificate, a data sheet, experience."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input quantity of a measurement model.

    Attributes:
        name: what it is, in words an auditor knows; unique within a budget.
        value: best estimate, in ``unit``.
        u: standard uncertainty, in ``unit``.
        unit: the unit's text.
        distribution: assumed about the error.
        dof: degrees of freedom of ``u``; ``math.inf`` where it is taken as known.
        evaluation: type A or type B.
        cause: "" for an error of its own. Inputs that name the same cause have the very
            same error, whatever their values, such as the span of one balance in two
            weighings.

    Raises:
        ValueError: ``u`` is negative, or ``dof`` is not positive.
    """

    name: str
    value: float
    u: float
    unit: str
    distribution: Distribution = Distribution.NORMAL
    dof: float = math.inf
    evaluation: Evaluation = Evaluation.B
    cause: str = ""

    def __post_init__(self) -> None:
        if self.u < 0:
            raise ValueError(
                f"{self.name}: the standard uncertainty {self.u} is negative"
            )
        if self.dof <= 0:
            raise ValueError(f"{self.name}: {self.dof} degrees of freedom")

    @classmethod
    def rectangular(
        cls,
        name: str,
        value: float,
        half_width: float,
        unit: str,
        dof: float = math.inf,
        cause: str = "",
    ) -> Self:
        """An input known only to lie within ``value ± half_width`` (GUM 4.3.7)."""
        shape, u = Distribution.RECTANGULAR, half_width / math.sqrt(3.0)
        return cls(name, value, u, unit, shape, dof, cause=cause)

    @classmethod
    def triangular(
        cls,
        name: str,
        value: float,
        half_width: float,
        unit: str,
        dof: float = math.inf,
        cause: str = "",
    ) -> Self:
        """The difference of two equal rectangular inputs (GUM 4.3.9)."""
        shape, u = Distribution.TRIANGULAR, half_width / math.sqrt(6.0)
        return cls(name, value, u, unit, shape, dof, cause=cause)

    @classmethod
    def arcsine(
        cls,
        name: str,
        value: float,
        half_width: float,
        unit: str,
        dof: float = math.inf,
        cause: str = "",
    ) -> Self:
        """An input that cycles within ``value ± half_width``, as a thermostat does.

        Source: GUM H.1.3.4; U-shaped distribution.
        """
        shape, u = Distribution.ARCSINE, half_width / math.sqrt(2.0)
        return cls(name, value, u, unit, shape, dof, cause=cause)

    @classmethod
    def expanded(
        cls,
        name: str,
        value: float,
        U: float,
        k: float,
        unit: str,
        dof: float = math.inf,
        cause: str = "",
    ) -> Self:
        """An input whose certificate states ``U`` with its coverage factor ``k``.

        Raises:
            ValueError: ``k`` is not positive.

        Source: GUM 4.3.3.
        """
        if not k > 0.0:
            raise ValueError(f"{name}: the coverage factor {k} is not positive")
        return cls(name, value, U / k, unit, dof=dof, cause=cause)

    @classmethod
    def observed(
        cls, name: str, values: Sequence[float], unit: str, cause: str = ""
    ) -> Self:
        """The mean of independent observations of one quantity (type A).

        Raises:
            ValueError: fewer than two observations, which show no scatter.

        Source: GUM 4.2.3, with n - 1 degrees of freedom.
        """
        if len(values) < 2:
            raise ValueError(
                f"{name}: {len(values)} observations show no scatter; take at least 2"
            )
        u = statistics.stdev(values) / math.sqrt(len(values))
        dof = float(len(values) - 1)
        mean = statistics.fmean(values)
        normal = Distribution.NORMAL
        return cls(name, mean, u, unit, normal, dof, Evaluation.A, cause)

    def check_same_error(self, other: Input) -> None:
        """Check that two inputs of one cause state the same error.

        Raises:
            ValueError: their u, distributions or degrees of freedom differ.
        """
        same_u = math.isclose(self.u, other.u, rel_tol=_ROUNDING) or (
            math.isnan(self.u) and math.isnan(other.u)
        )
        shapes = {(each.distribution, each.dof) for each in (self, other)}
        if not same_u or len(shapes) > 1:
            raise ValueError(
                f"{self.name} and {other.name} name the same cause, {self.cause!r}, and"
                f" state its error differently: u = {self.u} {self.unit} and"
                f" {other.u} {other.unit}; one error has one u, one distribution and"
                " one number of degrees of freedom"
            )
