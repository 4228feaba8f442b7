"""Faults of the balance and of what stands on its pan."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from drivers.sim import noise
from drivers.sim.balance_parameters import WrongUnit
from drivers.sim.bench_faults.bench_fault import (
    NG_PER_MG,
    NS_PER_H,
    BenchFault,
    Span,
)
from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.parts import Simulation
from drivers.sim.weighing import Load, Weighed
from harness.errors import ConfigurationError

_NS_PER_S: Final = 1_000_000_000
_UNITS: Final = MappingProxyType(
    {1.0: WrongUnit.OUNCE, 2.0: WrongUnit.POUND, 3.0: WrongUnit.MILLIGRAM}
)
_DRAUGHT_KEY: Final = noise.derive(1, "bench fault", "draught")


class ZeroDrift(BenchFault):
    """B01."""

    id = "B01"
    title = "balance zero drifts beyond its data sheet"
    does = "the display gains 0.2 mg an hour, ten times what is stated"
    found = "a blank that gains mass; drift of the checked blank; blanks that differ"

    def meddling(self, start_ns: int) -> Meddling:
        return _Creep(self.window.since(start_ns), 0.2 * NG_PER_MG * self.size)


class Evaporation(BenchFault):
    """B02."""

    id = "B02"
    title = "vessel evaporates beyond the budget"
    does = "the lid is off: 1 mg an hour leaves the vessel"
    found = "blanks: more than the largest evaporation, or a rate that changes"

    def meddling(self, start_ns: int) -> Meddling:
        return _Creep(self.window.since(start_ns), -1.0 * NG_PER_MG * self.size)


class LyingStability(BenchFault):
    """B03."""

    id = "B03"
    title = "balance says stable while it moves"
    does = "every reading is marked stable, and swings by 5 mg"
    found = "scatter of plateaus and blanks, whatever the balance calls them"

    def meddling(self, start_ns: int) -> Meddling:
        return _Swing(self.window.since(start_ns), 5.0 * NG_PER_MG * self.size)


class Overload(BenchFault):
    """B04."""

    id = "B04"
    title = "balance overloaded"
    does = "something heavier than its capacity lies on the pan"
    found = "the balance says so"

    def meddling(self, start_ns: int) -> Meddling:
        return _Overloaded(self.window.since(start_ns))


class WrongUnitSet(BenchFault):
    """B05: a size of 1 is ounces, 2 pounds, 3 milligrams."""

    id = "B05"
    title = "balance switched to another unit"
    does = "from then on it sends oz, lb or mg"
    found = "the driver reads unit and decimals of every weight"

    def simulation(self, good: Simulation) -> Simulation:
        unit = _UNITS.get(round(self.size, 6))
        if unit is None:
            raise ConfigurationError(
                f"bench fault {self.id}: its size chooses a unit; write 100 % for"
                " ounces, 200 % for pounds or 300 % for milligrams"
            )
        balance = replace(
            good.balance,
            wrong_unit=unit,
            wrong_unit_after_s=self.window.from_s,
        )
        return replace(good, balance=balance)


class Frozen(BenchFault):
    """B06."""

    id = "B06"
    title = "balance's readings stand still"
    does = "the same weight comes again and again, by a link or a display that froze"
    found = "readings that are all the same although their noise must move them"

    def meddling(self, start_ns: int) -> Meddling:
        return _Held(self.window.since(start_ns), every=0)


class Duplicated(BenchFault):
    """B07."""

    id = "B07"
    title = "each reading comes several times"
    does = "a reading is kept, and sent twice before there is a new one"
    found = "within U: what counts is a mean over minutes"

    def meddling(self, start_ns: int) -> Meddling:
        return _Held(self.window.since(start_ns), every=round(1 + self.size))


class Stale(BenchFault):
    """B08."""

    id = "B08"
    title = "each reading is that of the question before"
    does = "a weight is one question old, or several"
    found = "a plateau that begins with weights from before what was done to the pan"

    def meddling(self, start_ns: int) -> Meddling:
        return _Late(self.window.since(start_ns), round(self.size))


class Draught(BenchFault):
    """B20."""

    id = "B20"
    title = "air draughts"
    does = "in every tenth moment of ten seconds the display is 20 mg off"
    found = "plateaus and blanks that scatter or are not stable"

    def meddling(self, start_ns: int) -> Meddling:
        return _Draughts(self.window.since(start_ns), 20.0 * NG_PER_MG * self.size)


class AutozeroOn(BenchFault):
    """B13."""

    id = "B13"
    title = "autozero left on"
    does = "near zero the display follows a slow flow, and hides it"
    found = "read from the balance; where it cannot tell: the proof of the small step"

    def simulation(self, good: Simulation) -> Simulation:
        return replace(good, balance=replace(good.balance, autozero=True))


class AdjustsItself(BenchFault):
    """B14."""

    id = "B14"
    title = "automatic adjustment left on"
    does = "the balance is busy for a minute, and what flows in meanwhile is lost"
    found = "read from the balance; where it cannot tell: a balance that is busy"

    def simulation(self, good: Simulation) -> Simulation:
        balance = replace(
            good.balance, adjusts_itself=True, adjustment_every_h=4.0 / self.size
        )
        return replace(good, balance=balance)


class SpanError(BenchFault):
    """B15."""

    id = "B15"
    title = "balance's span is wrong"
    does = "it shows 1 % too much"
    found = "the check weight before and after the cases"

    def simulation(self, good: Simulation) -> Simulation:
        balance = replace(
            good.balance,
            span_error=0.01 * self.size,
            span_error_after_s=self.window.from_s,
        )
        return replace(good, balance=balance)


class TouchedPan(BenchFault):
    """B16."""

    id = "B16"
    title = "vessel touched, pan tilted"
    does = "the display goes 10 mg up at once, and stays there"
    found = "a step that no flow around it explains"

    def meddling(self, start_ns: int) -> Meddling:
        return _Step(self.window.since(start_ns), 10.0 * NG_PER_MG * self.size)


class NeedleTouches(BenchFault):
    """B17."""

    id = "B17"
    title = "needle touches the vessel"
    does = "it carries a fifth of whatever is added to the pan from then on"
    found = "the check weight, which is carried likewise"

    def meddling(self, start_ns: int) -> Meddling:
        return _Carried(self.window.since(start_ns), min(0.9, 0.2 * self.size))


FAULTS: Final[tuple[type[BenchFault], ...]] = (
    ZeroDrift,
    Evaporation,
    LyingStability,
    Overload,
    WrongUnitSet,
    Frozen,
    Duplicated,
    Stale,
    AutozeroOn,
    AdjustsItself,
    SpanError,
    TouchedPan,
    NeedleTouches,
    Draught,
)


class _Creep(Meddling):
    """A display that creeps, by so much an hour."""

    def __init__(self, span: Span, ng_per_h: float) -> None:
        self._span, self._ng_per_h = span, ng_per_h

    def load_ng(self, t_ns: int, pan_ng: float) -> float:
        return pan_ng + self._ng_per_h * self._span.passed_ns(t_ns) / NS_PER_H


class _Swing(Meddling):
    """A display that swings within seconds and calls itself stable."""

    def __init__(self, span: Span, amplitude_ng: float) -> None:
        self._span, self._amplitude_ng = span, amplitude_ng

    def load_ng(self, t_ns: int, pan_ng: float) -> float:
        if not self._span.holds(t_ns):
            return pan_ng
        turn = math.tau * (t_ns % (7 * _NS_PER_S)) / (7 * _NS_PER_S)
        return pan_ng + self._amplitude_ng * math.sin(turn)

    def weighed(self, t_ns: int, weighed: Weighed) -> Weighed:
        is_on = self._span.holds(t_ns)
        return weighed._replace(stable=True) if is_on else weighed


class _Overloaded(Meddling):
    def __init__(self, span: Span) -> None:
        self._span = span

    def weighed(self, t_ns: int, weighed: Weighed) -> Weighed:
        is_on = self._span.holds(t_ns)
        return Weighed(Load.OVER, False, weighed.units) if is_on else weighed


class _Held(Meddling):
    """A weight that is sent so many times; for ever if that is 0."""

    def __init__(self, span: Span, every: int) -> None:
        self._span, self._every = span, every
        self._kept: Weighed | None = None
        self._sent = 0

    def weighed(self, t_ns: int, weighed: Weighed) -> Weighed:
        if not self._span.holds(t_ns):
            self._kept = None
            return weighed
        is_used_up = 0 < self._every <= self._sent
        if self._kept is None or is_used_up:
            self._kept, self._sent = weighed, 0
        self._sent += 1
        return self._kept


class _Late(Meddling):
    """Weights that come when the next ones are asked for."""

    def __init__(self, span: Span, samples: int) -> None:
        self._span = span
        self._queue: deque[Weighed] = deque(maxlen=samples + 1)

    def weighed(self, t_ns: int, weighed: Weighed) -> Weighed:
        self._queue.append(weighed)
        return self._queue[0] if self._span.holds(t_ns) else weighed


class _Draughts(Meddling):
    def __init__(self, span: Span, size_ng: float) -> None:
        self._span, self._size_ng = span, size_ng

    def load_ng(self, t_ns: int, pan_ng: float) -> float:
        return pan_ng + self._push_ng(t_ns)

    def weighed(self, t_ns: int, weighed: Weighed) -> Weighed:
        is_calm = not self._push_ng(t_ns)
        return weighed if is_calm else weighed._replace(stable=False)

    def _push_ng(self, t_ns: int) -> float:
        moment = t_ns // (10 * _NS_PER_S)
        share = noise.uniform(_DRAUGHT_KEY, moment)
        if share > 0.1 or not self._span.holds(t_ns):
            return 0.0
        return self._size_ng * noise.gaussian(_DRAUGHT_KEY, t_ns // _NS_PER_S)


class _Step(Meddling):
    def __init__(self, span: Span, step_ng: float) -> None:
        self._span, self._step_ng = span, step_ng

    def load_ng(self, t_ns: int, pan_ng: float) -> float:
        return pan_ng + self._step_ng if self._span.holds(t_ns) else pan_ng


class _Carried(Meddling):
    """Something beside the pan carries a share of what is added to it."""

    def __init__(self, span: Span, share: float) -> None:
        self._span, self._share = span, share
        self._before_ng: float | None = None

    def load_ng(self, t_ns: int, pan_ng: float) -> float:
        if not self._span.holds(t_ns):
            return pan_ng
        if self._before_ng is None:
            self._before_ng = pan_ng
        return pan_ng - self._share * (pan_ng - self._before_ng)
