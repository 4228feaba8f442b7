"""What holds for all tests."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Keep the collector from looking through all tests again and again.

    A pytest session collects garbage several times, and many tests start one of their
    own; none of what has been imported and collected by now is garbage.
    """
    gc.collect()
    gc.freeze()
