"""The roles of the bench: what a plan may ask for, never which model answers.

The pump's role is small; what not every pump can do is a capability of its own. All
quantities are Pint quantities; all methods do I/O and may raise
:class:`~harness.errors.BenchFault`, and for a pump
:class:`~harness.errors.CommandRefused` or :class:`~harness.errors.LinkViolation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from harness.readings import (
    AlarmEvent,
    AlarmReading,
    AmbientReading,
    BalanceSettings,
    ChargeReading,
    DrugReading,
    Identity,
    LogEntry,
    PatientBolusReading,
    PressureReading,
    ProgramReading,
    PumpReading,
    ReservoirReading,
    ServiceReading,
    Sound,
    WeightReading,
)
from harness.schedule import WeekSchedule
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
class PumpObserver(Instrument, Protocol):
    """A pump that is only watched: one for patients, which nothing here commands.

    A person starts and stops it at its own keys.
    """

    def read_status(self) -> PumpReading:
        """Ask for one status report."""


@runtime_checkable
class CountWatch(Protocol):
    """Capability: a pump that tells no uptime shows a restart by what it counts."""

    @property
    def counted_anew_ns(self) -> int | None:
        """Bench time at which its count was last seen to have fallen unasked."""


@runtime_checkable
class Bolus(Protocol):
    """Capability: one dose over a set time."""

    def start_bolus(self, volume: Quantity, duration: Quantity, then: Quantity) -> None:
        """Deliver ``volume`` over ``duration``, then run on at the rate ``then``."""


@runtime_checkable
class PeriodicBolus(Protocol):
    """Capability: equal doses at equal intervals over a background rate."""

    def start_periodic(
        self, rate: Quantity, volume: Quantity, duration: Quantity, period: Quantity
    ) -> None:
        """Deliver ``volume`` over ``duration`` at once and every ``period`` again.

        Between the doses the pump runs at ``rate``, which may be 0.
        """


@runtime_checkable
class PatientBolus(Protocol):
    """Capability: doses that the patient may ask for."""

    def set_patient_bolus(
        self, volume: Quantity, duration: Quantity, allotted: int, lockout: Quantity
    ) -> None:
        """Allow ``allotted`` doses in 24 h, ``lockout`` apart; 0 allows none.

        The lockout counts from the start of one dose to the start of the next.
        """

    def request_patient_bolus(self) -> PatientBolusReading:
        """Ask as the patient does; the background rate returns after the dose."""


@runtime_checkable
class Schedule(Protocol):
    """Capability: a rate for every time of the day, for every day of the week."""

    def start_schedule(self, week: WeekSchedule) -> None:
        """Programme a week, read it back, commit it. It follows the pump's clock."""


@runtime_checkable
class MinimumRate(Protocol):
    """Capability: a flow that only keeps the catheter open."""

    def start_minimum(self) -> Quantity:
        """Run at the least rate that the pump can keep up; return it."""


@runtime_checkable
class Priming(Protocol):
    """Capability: filling tubing and catheter fast, as a phase of its own."""

    def start_priming(
        self, catheter: Quantity, duration: Quantity, then: Quantity
    ) -> Quantity:
        """Move the dead volume of tubing and ``catheter``, then run on at ``then``.

        Returns:
            The volume that the pump says it will prime with.
        """


@runtime_checkable
class Bridge(Protocol):
    """Capability: a change of concentration with old drug left in the catheter."""

    def start_bridge(
        self, catheter: Quantity, rate: Quantity, then: Quantity
    ) -> Quantity:
        """Clear tubing and ``catheter`` of the old drug at ``rate``, then ``then``.

        Returns:
            The volume that the pump says it will bridge.
        """


@runtime_checkable
class DelayedStart(Protocol):
    """Capability: a programme that begins later."""

    def start_continuous_at(self, rate: Quantity, clock_s: int) -> None:
        """Run at ``rate`` from a moment of the pump's clock on; until then as before.

        Args:
            rate: volume per time.
            clock_s: the pump's clock, seconds since 2000-01-01 UTC.
        """


@runtime_checkable
class ProgramReadback(Protocol):
    """Capability: the programme in force can be read."""

    def read_program(self) -> ProgramReading:
        """Ask for the programme in force."""


@runtime_checkable
class ClockSetting(Protocol):
    """Capability: the pump's clock can be read and set."""

    def read_clock(self) -> int:
        """Ask for the pump's clock, in seconds since 2000-01-01 UTC."""

    def set_clock(self, clock_s: int) -> None:
        """Set it."""


@runtime_checkable
class DrugRecord(Protocol):
    """Capability: the pump knows its drug's concentration."""

    def set_concentration(self, concentration: Quantity) -> None:
        """Enter the concentration of the drug."""

    def read_drug(self) -> DrugReading:
        """Ask for the concentration and the daily dose that follows."""


@runtime_checkable
class ServiceRecord(Protocol):
    """Capability: the pump tells of its wear."""

    def read_service(self) -> ServiceReading:
        """Ask for battery, replacement and tube life."""


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

    def read_log(self, first: int = 0) -> list[LogEntry]:
        """Read the event log from an index on, oldest first; all of it without one."""

    def set_alarm_intervals(self, critical: Quantity, noncritical: Quantity) -> None:
        """Set after which times the tones of the two priorities come again."""


@runtime_checkable
class LinkTamper(Protocol):
    """Stimulus: damage on the pump's line."""

    def send_repeated_bolus(
        self, volume: Quantity, duration: Quantity, then: Quantity
    ) -> None:
        """Give one bolus whose frames are all sent twice, byte by byte the same."""

    def stage_without_commit(self, rate: Quantity) -> None:
        """Enter a rate and never confirm it."""

    def stage_bolus_without_commit(
        self, volume: Quantity, duration: Quantity, then: Quantity
    ) -> None:
        """Enter a bolus and never confirm it."""

    def send_week(
        self, days: Sequence[int], minutes: Sequence[int], rate: Quantity
    ) -> None:
        """Programme a week as no sound programmer would; the pump must refuse it.

        Args:
            days: the days, 0 is Monday, in the order in which they are sent.
            minutes: from which minutes on each day has a step, in the order sent.
            rate: of every second step, volume per time; the others have half of it.
        """

    def send_noise(self, size: int) -> None:
        """Send so many bytes that are no frame, the same in every run."""

    def send_corrupted_program(self, rate: Quantity) -> None:
        """Send a programme, commits and stops, each with one bit flipped, in vain."""


@runtime_checkable
class Balance(Instrument, Protocol):
    """A weighing instrument under the end of the line."""

    def read_weight(self) -> WeightReading:
        """Ask for the weight now, stable or not."""

    def set_zero(self) -> None:
        """Zero the balance when it is stable."""


@runtime_checkable
class WeighingSettings(Protocol):
    """Capability of a balance: it says what it does by itself."""

    def read_settings(self) -> BalanceSettings:
        """Ask what could hide a slow flow."""


@runtime_checkable
class AmbientSensor(Instrument, Protocol):
    """An instrument for air and liquid beside the balance."""

    def read_ambient(self) -> AmbientReading:
        """Ask for temperatures, pressure and humidity now."""


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
class PumpHands(Protocol):
    """What hands do to a pump beside the bench: its syringe, and its own keys."""

    def set_syringe(self, volume: Quantity) -> None:
        """Change the syringe of the pump, which is stopped, for one with ``volume``."""

    def start_by_hand(self, rate: Quantity) -> None:
        """Set the rate at the pump's own keys, and start it."""

    def stop_by_hand(self) -> None:
        """Stop the pump at its own keys."""


@runtime_checkable
class PowerSwitch(Protocol):
    """Stimulus: the pump's supply, in place of its battery."""

    def set_powered(self, on: bool) -> None:
        """Give the pump its supply, or take it away."""

    def set_supply(self, voltage: Quantity) -> None:
        """Set the voltage of the supply, as a battery that runs down would have."""


@runtime_checkable
class PressureSource(Protocol):
    """Stimulus: pressure at the end of the line; the set point is no measurement."""

    def set_back_pressure(self, pressure: Quantity) -> None:
        """Set the pressure that the pump works against; 0 relieves it."""


@runtime_checkable
class PressureGauge(Protocol):
    """A gauge at the end of the line."""

    def read_pressure(self) -> PressureReading:
        """Ask for the pressure there, against the atmosphere."""


@runtime_checkable
class ChargeMeter(Protocol):
    """A meter of the charge that the pump draws from the supply of its battery."""

    def read_charge(self) -> ChargeReading:
        """Ask for the charge since any beginning, as long as it stays the same."""


@runtime_checkable
class TemperatureChamber(Protocol):
    """Stimulus: the temperature of the pump; balance and vessel keep the room's."""

    def set_temperature(self, temperature: Quantity) -> None:
        """Bring the pump to a temperature (kelvin, or a scale's degrees)."""


@runtime_checkable
class PressureChamber(Protocol):
    """Stimulus: the ambient pressure of the pump, as at altitude or under water."""

    def set_ambient_pressure(self, pressure: Quantity) -> None:
        """Set the absolute pressure round the pump."""


@runtime_checkable
class FaultInjector(Protocol):
    """Stimulus: causes that only a maker's service tool, or a simulation, can give."""

    def corrupt_memory(self, critical: bool) -> None:
        """Flip a stored value: one that the pump can mend, or one that it cannot."""

    def set_tube_left(self, volume: Quantity) -> None:
        """Let the pump's tube have so much of its life left."""


@runtime_checkable
class Simulator(Protocol):
    """What only a simulated bench can do."""

    def renew_unit(self) -> None:
        """Put a new unit in the place of a worn one: same serial number, no wear."""


@runtime_checkable
class StimulusCheck(Protocol):
    """What sees by sensors that every stimulus is as it was told."""

    def confirm_stimuli(self) -> None:
        """Raise :class:`~harness.errors.BenchFault` if one is not."""


@runtime_checkable
class Sounder(Protocol):
    """Stimulus: a reference sound, by which the listener's delay is measured."""

    def sound_reference(self) -> None:
        """Sound 200 ms of 2 kHz now."""


@runtime_checkable
class AlarmListener(Protocol):
    """An instrument that hears what the pump sounds."""

    def listen(self) -> None:
        """Take in what has come."""

    def take_sounds(self) -> list[Sound]:
        """Hand over the sounds that have ended since the last call, in order."""


@runtime_checkable
class Operator(Protocol):
    """A person at the bench, or the simulation's stand-in for one."""

    def confirm(self, question: str) -> bool:
        """Ask something that is answered by yes or no."""

    def fill_pocket(self, volume: Quantity) -> None:
        """Put ``volume`` beside the pump, as a needle that missed the port does."""

    def fill_reservoir(self, volume: Quantity) -> None:
        """Put ``volume`` of the test fluid into the empty reservoir."""

    def put_syringe_on_pan(self, volume: Quantity) -> None:
        """Put the refill's syringe, ``volume`` in it, on the pan beside the vessel."""

    def take_syringe_off_pan(self) -> None:
        """Take the syringe off the pan."""

    def put_check_weight_on_pan(self, mass: Quantity) -> None:
        """Put the check weight, of conventional ``mass``, beside the vessel."""

    def take_check_weight_off_pan(self) -> None:
        """Take the check weight off the pan."""

    def set_height(self, height: Quantity) -> None:
        """Hold the pump so much above the end of the line, or below it if negative.

        It is level where its outlet is at the surface of the liquid in the vessel.
        """

    def withdraw_reservoir(self) -> None:
        """Draw the residual out of the reservoir into the vessel on the balance."""

    def empty_vessel(self) -> None:
        """Empty the vessel on the balance to its starting content and put it back."""
