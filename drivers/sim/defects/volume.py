"""Family V: volume and flow."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.sim.behaviour import Behaviour
from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.defects.seeded import SeededDefect
from drivers.sim.defects.single_sum import EVERY_NS, SingleSum
from drivers.sim.parts import Simulation
from drivers.sim.pump_counter import NO_FLOW, Flow
from drivers.sim.pump_firmware import PumpFirmware
from drivers.sim.pump_programs import Program
from drivers.sim.pump_time import NS_PER_S
from protocols.pump_link.vocabulary import PumpMode, PumpState

_HOUR_NS: Final = 3_600 * NS_PER_S
_LONG_STOP_NS: Final = 48 * _HOUR_NS
_DWELL_NS: Final = _HOUR_NS
_SLIP: Final = 10
_BURST_EVERY_NS: Final = 12 * _HOUR_NS
_BURST_AFTER_NS: Final = 6 * _HOUR_NS
_BURST_NS: Final = 300 * NS_PER_S
_BLOCKS_AFTER_H: Final = 6.0
_DRY_OR_OCCLUDED: Final = frozenset({PumpState.EMPTY, PumpState.OCCLUDED})
_BAND: Final = (1 / 12, 1 / 6)
"""The band of rates that is wrong, in shares of the highest rate."""
_NO_ROTOR_SENSOR: Final = ("reference-40", "reference-20")


class OverInfusion(SeededDefect):
    """The pump gives too much, always."""

    id = "V01"
    title = "constant over-infusion"
    source = "notices of 2014"
    telemetry = "nominal"
    bench = "too much flow; less is left at a refill than expected"
    requirement = "ITB-FLOW-001"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a unit that delivers too much."""
        return replace(good, flow_error=self.scale.beyond("flow.accuracy"))


class OverAfterHistory(SeededDefect):
    """The pump gives too much after a long stop, a dry run or an occlusion."""

    id = "V03"
    title = "over-infusion after a long stop"
    source = "notice of 2016"
    telemetry = "nominal"
    bench = "too much flow after the restart"
    requirement = "ITB-FLOW-010"

    def behaviour(self) -> Behaviour:
        """Return a motor that remembers what it went through."""
        return _RunsFastAfterHistory(self.scale.more("flow.accuracy"))


class UnderInfusion(SeededDefect):
    """The pump gives too little, always."""

    id = "V04"
    title = "constant under-infusion"
    source = "device problems reported to an authority until 2009"
    telemetry = "nominal"
    bench = "too little flow"
    requirement = "ITB-FLOW-001"

    def pump(self, good: PumpParameters) -> PumpParameters:
        """Return a unit that delivers too little."""
        return replace(good, flow_error=-self.scale.beyond("flow.accuracy"))


class UnderAfterStep(SeededDefect):
    """For an hour after the rate has more than doubled the flow is too low."""

    id = "V05"
    title = "under-infusion after a step"
    source = "recall of 2025"
    telemetry = "the new rate"
    bench = "too little flow for the first hour"
    requirement = "ITB-FLOW-005"

    def behaviour(self) -> Behaviour:
        """Return a motor that follows a step badly."""
        return _Sluggish(self.scale.less("flow.step_accuracy"))


class DecimalSlip(SeededDefect):
    """A rate is taken for its tenfold wherever the pump can run it."""

    id = "V07"
    title = "tenfold rate"
    source = "notice of 2006 on bouncing keys; examples of an authority"
    telemetry = "the rate that was asked for"
    bench = "ten times the flow"
    requirement = "ITB-FLOW-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that slips a decimal."""
        return _Tenfold()


class Reversed(SeededDefect):
    """The motor turns back."""

    id = "V08"
    title = "flow reversed"
    source = "recall of a misassembled administration set"
    telemetry = "delivering; a positive count"
    bench = "the mass falls"
    requirement = "ITB-FLOW-009"

    def behaviour(self) -> Behaviour:
        """Return a motor that turns back."""
        return _TurnsBack()


class AirBurst(SeededDefect):
    """Air in the reservoir pushes out an extra dose every twelve hours."""

    id = "V10"
    title = "air in the reservoir"
    source = "notice of 2013"
    telemetry = "nominal"
    bench = "a burst, and then the programmed flow"
    requirement = "ITB-FLOW-015"

    def behaviour(self) -> Behaviour:
        """Return a pump that bursts."""
        window_h = self.scale.number("flow.window", "hour")
        window_ns = window_h * _HOUR_NS
        extra = self.scale.more("flow.window_accuracy") - 1.0
        return _Bursts(1.0 + extra * window_ns / _BURST_NS)


class BlockedCatheter(SeededDefect):
    """The catheter blocks by itself, and the pump has no sensor for that."""

    id = "V11"
    title = "downstream blockage without a sensor"
    source = "recall of 2013 (catheter occlusion)"
    telemetry = "delivering, counting"
    bench = "the flow ends"
    requirement = "ITB-CNT-002"
    profiles = _NO_ROTOR_SENSOR

    def simulation(self, good: Simulation) -> Simulation:
        """Return a bench whose line blocks."""
        around = replace(good.surroundings, blocks_after_h=_BLOCKS_AFTER_H)
        return super().simulation(replace(good, surroundings=around))


class SinglePrecisionSum(SeededDefect):
    """The dose is summed twice a second in single precision."""

    id = "V12"
    title = "dose sum in single precision"
    source = "engineering"
    telemetry = "a volume that is more wrong each day"
    bench = "the programmed flow"
    requirement = "ITB-CNT-003"

    def behaviour(self) -> Behaviour:
        """Return a counter of 24 significant bits."""
        return _SumsInSinglePrecision()


class WrongBand(SeededDefect):
    """The table of the pump's steps is wrong for one band of rates."""

    id = "V13"
    title = "wrong step rate in one band"
    source = "engineering"
    telemetry = "nominal"
    bench = "too much flow in that band only"
    requirement = "ITB-FLOW-001"

    def behaviour(self) -> Behaviour:
        """Return a motor that is wrong in one band."""
        return _WrongInBand(self.scale.more("flow.accuracy"))


class _RunsFastAfterHistory(Behaviour):
    """A motor that is too fast from a bad time on until the next stop."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor
        self._is_fast = False
        self._was_bad = False
        self._stopped_since_ns = FAR

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return a speed that depends on the time before."""
        self._was_bad |= pump.supervision.state in _DRY_OR_OCCLUDED
        stopped_ns = pump.therapy.stopped_since_ns
        if stopped_ns < FAR:
            self._is_fast = False
        elif self._stopped_since_ns < FAR:
            stood_ns = pump.now.u_ns - self._stopped_since_ns
            self._is_fast = self._was_bad or stood_ns >= _LONG_STOP_NS
            self._was_bad = False
        self._stopped_since_ns = stopped_ns
        return nl_per_h * self._factor if self._is_fast else nl_per_h


class _Sluggish(Behaviour):
    """A motor that is too slow for a time after each large step of the rate."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor
        self._rate_nl_per_h = 0

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return a speed that is too low behind a step."""
        before, self._rate_nl_per_h = self._rate_nl_per_h, pump.therapy.rate_nl_per_h
        if 0 < 2 * before < self._rate_nl_per_h:
            self.due_ns = pump.now.u_ns + _DWELL_NS
        if pump.now.u_ns < self.due_ns < FAR:
            return nl_per_h * self._factor
        self.due_ns = FAR
        return nl_per_h


class _Tenfold(Behaviour):
    """A motor that takes a constant rate for its tenfold."""

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return ten times a constant rate, if the pump can run so fast."""
        fits = _SLIP * pump.therapy.rate_nl_per_h <= pump.parameters.max_rate_nl_per_h
        slips = fits and pump.therapy.mode is PumpMode.CONTINUOUS
        return _SLIP * nl_per_h if slips else nl_per_h


class _TurnsBack(Behaviour):
    """A motor that turns the wrong way."""

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return the speed with the other sign."""
        return -nl_per_h


class _Bursts(Behaviour):
    """A pump whose flow is many times too high for minutes, twice a day."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return a speed that is far too high in a burst."""
        now_ns, running_ns = pump.now.u_ns, pump.therapy.running_since_ns
        if running_ns >= FAR:
            self.due_ns = FAR
            return nl_per_h
        since_ns = now_ns - running_ns - _BURST_AFTER_NS
        into_ns = since_ns % _BURST_EVERY_NS
        bursts = since_ns >= 0 and into_ns < _BURST_NS
        self.due_ns = now_ns - into_ns + (_BURST_NS if bursts else _BURST_EVERY_NS)
        return nl_per_h * self._factor if bursts else nl_per_h


class _WrongInBand(Behaviour):
    """A motor that is too fast in a band of rates."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def speed(self, pump: PumpFirmware, nl_per_h: float) -> float:
        """Return a speed that is too high in the band."""
        low, high = (share * pump.parameters.max_rate_nl_per_h for share in _BAND)
        return nl_per_h * self._factor if low <= nl_per_h <= high else nl_per_h


class _SumsInSinglePrecision(Behaviour):
    """A counter that sums each program's dose in single precision."""

    def __init__(self) -> None:
        super().__init__()
        self._sum = SingleSum()
        self._program: Program | None = None
        self._told = NO_FLOW
        self._added_ns = 0

    def count(self, pump: PumpFirmware, flow: Flow) -> Flow:
        """Return how fast the rounded sum rises, until it rises otherwise."""
        additions = (pump.now.u_ns - self._added_ns) // EVERY_NS
        self._sum.add(additions)
        self._added_ns += additions * EVERY_NS
        if pump.therapy.program is not self._program:
            self._program = pump.therapy.program
            self._sum = SingleSum()
            self._told = NO_FLOW
        if flow != self._told:
            self._told, self._added_ns = flow, pump.now.u_ns
            self._sum.take(flow)
        steady = self._sum.steady
        self.due_ns = FAR if steady is None else self._added_ns + steady * EVERY_NS
        return self._sum.flow


DEFECTS: Final = (
    OverInfusion,
    OverAfterHistory,
    UnderInfusion,
    UnderAfterStep,
    DecimalSlip,
    Reversed,
    AirBurst,
    BlockedCatheter,
    SinglePrecisionSum,
    WrongBand,
)
