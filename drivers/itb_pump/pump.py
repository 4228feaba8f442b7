"""Data sheet: the implanted pump, who it is, what it does, start and stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.itb_pump.alarms import Alarms
from drivers.itb_pump.catheter import Catheter
from drivers.itb_pump.disturbed_link import DisturbedLink
from drivers.itb_pump.link import TIMEOUT_NS
from drivers.itb_pump.programming import Programme, run, stage
from drivers.itb_pump.records import Records
from drivers.itb_pump.tampering import Tampering
from drivers.itb_pump.therapy import Therapy
from drivers.itb_pump.translation import MODES, STATES, alarms_of, rounded
from harness.clock import Clock
from harness.errors import CommandRefused, LinkViolation
from harness.evidence.recorder import Recorder
from harness.ports.replaying.tape import Exchange
from harness.ports.tap import Tap
from harness.readings import Identity, PumpReading
from harness.roles import InfusionPump
from harness.units import Quantity, ureg
from protocols.pump_link.requests import GetIdentity, GetStatus, Stop, WriteProgram
from protocols.pump_link.vocabulary import PumpMode, PumpState

_GET_STATUS: Final = GetStatus()
_AT_REST: Final = (PumpState.STOPPED, PumpState.ENDED)


class ItbPump(Therapy, Catheter, Records, Alarms, Tampering, InfusionPump):
    """An implanted intrathecal pump with a reservoir of its own.

    Rates count in nL/h, volumes in nL, durations in s, refill limits in days. Each
    dosing command is journalled, on disk, before anything is sent; a programme is
    committed only when the pump's echo is what was meant, and then read back. The pump
    refuses what is out of its range, and nothing is clipped on the way to it.

    Args:
        name: what the journal and messages call the pump.
        port: its line, journalled.
        clock: bench time.
        recorder: where intents, retries, rejections and alarms are written.
        timeout_ns: how long one answer is waited for, before the same bytes go again.
        leave_delivering: whether the safe state is to go on with the programme.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = TIMEOUT_NS,
        leave_delivering: bool = False,
    ) -> None:
        link = DisturbedLink(name, port, clock, recorder, timeout_ns)
        super().__init__(name, recorder, link)
        self._leave_delivering = leave_delivering

    def connect(self) -> None:
        """Find out which pump is on the line, and open a session with it.

        Raises:
            InstrumentSilent: nothing answers.
            PumpFinding: what answers breaks the link's rules, or declines.
        """
        self._link.connect()

    def take_up(self, past: Sequence[Exchange]) -> None:
        """Go on with a conversation that another driver has led.

        Args:
            past: exchanges of all ports, in order.
        """
        self._link.take_up(past)

    def read_identity(self) -> Identity:
        """Ask who the pump is; its serial number is its address on the link."""
        identity = self._link.ask(GetIdentity())
        return Identity(identity.model, str(identity.serial), identity.firmware)

    def read_status(self) -> PumpReading:
        """Ask for one status report.

        Raises:
            LinkViolation: the report is a stale one.
        """
        link = self._link
        status = link.ask(_GET_STATUS)
        return PumpReading(
            link.t_ns,
            status.uptime_ms,
            MODES[status.mode],
            STATES[status.state],
            status.rate_nl_per_h,
            status.delivered_nl,
            status.reservoir_nl,
            alarms_of(status.alarms),
            status.battery_mv,
        )

    def start_continuous(self, rate: Quantity) -> Quantity:
        """Programme a constant rate, compare the echo, commit it, read it back.

        Args:
            rate: volume per time; rounded to the link's nL/h.

        Returns:
            The rate that the pump runs.

        Raises:
            ConfigurationError: the link cannot carry the rate.
            CommandRefused: the pump cannot run it.
            LinkViolation: the pump understood something else, or runs something else.
        """
        rate_nl_per_h = rounded(rate, "nL/hour", "the rate")
        self._recorder.intent(
            self._name, "start_continuous", rate_nl_per_h=rate_nl_per_h
        )
        program = WriteProgram(PumpMode.CONTINUOUS, rate_nl_per_h, 0, 0)
        meant = Programme(PumpMode.CONTINUOUS, rate_nl_per_h)
        run(self._link, stage(self._link, program), meant)
        return ureg.Quantity(rate_nl_per_h, "nL/hour")

    def stop(self) -> None:
        """Stop delivery now; again is harmless.

        Raises:
            LinkViolation: the pump answers, and says that it has not stopped.
        """
        self._recorder.intent(self._name, "stop")
        stopped = self._link.ask(Stop())
        if stopped.mode is not PumpMode.STOPPED or stopped.state not in _AT_REST:
            raise LinkViolation(
                f"{self._name} was told to stop and answers {stopped}; stop it by other"
                " means and keep the journal as a finding"
            )

    def set_safe(self) -> str:
        """Stop the pump, unless the bench was told to leave it delivering."""
        if self._leave_delivering:
            status = self.read_status()
            return (
                f"left as it was, {status.state.value} at {status.rate_nl_per_h} nL/h"
            )
        try:
            self.stop()
        except CommandRefused:
            # A pump that has restarted refuses once, and then gets a new session.
            self.stop()
        return "stopped"

    def close(self) -> None:
        """Release the line."""
        self._link.close()
