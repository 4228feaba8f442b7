"""What the pump said, for readers of a journal; nothing is decided from it."""

from __future__ import annotations

from protocols.errors import RemoteProtocolError
from protocols.new_era.reader import Found, Rejection, ReplyReader
from protocols.new_era.replies import Reply, parse_reply


class ReplyDecoder:
    """Reads replies of either mode, in any chunks."""

    def __init__(self) -> None:
        self._reader = ReplyReader()

    def feed(self, data: bytes) -> list[Reply | Found | Rejection]:
        """Return the replies that are complete; a frame with none as it is."""
        return [_read(each) for each in self._reader.feed(data)]


def _read(item: Found | Rejection) -> Reply | Found | Rejection:
    if isinstance(item, Rejection):
        return item
    try:
        return parse_reply(item.data)
    except RemoteProtocolError:
        return item
