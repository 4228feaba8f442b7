"""Evaporation, weather and meniscus of one case."""

from dataclasses import replace
from itertools import pairwise

import pytest

from drivers.sim.fluids import air_density_kg_per_m3
from drivers.sim.room import Case, Room, RoomState
from drivers.sim.surroundings_parameters import SurroundingsParameters

S = 1_000_000_000
H = 3_600 * S
T0 = 1_767_225_600 * S
GIVEN = SurroundingsParameters(contact_line_spacing_nl=100.0)


def room(case_id: str = "REQ-1/slow", given: SurroundingsParameters = GIVEN) -> Room:
    return Room(given, Case(1, case_id, T0))


def test_the_meniscus_slips_once_a_spacing_and_not_in_step() -> None:
    subject = room()
    pulls = [subject.meniscus_pull_ng(nl) for nl in range(10_000)]
    slips = [nl for nl, (a, b) in enumerate(pairwise(pulls)) if a != b]
    assert len(slips) == 100
    assert [nl // 100 for nl in slips] == list(range(100))
    assert len({nl % 100 for nl in slips}) > 40


def test_the_meniscus_is_a_function_of_the_level() -> None:
    levels = [i * 77.0 for i in range(50)]
    forwards, backwards = room(), room()
    there = [forwards.meniscus_pull_ng(nl) for nl in levels]
    back = [backwards.meniscus_pull_ng(nl) for nl in levels[::-1]]
    assert there == back[::-1]


def test_another_case_has_another_room() -> None:
    one, other = room(), room("REQ-1/fast")
    assert one.evaporated_ng(T0 + 5 * H) != other.evaporated_ng(T0 + 5 * H)
    assert one.air_kg_per_m3(T0 + 5 * H) != other.air_kg_per_m3(T0 + 5 * H)
    assert one.meniscus_pull_ng(50.0) != other.meniscus_pull_ng(50.0)


def test_a_case_begins_with_nothing_evaporated_and_the_given_air() -> None:
    assert room().evaporated_ng(T0) == 0.0
    calm = replace(
        GIVEN,
        air_temperature_change_k=0.0,
        pressure_change_hpa=0.0,
        humidity_change_percent=0.0,
    )
    assert room().air_kg_per_m3(T0) == room(given=calm).air_kg_per_m3(T0 + 5 * H)


def test_evaporation_never_runs_backwards() -> None:
    subject = room(given=replace(GIVEN, evaporation_change=1.0))
    lost = [subject.evaporated_ng(T0 + i * H // 4) for i in range(200)]
    assert all(b >= a for a, b in pairwise(lost))


def test_a_case_begins_at_the_given_means_and_swings_within_the_given_changes() -> None:
    for number in range(20):
        subject = room(f"REQ-1/{number}")
        assert subject.state(T0) == RoomState(20.0, 20.0, 1013.25, 50.0)
        day = [subject.state(T0 + m * 60 * S) for m in range(0, 4 * 24 * 60, 10)]
        for quantity, mean, change in (
            ([state.air_c for state in day], 20.0, 0.5),
            ([state.pressure_hpa for state in day], 1013.25, 2.0),
            ([state.humidity_percent for state in day], 50.0, 3.0),
        ):
            assert max(abs(value - mean) for value in quantity) <= change + 1e-9
            assert max(quantity) - min(quantity) == pytest.approx(change, rel=1e-3)


def test_the_liquid_follows_the_air_with_its_time_constant() -> None:
    subject = room()
    step_h = 0.01
    liquid_c = 20.0
    for step in range(6_000):  # the lag's equation, by Heun's rule
        before, after = (
            subject.state(T0 + round((step + i) * step_h * H)).air_c for i in (0, 1)
        )
        slope = (before - liquid_c) / 6.0
        slope_after = (after - (liquid_c + slope * step_h)) / 6.0
        liquid_c += (slope + slope_after) / 2 * step_h
        if step % 500 == 499:
            seen_c = subject.state(T0 + round((step + 1) * step_h * H)).liquid_c
            assert seen_c == pytest.approx(liquid_c, abs=1e-5)
    later = [subject.state(T0 + h * H).liquid_c for h in range(100, 125)]
    assert 0.2 < max(later) - min(later) < 0.3


def test_the_air_has_the_density_of_its_state() -> None:
    subject = room()
    state = subject.state(T0 + 7 * H)
    assert subject.air_kg_per_m3(T0 + 7 * H) == air_density_kg_per_m3(
        state.air_c, state.pressure_hpa, state.humidity_percent
    )
    assert subject.air_kg_per_m3(T0 + 7 * H) != subject.air_kg_per_m3(T0)
