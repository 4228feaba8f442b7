"""Which names may stand in a bundle: the same on every system, and nowhere else.

A bundle may come from anybody. Its names are checked before one of them is used, so
that unpacking can neither leave its folder nor let one file replace another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

ATTESTATIONS: Final = "attestations/"
KEYS: Final = "keys/"
MANIFEST: Final = "manifest.sha256"
RUN: Final = "run/"
VERIFIER: Final = "verify.py"

_LONGEST: Final = 240
# ASCII without what a path, a shell or Windows takes for its own.
_PART: Final = re.compile(r"(?![ .-])[A-Za-z0-9 !#()+,.;=@\[\]^_{}~-]+(?<![ .])")
_DEVICE: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_KEY: Final = re.compile(r"keys/[0-9a-f]{64}\.pub\.pem")
_ATTESTATION: Final = re.compile(
    r"attestations/(\d{4})-(statement|performed|reviewed|approved)\.dsse\.json"
)


def fault(name: str) -> str:
    """Say why a name may not stand in a bundle; empty where it may.

    Args:
        name: path in the bundle, with ``/`` between its parts.
    """
    if len(name) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    for part in name.split("/"):
        if _PART.fullmatch(part) is None or _DEVICE.fullmatch(part) is not None:
            return "it is no plain name that means the same on every system"
    if not is_evidence(name) and name != MANIFEST and not _is_beside(name):
        return "a bundle has no such file"
    return ""


def is_evidence(name: str) -> bool:
    """Tell whether the manifest has to list a file."""
    return name.startswith(RUN) or name == VERIFIER


def clash(names: Iterable[str]) -> str:
    """Say which names cannot be unpacked side by side; empty where all can."""
    seen: dict[str, str] = {}
    folders: set[str] = set()
    for name in names:
        if other := seen.get(name.lower()):
            return f"{other} and {name} are one file on some systems"
        seen[name.lower()] = name
        folders.update(str(each).lower() for each in PurePosixPath(name).parents)
    both = sorted(folders.intersection(seen))
    return f"{seen[both[0]]} is a file and a folder" if both else ""


def attestation(number: int, role: str) -> str:
    """Return the name of the attestation of this number, from 1."""
    return f"{ATTESTATIONS}{number:04d}-{role}.dsse.json"


def attestation_parts(name: str) -> tuple[int, str]:
    """Return number and role of an attestation.

    Raises:
        ValueError: it is not the name of one.
    """
    found = _ATTESTATION.fullmatch(name)
    if found is None:
        raise ValueError(f"{name} is not the name of an attestation")
    return int(found[1]), found[2]


def key(key_id: str) -> str:
    """Return the name of the file of a public key."""
    return f"{KEYS}{key_id}.pub.pem"


def _is_beside(name: str) -> bool:
    return bool(_KEY.fullmatch(name) or _ATTESTATION.fullmatch(name))
