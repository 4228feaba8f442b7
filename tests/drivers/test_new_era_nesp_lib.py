"""nesp-lib, an independent New Era client, drives our twin over a pseudo terminal.

It has no read timeout, so it runs in a process of its own, with a deadline; and it
waits for ever where an alarm comes in a basic frame, so the alarm of the power-on is
read first.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import serial

from drivers.sim.factory import PUMP, Twins, build
from drivers.sim.new_era_twin import NewEraTwin
from drivers.sim.pace import RealTime
from drivers.sim.parts import Simulation
from drivers.sim.server import Ports, Server
from harness.clock import VirtualClock
from harness.ports.platform import HAS_PTY
from tests.drivers.scripted import START_NS

pytestmark = pytest.mark.skipif(not HAS_PTY, reason="no pseudo terminals")

DEADLINE_S = 20.0

CLIENT = """
import sys
from nesp_lib import Port, Pump, PumpingDirection, Status

port, timeout_s = Port(sys.argv[1], 19_200), int(sys.argv[2])
pump = Pump(port, model_number=1000, safe_mode_timeout_s=timeout_s)
print("firmware", pump.firmware_version)
print("timeout", pump.safe_mode_timeout_s)
pump.syringe_diameter_mm = 26.59
pump.pumping_direction = PumpingDirection.INFUSE
pump.pumping_volume_ml = 0.2
pump.pumping_rate_ml_per_min = 25.0
print("set", pump.syringe_diameter_mm, pump.pumping_volume_ml)
print("rate", round(pump.pumping_rate_ml_per_min, 6))
pump.volume_infused_clear()
pump.run()
print("done", pump.status is Status.STOPPED, pump.volume_infused_ml)
pump.pumping_volume_ml = 5.0
pump.run(wait_while_running=False)
print("running", pump.running)
pump.stop()
print("stopped", not pump.running)
try:
    pump.pumping_rate_ml_per_min = 100.0
except ValueError:
    print("out of range")
pump.safe_mode_timeout_s = 0
print("basic", pump.status is not None)
"""


@contextmanager
def served() -> Iterator[str]:
    """The pump's pseudo terminal, in real time."""
    bench = build(Simulation(), VirtualClock(START_NS), twins=Twins(pump=NewEraTwin))
    with Server(bench, RealTime(bench, 1.0), Ports(pty=True)) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server.addresses.pty[PUMP]
        finally:
            server.stop()
            thread.join()


@pytest.mark.parametrize("timeout_s", [0, 2])
def test_an_independent_client_drives_the_twin(timeout_s: int) -> None:
    with served() as path:
        with serial.Serial(path, 19_200, timeout=2.0) as port:
            port.write(b"0\r")
            assert port.read_until(b"\x03") == b"\x0200A?R\x03"
        client = subprocess.run(
            [sys.executable, "-c", CLIENT, path, str(timeout_s)],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
    assert client.stdout.splitlines() == [
        "firmware (3, 923)",
        f"timeout {timeout_s}",
        "set 26.59 0.2",
        "rate 25.0",
        "done True 0.2",
        "running True",
        "stopped True",
        "out of range",
        "basic True",
    ], client.stderr
