"""What a case is given: its start state, its numbers, its weeks of rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.errors import ConfigurationError, NotSpecified
from harness.plans import schedule
from harness.plans.flow_range import refuse_rates_outside
from harness.plans.procedures import Procedure
from harness.plans.profile import Profile
from harness.plans.references import given
from harness.schedule import WeekSchedule
from harness.toml_files import Given, Table
from harness.units import CONCENTRATION, VOLUME

START_UNITS = MappingProxyType(
    {"reservoir": VOLUME, "syringe": VOLUME, "concentration": CONCENTRATION}
)


@dataclass(frozen=True, slots=True)
class CaseValues:
    """Every value of one form of a case, with references resolved."""

    start: Mapping[str, Given]
    numbers: Mapping[str, Given]
    schedules: Mapping[str, WeekSchedule]


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Reads the values of one case.

    Attributes:
        procedure: says which numbers there are, and in which units.
        profile: what references refer to.
        applies: whether the case will run; if not, references may lead nowhere.
        expects_refusal: whether the pump shall refuse what the case programmes.
    """

    procedure: Procedure
    profile: Profile
    applies: bool
    expects_refusal: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers and weeks that the procedure takes."""
        return (*self.procedure.units, *self.procedure.schedules)

    def read(self, start: Table, numbers: Table, where: str) -> CaseValues:
        """Read and check all values.

        Raises:
            ConfigurationError: a value is missing, unknown, wrong or out of range, or
                refers to a key that the profile lacks.
        """
        values = CaseValues(
            start=self._quantities(
                start, {key: u for key, u in START_UNITS.items() if key in start}
            ),
            numbers=self._quantities(numbers, self.procedure.units),
            schedules=MappingProxyType(dict(self._weeks(numbers))),
        )
        start.done()
        numbers.done()
        if self.applies and not self.expects_refusal:
            refuse_rates_outside(values.start, values.numbers, self.profile, where)
        return values

    def _quantities(
        self, table: Table, units: Mapping[str, str]
    ) -> Mapping[str, Given]:
        values: dict[str, Given] = {}
        for key, like in units.items():
            try:
                values[key] = given(table, key, like, self.profile)
            except NotSpecified as error:
                self._refuse(error, f"{table.where}: {key}")
        return MappingProxyType(values)

    def _weeks(self, table: Table) -> Iterable[tuple[str, WeekSchedule]]:
        for key in self.procedure.schedules:
            try:
                yield (
                    key,
                    schedule.read(
                        table,
                        key,
                        self.profile,
                        expects_refusal=self.expects_refusal or not self.applies,
                    ),
                )
            except NotSpecified as error:
                self._refuse(error, f"{table.where}: {key}")

    def _refuse(self, error: NotSpecified, where: str) -> None:
        if self.applies:
            raise ConfigurationError(f"{where}: {error}") from error
