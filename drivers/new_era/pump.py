"""Data sheet: a New Era syringe pump, who it is, what it does, start and stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final, TypeVar

from drivers.new_era.figures import Rate, rate_of, volume_of
from drivers.new_era.link import NewEraLink
from drivers.new_era.options import Setup
from drivers.new_era.report import Report, read_once, read_twice
from harness.clock import NS_PER_S, Clock
from harness.errors import (
    CommandRefused,
    ConfigurationError,
    InstrumentFault,
    InstrumentSilent,
    LinkViolation,
)
from harness.evidence.recorder import Recorder
from harness.ports.replaying.tape import Exchange
from harness.ports.tap import Tap
from harness.readings import Alarm, Identity, PumpMode, PumpReading, PumpState
from harness.roles import Bolus, InfusionPump
from harness.units import Quantity, magnitude, nanoseconds, ureg
from protocols.errors import RemoteProtocolError
from protocols.new_era import figures
from protocols.new_era.replies import (
    Answer,
    parse_diameter_um,
    parse_direction,
    parse_rate_nl_per_h,
    parse_version,
    parse_volume_nl,
    parse_volume_unit,
)
from protocols.new_era.vocabulary import Command, Direction, Refusal, Status

T = TypeVar("T")
_UNSTATED: Final = Setup()

_AT_REST: Final = frozenset({Status.STOPPED, Status.PAUSED})
_S_PER_H: Final = 3_600
_STOPS: Final = 3
"""One pauses what runs, one ends what is paused, and one more proves that."""


class NewEraPump(InfusionPump, Bolus):
    """A syringe pump on the bench, with one program of one phase.

    Each dosing command is journalled, on disk, before anything is sent; every setting
    is read back before the pump runs. The pump shows an alarm once: it is journalled
    where it is read, and `read_status` tells it until the pump is set running again.
    The volume that the pump tells has four digits, so its last one grows with it; it is
    counted anew from every start, and added up.

    Args:
        name: what the journal and messages call the pump.
        port: its line, journalled.
        clock: bench time.
        recorder: where intents, retries, rejections and alarms are written.
        setup: its syringe, its address and its mode.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        setup: Setup = _UNSTATED,
    ) -> None:
        self._name = name
        self._recorder = recorder
        self._diameter_um = setup.diameter_um
        self._syringe = setup.syringe
        self._link = NewEraLink(name, port, clock, recorder, setup)
        self._is_checked = bool(setup.timeout_s)
        self._is_known = False

    @property
    def due_ns(self) -> int:
        """Bench time at which `listen` must give the next sign of life."""
        return self._link.due_ns

    def connect(self) -> None:
        """Find out who answers, and set mode and diameter; the count begins once.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: it runs, with another diameter.
            PumpFinding: what answers is no New Era pump, or declines.
        """
        self._link.connect()
        status = self._link.ask(Command.STATUS).status
        self._set_diameter(status)
        if not self._is_known and status in _AT_REST:
            self._link.ask(Command.CLEAR_DISPENSED, Direction.INFUSE.value)
        if not self._is_known:
            told_um = self._read(Command.DIAMETER, parse_diameter_um)
            self._recorder.note(
                f"{self._name}: syringe {self._syringe}, inner diameter"
                f" {told_um / 1_000:g} mm"
            )
        self._is_known = True

    def take_up(self, past: Sequence[Exchange]) -> None:
        """Go on with a conversation that another driver has led.

        Args:
            past: exchanges of all ports, in order.
        """
        self._link.take_up(past, self._name)

    def read_identity(self) -> Identity:
        """Ask who the pump is; its serial number it cannot tell."""
        version = self._read(Command.VERSION, parse_version)
        return Identity(version.model, "", version.firmware)

    def read_status(self) -> PumpReading:
        """Ask for rate, volume and count; twice in basic mode, without check value.

        Raises:
            LinkViolation: the pump withdraws or purges, its count has fallen, no two
                reports agree, or it has stopped because it heard nothing.
        """
        report = self._report()
        memory = self._link.memory
        self._require_heard()
        runs = self._runs(report.answer)
        dosing = PumpMode.BOLUS if report.volume_nl else PumpMode.CONTINUOUS
        stands = (
            PumpState.STALLED
            if Alarm.MOTOR_STALL in memory.alarms
            else PumpState.STOPPED
        )
        return PumpReading(
            t_ns=report.t_ns,
            uptime_ms=None,
            mode=dosing if runs else PumpMode.STOPPED,
            state=PumpState.DELIVERING if runs else stands,
            rate_nl_per_h=report.rate_nl_per_h if runs else 0,
            delivered_nl=memory.delivered_nl,
            reservoir_nl=None,
            alarms=memory.alarms,
            battery_mv=None,
        )

    def start_continuous(self, rate: Quantity) -> Quantity:
        """Stop, set a constant rate, read it back, run.

        Args:
            rate: volume per time; the nearest that four digits can carry is run.

        Returns:
            The rate that the pump runs.

        Raises:
            ConfigurationError: four digits cannot carry the rate; nothing was sent.
            CommandRefused: the pump cannot run it; then it stands.
            LinkViolation: the pump understood something else, or does not run.
        """
        wanted = rate_of(rate, "the rate")
        self._recorder.intent(
            self._name, "start_continuous", rate_nl_per_h=wanted.nl_per_h
        )
        self._run(wanted, 0, "0")
        return ureg.Quantity(wanted.nl_per_h, "nL/hour")

    def start_bolus(self, volume: Quantity, duration: Quantity, then: Quantity) -> None:
        """Stop, set a volume and the rate that gives it in time, read back, run.

        Args:
            volume: that the pump stops at; not rounded.
            duration: from it follows the rate, rounded to four digits.
            then: must be 0, as this pump stops at the volume.

        Raises:
            ConfigurationError: the pump cannot be told this; the pump is as it was.
            CommandRefused: the pump cannot run it; then it stands.
            LinkViolation: the pump understood something else, or does not run.
        """
        duration_ns = nanoseconds(duration)
        if magnitude(then, "nL/hour") != 0.0 or duration_ns <= 0:
            raise ConfigurationError(
                f"{self._name} stops at the volume of a bolus, which takes time: a"
                f" rate of {then} thereafter or a duration of {duration} cannot be"
                " told to it; correct the procedure or its profile"
            )
        unit = self._read(Command.VOLUME, parse_volume_unit)
        volume_nl, argument = volume_of(volume, unit)
        needed = Fraction(volume_nl * _S_PER_H * NS_PER_S, duration_ns)
        rate = rate_of(needed, "the rate of a bolus, in nL/h,")
        self._recorder.intent(
            self._name,
            "start_bolus",
            volume_nl=volume_nl,
            duration_s=duration_ns / NS_PER_S,
            rate_nl_per_h=rate.nl_per_h,
        )
        self._run(rate, volume_nl, argument)

    def stop(self) -> None:
        """Stop delivery now, and end the program; again is harmless.

        Raises:
            LinkViolation: the pump answers, and says that it has not stopped; or it had
                stopped before, because it heard nothing.
        """
        self._recorder.intent(self._name, "stop")
        self._halt()
        self._require_heard()

    def set_safe(self) -> str:
        """Stop the pump; its mode on the line stays."""
        self._recorder.intent(self._name, "stop")
        self._halt()
        self._link.memory.has_lapsed = False
        return "stopped"

    def listen(self) -> None:
        """Take in alarms that came unasked, and give the sign of life when due."""
        self._link.listen()

    def close(self) -> None:
        """Release the line."""
        self._link.close()

    def _run(self, rate: Rate, volume_nl: int, volume: str) -> None:
        """Stop, set a program, read it back, and run it."""
        self._halt()
        self._require_heard()
        self._link.ask(Command.VOLUME, volume)
        self._link.ask(Command.RATE, rate.argument)
        self._link.ask(Command.DIRECTION, Direction.INFUSE.value)
        told = (
            self._read(Command.VOLUME, parse_volume_nl),
            self._read(Command.RATE, parse_rate_nl_per_h),
            self._read(Command.DIRECTION, parse_direction),
        )
        meant = (volume_nl, rate.nl_per_h, Direction.INFUSE)
        if told != meant:
            raise LinkViolation(
                f"{self._name} was told {meant} (volume in nL, rate in nL/h, direction)"
                f" and reads back {told}; it stands, keep the journal as a finding"
            )
        # The less its four digits have to carry, the finer it counts.
        self._report()
        self._link.ask(Command.CLEAR_DISPENSED, Direction.INFUSE.value)
        if not self._set_running():
            raise LinkViolation(
                f"{self._name} was told to run and says that it does not; keep the"
                " journal as a finding"
            )

    def _report(self) -> Report:
        """Ask for rate, volume and count; `memory` adds up the count."""
        if self._is_checked:
            return read_once(self._name, self._link)
        return read_twice(self._name, self._link, self._recorder)

    def _set_running(self) -> bool:
        try:
            return self._runs(self._link.ask(Command.RUN))
        except InstrumentSilent:
            # It is not told again: where only the answer was lost, it runs.
            if self._runs(self._link.ask(Command.STATUS)):
                return True
            raise

    def _halt(self) -> None:
        for _ in range(_STOPS):
            try:
                status = self._link.ask(Command.STOP).status
            except CommandRefused as refusal:
                if refusal.code != Refusal.NOT_NOW.name:
                    raise
                status = self._link.ask(Command.STATUS).status
            if status is Status.STOPPED:
                return
        raise LinkViolation(
            f"{self._name} was told to stop and says {status.name}; stop it by other"
            " means and keep the journal as a finding"
        )

    def _require_heard(self) -> None:
        """Let nobody judge a pump that the bench itself has let stop.

        Raises:
            LinkViolation: it has stopped because it heard nothing; this is told once.
        """
        memory = self._link.memory
        if memory.has_lapsed:
            memory.has_lapsed = False
            raise LinkViolation(
                f"{self._name} has stopped by itself, because it heard nothing for as"
                " long as its safe mode lasts; check its cable, and repeat the case"
            )

    def _set_diameter(self, status: Status) -> None:
        told_um = self._read(Command.DIAMETER, parse_diameter_um)
        if self._diameter_um in (0, told_um):
            return
        if status not in _AT_REST:
            raise InstrumentFault(
                f"{self._name} runs, with another diameter than the bench file's; stop"
                " it at its keys, see which syringe is in it, and start again"
            )
        argument = figures.written(self._diameter_um).rstrip(".")
        self._link.ask(Command.DIAMETER, argument)
        told_um = self._read(Command.DIAMETER, parse_diameter_um)
        if told_um != self._diameter_um:
            raise LinkViolation(
                f"{self._name} was told a diameter of {self._diameter_um} µm and reads"
                f" back {told_um} µm; correct `diameter` in the bench file"
            )

    def _runs(self, answer: Answer) -> bool:
        if answer.status in (Status.WITHDRAWING, Status.PURGING):
            raise LinkViolation(
                f"{self._name} is {answer.status.name}, which nothing here has told it;"
                " keep hands off its keys and run again"
            )
        return answer.status is Status.INFUSING

    def _read(self, command: Command, parse: Callable[[str], T]) -> T:
        return self._parsed(parse, self._link.ask(command))

    def _parsed(self, parse: Callable[[str], T], answer: Answer) -> T:
        try:
            return parse(answer.data)
        except RemoteProtocolError as error:
            raise LinkViolation(
                f"{self._name}: {error}; keep the journal as a finding"
            ) from error
