"""What holds for all alarms: they last while their cause does, and come again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from fixtures.procedures import flow_by_weight, spans
from fixtures.procedures.alarm_moments import Cause, Moment
from fixtures.weighing import WeighingStation
from harness.bench import Bench, Sampler
from harness.execution.case import Case
from harness.metrology.measurement import error_percent
from harness.readings import Alarm, WeightReading
from harness.roles import AlarmLog, FlowClamp, InfusionPump, Magnet
from harness.units import ureg
from test_plans.implanted import alarm_families, steps
from test_plans.implanted.alarm_answers import Answers
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.alarm_families import Family

_LASTS, _RESTARTS, _QUIET = "ITB-ALM-002", "ITB-ALM-004", "ITB-ALM-008"
_NOT_HELD = "by weight the flow did not stand still, so the cause did not last"
# One recurrence is not enough: a pump may take the second start for an answer.
_STARTS = 2
# Long enough after a new start to see by weight that nothing comes.
_STILL = ureg.Quantity(10.0, "minute")


@pytest.mark.procedure(
    rate="mL/day", running="s", lasting="s", duration="s", blank="s", poll="s"
)
def test_stall_unresolved(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    magnet: Magnet,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Hold the rotor, try to clear, start again, free it, and weigh the flow."""
    trial = _Trial(case, bench, pump, alarm_log, weighing, channels)
    trial.run(alarm_families.STALL, magnet.set_present)


@pytest.mark.procedure(
    rate="mL/day", running="s", lasting="s", duration="s", blank="s", poll="s"
)
def test_occlusion_unresolved(
    case: Case,
    bench: Bench,
    pump: InfusionPump,
    alarm_log: AlarmLog,
    clamp: FlowClamp,
    weighing: WeighingStation,
    channels: AlarmChannels,
) -> None:
    """Close the line, try to clear, start again, open it, and weigh the flow."""
    trial = _Trial(case, bench, pump, alarm_log, weighing, channels)
    trial.run(alarm_families.OCCLUSION, clamp.set_closed)


@dataclass(frozen=True, slots=True)
class _Trial:
    """An alarm whose cause lasts, whatever is done about the alarm."""

    case: Case
    bench: Bench
    pump: InfusionPump
    alarm_log: AlarmLog
    weighing: WeighingStation
    channels: AlarmChannels

    def run(self, family: Family, provoke: Callable[[bool], None]) -> None:
        """Provoke an alarm, try to be rid of it, and mend its cause at last."""
        numbers = self.case.numbers
        self.weighing.open_line()
        self.pump.start_continuous(numbers["rate"])
        self.bench.run_for(numbers["running"])
        with (
            self.weighing.watching(numbers["poll"]) as weights,
            self.channels.watching(numbers["poll"]),
        ):
            begun = Moment(*spans.timed(self.bench, lambda: provoke(True)))
            # What is not judged is not decided.
            if not self.channels.wait_for(family, begun):
                return
            doubt = self._judge_lasting(family, weights, begun)
            answers = Answers(
                self.case, self.bench, self.alarm_log, self.channels, family
            )
            answers.judge(Cause(begun, doubt))

            def doubt_since(again: Moment) -> str:
                self.bench.run_for(_STILL)
                return self._doubt(weights, again)

            for _ in range(_STARTS):
                answers.restart(self.pump, numbers["rate"], doubt_since)
        provoke(False)
        self._judge_restart()

    def _doubt(self, weights: Sampler[WeightReading], since: Moment) -> str:
        """Say that by weight the cause did not last until now; "" if it did."""
        rate, now_ns = self.case.numbers["rate"], self.bench.now_ns()
        held = flow_by_weight.is_held(weights.readings, since.latest_ns, now_ns, rate)
        return "" if held else _NOT_HELD

    def _judge_lasting(
        self, family: Family, weights: Sampler[WeightReading], begun: Moment
    ) -> str:
        """Judge that the flag stays while its cause lasts, which is proven by weight.

        Returns:
            Why the cause may not have lasted; "" if it has.
        """
        lasting = self.case.numbers["lasting"]
        told = len(self.channels.events())
        with self.channels.watching(self.case.numbers["poll"]) as status:
            self.bench.run_for(lasting)
        kept = all(family.alarm in reading.alarms for reading in status.readings)
        cleared = [e.cleared for e in self.channels.events()[told:]]
        kept = kept and not any(family.alarm in alarms for alarms in cleared)
        said = (
            f"in {lasting:~P}, {family.name} was shown by"
            f" {'all' if kept else 'not all'} of {len(status.readings)} reports"
        )
        doubt = self._doubt(weights, begun)
        self.case.judge_fact(_LASTS, None if doubt else kept, doubt or said)
        return doubt

    def _judge_restart(self) -> None:
        """Judge the flow after the cause has gone and the alarm was cleared."""
        self.pump.stop()
        self.weighing.open_line()
        self.weighing.relax()
        self.alarm_log.clear_alarms()
        alarms = self.alarm_log.read_alarms().active
        told, cleared_ns = len(self.channels.events()), self.bench.now_ns()
        delivery = steps.deliver(
            self.case,
            self.bench,
            self.pump,
            self.weighing,
            self.case.numbers["rate"],
        )
        error = error_percent(delivery.weighed, delivery.programmed)
        self.case.judge(self.case.limit(_RESTARTS), error)
        # A sound that had begun before the answer may end after it.
        heard = sum(
            self.channels.onset(sound).earliest_ns > cleared_ns
            for sound in self.channels.sounds()
        )
        raised = [event for event in self.channels.events()[told:] if event.raised]
        # What sounds while an alarm is active may be that alarm.
        is_clear = alarms | delivery.alarms is Alarm.NONE and not raised
        said = f"after every alarm was cleared, {heard} sounds were heard"
        self.case.judge_fact(_QUIET, not heard if is_clear else None, said)
