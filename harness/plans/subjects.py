"""What a register wants shown from both sides: modes, refills and alarms.

::

    [[subject]]
    id = "motor-stall"
    kind = "alarm"  # or "mode", "refill"
    title = "motor stall"
    features = ["motor-stall"]  # not applicable where one is declared absent

A case shows one side of a subject. *Positive*: it happens, and what shall follow does.
*Negative*: it is refused, must not happen, or what only resembles it must not be taken
for it. An alarm that always sounds passes every positive case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from harness.errors import ConfigurationError
from harness.plans import features
from harness.toml_files import Table


class SubjectKind(StrEnum):
    """What a subject is."""

    MODE = "mode"
    REFILL = "refill"
    ALARM = "alarm"


class Side(StrEnum):
    """What a case shows of a subject; the value is the key of the case."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Subject:
    """A mode, a course of refilling or an alarm.

    Attributes:
        id: by which cases name it.
        kind: which of the three it is.
        title: its name in words.
        features: what a pump must have for it to apply.
    """

    id: str
    kind: SubjectKind
    title: str
    features: tuple[str, ...]


def read(register: Table) -> Mapping[str, Subject]:
    """Read the subjects of a register, by id; there need be none.

    Raises:
        ConfigurationError: one of them is wrong, or an id stands twice.
    """
    subjects: dict[str, Subject] = {}
    for table in register.tables("subject", "id") if "subject" in register else ():
        subject = Subject(
            id=table.identifier("id"),
            kind=table.choice("kind", SubjectKind),
            title=table.text("title"),
            features=features.read(table),
        )
        table.done()
        if subject.id in subjects:
            raise ConfigurationError(
                f"{table.where}: this id stands twice; give each subject its own"
            )
        subjects[subject.id] = subject
    return MappingProxyType(subjects)
