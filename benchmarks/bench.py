"""The benches that are measured: drivers on a simulated bench, in-process or served."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from drivers.balances.mt_sics import MtSicsBalance
from drivers.itb_pump.pump import ItbPump
from drivers.rig import Rig
from drivers.sim.bench import SimulatedBench
from drivers.sim.factory import DEFAULT_LINES, build
from drivers.sim.parts import Simulation
from harness.bench import Bench, Station
from harness.clock import Clock, VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.ports.base import LineSettings, Port
from harness.ports.serial import SerialPort
from harness.ports.tap import Tap
from harness.ports.visa import VisaPort
from harness.units import ureg

START_NS: Final = 1_767_225_600 * 10**9
VOLUME: Final = ureg.Quantity(40, "mL")
RATE: Final = ureg.Quantity(1, "mL/day")
NAMES: Final = ("pump", "balance", "rig")


@dataclass(frozen=True, slots=True)
class Instruments:
    """Drivers that are connected; the pump delivers."""

    bench: Bench
    pump: ItbPump
    balance: MtSicsBalance
    journal: Path


@contextmanager
def simulated(clock: VirtualClock) -> Iterator[SimulatedBench]:
    """Open the ``sim://`` names of a simulated bench."""
    with build(Simulation(), clock) as bench:
        yield bench


def line_of(name: str) -> LineSettings:
    """Return the line settings of an instrument."""
    return DEFAULT_LINES[name]


def in_process_ports(clock: Clock) -> dict[str, Port]:
    """Return the ports to a simulated bench that is open in this process."""
    resource = "ASRLsim://balance::INSTR"
    return {
        "pump": SerialPort("pump", "sim://pump", line_of("pump"), clock),
        "balance": VisaPort("balance", resource, line_of("balance"), clock),
        "rig": SerialPort("rig", "sim://rig", line_of("rig"), clock),
    }


@contextmanager
def connected(
    clock: Clock,
    ports: dict[str, Port],
    open_journal: Callable[[Path], Journal] = Journal,
    recorder_of: Callable[[Journal, Clock], Recorder] = Recorder,
) -> Iterator[Instruments]:
    """Connect drivers with a journal in a temporary folder, and start the pump."""
    with (
        TemporaryDirectory() as folder,
        open_journal(Path(folder) / "run") as journal,
    ):
        recorder = recorder_of(journal, clock)
        taps = {name: Tap(name, ports[name], clock, recorder) for name in NAMES}
        pump = ItbPump("pump", taps["pump"], clock, recorder)
        balance = MtSicsBalance("balance", taps["balance"], clock, recorder)
        rig = Rig("rig", taps["rig"], clock, recorder)
        stations = []
        for name, device in (("pump", pump), ("balance", balance), ("rig", rig)):
            device.connect()
            stations.append(Station(name, device, device.read_identity(), ""))
        rig.set_case("benchmark")
        rig.fill_reservoir(VOLUME)
        year = ureg.Quantity(360, "day")
        pump.set_reservoir(VOLUME, ureg.Quantity(2, "mL"), year, year)
        pump.start_continuous(RATE)
        with closing(Bench(clock, recorder, stations)) as bench:
            yield Instruments(bench, pump, balance, Path(folder))


@dataclass(frozen=True, slots=True)
class Served:
    """Where a bench in another process can be reached."""

    pump_pty: str
    balance_port: int
    rig_port: int

    def ports(self, clock: Clock) -> dict[str, Port]:
        """Return ports to it."""
        balance = f"TCPIP::127.0.0.1::{self.balance_port}::SOCKET"
        rig = f"socket://127.0.0.1:{self.rig_port}"
        return {
            "pump": SerialPort("pump", self.pump_pty, line_of("pump"), clock),
            "balance": VisaPort("balance", balance, line_of("balance"), clock),
            "rig": SerialPort("rig", rig, line_of("rig"), clock),
        }


@contextmanager
def served() -> Iterator[Served]:
    """Serve a simulated bench in lock-step from a process of its own."""
    program = [sys.executable, "-m", "benchmarks.serving"]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if process.stdout is None or process.stdin is None:
                raise RuntimeError("the server's pipes are missing")
            path, balance, rig = process.stdout.readline().split()
            yield Served(path, int(balance), int(rig))
            process.stdin.close()
            process.wait(10)
        finally:
            process.kill()
