"""A flow analysis as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from harness.flow.series import span
from harness.flow.trumpet import Trumpet
from harness.recordings.analysis import Answer
from harness.recordings.bolus_analysis import BolusAnswer
from harness.recordings.limit import Standing
from harness.recordings.occlusion_analysis import OcclusionAnswer
from harness.recordings.recording import Recording
from harness.recordings.source import shown

_HASH_SHOWN: Final = 16
_MOST_PERCENT: Final = 1e6


def flow_table(answer: Answer) -> Iterator[str]:
    """Yield the lines of the table: method, periods, mean error and windows."""
    flow = answer.flow
    yield from file_lines(answer.recording)
    yield f"{flow.text}"
    yield (
        f"set rate {flow.rate_ml_per_h:g} mL/h, density {flow.density_g_per_ml:.6g}"
        f" g/mL, sample interval {span(flow.interval_s)}"
    )
    if flow.shot_cycle_s is not None:
        yield f"shot cycle {span(flow.shot_cycle_s)}"
    if flow.noise is None:
        yield "noise floor not known; --noise gives it"
    yield ""
    known = {each.window_s: each.ep_max_percent for each in flow.floor}
    yield from _curve("A", flow.trumpet, known, flow.mean_error_u_percent)
    if flow.last_hour is not None:
        yield ""
        yield from _curve("B", flow.last_hour, {}, None)
    yield from _limit(answer.standing)


def bolus_table(answer: BolusAnswer) -> Iterator[str]:
    """Yield the lines of the table: each bolus, then mean and extremes."""
    statistics, question = answer.statistics, answer.question
    yield from file_lines(answer.recording)
    yield answer.text
    yield (
        f"set volume {question.set_ml:g} mL, density {question.density_g_per_ml:.6g}"
        " g/mL"
    )
    yield ""
    known = answer.given[0].commanded_s is not None
    commanded = ["commanded"] if known else []
    rows = [["bolus", *commanded, "from", "volume", "u", "deviation"]]
    for number, each in enumerate(answer.given, start=1):
        moment = [] if each.commanded_s is None else [_at(each.commanded_s)]
        rows.append(
            [
                str(number),
                *moment,
                _at(each.bolus.start_s) if each.bolus.detected else "not seen",
                f"{each.volume_ml:.6g} mL",
                f"{each.u_ml:.2g} mL",
                percent(each.deviation_percent),
            ]
        )
    yield from table(rows)
    yield ""
    yield f"boluses            {statistics.count}"
    yield f"mean volume        {statistics.mean_ml:.6g} mL"
    yield f"mean deviation     {percent(statistics.mean_deviation_percent)}"
    yield f"largest deviation  {percent(statistics.largest_percent)}"
    yield f"smallest deviation {percent(statistics.smallest_percent)}"
    yield from _limit(answer.standing)


def occlusion_table(answer: OcclusionAnswer) -> Iterator[str]:
    """Yield the lines of the table: the events, time to alarm and bolus."""
    question, found = answer.question, answer.found
    events, u_ml = question.events, answer.expanded_u_ml
    yield from file_lines(answer.recording)
    yield answer.text
    yield (
        f"density {question.density_g_per_ml:.6g} g/mL, bolus complete within"
        f" {span(question.search.within_s)}"
    )
    yield ""
    yield (
        f"line closed {_at(events.closed_s)}, alarm {_at(events.alarm_s)}, line opened"
        f" {_at(events.released_s)}"
    )
    yield f"time to alarm         {_at(found.time_to_alarm_s)}"
    if answer.seen:
        yield f"bolus                 {found.bolus_ml:.6g} mL ± {u_ml:.2g} mL at 95 %"
    else:
        yield (
            f"no bolus seen above U = {u_ml:.2g} mL at 95 % (found"
            f" {found.bolus_ml:.2g} mL)"
        )
    if question.commanded_ml_per_h:
        yield f"commanded meanwhile   {found.commanded_ml:.6g} mL, taken off"
    if answer.side is not None and question.limit_s is not None:
        yield ""
        yield (
            f"limit {span(question.limit_s)} of the time to alarm:"
            f" {answer.side.upper()} (times as given, ±{span(question.timing_s)})"
        )


def file_lines(recording: Recording) -> Iterator[str]:
    """Yield what identifies a recording, and how it was understood."""
    yield (
        f"{shown(recording.path.name)}: {len(recording.t_s)} samples over"
        f" {span(float(recording.t_s[-1]))}, SHA-256 begins with"
        f" {recording.sha256[:_HASH_SHOWN]}"
    )
    yield ", ".join(f"{name} {value}" for name, value in recording.understood)


def percent(value: float) -> str:
    """An error with sign and three decimals; fewer where they would mean nothing."""
    if abs(value) >= _MOST_PERCENT:
        return f"{value:+.4g} %"
    # No minus before a zero.
    return f"{round(value, 3) + 0.0:+.3f} %"


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Align columns to the right."""
    widths = [
        max(len(cell) for cell in column) for column in zip_longest(*rows, fillvalue="")
    ]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=False))
        yield "  ".join(cells).rstrip()


def _limit(stands: Standing | None) -> Iterator[str]:
    if stands is not None:
        yield ""
        yield (
            f"limit ±{stands.limit_percent:g} % of the mean: {stands.side.upper()}"
            f" (readings ±{_expanded(stands.expanded_u_percent)};"
            " density, span and evaporation are not in it)"
        )


def _at(moment_s: float) -> str:
    return f"{round(moment_s / 60.0, 4):.10g} min"


def _expanded(u_percent: float) -> str:
    return f"{u_percent:.3g} % at 95 %"


def _curve(
    letter: str,
    curve: Trumpet,
    floor: dict[float, float],
    mean_u_percent: float | None,
) -> Iterator[str]:
    noise = ""
    if mean_u_percent is not None:
        noise = f", readings ±{_expanded(2.0 * mean_u_percent)}"
    yield (
        f"analysed {_at(curve.start_s)} to {_at(curve.end_s)}:"
        f" {curve.samples} weights, {curve.samples - 1} flows"
    )
    yield f"mean error {letter} {percent(curve.mean_error_percent)}{noise}"
    limited = curve.windows[0].inside_percent is not None
    heading = ["window", "count", "Ep max", "from", "Ep min", "from"]
    heading += ["inside limit"] if limited else []
    heading += ["noise floor"] if floor else []
    rows = [heading]
    for each in curve.windows:
        row = [
            span(each.window_s),
            str(each.count),
            percent(each.ep_max_percent),
            _at(each.ep_max_s),
            percent(each.ep_min_percent),
            _at(each.ep_min_s),
        ]
        if each.inside_percent is not None:
            row.append(f"{each.inside_percent:.1f} %")
        if floor:
            row.append(f"±{floor[each.window_s]:.3g} %")
        rows.append(row)
    yield from table(rows)
