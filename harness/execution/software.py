"""Which software made a run: version, commit, a hash of its source, libraries."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from harness.evidence.records import JsonValue

_ROOT = Path(__file__).resolve().parents[2]
_NAME = "dosebench"
_FOLDERS = ("harness", "protocols", "drivers", "fixtures")
_LIBRARIES = (
    "construct",
    "cryptography",
    "jinja2",
    "matplotlib",
    "numpy",
    "pint",
    "pyserial",
    "pytest",
    "pytest-html",
    "pyvisa",
    "pyvisa-py",
    "scipy",
)
_GIT_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Checkout:
    """What git says of the source.

    Attributes:
        commit: the commit checked out; None without git or repository.
        clean: whether the source is that commit's, without anything changed or added;
            None where that cannot be told.
    """

    commit: str | None
    clean: bool | None

    def to_json(self) -> dict[str, JsonValue]:
        """Return the ``git`` field of the run record."""
        return {"commit": self.commit, "clean": self.clean}


UNKNOWN: Final = Checkout(None, None)


def checkout(root: Path = _ROOT) -> Checkout:
    """Ask git for the commit of the source, and whether something differs from it.

    A changed file anywhere in the repository counts, and among the folders of the
    source also a Python file that git does not know or ignores.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        # A copy inside of somebody else's repository has no commit of its own.
        return UNKNOWN
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    sources = [f"{folder}/*.py" for folder in _FOLDERS]
    added = _git(root, "ls-files", "--others", "--", *sources)
    if commit is None or changed is None or added is None:
        return Checkout(commit, None)
    return Checkout(commit, not changed and not added)


def _git(root: Path, *arguments: str) -> str | None:
    """Return what a git command prints; None where it fails or there is no git."""
    # Git itself sets these in hooks; they would lead to another repository.
    around = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607 - git is where PATH says.
            capture_output=True,
            check=True,
            env=around,
            timeout=_GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def describe() -> Mapping[str, JsonValue]:
    """Return the ``software`` field of the run record.

    The hash is SHA-256 over the names and contents of all source files of the tool, so
    it changes with any local edit, committed or not. ``lock`` is that of the locked
    versions of the libraries.
    """
    return {
        "name": f"{_NAME} {_version(_NAME)}",
        "sha256": _source_sha256(_ROOT),
        "lock": _lock_sha256(_ROOT),
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def _source_sha256(root: Path) -> str:
    total = hashlib.sha256()
    for folder in _FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            total.update(f"{digest}  {file.relative_to(root).as_posix()}\n".encode())
    return total.hexdigest()


def _lock_sha256(root: Path) -> str:
    """Hash of the locked versions that a checkout stands for."""
    lock = root / "requirements.lock"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else "no lock"
