"""A host and an exact mechanism for the tests of the pump twin."""

from typing import TypeVar

from drivers.sim.contracts import FAR, PumpParameters
from drivers.sim.pump_twin import PumpTwin
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
        self.speeds: list[tuple[int, float]] = []
        self.reads = 0
        self._gain = gain
        self._content_nl = 0.0
        self._rate = 0.0
        self._since_ns = START_NS

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
        if self._speed == 0:
            return FAR
        return self._since_ns + round(self._content_nl / self._speed * H)

    def reservoir_nl(self, t_ns: int) -> float:
        assert t_ns >= self._since_ns, "the past is asked"
        self.reads += 1
        gone_nl = self._speed * (t_ns - self._since_ns) / H
        return max(self._content_nl - gone_nl, 0.0)

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
        self.twin = PumpTwin(parameters, self.mechanism, seed, START_NS)
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
        self.twin.power_cycle(START_NS + self.now_ns)
        self._collect()

    def fill(self, content_nl: float) -> None:
        self.mechanism.fill(START_NS + self.now_ns, content_nl)
        self.run_for(0)

    def commit(self, request: WriteProgram | WriteRefill) -> Committed:
        if isinstance(request, WriteProgram):
            return self.ask(Commit(self.ask(request).token))
        return self.ask(Commit(self.ask(request).token))

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
