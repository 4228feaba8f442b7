"""The requirement register: what is demanded, why, and where its limits stand.

::

    [register]
    id = "itb"
    title = "Requirements on an implanted intrathecal pump"
    version = "1"

    [[requirement]]
    id = "FLOW-01"
    text = "The mean delivered rate is within the profile's accuracy of the set rate."
    source = "method adapted from ..."
    hazard = "overdose or underdose"
    kind = "measured"
    unit = "percent"
    lower = "-flow.accuracy"  # a key of the profile, or a quantity such as "2 %"
    upper = "flow.accuracy"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from harness import toml_files
from harness.errors import ConfigurationError
from harness.judging import DecisionRule, Limit
from harness.plans.profile import Profile
from harness.toml_files import Table
from harness.units import Quantity, magnitude, quantity, ureg

_REFERENCE = re.compile(r"(-?)([a-z_][a-z0-9_-]*(?:\.[a-z0-9_-]+)*)")


class RequirementKind(StrEnum):
    """How a requirement is judged."""

    MEASURED = "measured"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand on the pump.

    Attributes:
        id: short name, part of case ids.
        text: the demand in one sentence.
        source: where it comes from.
        hazard: the harm that it keeps away.
        kind: measured against limits, or a fact that holds or not.
        unit: unit of limit and margin; "" for an attribute.
        lower: profile key or quantity; "" where there is no such bound.
        upper: profile key or quantity; "" where there is no such bound.
    """

    id: str
    text: str
    source: str
    hazard: str
    kind: RequirementKind
    unit: str
    lower: str
    upper: str


@dataclass(frozen=True, slots=True)
class Register:
    """All requirements, by id."""

    path: Path
    sha256: str
    id: str
    title: str
    version: str
    requirements: Mapping[str, Requirement]

    def requirement(self, requirement_id: str, where: str) -> Requirement:
        """Return one requirement; ``where`` asks for it.

        Raises:
            ConfigurationError: there is none of that id.
        """
        if requirement_id not in self.requirements:
            raise ConfigurationError(
                f"{where}: the requirement {requirement_id!r} is not in {self.path};"
                " write an id of that register, or add it there"
            )
        return self.requirements[requirement_id]

    def limit(
        self,
        requirement_id: str,
        profile: Profile,
        rule: DecisionRule = DecisionRule.GUARD_BAND_U,
    ) -> Limit:
        """Return what a measured requirement allows for the pump of a profile.

        Raises:
            ConfigurationError: no such requirement, an attribute, a missing profile
                key, or a bound of the wrong dimension.
        """
        where = f"{self.path}: requirement {requirement_id!r}"
        wanted = self.requirement(requirement_id, str(self.path))
        if wanted.kind is not RequirementKind.MEASURED:
            raise ConfigurationError(f"{where} is an attribute and has no limit")
        bounds = [text for text in (wanted.lower, wanted.upper) if text]
        return Limit(
            requirement=wanted.id,
            lower=_bound(wanted.lower, wanted.unit, profile, f"{where}, lower"),
            upper=_bound(wanted.upper, wanted.unit, profile, f"{where}, upper"),
            rule=rule,
            unit=wanted.unit,
            source=f"{' and '.join(bounds)} (register {self.id}, profile {profile.id})",
        )


def load(path: Path) -> Register:
    """Read a register.

    Raises:
        ConfigurationError: the file is not a register, or an id stands twice.
    """
    file = toml_files.read(path, "register")
    head = file.table.table("register")
    requirements: dict[str, Requirement] = {}
    for table in file.table.tables("requirement", "id"):
        requirement = _requirement(table)
        if requirement.id in requirements:
            raise ConfigurationError(
                f"{table.where}: this id stands twice; give each requirement its own"
            )
        requirements[requirement.id] = requirement
    register = Register(
        path=path,
        sha256=file.sha256,
        id=head.identifier("id"),
        title=head.text("title"),
        version=head.text("version"),
        requirements=MappingProxyType(requirements),
    )
    head.done()
    file.table.done()
    return register


def _requirement(table: Table) -> Requirement:
    kind = table.choice("kind", RequirementKind)
    is_measured = kind is RequirementKind.MEASURED
    requirement = Requirement(
        id=table.identifier("id"),
        text=table.text("text"),
        source=table.text("source"),
        hazard=table.text("hazard"),
        kind=kind,
        unit=_unit(table) if is_measured else "",
        lower=table.text("lower") if is_measured and "lower" in table else "",
        upper=table.text("upper") if is_measured and "upper" in table else "",
    )
    table.done()
    if is_measured and not (requirement.lower or requirement.upper):
        raise ConfigurationError(
            f"{table.where}: a measured requirement needs a bound; add lower or upper"
        )
    return requirement


def _unit(table: Table) -> str:
    unit = table.text("unit").replace("%", "percent")
    quantity(f"1 {unit}", unit, where=f"{table.where}: unit")
    return unit


def _bound(text: str, unit: str, profile: Profile, where: str) -> Quantity | None:
    if not text:
        return None
    reference = _REFERENCE.fullmatch(text)
    if reference is None:
        return quantity(text, unit, where=where)
    sign, key = reference.groups()
    value = profile.quantity(key, unit)
    return ureg.Quantity(-magnitude(value, unit), unit) if sign else value
