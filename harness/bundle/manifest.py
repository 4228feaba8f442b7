"""The manifest: the digest of every file of evidence, as ``sha256sum`` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.bundle import names
from harness.bundle.archive import Entry

MOST_BYTES: Final = 32 * 1024 * 1024
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([ -~]+)")


def text(digests: Iterable[tuple[str, str]]) -> bytes:
    """Return the manifest of these files.

    Args:
        digests: name and SHA-256 of each file of evidence, in any order.
    """
    lines = (f"{sha256}  {name}\n" for name, sha256 in sorted(digests))
    return "".join(lines).encode("ascii")


def of_entries(entries: Iterable[Entry]) -> bytes:
    """Return the manifest that the files of an archive must have."""
    return text((e.name, e.sha256) for e in entries if names.is_evidence(e.name))


def differences(data: bytes, entries: Iterable[Entry]) -> Iterator[str]:
    """Say how a manifest and the files differ, a sentence each; nothing if not."""
    evidence = {e.name: e.sha256 for e in entries if names.is_evidence(e.name)}
    if data == text(evidence.items()):
        return
    lines = data.decode("ascii", "replace").splitlines()
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    listed = {match[2]: match[1] for match in found}
    for name, sha256 in evidence.items():
        if name not in listed:
            yield f"{name} is not in the manifest"
        elif listed[name] != sha256:
            yield f"{name} is not the file that the manifest names"
    yield from (f"{name} is missing" for name in listed if name not in evidence)
    if data != text(listed.items()):
        yield "the manifest is not written as it must be"
