"""Data sheet: what the pump keeps books of."""

from __future__ import annotations

from drivers.itb_pump.part import PumpPart
from drivers.itb_pump.programming import enter, read_programme
from drivers.itb_pump.translation import MODES, exactly, rounded
from harness.errors import LinkViolation
from harness.readings import (
    DrugReading,
    ProgramReading,
    ReservoirReading,
    ServiceReading,
)
from harness.roles import (
    ClockSetting,
    DrugRecord,
    ProgramReadback,
    Refillable,
    ServiceRecord,
)
from harness.units import Quantity
from protocols.pump_link.requests import (
    GetClock,
    GetDrug,
    GetReservoir,
    GetService,
    SetClock,
    WriteDrug,
    WriteRefill,
)


class Records(
    PumpPart, Refillable, ClockSetting, DrugRecord, ServiceRecord, ProgramReadback
):
    """Reservoir, clock, drug, wear, and the programme in force.

    What a record changes is journalled before it is sent: refill dates, alarms and
    schedules follow from it.
    """

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
        enter(self._link, refill)

    def read_clock(self) -> int:
        """Ask for the pump's clock, in seconds since 2000-01-01 UTC."""
        return self._link.ask(GetClock()).clock_s

    def set_clock(self, clock_s: int) -> None:
        """Set the pump's clock; a schedule follows it at once.

        Args:
            clock_s: seconds since 2000-01-01 UTC.

        Raises:
            ConfigurationError: the link cannot carry the value.
            CommandRefused: the pump does not take it.
            LinkViolation: the pump shows another time.
        """
        self._recorder.intent(self._name, "set_clock", clock_s=clock_s)
        shown_s = self._link.ask(SetClock(clock_s)).clock_s
        # The answer may come after the clock has gone on to the next second.
        if shown_s - clock_s not in (0, 1):
            raise LinkViolation(
                f"{self._name} was told that it is {clock_s} s and shows {shown_s} s;"
                " keep the journal as a finding"
            )

    def read_program(self) -> ProgramReading:
        """Ask for the programme in force; fields that its mode has not are 0."""
        told = read_programme(self._link)
        return ProgramReading(
            t_ns=self._link.t_ns,
            mode=MODES[told.mode],
            rate_nl_per_h=told.rate_nl_per_h,
            bolus_nl=told.bolus_nl,
            bolus_duration_s=told.bolus_duration_s,
            period_s=told.period_s,
            start_clock_s=told.start_clock_s,
        )

    def set_concentration(self, concentration: Quantity) -> None:
        """Enter the concentration of the drug and read it back.

        Args:
            concentration: mass per volume, rounded to the link's ng/mL.

        Raises:
            ConfigurationError: the link cannot carry the value.
            CommandRefused: the value is out of the pump's range.
            LinkViolation: the pump understood something else, or keeps something else.
        """
        drug = WriteDrug(rounded(concentration, "ng/mL", "the concentration"))
        self._recorder.intent(
            self._name,
            "set_concentration",
            concentration_ng_per_ml=drug.concentration_ng_per_ml,
        )
        enter(self._link, drug)
        kept = self._link.ask(GetDrug())
        if kept.concentration_ng_per_ml != drug.concentration_ng_per_ml:
            raise LinkViolation(
                f"{self._name} committed {drug} and reads back {kept}; keep the journal"
                " as a finding"
            )

    def read_drug(self) -> DrugReading:
        """Ask for the drug's concentration and the daily dose by the programme."""
        drug = self._link.ask(GetDrug())
        return DrugReading(
            self._link.t_ns, drug.concentration_ng_per_ml, drug.daily_dose_ng
        )

    def read_service(self) -> ServiceReading:
        """Ask for battery, replacement dates and the wear of the tube."""
        service = self._link.ask(GetService())
        return ServiceReading(
            t_ns=self._link.t_ns,
            battery_mv=service.battery_mv,
            replacement_clock_s=service.replacement_clock_s,
            end_clock_s=service.end_clock_s,
            tube_used_nl=service.tube_used_nl,
            tube_life_nl=service.tube_life_nl,
        )
