"""The pump twin's delivery against a model that is stepped second by second."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.pump_link.requests import (
    Commit,
    CommitAt,
    GetClock,
    RequestPatientBolus,
    SetClock,
    WriteBridge,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
)
from protocols.pump_link.vocabulary import BolusDecision, PumpMode
from tests.drivers.sim.pump_twin_host import EXACT, Host, S

Week = Sequence[Sequence[tuple[int, int]]]
Flow = tuple[int, int]
"""A volume in nL, and the seconds in which it is given."""

DAY_S = 86_400
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Dose(NamedTuple):
    """What a program begins with, and repeats after a period above 0."""

    volume_nl: int
    duration_s: int
    period_s: int = 0


@dataclass
class Model:
    """A pump that never fails, by the rules of the link, stepped in seconds."""

    clock_s: int
    rate: int = 0
    week: Week | None = None
    infuses: bool = False
    repeated: Dose | None = None
    next_s: int = 0
    dose: Flow | None = None
    is_patients: bool = False
    left_s: int = 0
    now_s: int = 0
    pending: tuple[int, int] | None = None
    patient: WritePatientBolus | None = None
    begun_s: list[int] = field(default_factory=list)
    seconds: Counter[Flow] = field(default_factory=Counter)

    def start(
        self, rate: int, dose: Dose | None = None, week: Week | None = None
    ) -> None:
        self.stop()
        self.rate, self.week, self.infuses = rate, week, True
        if dose is not None and dose.period_s:
            self.repeated, self.next_s = dose, self.now_s
        elif dose is not None:
            self.give(dose)

    def stop(self) -> None:
        self.rate, self.week, self.dose, self.repeated = 0, None, None, None
        self.infuses, self.pending = False, None

    def give(self, dose: Dose, is_patients: bool = False) -> None:
        self.dose, self.left_s = (dose.volume_nl, dose.duration_s), dose.duration_s
        self.is_patients = is_patients

    def settle(self) -> None:
        if self.pending is not None and self.clock_s >= self.pending[1]:
            self.start(self.pending[0])
        if self.left_s == 0:
            if self.dose is not None and not self.is_patients and not self.repeated:
                self.infuses = self.rate > 0
            self.dose = None
        if self.repeated and self.dose is None and self.next_s <= self.now_s:
            self.give(self.repeated)
            while self.next_s <= self.now_s:
                self.next_s += self.repeated.period_s

    def step(self) -> None:
        self.settle()
        rate = self.rate if self.week is None else rate_of(self.week, self.clock_s)
        self.seconds[self.dose or (rate, 3_600)] += 1
        self.now_s, self.clock_s = self.now_s + 1, self.clock_s + 1
        self.left_s = max(self.left_s - 1, 0)

    def wish(self) -> BolusDecision:
        self.settle()
        own = self.dose is not None and not self.is_patients and not self.repeated
        if self.patient is None or not self.patient.allotted or not self.infuses or own:
            return BolusDecision.NOT_ALLOWED
        if self.begun_s and self.now_s < self.begun_s[-1] + self.patient.lockout_s:
            return BolusDecision.LOCKED_OUT
        recent = [begun for begun in self.begun_s if begun > self.now_s - DAY_S]
        if len(recent) >= self.patient.allotted:
            return BolusDecision.ALLOTMENT_USED
        if self.dose is not None:
            return BolusDecision.NOT_ALLOWED
        self.begun_s.append(self.now_s)
        patient = self.patient
        self.give(Dose(patient.bolus_nl, patient.bolus_duration_s), is_patients=True)
        return BolusDecision.GRANTED

    @property
    def delivered_nl(self) -> Fraction:
        return sum(
            (Fraction(nl * s, span) for (nl, span), s in self.seconds.items()),
            Fraction(0),
        )


def rate_of(week: Week, clock_s: int) -> int:
    moment = EPOCH + timedelta(seconds=clock_s)
    minute = moment.hour * 60 + moment.minute
    return [rate for begin, rate in week[moment.weekday()] if begin <= minute][-1]


RATES = st.one_of(st.just(0), st.integers(2_000, 1_000_000))
MINUTES = st.sets(st.integers(1, 1_439), max_size=12).map(lambda m: [0, *sorted(m)])
DAYS = st.builds(
    lambda minutes, rates: list(zip(minutes, rates, strict=False)),
    MINUTES,
    st.lists(RATES, min_size=13, max_size=13),
)
WEEKS = st.lists(DAYS, min_size=7, max_size=7).filter(
    lambda week: any(rate for day in week for _, rate in day)
)
RATE, VOLUME = st.integers(2_000, 1_000_000), st.integers(2_000, 10_000)
DURATION, LONG = st.integers(36, 3_600), st.integers(3_600, 20_000)


class Act(NamedTuple):
    """One command of a generated sequence, and the wait that follows it."""

    kind: str
    week: Week
    rate: int
    volume_nl: int
    duration_s: int
    long_s: int
    wait_s: int


ACTS = st.builds(
    Act,
    st.sampled_from(
        [
            "schedule",
            "periodic",
            "patient",
            "wish",
            "minimum",
            "continuous",
            "bolus",
            "priming",
            "bridge",
            "delayed",
            "clock",
            "stop",
        ]
    ),
    WEEKS,
    RATE,
    VOLUME,
    DURATION,
    LONG,
    st.integers(0, 8_000),
)


def do(host: Host, model: Model, act: Act) -> None:
    """Do the same to both."""
    rate, nl, s = act.rate, act.volume_nl, act.duration_s
    match act.kind:
        case "schedule":
            host.schedule(*act.week)
            model.start(0, week=act.week)
        case "periodic":
            host.commit(WritePeriodic(rate, nl, s, act.long_s))
            model.start(rate, Dose(nl, s, act.long_s))
        case "patient":
            settings_ = WritePatientBolus(nl, s, act.long_s % 4, act.long_s)
            host.commit(settings_)
            model.patient = settings_
        case "wish":
            answer = host.ask(RequestPatientBolus())
            assert answer.decision is model.wish()
            recent = [b for b in model.begun_s if b > model.now_s - DAY_S]
            assert answer.given == len(recent)
        case "delayed":
            token = host.ask(WriteProgram(PumpMode.CONTINUOUS, rate, 0, 0)).token
            host.ask(CommitAt(token, model.clock_s + s))
            model.pending = (rate, model.clock_s + s)
        case "clock":
            model.clock_s += (act.long_s - 10_000) * 60 + s
            host.ask(SetClock(model.clock_s))
        case "stop":
            host.stop()
            model.stop()
        case _:
            programme(host, model, act)


def programme(host: Host, model: Model, act: Act) -> None:
    """Commit the same program to both."""
    rate, nl, s = act.rate, act.volume_nl, act.duration_s
    match act.kind:
        case "minimum":
            host.commit(WriteProgram(PumpMode.MINIMUM, 0, 0, 0))
            model.start(EXACT.minimum_mode_nl_per_h)
        case "continuous":
            host.infuse(rate)
            model.start(rate)
        case "bolus":
            host.bolus(nl, s, rate)
            model.start(rate, Dose(nl, s))
        case "priming":
            host.commit(WritePriming(nl, 3_600, rate))
            model.start(rate, Dose(EXACT.tubing_nl + nl, 3_600))
        case "bridge":
            # 100 nL each second, so that it ends on a whole one.
            host.commit(WriteBridge(100 * s, 360_000, rate))
            model.start(
                rate, Dose(EXACT.tubing_nl + 100 * s, EXACT.tubing_nl // 100 + s)
            )


@settings(max_examples=25, deadline=None)
@given(st.lists(ACTS, min_size=1, max_size=10))
def test_any_therapy_delivers_what_a_stepped_model_delivers(acts: list[Act]) -> None:
    host = Host()
    host.fill(1e12)
    begin_nl = host.status().delivered_nl
    model = Model(host.ask(GetClock()).clock_s)
    for act in acts:
        model.settle()
        do(host, model, act)
        host.run_for(act.wait_s * S)
        for _ in range(act.wait_s):
            model.step()
        assert host.status().delivered_nl - begin_nl == int(model.delivered_nl)


@settings(max_examples=6, deadline=None)
@given(WEEKS, st.integers(0, DAY_S))
def test_a_week_of_steps_delivers_what_a_stepped_model_delivers(
    week: Week, minutes_off: int
) -> None:
    host = Host()
    host.fill(1e12)
    host.ask(SetClock(60 * minutes_off))
    host.schedule(*week)
    begin_nl = host.status().delivered_nl
    flowed = 0
    for minute in range(minutes_off, minutes_off + 8 * 1_440):
        flowed += rate_of(week, 60 * minute)
    host.run_for(8 * DAY_S * S)
    assert host.status().delivered_nl - begin_nl == flowed // 60


def test_the_commit_of_a_delayed_start_uses_its_token() -> None:
    host = Host()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 5_000, 0, 0)).token
    host.ask(CommitAt(token, host.ask(GetClock()).clock_s + 60))
    assert host.refused(Commit(token)).code.name == "BAD_TOKEN"
