"""Pump twin and simulated world under every stimulus, without a line between them."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sim.contracts import PumpParameters
from drivers.sim.pump_twin import PumpTwin
from drivers.sim.surroundings_parameters import SurroundingsParameters
from drivers.sim.world import World
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.replies import AlarmNotice, ProgramStaged, PumpMessage
from protocols.pump_link.requests import Commit, OpenSession, Request, WriteProgram
from protocols.pump_link.session import HostSession, UnaskedAlarm
from protocols.pump_link.vocabulary import AlarmFlag, PumpMode
from tests.drivers.sim.pump_twin_host import START_NS, H, HeardField, S

SENSING = PumpParameters(flow_error=0.03, occlusion_kpa=60.0)
RATE_NL_PER_H = 500_000


@dataclass
class Pair:
    """A world and a pump in it; every act is looked at, as on the bench."""

    parameters: PumpParameters = SENSING
    now_ns: int = START_NS
    notices: list[tuple[int, AlarmFlag]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = World(self.parameters, SurroundingsParameters(), 1, START_NS)
        self.world.fill(START_NS, 40_000_000)
        self.heard = HeardField()
        self.twin = PumpTwin(self.parameters, self.world, 1, START_NS, self.heard)
        self._session = HostSession(self.parameters.serial, 7)
        self._reader = FrameReader()
        self.open()

    def open(self) -> None:
        self._ask(OpenSession(7))

    def infuse(self) -> None:
        staged = self._ask(WriteProgram(PumpMode.CONTINUOUS, RATE_NL_PER_H, 0, 0))
        assert isinstance(staged, ProgramStaged)
        self._ask(Commit(staged.token))

    def run_until(self, t_ns: int, looks: int = 0) -> None:
        for i in range(1, looks + 1):
            self._run(self.now_ns + (t_ns - self.now_ns) * i // (looks + 1))
        self._run(t_ns)

    def act(self, name: str) -> None:
        world, t_ns = self.world, self.now_ns
        match name:
            case "close" | "open":
                world.set_clamp(t_ns, closed=name == "close")
            case "magnet" | "no magnet":
                world.set_magnet(t_ns, present=name == "magnet")
            case "cut" | "power":
                world.set_power(t_ns, on=name == "power")
            case "weak" | "fresh":
                world.set_supply(t_ns, 2_590 if name == "weak" else 2_900)
            case "press" | "relieve":
                world.set_back_pressure(t_ns, 58_500 if name == "press" else 0)
            case "upset":
                world.upset_memory(t_ns, critical=False)
            case "tube":
                world.set_tube_left(t_ns, 100_000)
            case "renew":
                world.renew_unit(t_ns)
        self._run(t_ns)

    def _run(self, t_ns: int) -> None:
        while (due_ns := self.twin.next_event_ns()) <= t_ns:
            assert due_ns >= self.now_ns
            self.now_ns = due_ns
            self.twin.advance(due_ns)
            self._collect()
        self.now_ns = t_ns
        self.twin.advance(t_ns)
        self._collect()

    def _ask(self, request: Request[PumpMessage]) -> PumpMessage:
        self.twin.receive(self.now_ns, self._session.request(request))
        (frame,) = self._collect()
        reply = self._session.match(frame)
        assert isinstance(reply, PumpMessage)
        return reply

    def _collect(self) -> list[Frame]:
        others = []
        for t_ns, data in self.twin.take_output():
            (frame,) = self._reader.feed(data)
            assert isinstance(frame, Frame)
            heard = self._session.match(frame) if frame.type == 0x40 else None
            if isinstance(heard, UnaskedAlarm):
                notice: AlarmNotice = heard.notice
                self.notices.append((t_ns - START_NS, notice.raised))
                self.twin.receive(t_ns, heard.acknowledgement)
            else:
                others.append(frame)
        return others


ACTS = (
    "close", "open", "magnet", "no magnet", "cut", "power", "weak", "fresh", "press",
    "relieve", "upset", "tube", "renew",
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, H)), max_size=8)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_watching_the_pump_moves_no_alarm_no_tone_and_no_liquid(
    steps: list[tuple[str, int]],
) -> None:
    alone, watched = Pair(), Pair()
    for pair, looks in ((alone, 0), (watched, 23)):
        pair.infuse()
        for name, pause_ns in steps:
            pair.run_until(pair.now_ns + pause_ns, looks)
            pair.act(name)
        pair.run_until(pair.now_ns + H, looks)
    assert watched.notices == alone.notices
    assert watched.heard.tones == alone.heard.tones
    assert watched.world.account(watched.now_ns) == alone.world.account(alone.now_ns)


def test_a_closed_line_is_an_occlusion_when_its_pressure_says_so() -> None:
    pair = Pair()
    pair.infuse()
    pair.run_until(START_NS + H)
    pair.act("close")
    pair.run_until(START_NS + 2 * H)
    # 60 kPa in 500 nL/kPa, less what flows at rest, at the true flow, and 10 s more.
    stored_s = (60.0 - 0.3 * 0.515) * 500.0 / (RATE_NL_PER_H * 1.03) * 3_600
    ((moment_ns, flag),) = pair.notices
    assert flag is AlarmFlag.OCCLUSION
    assert moment_ns / S - 3_600 == pytest.approx(stored_s + 10, abs=1.6)
    held_nl = pair.world.account(pair.now_ns).stored_nl
    assert held_nl == pytest.approx(60.0 * 500.0 + 515_000 * 10.5 / 3_600, abs=200.0)
    pair.act("open")
    pair.run_until(START_NS + 2 * H + 10 * S)
    assert pair.world.account(pair.now_ns).stored_nl == pytest.approx(0.0, abs=1e-3)
    pair.infuse()
    pair.run_until(START_NS + 4 * H)
    assert len(pair.notices) == 1
    tones = [t_ns for t_ns, _ in pair.heard.tones]
    assert tones[0] == moment_ns
    for earlier_ns, later_ns in pairwise(tones):
        assert (later_ns - earlier_ns) * (1 + 20e-6) == pytest.approx(600 * S, abs=10)


def test_a_line_closed_again_alarms_again() -> None:
    pair = Pair()
    pair.infuse()
    pair.act("close")
    pair.run_until(START_NS + H)
    pair.infuse()
    pair.run_until(START_NS + 2 * H)
    first_ns, second_ns = (moment_ns for moment_ns, _ in pair.notices)
    assert second_ns - H == pytest.approx(11 * S, abs=1.1 * S)
    assert first_ns < H


def test_valves_are_not_stalled_by_a_field() -> None:
    valves = PumpParameters(
        flow_error=0.0, magnet_holds=False, magnet_release_nl=10_000
    )
    pair = Pair(valves)
    pair.infuse()
    pair.act("magnet")
    pair.run_until(START_NS + 2 * H)
    assert pair.notices == []
    delivered_nl = pair.world.account(pair.now_ns).delivered_nl
    assert delivered_nl == pytest.approx(1_010_000, abs=400)


def test_a_cut_holds_the_flow_for_as_long_as_it_lasts() -> None:
    pair = Pair(PumpParameters(flow_error=0.0))
    pair.infuse()
    pair.run_until(START_NS + H)
    pair.act("cut")
    pair.run_until(START_NS + 2 * H)
    assert pair.world.account(pair.now_ns).delivered_nl == pytest.approx(
        500_000, abs=300
    )
    pair.act("power")
    pair.run_until(START_NS + 3 * H)
    lost_nl = 500_000 * 2 / 3_600
    delivered_nl = pair.world.account(pair.now_ns).delivered_nl
    assert delivered_nl == pytest.approx(1_000_000 - lost_nl, abs=300)
    ((moment_ns, flag),) = pair.notices
    assert flag is AlarmFlag.RESET
    assert moment_ns == pytest.approx(2 * H + 2 * S, abs=S / 100)
