"""What holds for all tests."""

from __future__ import annotations

import gc
import signal

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: adds minutes; runs with -m slow only")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("slow") is not None:
            item.add_marker(pytest.mark.skip(reason="slow; runs with -m slow"))


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
