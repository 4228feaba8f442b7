"""Bytes in any chunks to whole lines, in bounded memory."""

from protocols.mt_sics.grammar import MAX_LINE_BYTES


class LineReader:
    """Splits a byte stream into lines, each returned with its terminator.

    A line ends at LF, so that one damaged CR costs one line and not two; the
    parser then refuses a line whose CR is missing. The result does not depend
    on how the stream is cut into chunks.

    Attributes:
        overlong_lines: Lines rejected so far for exceeding `MAX_LINE_BYTES`.
        discarded_bytes: Bytes of those lines.
    """

    __slots__ = ("_partial", "_skipping", "discarded_bytes", "overlong_lines")

    def __init__(self) -> None:
        """Start at the beginning of a line."""
        self._partial = b""
        self._skipping = False
        self.overlong_lines = 0
        self.discarded_bytes = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take `data` and return the lines it completes. Never raises."""
        is_one_line = 0 <= data.find(b"\n") == len(data) - 1 < MAX_LINE_BYTES
        if is_one_line and not self._partial and not self._skipping:
            return [data]
        *ended, rest = (self._partial + data).split(b"\n")
        lines = [line for piece in ended if (line := self._finish(piece + b"\n"))]
        self._partial = self._keep(rest)
        return lines

    def reset(self) -> int:
        """Forget an unfinished line and return how many bytes were dropped."""
        dropped = len(self._partial)
        self._partial = b""
        self._skipping = False
        return dropped

    def _finish(self, line: bytes) -> bytes:
        if not self._skipping and len(line) <= MAX_LINE_BYTES:
            return line
        self._reject(line)
        self._skipping = False
        return b""

    def _keep(self, rest: bytes) -> bytes:
        if not self._skipping and len(rest) < MAX_LINE_BYTES:
            return rest
        self._reject(rest)
        return b""

    def _reject(self, piece: bytes) -> None:
        self.overlong_lines += not self._skipping
        self._skipping = True
        self.discarded_bytes += len(piece)
