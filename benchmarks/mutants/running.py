"""Tests of one mutant, in a forked process that imports the mutant from memory."""

from __future__ import annotations

import importlib
import os
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import hypothesis
import pytest

from benchmarks.mutants.scope import ROOT, Subject

# What tests import besides this project's own modules; once is enough for all mutants.
_SHARED: Final = (
    "construct",
    "fastcrc",
    "numpy",
    "pint",
    "scipy.integrate",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
)
_OPTIONS: Final = (
    "-x",
    "-q",
    "--noconftest",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
)
_UNUSED: Final = 99
LONGEST_S: Final = 30
"""Of the processor's time, so that no mutant dies because the computer was slow."""

_LONGEST_WALL_S: Final = 900
_MOST_BYTES: Final = 8 << 30


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    UNUSED = "never imported by its tests"


@dataclass
class _Mutated(MetaPathFinder):
    """Finds one module, in memory.

    Attributes:
        name: dotted name of the module.
        path: where the sound module stands.
        source: the text that is run instead.
        is_used: whether the module has been imported.
    """

    name: str
    path: Path
    source: str
    is_used: bool = False

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of the mutated module, and None for every other."""
        if fullname != self.name:
            return None
        self.is_used = True
        loader = _FromMemory(fullname, str(self.path))
        loader.source = self.source
        return spec_from_loader(fullname, loader)


class _FromMemory(SourceFileLoader):
    """Runs a given text in the place of a file's."""

    source: str

    def get_code(self, fullname: str) -> CodeType:
        """Return the compiled text."""
        return compile(self.source, self.path, "exec", dont_inherit=True)


def prepare(subject: Subject) -> None:
    """Import what a module's mutants share, and settle how their tests behave.

    Args:
        subject: the only module that this process will then try.

    Raises:
        ImportError: a library of the development lock is missing.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, str(ROOT))
    for name in (*_SHARED, *subject.shared):
        importlib.import_module(name)
    # The same examples each time, however long they take.
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")


def begin(subject: Subject, source: str) -> int:
    """Start the tests of a module of which the source is given; return a process id."""
    child = os.fork()
    if child == 0:
        os._exit(_tested(subject, source))
    return child


def fate(status: int) -> Fate:
    """Say what the end of such a process means.

    Args:
        status: as :func:`os.wait` returns it.
    """
    if os.WIFSIGNALED(status):
        is_late = os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM)
        return Fate.TIMED_OUT if is_late else Fate.KILLED
    code = os.WEXITSTATUS(status)
    return {0: Fate.SURVIVED, _UNUSED: Fate.UNUSED}.get(code, Fate.KILLED)


def _tested(subject: Subject, source: str) -> int:
    os.chdir(ROOT)
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S + 1))
    signal.alarm(_LONGEST_WALL_S)
    mutated = _Mutated(subject.name, ROOT / subject.path, source)
    sys.meta_path.insert(0, mutated)
    for tests in subject.tests:
        if code := int(pytest.main([*_OPTIONS, tests])):
            return code
    return 0 if mutated.is_used else _UNUSED
