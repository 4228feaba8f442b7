"""What the firmware of the pump can tell of itself, in figures."""

from fractions import Fraction

from drivers.sim.contracts import FAR, Mechanism
from drivers.sim.pump_counter import VolumeCounter
from drivers.sim.pump_reservoir import RefillRecord
from drivers.sim.pump_sensors import Moment, Ticks
from drivers.sim.pump_therapy import Therapy
from drivers.sim.pump_time import NS_PER_S, PumpClock


class PumpFigures:
    """Counts, times and contents of one pump; see `PumpFirmware` for what it has."""

    now: Moment
    refill: RefillRecord | None
    therapy: Therapy
    _clock: PumpClock
    _counter: VolumeCounter
    _mechanism: Mechanism
    _ticks: Ticks

    @property
    def uptime_ms(self) -> int:
        """Time since power-on as the link shows it, wrapped, ms."""
        return self._ticks.uptime_ms(self.now.u_ns)

    @property
    def battery_mv(self) -> int:
        """The voltage of the supply, mV."""
        return self._mechanism.supply_mv(self.now.t_ns)

    @property
    def clock_s(self) -> int:
        """The pump clock, s since 2000-01-01 00:00 UTC."""
        return self._clock.ns(self.now.u_ns) // NS_PER_S

    def clock_at_s(self, u_ns: int) -> int:
        """Return what the clock, as it is set now, shows at a pump time; 0 for FAR."""
        return 0 if u_ns >= FAR else max(self._clock.ns(u_ns) // NS_PER_S, 1)

    @property
    def delivered_nl(self) -> int:
        """The volume counter, whole nL."""
        return self._counter.whole_nl(self.now.u_ns)

    @property
    def low_clock_s(self) -> int:
        """The clock at which the low threshold is reached; 0 for never."""
        if self.refill is None:
            return 0
        u_ns = self.now.u_ns
        return self.refill.low_clock_s(
            self._counter.exact_nl(u_ns),
            Fraction(self._clock.ns(u_ns), NS_PER_S),
            lambda left_nl: self.therapy.wait_s(left_nl, u_ns),
        )

    def reservoir_nl(self, delivered_nl: int) -> int:
        """Return the counted content at a count, nL; 0 before the first refill."""
        return self.refill.content_nl(delivered_nl) if self.refill else 0
