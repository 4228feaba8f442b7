"""A ZIP of which there is exactly one for a list of files: the canonical archive.

Files are stored, not compressed, because compressed bytes change with the library;
they are sorted by name, with one date, one set of attributes, no extra fields and no
comment. So every byte of an archive follows from the names and the contents, and
reading is rebuilding: :func:`scan` compares each byte with the one that had to stand
there. Structures from PKWARE's APPNOTE.TXT, 4.3.7 to 4.3.16.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from harness.bundle import names
from harness.errors import HarnessError

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_OFFSET64: Final = struct.Struct("<2HQ")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64: Final = struct.Struct("<4sLQL")
_END: Final = struct.Struct("<4s4H2LH")

_LOCAL_MARK: Final = b"PK\x03\x04"
_CENTRAL_MARK: Final = b"PK\x01\x02"
_VERSION: Final = 20
_VERSION64: Final = 45
_UNIX: Final = 3 << 8
_MIDNIGHT: Final = 0
_1980_01_01: Final = (1 << 5) | 1
_PLAIN_FILE: Final = 0o100644 << 16
_LIMIT16: Final = 0xFFFF
_LIMIT32: Final = 0xFFFF_FFFF
_CHUNK: Final = 1 << 20
_MOST_FILES: Final = 100_000

Progress = Callable[[int], object]
"""Told how many further bytes were dealt with."""


class NotCanonical(HarnessError):
    """A file that is no bundle, or not the only one with its contents."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file that goes into an archive; ``chunks`` can be asked for more than once."""

    name: str
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive.

    Attributes:
        name: path in the archive.
        offset: of its header, bytes.
        size: of its contents, bytes.
        crc32: check value of its contents, as the archive says it.
        sha256: digest of the contents that are there, 64 hex digits.
        is_damaged: whether the contents do not have that check value.
    """

    name: str
    offset: int
    size: int
    crc32: int
    sha256: str
    is_damaged: bool = False

    @property
    def start(self) -> int:
        """Offset of the first byte of its contents."""
        return self.offset + _LOCAL.size + len(self.name)


def of_bytes(name: str, data: bytes) -> Member:
    """Return a member with these contents."""
    return Member(name, lambda: iter((data,)))


def of_file(name: str, path: Path) -> Member:
    """Return a member with the contents of a file."""

    def chunks() -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(_CHUNK), b"")

    return Member(name, chunks)


def of_entry(archive: Path, entry: Entry) -> Member:
    """Return a member with the contents of a file in another archive."""

    def chunks() -> Iterator[bytes]:
        with archive.open("rb") as file:
            file.seek(entry.start)
            yield from _read(file, entry.size)

    return Member(entry.name, chunks)


def write(
    file: BinaryIO, members: Iterable[Member], progress: Progress
) -> tuple[Entry, ...]:
    """Write the archive of these members, in any order, to an empty seekable file.

    Raises:
        NotCanonical: a name may not stand in a bundle, or a file is too large.
        OSError: reading or writing failed.
    """
    ordered = sorted(members, key=lambda member: member.name)
    _check_names([member.name for member in ordered])
    entries = []
    for member in ordered:
        offset = file.tell()
        file.write(_local(member.name, 0, 0))
        size, crc32, digest = 0, 0, hashlib.sha256()
        for chunk in member.chunks():
            file.write(chunk)
            size, crc32 = size + len(chunk), zlib.crc32(chunk, crc32)
            digest.update(chunk)
            progress(len(chunk))
        if size >= _LIMIT32:
            raise NotCanonical(
                f"{member.name} is {size} bytes long; a file in a bundle is smaller"
                " than 4 GiB, and no journal file grows beyond 64 MiB"
            )
        file.seek(offset)
        file.write(_local(member.name, crc32, size))
        file.seek(0, 2)
        entries.append(Entry(member.name, offset, size, crc32, digest.hexdigest()))
    file.write(directory(entries))
    return tuple(entries)


def scan(file: BinaryIO, progress: Progress) -> tuple[Entry, ...]:
    """Read an archive from its first byte to its last, in constant memory.

    Every byte that is not the contents of a file is compared with the one that
    :func:`write` would have put there. Damaged contents are noted in their entry.

    Raises:
        NotCanonical: some byte is another one; nothing else of the file counts.
        OSError: reading failed.
    """
    entries: list[Entry] = []
    while (raw := file.read(_LOCAL.size))[:4] == _LOCAL_MARK:
        if len(entries) == _MOST_FILES:
            raise NotCanonical(f"it holds more than {_MOST_FILES} files")
        entries.append(_scan_file(file, raw, progress))
    if not entries:
        raise NotCanonical("it does not begin like a bundle; give a file of dosebench")
    _check_names([entry.name for entry in entries])
    expected = directory(entries)
    if raw + file.read(len(expected) + 1 - len(raw)) != expected:
        raise NotCanonical(
            "the directory at its end is not the one that follows from its files"
            " (other attributes or dates, a comment, bytes cut off or added)"
        )
    return tuple(entries)


def read(file: BinaryIO, entry: Entry, at_most: int) -> bytes:
    """Return the contents of a small file.

    Raises:
        NotCanonical: it is larger than ``at_most`` bytes.
    """
    if entry.size > at_most:
        raise NotCanonical(
            f"{entry.name} is {entry.size} bytes long; the most is {at_most}"
        )
    file.seek(entry.start)
    return file.read(entry.size)


def directory(entries: Iterable[Entry]) -> bytes:
    """Return the end of the archive: its directory and what closes it."""
    listed = tuple(entries)
    records = b"".join(map(_central, listed))
    last = listed[-1]
    start, size, count = last.start + last.size, len(records), len(listed)
    closing = b""
    if max(start, size) >= _LIMIT32 or count >= _LIMIT16:
        closing = _END64.pack(
            b"PK\x06\x06", _END64.size - 12, _UNIX | _VERSION64, _VERSION64, 0, 0,
            count, count, size, start,
        ) + _LOCATOR64.pack(b"PK\x06\x07", 0, start + size, 1)  # fmt: skip
    count, size, start = min(count, _LIMIT16), min(size, _LIMIT32), min(start, _LIMIT32)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0)
    return records + closing + end


def _scan_file(file: BinaryIO, raw: bytes, progress: Progress) -> Entry:
    offset = file.tell() - len(raw)
    if len(raw) < _LOCAL.size:
        raise NotCanonical(f"it ends in the middle of a header, at byte {offset}")
    *_, crc32, size, _, name_length, _ = _LOCAL.unpack(raw)
    name = file.read(name_length).decode("ascii", "replace")
    if reason := names.fault(name):
        raise NotCanonical(f"the name {name!r:.80} at byte {offset}: {reason}")
    if raw + name.encode("ascii") != _local(name, crc32, size) or size == _LIMIT32:
        raise NotCanonical(
            f"the header of {name} at byte {offset} is not the one that a bundle has"
            " (compressed, encrypted, dated, or with extra fields)"
        )
    found, seen, digest = 0, 0, hashlib.sha256()
    for chunk in _read(file, size):
        found, seen = zlib.crc32(chunk, found), seen + len(chunk)
        digest.update(chunk)
        progress(len(chunk))
    if seen < size:
        raise NotCanonical(f"it ends in the middle of {name}")
    return Entry(name, offset, size, crc32, digest.hexdigest(), found != crc32)


def _read(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the next ``size`` bytes, fewer where the file ends."""
    while size and (chunk := file.read(min(size, _CHUNK))):
        size -= len(chunk)
        yield chunk


def _check_names(listed: list[str]) -> None:
    for name in listed:
        if reason := names.fault(name):
            raise NotCanonical(f"the name {name!r:.80}: {reason}")
    for before, after in itertools.pairwise(listed):
        if before >= after:
            raise NotCanonical(f"{after} stands twice, or after {before}")
    if reason := names.clash(listed):
        raise NotCanonical(reason)


def _local(name: str, crc32: int, size: int) -> bytes:
    return _LOCAL.pack(
        _LOCAL_MARK, _VERSION, 0, 0, _MIDNIGHT, _1980_01_01,
        crc32, min(size, _LIMIT32), min(size, _LIMIT32), len(name), 0,
    ) + name.encode("ascii")  # fmt: skip


def _central(entry: Entry) -> bytes:
    is_far = entry.offset >= _LIMIT32
    far = _OFFSET64.pack(1, 8, entry.offset) if is_far else b""
    version = _VERSION64 if is_far else _VERSION
    fixed = _CENTRAL.pack(
        _CENTRAL_MARK, _UNIX | version, version, 0, 0, _MIDNIGHT, _1980_01_01,
        entry.crc32, entry.size, entry.size, len(entry.name), len(far), 0, 0, 0,
        _PLAIN_FILE, min(entry.offset, _LIMIT32),
    )  # fmt: skip
    return fixed + entry.name.encode("ascii") + far
