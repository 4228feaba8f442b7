"""Copies of the files that a run rests on, kept in the run's own folder.

What the header record names by its hash lies in ``inputs/``, byte for byte, so that a
run can be checked, replayed and resumed years later::

    inputs/plan/        plan.toml, the requirement register, the seeded faults
    inputs/procedures/  the Python files beside the plan
    inputs/profile/     the profile of the pump
    inputs/bench/       the bench file
    inputs/setup/       the set-up record, where there is one
    inputs/approval/    the approval of a formal run
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError, RecordFault
from harness.execution.header import BenchSetup
from harness.plans.plan import Plan

FOLDER: Final = "inputs"


class Place(StrEnum):
    """The folder below ``inputs`` in which a copy lies."""

    PLAN = "plan"
    PROCEDURES = "procedures"
    PROFILE = "profile"
    BENCH = "bench"
    SETUP = "setup"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was read.

    Attributes:
        place: where its copy goes.
        path: the file.
        sha256: hash of the bytes that were read.
    """

    place: Place
    path: Path
    sha256: str


def of_plan(plan: Plan, bench: BenchSetup) -> Iterator[InputFile]:
    """Yield the files of plan and bench that every header record names."""
    register, seeded, folder = plan.register, plan.coverage, plan.procedures.folder
    yield InputFile(Place.PLAN, plan.path, plan.sha256)
    yield InputFile(Place.PLAN, register.path, register.sha256)
    if seeded.sha256:
        yield InputFile(Place.PLAN, seeded.path, seeded.sha256)
    for name, sha256 in plan.procedures.sha256.items():
        yield InputFile(Place.PROCEDURES, folder / name, sha256)
    yield InputFile(Place.PROFILE, plan.profile.path, plan.profile.sha256)
    yield InputFile(Place.BENCH, bench.path, bench.sha256)


def keep(run: Path, files: Iterable[InputFile]) -> None:
    """Copy files into a run's folder; what is copied is what was hashed.

    Args:
        run: the run's folder.
        files: in any order.

    Raises:
        ConfigurationError: a file has changed since it was read, or two have one name.
        RecordFault: a copy cannot be written.
    """
    for each in files:
        _keep(each, run / FOLDER / each.place / each.path.name)


def discard(run: Path) -> None:
    """Remove the copies again, for a run that never began.

    Raises:
        OSError: they cannot be removed.
    """
    if (run / FOLDER).exists():
        shutil.rmtree(run / FOLDER)


def _keep(each: InputFile, copy: Path) -> None:
    try:
        data = each.path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{each.path}: cannot be read any more ({error.strerror}); put it back, and"
            " start again"
        ) from error
    if hashlib.sha256(data).hexdigest() != each.sha256:
        raise ConfigurationError(
            f"{each.path}: was changed while the run was being prepared; start again"
        )
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise ConfigurationError(
            f"{each.path}: another file of this run has the same name; rename one"
        ) from error
    except OSError as error:
        raise RecordFault(
            f"{copy}: cannot be written ({error.strerror}); make the folder writable,"
            " or choose another with --runs"
        ) from error
