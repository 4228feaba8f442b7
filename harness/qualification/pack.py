"""The qualification pack: what was checked of an installation, and what it comes to.

A pack is qualified only if every subject has checks and every check passed. What is
missing is a reason against it like what failed, so that nothing is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from harness.errors import ConfigurationError
from harness.plans.channels import Channel
from harness.qualification.matrix import Sought

SCHEMA: Final = "dosebench-qualification/1"
DATA: Final = "qualification.json"
"""Name of the file with everything that a pack says."""
PAGE: Final = "qualification.html"
"""Name of the same, to be read by people."""
QUALIFIED: Final = "QUALIFIED"
NOT_QUALIFIED: Final = "NOT QUALIFIED"


class Subject(StrEnum):
    """What a qualification must have looked at; the value is its title."""

    SOURCE = "The tool's own source"
    PACKAGES = "Python packages"
    HOST = "The computer"
    SELF_CHECKS = "Self-checks with published or independent values"
    REPEATABILITY = "Repeatability on this computer"
    CAMPAIGN = "The campaign"
    KILLS = "Kill matrix"
    HEALTHY = "False failures of healthy pumps"
    DECIDED = "Values that stay undecided"
    ORACLES = "Detection by what is observed"
    BENCH_FAULTS = "Faults of the bench"
    WIRE = "The same over the wire"


class Grade(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        what: was checked.
        expected: what had to be found, in words.
        found: what was found, in words.
        how: how anybody can check it: a source, a command, a file.
        grade: what became of it.
    """

    what: str
    expected: str
    found: str
    how: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class Part:
    """All checks of a subject."""

    subject: Subject
    checks: tuple[Check, ...]

    @property
    def grade(self) -> Grade:
        """The worst of its checks; MISSING where there are none."""
        found = {each.grade for each in self.checks}
        if Grade.FAILED in found:
            return Grade.FAILED
        return Grade.PASSED if found == {Grade.PASSED} else Grade.MISSING


@dataclass(frozen=True, slots=True)
class Expected:
    """What a campaign must have tried, taken from the lists of this installation.

    Attributes:
        software: the tool, as a run record names it.
        plan: SHA-256 of each file of the plan, of profiles and benches, by its name.
        plan_of_faults: the same of the plan that is run on faulty benches.
        defects: the seeded defects.
        bench_faults: title of each fault of the bench, by the name of its job.
        channels: what the verdict of each requirement rests on, by its id.
        steady: ids of the cases with nothing but a constant rate.
    """

    software: Mapping[str, Any]
    plan: Mapping[str, str]
    plan_of_faults: Mapping[str, str]
    defects: tuple[Sought, ...]
    bench_faults: Mapping[str, str]
    channels: Mapping[str, tuple[Channel, ...]]
    steady: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A qualification.

    Attributes:
        tool: name and version.
        made: when, UTC.
        identity: digest or version of each thing that was qualified, by its name.
        expected: what the campaign must have tried.
        parts: a part for each subject that was looked at.
        files: SHA-256 of each file of evidence beside the pack, by its name.
    """

    tool: str
    made: str
    identity: Mapping[str, str]
    expected: Expected
    parts: tuple[Part, ...]
    files: Mapping[str, str]

    @property
    def verdict(self) -> str:
        """QUALIFIED, or NOT QUALIFIED."""
        return NOT_QUALIFIED if any(self.against()) else QUALIFIED

    def grade(self, subject: Subject) -> Grade:
        """Return what became of a subject."""
        found = [each.grade for each in self.parts if each.subject is subject]
        return found[0] if len(found) == 1 else Grade.MISSING

    def against(self) -> Iterator[str]:
        """Yield every reason why the installation is not qualified, in words."""
        for subject in Subject:
            parts = [each for each in self.parts if each.subject is subject]
            if len(parts) != 1 or not parts[0].checks:
                yield f"{subject}: there is no evidence"
                continue
            for check in parts[0].checks:
                if check.grade is not Grade.PASSED:
                    yield f"{subject}: {check.what}: {check.grade}: {check.found}"

    def to_bytes(self) -> bytes:
        """Return the pack as JSON, in the one form in which it is written."""
        members = {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "against": list(self.against()),
            **asdict(self),
        }
        text = json.dumps(members, indent=1, sort_keys=True, allow_nan=False)
        return f"{text}\n".encode("ascii")


def parse(data: bytes, where: str) -> Pack:
    """Read what :meth:`Pack.to_bytes` wrote; any other form is refused.

    Verdict and reasons are worked out anew, so a file that claims others is refused.

    Raises:
        ConfigurationError: it is no pack, or not of this version, or was altered.
    """
    try:
        pack = _pack(json.loads(data))
        is_whole = pack.to_bytes() == data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"{where}: no qualification of this version ({type(error).__name__}:"
            f" {error}); give the file that `dosebench qualify --report` wrote"
        ) from error
    if not is_whole:
        raise ConfigurationError(
            f"{where}: it does not say what follows from its own checks; it was"
            " altered, or another version wrote it: take another copy"
        )
    return pack


def _pack(members: Mapping[str, Any]) -> Pack:
    return Pack(
        tool=str(members["tool"]),
        made=str(members["made"]),
        identity=dict(members["identity"]),
        expected=_expected(members["expected"]),
        parts=tuple(_part(each) for each in members["parts"]),
        files=dict(members["files"]),
    )


def _expected(members: Mapping[str, Any]) -> Expected:
    return Expected(
        software=dict(members["software"]),
        plan=dict(members["plan"]),
        plan_of_faults=dict(members["plan_of_faults"]),
        defects=tuple(Sought(**each) for each in members["defects"]),
        bench_faults=dict(members["bench_faults"]),
        channels={
            name: tuple(map(Channel, each))
            for name, each in members["channels"].items()
        },
        steady=tuple(members["steady"]),
    )


def _part(members: Mapping[str, Any]) -> Part:
    checks = tuple(
        Check(**{**each, "grade": Grade(each["grade"])}) for each in members["checks"]
    )
    return Part(Subject(members["subject"]), checks)
