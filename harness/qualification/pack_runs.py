"""The campaigns in a pack, read from the files that they left."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.errors import ConfigurationError
from harness.qualification.healthy import HealthySet, healthy_set
from harness.qualification.outcome import RESULTS, JobKind, RunOutcome

CAMPAIGNS: Final = "campaigns"
"""Folder in a pack with a numbered folder for each campaign."""
CAMPAIGN: Final = "campaign.json"
"""Name of the file that says what a campaign runs."""
_FILE: Final = re.compile(rf"{CAMPAIGNS}/\d+/{re.escape(CAMPAIGN)}")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as its folder has it.

    Attributes:
        name: of its folder in the pack.
        software: the tool that ran it.
        plan: id of the plan.
        files: SHA-256 of each file of the plan, by its name.
        cases: number of cases that were selected; 0 for all.
        kinds: what its jobs are there to show.
        sought: requirement that must fail, by the id of each defect that is seeded.
        groups: group of healthy pumps, or "", by the name of each job.
        outcomes: its runs.
    """

    name: str
    software: Mapping[str, Any]
    plan: str
    files: Mapping[str, str]
    cases: int
    kinds: frozenset[str]
    sought: Mapping[str, str]
    groups: Mapping[str, str]
    outcomes: Sequence[RunOutcome]

    def group(self, name: str) -> HealthySet:
        """Return the healthy pumps of a group."""
        jobs = (job for job, group in self.groups.items() if group == name)
        return healthy_set(name, jobs, self.outcomes)


def read(contents: Mapping[str, bytes]) -> tuple[Campaign, ...]:
    """Read the campaigns in a pack.

    Args:
        contents: of its files, by their names; those of no campaign are left out.

    Raises:
        ConfigurationError: one cannot be read.
    """
    names = sorted(n for n in contents if _FILE.fullmatch(n))
    return tuple(_read(name.rpartition("/")[0], contents) for name in names)


def _read(name: str, contents: Mapping[str, bytes]) -> Campaign:
    try:
        said = json.loads(contents[f"{name}/{CAMPAIGN}"])
        # What follows the last end of a line was cut off.
        *lines, _ = contents[f"{name}/{RESULTS}"].decode("utf-8").split("\n")
        runs = {e.job: e for e in map(RunOutcome.from_line, filter(None, lines))}
        return Campaign(
            name=name,
            software=dict(said["software"]),
            plan=str(said["plan"]["id"]),
            files=dict(said["plan"]["files"]),
            cases=len(said["cases"]),
            kinds=frozenset(each["kind"] for each in said["jobs"]),
            sought={
                each["defects"][0]: str(each["requirement"])
                for each in said["jobs"]
                if each["kind"] == JobKind.DEFECT
            },
            groups={each["name"]: each.get("group", "") for each in said["jobs"]},
            outcomes=tuple(runs.values()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"{name}: no campaign of this version ({type(error).__name__}: {error});"
            " run it again"
        ) from error
