"""The assembled bench and the one loop that owns its time.

Cases never loop and never sleep: they say for how long, or until when, and every
registered source is served in the order in which it is due. A virtual clock jumps from
one due time to the next; a real one waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import attrgetter
from types import MethodType
from typing import Generic, Protocol, TypeVar, runtime_checkable

from harness.clock import Clock
from harness.errors import ConfigurationError, HarnessError
from harness.evidence.recorder import Recorder
from harness.evidence.records import Kind
from harness.readings import Identity
from harness.roles import AlarmListener, InfusionPump, Instrument
from harness.units import Quantity, nanoseconds

T = TypeVar("T")
_UNSAFE = "NOT SAFE"
_LOOKING = "observation"
_WHOSE = "nobody may look at the pump now; say of=... whom a source reads"
_due_ns = attrgetter("due_ns")


@runtime_checkable
class Listener(Protocol):
    """An instrument that may speak unasked."""

    def listen(self) -> None:
        """Take in what has come unasked."""


@runtime_checkable
class SignOfLife(Listener, Protocol):
    """A listener that must speak from time to time, or its instrument stops."""

    @property
    def due_ns(self) -> int:
        """Bench time at which :meth:`listen` must be called next."""


@runtime_checkable
class CaseAware(Protocol):
    """An instrument that wants to know which case begins, as a simulation does."""

    def set_case(self, case_id: str) -> None:
        """Note that a case begins now."""


class Sampler(Generic[T]):
    """A source: reads an instrument at fixed bench times and keeps the readings.

    Args:
        read: asks the instrument once.
        period_ns: from one due time to the next; a late reading does not shift them.
        first_ns: bench time of the first reading.
    """

    def __init__(self, read: Callable[[], T], period_ns: int, first_ns: int) -> None:
        self.readings: list[T] = []
        self.due_ns = first_ns
        self._read = read
        self._period_ns = period_ns

    def poll(self, now_ns: int) -> None:
        """Read once, and be due again at the next multiple of the period.

        The reading's own time counts where it has one: that is in the journal, and a
        replay finds the same.
        """
        reading = self._read()
        self.readings.append(reading)
        read_ns = getattr(reading, "t_ns", now_ns)
        missed = max(0, read_ns - self.due_ns) // self._period_ns
        self.due_ns += (1 + missed) * self._period_ns

    def restart(self, now_ns: int) -> None:
        """Be due now, and from there on in every period."""
        self.due_ns = now_ns

    def skip(self, now_ns: int) -> None:
        """Leave out what was due before now; be due at the next multiple."""
        missed = -(-max(0, now_ns - self.due_ns) // self._period_ns)
        self.due_ns += missed * self._period_ns


@dataclass(frozen=True, slots=True)
class Station:
    """One instrument in its role, as the bench file named it and as it answered."""

    role: str
    instrument: Instrument
    identity: Identity
    calibration_due: str


class Bench:
    """Everything a case may use, and time.

    Args:
        clock: the bench's only clock.
        recorder: where everything that happens is written.
        stations: the instruments, in the order in which they go to their safe state
            (relieve pressure, withdraw the magnet, then the pump).
        progress: called with (bench time now, bench time of the end) while time passes.
    """

    def __init__(
        self,
        clock: Clock,
        recorder: Recorder,
        stations: Sequence[Station],
        progress: Callable[[int, int], None] = lambda now_ns, end_ns: None,
    ) -> None:
        self.clock = clock
        self.recorder = recorder
        self.stations = tuple(stations)
        self._progress = progress
        self._samplers: list[Sampler[object]] = []
        self._of_pump: list[Sampler[object]] = []
        self._unknown = 0
        self._is_unobserved = False
        self._listeners: list[Listener] = [
            s.instrument for s in stations if isinstance(s.instrument, Listener)
        ]
        self._living = [s for s in self._listeners if isinstance(s, SignOfLife)]

    def now_ns(self) -> int:
        """Return the bench time."""
        return self.clock.now_ns()

    @property
    def samplers(self) -> tuple[Sampler[object], ...]:
        """The sources that are at work."""
        return (*self._samplers, *self._of_pump)

    def set_case(self, case_id: str) -> None:
        """Tell every instrument that cares which case begins.

        What is read through the whole run begins its period anew, so that a case sees
        the same readings alone, resumed, or in any order.
        """
        for station in self.stations:
            if isinstance(station.instrument, CaseAware):
                station.instrument.set_case(case_id)
        now_ns = self.now_ns()
        for sampler in self._samplers:
            sampler.restart(now_ns)

    def skip_overdue(self) -> None:
        """Leave out the readings that were due before now: a replay skipped time."""
        now_ns = self.now_ns()
        for sampler in self._samplers + self._of_pump:
            sampler.skip(now_ns)

    @contextmanager
    def sampling(
        self, read: Callable[[], T], every: Quantity, *, of: object = None
    ) -> Iterator[Sampler[T]]:
        """Read an instrument now and then ``every`` so often while the block runs.

        Args:
            read: asks the instrument once.
            every: from one reading to the next.
            of: the instrument; need not be given where ``read`` is its own method.

        Raises:
            ConfigurationError: ``every`` is no length of time.
            ValueError: nobody may look at the pump now, and whether ``read`` does so
                cannot be told.
        """
        period_ns = nanoseconds(every)
        if period_ns <= 0:
            raise ConfigurationError(
                f"nothing can be read every {every:~P}; correct the number in the plan"
            )
        source = read.__self__ if of is None and isinstance(read, MethodType) else of
        if self._is_unobserved and source is None:
            raise ValueError(_WHOSE)
        sampler: Sampler[T] = Sampler(read, period_ns, self.now_ns())
        is_pumps = isinstance(source, InfusionPump)
        samplers = self._of_pump if is_pumps else self._samplers
        samplers.append(sampler)  # type: ignore[arg-type]
        self._unknown += source is None
        try:
            yield sampler
        finally:
            samplers.remove(sampler)  # type: ignore[arg-type]
            self._unknown -= source is None

    @contextmanager
    def unobserved(self) -> Iterator[None]:
        """Leave the pump entirely alone while the block runs: nobody looks at it.

        Some faults are cured by being looked at. Sources that read the pump rest, what
        it says unasked waits, and the ears and balances of the bench go on.
        Afterwards its sources are due again, without what they have missed.

        Raises:
            ValueError: whether a source that is at work reads the pump cannot be told.
        """
        if self._is_unobserved:
            yield
            return
        if self._unknown:
            raise ValueError(_WHOSE)
        listeners, living = self._listeners, self._living
        self._is_unobserved = True
        self._living = []
        self._listeners = [s for s in listeners if isinstance(s, AlarmListener)]
        self.recorder.stimulus(_LOOKING, "nobody looks at the pump from here on")
        try:
            yield
        finally:
            self._listeners, self._living = listeners, living
            self._is_unobserved = False
            now_ns = self.now_ns()
            for sampler in self._of_pump:
                sampler.skip(now_ns)
        self.recorder.stimulus(_LOOKING, "the pump is looked at again")

    def run_for(self, duration: Quantity) -> None:
        """Let ``duration`` pass while all sources are served."""
        self.run_until(lambda: False, duration)

    def run_until(self, condition: Callable[[], bool], at_most: Quantity) -> bool:
        """Let time pass until ``condition()`` holds.

        It is asked first of all and after every wake, each time when the sources that
        are due have been served.

        Returns:
            True when the condition holds, False when ``at_most`` has passed first.
        """
        now_ns = self.clock.now_ns()
        deadline_ns = now_ns + nanoseconds(at_most)
        self._serve(now_ns)
        while not condition():
            if now_ns >= deadline_ns:
                return False
            self._progress(now_ns, deadline_ns)
            timed = [*self._served(), *self._living]
            wake_ns = min([deadline_ns, *map(_due_ns, timed)])
            now_ns = self.clock.sleep_until(wake_ns)
            self._serve(now_ns)
        return True

    def _serve(self, now_ns: int) -> None:
        for sampler in sorted(self._served(), key=_due_ns):
            if sampler.due_ns <= now_ns:
                sampler.poll(now_ns)
        # After every wake: what came while another instrument was read wakes nobody.
        for listener in self._listeners:
            listener.listen()

    def _served(self) -> list[Sampler[object]]:
        if self._is_unobserved:
            return self._samplers
        return self._samplers + self._of_pump

    def make_safe(self) -> list[str]:
        """Bring every instrument to its safe state, whatever fails on the way.

        A journal that cannot be written does not keep the pump from being stopped.

        Returns:
            What was done, one sentence for each instrument, also written to the
            journal.
        """
        said: list[str] = []
        # The stack calls in reverse order, and goes on after any exception.
        with self.recorder.best_effort(), ExitStack() as stack:
            for station in reversed(self.stations):
                stack.callback(self._make_safe, station, said)
        return said

    def _make_safe(self, station: Station, said: list[str]) -> None:
        outcome = f"{_UNSAFE}, see to it by hand: the attempt was broken off"
        try:
            outcome = station.instrument.set_safe()
        except HarnessError as error:
            outcome = f"{_UNSAFE}, see to it by hand: {error}"
        finally:
            said.append(f"{station.role}: {outcome}")
            self.recorder.record(
                Kind.SAFE_STATE, {"role": station.role, "outcome": outcome}
            )

    def close(self) -> None:
        """Close every port; one that will not close does not keep others open."""
        with ExitStack() as stack:
            for station in self.stations:
                stack.callback(station.instrument.close)
