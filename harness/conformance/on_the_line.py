"""The checks of a driver on a line that loses, repeats and damages what comes."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from harness.conformance.outcome import (
    Check,
    Outcome,
    Result,
    failed,
    not_applicable,
    passed,
)
from harness.conformance.trial import Stage, Trial
from harness.errors import HarnessError, InstrumentSilent
from harness.evidence.records import Kind
from harness.readings import Alarm, PumpReading
from harness.units import nanoseconds, seconds, ureg

_AN_HOUR: Final = ureg.Quantity(1.0, "hour")
_READS: Final = 5


def check_silence(stage: Stage) -> Result:
    """A pump that does not answer is silent within the stated time, retries noted."""
    within_ns = nanoseconds(stage.habits.gives_up_within)
    with stage.open() as trial:
        trial.line.alter = _nothing
        begin_ns, before = trial.clock.now_ns(), len(trial.line.written)
        try:
            trial.pump.read_status()
        except InstrumentSilent:
            took_ns = trial.clock.now_ns() - begin_ns
        else:
            return failed("a status is read although the pump never answered")
        sent = len(trial.line.written) - before
        retries = trial.records(Kind.RETRY)
    if took_ns > within_ns:
        said = f"{seconds(took_ns):g} s; stated are {seconds(within_ns):g} s"
        return failed(f"the driver gives up after {said}")
    if retries < sent - 1:
        return failed(f"{sent} attempts, but {retries} retries in the journal")
    return passed(f"after {seconds(took_ns):.3g} s and {sent} attempts")


def check_late_answer(stage: Stage) -> Result:
    """An answer that comes too late is not taken for that to the next question."""
    for is_early in (True, False):
        if not is_early and not stage.habits.is_numbered:
            continue
        with stage.open() as trial:
            late = _late_answer(stage, trial)
            if is_early:
                trial.line.early = late
            else:
                _once(trial, late)
            if told := _is_old(stage, trial):
                return failed(f"an hour later the driver reads {told}", late)
    if stage.habits.is_numbered:
        return passed("before the next question, and behind it")
    reason = "answers have no number: one that comes behind the next question passes"
    return Result(Outcome.WEAK, reason)


def check_repeated(stage: Stage) -> Result:
    """An answer that comes twice is taken once."""
    with stage.open() as trial:
        trial.pump.start_continuous(stage.habits.rate)

        def alter(data: bytes) -> bytes:
            trial.line.early = data
            return data

        trial.line.alter = alter
        for _ in range(_READS):
            trial.wait(_AN_HOUR / _READS)
            trial.line.heard.clear()
            if told := _is_old(stage, trial, _AN_HOUR.magnitude / _READS):
                example = trial.line.heard[0] if trial.line.heard else b""
                return failed(f"a repeated answer counts as new: {told}", example)
        trial.line.alter = None
        trial.pump.stop()
    return passed(f"{_READS} answers, each twice")


def check_damaged(stage: Stage, is_checked: bool) -> Result:
    """A damaged answer is never believed."""
    if not is_checked:
        return not_applicable("no check value guards the answers")
    with stage.open() as trial:
        trial.line.alter = _same
        clean = trial.pump.read_status()
        size = len(trial.line.heard[-1])
        for place in range(size):
            left = [1 << place % 8]

            def alter(data: bytes, place: int = place, left: list[int] = left) -> bytes:
                return _flipped(data, place, left.pop()) if left else data

            trial.line.alter = alter
            try:
                told = trial.pump.read_status()
            except HarnessError:
                continue
            if _essence(told) != _essence(clean):
                broken = _flipped(trial.line.heard[-1], place, 1 << place % 8)
                return failed(f"the driver believes {told}", broken)
    return passed(f"one bit in each of the {size} bytes of an answer")


def check_alarms(stage: Stage) -> Result:
    """Every alarm that the protocol can tell of arrives, and none vanishes."""
    make = stage.habits.alarm_answers
    if make is None:
        return not_applicable("the protocol tells of no alarms")
    with stage.open() as trial:
        trial.line.alter = _same
        trial.pump.read_status()
        known = next(filter(None, map(make, trial.line.heard)), ())
        for index, alarm in enumerate(known):

            def alter(data: bytes, index: int = index) -> bytes:
                made = make(data)
                return made[index].answer if made else data

            trial.line.alter = alter
            told = trial.pump.read_status().alarms
            if told != alarm.expected or told is Alarm.NONE:
                reason = f"{alarm.name} arrives as {told}, not as {alarm.expected}"
                return failed(reason, alarm.answer)
    if not any(Alarm.UNRECOGNISED in each.expected for each in known):
        return failed("no alarm without a name is declared, so one might vanish")
    return passed(f"{len(known)} alarms, the unknown among them")


def line_checks(is_checked: bool) -> tuple[Check[Stage], ...]:
    """Return these checks, in the order of a report.

    Args:
        is_checked: whether the protocol has a check value.
    """
    return (
        Check(
            "timeouts",
            check_silence,
            "Give up after a fixed number of attempts, raise InstrumentSilent, and"
            " call recorder.retry before each repetition.",
        ),
        Check(
            "late answer",
            check_late_answer,
            "Drop what is waiting before a question, and compare the answer's number.",
            moves=True,
        ),
        Check(
            "repeated answer",
            check_repeated,
            "Drop what is waiting before a question, and compare the answer's number.",
            moves=True,
        ),
        Check(
            "damaged answer",
            lambda stage: check_damaged(stage, is_checked),
            "Believe only what the reader lets pass; journal the rest as a rejection.",
        ),
        Check(
            "alarm mapping",
            check_alarms,
            "Map each alarm of the maker's document; what has no name there is"
            " UNRECOGNISED.",
        ),
    )


def _late_answer(stage: Stage, trial: Trial) -> bytes:
    """Let the answer to one question be lost, and return it an hour later."""
    trial.pump.start_continuous(stage.habits.rate)
    trial.line.alter = _nothing
    trial.line.heard.clear()
    with suppress(HarnessError):
        trial.pump.read_status()
    trial.line.alter = None
    trial.wait(_AN_HOUR)
    return trial.line.heard[0]


def _is_old(stage: Stage, trial: Trial, hours: float = 1.0) -> PumpReading | None:
    """Read the status, and return it if it is that of ``hours`` ago."""
    try:
        told = trial.pump.read_status()
    except HarnessError:
        return None
    alter, trial.line.alter = trial.line.alter, None
    trial.pump.read_status()
    fresh = trial.pump.read_status()
    trial.line.alter = alter
    passed_nl = hours * stage.habits.rate.to("nL/hour").magnitude
    return told if fresh.delivered_nl - told.delivered_nl > passed_nl / 2 else None


def _once(trial: Trial, before: bytes) -> None:
    """Let bytes come in front of the next answer, and no more then."""
    left = [before]

    def alter(data: bytes) -> bytes:
        return (left.pop() if left else b"") + data

    trial.line.alter = alter


def _nothing(data: bytes) -> bytes:
    return b""


def _same(data: bytes) -> bytes:
    return data


def _flipped(data: bytes, place: int, bit: int) -> bytes:
    altered = bytearray(data)
    altered[place % len(data)] ^= bit
    return bytes(altered)


def _essence(told: PumpReading) -> tuple[object, ...]:
    """What two reports of a pump at rest agree in."""
    return (
        told.mode,
        told.state,
        told.rate_nl_per_h,
        told.delivered_nl,
        told.reservoir_nl,
        told.alarms,
    )
