"""What a served bench has sent on a pseudo terminal is there when it says so."""

import os
import sys

import pytest

from drivers.sim.plugs import PtyPlug
from harness.ports.platform import readable_at

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")


def test_what_was_sent_has_arrived_once_it_is_settled() -> None:
    plug = PtyPlug()
    client = os.open(plug.path, os.O_RDWR | os.O_NOCTTY)
    try:
        # Without waiting, some of so many are late.
        for length in [*range(1, 500)] * 4:
            data = bytes([length % 256]) * length
            plug.send(data)
            plug.settle()
            assert readable_at(client) == length
            assert os.read(client, 4096) == data
    finally:
        os.close(client)
        plug.close()


def test_a_terminal_that_nobody_reads_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plug = PtyPlug()
    try:
        plug.send(b"x" * 3000)
        plug.settle()
        plug.send(b"y" * 3000)
        monkeypatch.setattr(os, "sched_yield", pytest.fail)
        plug.settle()
    finally:
        plug.close()
