"""A syringe pump for patients, as a Terumo TE tells of itself; only hands command it.

What it does at the end of the syringe is invented [I]: it alarms occlusion there too,
because the plunger meets the end of the barrel.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.sim.contracts import Device, HandledMechanism
from drivers.sim.parts import Parts
from drivers.sim.syringe_pump import SyringePumpParameters
from drivers.sim.syringe_twin import SyringeTwin
from protocols.terumo.frame import Direction, Envelope, FrameReader
from protocols.terumo.questions import tell_device_id, tell_status
from protocols.terumo.status import (
    OperatingStatus,
    State,
    TerumoAlarm,
    parse_question,
)

DEVICE_ID: Final = "000100700000001201000001"
"""Of a unit whose ``serial`` is not 24 hex digits; the makers' printed example."""
NEARLY_EMPTY_NL: Final = 1_000_000
"""Content of the syringe below which it alarms while it delivers [I]."""

_SOFTWARE: Final = 0x0100
_NL_PER_COUNT: Final = 10_000
_MAINS: Final = 1
_LARGEST_SYRINGE: Final = 6
_MONITOR_STEPS: Final = 4
_IS_DEVICE_ID: Final = re.compile(r"[0-9A-F]{24}")


class TerumoTwin(SyringeTwin):
    """Device side of the status line; implements :class:`contracts.Device`.

    Args:
        parameters: the drive.
        mechanism: what it moves and senses, within reach of hands.
    """

    def __init__(
        self, parameters: SyringePumpParameters, mechanism: HandledMechanism
    ) -> None:
        super().__init__(parameters, mechanism)
        is_named = _IS_DEVICE_ID.fullmatch(parameters.serial)
        self._device_id = parameters.serial if is_named else DEVICE_ID
        self._frames = FrameReader()
        self._now_ns = 0
        self._orders = 0
        self._set_nl_per_h = 0
        self._alarms = TerumoAlarm(0)

    @classmethod
    def on_bench(cls, parts: Parts) -> Device:
        """Make the pump of a simulated bench."""
        return cls(parts.simulation.syringe, parts.world)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Take bytes; answer the questions among them, and be deaf to all else."""
        self.advance(t_ns)
        if not self._is_up:
            return
        for each in self._frames.feed(data):
            if isinstance(each, Envelope) and each.direction is Direction.REQUEST:
                self._answer(t_ns, each)

    def advance(self, t_ns: int) -> None:
        """Follow the power and the hands, and stop where the plunger must."""
        self._now_ns = t_ns
        self._follow_power(t_ns)
        self._follow_hands(t_ns)
        is_low = self._mechanism.reservoir_nl(t_ns) <= NEARLY_EMPTY_NL
        if is_low and self._drive.runs:
            self._alarms |= TerumoAlarm.NEARLY_EMPTY
        self._drive.advance(t_ns)
        if self._drive.has_stalled:
            self._alarms |= TerumoAlarm.OCCLUSION

    def next_event_ns(self) -> int:
        """Return the next moment at which the pump may act by itself, or FAR."""
        return self._drive.due_ns(self._now_ns)

    def _follow_power(self, t_ns: int) -> None:
        """Stop without power, and say afterwards that there was none."""
        if self._power_has_changed(t_ns) and not self._is_up:
            self._drive.stop(t_ns)
            self._frames.reset()
            self._alarms = TerumoAlarm.POWER_FAILURE

    def _follow_hands(self, t_ns: int) -> None:
        """Do what was keyed in; a key ends the alarms, and a cause begins them anew."""
        orders, rate_nl_per_h = self._mechanism.hand_setting(t_ns)
        if orders == self._orders:
            return
        self._orders = orders
        if not self._is_up:
            return
        self._alarms = TerumoAlarm(0)
        # The keys count in 0.01 mL/h, like the line.
        keyed = rate_nl_per_h // _NL_PER_COUNT * _NL_PER_COUNT
        self._set_nl_per_h = keyed or self._set_nl_per_h
        if keyed:
            self._drive.run(t_ns, keyed, None)
        else:
            self._drive.stop(t_ns)

    def _answer(self, t_ns: int, asked: Envelope) -> None:
        if asked.command is None:
            self._output.append((t_ns, tell_device_id(self._device_id)))
            return
        sequence = parse_question(asked.command)
        if sequence is not None and asked.device_id == self._device_id:
            told = tell_status(self._device_id, sequence, self._status(t_ns))
            self._output.append((t_ns, told))

    def _status(self, t_ns: int) -> OperatingStatus:
        state = State.START if self._drive.runs else State.STOP
        pressure_kpa = self._mechanism.line_pressure_kpa(t_ns)
        steps = round(pressure_kpa / self._parameters.stall_kpa * _MONITOR_STEPS)
        delivered_nl, _ = self._drive.dispensed_nl(t_ns)
        return OperatingStatus(
            software=_SOFTWARE,
            state=state,
            state_byte=state,
            alarms=self._alarms,
            power=_MAINS,
            monitor=max(0, min(steps, _MONITOR_STEPS)),
            syringe=_LARGEST_SYRINGE,
            rate_10_ul_per_h=self._set_nl_per_h // _NL_PER_COUNT,
            delivered_10_ul=int(delivered_nl) // _NL_PER_COUNT,
        )
