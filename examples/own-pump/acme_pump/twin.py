"""The Acme Drip 3 on the simulated bench: its firmware, on the world's mechanics."""

from __future__ import annotations

from typing import Final, Self

from acme_pump import protocol
from acme_pump.protocol import Alarms, Numbered, Refusal, State
from drivers.sim.contracts import FAR, Mechanism, PumpParameters
from drivers.sim.parts import Parts, Simulation

SERIAL: Final = 3_000_017
RATE_MAX: Final = 100_000
"""100 mL/h."""
_OCCLUDED_KPA: Final = 80.0
_NS_PER_H: Final = 3_600_000_000_000


class AcmeDripTwin:
    """One pump, its plunger moved by the mechanism of the simulated world.

    It counts what it was told to deliver; what really comes out is the world's affair.
    """

    def __init__(self, mechanism: Mechanism, start_ns: int) -> None:
        """Begin stopped, with nothing counted."""
        self._mechanism = mechanism
        self._reader = protocol.Reader()
        self._state = State.STOPPED
        self._alarms = Alarms(0)
        self._rate_nl_per_h = 0
        self._delivered_nl = 0.0
        self._at_ns = start_ns
        self._ends_ns = FAR
        self._output: list[tuple[int, bytes]] = []
        self._last: tuple[Numbered, bytes] | None = None
        self._is_up = True

    @classmethod
    def on_bench(cls, parts: Parts) -> Self:
        """Make the pump of a simulated bench."""
        return cls(parts.world, parts.start_ns)

    @classmethod
    def mechanics(cls, simulation: Simulation) -> PumpParameters:
        """Return how it moves the liquid: as any syringe pump does."""
        return simulation.syringe.mechanical

    def receive(self, t_ns: int, data: bytes) -> None:
        """Answer every intact request; what is damaged is ignored in silence."""
        for found in self._reader.feed(data):
            if isinstance(found, Numbered) and self._is_up:
                self._output.append((t_ns, self._answered(t_ns, found)))

    def advance(self, t_ns: int) -> None:
        """Count on, end a bolus in time, and halt where the syringe or line says so."""
        if (end_ns := self._ends_ns) <= t_ns:
            self._count(end_ns)
            self._run(end_ns, State.STOPPED, 0, FAR)
        self._count(t_ns)
        self._follow_power(t_ns)
        if self._rate_nl_per_h:
            self._look(t_ns)

    def next_event_ns(self) -> int:
        """Return when the pump may act by itself."""
        if not self._rate_nl_per_h:
            return FAR
        dry_ns = self._mechanism.reservoir_dry_at_ns(self._at_ns)
        blocked_ns = self._mechanism.pressure_crosses_ns(self._at_ns, _OCCLUDED_KPA)
        return min(self._ends_ns, dry_ns, blocked_ns)

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return output

    def owes_reply(self) -> bool:
        """Return False: the pump answers at once or never."""
        return False

    def _answered(self, t_ns: int, asked: Numbered) -> bytes:
        """Answer; the repetition of a request gets the first answer again."""
        if self._last is not None and self._last[0] == asked:
            return self._last[1]
        answer = Numbered(asked.number, self._answer(t_ns, asked.message))
        self._last = (asked, protocol.encode(answer))
        return self._last[1]

    def _answer(self, t_ns: int, request: protocol.Message) -> protocol.Message:
        if isinstance(request, protocol.AskIdentity):
            return protocol.Identity(SERIAL, 3, 1)
        if isinstance(request, protocol.Start):
            if not 0 < request.rate <= RATE_MAX:
                return protocol.Refused(Refusal.RATE)
            self._start(t_ns, request)
        if isinstance(request, protocol.Stop):
            self._alarms = Alarms(0)
            self._run(t_ns, State.STOPPED, 0, FAR)
        return protocol.Status(
            self._state,
            self._rate_nl_per_h // protocol.RATE_NL_PER_H,
            int(self._delivered_nl) // protocol.VOLUME_NL,
            self._alarms,
        )

    def _start(self, t_ns: int, order: protocol.Start) -> None:
        self._alarms = Alarms(0)
        rate_nl_per_h = order.rate * protocol.RATE_NL_PER_H
        volume_nl = order.volume * protocol.VOLUME_NL
        if volume_nl:
            end_ns = t_ns + volume_nl * _NS_PER_H // rate_nl_per_h
            self._run(t_ns, State.BOLUS, rate_nl_per_h, end_ns)
        else:
            self._run(t_ns, State.INFUSING, rate_nl_per_h, FAR)

    def _follow_power(self, t_ns: int) -> None:
        """Stop without a supply; with it back, say that there was none, and wait."""
        was_up, self._is_up = self._is_up, self._mechanism.supply_mv(t_ns) > 0
        if was_up and not self._is_up:
            self._run(t_ns, State.STOPPED, 0, FAR)
            self._alarms = Alarms.RESTARTED
            self._last = None

    def _look(self, t_ns: int) -> None:
        """Halt with an alarm if nothing is left, or nothing can go."""
        if self._mechanism.is_inlet_dry(t_ns):
            self._alarms |= Alarms.EMPTY
        if self._mechanism.line_pressure_kpa(t_ns) >= _OCCLUDED_KPA:
            self._alarms |= Alarms.OCCLUDED
        if self._alarms:
            self._run(t_ns, State.HALTED, 0, FAR)

    def _run(self, t_ns: int, state: State, rate_nl_per_h: int, ends_ns: int) -> None:
        self._state = state
        self._rate_nl_per_h = rate_nl_per_h
        self._ends_ns = ends_ns
        self._mechanism.set_motor(t_ns, rate_nl_per_h)

    def _count(self, t_ns: int) -> None:
        passed_ns = max(0, t_ns - self._at_ns)
        self._delivered_nl += self._rate_nl_per_h * passed_ns / _NS_PER_H
        self._at_ns = max(t_ns, self._at_ns)
