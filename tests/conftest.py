"""What holds for all tests."""

from __future__ import annotations

import gc
import signal


def pytest_sessionstart() -> None:
    """Let Ctrl-C end programs that tests start, even if a shell took it from us.

    What a shell starts in the background ignores it, and so would all its children.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Keep the collector from looking through all tests again and again.

    A pytest session collects garbage several times, and many tests start one of their
    own; none of what has been imported and collected by now is garbage.
    """
    gc.collect()
    gc.freeze()
