"""The closed form against a twin that is stepped by brute force."""

import itertools
import math
import random
from dataclasses import dataclass

import pytest

from drivers.sim.contracts import FAR
from drivers.sim.hydraulics import NEGLIGIBLE_NL, Mechanics, Segment, State

S = 1_000_000_000
H = 3_600 * S
MECHANICS = Mechanics(
    pulse_nl=1_000.0, amplitude_nl=120.0, relaxation_s=0.6, slip_volume_nl=2_000.0
)
EMPTY_LINE = State(0.0, 0.7, 20_000.0, 0.0, 0.0)


@dataclass
class Stepped:
    """The same equations, integrated in steps of half a millisecond."""

    rotor: float
    reservoir: float
    stored: float
    delivered: float = 0.0

    def run(self, seconds: float, rate_nl_per_s: float, closed: bool) -> None:
        steps = round(seconds / 5e-4)
        dt = seconds / steps
        m = MECHANICS
        for _ in range(steps):
            middle = self.rotor + rate_nl_per_s * dt / 2
            turn = 2 * math.pi * middle / m.pulse_nl + EMPTY_LINE.phase
            slope = 1 + 2 * math.pi * m.amplitude_nl / m.pulse_nl * math.cos(turn)
            moved = min(rate_nl_per_s * dt * slope, self.reservoir)
            if closed:
                moved = min(moved, m.slip_volume_nl - self.stored)
            out = 0.0 if closed else (self.stored + moved / 2) / m.relaxation_s * dt
            self.rotor += rate_nl_per_s * dt
            self.reservoir -= moved
            self.stored += moved - out
            self.delivered += out


def advance(segment: Segment, t_ns: int, rate: float, closed: bool) -> Segment:
    """Begin segments where one ends, as the world does."""
    while t_ns >= segment.end_ns:
        end_ns = segment.end_ns
        segment = Segment(MECHANICS, end_ns, segment.at(end_ns), rate, closed)
    return segment


@pytest.mark.parametrize("seed", range(8))
def test_closed_form_agrees_with_brute_force(seed: int) -> None:
    draw = random.Random(seed)
    stepped = Stepped(0.0, EMPTY_LINE.reservoir_nl, 0.0)
    state, t_ns = EMPTY_LINE, 5 * S
    for _ in range(6):
        rate_nl_per_h = draw.choice([0.0, 1e6, 5e6, -1e6])
        closed = draw.random() < 0.4
        seconds = draw.uniform(0.2, 4.0)
        segment = Segment(MECHANICS, t_ns, state, rate_nl_per_h, closed)
        t_ns += round(seconds * S)
        state = advance(segment, t_ns, rate_nl_per_h, closed).at(t_ns)
        stepped.run(seconds, rate_nl_per_h / 3600, closed)
        assert state.reservoir_nl == pytest.approx(stepped.reservoir, abs=1.5)
        assert state.stored_nl == pytest.approx(stepped.stored, abs=1.5)
        assert state.delivered_nl == pytest.approx(stepped.delivered, abs=1.5)


def test_brute_force_case_covers_dry_and_slip() -> None:
    """The seeds above are only worth something if they reach both ends."""
    segment = Segment(MECHANICS, 0, EMPTY_LINE, 5e6, closed=True)
    slipping = advance(segment, H, 5e6, closed=True).at(H)
    assert slipping.stored_nl == pytest.approx(MECHANICS.slip_volume_nl, abs=1e-5)
    assert slipping.reservoir_nl == pytest.approx(18_000.0, abs=1e-5)
    segment = Segment(MECHANICS, 0, EMPTY_LINE, 5e6, closed=False)
    dry = advance(segment, H, 5e6, closed=False).at(H)
    assert dry.reservoir_nl == pytest.approx(0.0, abs=1e-5)
    assert dry.delivered_nl == pytest.approx(20_000.0, abs=1e-5)


def test_the_reservoir_is_dry_at_the_moment_that_was_foretold() -> None:
    segment = Segment(MECHANICS, 0, EMPTY_LINE, 8_333.0, closed=False)
    assert segment.dry_ns == segment.end_ns
    assert segment.at(segment.end_ns).reservoir_nl <= NEGLIGIBLE_NL
    assert segment.at(segment.end_ns - 1_000).reservoir_nl > 0
    assert segment.dry_ns / H == pytest.approx(20_000 / 8_333, abs=0.03)


def test_a_slipping_rotor_never_empties_the_reservoir() -> None:
    segment = Segment(MECHANICS, 0, EMPTY_LINE, 8_333.0, closed=True)
    assert segment.dry_ns == FAR
    assert segment.end_ns < FAR


def test_a_standing_rotor_moves_nothing_and_the_line_relaxes() -> None:
    start = State(123.0, 0.7, 20_000.0, 1_000.0, 50.0)
    segment = Segment(MECHANICS, 0, start, 0.0, closed=False)
    later = segment.at(round(0.6 * S))
    assert segment.end_ns == FAR
    assert later.reservoir_nl == 20_000.0
    assert later.stored_nl == pytest.approx(1_000.0 / math.e)
    assert later.delivered_nl == pytest.approx(50.0 + 1_000.0 * (1 - 1 / math.e))


def test_the_flow_never_reverses() -> None:
    segment = Segment(MECHANICS, 0, EMPTY_LINE, 1e6, closed=False)
    delivered = [segment.delivered_nl(i * S // 50) for i in range(500)]
    assert all(b >= a for a, b in itertools.pairwise(delivered))


def test_the_fast_path_is_the_same_function() -> None:
    segment = Segment(MECHANICS, 0, EMPTY_LINE, 1e6, closed=False)
    for t_ns in (0, S // 3, 7 * S):
        assert segment.delivered_nl(t_ns) == segment.at(t_ns).delivered_nl
