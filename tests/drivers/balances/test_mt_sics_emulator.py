"""The balance's driver reads an independent emulator, through PyVISA over TCP.

The emulator is somebody else's program with known deviations. It runs in a process of
its own, with a deadline, and its own control puts weights on it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from drivers.balances.mt_sics import MtSicsBalance, Quirk
from harness.clock import RealClock
from harness.errors import InstrumentFault
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.ports.base import LineSettings
from harness.ports.tap import Tap
from harness.ports.visa import VisaPort
from harness.readings import Identity

_SERVE = """
import asyncio
from mtsics.core.simulator import WeightSimulator
from mtsics.core.state import ScaleState
from mtsics.profiles import load
from mtsics.protocol.engine import MTSICSEngine
from mtsics.transport.control import ControlAPI, ControlConfig
from mtsics.transport.tcp import TCPConfig, TCPTransport

async def main():
    state = ScaleState(config=load("mt-xs204"))
    weight = WeightSimulator(state, seed=1)
    cfg = TCPConfig(host="127.0.0.1", port=0)
    server = TCPTransport(MTSICSEngine(state), simulator=weight, cfg=cfg)
    control = ControlAPI(state, weight, ControlConfig(host="127.0.0.1", port=0))
    ports = (await server.start())[1], (await control.start())[1]
    print(*ports, flush=True)
    await asyncio.wait_for(server.serve_forever(), 60)

asyncio.run(main())
"""


class Emulator(NamedTuple):
    """Ports of the emulator on this computer."""

    line: int
    control: int

    def put(self, grams: float) -> float:
        """Put a weight on the pan at once, and return what the balance shows."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.control}/weight",
            data=json.dumps({"value": grams, "snap": True}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return float(json.load(answer)["net"])


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    command = [sys.executable, "-c", _SERVE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line, control = process.stdout.readline().split()
            yield Emulator(int(line), int(control))
        finally:
            process.kill()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Journal(tmp_path / "run") as journal:
        yield Recorder(journal, RealClock())


def balance_at(emulator: Emulator, recorder: Recorder, *quirks: Quirk) -> MtSicsBalance:
    clock = RealClock()
    resource = f"TCPIP0::127.0.0.1::{emulator.line}::SOCKET"
    port = VisaPort("balance", resource, LineSettings(), clock)
    tap = Tap("balance", port, clock, recorder)
    return MtSicsBalance("balance", tap, clock, recorder, quirks=frozenset(quirks))


def test_with_its_quirk_it_is_read_as_its_control_has_set_it(
    emulator: Emulator, recorder: Recorder
) -> None:
    with closing(balance_at(emulator, recorder, Quirk.EMULATOR)) as balance:
        balance.connect()
        assert balance.readability_ng == 100_000
        assert balance.read_identity() == Identity("XS204", "B246813579", "2.30")
        for grams in (12.3456, 0.0001, 199.9999):
            shown = emulator.put(grams)
            assert shown == pytest.approx(grams, abs=0.0003)
            read_ng = balance.read_weight().mass_ng
            # The emulator's own noise moves it by some digits from look to look.
            assert read_ng == pytest.approx(grams * 1e9, abs=600_000)
        emulator.put(1.5)
        balance.set_zero()
        assert balance.read_weight().mass_ng == pytest.approx(0, abs=600_000)


def test_without_its_quirk_it_is_refused(
    emulator: Emulator, recorder: Recorder
) -> None:
    with (
        closing(balance_at(emulator, recorder)) as balance,
        pytest.raises(
            InstrumentFault, match=r'does not list its.*quirks = \["mt-sics-emulator"\]'
        ),
    ):
        balance.connect()
