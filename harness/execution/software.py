"""Which software made a run: its version, a hash of its source, and its libraries."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from harness.evidence.records import JsonValue

_ROOT = Path(__file__).resolve().parents[2]
_NAME = "dosebench"
_FOLDERS = ("harness", "protocols", "drivers", "fixtures")
_LIBRARIES = (
    "construct",
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
