"""The exceptions of the wire formats.

The split says whose fault it is, which for a test bench is the finding itself:

    ProtocolError                 never raised itself: catch it, or raise a kind
    ├── LocalProtocolError        we tried something the protocol forbids
    └── RemoteProtocolError       the peer sent something the protocol forbids
        └── (one kind for each protocol that must answer with a refusal code)
"""


class ProtocolError(Exception):
    """Common ancestor of every breach of a wire format.

    Raises:
        TypeError: when built directly, because a breach without a culprit cannot be
            acted upon.
    """

    def __init__(self, message: str) -> None:
        """Keep the message that names the field and what to do next."""
        if type(self) is ProtocolError:
            raise TypeError(
                "ProtocolError names no culprit; raise LocalProtocolError or "
                "RemoteProtocolError instead"
            )
        super().__init__(message)


class LocalProtocolError(ProtocolError):
    """Our own side asked for something that the protocol cannot carry."""


class RemoteProtocolError(ProtocolError):
    """The other side sent something that the protocol does not allow."""
