"""Captures from the field, played to today's drivers: one test for each file.

How to make one is described in `docs/how-to/use-wire-traces.md`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from drivers.itb_pump import ItbPump
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.evidence.retracing import ReplayDiverged
from harness.ports.base import LineSettings
from harness.ports.replaying.traced import open_trace
from harness.ports.serial import SerialPort
from harness.ports.tap import Tap

TRACES: Final = Path(__file__).resolve().parents[1] / "data" / "traces"


def test_a_damaged_identity_is_asked_for_again(tmp_path: Path) -> None:
    """One bit of the pump's first identity was flipped: 10009 instead of 10001."""
    with (
        open_trace(TRACES / "pump-damaged-identity.trace.jsonl") as clock,
        Journal(tmp_path / "run") as journal,
    ):
        recorder = Recorder(journal, clock)
        port = SerialPort("pump", "replay://pump", LineSettings(), clock)
        pump = ItbPump("pump", Tap("pump", port, clock, recorder), clock, recorder)

        pump.connect()
        identity = pump.read_identity()

        assert clock.wire("pump").left == 0
        with pytest.raises(ReplayDiverged, match="no further question"):
            pump.read_status()
        pump.close()
    assert (identity.serial, identity.firmware) == ("10001", "1.0.0")
    kinds = Counter(record.kind for record in read(tmp_path / "run"))
    assert (kinds[Kind.REJECTION], kinds[Kind.RETRY]) == (1, 1)
