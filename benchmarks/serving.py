"""``python -m benchmarks.serving``: a simulated bench until standard input ends."""

from __future__ import annotations

import sys
import threading

from benchmarks.bench import START_NS
from drivers.sim.factory import BALANCE, PUMP, RIG, build
from drivers.sim.pace import LockStep
from drivers.sim.parts import Simulation
from drivers.sim.server import Ports, Server
from harness.clock import VirtualClock


def main() -> None:
    bench = build(Simulation(), VirtualClock(START_NS))
    with Server(bench, LockStep(bench), Ports(pty=True)) as server:
        addresses = server.addresses
        tcp = addresses.tcp
        print(addresses.pty[PUMP], tcp[BALANCE][1], tcp[RIG][1], flush=True)

        def watch() -> None:
            sys.stdin.read()
            server.stop()

        threading.Thread(target=watch, daemon=True).start()
        server.run()


if __name__ == "__main__":
    main()
