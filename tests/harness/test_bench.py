"""The loop that owns time: sources in due order, listeners, and the safe state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.bench import Bench, Sampler, Station
from harness.clock import NS_PER_S, RealClock, VirtualClock
from harness.errors import ConfigurationError, LinkViolation, PortFault, RecordFault
from harness.evidence.journal import Journal
from harness.evidence.reader import read
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.readings import (
    Alarm,
    Identity,
    PumpMode,
    PumpReading,
    PumpState,
    Sound,
)
from harness.units import Quantity, ureg

S = NS_PER_S
NOBODY = Identity("model", "serial", "firmware")


def seconds(value: float) -> Quantity:
    return ureg.Quantity(value, "s")


class Device:
    """An instrument without a wire; ``does`` is what its safe state takes."""

    def __init__(self, does: Callable[[], str] = lambda: "safe") -> None:
        self.does = does
        self.closed = False

    def read_identity(self) -> Identity:
        return NOBODY

    def set_safe(self) -> str:
        return self.does()

    def close(self) -> None:
        self.closed = True


class Speaker(Device):
    """An instrument that speaks unasked at given times, and notes when it is heard."""

    def __init__(self, clock: VirtualClock, spoken_ns: Sequence[int]) -> None:
        super().__init__()
        self.clock = clock
        self.waiting_ns = sorted(spoken_ns)
        self.heard: list[tuple[int, int]] = []
        self.asked = 0
        self.breaks_rules = False
        clock.attach(self.next_byte_ns)

    def next_byte_ns(self, deadline_ns: int) -> int:
        now_ns = self.clock.now_ns()
        later = [t_ns for t_ns in self.waiting_ns if now_ns < t_ns <= deadline_ns]
        return min(later, default=deadline_ns)

    def listen(self) -> None:
        self.asked += 1
        now_ns = self.clock.now_ns()
        if self.breaks_rules:
            raise LinkViolation("nonsense")
        while self.waiting_ns and self.waiting_ns[0] <= now_ns:
            self.heard.append((self.waiting_ns.pop(0), now_ns))


class Mortal(Device):
    """An instrument that stops unless somebody speaks with it once in ten seconds."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.clock = clock
        self.spoken_s: list[float] = []

    @property
    def due_ns(self) -> int:
        return round((self.spoken_s or [0.0])[-1] * S) + 10 * S

    def listen(self) -> None:
        if self.clock.now_ns() >= self.due_ns:
            self.spoken_s.append(self.clock.now_ns() / S)


@dataclass
class Desk:
    folder: Path
    clock: VirtualClock
    recorder: Recorder
    journal: Journal

    def bench(self, *devices: Device) -> Bench:
        stations = [
            Station(f"role {number}", device, NOBODY, "")
            for number, device in enumerate(devices)
        ]
        return Bench(self.clock, self.recorder, stations)

    def outcomes(self) -> list[tuple[object, object]]:
        return [
            (record.fields["role"], record.fields["outcome"])
            for record in read(self.folder)
            if record.kind is Kind.SAFE_STATE
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = VirtualClock(0)
    with Journal(tmp_path / "run") as journal:
        yield Desk(tmp_path / "run", clock, Recorder(journal, clock), journal)


def takes(clock: VirtualClock, cost_ns: Callable[[], int]) -> Callable[[], int]:
    """A reading that costs bench time; it returns when it was asked for."""

    def ask() -> int:
        begun_ns = clock.now_ns()
        clock.advance_to(begun_ns + cost_ns())
        return begun_ns

    return ask


# --- sources ---------------------------------------------------------------------


def test_a_source_is_read_at_both_ends_and_on_its_grid(desk: Desk) -> None:
    bench = desk.bench()
    desk.clock.advance_to(7)
    with bench.sampling(desk.clock.now_ns, seconds(2)) as sampler:
        bench.run_for(seconds(6))
        bench.run_for(seconds(3))
    assert sampler.readings == [7, 7 + 2 * S, 7 + 4 * S, 7 + 6 * S, 7 + 8 * S]
    assert desk.clock.now_ns() == 7 + 9 * S


@pytest.mark.parametrize(
    ("cost_s", "begun_s"),
    [
        (0.5, [0, 1, 2, 3, 4, 5, 6]),
        (1.0, [0, 1, 2, 3, 4, 5, 6]),
        # A reading that is over late is followed at once by the one that was due.
        (1.5, [0, 1.5, 3, 4.5, 6]),
        (2.5, [0, 2.5, 5, 7.5]),
    ],
)
def test_a_late_reading_is_made_up_for_at_once(
    desk: Desk, cost_s: float, begun_s: list[float]
) -> None:
    bench = desk.bench()
    ask = takes(desk.clock, lambda: round(cost_s * S))
    with bench.sampling(ask, seconds(1)) as sampler:
        bench.run_for(seconds(6))
    assert sampler.readings == [round(each * S) for each in begun_s]


@given(
    period=st.integers(1, 50),
    costs=st.lists(st.integers(0, 200), min_size=1, max_size=30),
)
def test_no_delay_shifts_the_grid(period: int, costs: list[int]) -> None:
    clock = VirtualClock(1000)
    pending = list(costs)
    sampler = Sampler(takes(clock, pending.pop), period, 1000)
    while pending:
        assert (sampler.due_ns - 1000) % period == 0
        due_ns = sampler.due_ns
        clock.sleep_until(due_ns)
        now_ns = clock.now_ns()
        sampler.poll(now_ns)
        # The grid point next after the one served; none is served twice or ahead.
        assert due_ns < sampler.due_ns
        assert now_ns < sampler.due_ns <= now_ns + period
    assert len(sampler.readings) == len(costs)


def test_nested_sources_are_served_in_the_order_in_which_they_are_due(
    desk: Desk,
) -> None:
    bench = desk.bench()
    said: list[tuple[str, int]] = []

    def says(name: str) -> Callable[[], None]:
        return lambda: said.append((name, desk.clock.now_ns() // S))

    with bench.sampling(says("outer"), seconds(5)):
        bench.run_for(seconds(3))
        with bench.sampling(says("inner"), seconds(1)):
            # Both are overdue, the inner one for longer.
            desk.clock.advance_to(7 * S)
            bench.run_for(seconds(1))
        bench.run_for(seconds(3))
    bench.run_for(seconds(10))
    assert said == [
        ("outer", 0),
        ("inner", 7),
        ("outer", 7),
        ("inner", 8),
        ("outer", 10),
    ]


def test_a_source_that_fails_is_gone_afterwards(desk: Desk) -> None:
    bench = desk.bench()

    def lost() -> int:
        raise PortFault("lost")

    with pytest.raises(PortFault), bench.sampling(lost, seconds(1)):
        bench.run_for(seconds(1))
    bench.run_for(seconds(5))
    assert desk.clock.now_ns() == 5 * S


@pytest.mark.parametrize("every_s", [0.0, -1.0, 1e-10])
def test_a_period_without_length_is_refused(desk: Desk, every_s: float) -> None:
    with (
        pytest.raises(ConfigurationError, match="correct the number in the plan"),
        desk.bench().sampling(desk.clock.now_ns, seconds(every_s)),
    ):
        pytest.fail("must not begin")


# --- conditions ------------------------------------------------------------------


def test_no_time_passes_in_a_wait_of_no_length(desk: Desk) -> None:
    bench = desk.bench()
    with bench.sampling(desk.clock.now_ns, seconds(1)) as sampler:
        assert not bench.run_until(lambda: False, seconds(0))
        assert bench.run_until(lambda: True, seconds(0))
    assert sampler.readings == [0]
    assert desk.clock.now_ns() == 0


def test_a_condition_that_holds_already_lets_no_time_pass(desk: Desk) -> None:
    assert desk.bench().run_until(lambda: True, seconds(9))
    assert desk.clock.now_ns() == 0


def test_a_condition_on_readings_ends_the_wait_with_the_reading(desk: Desk) -> None:
    bench = desk.bench()
    with bench.sampling(desk.clock.now_ns, seconds(10)) as sampler:
        assert bench.run_until(lambda: sampler.readings[-1] >= 30 * S, seconds(99))
    assert desk.clock.now_ns() == 30 * S


def test_a_condition_true_between_readings_is_seen_at_the_next_wake(
    desk: Desk,
) -> None:
    bench = desk.bench()
    with bench.sampling(desk.clock.now_ns, seconds(10)):
        assert bench.run_until(lambda: desk.clock.now_ns() >= 33 * S, seconds(99))
    assert desk.clock.now_ns() == 40 * S


def test_a_condition_that_turns_true_with_the_last_reading_holds(desk: Desk) -> None:
    bench = desk.bench()
    with bench.sampling(desk.clock.now_ns, seconds(10)) as sampler:
        assert bench.run_until(lambda: sampler.readings[-1] == 30 * S, seconds(30))
        assert not bench.run_until(lambda: len(sampler.readings) > 9, seconds(5))
    assert desk.clock.now_ns() == 35 * S


def test_progress_tells_now_and_the_end(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    bench = Bench(
        desk.clock, desk.recorder, [], lambda now, end: told.append((now, end))
    )
    with bench.sampling(desk.clock.now_ns, seconds(2)):
        bench.run_for(seconds(5))
    assert told == [(0, 5 * S), (2 * S, 5 * S), (4 * S, 5 * S)]


# --- listeners -------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoken=st.lists(st.integers(0, 100), max_size=20), cost=st.integers(0, 15))
def test_whatever_is_said_unasked_is_heard_in_the_same_wake(
    desk: Desk, spoken: list[int], cost: int
) -> None:
    """Also when it comes exactly as a reading is due, or while one is taken."""
    clock = VirtualClock(0)
    speaker = Speaker(clock, [each * S for each in spoken])
    bench = Bench(clock, desk.recorder, [Station("pump", speaker, NOBODY, "")])
    with bench.sampling(takes(clock, lambda: cost * S), seconds(10)):
        bench.run_for(seconds(100))
    assert len(speaker.heard) == len(spoken)
    assert all(heard - said <= cost * S for said, heard in speaker.heard)


def test_a_listener_that_raises_ends_the_wait_and_leaves_nothing_behind(
    desk: Desk,
) -> None:
    speaker = Speaker(desk.clock, [3 * S])
    bench = desk.bench(speaker)
    bench.run_for(seconds(1))
    speaker.breaks_rules = True
    with (
        pytest.raises(LinkViolation),
        bench.sampling(desk.clock.now_ns, seconds(10)) as sampler,
    ):
        bench.run_for(seconds(9))
    speaker.breaks_rules = False
    bench.run_for(seconds(20))
    assert sampler.readings == [1 * S]
    assert [said for said, _ in speaker.heard] == [3 * S]


def test_nobody_listens_in_an_unobserved_window_and_nothing_is_lost(
    desk: Desk,
) -> None:
    speaker = Speaker(desk.clock, [2 * S, 4 * S])
    bench = desk.bench(speaker)
    with bench.unobserved():
        with bench.unobserved():
            bench.run_for(seconds(3))
        bench.run_for(seconds(3))
        assert speaker.asked == 0
    bench.run_for(seconds(1))
    assert [said for said, _ in speaker.heard] == [2 * S, 4 * S]


class Pump(Device):
    """Notes when it is looked at."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.clock = clock
        self.looks: list[int] = []

    def read_status(self) -> PumpReading:
        self.looks.append(self.clock.now_ns() // S)
        return PumpReading(
            self.clock.now_ns(), 0, PumpMode.STOPPED, PumpState.STOPPED, 0, 0, 0,
            Alarm.NONE, 0,
        )  # fmt: skip

    def start_continuous(self, rate: Quantity) -> Quantity:
        return rate

    def stop(self) -> None:
        pass


class Ear(Speaker):
    """Hears what sounds, also while nobody looks at the pump."""

    def take_sounds(self) -> list[Sound]:
        return []


def test_an_instrument_that_needs_a_sign_of_life_gets_one_in_time(desk: Desk) -> None:
    device = Mortal(desk.clock)
    bench = desk.bench(device)
    bench.run_for(seconds(35))
    assert device.spoken_s == [10.0, 20.0, 30.0]
    with bench.unobserved():
        bench.run_for(seconds(100))
    assert len(device.spoken_s) == 3
    bench.run_for(seconds(1))
    assert device.spoken_s[3:] == [135.0]


def test_nobody_looks_at_the_pump_in_an_unobserved_window(desk: Desk) -> None:
    pump = Pump(desk.clock)
    bench = desk.bench(pump)
    with (
        bench.sampling(pump.read_status, seconds(2)),
        bench.sampling(desk.clock.now_ns, seconds(2)) as others,
    ):
        bench.run_for(seconds(3))
        with bench.unobserved(), bench.sampling(pump.read_status, seconds(1)):
            bench.run_for(seconds(6))
        bench.run_for(seconds(4))
    # Due at 4, 6 and 8 as well: left out, and not caught up with at 9.
    assert pump.looks == [0, 2, 10, 12]
    assert [t_ns // S for t_ns in others.readings] == [0, 2, 4, 6, 8, 10, 12]


def test_a_source_due_at_the_end_of_an_unobserved_window_is_served(desk: Desk) -> None:
    pump = Pump(desk.clock)
    bench = desk.bench(pump)
    with bench.sampling(pump.read_status, seconds(2)):
        bench.run_for(seconds(1))
        with bench.unobserved():
            bench.run_for(seconds(3))
        bench.run_for(seconds(0))
    assert pump.looks == [0, 4]


def test_in_an_unobserved_window_a_source_says_whom_it_reads(desk: Desk) -> None:
    pump, balance = Pump(desk.clock), Device()
    bench = desk.bench(pump, balance)
    with bench.unobserved():
        with (
            pytest.raises(ValueError, match="say of="),
            bench.sampling(lambda: pump.read_status().t_ns, seconds(1)),
        ):
            pytest.fail("must not begin")
        with (
            bench.sampling(lambda: pump.read_status().t_ns, seconds(1), of=pump),
            bench.sampling(lambda: 1, seconds(1), of=balance) as weights,
        ):
            bench.run_for(seconds(2))
    assert pump.looks == []
    assert weights.readings == [1, 1, 1]


def test_a_source_of_nobody_knows_what_forbids_an_unobserved_window(desk: Desk) -> None:
    bench = desk.bench()
    with (
        bench.sampling(lambda: 1, seconds(1)),
        pytest.raises(ValueError, match="say of="),
        bench.unobserved(),
    ):
        pytest.fail("must not begin")
    with bench.unobserved():
        bench.run_for(seconds(1))


def test_the_ear_listens_on_in_an_unobserved_window(desk: Desk) -> None:
    ear = Ear(desk.clock, [2 * S])
    bench = desk.bench(ear)
    with bench.unobserved():
        bench.run_for(seconds(5))
        assert ear.heard == [(2 * S, 2 * S)]


def test_an_unobserved_window_is_journalled_once(desk: Desk) -> None:
    bench = desk.bench()
    with bench.unobserved(), bench.unobserved():
        bench.run_for(seconds(3))
    assert [
        (record.t_ns // S, record.fields["action"])
        for record in read(desk.folder)
        if record.kind is Kind.STIMULUS
    ] == [
        (0, "nobody looks at the pump from here on"),
        (3, "the pump is looked at again"),
    ]


def test_an_unobserved_window_that_fails_is_over(desk: Desk) -> None:
    speaker = Speaker(desk.clock, [1 * S])
    bench = desk.bench(speaker)
    with pytest.raises(PortFault), bench.unobserved():
        raise PortFault("lost")
    bench.run_for(seconds(2))
    assert len(speaker.heard) == 1


def test_a_chatty_pump_in_an_unobserved_window_keeps_no_core_busy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Host:
        now_ns = 0

        def monotonic_ns(self) -> int:
            return self.now_ns

        def sleep(self, duration_s: float) -> None:
            self.now_ns += max(1, round(duration_s * S))

    monkeypatch.setattr("harness.clock.time", Host())
    clock = RealClock(start_ns=0)
    clock.watch(lambda: True)
    wakes: list[int] = []
    bench = Bench(clock, desk.recorder, [], lambda now, end: wakes.append(now))
    with bench.unobserved():
        bench.run_for(seconds(60))
    assert 0 < len(wakes) <= 60 * 50 + 1
    assert clock.now_ns() >= 60 * S


# --- cases and the safe state ----------------------------------------------------


class Simulated(Device):
    """Wants to know which case begins."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[str] = []

    def set_case(self, case_id: str) -> None:
        self.cases.append(case_id)


def test_only_who_cares_is_told_of_a_case(desk: Desk) -> None:
    simulated = Simulated()
    desk.bench(Device(), simulated).set_case("A/b")
    assert simulated.cases == ["A/b"]


def fails(error: BaseException) -> Callable[[], str]:
    def do() -> str:
        raise error

    return do


def test_the_safe_state_comes_in_the_order_of_the_stations(desk: Desk) -> None:
    order: list[int] = []

    def does(number: int) -> Callable[[], str]:
        def do() -> str:
            order.append(number)
            return f"done {number}"

        return do

    bench = desk.bench(*(Device(does(number)) for number in range(3)))
    said = bench.make_safe()
    assert order == [0, 1, 2]
    assert said == ["role 0: done 0", "role 1: done 1", "role 2: done 2"]
    assert desk.outcomes() == [(f"role {n}", f"done {n}") for n in range(3)]


def test_an_instrument_that_will_not_be_safe_is_named_and_the_others_are_safe(
    desk: Desk,
) -> None:
    bench = desk.bench(Device(fails(PortFault("COM7 was lost"))), Device())
    assert bench.make_safe() == [
        "role 0: NOT SAFE, see to it by hand: COM7 was lost",
        "role 1: safe",
    ]


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("a slip"), KeyboardInterrupt("impatience")]
)
def test_no_exception_at_all_keeps_the_pump_from_being_stopped(
    desk: Desk, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        desk.bench(Device(fails(error)), Device(lambda: "stopped")).make_safe()
    (_, broken), last = desk.outcomes()
    assert str(broken).startswith("NOT SAFE")
    assert last == ("role 1", "stopped")


def test_a_full_disk_does_not_keep_the_pump_from_being_stopped(desk: Desk) -> None:
    stopped: list[int] = []

    def stop() -> str:
        stopped.append(1)
        return "stopped"

    bench = desk.bench(Device(), Device(stop))
    desk.journal.close()
    assert bench.make_safe() == ["role 0: safe", "role 1: stopped"]
    assert stopped == [1]
    with pytest.raises(RecordFault):
        desk.recorder.note("only on the way to the safe state is this forgiven")


def test_a_port_that_will_not_close_does_not_keep_others_open(desk: Desk) -> None:
    class Stuck(Device):
        def close(self) -> None:
            raise OSError("stuck")

    last = Device()
    first = Device()
    with pytest.raises(OSError, match="stuck"):
        desk.bench(first, Stuck(), last).close()
    assert first.closed
    assert last.closed
