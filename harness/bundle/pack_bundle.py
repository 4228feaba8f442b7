"""A qualification pack as a bundle: the same archive, manifest and signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harness.bundle import archive, bundling, names
from harness.bundle.archive import Progress
from harness.bundle.attestations import Signatory
from harness.errors import ConfigurationError
from harness.qualification import pack as packs
from harness.qualification.pack import DATA, PAGE, Grade, Pack
from harness.qualification.pack_page import page

_RESULTS: Final[Mapping[Grade, str]] = {
    Grade.PASSED: "passedTests",
    Grade.MISSING: "warnedTests",
    Grade.FAILED: "failedTests",
}
_COMPLETE: Final = "COMPLETE"


def make(folder: Path, output: Path, signatory: Signatory, progress: Progress) -> str:
    """Write the bundle of a pack and return the digest of its manifest.

    Args:
        folder: of the pack.
        output: the new file.
        signatory: who makes the bundle.
        progress: told of every chunk, which are read twice.

    Raises:
        ConfigurationError: the file exists or cannot be written, or the folder is not
            what its own data name.
        NotCanonical: a file is too large for a bundle.
    """
    bundling.refuse_existing(output)
    pack = read(folder)
    files = (DATA, PAGE, *pack.files)
    members = [archive.of_file(names.RUN + each, folder / each) for each in files]
    members.append(archive.of_bytes(names.VERIFIER, bundling.verifier_bytes()))
    return bundling.seal(members, (), result(pack), None, output, signatory, progress)


def read(folder: Path) -> Pack:
    """Read the folder of a pack, and compare every file with what its data name.

    Raises:
        ConfigurationError: something is missing, altered or beside.
    """
    pack = packs.parse(_bytes(folder / DATA), str(folder / DATA))
    if _bytes(folder / PAGE) != page(pack).encode("utf-8"):
        raise ConfigurationError(
            f"{folder / PAGE}: not the page of {DATA}; make the qualification again"
        )
    wanted = {**pack.files, DATA: "", PAGE: ""}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in wanted:
            raise ConfigurationError(
                f"{path}: no part of the qualification; move it to another folder"
            )
    for name, sha256 in pack.files.items():
        if hashlib.sha256(_bytes(folder / name)).hexdigest() != sha256:
            raise ConfigurationError(
                f"{folder / name}: altered; make the qualification again"
            )
    return pack


def result(pack: Pack) -> dict[str, object]:
    """Return the predicate of the pack's result, without its signature."""
    tests: dict[str, list[str]] = {each: [] for each in _RESULTS.values()}
    for subject in packs.Subject:
        tests[_RESULTS[pack.grade(subject)]].append(subject.value)
    is_qualified = pack.verdict == packs.QUALIFIED
    source = pack.identity["source"]
    return {
        "result": "PASSED" if is_qualified else "FAILED",
        "configuration": [{"name": pack.tool, "digest": {"sha256": source}}],
        **tests,
        "run": {
            "verdict": pack.verdict,
            "state": _COMPLETE,
            "complete": True,
            "marks": [],
        },
    }


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); give the folder of a"
            " qualification"
        ) from error
