"""What writer and reader of a journal agree on: file names, chain and longest line."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

FIRST_PREVIOUS: Final = "0" * 64
# Bounds the reader's memory even where the file is garbage.
MAX_LINE_BYTES: Final = 8 * 1024 * 1024
_FILE_NAME = re.compile(r"journal-(\d{4,})\.jsonl")


def file_name(number: int) -> str:
    """Return the name of the journal file of this number, from 1."""
    return f"journal-{number:04d}.jsonl"


def file_numbers(folder: Path) -> list[int]:
    """Return the numbers of the journal files in a folder, unsorted.

    Raises:
        OSError: the folder cannot be listed.
    """
    found = (_FILE_NAME.fullmatch(path.name) for path in folder.iterdir())
    return [int(match[1]) for match in found if match]


def chain_hash(previous: str, body: bytes) -> str:
    """Return the hash of a line that follows the one with the hash ``previous``.

    Args:
        previous: 64 hex digits.
        body: the line without its member ``h`` and without its newline.
    """
    return hashlib.sha256(previous.encode("ascii") + body).hexdigest()


def seal(own_hash: str) -> bytes:
    """Return the bytes that stand in a line for the closing brace of its body.

    The line feed is not among them: the reader takes lines apart at it.
    """
    return f',"h":"{own_hash}"}}'.encode("ascii")


SEAL_LENGTH: Final = len(seal(FIRST_PREVIOUS))
"""Length of every seal, bytes."""
