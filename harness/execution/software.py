"""Which software made a run: version, commit, a hash of its source, libraries."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import machinery, metadata
from pathlib import Path
from typing import Final

from harness.evidence.records import JsonValue

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the tool's source."""
_NAME = "dosebench"
_FOLDERS = ("harness", "protocols", "drivers", "fixtures")
_LOADABLE = tuple(machinery.all_suffixes())
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


def checkout(root: Path = ROOT) -> Checkout:
    """Ask git for the commit of the source, and whether something differs from it.

    A changed file anywhere in the repository counts, and among the folders of the
    source also a file that Python could load and that git does not know or ignores.
    Contents are compared, not what git remembers of them: its index can be told to
    look away, and filters and replaced objects can show it other contents.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        # A copy inside of somebody else's repository has no commit of its own.
        return UNKNOWN
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    listed = _git(root, "ls-tree", "-r", "-z", "HEAD")
    staged = _git(root, "diff-index", "--cached", "HEAD")
    sources = [f"{folder}/*{end}" for folder in _FOLDERS for end in _LOADABLE]
    beside = (":(exclude,glob)**/__pycache__/**",)
    added = _git(root, "ls-files", "--others", "--", *sources, *beside)
    if commit is None or listed is None or staged is None or added is None:
        return Checkout(commit, None)
    return Checkout(commit, not staged and not added and _is_as_listed(root, listed))


def tracked(root: Path = ROOT) -> frozenset[Path]:
    """Return the files of the commit; none where git knows of none."""
    listed = _git(root, "ls-tree", "-r", "-z", "--name-only", "HEAD") or ""
    return frozenset(root / name for name in listed.split("\0") if name)


def _is_as_listed(root: Path, listed: str) -> bool:
    """Tell whether the files of a tree are there, byte by byte."""
    entries = [each.partition("\t") for each in listed.split("\0") if each]
    named = {name: about.split() for about, _, name in entries}
    if any(not (root / name).is_file() for name in named):
        return False
    names = "".join(f"{name}\n" for name in named)
    found = _git(root, "hash-object", "--no-filters", "--stdin-paths", said=names)
    return found is not None and found.split() == [blob for *_, blob in named.values()]


def _git(root: Path, *arguments: str, said: str = "") -> str | None:
    """Return what a git command prints; None where it fails or there is no git.

    Args:
        root: the repository.
        arguments: the command.
        said: what it reads.
    """
    # Git itself sets these in hooks; they would lead to another repository.
    around = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607 - git is where PATH says.
            input=said.encode("utf-8"),
            capture_output=True,
            check=True,
            env={**around, "GIT_NO_REPLACE_OBJECTS": "1"},
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
        "sha256": _source_sha256(ROOT),
        "lock": _lock_sha256(ROOT),
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


@cache
def loaded() -> Mapping[str, JsonValue]:
    """Return what :func:`describe` says of the source when this is first asked.

    A process has loaded it once, whatever becomes of the files afterwards; and so have
    all that are forked from it.
    """
    return describe()


@cache
def loaded_from() -> Checkout:
    """Return what :func:`checkout` says of it, in the same way."""
    return checkout()


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
