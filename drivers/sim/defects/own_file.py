"""A user's own defects, from a Python file outside of the checkout.

The file is a program: whoever names it lets it run. What it defines is checked before
anything moves, so that a defect is never tried that does not say what must catch it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
from pathlib import Path
from typing import Final

from drivers.sim.defects.catalogue import BY_ID
from drivers.sim.defects.seeded import SeededDefect
from harness.errors import ConfigurationError

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_TEXTS: Final = ("id", "title", "source", "telemetry", "bench", "requirement")
_METHODS: Final = ("simulation", "pump", "behaviour")
_LONGEST: Final = 400


def load(path: Path, sha256: str = "") -> tuple[type[SeededDefect], ...]:
    """Run a file and return the defects that it defines, in its order.

    Args:
        path: of the file.
        sha256: of its content; another file is not run. "" if any may be.

    Raises:
        ConfigurationError: it cannot be read or run, is not the one that was meant,
            defines no defect, or a defect in it is not complete.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the file of defects cannot be read: {error.strerror}; name a"
            " Python file with classes that derive from SeededDefect"
        ) from error
    if sha256 not in ("", digest):
        raise ConfigurationError(
            f"{path}: the file of defects is not the one whose sha256 was given; it has"
            " changed since: begin anew"
        )
    name = f"dosebench_own_defects_{digest[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path}: no Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        # One that ends the process would end it as if every defect had been found.
        raise ConfigurationError(
            f"{path}: the file of defects ends in {type(error).__name__}: {error};"
            " mend it"
        ) from error
    found = [
        each
        for each in vars(module).values()
        if inspect.isclass(each)
        and issubclass(each, SeededDefect)
        and each.__module__ == name
        and not each.__name__.startswith("_")
    ]
    if not found:
        raise ConfigurationError(
            f"{path}: no defect is defined here; write a class that derives from"
            " drivers.sim.defects.SeededDefect"
        )
    seen: set[str] = set()
    for each in found:
        _check(each, path)
        if each.id in seen or each.id in BY_ID:
            raise ConfigurationError(
                f"{path}: the id {each.id!r} of {each.__name__} is taken; choose"
                " another"
            )
        seen.add(each.id)
    return tuple(found)


def _check(defect: type[SeededDefect], path: Path) -> None:
    where = f"{path}: the defect {defect.__name__}"
    for name in _TEXTS:
        text = getattr(defect, name, None)
        if not isinstance(text, str) or not text.strip():
            raise ConfigurationError(f'{where} says no {name}; add {name} = "..."')
        if len(text) > _LONGEST or not text.isprintable():
            raise ConfigurationError(
                f"{where}: {name} must be at most {_LONGEST} printable characters"
            )
    if not _ID.fullmatch(defect.id):
        raise ConfigurationError(
            f"{where}: the id {defect.id!r} must be letters, digits, dots and dashes,"
            " at most 40"
        )
    profiles: object = defect.profiles
    if (
        not isinstance(profiles, (tuple, list))
        or not profiles
        or not all(isinstance(each, str) for each in profiles)
    ):
        raise ConfigurationError(
            f'{where}: profiles must be names, as in profiles = ("reference-40",)'
        )
    if all(getattr(defect, m) is getattr(SeededDefect, m) for m in _METHODS):
        raise ConfigurationError(
            f"{where} changes nothing; override one of {', '.join(_METHODS)}"
        )
