"""Data sheet: alarms, the tones that go with them, and the event log."""

from __future__ import annotations

from drivers.itb_pump.part import PumpPart
from drivers.itb_pump.translation import alarms_in, alarms_of, exactly
from harness.errors import CommandRefused, LinkViolation
from harness.readings import AlarmEvent, AlarmReading, LogEntry
from harness.roles import AlarmLog
from harness.units import Quantity
from protocols.pump_link.replies import LogPage
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    GetAlarms,
    GetLog,
    SetAlarmIntervals,
)
from protocols.pump_link.vocabulary import AlarmFlag, NakCode


class Alarms(PumpPart, AlarmLog):
    """What the pump reports of itself, asked for and unasked."""

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

    def read_log(self, first: int = 0) -> list[LogEntry]:
        """Read the event log, oldest entry first.

        Args:
            first: index from which on; the whole log without one.

        Raises:
            LinkViolation: the pages do not fit together.
        """
        entries: list[LogEntry] = []
        wanted, total = first, first + 1
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
                        alarms_in(entry),
                    )
                )
            if not page.entries and wanted < total:
                raise self._bad_log(page)
        return entries

    def set_alarm_intervals(self, critical: Quantity, noncritical: Quantity) -> None:
        """Set after which times the tones of the two priorities come again.

        Args:
            critical: a whole number of seconds.
            noncritical: a whole number of seconds.

        Raises:
            ConfigurationError: the link cannot carry a value.
            CommandRefused: a value is out of the pump's range.
            LinkViolation: the pump understood something else.
        """
        wanted = SetAlarmIntervals(
            exactly(critical, "s", "the interval of critical alarms"),
            exactly(noncritical, "s", "the interval of other alarms"),
        )
        told = self._link.ask(wanted)
        if wanted != SetAlarmIntervals(
            told.critical_interval_s, told.noncritical_interval_s
        ):
            raise LinkViolation(
                f"{self._name} was sent {wanted} and answers {told}; keep the journal"
                " as a finding"
            )

    def _bad_log(self, page: LogPage) -> LinkViolation:
        return LinkViolation(
            f"{self._name} sent a page that does not fit into its log: {page}; keep the"
            " journal as a finding"
        )
