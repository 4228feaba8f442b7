"""What every simulated balance is, whatever language it speaks.

A language is a subclass: it turns received bytes into calls of the methods here, and
what they return into lines. A balance that has to wait for stability answers later, or
says after its own time limit that it could not; the next command takes its place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from drivers.sim.balance_parameters import BalanceParameters, WrongUnit
from drivers.sim.contracts import FAR
from drivers.sim.parts import Parts
from drivers.sim.reference_pan import ReferencePan
from drivers.sim.self_adjustment import SelfAdjustment
from drivers.sim.weighing import Load, Pan, Weighed, Weighing

_NS_PER_S: Final = 1_000_000_000
_NS_PER_H: Final = 3_600 * _NS_PER_S
_TICK_NS: Final = 100_000_000
_NG_PER_G: Final = 1_000_000_000
_MG_DECIMALS: Final = 3

_IN_NG: Final = MappingProxyType(
    {WrongUnit.OUNCE.value: 28_349_523_125, WrongUnit.POUND.value: 453_592_370_000}
)
"""Avoirdupois, by definition."""

GRAM: Final = "g"
MILLIGRAM: Final = "mg"


class Shown(NamedTuple):
    """A weight as the balance shows it: ``units`` times 10**-``decimals``."""

    units: int
    decimals: int
    unit: str


class BalanceBody(ABC):
    """Device side of a balance; its subclasses implement :class:`contracts.Device`.

    Args:
        parameters: of the balance.
        pan: what it weighs.
        start_ns: when its power came on, in the presence of the filled vessel.
        label: keys its noise and its drift.
    """

    def __init__(
        self,
        parameters: BalanceParameters,
        pan: Pan,
        start_ns: int,
        label: str = "balance",
    ) -> None:
        self._parameters = parameters
        self._weighing = Weighing(parameters, pan, start_ns, label)
        every_ns = round(parameters.adjustment_every_h * _NS_PER_H)
        self._adjustment = SelfAdjustment(self._weighing, every_ns)
        self._adjustment.set_on(start_ns, parameters.adjusts_itself)
        self._decimals = len(str(_NG_PER_G // parameters.readability_ng)) - 1
        self._output: list[tuple[int, bytes]] = []
        self._waiting: Callable[[int], bool] | None = None
        self._gave_up: Callable[[int], None] | None = None
        self._tick_ns = self._give_up_ns = FAR
        self._streaming: Callable[[int], None] | None = None
        self._stream_ns, self._stream_every_ns = FAR, _NS_PER_S
        self._on_ns = start_ns
        self._restart_ns = _after(start_ns, parameters.restarts_after_s)
        self._wrong_unit_ns = _after(start_ns, parameters.wrong_unit_after_s)

    @classmethod
    def on_bench(cls, parts: Parts) -> Self:
        """Make the balance of a simulated bench, or that of its reference vessel."""
        of, start_ns = parts.simulation, parts.start_ns
        if parts.is_reference:
            pan = ReferencePan(parts.world, start_ns)
            return cls(of.reference, pan, start_ns, parts.name)
        balance = cls(of.balance, parts.world, start_ns, parts.name)
        balance._weighing.befall(parts.meddling)
        return balance

    @abstractmethod
    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; answer each whole line."""

    @abstractmethod
    def _forget(self, t_ns: int) -> None:
        """Lose, with the power, what has been received, and say what a start says."""

    def advance(self, t_ns: int) -> None:
        """Restart, adjust, stream, or look whether it is stable, when that is due."""
        if t_ns >= self._restart_ns:
            self._restart(self._restart_ns)
        self._adjustment.advance(t_ns)
        self._weighing.follow(t_ns)
        while self._waiting is not None and t_ns >= self._tick_ns:
            self._look(self._tick_ns)
        while self._streaming is not None and t_ns >= self._stream_ns:
            due_ns, self._stream_ns = (
                self._stream_ns,
                self._stream_ns + self._stream_every_ns,
            )
            self._streaming(due_ns)

    def next_event_ns(self) -> int:
        """Return the next look for stability, line of a stream, adjustment, restart."""
        due_ns = self._adjustment.next_event_ns()
        return min(self._tick_ns, self._stream_ns, self._restart_ns, due_ns)

    def take_output(self) -> list[tuple[int, bytes]]:
        """Hand over what was sent since the last call."""
        output, self._output = self._output, []
        return [] if self._parameters.silent else output

    def owes_reply(self) -> bool:
        """Tell whether a command waits for stability."""
        return self._waiting is not None and not self._parameters.silent

    def _send(self, t_ns: int, line: bytes) -> None:
        self._output.append((t_ns, line))

    def _shown(self, t_ns: int, units: int, unit: str = GRAM) -> Shown:
        """Return a weight as it is shown.

        Args:
            t_ns: the present time.
            units: value as a count of the last digit in g.
            unit: that is set, g or mg; somebody may have switched it meanwhile.
        """
        if t_ns >= self._wrong_unit_ns:
            unit = self._parameters.wrong_unit.value
        if unit in _IN_NG:
            # Their last digit is about as fine as that in g.
            units = round(units * _NG_PER_G / _IN_NG[unit])
            return Shown(units, self._decimals, unit)
        if unit == GRAM:
            return Shown(units, self._decimals, GRAM)
        shift = _MG_DECIMALS - self._decimals
        if shift <= 0:
            return Shown(units, -shift, MILLIGRAM)
        return Shown(units * int(10**shift), 0, MILLIGRAM)

    def _wait(
        self,
        t_ns: int,
        answer: Callable[[int], bool],
        gave_up: Callable[[int], None],
        limit_ns: int | None = None,
    ) -> None:
        """Answer when it is stable, or give up.

        Args:
            t_ns: the present time.
            answer: looks whether it is stable, answers if it is, and tells whether it
                has answered.
            gave_up: says that it did not become stable.
            limit_ns: how long it tries; None is the balance's own limit.
        """
        own_ns = round(self._parameters.stability_timeout_s * _NS_PER_S)
        self._waiting, self._gave_up = answer, gave_up
        self._give_up_ns = t_ns + (own_ns if limit_ns is None else limit_ns)
        self._look(t_ns)

    def _stop_waiting(self) -> None:
        self._waiting = self._gave_up = None
        self._tick_ns = FAR

    def _stream(self, t_ns: int, send: Callable[[int], None], every_ns: int) -> None:
        """Send from now on, at equal intervals."""
        self._streaming, self._stream_every_ns = send, every_ns
        self._stream_ns = t_ns + every_ns
        send(t_ns)

    def _stop_streaming(self) -> None:
        self._streaming, self._stream_ns = None, FAR

    def _weigh_stable(self, t_ns: int) -> Weighed | None:
        """Return a weight that is stable or out of range; None while it is neither."""
        weighed = self._weighing.weigh(t_ns)
        is_final = weighed.stable or weighed.load is not Load.IN_RANGE
        return weighed if is_final else None

    def _look(self, t_ns: int) -> None:
        if self._waiting is None or self._gave_up is None or self._waiting(t_ns):
            self._stop_waiting()
        elif t_ns >= self._give_up_ns:
            self._gave_up(t_ns)
            self._stop_waiting()
        else:
            self._tick_ns = min(t_ns + _TICK_NS, self._give_up_ns)

    def _restart(self, t_ns: int) -> None:
        self._restart_ns = FAR
        self._on_ns = t_ns
        self._weighing.power_on(t_ns)
        self._adjustment.set_on(t_ns, self._adjustment.is_on)
        self._stop_waiting()
        self._stop_streaming()
        self._forget(t_ns)


def _after(start_ns: int, elapsed_s: float | None) -> int:
    return FAR if elapsed_s is None else start_ns + round(elapsed_s * _NS_PER_S)
