"""How large a defect is, measured by the limit that it must break.

A defect that is only just beyond a limit cannot be told from a good unit: the bench
has an uncertainty U. So magnitudes follow the profile of the pump, and lie beyond the
limit that names them by much more than 2 U of the simulated bench, which the tests of
the catalogue hold against the U of the runs.
"""

from __future__ import annotations

from typing import Final

from harness.plans.profile import Profile
from harness.units import magnitude

BEYOND: Final = 1.6
"""By which factor a magnitude exceeds its limit."""
SHARE: Final = "dimensionless"
"""The unit of a plain share: 0.1 for 10 %."""
_TOLERANCE: Final = "flow.unit_tolerance"


class Scale:
    """The numbers of a profile, in the units of the twin.

    Args:
        profile: what a good pump does.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def number(self, key: str, unit: str) -> float:
        """Return what the profile says.

        Args:
            key: the dotted name in the profile.
            unit: in which it is returned.

        Raises:
            NotSpecified: the profile does not say it.
            UnitError: it is no quantity of that dimension.
        """
        return magnitude(self.profile.quantity(key, unit), unit)

    def beyond(self, key: str, unit: str = SHARE, by: float = BEYOND) -> float:
        """Return a magnitude beyond an upper limit of the profile.

        Args:
            key: the dotted name of the limit.
            unit: in which it is returned; a share by default.
            by: the factor, above 1.

        Raises:
            NotSpecified, UnitError: see :meth:`number`.
        """
        return by * self.number(key, unit)

    def more(self, key: str) -> float:
        """Return the factor by which even the weakest healthy unit gives too much.

        Args:
            key: the dotted name of the limit of an error of flow or volume.

        Raises:
            NotSpecified, UnitError: see :meth:`number`.
        """
        return (1.0 + self.beyond(key)) / (1.0 - self.number(_TOLERANCE, SHARE))

    def less(self, key: str) -> float:
        """Return the factor by which even the strongest healthy unit gives too little.

        Args:
            key: the dotted name of the limit of an error of flow or volume.

        Raises:
            NotSpecified, UnitError: see :meth:`number`.
        """
        return (1.0 - self.beyond(key)) / (1.0 + self.number(_TOLERANCE, SHARE))
