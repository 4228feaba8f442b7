"""``python -m benchmarks.bare_files sha256|json FOLDER``: the floors of reading."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20


def main() -> None:
    what, folder = sys.argv[1:]
    files = sorted(Path(folder).glob("journal-*.jsonl"))
    if what == "sha256":
        _hash(files)
    else:
        _parse(files)


def _hash(files: Iterable[Path]) -> None:
    for path in files:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        print(digest.hexdigest())


def _parse(files: Iterable[Path]) -> None:
    for path in files:
        with path.open("rb") as file:
            for line in file:
                json.loads(line)


if __name__ == "__main__":
    main()
