"""Data sheet: a Vaisala PTU300 with an additional temperature probe, on RS-232."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import InstrumentFault, InstrumentSilent
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import AmbientReading, Identity
from harness.roles import AmbientSensor
from protocols.mt_sics.line_reader import LineReader
from protocols.ptu300 import (
    Command,
    Conditions,
    Done,
    Malformed,
    NotMeasured,
    Reply,
    Setting,
    Software,
    encode,
    is_format,
    parse,
)

ATTEMPTS: Final = 3
"""How often the sensor may be wholly silent before it counts as gone."""

MOST_ATTEMPTS: Final = 6
"""How often the same command is sent at most, damaged answers included."""

# From the factory the transmitter sends 480 characters a second, without pauses.
_QUIET_NS: Final = 200 * NS_PER_MS
_LONGEST_NS: Final = 10 * NS_PER_S
# More than that in so long is no transmitter, but a line that is stuck.
_MOST_BYTES: Final = 20_000
_SHOWN: Final = 20
_SERIAL_NUMBER: Final = "Serial number"
_ECHO: Final = "Echo"
_OUTPUT_FORMAT: Final = "Output format"

_T = TypeVar("_T")


class PtuAmbient(AmbientSensor):
    """Air temperature, pressure and humidity, and the liquid's temperature.

    The probe of quantity T hangs beside the balance; the additional probe, TA, lies in
    liquid of the vessel's temperature. Readings are asked for one by one and carry
    labels, units, error flags and a check value. The transmitter must be set to hPa and
    to metric units.

    Args:
        name: what the journal and messages call the sensor.
        port: its line, journalled.
        clock: bench time.
        recorder: where rejections and repetitions are written.
        timeout_ns: how long the beginning of an answer is waited for.
    """

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = 2 * NS_PER_S,
    ) -> None:
        self._name = name
        self._port = port
        self._clock = clock
        self._recorder = recorder
        self._timeout_ns = timeout_ns
        self._lines = LineReader()
        self._in_step = False
        self._t_ns = 0

    def connect(self) -> None:
        """Stop what it sends by itself, set the format, and take one reading.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: it does not take the format, or cannot measure.
        """
        for command in (Command.CLEAR, Command.STOP):
            self._port.write(encode(command))
            self._drain()
        self._in_step = False
        # A format has no check value: one that was damaged on the way is set again.
        if not is_format(self._set_format()) and not is_format(
            shown := self._set_format()
        ):
            raise self._fault(
                f"shows the output format {shown!r} after another was set; check that"
                " it is a PTU300 with an additional temperature probe"
            )
        self.read_ambient()

    def _set_format(self) -> str:
        """Set the format of readings, and return what the sensor shows then."""
        self._ask(Command.SET_FORMAT, _any, (Done, Setting))
        shown = self._ask(Command.READ_FORMAT, _setting(_OUTPUT_FORMAT), (Setting,))
        return shown.value

    def read_identity(self) -> Identity:
        """Ask for model, serial number and software (?)."""
        software, serial = self._ask(Command.INFORMATION, _identity)
        return Identity(software.model, serial.value, software.version)

    def read_ambient(self) -> AmbientReading:
        """Ask for one reading (SEND).

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: a quantity was not measured, or comes in another unit.
        """
        (found,) = self._ask(Command.SEND, _one_reading, (Conditions, NotMeasured))
        if isinstance(found, NotMeasured):
            raise self._fault(
                f"sent {found.raw!r}: {found.reason}; see to its probes, and set its"
                " units with UNIT M and UNIT P hPa"
            )
        return AmbientReading(
            self._t_ns,
            found.air_mk,
            found.liquid_mk,
            found.pressure_pa,
            found.humidity_ppm,
        )

    def set_safe(self) -> str:
        """Do nothing: a sensor moves nothing."""
        return "only measures"

    def close(self) -> None:
        """Release the line."""
        self._port.close()

    def _ask(
        self,
        command: Command,
        pick: Callable[[Sequence[Reply]], _T | None],
        last: tuple[type[Reply], ...] = (),
    ) -> _T:
        """Send a command until its answer holds what is wanted."""
        replies: list[Reply] = []
        silences = 0
        for attempt in range(1, MOST_ATTEMPTS + 1):
            if attempt > 1:
                reason = repr(replies[-1].raw) if replies else "no whole answer in time"
                self._recorder.retry(self._name, command, attempt, reason)
            replies = self._exchange(command, last) if self._is_in_step() else []
            silences += not replies
            if silences == ATTEMPTS:
                break
            found = pick(replies)
            if found is not None:
                return found
            self._in_step = False
            self._reject(replies)
        if replies:
            raise self._fault(
                f"answered {command.value!r} with {replies[-1].raw!r}; check that it is"
                " a PTU300, and its cable"
            )
        raise InstrumentSilent(
            f"{self._name} did not answer {command.value!r}, sent {ATTEMPTS} times;"
            " check that it is on and not in POLL mode, its cable, and that its line"
            " settings are those of the bench file"
        )

    def _is_in_step(self) -> bool:
        """Get back in step where a late answer could be taken for a fresh one.

        The echo is off already, so that the answer to switching it off again is never
        sent unasked: it proves that everything older has been read.
        """
        if self._lines.reset() or self._port.has_waiting():
            self._in_step = False
        if not self._in_step:
            self._reject(self._drain())
            echo = _setting(_ECHO)(self._exchange(Command.ECHO_OFF, (Setting,)))
            self._in_step = echo is not None and echo.value == "OFF"
        return self._in_step

    def _exchange(
        self, command: Command, last: tuple[type[Reply], ...] = ()
    ) -> list[Reply]:
        """Send a command once; return its answer, up to a line of kind ``last``."""
        self._port.write(encode(command))
        return self._listen(self._timeout_ns, last)

    def _drain(self) -> list[Reply]:
        return self._listen(_QUIET_NS)

    def _listen(
        self, patience_ns: int, last: tuple[type[Reply], ...] = ()
    ) -> list[Reply]:
        """Return the lines that come until the line is quiet."""
        now_ns = self._clock.now_ns()
        give_up_ns = now_ns + _LONGEST_NS
        deadline_ns = now_ns + patience_ns
        replies: list[Reply] = []
        heard = 0
        while data := self._port.read(deadline_ns):
            heard += len(data)
            if heard > _MOST_BYTES:
                self._port.settle()
                raise self._fault(
                    f"sends without end, {data[:_SHOWN]!r} and so on; check its cable,"
                    " what runs beside it, and that it is not in RUN mode"
                )
            new = [parse(line) for line in self._lines.feed(data)]
            replies += new
            deadline_ns = min(self._clock.now_ns() + _QUIET_NS, give_up_ns)
            if any(isinstance(reply, last) for reply in new):
                break
        self._t_ns = self._port.settle()
        return replies

    def _reject(self, replies: Sequence[Reply]) -> None:
        for reply in replies:
            reason = (
                reply.reason
                if isinstance(reply, Malformed)
                else f"{type(reply).__name__} that answers no waiting command"
            )
            self._recorder.rejection(self._name, reason, reply.raw)

    def _fault(self, what: str) -> InstrumentFault:
        return InstrumentFault(f"{self._name} {what}")


def _any(replies: Sequence[Reply]) -> Sequence[Reply] | None:
    return replies or None


def _one_reading(replies: Sequence[Reply]) -> list[Conditions | NotMeasured] | None:
    """Return the only reading; of two, one answers something older."""
    found = [r for r in replies if isinstance(r, (Conditions, NotMeasured))]
    return found if len(found) == 1 else None


def _setting(name: str) -> Callable[[Sequence[Reply]], Setting | None]:
    def pick(replies: Sequence[Reply]) -> Setting | None:
        named = (r for r in replies if isinstance(r, Setting) and r.name == name)
        return next(named, None)

    return pick


def _identity(replies: Sequence[Reply]) -> tuple[Software, Setting] | None:
    software = next((r for r in replies if isinstance(r, Software)), None)
    serial = _setting(_SERIAL_NUMBER)(replies)
    return None if software is None or serial is None else (software, serial)
