"""When a balance that reports by itself has something to report (SR and SNR)."""

from __future__ import annotations

from typing import Final

from drivers.sim.weighing import Load, Weighed

_SHARE: Final = 8
"""1/8 is the 12.5 % of the last stable value by which the weight must change."""
_LEAST_DIGITS: Final = 30
_FINE_NG: Final = 100_000
_FINE_STEP_NG: Final = 100_000_000
_COARSE_STEP_NG: Final = 1_000_000_000


class ChangeWatch:
    """Looks at one weight after the other.

    Args:
        digit_ng: worth of the last digit.
        threshold_ng: by how much the weight must differ from the last stable one; 0
            is the balance's own threshold.
        tells_change: whether the change itself is reported too, as SR does.
    """

    def __init__(self, digit_ng: int, threshold_ng: int, tells_change: bool) -> None:
        self._digit_ng = digit_ng
        self._threshold_ng = threshold_ng
        self._tells_change = tells_change
        self._stable_units = 0
        self._has_moved = True

    def reports(self, weighed: Weighed) -> bool:
        """Tell whether this weight is to be sent."""
        if weighed.load is not Load.IN_RANGE:
            return False
        if self._has_moved:
            if weighed.stable:
                self._stable_units, self._has_moved = weighed.units, False
            return weighed.stable
        change = abs(weighed.units - self._stable_units)
        self._has_moved = change >= self._threshold()
        return self._has_moved and self._tells_change

    def _threshold(self) -> int:
        """Return the threshold in digits."""
        if self._threshold_ng:
            return self._threshold_ng // self._digit_ng
        if self._tells_change:
            return max(abs(self._stable_units) // _SHARE, _LEAST_DIGITS)
        is_fine = self._digit_ng <= _FINE_NG
        return (_FINE_STEP_NG if is_fine else _COARSE_STEP_NG) // self._digit_ng
