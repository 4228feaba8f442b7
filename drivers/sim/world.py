"""The one physical world that pump, balance and rig share.

Truth, of which each instrument shows a part. It is computed and not stepped: between
two events everything is a closed form, so a reading costs the same after a second and
after a year, and how often anybody looks changes nothing.

What is simplified: the liquid has one density, and air that a dry rotor would pump is
neither mass nor volume.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from drivers.sim import noise
from drivers.sim.account import Account
from drivers.sim.battery import Battery
from drivers.sim.bench_conditions import BenchConditions
from drivers.sim.bench_faults.meddling import Meddling
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.course import Course
from drivers.sim.hydraulics import NEGLIGIBLE_NL, Segment, State, mechanics_of
from drivers.sim.room import Case, Room
from drivers.sim.stimuli import Stimuli
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.unit_error import flow_error
from drivers.sim.vessel import Vessel

_NS_PER_H: Final = 3_600_000_000_000


class World(Stimuli):
    """Mechanics, line, vessel and room; implements :class:`contracts.Mechanism`.

    Args:
        pump: the pump's mechanical parameters.
        surroundings: line, vessel and room.
        seed: of everything that is drawn.
        start_ns: the first moment. The reservoir is empty, the motor off.
        meddling: what goes wrong between line and vessel.

    Attributes:
        flow_error: share by which this unit really delivers more.
        case: the case that runs.
        disturbed_ns: when hands were last at the balance.
        revision: grows with every change that a device may want to look at.
    """

    def __init__(
        self,
        pump: PumpParameters,
        surroundings: SurroundingsParameters,
        seed: int,
        start_ns: int,
        meddling: Meddling | None = None,
    ) -> None:
        battery = Battery(pump.consumption, start_ns)
        super().__init__(BenchConditions(pump, surroundings), battery)
        self.revision = 0
        self.disturbed_ns = start_ns - _NS_PER_H
        self.case = Case(seed, "", start_ns)
        self.flow_error = flow_error(pump, seed)
        self._seed = seed
        self._meddling = meddling or Meddling()
        self._pump = pump
        self._compliance_nl_per_kpa = surroundings.compliance_nl_per_kpa
        self._open, self._shut = mechanics_of(pump, surroundings)
        self._leaks = surroundings.closed_relaxation_s is not None
        self._vessel = Vessel(surroundings, self.case)
        self._motor_nl_per_h = 0.0
        self._closed = False
        self._blocked = False
        self._blocks_ns = _blocks_ns(surroundings, start_ns)
        self._magnet = False
        self._filled_nl = 0.0
        self._pocket_nl = 0.0
        self._discarded_nl = 0.0
        start = State(0.0, self._drawn_phase(), 0.0, 0.0, 0.0)
        first = Segment(self._open, start_ns, start, 0.0, self._closed)
        self._course = Course(first)

    @property
    def density_kg_per_m3(self) -> float:
        """Density of the liquid."""
        return self._vessel.density_kg_per_m3

    @property
    def room(self) -> Room:
        """The surroundings of the case that runs."""
        return self._vessel.room

    def set_motor(self, t_ns: int, rate_nl_per_h: float) -> None:
        """Turn the rotor at a nominal rate from ``t_ns`` on."""
        if rate_nl_per_h != self._motor_nl_per_h:
            state = self._state(t_ns)
            self._motor_nl_per_h = rate_nl_per_h
            self._battery.set_motor(t_ns, rate_nl_per_h)
            self._switch(t_ns, state)

    def is_rotor_blocked(self, t_ns: int) -> bool:
        """Tell whether the magnet holds the rotor."""
        return self._magnet and self._pump.magnet_holds

    def is_inlet_dry(self, t_ns: int) -> bool:
        """Tell whether there is no liquid at the inlet."""
        return t_ns >= self._segment_at(t_ns).dry_ns

    def reservoir_dry_at_ns(self, t_ns: int) -> int:
        """Return when the reservoir is empty if the rotor goes on like this."""
        return max(t_ns, self._segment_at(t_ns).dry_ns)

    def reservoir_nl(self, t_ns: int) -> float:
        """Return the reservoir's real content."""
        return max(0.0, self._state(t_ns).reservoir_nl)

    def filled_nl(self, t_ns: int) -> float:
        """Return what was given to pump and pocket since the start."""
        return self._filled_nl

    def is_clamped(self, t_ns: int) -> bool:
        """Tell whether the line is closed downstream of the pump."""
        return self._closed

    def is_magnet_there(self, t_ns: int) -> bool:
        """Tell whether the magnetic field is at the pump."""
        return self._magnet

    def set_clamp(self, t_ns: int, closed: bool) -> None:
        """Close the line downstream of the pump, or open it."""
        if closed != self._closed:
            state = self._state(t_ns)
            self._closed = closed
            self._switch(t_ns, state)

    def set_magnet(self, t_ns: int, present: bool) -> None:
        """Bring a magnetic field: it holds a rotor and opens valves; or take it."""
        if present != self._magnet:
            state = self._state(t_ns)
            self._magnet = present
            free_nl = min(self._pump.magnet_release_nl, state.reservoir_nl)
            if present and free_nl > 0:
                state = replace(
                    state,
                    reservoir_nl=state.reservoir_nl - free_nl,
                    stored_nl=state.stored_nl + free_nl,
                )
            self._switch(t_ns, state)

    def fill(self, t_ns: int, volume_nl: float) -> None:
        """Add liquid to the reservoir.

        Raises:
            ValueError: the reservoir cannot hold it.
        """
        state = self._state(t_ns)
        content_nl = state.reservoir_nl + volume_nl
        if volume_nl < 0 or content_nl > self._pump.capacity_nl + NEGLIGIBLE_NL:
            raise ValueError(
                f"the reservoir holds {state.reservoir_nl:.0f} nL of"
                f" {self._pump.capacity_nl} nL and cannot take {volume_nl:.0f} nL"
            )
        went_in_nl = volume_nl * self._pump.refill_share
        self._filled_nl += volume_nl
        self._pocket_nl += volume_nl - went_in_nl
        self._switch(t_ns, replace(state, reservoir_nl=state.reservoir_nl + went_in_nl))

    def set_syringe(self, t_ns: int, volume_nl: float) -> None:
        """Change the syringe: what was left in the old one is thrown away.

        Raises:
            ValueError: a syringe of this pump cannot hold it.
        """
        if not 0 <= volume_nl <= self._pump.capacity_nl + NEGLIGIBLE_NL:
            raise ValueError(
                f"a syringe of this pump holds up to {self._pump.capacity_nl} nL, not"
                f" {volume_nl:.0f} nL"
            )
        state = self._state(t_ns)
        self._discarded_nl += state.reservoir_nl
        self._filled_nl += volume_nl
        self._switch(t_ns, replace(state, reservoir_nl=volume_nl))
        self._conditions.syringes += 1

    def fill_pocket(self, t_ns: int, volume_nl: float) -> None:
        """Put liquid beside the reservoir, as a needle that missed the port does.

        Raises:
            ValueError: the volume is negative.
        """
        if volume_nl < 0:
            raise ValueError(f"a pocket cannot take {volume_nl:.0f} nL; give 0 or more")
        self._filled_nl += volume_nl
        self._pocket_nl += volume_nl
        self._touch(t_ns)

    def put_syringe(self, t_ns: int, volume_nl: float) -> None:
        """Put the refill's syringe on the pan, beside the vessel.

        Raises:
            ValueError: the volume is negative.
        """
        if volume_nl < 0:
            raise ValueError(f"no syringe holds {volume_nl:.0f} nL; give 0 or more")
        self._vessel.syringe_nl = volume_nl
        self._disturb_pan(t_ns)

    def take_syringe(self, t_ns: int) -> None:
        """Take the syringe off the pan."""
        self._vessel.syringe_nl = None
        self._disturb_pan(t_ns)

    def put_weight(self, t_ns: int, mass_ng: float) -> None:
        """Put a check weight on the pan, beside the vessel.

        Raises:
            ValueError: its mass is not above 0.
        """
        if mass_ng <= 0:
            raise ValueError(f"no weight has {mass_ng:.0f} ng; give more than 0")
        self._vessel.weight_ng = mass_ng
        self._disturb_pan(t_ns)

    def take_weight(self, t_ns: int) -> None:
        """Take the check weight off the pan."""
        self._vessel.weight_ng = 0.0
        self._disturb_pan(t_ns)

    def withdraw_into_vessel(self, t_ns: int) -> None:
        """Draw the whole residual out of the reservoir into the vessel on the pan."""
        state = self._state(t_ns)
        self._vessel.withdrawn_nl += state.reservoir_nl
        self.disturbed_ns = t_ns
        self._switch(t_ns, replace(state, reservoir_nl=0.0))

    def empty_vessel(self, t_ns: int) -> None:
        """Bring the vessel back to its starting content, alone on the pan."""
        self._vessel.empty(t_ns, self._state(t_ns).delivered_nl)
        self.take_syringe(t_ns)

    def line_pressure_kpa(self, t_ns: int) -> float:
        """Return the pressure behind the rotor, averaged over its pulsation.

        What the line stores raises it above the pressure at the end of the line.
        """
        stored_nl = self._segment_at(t_ns).mean_stored_nl(t_ns)
        return self._conditions.outlet_kpa + stored_nl / self._compliance_nl_per_kpa

    def pressure_crosses_ns(self, t_ns: int, kpa: float) -> int:
        """Return when that pressure next crosses a value, FAR if it does not."""
        above_kpa = kpa - self._conditions.outlet_kpa
        stored_nl = above_kpa * self._compliance_nl_per_kpa
        return self._segment_at(t_ns).mean_stored_crosses_ns(t_ns, stored_nl)

    def begin_case(self, t_ns: int, case_id: str) -> None:
        """Key noise, phases and wander anew; no liquid moves."""
        state = self._state(t_ns)
        self.case = Case(self._seed, case_id, t_ns)
        self._vessel.begin_case(self.case, state.delivered_nl)
        self._switch(t_ns, replace(state, rotor_nl=0.0, phase=self._drawn_phase()))

    def pan_ng(self, t_ns: int) -> float:
        """Return what a perfect balance shows; a little of the past can be asked."""
        arrived_nl = self._meddling.arrived_nl(t_ns, self._delivered_nl(t_ns))
        return self._vessel.pan_ng(t_ns, arrived_nl)

    def reference_ng(self, t_ns: int) -> float:
        """Return the same for the reference vessel, which only evaporates."""
        return self._vessel.reference_ng(t_ns)

    def delivered_ng(self, since_ns: int, t_ns: int) -> float:
        """Return the mass that left the needle from ``since_ns`` to ``t_ns``."""
        volume_nl = self._delivered_nl(t_ns) - self._delivered_nl(since_ns)
        return self._vessel.density_kg_per_m3 * volume_nl

    def account(self, t_ns: int) -> Account:
        """Return where all liquid is."""
        state = self._state(t_ns)
        return Account(
            filled_nl=self._filled_nl,
            reservoir_nl=state.reservoir_nl,
            stored_nl=state.stored_nl,
            delivered_nl=state.delivered_nl,
            withdrawn_nl=self._vessel.withdrawn_nl,
            discarded_nl=self._discarded_nl,
            pocket_nl=self._pocket_nl,
            vessel_ng=self._vessel.excess_ng(t_ns, state.delivered_nl),
            evaporated_ng=self._vessel.evaporated_ng(t_ns),
            removed_ng=self._vessel.removed_ng,
        )

    def _delivered_nl(self, t_ns: int) -> float:
        self._run_out(t_ns)
        return self._course.delivered_nl(t_ns)

    def _state(self, t_ns: int) -> State:
        return self._segment_at(t_ns).at(t_ns)

    def _segment_at(self, t_ns: int) -> Segment:
        self._run_out(t_ns)
        return self._course.at(t_ns)

    def _run_out(self, t_ns: int) -> None:
        """Let the reservoir run dry, the rotor slip, the line block before ``t_ns``."""
        while t_ns >= (end_ns := min(self._course.end_ns, self._blocks_ns)):
            if end_ns == self._blocks_ns:
                self._blocked, self._blocks_ns = True, FAR
            self._begin_segment(end_ns, self._course.at(end_ns).at(end_ns))

    def _reach(self, t_ns: int) -> None:
        self._run_out(t_ns)

    def _change_flow(self, t_ns: int) -> None:
        self._switch(t_ns, self._state(t_ns))

    def _disturb_pan(self, t_ns: int) -> None:
        self._touch(t_ns)
        self.disturbed_ns = t_ns

    def _touch(self, t_ns: int) -> None:
        self._segment_at(t_ns)
        self.revision += 1

    def _switch(self, t_ns: int, state: State) -> None:
        self._begin_segment(t_ns, state)
        self.revision += 1

    def _begin_segment(self, t_ns: int, state: State) -> None:
        turning = 0.0
        if not self.is_rotor_blocked(t_ns):
            share = (1.0 + self.flow_error) * self._conditions.flow_share
            turning = self._motor_nl_per_h * share
        if self._magnet:
            turning += self._pump.magnet_flow_nl_per_h
        line = self._shut if self._closed else self._open
        is_tight = self._blocked or (self._closed and not self._leaks)
        self._course.go_on(Segment(line, t_ns, state, turning, is_tight))

    def _drawn_phase(self) -> float:
        return math.tau * noise.uniform(self.case.key("rotor"), 0)


def _blocks_ns(surroundings: SurroundingsParameters, start_ns: int) -> int:
    if surroundings.blocks_after_h is None:
        return FAR
    return start_ns + round(surroundings.blocks_after_h * _NS_PER_H)
