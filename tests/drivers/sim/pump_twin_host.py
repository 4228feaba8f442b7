"""A host and an exact mechanism for the tests of the pump twin."""

from collections.abc import Sequence
from itertools import starmap
from typing import Any, TypeVar

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_twin import PumpTwin
from drivers.sim.sounds import Pattern, SoundField
from protocols.pump_link.fields import ScheduleStep
from protocols.pump_link.frame import Frame, FrameReader
from protocols.pump_link.replies import (
    AlarmNotice,
    Committed,
    LogEntry,
    Nak,
    PumpMessage,
    Status,
)
from protocols.pump_link.requests import (
    Commit,
    GetLog,
    GetStatus,
    OpenSession,
    Request,
    Stop,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.session import HostSession, UnaskedAlarm
from protocols.pump_link.vocabulary import AlarmFlag, LogEvent, PumpMode

S = 1_000_000_000
H = 3600 * S
DAY = 24 * H
START_NS = 1_767_225_600 * S
CLOCK_AT_START_S = 1_767_225_600 - 946_684_800

EXACT = PumpParameters(clock_error_ppm=0.0)

R = TypeVar("R", bound=PumpMessage)


class ExactMechanism:
    """A rotor without pulsation; the test moves magnet and content."""

    def __init__(self, gain: float = 1.0) -> None:
        self.blocked = False
        self.supply = 2_900
        self.pressure_kpa = 0.0
        self.upsets = (0, 0)
        self.tube = (0, 0)
        self.renewed = 0
        self.exchanges = 0
        self.speeds: list[tuple[int, float]] = []
        self.reads = 0
        self._revision = 0
        self._gain = gain
        self._content_nl = 0.0
        self._rate = 0.0
        self._since_ns = START_NS

    @property
    def revision(self) -> int:
        """Another number each time: a test changes what it likes."""
        self._revision += 1
        return self._revision

    def set_motor(self, t_ns: int, rate_nl_per_h: float) -> None:
        self._restart(t_ns)
        self._rate = rate_nl_per_h
        self.speeds.append((t_ns - START_NS, rate_nl_per_h))

    def is_rotor_blocked(self, t_ns: int) -> bool:
        return self.blocked

    def is_inlet_dry(self, t_ns: int) -> bool:
        return self.reservoir_dry_at_ns(t_ns) <= t_ns

    def reservoir_dry_at_ns(self, t_ns: int) -> int:
        if self.reservoir_nl(t_ns) <= 1e-6:
            return t_ns
        if self._speed <= 0:
            return FAR
        return self._since_ns + round(self._content_nl / self._speed * H)

    def reservoir_nl(self, t_ns: int) -> float:
        assert t_ns >= self._since_ns, "the past is asked"
        self.reads += 1
        gone_nl = self._speed * (t_ns - self._since_ns) / H
        return max(self._content_nl - gone_nl, 0.0)

    def supply_mv(self, t_ns: int) -> int:
        return self.supply

    def line_pressure_kpa(self, t_ns: int) -> float:
        return self.pressure_kpa

    def pressure_crosses_ns(self, t_ns: int, kpa: float) -> int:
        return FAR

    def memory_upsets(self, t_ns: int) -> tuple[int, int]:
        return self.upsets

    def tube_setting(self, t_ns: int) -> tuple[int, int]:
        return self.tube

    def renewals(self, t_ns: int) -> int:
        return self.renewed

    def use_link(self) -> None:
        self.exchanges += 1

    def block(self, t_ns: int, blocked: bool) -> None:
        self._restart(t_ns)
        self.blocked = blocked

    def fill(self, t_ns: int, content_nl: float) -> None:
        self._restart(t_ns)
        self._content_nl = content_nl

    @property
    def _speed(self) -> float:
        return 0.0 if self.blocked else self._rate * self._gain

    def _restart(self, t_ns: int) -> None:
        self._content_nl = self.reservoir_nl(t_ns)
        self._since_ns = t_ns


class HeardField(SoundField):
    """A room that remembers every tone, in ns since the start."""

    def __init__(self) -> None:
        super().__init__()
        self.tones: list[tuple[int, Pattern]] = []

    def emit(self, t_ns: int, pattern: Pattern) -> None:
        self.tones.append((t_ns - START_NS, pattern))


class Host:
    """Talks to a twin over real frames and keeps the time, ns since the start."""

    def __init__(
        self,
        parameters: PumpParameters = EXACT,
        seed: int = 1,
        mechanism: ExactMechanism | None = None,
    ) -> None:
        self.mechanism = mechanism or ExactMechanism()
        self.parameters = parameters
        self.mechanism.supply = parameters.battery_mv
        self.field = HeardField()
        self.twin = PumpTwin(parameters, self.mechanism, seed, START_NS, self.field)
        self.session = HostSession(parameters.serial, 7)
        self.now_ns = 0
        self.acknowledges = True
        self.notices: list[tuple[int, AlarmNotice]] = []
        self._reader = FrameReader()
        self.open()

    def open(self) -> None:
        self.ask(OpenSession(7))

    def send(self, data: bytes) -> list[Frame]:
        """Send bytes and return the frames that answer them, notices taken out."""
        self.twin.advance(START_NS + self.now_ns)
        self._collect()
        self.twin.receive(START_NS + self.now_ns, data)
        return self._collect()

    def refused(self, request: Request[PumpMessage]) -> Nak:
        reply = self._reply(request)
        assert isinstance(reply, Nak)
        return reply

    def ask(self, request: Request[R]) -> R:
        reply = self._reply(request)
        assert not isinstance(reply, Nak), reply
        return reply  # type: ignore[return-value]

    def run_until(self, now_ns: int) -> None:
        """Let the twin act by itself, one event after the other."""
        while (due_ns := self.twin.next_event_ns() - START_NS) <= now_ns:
            assert due_ns >= self.now_ns
            self.now_ns = due_ns
            self.twin.advance(START_NS + due_ns)
            self._collect()
        self.now_ns = now_ns
        self.twin.advance(START_NS + now_ns)
        self._collect()

    def run_for(self, duration_ns: int) -> None:
        self.run_until(self.now_ns + duration_ns)

    def block(self, blocked: bool) -> None:
        self.mechanism.block(START_NS + self.now_ns, blocked)
        self.run_for(0)

    def power_cycle(self) -> None:
        """Take the power away and give it back at once; the pump boots for 2 s."""
        supply = self.mechanism.supply
        self.supply(0)
        self.supply(supply)
        self.run_for(2 * S)

    def supply(self, voltage_mv: int) -> None:
        self.mechanism.supply = voltage_mv
        self.run_for(0)

    def fill(self, content_nl: float) -> None:
        self.mechanism.fill(START_NS + self.now_ns, content_nl)
        self.run_for(0)

    def commit(self, request: Request[Any]) -> Committed:
        return self.ask(Commit(self.ask(request).token))

    def schedule(self, *days: Sequence[tuple[int, int]]) -> Committed:
        """Commit days of (minute, nL/h); the last one stands for the rest."""
        return self.ask(Commit(self.stage_week(*days)))

    def stage_week(self, *days: Sequence[tuple[int, int]]) -> int:
        token = 0
        for day in range(7):
            steps = starmap(ScheduleStep, days[min(day, len(days) - 1)])
            token = self.ask(WriteScheduleDay(day, tuple(steps))).token
        return token

    def infuse(self, rate_nl_per_h: int) -> Committed:
        return self.commit(WriteProgram(PumpMode.CONTINUOUS, rate_nl_per_h, 0, 0))

    def bolus(self, nl: int, duration_s: int, then_nl_per_h: int = 0) -> Committed:
        return self.commit(WriteProgram(PumpMode.BOLUS, then_nl_per_h, nl, duration_s))

    def refill(self, content_nl: int, threshold_nl: int = 6_000_000) -> None:
        self.fill(float(content_nl))
        self.commit(WriteRefill(content_nl, threshold_nl, 180, 120))

    def stop(self) -> None:
        self.ask(Stop())

    def status(self) -> Status:
        return self.ask(GetStatus())

    def log(self) -> list[LogEntry]:
        entries: list[LogEntry] = []
        while True:
            page = self.ask(GetLog(len(entries)))
            entries += page.entries
            if len(entries) == page.total:
                return entries

    def events(self) -> list[tuple[int, LogEvent, int]]:
        """Return uptime in s, event and detail of the whole log."""
        return [(e.uptime_ms // 1000, e.event, e.detail) for e in self.log()]

    def _reply(self, request: Request[PumpMessage]) -> PumpMessage:
        (frame,) = self.send(self.session.request(request))
        reply = self.session.match(frame)
        assert isinstance(reply, PumpMessage)
        return reply

    def _collect(self) -> list[Frame]:
        """Take the output; keep and acknowledge notices; return other frames."""
        others = []
        for t_ns, data in self.twin.take_output():
            (frame,) = self._reader.feed(data)
            assert isinstance(frame, Frame)
            if frame.type != 0x40:
                others.append(frame)
                continue
            heard = self.session.match(frame)
            assert isinstance(heard, UnaskedAlarm)
            self.notices.append((t_ns - START_NS, heard.notice))
            if self.acknowledges:
                self.twin.receive(t_ns, heard.acknowledgement)
        return others


def delivering(rate_nl_per_h: int, parameters: PumpParameters = EXACT) -> Host:
    """Return a host whose filled pump delivers since the start."""
    host = Host(parameters)
    host.refill(40_000_000)
    host.infuse(rate_nl_per_h)
    return host


def raised(host: Host) -> list[tuple[int, AlarmFlag]]:
    """Return when alarms were announced, ns since the start, and which."""
    return [(t_ns, notice.raised) for t_ns, notice in host.notices if notice.raised]
