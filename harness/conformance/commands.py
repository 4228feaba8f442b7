"""The checks of what a driver makes its pump do, by what really flows where known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from harness.conformance.outcome import (
    Check,
    Result,
    failed,
    not_applicable,
    passed,
)
from harness.conformance.trial import Stage, Trial
from harness.errors import HarnessError
from harness.evidence.records import Kind
from harness.readings import PumpState
from harness.roles import Bolus
from harness.units import Quantity, magnitude, ureg

_AN_HOUR: Final = ureg.Quantity(1.0, "hour")
_A_MOMENT: Final = ureg.Quantity(10.0, "second")
_NO_RATE: Final = ureg.Quantity(0.0, "mL/hour")
_TOLERANCE: Final = 0.15
"""Share by which a sound pump may be wrong: units and powers of ten are not."""
_READS: Final = 10


def check_identity(stage: Stage) -> Result:
    """The pump says the same of itself each time."""
    with stage.open() as trial:
        first, second = trial.pump.read_identity(), trial.pump.read_identity()
    if first != second:
        return failed(f"first {first}, then {second}")
    for text in (first.model, first.serial, first.firmware):
        if not text.isascii() or not text.isprintable():
            return failed(f"{text!a} is no printable ASCII")
    return passed(f"{first.model}, serial number {first.serial or 'not told'}")


def check_status_asks(stage: Stage) -> Result:
    """Neither status nor identity is a command."""
    with stage.open() as trial:
        before = len(trial.line.written)
        for _ in range(_READS):
            trial.pump.read_status()
            trial.pump.read_identity()
        for sent in trial.line.written[before:]:
            if not stage.habits.only_asks(sent):
                return failed("a question sends a command", sent)
    return passed(f"{2 * _READS} questions")


def check_close(stage: Stage) -> Result:
    """Closing the driver releases its port."""
    with stage.open() as trial:
        trial.pump.close()
        is_closed = trial.line.is_closed
    return passed("released") if is_closed else failed("the port is still open")


def check_units(stage: Stage) -> Result:
    """What is no rate is refused, and nothing is sent."""
    rate = stage.habits.rate
    wrong: tuple[tuple[str, object], ...] = (
        ("a bare number", 1.0),
        ("a volume", ureg.Quantity(1.0, "mL")),
        ("not a number", rate * float("nan")),
        ("without end", rate * float("inf")),
        ("below zero", -1.0 * rate),
    )
    with stage.open() as trial:
        for what, value in wrong:
            before = len(trial.line.written)
            try:
                trial.pump.start_continuous(value)  # type: ignore[arg-type]
            except (HarnessError, TypeError):
                sent = trial.line.written[before:]
                if orders := [
                    each for each in sent if not stage.habits.only_asks(each)
                ]:
                    return failed(f"a rate that is {what} reaches the pump", orders[0])
            else:
                return failed(f"a rate that is {what} is taken")
    return passed(f"{len(wrong)} wrong rates")


def check_range(stage: Stage) -> Result:
    """What the pump cannot run is refused, and the pump stays at rest."""
    with stage.open() as trial:
        try:
            told = trial.pump.start_continuous(stage.habits.too_fast)
        except HarnessError:
            return _at_rest(trial, "a rate out of range was refused, but")
    return failed(f"{stage.habits.too_fast} is taken, as {told}")


def check_intent(stage: Stage) -> Result:
    """Each order is in the journal before its first byte is sent."""
    with stage.open() as trial:
        early: list[bytes] = []
        for name, command in _orders(stage, trial):
            known = trial.records(Kind.INTENT)
            orders: list[bytes] = []

            def look(
                data: bytes, known: int = known, orders: list[bytes] = orders
            ) -> None:
                if stage.habits.only_asks(data):
                    return
                orders.append(data)
                if trial.records(Kind.INTENT) == known:
                    early.append(data)

            trial.line.before_write = look
            command()
            if early:
                return failed(f"{name} is sent before it is journalled", early[0])
            if not orders:
                return failed(f"{name} sends only what is declared a mere question")
    return passed("before the first byte")


def check_rate(stage: Stage) -> Result:
    """The rate that was asked for is that which is told, read back and delivered."""
    asked = stage.habits.rate
    half_nl = magnitude(stage.habits.resolution, "nL/hour") / 2
    with stage.open() as trial:
        told = trial.pump.start_continuous(asked)
        read = trial.pump.read_status().rate_nl_per_h
        wanted = magnitude(asked, "nL/hour")
        for what, got in (("told", magnitude(told, "nL/hour")), ("read", float(read))):
            if abs(got - wanted) > half_nl + 1e-6 * wanted:
                return failed(f"{wanted:.0f} nL/h are asked for, {got:.0f} are {what}")
        came_nl = _flows(trial, _AN_HOUR)
        trial.pump.stop()
    if came_nl is not None and abs(came_nl / wanted - 1.0) > _TOLERANCE:
        return failed(f"{wanted:.0f} nL/h are asked for, {came_nl:.0f} are delivered")
    return passed(f"{wanted:.0f} nL/h" + (", and delivered" if came_nl else ""))


def check_bolus(stage: Stage) -> Result:
    """A dose has its volume and its time, and then the pump is at rest."""
    if stage.habits.bolus is None:
        return not_applicable("no bolus is declared")
    volume, duration = stage.habits.bolus
    with stage.open() as trial:
        if not isinstance(trial.pump, Bolus):
            return failed("a bolus is declared, but the driver is no Bolus")
        trial.pump.start_bolus(volume, duration, _NO_RATE)
        early_nl = _flows(trial, duration / 2)
        late_nl = _flows(trial, duration)
        rest = _at_rest(trial, "the bolus is over, but")
    wanted = magnitude(volume, "nL")
    for came, share in ((early_nl, 0.5), (late_nl, 0.5)):
        if came is not None and abs(came / (share * wanted) - 1.0) > _TOLERANCE:
            said = f"{wanted * share:.0f} nL are due in a half, {came:.0f} came"
            return failed(said)
    return rest


def check_stop(stage: Stage) -> Result:
    """A stop ends delivery, and again is harmless."""
    with stage.open() as trial:
        trial.pump.stop()
        trial.pump.start_continuous(stage.habits.rate)
        trial.wait(_A_MOMENT)
        trial.pump.stop()
        trial.pump.stop()
        return _at_rest(trial, "the pump was told to stop, but")


def check_safe_state(stage: Stage) -> Result:
    """The safe state ends delivery, and says so."""
    with stage.open() as trial:
        trial.pump.start_continuous(stage.habits.rate)
        trial.wait(_A_MOMENT)
        if not trial.pump.set_safe():
            return failed("set_safe does not say what it has done")
        return _at_rest(trial, "the pump was made safe, but")


CHECKS: Final[tuple[Check[Stage], ...]] = (
    Check(
        "identity",
        check_identity,
        "Ask the pump each time, and return nothing but printable ASCII.",
    ),
    Check(
        "status does not command",
        check_status_asks,
        "Use only questions of the maker's document in read_ methods.",
    ),
    Check("close", check_close, "Call the port's close in the driver's."),
    Check(
        "units",
        check_units,
        "Take rates through harness.units.magnitude, and refuse what is not finite.",
        moves=True,
    ),
    Check(
        "range",
        check_range,
        "Never clip: translate the pump's refusal into CommandRefused.",
        moves=True,
    ),
    Check(
        "intent before bytes",
        check_intent,
        "Call recorder.intent before anything of the order is written.",
        moves=True,
    ),
    Check(
        "rate",
        check_rate,
        "Compare unit and power of ten of a rate; read back what the pump runs.",
        moves=True,
    ),
    Check(
        "bolus",
        check_bolus,
        "Compare volume, time and what follows with the maker's document.",
        moves=True,
    ),
    Check(
        "stop",
        check_stop,
        "Send the stop whatever the driver believes, and read the pump's answer.",
        moves=True,
    ),
    Check("safe state", check_safe_state, "Stop the pump in set_safe.", moves=True),
)
"""All these checks, in the order of a report."""


def _orders(stage: Stage, trial: Trial) -> list[tuple[str, Callable[[], object]]]:
    """Return every order that the driver takes, each with its name."""
    pump = trial.pump
    orders: list[tuple[str, Callable[[], object]]] = [
        ("start_continuous", partial(pump.start_continuous, stage.habits.rate)),
        ("stop", pump.stop),
    ]
    if stage.habits.bolus is not None and isinstance(pump, Bolus):
        volume, duration = stage.habits.bolus
        give = partial(pump.start_bolus, volume, duration, _NO_RATE)
        orders += [("start_bolus", give), ("stop", pump.stop)]
    return orders


def _at_rest(trial: Trial, but: str) -> Result:
    """Look whether anything flows, and whether the pump says that it is at rest."""
    came_nl = _flows(trial, _AN_HOUR)
    state = trial.pump.read_status().state
    if came_nl:
        return failed(f"{but} {came_nl:.0f} nL come in the hour after")
    if state is PumpState.DELIVERING:
        return failed(f"{but} it says that it delivers")
    truth = "by its own word" if came_nl is None else "and nothing flows"
    return passed(f"the pump is at rest, {truth}")


def _flows(trial: Trial, time: Quantity) -> float | None:
    """Let time pass, and return what has left the pump in nL; None if nobody knows."""
    before_nl = None if trial.truth_nl is None else trial.truth_nl()
    trial.wait(time)
    if trial.truth_nl is None or before_nl is None:
        return None
    return trial.truth_nl() - before_nl
