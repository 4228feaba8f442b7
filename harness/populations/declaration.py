"""What a plan says of a population before there are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from harness.evidence.records import JsonValue
from harness.populations import attribute, tolerance
from harness.populations.assurance import Assurance
from harness.render.record_fields import texts

# With fewer values no test of normality finds anything.
LEAST_FOR_NORMALITY: Final = 8


class Method(StrEnum):
    """How several units become one verdict."""

    NORMAL = "normal"
    NON_PARAMETRIC = "non-parametric"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Population:
    """A requirement that shall be judged for all units of a kind.

    Attributes:
        requirement: id of the requirement.
        assurance: confidence and reliability.
        method: how it is judged.
        units: how many units are tested: neither fewer nor more.
        failures: how many of them may fail; other than 0 for an attribute only.
        cases: the cases whose verdicts count: ids of the repeats, by their common id.
        pooled: whether the cases count as repeats of one another; otherwise each is
            judged by itself, and the worst decides.
        risk: why this assurance is right.
        invalid_runs: what is done with a run that is not valid.
    """

    requirement: str
    assurance: Assurance
    method: Method
    units: int
    failures: int
    cases: Mapping[str, tuple[str, ...]]
    pooled: bool
    risk: str
    invalid_runs: str

    @property
    def case_ids(self) -> tuple[str, ...]:
        """The ids of all cases, each repeat by its own."""
        return tuple(case for repeats in self.cases.values() for case in repeats)

    def describe(self) -> str:
        """The plan of the sample in one line."""
        allowed = f", {self.failures} may fail" if self.failures else ""
        pooled = ", cases pooled" if self.pooled else ""
        return (
            f"{self.assurance.describe()}, {self.method}, {self.units} units{allowed}"
            f"{pooled}"
        )

    def to_json(self) -> dict[str, JsonValue]:
        """As the header of a run has it."""
        return {
            "requirement": self.requirement,
            "confidence": self.assurance.confidence,
            "reliability": self.assurance.reliability,
            "method": self.method,
            "units": self.units,
            "failures": self.failures,
            "cases": {name: list(repeats) for name, repeats in self.cases.items()},
            "pooled": self.pooled,
            "risk": self.risk,
            "invalid_runs": self.invalid_runs,
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, JsonValue]) -> Self:
        """Read back what :meth:`to_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            return cls(
                requirement=str(fields["requirement"]),
                assurance=Assurance(
                    _number(fields["confidence"]), _number(fields["reliability"])
                ),
                method=Method(str(fields["method"])),
                units=int(_number(fields["units"])),
                failures=int(_number(fields["failures"])),
                cases=_cases(fields["cases"]),
                pooled=fields["pooled"] is True,
                risk=str(fields["risk"]),
                invalid_runs=str(fields["invalid_runs"]),
            )
        except KeyError as error:
            raise ValueError(f"the population has no {error}") from error


def least_units(method: Method, assurance: Assurance, failures: int, sides: int) -> int:
    """Return the least number of units with which a method can say anything.

    Args:
        method: how the population is judged.
        assurance: what the sample shall show.
        failures: how many units may fail; counts for an attribute.
        sides: how many limits the requirement has; counts for a non-parametric method.
    """
    if method is Method.ATTRIBUTE:
        return attribute.units_needed(assurance, failures)
    if method is Method.NON_PARAMETRIC:
        return tolerance.units_for_range(sides, assurance)
    return LEAST_FOR_NORMALITY


def _number(value: JsonValue) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError(f"{value!r:.80} is no number")


def _cases(value: JsonValue) -> Mapping[str, tuple[str, ...]]:
    if isinstance(value, Mapping):
        return {name: texts(value, name) for name in value}
    raise ValueError(f"{value!r:.80} is no table of cases")
