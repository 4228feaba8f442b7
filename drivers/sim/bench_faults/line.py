"""Faults of the line between pump and vessel, and of what stands round them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Final

from drivers.sim.bench_faults.bench_fault import BenchFault, Span
from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.parts import Simulation

_NL_PER_UL: Final = 1_000


class Drip(BenchFault):
    """B18."""

    id = "B18"
    title = "line drips beside the vessel"
    does = "a fifth of what leaves the line runs down outside"
    found = "a rate that changes while the pump says that it does not"

    def meddling(self, start_ns: int) -> Meddling:
        return _Lost(self.window.since(start_ns), min(1.0, 0.2 * self.size))


class Bubble(BenchFault):
    """B19."""

    id = "B19"
    title = "bubble in the line"
    does = "30 µL of what the line gives are air"
    found = "a flow that pauses and goes on as before"

    def meddling(self, start_ns: int) -> Meddling:
        return _Air(self.window.since(start_ns), 30.0 * _NL_PER_UL * self.size)


class HalfClosedClamp(BenchFault):
    """B21."""

    id = "B21"
    title = "clamp stays half closed when it is opened"
    does = "the open line needs 10 min instead of half a second to relax"
    found = "by nobody beyond a few minutes: a part of the dose is still in the line"

    def simulation(self, good: Simulation) -> Simulation:
        around = replace(good.surroundings, open_relaxation_s=600.0 * self.size)
        return replace(good, surroundings=around)


class LeakingClamp(BenchFault):
    """B22."""

    id = "B22"
    title = "clamp leaks when it is closed"
    does = "the closed line relaxes within 10 min"
    found = "a blank that gains mass, or a line that was to be held and was not"

    def simulation(self, good: Simulation) -> Simulation:
        around = replace(good.surroundings, closed_relaxation_s=600.0 / self.size)
        return replace(good, surroundings=around)


class OtherFluid(BenchFault):
    """B23."""

    id = "B23"
    title = "another fluid than the bench file says"
    does = "its density is 0.5 % higher"
    found = "a known volume of it, weighed"

    def simulation(self, good: Simulation) -> Simulation:
        heavier = 998.2 * (1.0 + 0.005 * self.size)
        around = replace(good.surroundings, liquid_density_kg_per_m3=heavier)
        return replace(good, surroundings=around)


class WrongThermometer(BenchFault):
    """B24."""

    id = "B24"
    title = "thermometer in the liquid is wrong"
    does = "it shows 3 K too much"
    found = "liquid and air further apart than they can be"

    def simulation(self, good: Simulation) -> Simulation:
        ambient = replace(good.ambient, liquid_error_k=3.0 * self.size)
        return replace(good, ambient=ambient)


class SwappedReference(BenchFault):
    """B25."""

    id = "B25"
    title = "another vessel stands on the reference balance"
    does = "it evaporates twice as fast as the one in use"
    found = "blanks in which the two vessels lose unlike amounts"

    def simulation(self, good: Simulation) -> Simulation:
        around = replace(good.surroundings, reference_mismatch=self.size)
        return replace(good, surroundings=around)


class DeafEar(BenchFault):
    """B26."""

    id = "B26"
    title = "microphone dies"
    does = "the listener answers, and hears nothing"
    found = "the reference tone, which it must hear before silence counts"

    def meddling(self, start_ns: int) -> Meddling:
        return _Deaf(self.window.since(start_ns))


FAULTS: Final[tuple[type[BenchFault], ...]] = (
    Drip,
    Bubble,
    HalfClosedClamp,
    LeakingClamp,
    OtherFluid,
    WrongThermometer,
    SwappedReference,
    DeafEar,
)


class _Missing(Meddling, ABC):
    """Of what was delivered since the window began, some does not arrive."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._before_nl: float | None = None

    def arrived_nl(self, t_ns: int, delivered_nl: float) -> float:
        if t_ns < self._span.from_ns:
            return delivered_nl
        if self._before_nl is None:
            self._before_nl = delivered_nl
        return delivered_nl - self._missing_nl(t_ns, delivered_nl - self._before_nl)

    @abstractmethod
    def _missing_nl(self, t_ns: int, since_nl: float) -> float:
        """Return how much of so many nanolitres is missing."""


class _Lost(_Missing):
    """A share of what comes in the window never arrives."""

    def __init__(self, span: Span, share: float) -> None:
        super().__init__(span)
        self._share = share
        self._latest_nl = 0.0

    def _missing_nl(self, t_ns: int, since_nl: float) -> float:
        if self._span.holds(t_ns):
            self._latest_nl = since_nl
        return self._share * self._latest_nl


class _Air(_Missing):
    """The first so many nanolitres of the window weigh nothing."""

    def __init__(self, span: Span, bubble_nl: float) -> None:
        super().__init__(span)
        self._bubble_nl = bubble_nl

    def _missing_nl(self, t_ns: int, since_nl: float) -> float:
        return min(self._bubble_nl, since_nl)


class _Deaf(Meddling):
    def __init__(self, span: Span) -> None:
        self._span = span

    def hears(self, t_ns: int) -> bool:
        return not self._span.holds(t_ns)
