"""The folder of a run, and the facts of the wall beside the journal.

The journal carries bench time only, so that one seed gives one sequence of bytes. When
and where a run really took place, and how long its cases took, stands in ``run.json``.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from harness.clock import NS_PER_S, wall_monotonic_ns, wall_ns
from harness.errors import ConfigurationError, RecordFault
from harness.evidence.disk import sync_folder, whole
from harness.evidence.records import JsonValue

FILE_NAME = "run.json"


def reserve(runs: Path, plan_id: str, seed: int) -> Path:
    """Create the folder of a new run: ``<UTC time>-<plan>-s<seed>``, unlike any other.

    Raises:
        RecordFault: it cannot be created.
    """
    name = f"{_utc():%Y%m%dT%H%M%SZ}-{plan_id}-s{seed}"
    folder, number = runs / name, 1
    while not _created(folder):
        number += 1
        folder = runs / f"{name}-{number}"
    return folder


def _created(folder: Path) -> bool:
    """Create a folder; False where something of that name exists."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise _fault(folder, error) from error
    return True


@dataclass(frozen=True, slots=True)
class Invocation:
    """How a run was started: what it takes to start it like that again.

    Attributes:
        plan: the plan's file; all paths are absolute.
        bench: the bench file.
        profile: the profile given instead of the plan's; None without one.
        form: the form of the cases.
        seed: of the simulation.
        cases: ids of the only cases that were to run; empty where all were.
        k: the expression that selected cases; empty without one.
        setup: the set-up record; None without one.
        formal: whether the run is a formal one.
        approval: the approval of a formal run; None without one.
        trusted_keys: the public keys whose approval counts.
    """

    plan: Path
    bench: Path
    profile: Path | None = None
    form: str = "full"
    seed: int = 1
    cases: tuple[str, ...] = ()
    k: str = ""
    setup: Path | None = None
    formal: bool = False
    approval: Path | None = None
    trusted_keys: tuple[Path, ...] = ()

    def to_json(self) -> dict[str, JsonValue]:
        """Return the member ``invocation`` of ``run.json``."""
        return {
            "plan": str(self.plan),
            "bench": str(self.bench),
            "profile": _text(self.profile),
            "form": self.form,
            "seed": self.seed,
            "cases": list(self.cases),
            "k": self.k,
            "setup": _text(self.setup),
            "formal": self.formal,
            "approval": _text(self.approval),
            "trusted_keys": [str(each) for each in self.trusted_keys],
        }


def read_invocation(run: Path) -> Invocation:
    """Return how a run was started.

    Raises:
        ConfigurationError: its ``run.json`` does not say.
    """
    path = run / FILE_NAME
    how = _read(path).get("invocation")
    if not isinstance(how, dict):
        raise ConfigurationError(
            f"{path}: does not say how the run was started; name plan, bench and"
            " profile by hand (`dosebench resume --help`)"
        )
    try:
        return _invocation(how)
    except (KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path}: how the run was started is not readable ({error!r}); name plan,"
            " bench and profile by hand (`dosebench resume --help`)"
        ) from error


def _read(path: Path) -> dict[str, Any]:
    """Return the members of a file; none where it is missing or is no JSON object."""
    try:
        members = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return members if isinstance(members, dict) else {}


def _invocation(how: dict[str, Any]) -> Invocation:
    def path(name: str) -> Path | None:
        return None if how[name] is None else Path(how[name])

    return Invocation(
        plan=Path(how["plan"]),
        bench=Path(how["bench"]),
        profile=path("profile"),
        form=how["form"],
        seed=how["seed"],
        cases=tuple(how["cases"]),
        k=how["k"],
        setup=path("setup"),
        formal=how["formal"],
        approval=path("approval"),
        trusted_keys=tuple(map(Path, how["trusted_keys"])),
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


class WallFacts:
    """``run.json``: host, start, end and durations of a run, and how it was started.

    Args:
        folder: the run's folder.
        invocation: how it was started; None where nothing can be started like that
            again.
    """

    def __init__(self, folder: Path, invocation: Invocation | None = None) -> None:
        self._path = folder / FILE_NAME
        self._durations_s: dict[str, float] = {}
        self._case_began_ns = wall_monotonic_ns()
        self._facts: dict[str, JsonValue] = {
            "host": platform.node(),
            "platform": platform.platform(),
            "started": _utc().isoformat(),
            "ended": None,
            "invocation": None if invocation is None else invocation.to_json(),
        }

    @classmethod
    def reopen(cls, folder: Path, invocation: Invocation) -> Self:
        """Go on with the facts of a run that was broken off; what was known stays."""
        facts = cls(folder, invocation)
        known = _read(folder / FILE_NAME)
        durations = known.pop("cases_wall_s", {})
        if isinstance(durations, dict):
            facts._durations_s.update(durations)
        resumed = known.get("resumed", [])
        now = _utc().isoformat()
        facts._facts.update(known)
        facts._facts["ended"] = None
        facts._facts["resumed"] = [*(resumed if isinstance(resumed, list) else []), now]
        return facts

    def begin_case(self) -> None:
        """Note that a case begins."""
        self._case_began_ns = wall_monotonic_ns()

    def end_case(self, case_id: str) -> float:
        """Note that it ends; return how long it took, in seconds."""
        wall_s = (wall_monotonic_ns() - self._case_began_ns) / NS_PER_S
        self._durations_s[case_id] = round(wall_s, 3)
        return wall_s

    def begin(self) -> None:
        """Write what is known at the start.

        Raises:
            RecordFault: the file cannot be written.
        """
        self._write()

    def end(self) -> None:
        """Write it again with end and durations; a reader never sees half a file.

        Raises:
            RecordFault: the file cannot be written.
        """
        self._facts["ended"] = _utc().isoformat()
        self._write()

    def _write(self) -> None:
        facts = {**self._facts, "cases_wall_s": self._durations_s}
        text = json.dumps(facts, indent=2) + "\n"
        try:
            with whole(self._path) as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            sync_folder(self._path.parent)
        except OSError as error:
            raise _fault(self._path, error) from error


def _utc() -> datetime:
    return datetime.fromtimestamp(wall_ns() / NS_PER_S, UTC)


def _fault(path: Path, error: OSError) -> RecordFault:
    return RecordFault(
        f"{path}: cannot be written ({error.strerror}); make the folder writable, or"
        " choose another with --runs"
    )
