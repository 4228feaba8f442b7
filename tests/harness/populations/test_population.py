"""One verdict on several units: what passes, what fails, and what proves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judging import RunState, Verdict
from harness.populations import campaign as campaigns
from harness.populations.campaign import Campaign
from harness.populations.declaration import Method, Population
from harness.populations.evidence import Bounds, Judged, UnitRun, Value
from harness.populations.population import Result, explore, judge
from tests.harness.populations import written_runs as written
from tests.harness.populations.written_runs import ALARM, DAY, FLOW, LOW, MIDDLE

TEN = Bounds(-10.0, 10.0, "percent")
AT_MOST = Bounds(None, 20.0, "minute")
# Ten values that two tests of normality accept: quantiles of a normal distribution.
SHAPE = (-1.55, -1.0, -0.66, -0.38, -0.12, 0.12, 0.38, 0.66, 1.0, 1.55)
S = float(np.std(SHAPE, ddof=1))
K_TWO, K_ONE = 2.8563, 2.3546


def values_of(
    s: float, mean: float = 0.0, shape: Sequence[float] = SHAPE
) -> list[float]:
    return [mean + s * x / S for x in shape]


def judged(
    unit: str,
    value: float,
    *,
    case: str = LOW,
    shared: float = 0.0,
    random: float = 0.0,
    bounds: Bounds = TEN,
    verdict: Verdict = Verdict.PASS,
) -> Judged:
    found = Value(value, max(shared, 2.0 * random), shared, random)
    return Judged(unit, "run", case, FLOW, verdict, found, bounds)


def fact(unit: str, verdict: Verdict, case: str = DAY) -> Judged:
    return Judged(unit, "run", case, ALARM, verdict, None, None)


def campaign(found: Sequence[Judged]) -> Campaign:
    run = UnitRun(
        name="run",
        head="0",
        unit="all",
        digests={},
        may_differ={},
        is_simulated=False,
        notes=(),
        state=RunState.COMPLETE,
        populations=(),
        judged=tuple(found),
    )
    return Campaign((run,), ())


def result(declared: Population, found: Sequence[Judged]) -> Result:
    return judge(declared, campaign(found))


def units(values: Sequence[float], shared: float = 0.0) -> list[Judged]:
    return [judged(f"U{i}", value, shared=shared) for i, value in enumerate(values)]


def said(found: Result) -> str:
    reasons = [reason for part in found.parts for reason in part.reasons]
    return " | ".join(reason.statement for reason in (*reasons, *found.reasons))


def test_the_interval_inside_the_limit_passes_and_one_outside_does_not() -> None:
    just_inside, just_outside = 10.0 / K_TWO * 0.999, 10.0 / K_TWO * 1.001
    inside = result(written.population(), units(values_of(just_inside)))
    assert inside.verdict is Verdict.PASS, said(inside)
    outside = result(written.population(), units(values_of(just_outside)))
    assert outside.verdict is Verdict.INCONCLUSIVE
    assert "it takes 11 units, 1 more" in said(outside)


def test_the_mean_counts_on_its_side() -> None:
    s = 2.0
    edge = 10.0 - K_TWO * s
    for sign in (1.0, -1.0):
        near = result(written.population(), units(values_of(s, sign * edge * 0.999)))
        assert near.verdict is Verdict.PASS
        beyond = result(written.population(), units(values_of(s, sign * edge * 1.001)))
        assert beyond.verdict is Verdict.INCONCLUSIVE


def test_one_limit_takes_the_one_sided_factor() -> None:
    def of(s: float) -> Result:
        found = [
            judged(f"U{i}", value, bounds=AT_MOST)
            for i, value in enumerate(values_of(s, mean=10.0))
        ]
        return result(written.population(), found)

    assert of(10.0 / K_ONE * 0.999).verdict is Verdict.PASS
    assert of(10.0 / K_ONE * 1.001).verdict is Verdict.INCONCLUSIVE


def test_the_shared_error_is_taken_off_the_limit_once() -> None:
    s = 3.0
    slack = 10.0 - K_TWO * s
    fits = result(written.population(), units(values_of(s), shared=slack * 0.999))
    assert fits.verdict is Verdict.PASS
    wide = result(written.population(), units(values_of(s), shared=slack * 1.001))
    assert wide.verdict is Verdict.INCONCLUSIVE


def test_a_shared_error_beyond_half_the_tolerance_lets_nothing_pass() -> None:
    found = result(written.population(), units(values_of(0.1), shared=10.5))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "nothing can pass" in said(found)


def test_no_number_of_units_helps_a_mean_at_the_limit() -> None:
    found = result(written.population(), units(values_of(2.0, 8.0)))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "No number of units helps" in said(found)


def test_missing_units_are_counted() -> None:
    three = result(written.population(), units(values_of(1.0)[:3]))
    assert three.verdict is Verdict.INCONCLUSIVE
    assert "3 of the 10 declared units are here: 7 more" in said(three)
    none = result(written.population(), [])
    assert none.verdict is Verdict.INCONCLUSIVE
    assert "10 more must be measured" in said(none)


def test_a_sample_may_not_grow_until_it_passes() -> None:
    found = result(written.population(), units(values_of(1.0, shape=(*SHAPE, 0.0))))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "11 units are here but 10 were declared" in said(found)


@pytest.mark.parametrize("case", [LOW, MIDDLE])
def test_a_unit_that_failed_fails_the_population(case: str) -> None:
    # The second case is none of those that the population names.
    found = [
        *units(values_of(1.0)),
        judged("U3", 11.0, case=case, verdict=Verdict.FAIL),
    ]
    assert result(written.population(), found).verdict is Verdict.FAIL


def test_an_undecided_unit_is_no_pass() -> None:
    found = units(values_of(1.0))
    found[4] = replace(found[4], verdict=Verdict.INCONCLUSIVE)
    judged_so = result(written.population(), found)
    assert judged_so.verdict is Verdict.INCONCLUSIVE
    assert "which is no PASS: U4" in said(judged_so)


def test_too_many_beyond_the_limit_fail_without_a_unit_that_failed() -> None:
    # Every unit is undecided by its own rule, but together they lie outside.
    found = [
        judged(f"U{i}", value, verdict=Verdict.INCONCLUSIVE)
        for i, value in enumerate(values_of(0.5, 10.5))
    ]
    together = result(written.population(), found)
    assert together.verdict is Verdict.FAIL
    assert "more than 10 % of all units lie beyond the limit" in said(together)


def test_noise_of_the_measurement_fails_no_unit() -> None:
    # As wide as the limit, but all of it is the noise of the balance.
    wide = values_of(8.0, 5.0)
    noisy = [judged(f"U{i}", x, random=8.0) for i, x in enumerate(wide)]
    assert result(written.population(), noisy).verdict is Verdict.INCONCLUSIVE
    quiet = [judged(f"U{i}", x) for i, x in enumerate(wide)]
    assert result(written.population(), quiet).verdict is Verdict.FAIL


@pytest.mark.parametrize("method", [Method.NORMAL, Method.NON_PARAMETRIC])
@pytest.mark.parametrize("own", [0.0, 0.3, 1.0])
def test_noise_of_the_measurement_seldom_fails_units_that_conform(
    method: Method, own: float
) -> None:
    # The mean of the units lies inside by as much as lets 10 % of them lie beyond. In
    # one sample of twenty at most may that look like more.
    drawn = np.random.default_rng(2)
    mean = 10.0 - 1.2816 * own
    declared = written.population(method=method)
    failed = sum(
        result(
            declared,
            [
                judged(f"U{i}", float(x), random=1.0, verdict=Verdict.INCONCLUSIVE)
                for i, x in enumerate(drawn.normal(mean, np.hypot(own, 1.0), 10))
            ],
        ).verdict
        is Verdict.FAIL
        for _ in range(200)
    )
    # Twenty or more of 200 happen once in five hundred times if the chance is 5 %.
    assert failed < 20


def test_the_shared_error_counts_for_the_unit_in_a_fail() -> None:
    outside = values_of(0.5, 10.5)
    found = [judged(f"U{i}", x, shared=3.0) for i, x in enumerate(outside)]
    assert result(written.population(), found).verdict is Verdict.INCONCLUSIVE


SKEWED = tuple(float(np.exp(2.0 * x)) for x in np.linspace(-2.0, 2.0, 46))


def test_what_is_not_normal_is_judged_by_its_range() -> None:
    scale = 9.0 / max(SKEWED)
    found = units([scale * x for x in SKEWED])
    enough = result(written.population(units=46), found)
    assert enough.verdict is Verdict.PASS, said(enough)
    (part,) = enough.parts
    assert part.statistics is not None
    assert part.statistics.interval.method is Method.NON_PARAMETRIC
    assert part.statistics.interval.upper == pytest.approx(9.0)

    few = result(written.population(units=45), found[1:])
    assert few.verdict is Verdict.INCONCLUSIVE
    assert "it takes 46 units, 1 more" in said(few)


def test_a_range_is_judged_as_declared() -> None:
    declared = written.population(method=Method.NON_PARAMETRIC, units=46)
    drawn = np.random.default_rng(1).uniform(-9.0, 9.0, 46)
    inside = result(declared, units([float(x) for x in drawn]))
    assert inside.verdict is Verdict.PASS
    one_outside = units([10.5, *map(float, drawn[1:])])
    out = result(declared, one_outside)
    assert out.verdict is Verdict.INCONCLUSIVE
    assert "A range only grows" in said(out)
    # With 95 % confidence 9 of 46 are more than 10 %; 8 are not.
    for many, verdict in ((8, Verdict.INCONCLUSIVE), (9, Verdict.FAIL)):
        values = [*(11.0,) * many, *map(float, drawn[many:])]
        assert result(declared, units(values)).verdict is verdict


def test_equal_values_prove_no_spread() -> None:
    found = result(written.population(), units([1.0] * 10))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "too coarse" in said(found)


def test_fewer_than_eight_values_cannot_be_called_normal() -> None:
    found = result(written.population(units=7), units(values_of(0.1)[:7]))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "normal distribution: cannot be checked" in said(found)


def test_each_case_is_judged_by_itself() -> None:
    declared = written.population(cases=(LOW, MIDDLE))
    wide = [
        judged(f"U{i}", x, case=MIDDLE) for i, x in enumerate(values_of(5.0, mean=0.0))
    ]
    found = result(declared, [*units(values_of(1.0)), *wide])
    assert [part.verdict for part in found.parts] == [
        Verdict.PASS,
        Verdict.INCONCLUSIVE,
    ]
    assert found.verdict is Verdict.INCONCLUSIVE
    missing = result(declared, units(values_of(1.0)))
    assert missing.verdict is Verdict.INCONCLUSIVE


def test_cases_are_pooled_where_the_plan_says_so() -> None:
    declared = written.population(cases=(LOW, MIDDLE), pooled=True)
    other = [
        judged(f"U{i}", x + 0.1 * (-1) ** i, case=MIDDLE)
        for i, x in enumerate(values_of(1.0))
    ]
    found = result(declared, [*units(values_of(1.0)), *other])
    (part,) = found.parts
    assert found.verdict is Verdict.PASS, said(found)
    assert part.statistics is not None
    assert part.statistics.spread.units == 10
    assert part.statistics.spread.values == 20


def test_pooled_cases_that_differ_prove_nothing() -> None:
    declared = written.population(cases=(LOW, MIDDLE), pooled=True)
    other = [
        judged(f"U{i}", x + 1.5, case=MIDDLE) for i, x in enumerate(values_of(0.5))
    ]
    found = result(declared, [*units(values_of(0.5)), *other])
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "pooled cases agree: rejected" in said(found)


def test_repeats_widen_the_interval_and_do_not_narrow_it() -> None:
    repeats = [
        judged(f"U{i}", x + step)
        for i, x in enumerate(values_of(1.0))
        for step in (-2.0, 2.0)
    ]
    (part,) = result(written.population(), repeats).parts
    assert part.statistics is not None
    spread = part.statistics.spread
    # Within: s² = 8 with one degree of freedom each; of the means: 1 = B² + 8 / 2.
    assert spread.s == pytest.approx((1.0 + 8.0 / 2.0) ** 0.5)
    assert part.statistics.interval.upper == pytest.approx(K_TWO * spread.s, rel=1e-4)


@pytest.mark.parametrize("pooled", [True, False])
def test_no_unit_leaves_out_a_case_or_a_repeat(pooled: bool) -> None:
    repeats = (f"{LOW}#1", f"{LOW}#2")
    declared = replace(written.population(pooled=pooled), cases={LOW: repeats})
    every = [
        judged(f"U{i}", x + step, case=case)
        for i, x in enumerate(values_of(1.0))
        for case, step in zip(repeats, (0.1 * (-1) ** i, 0.0), strict=True)
    ]
    assert result(declared, every).verdict is Verdict.PASS
    one_less = result(declared, every[:-1])
    assert one_less.verdict is Verdict.INCONCLUSIVE
    assert f"no usable value: U9 in {repeats[1]}" in said(one_less)


def test_different_limits_are_not_pooled() -> None:
    declared = written.population(cases=(LOW, MIDDLE), pooled=True)
    other = [
        judged(f"U{i}", x, case=MIDDLE, bounds=Bounds(-5.0, 5.0, "percent"))
        for i, x in enumerate(values_of(1.0))
    ]
    found = result(declared, [*units(values_of(1.0)), *other])
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "different limits" in said(found)


def test_without_a_limit_nothing_is_proved() -> None:
    nothing = Bounds(None, None, "percent")
    found = [
        judged(f"U{i}", x, bounds=nothing, verdict=Verdict.INCONCLUSIVE)
        for i, x in enumerate(values_of(1.0))
    ]
    assert "specifies no limit" in said(result(written.population(), found))


def attribute_units(verdicts: Mapping[Verdict, int]) -> list[Judged]:
    flat = [verdict for verdict, count in verdicts.items() for _ in range(count)]
    return [fact(f"U{i}", verdict) for i, verdict in enumerate(flat)]


PASS, OPEN, FAIL = Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL


@pytest.mark.parametrize(
    ("failures", "counts", "verdict"),
    [
        (0, {PASS: 29}, PASS),
        (0, {PASS: 28}, OPEN),
        (0, {PASS: 30}, OPEN),
        (0, {PASS: 28, OPEN: 1}, OPEN),
        (0, {PASS: 28, FAIL: 1}, FAIL),
        (0, {FAIL: 1}, FAIL),
        (1, {PASS: 45, FAIL: 1}, PASS),
        (1, {PASS: 45, OPEN: 1}, PASS),
        (1, {PASS: 44, FAIL: 1, OPEN: 1}, OPEN),
        (1, {PASS: 44, FAIL: 2}, FAIL),
    ],
)
def test_attribute_samples(
    failures: int, counts: dict[Verdict, int], verdict: Verdict
) -> None:
    declared = written.population(
        ALARM,
        Method.ATTRIBUTE,
        units=46 if failures else 29,
        cases=(DAY,),
        failures=failures,
    )
    assert result(declared, attribute_units(counts)).verdict is verdict


def test_an_attribute_needs_every_case_of_every_unit() -> None:
    declared = written.population(
        ALARM, Method.ATTRIBUTE, units=29, cases=(DAY, LOW), failures=0
    )
    found = attribute_units({PASS: 29})
    assert "0 of the 29 declared units" in said(result(declared, found))
    both = [*found, *(fact(each.unit, PASS, LOW) for each in found)]
    assert result(declared, both).verdict is PASS
    begun = result(declared, [*both, fact("dropped", PASS, LOW)])
    assert begun.verdict is OPEN
    assert "not in every declared case: dropped" in said(begun)


def test_a_unit_fails_an_attribute_by_its_worst_run() -> None:
    declared = written.population(ALARM, Method.ATTRIBUTE, units=29, cases=(DAY,))
    again = [*attribute_units({PASS: 29}), fact("U5", FAIL)]
    assert result(declared, again).verdict is FAIL


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-12.0, 12.0), min_size=10, max_size=10),
    st.floats(0.0, 3.0),
    st.floats(0.0, 3.0),
)
def test_a_larger_shared_error_never_helps_towards_a_verdict(
    values: list[float], small: float, more: float
) -> None:
    one = result(written.population(), units(values, shared=small)).verdict
    other = result(written.population(), units(values, shared=small + more)).verdict
    assert other in (one, Verdict.INCONCLUSIVE)


def test_a_population_as_bad_as_allowed_passes_rarely() -> None:
    # 10 % of these units lie beyond the upper limit: with 95 % confidence, one in
    # twenty samples at most may say that fewer do.
    drawn = np.random.default_rng(4)
    s = 2.0
    mean = 10.0 - 1.2816 * s
    passed = sum(
        result(
            written.population(), units([float(x) for x in drawn.normal(mean, s, 10)])
        ).verdict
        is Verdict.PASS
        for _ in range(300)
    )
    assert passed <= 25


def test_runs_on_disk_are_judged_as_declared(tmp_path: Path) -> None:
    declared = written.population()
    folders = [
        written.run(
            tmp_path / f"run-{i}", {LOW: x}, serial=f"S{i}", declared=[declared]
        )
        for i, x in enumerate(values_of(2.0))
    ]
    found = campaigns.gather(folders)
    (population,) = found.populations
    assert judge(population, found).verdict is Verdict.PASS
    part = explore(
        [each for each in found.judged() if each.requirement == FLOW], population
    )
    assert part.statistics is not None
    assert part.statistics.spread.units == 10
