"""Start-up and trumpet curves of a plan's case, from weights reckoned by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.clock import NS_PER_S
from harness.execution.case import Case
from harness.flow.noise import Floor
from harness.flow.trumpet import Window
from harness.judging import Verdict
from harness.metrology.ambient import Ambient
from harness.metrology.gravimetry import Blank, Weighing
from harness.metrology.measurement import Measurement
from harness.metrology.plateau import Plateau
from harness.plans import loading
from harness.units import FLOW, VOLUME, Quantity, magnitude, ureg
from test_plans.implanted import flow_windows
from test_plans.implanted import test_flow_windows as procedure
from test_plans.implanted.flow_windows import Course, Seen
from tests.fixtures.on_bench import SHIPPED, OnBench, opened

H = 3600 * NS_PER_S
S_NS = 900 * NS_PER_S
RATE = ureg.Quantity(1.0, FLOW)
HALF_HOURS_3 = 150 * 60.0
PLAN = Path(__file__).parents[2] / "test_plans" / "implanted" / "plan.toml"


@pytest.fixture(scope="module")
def on() -> Iterator[OnBench]:
    with opened() as bench:
        yield bench


def ambient() -> Ambient:
    assert SHIPPED.conditions is not None
    return SHIPPED.conditions.ambient


def weighing(t_ns: int, mass_ng: float) -> Weighing:
    return Weighing(Plateau(mass_ng=mass_ng, t_ns=t_ns, s_ng=0.0, n=10), ambient())


def course(on: OnBench, ml: Callable[[float], float], hours: int = 49) -> Course:
    """A delivery that had brought so many millilitres after so many hours."""
    station, start = on.weighing(), on.bench.now_ns()
    still = Blank(weighing(start - 2 * H, 0.0), weighing(start - H, 0.0))
    (ml_per_mg,) = station.volumes_ml(
        [flow_windows._reading(weighing(start, 1e6))], still, still
    )

    def mark(t_ns: int) -> Weighing:
        return weighing(t_ns, ml((t_ns - start) / H) / ml_per_mg * 1e6)

    marks = [mark(start + k * S_NS) for k in range(4 * hours + 1)]
    end, full_ng = start + hours * H, marks[-1].plateau.mass_ng
    after = Blank(weighing(end + H, full_ng), weighing(end + 2 * H, full_ng))
    accuracy, container = ureg.Quantity(0.12, ""), ureg.Quantity(40.0, VOLUME)
    return Course(station, RATE, container, accuracy, marks, still, after)


def by_sixes(hours: float) -> float:
    """A quarter too fast for six hours, and too slow for the next six; 1 mL/day."""
    whole, into = divmod(hours, 12.0)
    wave = min(into, 12.0 - into)
    return (12.0 * whole + into + 0.25 * wave) / 24.0


def test_a_slow_wave_shows_in_the_windows_and_not_in_the_mean(on: OnBench) -> None:
    delivered = course(on, by_sixes)
    analysis = delivered.analysis(HALF_HOURS_3)

    extremes = {
        round(each.window_s / 60): (each.ep_max_percent, each.ep_min_percent)
        for each in analysis.trumpet.windows
    }
    assert list(extremes) == [15, 60, 150, 330, 570, 930]
    for minutes in (15, 60, 150, 330):
        assert extremes[minutes] == pytest.approx((25.0, -25.0), abs=1e-3)
    # The best 570 min hold 360 fast and 210 slow ones; 930 min are 720 and 210 more.
    assert extremes[570] == pytest.approx((25 * 15 / 57, -25 * 15 / 57), abs=1e-3)
    assert extremes[930] == pytest.approx((25 * 21 / 93, -25 * 21 / 93), abs=1e-3)
    # 25 h after 24 h: two whole waves and one hour of a fast half.
    assert analysis.trumpet.mean_error_percent == pytest.approx(1.0, abs=1e-3)
    assert "IEC 60601-2-24:1998, clause 50.104" in analysis.text


def test_the_start_up_curve_has_a_point_each_half_hour(on: OnBench) -> None:
    start = course(on, lambda h: max(0.0, h - 1.0) / 24.0).analysis(9000.0).start_up
    assert start is not None
    assert start.t_s.tolist()[:2] == [1800.0, 3600.0]
    assert len(start.t_s) == 48
    flows = (24.0 * start.rate_ml_per_h).tolist()
    assert flows[:3] == pytest.approx([0.0, 0.0, 1.0], abs=1e-4)


def test_what_is_judged_is_the_extreme_with_the_budget_of_the_bench(
    on: OnBench,
) -> None:
    delivered = course(on, by_sixes)
    seen = delivered.seen(delivered.analysis(HALF_HOURS_3), HALF_HOURS_3)

    assert [each.window.window_s / 60 for each in seen] == [150, 330, 570, 930]
    high, low = seen[0].errors
    assert magnitude(high.value, "percent") == pytest.approx(25.0, abs=0.01)
    assert magnitude(low.value, "percent") == pytest.approx(-25.0, abs=0.01)
    names = {entry.source.name for entry in high.budget}
    assert any("contact line" in name for name in names)
    assert (high.t_end_ns - high.t_start_ns) == 150 * 60 * NS_PER_S
    # 104 mg in 150 min, of which the pull on the needle alone is 0.035 mg.
    assert 0.03 < magnitude(high.u, "percent") < 0.1


def test_the_noise_floor_falls_with_the_window(on: OnBench) -> None:
    floor = course(on, by_sixes).analysis(HALF_HOURS_3).floor
    tops = [each.ep_max_percent for each in floor]
    assert tops == sorted(tops, reverse=True)
    # √2 s is the U of a window: 0.04 mg and more of the 10.4 mg in 15 min.
    assert 0.3 < floor[0].u_percent < 0.8


# --- verdicts ----------------------------------------------------------------------


def seen(error: float, u: float, floor: float, window_s: float = 9000.0) -> Seen:
    measured = Measurement(
        ureg.Quantity(error, "percent"),
        ureg.Quantity(u, "percent"),
        math.inf,
        (),
        "balance",
        0,
        1,
    )
    window = Window(window_s, 98, error, 0.0, error, 0.0)
    return Seen(window, Floor(window_s, floor, floor, -floor), (measured,))


@pytest.mark.parametrize(
    ("u", "floor", "sharp"), [(1.0, 2.03, True), (1.0, 2.05, False)]
)
def test_noise_floor_and_u_may_take_a_third_of_the_limit(
    u: float, floor: float, sharp: bool
) -> None:
    # A third of 12 % is 4 %, of which U is 1.96 %.
    assert seen(0.0, u, floor).is_sharp(12.0) is sharp


@pytest.mark.parametrize(
    ("windows", "verdict"),
    [
        ([seen(5.0, 0.5, 0.5), seen(6.0, 0.5, 0.5)], Verdict.PASS),
        ([seen(5.0, 0.5, 0.5), seen(-14.0, 0.5, 0.5)], Verdict.FAIL),
        ([seen(5.0, 0.5, 0.5), seen(5.0, 2.0, 3.0)], Verdict.INCONCLUSIVE),
        ([seen(14.0, 0.5, 0.5), seen(5.0, 2.0, 3.0)], Verdict.FAIL),
        # U is 1.57 %, so 13.6 % is outside by more; of so many windows noise makes one.
        ([seen(13.6, 0.8, 2.0)], Verdict.INCONCLUSIVE),
        ([seen(-13.6, 0.8, 2.0)], Verdict.INCONCLUSIVE),
        ([seen(-15.5, 0.8, 2.0)], Verdict.INCONCLUSIVE),
        ([seen(-15.6, 0.8, 2.0)], Verdict.FAIL),
        ([seen(13.6, 0.8, 2.0), seen(-15.6, 0.8, 2.0)], Verdict.FAIL),
        ([seen(5.0, 2.0, 3.0)], Verdict.INCONCLUSIVE),
        ([seen(40.0, 2.0, 3.0)], Verdict.INCONCLUSIVE),
        ([], Verdict.INCONCLUSIVE),
    ],
)
def test_no_window_passes_that_is_lost_in_the_noise(
    on: OnBench, windows: list[Seen], verdict: Verdict
) -> None:
    plan = loading.load(PLAN)
    planned = next(each for each in plan.cases if each.id == "ITB-FLOW-015/middle")
    case = Case(planned, plan, on.bench.recorder, on.bench.clock)
    case.declare_limits()
    procedure._judge(case, case.limit("ITB-FLOW-015"), windows)
    assert case.result("").verdict is verdict


def test_the_note_says_which_windows_are_only_drawn(on: OnBench) -> None:
    said = procedure.said_of(course(on, by_sixes).analysis(19_800.0), 19_800.0)
    assert "150 min +25.00 % and -25.00 % (not judged); 330 min +25.00 %" in said
    assert said.count("(not judged)") == 3


def rate(ml_per_day: float) -> Quantity:
    return ureg.Quantity(ml_per_day, FLOW)


@pytest.mark.parametrize(("ml_per_day", "settled_h"), [(1.0, 24), (24.0, 20)])
def test_a_pump_settles_for_a_day_or_half_its_content(
    ml_per_day: float, settled_h: int
) -> None:
    found = flow_windows.scheme(rate(ml_per_day), ureg.Quantity(40.0, VOLUME))
    assert found.start_s == settled_h * 3600.0
    assert found.end_s - found.start_s == 25 * 3600.0
