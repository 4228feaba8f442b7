"""A crossed design has no hole and no cell with more repeats than another."""

from __future__ import annotations

from itertools import product

import pytest

from harness.errors import ConfigurationError
from harness.qualification.gauge_design import crossed

Cells = dict[tuple[str, str, str], list[float]]
PARTS, PEOPLE, BENCHES = ("p1", "p2"), ("A", "B"), ("b1", "b2")


def cells(*levels: tuple[str, ...]) -> Cells:
    keys = product(*levels)
    return {
        (part, person, bench): [float(number), number + 0.5]
        for number, (part, person, bench) in enumerate(keys)
    }


def test_every_value_gets_its_place() -> None:
    shuffled = dict(reversed(cells(PARTS, PEOPLE, BENCHES).items()))
    design = crossed(shuffled)
    assert design.factors == ("part", "operator", "bench")
    for (p, part), (o, person), (b, bench) in product(
        *(enumerate(design.levels[name]) for name in design.factors)
    ):
        assert list(design.values[p, o, b]) == shuffled[part, person, bench]


def test_a_factor_with_one_level_is_left_out() -> None:
    assert crossed(cells(PARTS, PEOPLE, ("b1",))).factors == ("part", "operator")
    assert crossed(cells(PARTS, ("A",), BENCHES)).factors == ("part", "bench")


def test_a_missing_cell_is_refused() -> None:
    holed = cells(PARTS, PEOPLE, BENCHES)
    del holed["p2", "B", "b1"]
    with pytest.raises(ConfigurationError, match="p2 by B on b1 has 0 repeats"):
        crossed(holed)


def test_unequal_repeats_are_refused() -> None:
    unequal = cells(PARTS, PEOPLE, ("b1",))
    unequal["p1", "A", "b1"] = [1.0]
    with pytest.raises(ConfigurationError, match="has 1 repeats, other cells have 2"):
        crossed(unequal)


def test_people_who_each_have_a_bench_of_their_own_are_refused() -> None:
    nested = {
        **cells(PARTS, ("A",), ("b1",)),
        **cells(PARTS, ("B",), ("b2",)),
    }
    with pytest.raises(ConfigurationError, match="every operator must measure"):
        crossed(nested)


def test_one_person_on_one_bench_is_no_study() -> None:
    with pytest.raises(ConfigurationError, match="at least two operators or benches"):
        crossed(cells(PARTS, ("A",), ("b1",)))
    with pytest.raises(ConfigurationError, match="dispensed anything"):
        crossed({})
