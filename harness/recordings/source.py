"""A text file that somebody else wrote: which bytes it has, and its lines."""

from __future__ import annotations

import codecs
import hashlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final

from harness.errors import ConfigurationError

Progress = Callable[[float], object]

_BLOCK: Final = 1 << 20
_LONGEST_LINE: Final = 20_000
_LINES_BETWEEN_PROGRESS: Final = 1 << 16
_LONGEST_SHOWN: Final = 60
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "a spreadsheet or an archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"\x1f\x8b", "compressed"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was when it was examined.

    Attributes:
        path: where it is.
        sha256: hash of its bytes, in hexadecimal.
        size: its length in bytes.
        encoding: how its text is encoded, as Python calls it.
    """

    path: Path
    sha256: str
    size: int
    encoding: str


def examine(path: Path) -> Source:
    """Hash a file and find its encoding: UTF-8 or UTF-16, else Latin-1.

    Raises:
        ConfigurationError: it cannot be read, is empty, or is no text.
    """
    try:
        _require_file(path)
        with path.open("rb") as file:
            return _examine(file, path)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); give a file that exists and"
            " may be read"
        ) from error


def shown(text: str) -> str:
    """Quote text of a file for a message: printable, and not long."""
    clean = "".join(each if each.isprintable() else "?" for each in text)
    if len(clean) > _LONGEST_SHOWN:
        clean = f"{clean[:_LONGEST_SHOWN]}..."
    return f"'{clean}'"


class Lines:
    """The lines of a source, with the number of the one that was read last.

    Args:
        source: the file.
        progress: is told now and then which share of the file is done.
    """

    def __init__(self, source: Source, progress: Progress | None = None) -> None:
        self.number = 0
        self._source = source
        self._progress = progress

    def __iter__(self) -> Iterator[str]:
        """Yield each line, without a byte order mark.

        Raises:
            ConfigurationError: the file cannot be decoded, has an endless line, or is
                not what it was.
        """
        source = self._source
        try:
            with (
                source.path.open("rb") as binary,
                TextIOWrapper(binary, encoding=source.encoding) as file,
            ):
                for line in iter(partial(file.readline, _LONGEST_LINE), ""):
                    self.number += 1
                    if len(line) == _LONGEST_LINE:
                        raise ConfigurationError(
                            f"{source.path}, line {self.number}: longer than"
                            f" {_LONGEST_LINE} characters; give a table with one"
                            " sample in each line"
                        )
                    if self.number % _LINES_BETWEEN_PROGRESS == 0:
                        self._report(binary.tell())
                    yield line
                if binary.tell() != source.size:
                    raise ConfigurationError(
                        f"{source.path}: changed while it was read; analyse it when"
                        " the recording has ended"
                    )
        except (OSError, UnicodeError) as error:
            raise ConfigurationError(
                f"{source.path}, after line {self.number}: cannot be read as"
                f" {source.encoding} text ({error}); export it again as UTF-8"
            ) from error

    def _report(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done / self._source.size)


def _require_file(path: Path) -> None:
    """Refuse a pipe: it is gone after the hash, or waits for a writer for ever."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ConfigurationError(
            f"{path}: is no file that can be read twice, for its hash and for its"
            " samples; save it to a file and give that"
        )


def _examine(file: BinaryIO, path: Path) -> Source:
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding = ""
    size = 0
    while block := file.read(_BLOCK):
        if not size:
            encoding = _announced(block, path)
        size += len(block)
        digest.update(block)
        if not encoding and not _decodes(decoder, block):
            encoding = "latin-1"
    if not size:
        raise ConfigurationError(f"{path}: is empty; give a recording")
    if not encoding:
        encoding = "utf-8" if _decodes(decoder, b"", final=True) else "latin-1"
    return Source(path, digest.hexdigest(), size, encoding)


def _announced(block: bytes, path: Path) -> str:
    """The encoding that the first bytes give away; "" if they do not."""
    for magic, what in _NOT_TEXT:
        if block.startswith(magic):
            raise ConfigurationError(
                f"{path}: is {what}, no text; save it as CSV and give that file"
            )
    for mark, encoding in _BOMS:
        if block.startswith(mark):
            return encoding
    head = block[:4096]
    if not head.count(0):
        return ""
    if not any(head[0::2]) or not any(head[1::2]):
        return "utf-16-le" if not any(head[1::2]) else "utf-16-be"
    raise ConfigurationError(
        f"{path}: has zero bytes and so is no text; save it as CSV and give that file"
    )


def _decodes(
    decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False
) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
