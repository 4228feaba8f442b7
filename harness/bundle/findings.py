"""What an audit found: one sentence a check, and what all of them come to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Finding(StrEnum):
    """What became of a check."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNKNOWN = "cannot be told"


class Conclusion(IntEnum):
    """What a bundle is worth; the gravest finding decides, and the value ranks it."""

    TRUSTED = 0
    INCOMPLETE = 1
    UNTRUSTED = 2
    ALTERED = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        subject: what was looked at, in a word or two.
        finding: what became of it.
        text: the same in a sentence.
        costs: the best that the bundle can still be worth.
    """

    subject: str
    finding: Finding
    text: str
    costs: Conclusion = Conclusion.TRUSTED


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit.

    Attributes:
        checks: in the order in which they were made.
        verdict: of the run, with its marks, as far as it is known; else empty.
        signed_by: who stands for it, in words; empty where nobody can be believed.
    """

    checks: tuple[Check, ...]
    verdict: str
    signed_by: str

    @property
    def conclusion(self) -> Conclusion:
        """What the bundle is worth."""
        return max((each.costs for each in self.checks), default=Conclusion.ALTERED)

    @property
    def sentence(self) -> str:
        """The last line: what the bundle is worth, why, and the verdict."""
        worth = self.conclusion
        if worth is Conclusion.TRUSTED:
            return f"TRUSTED: {self.verdict}; {self.signed_by}"
        reason = next(each.text for each in self.checks if each.costs is worth)
        match worth:
            case Conclusion.ALTERED:
                rest = "believe nothing in it, and compare with another copy"
            case Conclusion.UNTRUSTED:
                rest = (
                    f"it says {self.verdict}, but nobody trusted stands for all of it"
                )
            case _:
                rest = f"what was recorded until then says {self.verdict}"
        return f"{worth.name}: {reason}; {rest}"


def holds(subject: str, text: str) -> Check:
    """A check that holds."""
    return Check(subject, Finding.HOLDS, text)


def fails(subject: str, text: str, costs: Conclusion) -> Check:
    """A check that does not hold."""
    return Check(subject, Finding.FAILS, text, costs)


def unknown(subject: str, text: str) -> Check:
    """A check that could not be made."""
    return Check(subject, Finding.UNKNOWN, text)
