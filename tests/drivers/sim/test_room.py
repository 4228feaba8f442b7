"""Evaporation, weather and meniscus of one case."""

from dataclasses import replace
from itertools import pairwise

from drivers.sim.contracts import SurroundingsParameters
from drivers.sim.room import Case, Room

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
    calm = replace(GIVEN, pressure_change_hpa=0.0)
    assert room().air_kg_per_m3(T0) == room(given=calm).air_kg_per_m3(T0 + 5 * H)


def test_evaporation_never_runs_backwards() -> None:
    subject = room(given=replace(GIVEN, evaporation_change=1.0))
    lost = [subject.evaporated_ng(T0 + i * H // 4) for i in range(200)]
    assert all(b >= a for a, b in pairwise(lost))
