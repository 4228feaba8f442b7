"""Reservoir, rotor and line between two events, in closed form.

The rotor takes liquid in pulses: when it has turned by the volume ``v``, it has moved

    v + a (sin(2 pi v / p + phase) - sin(phase))

with ``p`` the volume of a roller pass. The line between rotor and clamp stores liquid
in its compliance C. With the clamp open the stored volume leaves through the resistance
R of the line, so it follows dS/dt = inflow - S / (R C), here solved for a constant plus
a sinusoidal inflow. With the clamp closed everything stays, and the pressure is S / C.
Equations: Kirchhoff's laws of the equivalent circuit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.surroundings_parameters import SurroundingsParameters

NEGLIGIBLE_NL: Final = 1e-6
"""Less than this is nothing: a moment is rounded to whole nanoseconds."""

_NS_PER_S: Final = 1_000_000_000
_S_PER_H: Final = 3_600
_NL_PER_ML: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Mechanics:
    """What does not change during a run: volumes in nL, time in s."""

    pulse_nl: float
    amplitude_nl: float
    relaxation_s: float
    slip_volume_nl: float
    """Stored volume whose pressure makes the rotor slip and move nothing."""


def mechanics_of(
    pump: PumpParameters, surroundings: SurroundingsParameters
) -> tuple[Mechanics, Mechanics]:
    """Return what pump and line are like with the clamp open, and with it closed.

    The relaxation time of an open line is R C unless the surroundings say otherwise.
    """
    compliance = surroundings.compliance_nl_per_kpa
    resistance_kpa_h_per_nl = surroundings.line_resistance_kpa_h_per_ml / _NL_PER_ML
    relaxation_s = surroundings.open_relaxation_s
    if relaxation_s is None:
        relaxation_s = resistance_kpa_h_per_nl * compliance * _S_PER_H
    open_line = Mechanics(
        pulse_nl=pump.pulse_volume_nl,
        amplitude_nl=pump.ripple * pump.pulse_volume_nl,
        relaxation_s=relaxation_s,
        slip_volume_nl=surroundings.stall_pressure_kpa * compliance,
    )
    leaking_s = surroundings.closed_relaxation_s or relaxation_s
    return open_line, replace(open_line, relaxation_s=leaking_s)


@dataclass(frozen=True, slots=True)
class State:
    """Where the liquid is at one moment, and how far the rotor has turned."""

    rotor_nl: float
    phase: float
    reservoir_nl: float
    stored_nl: float
    delivered_nl: float


class Segment:
    """One stretch of time in which nothing is switched.

    Args:
        mechanics: the constants.
        start_ns: the first moment.
        start: the state at that moment.
        rate_nl_per_h: true mean flow of the turning rotor, 0 when it stands; below 0
            when it turns backwards.
        closed: whether the clamp is closed.

    Attributes:
        start_ns: as given.
        dry_ns: from when on the reservoir is dry; FAR if never.
        end_ns: when it runs dry or the rotor begins to slip; FAR if never.
    """

    __slots__ = (
        "_amplitude_nl",
        "_closed",
        "_decay_per_s",
        "_flow_nl_per_s",
        "_free_nl",
        "_gain_nl",
        "_lag",
        "_mean_free_nl",
        "_rate_nl_per_s",
        "_sine",
        "_start",
        "_steady_nl",
        "_turn",
        "_turn_per_s",
        "dry_ns",
        "end_ns",
        "start_ns",
    )

    def __init__(
        self,
        mechanics: Mechanics,
        start_ns: int,
        start: State,
        rate_nl_per_h: float,
        closed: bool,
    ) -> None:
        self.start_ns = start_ns
        self._start = start
        self._closed = closed
        slack_nl = mechanics.slip_volume_nl - start.stored_nl if closed else math.inf
        room_nl = min(start.reservoir_nl, slack_nl)
        self._rate_nl_per_s = rate_nl_per_h / _S_PER_H
        # A dry or slipping rotor turns and moves nothing, unless it turns back.
        moves = room_nl > NEGLIGIBLE_NL or rate_nl_per_h < 0
        self._flow_nl_per_s = self._rate_nl_per_s if moves else 0.0
        self._amplitude_nl = mechanics.amplitude_nl
        self._turn = math.tau * start.rotor_nl / mechanics.pulse_nl + start.phase
        self._turn_per_s = math.tau * self._flow_nl_per_s / mechanics.pulse_nl
        self._sine = math.sin(self._turn)
        self._decay_per_s = 1.0 / mechanics.relaxation_s
        self._steady_nl = self._flow_nl_per_s * mechanics.relaxation_s
        self._lag = self._turn_per_s * mechanics.relaxation_s
        self._gain_nl = self._amplitude_nl * self._lag / (1.0 + self._lag * self._lag)
        forced_nl = self._forced_nl(math.cos(self._turn), self._sine)
        self._free_nl = start.stored_nl - forced_nl
        self._mean_free_nl = start.stored_nl - self._steady_nl
        self.end_ns = self._exhausted_ns(room_nl)
        self.dry_ns = self.end_ns if start.reservoir_nl <= slack_nl else FAR
        if start.reservoir_nl <= NEGLIGIBLE_NL:
            self.dry_ns = start_ns

    def at(self, t_ns: int) -> State:
        """Return the state at ``t_ns``, from the segment's start to its end."""
        start = self._start
        elapsed_s = (t_ns - self.start_ns) / _NS_PER_S
        moved_nl, stored_nl = self._moved_and_stored_nl(elapsed_s)
        return State(
            start.rotor_nl + self._rate_nl_per_s * elapsed_s,
            start.phase,
            start.reservoir_nl - moved_nl,
            stored_nl,
            start.delivered_nl + moved_nl - (stored_nl - start.stored_nl),
        )

    def delivered_nl(self, t_ns: int) -> float:
        """Return the volume that has left the needle; the fast part of :meth:`at`."""
        start = self._start
        elapsed_s = (t_ns - self.start_ns) / _NS_PER_S
        moved_nl, stored_nl = self._moved_and_stored_nl(elapsed_s)
        return start.delivered_nl + moved_nl - (stored_nl - start.stored_nl)

    def mean_stored_nl(self, t_ns: int) -> float:
        """Return what the line stores, without the pulsation if the clamp is open."""
        elapsed_s = (t_ns - self.start_ns) / _NS_PER_S
        if self._closed:
            return self._moved_and_stored_nl(elapsed_s)[1]
        return self._steady_nl + self._mean_free_nl * math.exp(
            -elapsed_s * self._decay_per_s
        )

    def mean_stored_crosses_ns(self, t_ns: int, stored_nl: float) -> int:
        """Return when :meth:`mean_stored_nl` next crosses a value, FAR if it does not.

        Args:
            t_ns: from when on.
            stored_nl: the value; crossed upwards or downwards.
        """
        if self._closed:
            more_nl = stored_nl - self._start.stored_nl
            moment_ns = self._exhausted_ns(more_nl) if more_nl > 0 else self.start_ns
            return moment_ns if t_ns < moment_ns < self.end_ns else FAR
        share = (
            (stored_nl - self._steady_nl) / self._mean_free_nl
            if self._mean_free_nl
            else 0.0
        )
        if not 0.0 < share < 1.0:
            return FAR
        wait_ns = math.ceil(-math.log(share) / self._decay_per_s * _NS_PER_S)
        moment_ns = self.start_ns + wait_ns
        return moment_ns if t_ns < moment_ns < self.end_ns else FAR

    def _moved_and_stored_nl(self, elapsed_s: float) -> tuple[float, float]:
        turn = self._turn + self._turn_per_s * elapsed_s
        sine = math.sin(turn)
        ripple_nl = self._amplitude_nl * (sine - self._sine)
        moved_nl = self._flow_nl_per_s * elapsed_s + ripple_nl
        if self._closed:
            return moved_nl, self._start.stored_nl + moved_nl
        free_nl = self._free_nl * math.exp(-elapsed_s * self._decay_per_s)
        return moved_nl, self._forced_nl(math.cos(turn), sine) + free_nl

    def _forced_nl(self, cosine: float, sine: float) -> float:
        return self._steady_nl + self._gain_nl * (cosine + self._lag * sine)

    def _exhausted_ns(self, room_nl: float) -> int:
        """Return when ``room_nl`` has moved, by bisection: the flow is monotonic."""
        if self._flow_nl_per_s <= 0:
            return FAR
        low_s = max(0.0, (room_nl - 2 * self._amplitude_nl) / self._flow_nl_per_s)
        high_s = (room_nl + 2 * self._amplitude_nl) / self._flow_nl_per_s
        while high_s - low_s > 0.25 / _NS_PER_S + 4 * math.ulp(high_s):
            middle_s = (low_s + high_s) / 2
            if self._moved_and_stored_nl(middle_s)[0] < room_nl:
                low_s = middle_s
            else:
                high_s = middle_s
        return self.start_ns + max(1, math.ceil(high_s * _NS_PER_S))
