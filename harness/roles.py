"""The roles of the bench: what a plan may ask for, never which model answers.

The pump's role is small; what not every pump can do is a capability of its own. All
quantities are Pint quantities; all methods do I/O and may raise
:class:`~harness.errors.BenchFault`, and for a pump
:class:`~harness.errors.CommandRefused` or :class:`~harness.errors.LinkViolation`.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from harness.readings import (
    AlarmEvent,
    AlarmReading,
    Identity,
    LogEntry,
    PumpReading,
    ReservoirReading,
    WeightReading,
)
from harness.units import Quantity


@runtime_checkable
class Instrument(Protocol):
    """Everything with a port: it says who it is, goes to its safe state, and closes."""

    def read_identity(self) -> Identity:
        """Ask the instrument who it is."""

    def set_safe(self) -> str:
        """Go to the role's safe state; return what that was, in words."""

    def close(self) -> None:
        """Release the port. No further method may be called."""


@runtime_checkable
class InfusionPump(Instrument, Protocol):
    """A pump that takes commands."""

    def read_status(self) -> PumpReading:
        """Ask for one status report."""

    def start_continuous(self, rate: Quantity) -> Quantity:
        """Programme a constant rate (volume per time), read it back, commit it.

        Returns:
            The rate that the pump runs, which differs from ``rate`` by at most half of
            the link's resolution.
        """

    def stop(self) -> None:
        """Stop delivery now."""


@runtime_checkable
class Bolus(Protocol):
    """Capability: one dose over a set time."""

    def start_bolus(self, volume: Quantity, duration: Quantity, then: Quantity) -> None:
        """Deliver ``volume`` over ``duration``, then run on at the rate ``then``."""


@runtime_checkable
class Refillable(Protocol):
    """Capability: a reservoir whose content the pump keeps count of."""

    def read_reservoir(self) -> ReservoirReading:
        """Ask for the bookkeeping and the refill dates."""

    def set_reservoir(
        self,
        volume: Quantity,
        low_threshold: Quantity,
        stability: Quantity,
        label_maximum: Quantity,
    ) -> None:
        """Tell the pump its new content, its alarm volume and the drug's limits."""

    def read_clock(self) -> int:
        """Ask for the pump's clock, in seconds since 2000-01-01 UTC."""


@runtime_checkable
class AlarmLog(Protocol):
    """Capability: alarms to be read, acknowledged and cleared, and an event log."""

    def read_alarms(self) -> AlarmReading:
        """Ask which alarms hold."""

    def acknowledge_alarms(self) -> None:
        """Silence every alarm; its condition stays while its cause lasts."""

    def clear_alarms(self) -> None:
        """Clear every alarm whose cause is gone, and leave the others standing."""

    def take_alarm_events(self) -> list[AlarmEvent]:
        """Read what came unasked, and hand over every event since the last call."""

    def read_log(self) -> list[LogEntry]:
        """Read the whole event log, oldest first."""


@runtime_checkable
class LinkTamper(Protocol):
    """Stimulus: damage on the pump's line."""

    def send_corrupted_program(self, rate: Quantity) -> None:
        """Send a programme and a commit with one bit flipped; expect no effect."""


@runtime_checkable
class Balance(Instrument, Protocol):
    """A weighing instrument under the end of the line."""

    def read_weight(self) -> WeightReading:
        """Ask for the weight now, stable or not."""

    def set_zero(self) -> None:
        """Zero the balance when it is stable."""


@runtime_checkable
class FlowClamp(Protocol):
    """Stimulus: a clamp on the line, downstream of the pump and before the needle."""

    def set_closed(self, closed: bool) -> None:
        """Close or open the line."""


@runtime_checkable
class Magnet(Protocol):
    """Stimulus: a field that stalls the pump's motor while it is present."""

    def set_present(self, present: bool) -> None:
        """Bring the magnet to the pump, or take it away."""


@runtime_checkable
class Operator(Protocol):
    """A person at the bench, or the simulation's stand-in for one."""

    def fill_reservoir(self, volume: Quantity) -> None:
        """Put ``volume`` of the test fluid into the empty reservoir."""

    def withdraw_reservoir(self) -> None:
        """Draw the residual out of the reservoir into the vessel on the balance."""

    def empty_vessel(self) -> None:
        """Empty the vessel on the balance to its starting content and put it back."""
