"""Data sheet: the implanted pump, its readings and its commands."""

from __future__ import annotations

from drivers.itb_pump.link import TIMEOUT_NS, PumpLink
from drivers.itb_pump.programming import enter_refill, run_programme, stage_programme
from drivers.itb_pump.translation import MODES, STATES, alarms_of, exactly, rounded
from harness.clock import Clock
from harness.errors import CommandRefused, LinkViolation
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import (
    AlarmEvent,
    AlarmReading,
    Identity,
    LogEntry,
    PumpReading,
    ReservoirReading,
)
from harness.roles import AlarmLog, Bolus, InfusionPump, LinkTamper, Refillable
from harness.units import Quantity, ureg
from protocols.pump_link.frame import HEADER_SIZE
from protocols.pump_link.replies import LogPage
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    Commit,
    GetAlarms,
    GetClock,
    GetIdentity,
    GetLog,
    GetReservoir,
    GetStatus,
    Stop,
    WriteProgram,
    WriteRefill,
)
from protocols.pump_link.vocabulary import AlarmFlag, NakCode, PumpMode, PumpState

_GET_STATUS = GetStatus()
# In the frame: the last byte of `rate_nl_per_h`, behind the mode's one byte.
_RATE_BYTE = HEADER_SIZE + 4
_LAST_CRC_BYTE = -1


class ItbPump(InfusionPump, Bolus, Refillable, AlarmLog, LinkTamper):
    """An implanted intrathecal pump with a reservoir of its own.

    Rates count in nL/h, volumes in nL, bolus durations in s, refill limits in days.
    Each dosing command is journalled, on disk, before anything is sent; a programme is
    committed only when the pump's echo is what was meant. The pump refuses what is out
    of its range, and nothing is clipped on the way to it.

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
        self._name = name
        self._recorder = recorder
        self._leave_delivering = leave_delivering
        self._link = PumpLink(name, port, clock, recorder, timeout_ns)

    def connect(self) -> None:
        """Find out which pump is on the line, and open a session with it.

        Raises:
            InstrumentSilent: nothing answers.
            PumpFinding: what answers breaks the link's rules, or declines.
        """
        self._link.connect()

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
        """Programme a constant rate, compare the pump's echo, commit it.

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
        run_programme(self._link, program)
        return ureg.Quantity(rate_nl_per_h, "nL/hour")

    def start_bolus(self, volume: Quantity, duration: Quantity, then: Quantity) -> None:
        """Give one dose in place of the running rate, then run on at another.

        Args:
            volume: rounded to the link's nL.
            duration: a whole number of seconds.
            then: volume per time, rounded to nL/h; 0 leaves the pump stopped.

        Raises:
            ConfigurationError: the link cannot carry a value.
            CommandRefused: the pump cannot give the bolus.
            LinkViolation: the pump understood something else, or runs something else.
        """
        program = WriteProgram(
            PumpMode.BOLUS,
            rounded(then, "nL/hour", "the rate after the bolus"),
            rounded(volume, "nL", "the bolus"),
            exactly(duration, "s", "the bolus duration"),
        )
        self._recorder.intent(
            self._name,
            "start_bolus",
            bolus_nl=program.bolus_nl,
            bolus_duration_s=program.bolus_duration_s,
            then_nl_per_h=program.rate_nl_per_h,
        )
        run_programme(self._link, program)

    def stop(self) -> None:
        """Stop delivery now; again is harmless.

        Raises:
            LinkViolation: the pump answers, and says that it has not stopped.
        """
        self._recorder.intent(self._name, "stop")
        stopped = self._link.ask(Stop())
        if (stopped.mode, stopped.state) != (PumpMode.STOPPED, PumpState.STOPPED):
            raise LinkViolation(
                f"{self._name} was told to stop and answers {stopped}; stop it by other"
                " means and keep the journal as a finding"
            )

    def read_reservoir(self) -> ReservoirReading:
        """Ask for the bookkeeping of the reservoir and the refill dates."""
        reservoir = self._link.ask(GetReservoir())
        return ReservoirReading(
            t_ns=self._link.t_ns,
            volume_nl=reservoir.volume_nl,
            capacity_nl=reservoir.capacity_nl,
            low_threshold_nl=reservoir.low_threshold_nl,
            low_clock_s=reservoir.low_clock_s,
            refill_by_clock_s=reservoir.refill_by_clock_s,
        )

    def set_reservoir(
        self,
        volume: Quantity,
        low_threshold: Quantity,
        stability: Quantity,
        label_maximum: Quantity,
    ) -> None:
        """Tell the pump what a refill has put into it.

        Args:
            volume: the new content, rounded to nL.
            low_threshold: content at which the pump warns, rounded to nL.
            stability: how long the drug keeps, a whole number of days.
            label_maximum: longest refill interval, a whole number of days.

        Raises:
            ConfigurationError: the link cannot carry a value.
            CommandRefused: a value is out of the pump's range.
            LinkViolation: the pump understood something else; nothing was committed.
        """
        refill = WriteRefill(
            rounded(volume, "nL", "the content of the reservoir"),
            rounded(low_threshold, "nL", "the low threshold"),
            exactly(stability, "day", "the drug's stability"),
            exactly(label_maximum, "day", "the longest refill interval"),
        )
        self._recorder.intent(
            self._name,
            "set_reservoir",
            volume_nl=refill.volume_nl,
            low_threshold_nl=refill.low_threshold_nl,
            stability_days=refill.stability_days,
            label_max_days=refill.label_max_days,
        )
        enter_refill(self._link, refill)

    def read_clock(self) -> int:
        """Ask for the pump's clock, in seconds since 2000-01-01 UTC."""
        return self._link.ask(GetClock()).clock_s

    def read_alarms(self) -> AlarmReading:
        """Ask which alarms hold, and which of them still sound."""
        alarms = self._link.ask(GetAlarms())
        return AlarmReading(
            self._link.t_ns, alarms_of(alarms.active), alarms_of(alarms.unacknowledged)
        )

    def acknowledge_alarms(self) -> None:
        """Silence every alarm; it stays active while its cause lasts."""
        active = self._link.ask(GetAlarms()).active
        if active:
            self._link.ask(AckAlarms(active))

    def clear_alarms(self) -> None:
        """Clear each alarm whose cause is gone, one by one.

        The pump clears all that it is asked for or none.
        """
        left = int(self._link.ask(GetAlarms()).active)
        while left:
            lowest = left & -left
            left -= lowest
            try:
                self._link.ask(ClearAlarms(AlarmFlag(lowest)))
            except CommandRefused as refusal:
                if refusal.code != NakCode.CAUSE_PRESENT.name:
                    raise

    def listen(self) -> None:
        """Take in alarm messages that have come; each is answered at once."""
        self._link.listen()

    def take_alarm_events(self) -> list[AlarmEvent]:
        """Hand over every alarm message since the last call, oldest first."""
        self._link.listen()
        return self._link.take_events()

    def read_log(self) -> list[LogEntry]:
        """Read the whole event log, oldest entry first.

        Raises:
            LinkViolation: the pages do not fit together.
        """
        entries: list[LogEntry] = []
        wanted, total = 0, 1
        while wanted < total:
            page = self._link.ask(GetLog(wanted))
            total = page.total
            for entry in page.entries:
                if entry.index < wanted:
                    raise self._bad_log(page)
                wanted = entry.index + 1
                entries.append(
                    LogEntry(
                        entry.index,
                        entry.clock_s,
                        entry.uptime_ms,
                        entry.event.name,
                        entry.detail,
                    )
                )
            if not page.entries and wanted < total:
                raise self._bad_log(page)
        return entries

    def send_corrupted_program(self, rate: Quantity) -> None:
        """Send a programme, and the commit of an intact one, each with one bit flipped.

        The flipped bit of the programme lies in its rate, that of the commit in its
        check value: a pump that does not look at check values runs ``rate``. Afterwards
        a new session leaves nothing staged.

        Raises:
            LinkViolation: the pump answered a damaged frame.
        """
        rate_nl_per_h = rounded(rate, "nL/hour", "the rate")
        program = WriteProgram(PumpMode.CONTINUOUS, rate_nl_per_h, 0, 0)
        self._recorder.intent(
            self._name, "send_corrupted_program", rate_nl_per_h=rate_nl_per_h
        )
        self._recorder.stimulus(self._name, "a programme with one bit flipped is sent")
        try:
            answers = [self._link.ask_damaged(program, _RATE_BYTE)]
            token = stage_programme(self._link, program)
            self._recorder.stimulus(self._name, "a commit with one bit flipped is sent")
            answers.append(self._link.ask_damaged(Commit(token), _LAST_CRC_BYTE))
        finally:
            self._link.open_session()
        if any(answers):
            raise LinkViolation(
                f"{self._name} answered a frame whose check value is wrong:"
                f" {'; '.join(filter(None, answers))}; keep the journal as a finding"
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

    def _bad_log(self, page: LogPage) -> LinkViolation:
        return LinkViolation(
            f"{self._name} sent a page that does not fit into its log: {page}; keep the"
            " journal as a finding"
        )
