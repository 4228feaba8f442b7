"""The drivers together on the simulated bench: in this process, and over sockets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.balances.mt_sics import MtSicsBalance
from drivers.itb_pump import ItbPump
from drivers.lockstep_clock import LockstepClock
from drivers.rig import Rig
from drivers.sim.factory import build
from drivers.sim.pace import LockStep
from drivers.sim.parts import Simulation
from drivers.sim.server import Ports, Server
from harness.clock import NS_PER_S, Clock, RealClock, VirtualClock
from harness.evidence.journal import Journal
from harness.evidence.recorder import Recorder
from harness.ports.base import LineSettings, Port
from harness.ports.serial import SerialPort
from harness.ports.tap import Tap
from harness.ports.visa import VisaPort
from harness.readings import Alarm, PumpState
from harness.units import ureg
from tests.drivers.scripted import START_NS

_HOUR_NS = 3600 * NS_PER_S
_LINE = LineSettings(baud=115_200)


@dataclass(frozen=True, slots=True)
class Fidelity:
    clock: Clock
    pump: str
    balance: str
    rig: str


@contextmanager
def in_process() -> Iterator[Fidelity]:
    clock = VirtualClock(START_NS)
    with build(Simulation(), clock, prefix="together-"):
        yield Fidelity(
            clock,
            "sim://together-pump",
            "ASRLsim://together-balance::INSTR",
            "sim://together-rig",
        )


@contextmanager
def on_the_wire() -> Iterator[Fidelity]:
    own = VirtualClock(START_NS)
    bench = build(Simulation(), own, prefix="")
    with Server(bench, LockStep(bench), Ports()) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        tcp = server.addresses.tcp
        rig = f"socket://127.0.0.1:{tcp['rig'][1]}"
        try:
            time_port = SerialPort("time", rig, _LINE, RealClock())
            with closing(LockstepClock("time", time_port, RealClock())) as clock:
                yield Fidelity(
                    clock,
                    f"socket://127.0.0.1:{tcp['pump'][1]}",
                    f"TCPIP::127.0.0.1::{tcp['balance'][1]}::SOCKET",
                    rig,
                )
        finally:
            server.stop()
            thread.join()


@pytest.mark.parametrize("fidelity", [in_process, on_the_wire])
def test_an_hour_of_delivery_a_stall_and_its_alarm(
    fidelity: Callable[[], AbstractContextManager[Fidelity]], tmp_path: Path
) -> None:
    with fidelity() as at:
        clock = at.clock
        with Journal(tmp_path / "run") as journal:
            recorder = Recorder(journal, clock)

            def tap(name: str, port: Port) -> Tap:
                return Tap(name, port, clock, recorder)

            pump_port = tap("pump", SerialPort("pump", at.pump, _LINE, clock))
            weight_port = tap("balance", VisaPort("balance", at.balance, _LINE, clock))
            rig_port = tap("rig", SerialPort("rig", at.rig, _LINE, clock))
            with (
                closing(ItbPump("pump", pump_port, clock, recorder)) as pump,
                closing(
                    MtSicsBalance("balance", weight_port, clock, recorder)
                ) as balance,
                closing(Rig("rig", rig_port, clock, recorder)) as rig,
            ):
                deliver_and_stall(clock, pump, balance, rig)


def deliver_and_stall(
    clock: Clock, pump: ItbPump, balance: MtSicsBalance, rig: Rig
) -> None:
    for each in (pump, balance, rig):
        each.connect()
    rig.set_case("together")
    rig.fill_reservoir(ureg.Quantity(20, "mL"))
    pump.set_reservoir(
        ureg.Quantity(20, "mL"),
        ureg.Quantity(2, "mL"),
        ureg.Quantity(180, "day"),
        ureg.Quantity(180, "day"),
    )
    balance.set_zero()
    first, counted_nl = balance.read_weight(), pump.read_status().delivered_nl

    pump.start_continuous(ureg.Quantity(1, "mL/hour"))
    clock.sleep_until(clock.now_ns() + _HOUR_NS)

    status = pump.read_status()
    assert status.state is PumpState.DELIVERING
    assert status.delivered_nl - counted_nl == pytest.approx(1e6, rel=1e-3)
    assert balance.read_weight().mass_ng - first.mass_ng == pytest.approx(1e9, rel=0.08)

    rig.set_present(True)
    held_ns = clock.now_ns()
    woken_ns = clock.sleep_until(held_ns + _HOUR_NS)
    events = pump.take_alarm_events()
    assert [event.raised for event in events] == [Alarm.MOTOR_STALL]
    assert events[0].t_ns - held_ns < 310 * NS_PER_S
    assert woken_ns < held_ns + _HOUR_NS
    assert rig.set_safe().endswith("clamp open, magnet away, power on")
    assert pump.set_safe() == "stopped"
