"""Corrections that a calibration certificate states, and their uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from harness.errors import ConfigurationError, MeasurementRefused
from harness.metrology.inputs import Input


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a certificate.

    Attributes:
        at: the indication at which the instrument was calibrated.
        correction: what to add to the indication; the negative of its error.
        u: standard uncertainty of the correction.
        dof: degrees of freedom of ``u``.
    """

    at: float
    correction: float
    u: float
    dof: float = math.inf


@dataclass(frozen=True, slots=True)
class Certificate:
    """The corrections of one quantity, linear between the points.

    Attributes:
        quantity: what was calibrated, such as ``air pressure``.
        unit: of all its numbers, such as ``hPa``.
        points: in ascending order.
        lowest: from where on it holds; None: from the first point on. Below that point
            its correction is used.
        highest: up to where it holds; None: up to the last point. Above that point its
            correction is used.

    Raises:
        ConfigurationError: there is no point, one is not a number or has a negative
            uncertainty, they are not in ascending order, or lie outside the range.
    """

    quantity: str
    unit: str
    points: tuple[Point, ...]
    lowest: float | None = None
    highest: float | None = None

    def __post_init__(self) -> None:
        if not self.points:
            self._refuse("has no points; copy at least one from the certificate")
        for point in self.points:
            numbers = (point.at, point.correction, point.u)
            if not (all(map(math.isfinite, numbers)) and point.u >= 0 < point.dof):
                self._refuse(f"cannot use {point}; copy it again from the certificate")
        for first, second in pairwise(self.points):
            if not first.at < second.at:
                self._refuse(
                    f"has {second.at:g} {self.unit} after {first.at:g} {self.unit};"
                    " write each point once, in ascending order"
                )
        low, high = self.range
        if not low <= self.points[0].at <= self.points[-1].at <= high:
            self._refuse(
                f"has points outside {low:g} to {high:g} {self.unit}, within which it"
                " is said to hold; correct that range"
            )

    @property
    def range(self) -> tuple[float, float]:
        """The indications, from and to, at which the certificate holds."""
        lowest, highest = self.lowest, self.highest
        return (
            self.points[0].at if lowest is None else lowest,
            self.points[-1].at if highest is None else highest,
        )

    def correct(self, at: float, cause: str = "") -> Input:
        """The correction to add to an indication, as an input of a model.

        Args:
            at: the indication.
            cause: what other inputs have the same error, see :class:`Input`.

        Returns:
            The interpolated correction with the larger uncertainty and the lesser
            degrees of freedom of the two points beside it.

        Raises:
            MeasurementRefused: the certificate does not hold there.
        """
        low, high = self.range
        # Written so that a NaN is refused as well.
        if not low <= at <= high:
            raise MeasurementRefused(
                f"{self.quantity} of {at:g} {self.unit}: the calibration certificate"
                f" holds from {low:g} to {high:g} {self.unit}; stay within it or have"
                " the instrument calibrated there"
            )
        below, above = self._beside(at)
        width = above.at - below.at
        share = 0.0 if width == 0.0 else (at - below.at) / width
        return Input(
            f"correction of {self.quantity}",
            below.correction + share * (above.correction - below.correction),
            max(below.u, above.u),
            self.unit,
            dof=min(below.dof, above.dof),
            cause=cause,
        )

    def _beside(self, at: float) -> tuple[Point, Point]:
        below = [point for point in self.points if point.at <= at]
        above = [point for point in self.points if point.at >= at]
        return (below or above)[-1 if below else 0], (above or below)[
            0 if above else -1
        ]

    def _refuse(self, what: str) -> None:
        raise ConfigurationError(f"certificate of {self.quantity}: {what}")
