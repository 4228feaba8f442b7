"""What holds for all alarms: they last while their cause does, and come again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from fixtures.weighing import WeighingStation
from harness.bench import Bench
from harness.execution.case import Case
from harness.measurement import error_percent
from harness.roles import AlarmLog, FlowClamp, InfusionPump, Magnet
from test_plans.implanted import alarm_families, steps
from test_plans.implanted.alarm_channels import AlarmChannels
from test_plans.implanted.alarm_families import Family
from test_plans.implanted.alarm_moments import Moment

_LASTS, _AGAIN, _RESTARTS = "ITB-ALM-002", "ITB-ALM-003", "ITB-ALM-004"


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
        with self.channels.watching(numbers["poll"]):
            begun = steps.timed(self.bench, lambda: provoke(True))
            if not self.channels.wait_for(family, Moment(*begun)):
                self._give_up(f"{family.name} was never raised")
                return
            self._judge_lasting(family)
            self.alarm_log.acknowledge_alarms()
            self.pump.stop()
            again = steps.timed(
                self.bench, lambda: self.pump.start_continuous(numbers["rate"])
            )
            self._judge_again(family, Moment(*again))
        provoke(False)
        self._judge_restart()

    def _give_up(self, why: str) -> None:
        for requirement in (_LASTS, _AGAIN, _RESTARTS):
            self.case.judge_fact(requirement, None, why)

    def _judge_lasting(self, family: Family) -> None:
        """Judge that the flag stays while its cause lasts, whoever clears it."""
        lasting = self.case.numbers["lasting"]
        told = len(self.channels.events())
        with self.channels.watching(self.case.numbers["poll"]) as status:
            self.bench.run_for(lasting)
        kept = all(family.alarm in reading.alarms for reading in status.readings)
        cleared = [e.cleared for e in self.channels.events()[told:]]
        kept = kept and not any(family.alarm in alarms for alarms in cleared)
        self.alarm_log.clear_alarms()
        stays = family.alarm in self.alarm_log.read_alarms().active
        said = (
            f"in {lasting:~P}, {family.name} was shown by"
            f" {'all' if kept else 'not all'} of {len(status.readings)} reports, and"
            f" {'stayed' if stays else 'went'} when it was cleared, its cause present"
        )
        self.case.judge_fact(_LASTS, kept and stays, said)

    def _judge_again(self, family: Family, again: Moment) -> None:
        """Judge that a new start into the same cause alarms again."""
        self.channels.wait_for(family, again)
        told = any(
            family.alarm in event.raised and event.t_ns >= again.earliest_ns
            for event in self.channels.events()
        )
        heard = len(self.channels.heard(family, again.earliest_ns))
        said = (
            f"after a new start, {family.name} was {'raised' if told else 'not raised'}"
            f" again and sounded {heard} times"
        )
        self.case.judge_fact(_AGAIN, told and heard > 0, said)

    def _judge_restart(self) -> None:
        """Judge the flow after the cause has gone and the alarm was cleared."""
        self.pump.stop()
        self.weighing.open_line()
        self.weighing.relax()
        self.alarm_log.clear_alarms()
        delivery = steps.deliver(
            self.case,
            self.bench,
            self.pump,
            self.weighing,
            self.case.numbers["rate"],
        )
        error = error_percent(delivery.weighed, delivery.programmed)
        self.case.judge(self.case.limit(_RESTARTS), error)
