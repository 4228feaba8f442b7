"""What a journal says of the instruments, their links, checks and last states."""

from __future__ import annotations

from dataclasses import dataclass

# The roles are declared above this folder.
_PUMP = "pump"


@dataclass(frozen=True, slots=True)
class InstrumentRecord:
    """An instrument as it answered; ``calibration_due`` is None without calibration.

    ``certificate`` is of its calibration, ``catalogue`` the name of its driver's model;
    each is empty where the record does not say.
    """

    role: str
    model: str
    serial: str
    firmware: str
    calibration_due: str | None
    certificate: str = ""
    catalogue: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that it has; its port has the name of the first."""
        return tuple(self.role.split(", "))

    @property
    def is_pump(self) -> bool:
        """Whether it is the unit under test."""
        return _PUMP in self.roles


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A wire that was lost, restored or refused while the run went on."""

    t_ns: int
    instrument: str
    event: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A check of the balance before or after the cases.

    Attributes:
        seq: number of its record.
        t_ns: bench time.
        moment: before or after.
        instrument: role of the balance.
        name: what was checked.
        value, u: what was found, with its standard uncertainty, in ``unit``.
        lower, upper: limits in ``unit``; None where there is none.
        unit: of the numbers.
        holds: whether it is in order; None where that could not be told.
        statement: the finding in one sentence.
    """

    seq: int
    t_ns: int
    moment: str
    instrument: str
    name: str
    value: float
    u: float
    lower: float | None
    upper: float | None
    unit: str
    holds: bool | None
    statement: str


@dataclass(frozen=True, slots=True)
class SafeStateRecord:
    """The state in which an instrument was left, or why it was not."""

    role: str
    outcome: str
