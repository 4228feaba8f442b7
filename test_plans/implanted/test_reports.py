"""Whether the pump's status reports are live, and say what the balance sees."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from fixtures.procedures.flow_by_weight import is_flowing
from fixtures.procedures.reported import Watched, agree, in_words
from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.errors import StaleReport
from harness.execution.case import Case
from harness.readings import PumpReading
from harness.roles import FlowClamp, InfusionPump, Magnet, Refillable
from harness.units import TIME, Quantity
from test_plans.implanted import programmes, pump_clock

_UPTIME_WRAPS_MS = 1 << 32
_NS_PER_MS = 1_000_000
# Uptime is read when the report is made, bench time when it has arrived.
_LATENESS_MS = 1_000
_LEAST_SHARE, _LARGEST_SHARE = 0.9, 1.1
# How much longer than by the programme a reservoir may last.
_LASTS = 1.3


class Watcher:
    """Watches pump and balance while a case does one thing after the other."""

    def __init__(
        self,
        bench: Bench,
        pump: InfusionPump,
        weighing: WeighingStation,
        every: Quantity,
    ) -> None:
        self._bench = bench
        self._pump = pump
        self._weighing = weighing
        self._every = every
        self.seen: list[Watched] = []

    def watch(self, doing: str, duration: Quantity) -> Watched:
        """Let ``duration`` pass, and keep what was reported and weighed."""
        start_ns = self._bench.now_ns()
        with (
            self._weighing.watching(self._every) as weights,
            self._bench.sampling(self._pump.read_status, self._every) as telemetry,
        ):
            self._bench.run_for(duration)
        watched = Watched(
            doing,
            start_ns,
            self._bench.now_ns(),
            tuple(telemetry.readings),
            tuple(weights.readings),
        )
        self.seen.append(watched)
        return watched


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s")
def test_live_reports(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    refillable: Refillable,
    weighing: WeighingStation,
) -> None:
    """Ask a delivering pump again and again; uptime, counter and clock must go on."""
    watcher = Watcher(bench, pump, weighing, case.numbers["poll"])

    weighing.open_line()
    try:
        pump.start_continuous(case.numbers["rate"])
        began = pump_clock.read(bench, refillable, case.profile)
        watcher.watch("delivering", case.numbers["duration"])
        ended = pump_clock.read(bench, refillable, case.profile)
    except StaleReport as stale_report:
        case.judge_fact("ITB-STA-002", False, str(stale_report))
        case.judge_fact("ITB-CLK-001", None, str(stale_report))
        pump.stop()
        return
    pump.stop()
    case.judge(case.limit("ITB-CLK-001"), pump_clock.rate(began, ended))
    _judge_live(case, watcher.seen)


@pytest.mark.procedure(
    days="schedule", rate="mL/day", volume="mL", length="s", period="s", duration="s",
    poll="s",
)  # fmt: skip
def test_live_in_programmes(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Likewise in each kind of programme, all of them at one flow."""
    watcher = Watcher(bench, pump, weighing, case.numbers["poll"])

    weighing.open_line()
    try:
        for name, start in programmes.starts(
            case, pump, case.numbers["length"]
        ).items():
            start()
            watcher.watch(name, case.numbers["duration"])
            pump.stop()
    except StaleReport as stale_report:
        case.judge_fact("ITB-STA-002", False, str(stale_report))
        pump.stop()
        return
    _judge_live(case, watcher.seen)


def _judge_live(case: Case, seen: Sequence[Watched]) -> None:
    """Judge every stretch, in which the pump delivered at the case's rate."""
    stale = sum(stale_reports(each.reports) for each in seen)
    flowed = [_flowed(each, case.numbers["rate"]) for each in seen]
    standing = [_standing(each.reports) for each in seen]
    # The counter of a pump that gives nothing may stand; its uptime may not.
    stands = any(came and count for came, count in zip(flowed, standing, strict=True))
    words = "; ".join(
        f"{each.doing}: {len(each.reports)} reports, counter not gone on: {count}, by"
        f" weight it {'delivered' if came else 'did not deliver'}"
        for each, came, count in zip(seen, flowed, standing, strict=True)
    )
    case.judge_fact(
        "ITB-STA-002",
        False if stale or stands else (True if all(flowed) else None),
        f"uptime not gone on: {stale}; {words}",
    )


def _flowed(seen: Watched, rate: Quantity) -> bool:
    return is_flowing(seen.weights, seen.start_ns, seen.end_ns, rate)


def _standing(reports: Sequence[PumpReading]) -> int:
    """Count the reports whose counter has not gone on."""
    return sum(
        later.delivered_nl <= earlier.delivered_nl
        for earlier, later in pairwise(reports)
    )


def stale_reports(reports: Sequence[PumpReading]) -> int:
    """Count the reports whose uptime has not gone on with the bench's time."""
    stale = 0
    for earlier, later in pairwise(reports):
        elapsed_ms = (later.t_ns - earlier.t_ns) / _NS_PER_MS
        counted_ms = (later.told_uptime_ms - earlier.told_uptime_ms) % _UPTIME_WRAPS_MS
        least_ms = _LEAST_SHARE * elapsed_ms - _LATENESS_MS
        most_ms = _LARGEST_SHARE * elapsed_ms + _LATENESS_MS
        stale += not (counted_ms > 0 and least_ms <= counted_ms <= most_ms)
    return stale


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s")
def test_state_by_weight(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Stop, run, stop and run the pump; hold each reported state against the weight."""
    duration = case.numbers["duration"]
    watcher = Watcher(bench, pump, weighing, case.numbers["poll"])

    weighing.open_line()
    for doing in ("stopped", "stopped again"):
        watcher.watch(doing, duration)
        pump.start_continuous(case.numbers["rate"])
        watcher.watch("running", duration)
        pump.stop()

    _judge_states(case, watcher.seen)


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s")
def test_state_while_held(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    magnet: Magnet,
    weighing: WeighingStation,
) -> None:
    """Hold a running rotor; once its deadline has passed the pump must say so."""
    duration = case.numbers["duration"]
    watcher = Watcher(bench, pump, weighing, case.numbers["poll"])

    weighing.open_line()
    pump.start_continuous(case.numbers["rate"])
    watcher.watch("running", duration)
    magnet.set_present(True)
    bench.run_for(case.profile.quantity("alarm.motor_stall.deadline", TIME))
    watcher.watch("held", duration)
    magnet.set_present(False)
    bench.run_for(case.profile.quantity("alarm.motor_stall.recovery", TIME))
    watcher.watch("free again", duration)
    pump.stop()

    _judge_states(case, watcher.seen)


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s")
def test_state_when_dry(
    case: Case, bench: Bench, pump: InfusionPump, weighing: WeighingStation
) -> None:
    """Run a reservoir dry; once its alarm is due the pump must not say it delivers."""
    rate, duration = case.numbers["rate"], case.numbers["duration"]
    watcher = Watcher(bench, pump, weighing, case.numbers["poll"])

    weighing.open_line()
    pump.start_continuous(rate)
    watcher.watch("running", duration)
    bench.run_for(_LASTS * case.start["reservoir"] / rate)
    bench.run_for(case.profile.quantity("alarm.empty_reservoir.deadline", TIME))
    watcher.watch("dry", duration)
    pump.stop()

    _judge_states(case, watcher.seen)


@pytest.mark.procedure(rate="mL/day", duration="s", poll="s")
def test_state_when_occluded(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    clamp: FlowClamp,
    weighing: WeighingStation,
) -> None:
    """Close the line; once its alarm is due the pump must not say it delivers."""
    duration = case.numbers["duration"]
    watcher = Watcher(bench, pump, weighing, case.numbers["poll"])

    weighing.open_line()
    pump.start_continuous(case.numbers["rate"])
    watcher.watch("running", duration)
    clamp.set_closed(True)
    bench.run_for(case.profile.quantity("alarm.occlusion.deadline", TIME))
    watcher.watch("occluded", duration)
    pump.stop()

    _judge_states(case, watcher.seen)


def _judge_states(case: Case, seen: Sequence[Watched]) -> None:
    """Judge every stretch."""
    rate = case.numbers["rate"]
    words = "; ".join(in_words(each, rate) for each in seen)
    case.judge_fact("ITB-STA-001", agree(seen, rate), words)
