"""What a session on a bench observed, as records of its journal and back.

Every observation is a record of the kind `check` with further fields; those of one step
count once its last one is there. So what a kill cut short is done again, and the report
is a function of the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from harness.errors import ConfigurationError
from harness.evidence import reader
from harness.evidence.reader import Integrity
from harness.evidence.records import JsonValue, Kind, Record
from harness.qualification.method_claims import Claims

MOMENT: Final = "method"
"""What stands in the field ``moment`` of an observation."""
METHOD: Final = "method"
"""The field of the run record that says what was declared."""


class Part(StrEnum):
    """The parts of a session, in the order in which they are done."""

    WEIGHTS = "weights"
    BLANK = "blank"
    DISPENSES = "dispenses"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class Step:
    """What is done in one go, and done again whole where it was broken off.

    Attributes:
        part: of the session.
        item: which weight, blank, round or channel.
        repeat: its number, from 1.
    """

    part: Part
    item: str
    repeat: int

    @property
    def id(self) -> str:
        """One word for the journal and the simulation's noise."""
        return f"METHOD-{self.part}/{self.item}/{self.repeat}".replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Observation:
    """One number that was observed.

    Attributes:
        name: what was observed, the same in all repeats.
        item: at which weight, volume or channel.
        value, u: the number and its standard uncertainty, in ``unit``.
        unit: of all numbers here.
        instrument: role of what measured.
        lower, upper: what the bench file lets budgets believe; None where it says
            nothing.
    """

    name: str
    item: str
    value: float
    u: float
    unit: str
    instrument: str
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One session, as its journal says it.

    Attributes:
        folder: of the session.
        header: fields of the run record.
        claims: what the bench file claims and what was declared.
        observations: of all steps that are done, in order.
        done: ids of these steps.
        integrity: of the journal.
    """

    folder: Path
    header: Mapping[str, Any]
    claims: Claims
    observations: tuple[Observation, ...]
    done: frozenset[str]
    integrity: Integrity

    @property
    def operator(self) -> str:
        """Who did it."""
        return str(self.header[METHOD]["operator"])

    @property
    def bench(self) -> str:
        """The bench on which it was done."""
        return str(self.header[METHOD]["bench"])

    def named(self, name: str) -> list[Observation]:
        """Every observation of a name."""
        return [each for each in self.observations if each.name == name]


def fields(
    step: Step, observations: Sequence[Observation]
) -> Iterable[dict[str, JsonValue]]:
    """Yield the fields of a check record for each observation of a step."""
    for number, each in enumerate(observations, start=1):
        yield {
            "moment": MOMENT,
            "instrument": each.instrument,
            "name": each.name,
            "value": each.value,
            "u": each.u,
            "lower": each.lower,
            "upper": each.upper,
            "unit": each.unit,
            "holds": None,
            "statement": f"{each.name}, {each.item}: {each.value:.6g} {each.unit}",
            "item": each.item,
            "step": step.id,
            "is_last": number == len(observations),
        }


def read(folder: Path) -> Session:
    """Read and verify a session.

    Raises:
        Broken: the journal is not what was written.
        ConfigurationError: there is none, or it is of something else.
    """
    if not (folder / "journal-0001.jsonl").is_file():
        raise ConfigurationError(
            f"{folder}: there is no journal here; give the folder that --session made"
        )
    integrity = reader.verify(folder)
    if integrity.broken is not None:
        raise integrity.broken
    records = list(reader.read(folder))
    header: Mapping[str, Any] = records[0].fields if records else {}
    if METHOD not in header:
        raise ConfigurationError(
            f"{folder}: this is no session of `dosebench qualify --bench`; give the"
            " folder that --session made"
        )
    observed, done = _observations(records)
    return Session(
        folder, header, Claims.from_json(header[METHOD]), observed, done, integrity
    )


def _observations(
    records: Iterable[Record],
) -> tuple[tuple[Observation, ...], frozenset[str]]:
    found: list[Observation] = []
    done: set[str] = set()
    of_step: list[Observation] = []
    step = ""
    for record in records:
        # A session that was taken up begins the step anew that was cut short.
        if record.kind is Kind.RESUME:
            of_step = []
        said: Mapping[str, Any] = record.fields
        if record.kind is not Kind.CHECK or said["moment"] != MOMENT:
            continue
        if said["step"] != step:
            step, of_step = said["step"], []
        of_step.append(_observation(said))
        if said["is_last"]:
            found += of_step
            done.add(step)
            step, of_step = "", []
    return tuple(found), frozenset(done)


def _observation(said: Mapping[str, Any]) -> Observation:
    lower, upper = said["lower"], said["upper"]
    return Observation(
        name=said["name"],
        item=said["item"],
        value=float(said["value"]),
        u=float(said["u"]),
        unit=said["unit"],
        instrument=said["instrument"],
        lower=None if lower is None else float(lower),
        upper=None if upper is None else float(upper),
    )
