"""A disk that forgets: what of a folder outlives a loss of power.

While it is installed, `os.fsync` also brings what it was called for to a second folder,
the disk: of a file its bytes, of a folder the names in it. Nothing else gets there, so
at any moment the disk is what a power failure would leave. That holds for a process
that is killed, too, for what is copied has not been acknowledged before.

In a process of its own::

    python -m tests.harness.evidence.power_loss WATCHED DISK MODULE [ARGUMENT ...]

runs a module as ``python -m`` would. After a kill, DISK stands for WATCHED.
"""

from __future__ import annotations

import os
import runpy
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Disk:
    """The second folder.

    Args:
        watched: the folder whose fate is followed, with all beneath it. What is there
            already is on the disk.
        root: where the disk's content is kept; it does not exist yet.
        changed: called whenever the disk holds something else than before.
    """

    def __init__(
        self,
        watched: Path,
        root: Path,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._watched = watched.resolve()
        self._changed = changed
        self._fsync = os.fsync
        self.root = root
        # One copy of each file, of which the names beneath the root are hard links.
        self._files = root.with_name(root.name + ".files")
        self._known: dict[int, str] = {}
        self._files.mkdir(parents=True)
        root.mkdir()
        for folder, _, files in os.walk(self._watched):
            for name in files:
                self._keep_file(Path(folder, name))
            self._keep_names(Path(folder))

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take part in every `os.fsync` of this process, while the block runs."""
        os.fsync = self._sync
        try:
            yield
        finally:
            os.fsync = self._fsync

    def install(self) -> None:
        """Take part in every `os.fsync` of this process from now on."""
        os.fsync = self._sync

    def _sync(self, fd: Any) -> None:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        if path.is_relative_to(self._watched):
            if stat.S_ISDIR(os.fstat(fd).st_mode):
                self._keep_names(path)
            else:
                self._keep_file(path)
            self._changed()
        self._fsync(fd)

    def _copy_of(self, path: Path) -> Path:
        return self._files / str(path.stat().st_ino)

    def _on_disk(self, folder: Path) -> Path:
        """Where a folder is kept: beside the root until its own name is synced."""
        named = self.root / folder.relative_to(self._watched)
        return named if named.is_dir() else self._copy_of(folder)

    def _keep_file(self, path: Path) -> None:
        copy, inode = self._copy_of(path), path.stat().st_ino
        if path.name.startswith("journal-") and self._known.get(inode) == path.name:
            _follow(path, copy)
            return
        self._known[inode] = path.name
        name = self._on_disk(path.parent) / path.name
        is_named = copy.exists() and name.exists() and name.samefile(copy)
        # A new copy: the number of a file that is gone may belong to another by now.
        fresh = copy.with_suffix(".new")
        shutil.copyfile(path, fresh)
        fresh.replace(copy)
        if is_named:
            _link(copy, name)

    def _keep_names(self, folder: Path) -> None:
        kept = self._on_disk(folder)
        kept.mkdir(exist_ok=True)
        for lost in kept.iterdir():
            if (folder / lost.name).exists():
                continue
            shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
        for entry in folder.iterdir():
            name = kept / entry.name
            if entry.is_file():
                self._keep_name(entry, name)
            elif entry.is_dir() and not name.is_dir():
                unnamed = self._on_disk(entry)
                unnamed.mkdir(exist_ok=True)
                unnamed.rename(name)

    def _keep_name(self, entry: Path, name: Path) -> None:
        copy = self._copy_of(entry)
        if entry.stat().st_ino not in self._known:
            copy.write_bytes(b"")  # Of this file only the name is on the disk.
            self._known[entry.stat().st_ino] = entry.name
        if not name.exists() or not name.samefile(copy):
            _link(copy, name)


def _follow(path: Path, copy: Path) -> None:
    """Copy what has changed of a file that only grows, or is cut at its end."""
    with path.open("rb") as file, copy.open("r+b") as kept:
        same = min(kept.seek(0, os.SEEK_END), path.stat().st_size)
        kept.truncate(same)
        kept.seek(same)
        file.seek(same)
        shutil.copyfileobj(file, kept)


def _link(copy: Path, name: Path) -> None:
    """Give a copy its name in one step, as a disk does."""
    part = copy.with_suffix(".link")
    part.unlink(missing_ok=True)
    part.hardlink_to(copy)
    part.replace(name)


def main(arguments: list[str]) -> None:
    """Run a module on a disk that forgets."""
    watched, root, module, *rest = arguments
    Disk(Path(watched), Path(root)).install()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
