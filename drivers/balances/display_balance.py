"""What the drivers of all balances share that print what their display shows.

Such a line does not say what it answers. So each weight is confirmed: the serial number
is asked right behind it. If another weight comes before the serial number, one of the
two was printed by itself, and neither is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from drivers.balances.asking import (
    ATTEMPTS,
    Asking,
    Language,
    Meaning,
    NoWeight,
    Question,
)
from drivers.balances.last_digit import LastDigit, Shown
from harness.clock import NS_PER_MS, NS_PER_S, Clock
from harness.errors import InstrumentFault
from harness.evidence.recorder import Recorder
from harness.ports.tap import Tap
from harness.readings import Identity, WeightReading
from harness.roles import Balance
from protocols.balance_replies import Reason, Refusal, Reply, Taken, Text, Weight
from protocols.mt_sics.line_reader import LineReader

_LOOK_NS: Final = 250 * NS_PER_MS
_NEAR_ZERO_DIGITS: Final = 20
_WEIGHT: Final = "weight"
_ZERO: Final = "zero"
_UNKNOWN: Final = frozenset({Reason.NOT_UNDERSTOOD, Reason.UNSTABLE_OR_NOT_UNDERSTOOD})
_NO_WEIGHT: Final = MappingProxyType(
    {
        Reason.OVERLOAD: NoWeight.OVERLOAD,
        Reason.UNDERLOAD: NoWeight.UNDERLOAD,
        Reason.UNSTABLE: NoWeight.UNSTABLE,
        Reason.BUSY: NoWeight.NOT_NOW,
    }
)
_OTHER_DIGIT: Final = "a weight in another unit, or with other decimals"
_UNASKED: Final = (
    "sends what nobody asked for; set its printing to manual, on request and without"
    " waiting for rest, check its cable, then connect again"
)
_OTHER: Final = (
    "sent {!r} when its serial number was asked for, which is not the one that it had"
    " when it was connected; see which balance is on its port, then connect again"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A maker's language.

    Attributes:
        maker: stands for the model where the balance cannot name it.
        parse: makes a reply of a line. Never raises.
        weight: asks for the weight now.
        zero: zeroes.
        serial_number: asks for the serial number.
        model: asks for the model; b"" where that cannot be asked.
        software: asks for the version of the software, likewise.
        says_zeroed: whether it says when it has zeroed, and waits for rest itself.
    """

    maker: str
    parse: Callable[[bytes], Reply]
    weight: bytes
    zero: bytes
    serial_number: bytes
    model: bytes = b""
    software: bytes = b""
    says_zeroed: bool = False


class DisplayBalance(Balance):
    """A balance under the end of the line; it weighs, and is zeroed when stable.

    Weights are asked for one by one, stable or not, and come as exact integers of 1 ng
    with the bench time of their last byte. The balance must keep unit, decimals and
    length of its lines.

    Args:
        name: what the journal and messages call the balance.
        port: its line, journalled; it may return whole lines or any pieces.
        clock: bench time.
        recorder: where rejections and repetitions are written.
        timeout_ns: how long an answer is waited for.
        stability_timeout_ns: how long it is waited for that the balance is stable.
    """

    _dialect: ClassVar[Dialect]

    def __init__(
        self,
        name: str,
        port: Tap,
        clock: Clock,
        recorder: Recorder,
        *,
        timeout_ns: int = NS_PER_S,
        stability_timeout_ns: int = 45 * NS_PER_S,
    ) -> None:
        self._clock = clock
        self._recorder = recorder
        self._stability_timeout_ns = stability_timeout_ns
        self._digit = LastDigit(name)
        self._serial = ""
        self._unit = ""
        self._first: Weight | None = None
        self._unasked: list[Weight | Refusal] = []
        self._serial_number = Question(
            "serial number", self._dialect.serial_number, self._as_serial_number
        )
        self._confirmation = Question(
            "serial number", self._dialect.serial_number, self._as_confirmation
        )
        self._weight = Question(_WEIGHT, self._dialect.weight, self._as_weight)
        language = Language(self._dialect.parse, self._serial_number, self._keep)
        self._asking = Asking(
            name, port, clock, recorder, LineReader(), language, timeout_ns
        )

    @property
    def readability_ng(self) -> int:
        """Worth of the last digit, from the number of decimals; 0 before `connect`."""
        return self._digit.readability_ng

    def connect(self) -> None:
        """Learn who the balance is, and the unit and decimals that it shows.

        A unit that is only shown at rest is waited for, unless it is known from before.

        Raises:
            InstrumentSilent: nothing answers.
            InstrumentFault: it cannot weigh, has a useless unit, or sends by itself.
        """
        self._serial, self._first = "", None
        if _has_weight(self._asking.drain()) and _has_weight(self._asking.drain()):
            raise self._asking.fault(_UNASKED)
        self._serial = self._read_text(self._serial_number)
        _, weight = self._weigh()
        if not weight.unit and not self.readability_ng:
            weight = self._wait_for_rest(self._until_ns())
        if weight.unit:
            self._digit.learn(self._shown(weight))
            self._unit = weight.unit
        self._first = weight

    def read_identity(self) -> Identity:
        """Ask for what the balance can tell: model, serial number, software."""
        dialect = self._dialect
        model, software = dialect.maker, ""
        if dialect.model:
            question = Question("model", dialect.model, self._as_other_text)
            model = self._read_text(question)
        if dialect.software:
            question = Question("software", dialect.software, self._as_other_text)
            software = self._read_text(question)
            # Some tell of it in several lines.
            self._asking.drain()
        serial = self._read_text(self._serial_number)
        return Identity(model, serial, software)

    def read_weight(self) -> WeightReading:
        """Ask for the weight now, stable or not.

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: no weight, or again and again one in another unit or number
                of decimals, or weights that nobody asked for.
        """
        t_ns, weight = self._weigh()
        for attempt in range(2, ATTEMPTS + 1):
            if self._digit.fits(self._shown(weight)):
                break
            self._asking.doubt(_WEIGHT, attempt, weight.raw, _OTHER_DIGIT)
            t_ns, weight = self._weigh()
        return self._digit.reading(self._shown(weight), t_ns)

    def set_zero(self) -> None:
        """Wait until the balance is stable, zero it, and see that it shows zero.

        Raises:
            InstrumentSilent: no answer.
            InstrumentFault: it did not become stable, or cannot be zeroed at this load.
        """
        if self._dialect.says_zeroed:
            question = Question(_ZERO, self._dialect.zero, self._as_zeroed)
            reply = self._asking.ask(question, self._stability_timeout_ns)[-1]
            if isinstance(reply, Refusal):
                raise self._refused(_ZERO, reply)
            return
        until_ns = self._until_ns()
        weight = self._wait_for_rest(until_ns)
        for _ in range(ATTEMPTS):
            self._asking.send(self._dialect.zero)
            self._asking.ask(self._serial_number)
            weight = self._wait_for_rest(until_ns)
            if abs(weight.units) <= _NEAR_ZERO_DIGITS:
                return
        raise self._asking.fault(
            f"was zeroed {ATTEMPTS} times and still sends {weight.raw!r}; take load off"
            " the pan, or start it with the vessel on it, and zero it at its keys once"
        )

    def set_safe(self) -> str:
        """Do nothing: a balance moves nothing."""
        return "only weighs"

    def close(self) -> None:
        """Release the line."""
        self._asking.close()

    def _weigh(self) -> tuple[int, Weight]:
        """Return a weight that was asked for, and when its last byte came."""
        what = _UNASKED
        for _ in range(ATTEMPTS):
            reply = self._asking.ask(self._weight)[-1]
            t_ns = self._asking.t_ns
            behind = self._asking.ask(self._confirmation)[-1]
            is_alone = all(each.raw == reply.raw for each in self._unasked)
            is_ours = self._as_serial_number(behind) is Meaning.COMPLETE
            if is_alone and is_ours:
                return t_ns, self._required(reply)
            what = _UNASKED if is_ours else _OTHER.format(behind.raw)
            reason = "one of several weights" if is_ours else "weight of another"
            self._recorder.rejection(self._asking.name, reason, reply.raw)
            self._asking.drain()
        raise self._asking.fault(what)

    def _keep(self, reply: Reply) -> None:
        """Keep what stands for a weight and answers nothing."""
        if isinstance(reply, Weight | Refusal):
            self._unasked.append(reply)

    def _required(self, reply: Reply) -> Weight:
        """Return a weight of the same kind as the first; raise what stands instead."""
        if isinstance(reply, Refusal):
            raise self._refused(_WEIGHT, reply)
        if not isinstance(reply, Weight):
            raise self._asking.fault(
                f"answered {_WEIGHT} with {reply.raw!r}; check the model"
            )
        if self._first is not None and reply.label != self._first.label:
            raise self._asking.fault(
                f"sent {reply.raw!r}, but weights were {self._first.label!r} when it"
                " was connected; clear its tare, keep its keys locked, and connect"
                " again"
            )
        return reply

    def _wait_for_rest(self, until_ns: int) -> Weight:
        _, weight = self._weigh()
        while not weight.stable:
            if self._clock.now_ns() >= until_ns:
                raise self._asking.fault(
                    f"still sends {weight.raw!r}, {NoWeight.UNSTABLE.value}"
                )
            self._clock.sleep_until(self._clock.now_ns() + _LOOK_NS)
            _, weight = self._weigh()
        return weight

    def _until_ns(self) -> int:
        return self._clock.now_ns() + self._stability_timeout_ns

    def _shown(self, weight: Weight) -> Shown:
        unit = weight.unit or self._unit
        return Shown(weight.units, weight.decimals, unit, weight.stable, weight.raw)

    def _read_text(self, question: Question[Reply]) -> str:
        reply = self._asking.ask(question)[-1]
        if not isinstance(reply, Text):
            raise self._asking.fault(
                f"answered {question.name} with {reply.raw!r}; check the model"
            )
        return reply.text

    def _refused(self, question: str, reply: Refusal) -> InstrumentFault:
        if why := _NO_WEIGHT.get(reply.reason):
            return self._asking.refused(question, reply.raw, why)
        return self._asking.fault(
            f"reports an error with {reply.raw!r}; look it up in its manual, and have"
            " it serviced"
        )

    def _as_weight(self, reply: Reply) -> Meaning:
        is_whole = isinstance(reply, Weight) and self._is_as_long(reply)
        if not is_whole and not isinstance(reply, Refusal):
            return Meaning.STRAY
        # Only what comes behind it can be what was asked for.
        self._unasked.clear()
        return _as_refusal(reply) if isinstance(reply, Refusal) else Meaning.COMPLETE

    def _as_serial_number(self, reply: Reply) -> Meaning:
        if isinstance(reply, Text):
            is_known = self._serial in ("", reply.text)
            return Meaning.COMPLETE if is_known else Meaning.STRAY
        return _as_beside_text(reply)

    def _as_confirmation(self, reply: Reply) -> Meaning:
        """Another serial number is an answer too, that of another balance."""
        return Meaning.COMPLETE if isinstance(reply, Text) else _as_beside_text(reply)

    def _as_other_text(self, reply: Reply) -> Meaning:
        if isinstance(reply, Text):
            is_other = reply.text != self._serial
            return Meaning.COMPLETE if is_other else Meaning.STRAY
        return _as_beside_text(reply)

    def _as_zeroed(self, reply: Reply) -> Meaning:
        if isinstance(reply, Taken):
            return Meaning.COMPLETE if reply.done else Meaning.MORE
        return _as_refusal(reply) if isinstance(reply, Refusal) else Meaning.STRAY

    def _is_as_long(self, weight: Weight) -> bool:
        """Tell whether no character is missing, or a longer unit explains them all."""
        first = self._first
        if first is None:
            return True
        more = len(weight.raw) - len(first.raw)
        return more in (0, len(weight.unit) - len(first.unit))


def _has_weight(replies: list[Reply]) -> bool:
    return any(isinstance(reply, Weight) for reply in replies)


def _as_refusal(reply: Refusal) -> Meaning:
    is_unknown = reply.reason in _UNKNOWN
    return Meaning.NOT_UNDERSTOOD if is_unknown else Meaning.COMPLETE


def _as_beside_text(reply: Reply) -> Meaning:
    """Late word of a command that was sent without waiting for any."""
    if isinstance(reply, Taken):
        return Meaning.MORE
    if isinstance(reply, Refusal) and reply.reason in _UNKNOWN:
        return Meaning.NOT_UNDERSTOOD
    return Meaning.STRAY
