"""How steady a constant rate is: the mean flow over windows of growing length."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fixtures.procedures.extremes import worst
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.flow.analysis import FlowAnalysis
from harness.flow.methods import Scheme
from harness.flow.series import span
from harness.judging import Limit, Verdict
from harness.metrology.gravimetry import Weighing
from harness.roles import InfusionPump
from harness.units import FLOW, FRACTION, NS_PER_S, magnitude, show
from test_plans.implanted import flow_windows
from test_plans.implanted.flow_changes import wait_until
from test_plans.implanted.flow_windows import Course, Seen

_CLAIM = "ITB-FLOW-015"
_PERCENT = "percent"
_HOURS_PER_DAY = 24.0


@pytest.mark.procedure(rate="mL/day", judged_from="s", blank="s")
def test_flow_windows(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Let a rate settle, weigh it every 15 min for 25 h, and judge its worst window.

    Windows shorter than ``judged_from`` are drawn only: there the balance, or a single
    turn of the pump, would be judged.
    """
    limit = case.limit(_CLAIM)
    rate, container = case.numbers["rate"], case.start["reservoir"]
    accuracy = case.profile.quantity("flow.window_accuracy", FRACTION)
    scheme = flow_windows.scheme(rate, container)

    before = weighing.blank(case.numbers["blank"])
    weighing.open_line()
    pump.start_continuous(rate)
    marks = _marks(bench, weighing, scheme)
    pump.stop()
    weighing.relax()
    after = weighing.blank(case.numbers["blank"])

    course = Course(weighing, rate, container, accuracy, marks, before, after)
    judged_from_s = magnitude(case.numbers["judged_from"], "s")
    analysis = course.analysis(judged_from_s)
    _draw(case, analysis, limit, judged_from_s)
    _judge(case, limit, course.seen(analysis, judged_from_s))
    case.note(said_of(analysis, judged_from_s))


def _marks(
    bench: Bench, weighing: WeighingStation, scheme: Scheme
) -> Sequence[Weighing]:
    """Weigh at every place of the grid, the first time at once."""
    start_ns = bench.now_ns()
    marks = []
    for k in range(round(scheme.end_s / scheme.interval_s) + 1):
        wait_until(bench, start_ns + round(k * scheme.interval_s * NS_PER_S))
        marks.append(weighing.weigh())
    return marks


def _judge(case: Case, limit: Limit, seen: Sequence[Seen]) -> None:
    """Judge the worst window; noise neither passes one nor fails one."""
    allowed = limit.bounds()[1]
    sharp = [each for each in seen if each.is_sharp(allowed)]
    lost = [span(each.window.window_s) for each in seen if each not in sharp]
    errors = [error for each in sharp for error in each.errors]
    proven = [error for each in sharp for error in each.proven(limit)]
    if not seen:
        none = "no window of the method is as long as judged_from; shorten that"
        case.judge_fact(limit.requirement, None, none)
    elif proven:
        case.judge(limit, worst(limit, proven))
    elif lost:
        case.judge_fact(
            limit.requirement,
            None,
            f"in windows of {', '.join(lost)} noise floor and U take more than a third"
            " of the limit; use a finer balance, or judge longer windows",
        )
    elif limit.judge(worst(limit, errors)).verdict is Verdict.FAIL:
        case.judge_fact(
            limit.requirement,
            None,
            f"the worst window is {show(worst(limit, errors).value, _PERCENT)} off, too"
            " little beyond the limit for the worst of so many, of which the noise"
            " alone makes one; use a finer balance, or judge longer windows",
        )
    else:
        case.judge(limit, worst(limit, errors))


def said_of(analysis: FlowAnalysis, judged_from_s: float) -> str:
    """The trumpet in words: method, mean error, and each window's extremes."""
    curve = analysis.trumpet
    windows = "; ".join(
        f"{span(each.window_s)} {each.ep_max_percent:+.2f} % and"
        f" {each.ep_min_percent:+.2f} %{_aside(each.window_s, judged_from_s)}"
        for each in curve.windows
    )
    return (
        f"{analysis.text}: mean error A {curve.mean_error_percent:+.2f} %; Ep max and"
        f" min in windows of {windows}"
    )


def _aside(window_s: float, judged_from_s: float) -> str:
    return "" if window_s >= judged_from_s else " (not judged)"


def _draw(
    case: Case, analysis: FlowAnalysis, limit: Limit, judged_from_s: float
) -> None:
    """Keep both curves for the report; a trumpet's points lie over window lengths."""
    curve, text = analysis.trumpet, analysis.text
    first, last = curve.windows[0].window_s, curve.windows[-1].window_s
    set_rate = analysis.rate_ml_per_h * _HOURS_PER_DAY
    if analysis.start_up is not None:
        start = analysis.start_up
        rates = (start.rate_ml_per_h * _HOURS_PER_DAY).tolist()
        flow = list(zip(start.t_s.tolist(), rates, strict=True))
        case.series("start-up flow", FLOW, flow, text)
        ends = (0.0, float(start.t_s[-1]))
        case.series("set rate at start-up", FLOW, [(t, set_rate) for t in ends], text)
    for name, points in (
        ("Ep max", [(each.window_s, each.ep_max_percent) for each in curve.windows]),
        ("Ep min", [(each.window_s, each.ep_min_percent) for each in curve.windows]),
        ("mean error A", [(x, curve.mean_error_percent) for x in (first, last)]),
        ("noise floor, top", [(e.window_s, e.ep_max_percent) for e in analysis.floor]),
        ("noise floor, end", [(e.window_s, e.ep_min_percent) for e in analysis.floor]),
        ("limit, top", [(x, limit.bounds()[1]) for x in (judged_from_s, last)]),
        ("limit, end", [(x, limit.bounds()[0]) for x in (judged_from_s, last)]),
    ):
        case.series(name, _PERCENT, points, text)
