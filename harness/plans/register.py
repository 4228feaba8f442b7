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
    gip = ["1.2.1"]  # ids of the Generic Infusion Pump requirements, v1.0
    features = ["bolus"]  # not applicable where the profile declares one absent
    channels = ["telemetry", "balance"]  # what its verdict rests on

It also has what cases must show from both sides, :mod:`harness.plans.subjects`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from harness import toml_files
from harness.errors import ConfigurationError
from harness.judging import GUARD_BAND_U, DecisionRule, Limit
from harness.plans import channels, features, subjects
from harness.plans.channels import Channel
from harness.plans.profile import KEY, Profile
from harness.plans.subjects import Subject
from harness.toml_files import Table
from harness.units import Quantity, magnitude, quantity, ureg

_REFERENCE = re.compile(rf"(-?)({KEY})")
# One id, or a theme as its first and last id.
_GIP_NUMBER = r"[1-9]\d?(\.[1-9]\d?){1,3}"
_GIP_ID = re.compile(rf"{_GIP_NUMBER}(-{_GIP_NUMBER})?")


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
        gip: ids of the GIP v1.0 requirements behind it.
        features: what a pump must have for the demand to apply to it.
        channels: what kinds of evidence its verdict rests on; empty if not said.
    """

    id: str
    text: str
    source: str
    hazard: str
    kind: RequirementKind
    unit: str
    lower: str
    upper: str
    gip: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """All requirements and all subjects, by id."""

    path: Path
    sha256: str
    id: str
    title: str
    version: str
    requirements: Mapping[str, Requirement]
    subjects: Mapping[str, Subject] = field(default_factory=dict)

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

    def check_subject(self, subject_id: str, where: str) -> None:
        """Refuse the name of a subject that ``where`` gives and nobody knows.

        Raises:
            ConfigurationError: there is none of that id.
        """
        if subject_id not in self.subjects:
            raise ConfigurationError(
                f"{where}: the subject {subject_id!r:.80} is not in {self.path}; write"
                " the id of a [[subject]] of that register, or add it there"
            )

    def limit(
        self,
        requirement_id: str,
        profile: Profile,
        rule: DecisionRule = GUARD_BAND_U,
    ) -> Limit:
        """Return what a measured requirement allows for the pump of a profile.

        Where the profile lacks a key, the limit names it and has no bound.

        Raises:
            ConfigurationError: no such requirement, an attribute, or a bound of the
                wrong dimension.
        """
        where = f"{self.path}: requirement {requirement_id!r}"
        wanted = self.requirement(requirement_id, str(self.path))
        if wanted.kind is not RequirementKind.MEASURED:
            raise ConfigurationError(f"{where} is an attribute and has no limit")
        bounds = {"lower": wanted.lower, "upper": wanted.upper}
        given = [text for text in bounds.values() if text]
        missing = dict.fromkeys(
            key for key in map(_key, given) if key and not profile.specifies(key)
        )
        lower, upper = (
            None if missing else _bound(text, wanted.unit, profile, f"{where}, {name}")
            for name, text in bounds.items()
        )
        return Limit(
            requirement=wanted.id,
            lower=lower,
            upper=upper,
            rule=rule,
            unit=wanted.unit,
            source=f"{' and '.join(given)} (register {self.id}, profile {profile.id})",
            unspecified=tuple(missing),
        )

    def absent(self, profile: Profile) -> Mapping[str, str]:
        """Return what does not apply to the pump of a profile: id, justification."""
        return MappingProxyType(
            {
                each.id: why
                for each in self.requirements.values()
                if (why := features.justification(each.features, profile))
            }
        )

    def absent_subjects(self, profile: Profile) -> Mapping[str, str]:
        """Return the subjects that the pump of a profile lacks: id, justification."""
        return MappingProxyType(
            {
                each.id: why
                for each in self.subjects.values()
                if (why := features.justification(each.features, profile))
            }
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
        subjects=subjects.read(file.table),
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
        gip=_gip(table),
        features=features.read(table),
        channels=channels.read(table),
    )
    table.done()
    if is_measured and not (requirement.lower or requirement.upper):
        raise ConfigurationError(
            f"{table.where}: a measured requirement needs a bound; add lower or upper"
        )
    return requirement


def _gip(table: Table) -> tuple[str, ...]:
    ids = table.texts("gip", ())
    for each in ids:
        if not _GIP_ID.fullmatch(each):
            raise ConfigurationError(
                f"{table.where}: gip names {each!r:.80}; write ids of GIP v1.0, as in"
                ' ["1.2.1"] or ["1.4.1-1.4.12"]'
            )
    return ids


def _unit(table: Table) -> str:
    unit = table.text("unit").replace("%", "percent")
    quantity(f"1 {unit}", unit, where=f"{table.where}: unit")
    return unit


def _key(text: str) -> str:
    """Return the profile key that a bound refers to; "" for a quantity."""
    reference = _REFERENCE.fullmatch(text)
    return "" if reference is None else reference[2]


def _bound(text: str, unit: str, profile: Profile, where: str) -> Quantity | None:
    if not text:
        return None
    reference = _REFERENCE.fullmatch(text)
    if reference is None:
        return quantity(text, unit, where=where)
    sign, key = reference.groups()
    value = profile.quantity(key, unit)
    return ureg.Quantity(-magnitude(value, unit), unit) if sign else value
