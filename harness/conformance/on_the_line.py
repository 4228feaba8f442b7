"""The checks of a driver on a line that loses, repeats and damages what comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count, product
from operator import add
from typing import Final, TypeAlias

from harness.conformance.outcome import (
    Check,
    Outcome,
    Result,
    failed,
    not_applicable,
    passed,
)
from harness.conformance.subject import AlarmAnswer, Habits
from harness.conformance.trial import Stage, Trial
from harness.errors import HarnessError, InstrumentSilent
from harness.evidence.records import Kind
from harness.readings import Alarm, PumpReading
from harness.units import nanoseconds, seconds, ureg

_AN_HOUR: Final = ureg.Quantity(1.0, "hour")
_READS: Final = 5
_NAMELESS: Final = (Alarm.UNRECOGNISED, None)

Alter: TypeAlias = Callable[[bytes], bytes]
"""What becomes of an answer."""
MakeAlarms: TypeAlias = Callable[[bytes], Sequence[AlarmAnswer]]


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
    ways = (True, False) if stage.habits.is_numbered else (True,)
    for which, is_early in product(range(len(_answers(stage))), ways):
        with stage.open() as trial:
            late = _late_answer(stage, trial, which)
            if is_early:
                trial.line.early = late
            else:
                trial.line.alter = _only(0, partial(add, late))
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
        reason = "no check value guards the answers, so noise can alter one"
        return Result(Outcome.WEAK, reason)
    answers = _answers(stage)
    places = [(n, at) for n, answer in enumerate(answers) for at in range(len(answer))]
    with stage.open() as trial:
        clean = trial.pump.read_status()
        for which, place in places:
            trial.line.alter = _only(which, partial(_flipped, place=place))
            try:
                told = trial.pump.read_status()
            except HarnessError:
                continue
            if _essence(told) != _essence(clean):
                broken = _flipped(answers[which], place)
                return failed(f"the driver believes {told}", broken)
    return passed(f"one bit in each of the {len(places)} bytes of a status")


def check_alarms(stage: Stage) -> Result:
    """Every alarm that the protocol can tell of arrives, and none vanishes."""
    make = stage.habits.alarm_answers
    if make is None:
        return not_applicable("the protocol tells of no alarms")
    known = next(filter(None, map(make, _answers(stage))), ())
    every = range(len(known))
    # A driver goes on telling what it is told once, so each gets one of its own.
    groups = [(n,) for n in every] if stage.habits.is_alarm_told_once else [every]
    for group in groups:
        with stage.open() as trial:
            for index in group:
                if lost := _lost(trial, stage.habits, make, index):
                    return lost
    if all(each.expected not in _NAMELESS for each in known):
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


def _answers(stage: Stage) -> list[bytes]:
    """Return the answers out of which the driver makes one status."""
    with stage.open() as trial:
        trial.line.alter = _same
        trial.pump.read_status()
        return trial.line.heard


def _late_answer(stage: Stage, trial: Trial, which: int) -> bytes:
    """Let all answers be lost from one on, and return that one an hour later."""
    trial.pump.start_continuous(stage.habits.rate)
    trial.line.alter = _from(which)
    trial.line.heard.clear()
    with suppress(HarnessError):
        trial.pump.read_status()
    trial.line.alter = None
    trial.wait(_AN_HOUR)
    return trial.line.heard[which]


def _lost(trial: Trial, habits: Habits, make: MakeAlarms, index: int) -> Result | None:
    """Tell the driver one of the alarms; return the failure if it goes lost."""
    heard: list[AlarmAnswer] = []

    def alter(data: bytes) -> bytes:
        made = make(data)
        heard.extend(made[index : index + 1])
        return made[index].answer if made else data

    trial.line.alter = _only(0, alter) if habits.is_alarm_told_once else alter
    try:
        told = trial.pump.read_status().alarms
    except HarnessError:
        told = None
    alarm = heard[0]
    if told == alarm.expected and told is not Alarm.NONE:
        return None
    reason = f"{alarm.name} arrives as {told}, not as {alarm.expected}"
    return failed(reason, alarm.answer)


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


def _only(which: int, alter: Alter) -> Alter:
    """Return what alters one answer, counted from 0, and no other."""
    numbers = count()
    return lambda data: alter(data) if next(numbers) == which else data


def _from(which: int) -> Alter:
    """Return what loses an answer, counted from 0, and all behind it."""
    numbers = count()
    return lambda data: data if next(numbers) < which else b""


def _nothing(data: bytes) -> bytes:
    return b""


def _same(data: bytes) -> bytes:
    return data


def _flipped(data: bytes, place: int) -> bytes:
    altered = bytearray(data)
    altered[place % len(data)] ^= 1 << place % 8
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
