"""Which code a formal run was loaded with: the commit's, approved, or a library's.

pytest and Python take code from many places: files named ``conftest.py`` in all folders
above a plan, plugins that the environment names, `PYTHONPATH`, and bytecode that was
cached before. Whatever got in so could judge in place of what was approved.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Final

from harness.errors import ConfigurationError
from harness.execution import software
from harness.plans.plan import Plan

_LIBRARIES: Final = ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
_NAMED: Final = 3


def from_source() -> None:
    """Let Python load from known folders alone from now on, and nothing from a cache.

    A cache is held to be up to date by second and size of its source alone, and pytest
    has one of its own for procedures. Libraries that load others only when a port is
    opened must not find those in the folder of whoever started the run.

    Raises:
        ConfigurationError: what is loaded already came from a cache of other code.
    """
    for spec, file in _loaded():
        is_own = file.is_relative_to(software.ROOT) and not _is_of_library(file)
        if is_own and spec is not None and _is_stale(spec, file):
            raise ConfigurationError(
                f"{file}: what Python keeps of it in __pycache__ is other code than the"
                " file's; remove all folders of that name, then start again"
            )
    sys.path[:] = [each for each in sys.path if _is_known(Path(each).resolve())]
    sys.dont_write_bytecode = True
    sys.pycache_prefix = os.devnull


def strangers(plan: Plan) -> Iterator[str]:
    """Yield why the code that is loaded is not that of commit and approval.

    Args:
        plan: the plan, whose procedures are loaded by now.
    """
    if sys.pycache_prefix != os.devnull:
        yield "procedures may come from a cache; start with `dosebench verify`"
    folder, own = plan.procedures.folder.resolve(), software.tracked()
    known = {*own, *(folder / name for name in plan.procedures.sha256)}
    found = [
        str(file)
        for _, file in _loaded()
        if file not in known and not _is_of_library(file)
    ]
    if found:
        named = ", ".join(sorted(found)[:_NAMED])
        yield (
            f"code was loaded that is neither the commit's, nor a library's, nor"
            f" approved, from {len(found)} files: {named}; look for conftest.py,"
            " PYTEST_ADDOPTS, PYTEST_PLUGINS, PYTHONPATH and __pycache__"
        )


def _loaded() -> Iterator[tuple[ModuleSpec | None, Path]]:
    for module in tuple(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            yield module.__spec__, Path(file).resolve()


def _is_known(folder: Path) -> bool:
    return folder == software.ROOT or _is_of_library(folder)


def _is_of_library(file: Path) -> bool:
    return any(file.is_relative_to(each) for each in _libraries())


@lru_cache(maxsize=1)
def _libraries() -> tuple[Path, ...]:
    folders = [sysconfig.get_path(name) for name in _LIBRARIES]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    return tuple(Path(each).resolve() for each in folders)


def _is_stale(spec: ModuleSpec, file: Path) -> bool:
    """Tell whether a module's cache holds something else than its source."""
    loader = spec.loader
    if not isinstance(loader, SourceFileLoader):
        return False
    compiled = loader.source_to_code(loader.get_data(str(file)), str(file))
    return loader.get_code(spec.name) != compiled
