"""What a balance showed to a reading: one unit and one number of decimals in a run."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import InstrumentFault
from harness.readings import WeightReading
from protocols.mt_sics.replies import NANOGRAM_EXPONENTS


@dataclass(frozen=True, slots=True)
class Shown:
    """A weight as a balance sent it, in whatever language.

    Attributes:
        units: value as a count of its last digit: ``14.256`` gives 14256.
        decimals: digits after the point.
        unit: as sent, without blanks.
        stable: whether the balance calls it stable.
        raw: the whole line.
    """

    units: int
    decimals: int
    unit: str
    stable: bool
    raw: bytes


class LastDigit:
    """Unit and decimals of one balance, from when it is connected.

    Args:
        name: what messages call the balance.

    Attributes:
        readability_ng: worth of the last digit; 0 before anything is learned.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._unit = ""
        self._decimals = 0
        self.readability_ng = 0

    def learn(self, shown: Shown) -> None:
        """Take unit and decimals of a weight as those of all that follow.

        Raises:
            InstrumentFault: the unit is no metric mass, or its last digit is worth
                less than 1 ng.
        """
        exponent = NANOGRAM_EXPONENTS.get(shown.unit)
        if exponent is None:
            raise InstrumentFault(
                f"{self._name} sent {shown.raw!r}, whose unit {shown.unit!r} is no"
                " metric mass; set the balance to g"
            )
        if shown.decimals > exponent:
            raise InstrumentFault(
                f"{self._name} sent {shown.raw!r}, which is finer than 1 ng; set the"
                " balance to g"
            )
        self.readability_ng = int(10 ** (exponent - shown.decimals))
        self._unit, self._decimals = shown.unit, shown.decimals

    def fits(self, shown: Shown) -> bool:
        """Tell whether a weight has the unit and decimals that were learned."""
        return shown.unit == self._unit and shown.decimals == self._decimals

    def reading(self, shown: Shown, t_ns: int) -> WeightReading:
        """Return a weight in nanograms.

        Args:
            shown: the weight.
            t_ns: bench time of its last byte.

        Raises:
            InstrumentFault: it is in another unit or number of decimals.
        """
        if not self.fits(shown):
            raise InstrumentFault(
                f"{self._name} sent {shown.raw!r}, but had the unit {self._unit!r} and"
                f" {self._decimals} decimals when it was connected; set it back, keep"
                " its keys locked, and connect again"
            )
        return WeightReading(t_ns, shown.units * self.readability_ng, shown.stable)
