import json
import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.errors import ConfigurationError, UnitError
from harness.judging import (
    GUARD_BAND_U,
    Judgement,
    Limit,
    RunState,
    Verdict,
    Zone,
    judge_fact,
    worst,
)
from harness.metrology.measurement import Measurement
from harness.units import Quantity, magnitude, ureg

K95 = 1.959963984540054
finite = st.floats(-100.0, 100.0)
spreads = st.floats(0.0, 50.0)


def percent(value: float) -> Quantity:
    return ureg.Quantity(value, "percent")


def measured(value: float, expanded_u: float, unit: str = "percent") -> Measurement:
    return Measurement(
        value=ureg.Quantity(value, unit),
        u=ureg.Quantity(expanded_u / K95, unit),
        dof=math.inf,
        budget=(),
        instrument="balance",
        t_start_ns=0,
        t_end_ns=1,
    )


def limit(lower: float | None, upper: float | None) -> Limit:
    return Limit(
        requirement="DEL-1",
        lower=None if lower is None else percent(lower),
        upper=None if upper is None else percent(upper),
        rule=GUARD_BAND_U,
        unit="percent",
        source="profile",
    )


FIVE_PERCENT = limit(-5.0, 5.0)


@pytest.mark.parametrize(
    ("value", "zone", "verdict"),
    [
        (0.0, Zone.PASS, Verdict.PASS),
        (2.99, Zone.PASS, Verdict.PASS),
        (3.1, Zone.CONDITIONAL_PASS, Verdict.INCONCLUSIVE),
        (4.9, Zone.CONDITIONAL_PASS, Verdict.INCONCLUSIVE),
        (5.1, Zone.CONDITIONAL_FAIL, Verdict.INCONCLUSIVE),
        (6.99, Zone.CONDITIONAL_FAIL, Verdict.INCONCLUSIVE),
        (7.1, Zone.FAIL, Verdict.FAIL),
    ],
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_zones_of_five_percent_with_a_guard_band_of_two(
    value: float, zone: Zone, verdict: Verdict, sign: float
) -> None:
    judgement = FIVE_PERCENT.judge(measured(sign * value, 2.0))
    assert (judgement.zone, judgement.verdict) == (zone, verdict)
    assert judgement.margin is not None
    assert magnitude(judgement.margin, "percent") == pytest.approx(5.0 - value)


@pytest.mark.parametrize("value", [0.0, 1e9, -1e9, math.nan])
def test_nothing_passes_or_fails_a_limit_that_is_not_specified(value: float) -> None:
    silent = replace(
        FIVE_PERCENT, lower=None, upper=None, unspecified=("flow.accuracy",)
    )
    judgement = silent.judge(measured(value, 0.1))

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.zone is Zone.NOT_SPECIFIED
    assert judgement.margin is None
    assert judgement.measurement is not None
    assert judgement.statement.startswith(
        "not specified: the profile says nothing about flow.accuracy; measured "
    )
    plain = silent.to_json()
    assert (plain["lower"], plain["upper"]) == (None, None)


def test_a_limit_is_specified_or_not() -> None:
    with pytest.raises(ConfigurationError, match="a limit needs a bound"):
        replace(FIVE_PERCENT, lower=None, upper=None)
    with pytest.raises(ConfigurationError, match="both a bound and"):
        replace(FIVE_PERCENT, unspecified=("flow.accuracy",))


def test_the_guard_band_follows_the_degrees_of_freedom() -> None:
    # u = 1 %: the band is 1.96 % with infinite degrees of freedom, 4.30 % with two.
    value, u = percent(2.0), percent(1.0)
    known = Measurement(value, u, math.inf, (), "balance", 0, 1)
    poor = Measurement(value, u, 2.0, (), "balance", 0, 1)
    assert FIVE_PERCENT.judge(known).verdict is Verdict.PASS
    judgement = FIVE_PERCENT.judge(poor)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.k == pytest.approx(4.303, abs=5e-4)
    assert judgement.expanded_u is not None
    assert magnitude(judgement.expanded_u, "percent") == pytest.approx(4.303, abs=5e-4)


def test_no_degree_of_freedom_is_no_evidence() -> None:
    single = Measurement(percent(0.0), percent(0.1), 0.5, (), "balance", 0, 1)
    assert FIVE_PERCENT.judge(single).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("value", [-4.9, 0.0, 4.9, 9.0, 10.9])
def test_an_empty_acceptance_zone_never_passes(value: float) -> None:
    judgement = FIVE_PERCENT.judge(measured(value, 6.0))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "no value at all could pass" in judgement.statement


def test_an_empty_acceptance_zone_still_fails_what_is_far_outside() -> None:
    assert FIVE_PERCENT.judge(measured(11.1, 6.0)).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("value", "u"),
    [
        (math.nan, 1.0),
        (math.inf, 1.0),
        (-math.inf, 1.0),
        (0.0, math.nan),
        (0.0, math.inf),
        (100.0, math.inf),
        (math.nan, math.nan),
    ],
)
@pytest.mark.parametrize("bounds", [(-5.0, 5.0), (None, 5.0), (-5.0, None)])
def test_what_is_not_finite_is_inconclusive(
    value: float, u: float, bounds: tuple[float | None, float | None]
) -> None:
    judgement = limit(*bounds).judge(measured(value, u))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.zone is Zone.UNUSABLE
    json.dumps(judgement.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (58.0, Verdict.PASS),
        (-1e6, Verdict.PASS),
        (59.5, Verdict.INCONCLUSIVE),
        (60.5, Verdict.INCONCLUSIVE),
        (61.5, Verdict.FAIL),
    ],
)
def test_one_sided_limits(value: float, verdict: Verdict) -> None:
    assert limit(None, 60.0).judge(measured(value, 1.0)).verdict is verdict
    assert limit(-60.0, None).judge(measured(-value, 1.0)).verdict is verdict


def test_units_are_converted_before_judging() -> None:
    at_most = Limit(
        "ALM-1",
        None,
        ureg.Quantity(2.0, "min"),
        GUARD_BAND_U,
        "s",
        "profile",
    )
    judgement = at_most.judge(measured(0.025, 0.001, "h"))
    assert judgement.verdict is Verdict.PASS
    assert judgement.margin is not None
    assert str(judgement.margin.units) == "second"
    assert magnitude(judgement.margin, "s") == pytest.approx(30.0)
    assert judgement.statement.startswith(
        "90 s ± 3.6 s (k = 1.96) against at most 120 s"
    )


def test_another_dimension_and_bare_numbers_are_refused() -> None:
    with pytest.raises(UnitError):
        FIVE_PERCENT.judge(measured(0.0, 1.0, "mL"))
    with pytest.raises(TypeError, match="without its uncertainty"):
        FIVE_PERCENT.judge(0.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Limit(
            "R",
            0.0,  # type: ignore[arg-type]
            None,
            GUARD_BAND_U,
            "percent",
            "profile",
        )
    with pytest.raises(UnitError):
        Limit("R", percent(0.0), None, GUARD_BAND_U, "mL", "profile")


def test_a_limit_in_degrees_celsius_is_refused() -> None:
    # U of 0.2 K converts to -272.95 °C, a guard band that would pass anything.
    upper = ureg.Quantity(310.0, "K")
    with pytest.raises(UnitError, match="kelvin"):
        Limit("R", None, upper, GUARD_BAND_U, "degC", "profile")


@pytest.mark.parametrize(
    ("lower", "upper"),
    [(None, None), (5.0, -5.0), (math.nan, 5.0), (None, math.inf), (-math.inf, 5.0)],
)
def test_impossible_limits_are_refused(
    lower: float | None, upper: float | None
) -> None:
    with pytest.raises(ConfigurationError, match="DEL-1"):
        limit(lower, upper)


def test_limits_describe_themselves() -> None:
    assert limit(-5, 5).describe() == "-5 % to 5 %"
    assert limit(None, 5).describe() == "at most 5 %"
    assert limit(-5, None).describe() == "at least -5 %"
    assert limit(None, 5).to_json() == {
        "requirement": "DEL-1",
        "lower": None,
        "upper": 5.0,
        "unit": "percent",
        "rule": "guard band w = U (95 %), non-binary",
        "source": "profile",
    }


def test_a_judgement_as_json() -> None:
    plain = FIVE_PERCENT.judge(measured(6.0, 2.0)).to_json()
    assert json.loads(json.dumps(plain)) == {
        "requirement": "DEL-1",
        "verdict": "INCONCLUSIVE",
        "statement": "6 % ± 2 % (k = 1.96) against -5 % to 5 %: outside, but by no more"
        " than U. Not proven either way: measure longer or with a smaller U, and judge"
        " again.",
        "zone": "conditional fail",
        "margin": -1.0,
        "expanded_u": pytest.approx(2.0),
        "k": pytest.approx(K95),
        # Phi(-K95 / 2): the limit is half of U inside the value.
        "p_c": pytest.approx(0.1635474, abs=1e-6),
        "unit": "percent",
    }


def test_facts() -> None:
    refused = judge_fact("PRG-3", True, "rate 24.1 mL/day refused")
    assert refused == Judgement("PRG-3", Verdict.PASS, "rate 24.1 mL/day refused")
    assert judge_fact("PRG-3", False, "accepted").verdict is Verdict.FAIL
    assert judge_fact("PRG-3", None, "no answer").verdict is Verdict.INCONCLUSIVE
    assert refused.to_json()["unit"] == ""


@pytest.mark.parametrize("holds", [1, 0, "no", "", [], percent(1.0)])
def test_a_fact_is_never_guessed_from_truthiness(holds: object) -> None:
    with pytest.raises(TypeError, match="PRG-3"):
        judge_fact("PRG-3", holds, "")  # type: ignore[arg-type]


def test_the_scales_are_ordered_from_best_to_worst() -> None:
    verdicts = [Verdict.NOT_RUN, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]
    states = [
        RunState.COMPLETE,
        RunState.ABORTED,
        RunState.BENCH_FAULT,
        RunState.TOOL_ERROR,
    ]
    assert all(a < b for a, b in pairwise(verdicts))
    assert all(a < b for a, b in pairwise(states))


def test_the_worst_child_wins() -> None:
    assert worst([]) is Verdict.NOT_RUN
    assert worst([Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE]) is Verdict.FAIL
    assert worst([Verdict.PASS, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE


@given(finite, spreads, finite, finite)
def test_mirror_symmetry(value: float, u: float, a: float, b: float) -> None:
    lower, upper = min(a, b), max(a, b)
    here = limit(lower, upper).judge(measured(value, u))
    mirrored = limit(-upper, -lower).judge(measured(-value, u))
    assert (here.verdict, here.zone) == (mirrored.verdict, mirrored.zone)
    assert here.margin == mirrored.margin


@given(finite, finite, spreads)
def test_moving_outward_never_improves(a: float, b: float, u: float) -> None:
    nearer, further = sorted((a, b), key=abs)
    inner = FIVE_PERCENT.judge(measured(nearer, u)).verdict
    outer = FIVE_PERCENT.judge(measured(further, u)).verdict
    assert outer >= inner


@given(finite, spreads, spreads)
def test_more_uncertainty_never_decides(value: float, a: float, b: float) -> None:
    small, large = sorted((a, b))
    before = FIVE_PERCENT.judge(measured(value, small)).verdict
    after = FIVE_PERCENT.judge(measured(value, large)).verdict
    assert after in (before, Verdict.INCONCLUSIVE)


@given(finite, st.floats(1e-3, 50.0), finite, finite)
def test_pass_and_fail_are_proven_by_the_whole_interval(
    value: float, u: float, a: float, b: float
) -> None:
    lower, upper = min(a, b), max(a, b)
    ends = value - u, value + u
    assume(all(abs(end - bound) > 1e-9 for end in ends for bound in (lower, upper)))
    verdict = limit(lower, upper).judge(measured(value, u)).verdict
    wholly_inside = lower < ends[0] and ends[1] < upper
    wholly_outside = ends[1] < lower or ends[0] > upper
    assert (verdict is Verdict.PASS) == wholly_inside
    assert (verdict is Verdict.FAIL) == wholly_outside
