"""The pump's own oscillator: bench time to pump time and back, exactly.

Bench time is nanoseconds since 1970-01-01 UTC; pump time is nanoseconds since the twin
began, as the pump's oscillator counts them. All of the firmware runs on pump time.
"""

from typing import Final

from drivers.sim.contracts import FAR

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
_PPB_PER_PPM: Final = 1_000
_BILLION: Final = 1_000_000_000


class PumpTime:
    """An oscillator that runs fast (or slow) by a constant share.

    Attributes:
        speed: pump seconds in one bench second.
    """

    __slots__ = ("_rate", "_start_ns", "speed")

    def __init__(self, start_ns: int, error_ppm: float) -> None:
        """Start at pump time 0.

        Args:
            start_ns: bench time at the start, ns.
            error_ppm: how much too fast the oscillator is, in millionths; it is
                rounded to a whole billionth so that all conversions are exact.
        """
        self._start_ns = start_ns
        self._rate = _BILLION + round(error_ppm * _PPB_PER_PPM)
        self.speed = self._rate / _BILLION

    def pump_ns(self, t_ns: int) -> int:
        """Return the pump time that is complete at a bench time."""
        return (t_ns - self._start_ns) * self._rate // _BILLION

    def bench_ns(self, u_ns: int) -> int:
        """Return the first bench time at which a pump time is complete."""
        if u_ns >= FAR:
            return FAR
        return self._start_ns - (-u_ns * _BILLION // self._rate)
