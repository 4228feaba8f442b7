"""A host of the New Era twin alone: typed lines, and hands at the world."""

from __future__ import annotations

from drivers.sim.contracts import FAR
from drivers.sim.new_era_twin import NewEraTwin
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.syringe_pump import SyringeDefect, SyringePumpParameters
from drivers.sim.world import World

S = 1_000_000_000
MIN = 60 * S
H = 3_600 * S


class Host:
    """A pump with 10 mL in its syringe, and an alarm of its power-on if not read."""

    def __init__(self, *defects: SyringeDefect, reads_alarm: bool = True) -> None:
        pump = SyringePumpParameters(flow_error=0.0, defects=frozenset(defects))
        self.world = World(pump.mechanical, SurroundingsParameters(), 1, 0)
        self.world.set_syringe(0, 10e6)
        self.twin = NewEraTwin(pump, self.world, 0)
        self.t_ns = 0
        self.unasked: list[bytes] = []
        if reads_alarm:
            assert self.ask("") == "A?R"

    def send(self, data: bytes) -> bytes:
        self.run_for(1_000_000)
        self.twin.receive(self.t_ns, data)
        return b"".join(sent for _, sent in self.twin.take_output())

    def ask(self, line: str) -> str:
        """The answer to a line of basic mode, without marks and address."""
        reply = self.send(line.encode("ascii") + b"\r")
        assert (reply[:3], reply[-1:]) == (b"\x0200", b"\x03"), reply
        return reply[3:-1].decode("ascii")

    def tell(self, *lines: str) -> None:
        for line in lines:
            answer = self.ask(line)
            assert "?" not in answer, (line, answer)

    def run_for(self, duration_ns: int) -> None:
        """Let the pump act whenever it says that it may."""
        end_ns = self.t_ns + duration_ns
        while (due_ns := self.twin.next_event_ns()) < end_ns:
            assert due_ns < FAR
            self.step(max(due_ns, self.t_ns))
        self.step(end_ns)

    def step(self, t_ns: int) -> None:
        revision = -1
        while revision != self.world.revision:
            revision = self.world.revision
            self.twin.advance(t_ns)
        self.t_ns = t_ns
        self.unasked += [sent for _, sent in self.twin.take_output()]

    def touched(self) -> None:
        """Let the pump look at what hands have changed."""
        self.step(self.t_ns)

    def moved_nl(self) -> float:
        """What has left the syringe of the beginning."""
        return 10e6 - self.world.account(self.t_ns).reservoir_nl


def running(rate: str, *defects: SyringeDefect, volume: str = "0") -> Host:
    host = Host(*defects)
    host.tell(f"VOL{volume}", f"RAT{rate}", "RUN")
    return host
