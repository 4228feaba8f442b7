"""The pump's own oscillator and clock: bench time to pump time and back, exactly.

Bench time is nanoseconds since 1970-01-01 UTC; pump time is nanoseconds since the twin
began, as the pump's oscillator counts them. All of the firmware runs on pump time. The
pump clock is pump time plus what the clock was set to.
"""

from typing import Final

from drivers.sim.contracts import FAR

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
CLOCK_EPOCH_S: Final = 946_684_800
"""2000-01-01 00:00 UTC, where the pump clock begins, in seconds since 1970."""
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


class PumpClock:
    """The pump's calendar: nanoseconds since 2000-01-01 00:00 UTC.

    Attributes:
        offset_ns: what the clock shows at pump time 0, ns.
    """

    __slots__ = ("offset_ns",)

    def __init__(self, start_ns: int) -> None:
        """Begin with a right clock at a bench time, ns."""
        self.offset_ns = start_ns - CLOCK_EPOCH_S * NS_PER_S

    def ns(self, u_ns: int) -> int:
        """Return what the clock shows at a pump time, ns."""
        return u_ns + self.offset_ns

    def pump_ns(self, clock_s: int) -> int:
        """Return the pump time at which the clock begins a second, as it is set now."""
        return clock_s * NS_PER_S - self.offset_ns

    def set(self, u_ns: int, clock_s: int) -> None:
        """Set the clock; it begins a whole second."""
        self.offset_ns = clock_s * NS_PER_S - u_ns
