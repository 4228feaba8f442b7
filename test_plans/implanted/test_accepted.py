"""What the pump must accept: every kind of setting, at the ends of its range."""

from __future__ import annotations

from functools import partial
from itertools import cycle, product

import pytest

from harness.execution.case import Case
from harness.readings import PumpMode
from harness.roles import (
    Bolus,
    Bridge,
    DelayedStart,
    DrugRecord,
    FlowClamp,
    InfusionPump,
    PatientBolus,
    PeriodicBolus,
    Priming,
    ProgramReadback,
    Refillable,
    Schedule,
)
from harness.schedule import DAYS_A_WEEK, MINUTES_A_DAY, Step, WeekSchedule
from harness.units import TIME, VOLUME, Quantity, magnitude
from test_plans.implanted import accepted
from test_plans.implanted.accepted import Dose, Setting


@pytest.mark.procedure
def test_rates_accepted(
    case: Case, pump: InfusionPump, readback: ProgramReadback, clamp: FlowClamp
) -> None:
    """Programme constant rates."""

    def wrong(rate: Quantity) -> str:
        return accepted.other_rate(readback.read_program(), PumpMode.CONTINUOUS, rate)

    clamp.set_closed(False)
    settings = [
        Setting(
            f"{rate:~P}", partial(pump.start_continuous, rate), partial(wrong, rate)
        )
        for rate in accepted.rates(case.profile)
    ]
    accepted.judge(case, settings)
    pump.stop()


@pytest.mark.procedure
def test_boluses_accepted(
    case: Case,
    pump: InfusionPump,
    bolus: Bolus,
    readback: ProgramReadback,
    clamp: FlowClamp,
) -> None:
    """Programme single boluses, each before each rate."""

    def wrong(dose: Dose, rate: Quantity) -> str:
        told = readback.read_program()
        return accepted.other_dose(told, PumpMode.BOLUS, rate, dose)

    clamp.set_closed(False)
    settings = [
        Setting(
            f"{dose}, then {rate:~P}",
            partial(bolus.start_bolus, dose.volume, dose.duration, rate),
            partial(wrong, dose, rate),
        )
        for dose, rate in product(
            accepted.doses(case.profile), accepted.rates(case.profile)
        )
    ]
    accepted.judge(case, settings)
    pump.stop()


@pytest.mark.procedure
def test_periodic_accepted(
    case: Case,
    pump: InfusionPump,
    periodic: PeriodicBolus,
    readback: ProgramReadback,
    clamp: FlowClamp,
) -> None:
    """Programme periodic boluses between each rate."""

    def wrong(dose: Dose, rate: Quantity, period: Quantity) -> str:
        told = readback.read_program()
        if told.period_s != round(magnitude(period, TIME)):
            return f"a period of {told.period_s} s is read back"
        return accepted.other_dose(told, PumpMode.PERIODIC, rate, dose)

    clamp.set_closed(False)
    settings = [
        Setting(
            f"{dose} every {2 * dose.duration:~P}, between them {rate:~P}",
            partial(
                periodic.start_periodic,
                rate, dose.volume, dose.duration, 2 * dose.duration,
            ),
            partial(wrong, dose, rate, 2 * dose.duration),
        )
        for dose, rate in product(
            accepted.doses(case.profile), accepted.rates(case.profile)
        )
    ]  # fmt: skip
    accepted.judge(case, settings)
    pump.stop()


@pytest.mark.procedure
def test_patient_boluses_accepted(case: Case, patient_bolus: PatientBolus) -> None:
    """Allow the patient boluses; its echo is what is read back."""
    most = round(case.profile.count("patient_bolus.allotted_maximum"))
    least = case.profile.quantity("patient_bolus.lockout_minimum", TIME)
    settings = [
        Setting(
            f"{allotted} of {dose} a day",
            partial(
                patient_bolus.set_patient_bolus,
                dose.volume, dose.duration, allotted, max(least, dose.duration),
            ),
            _echoed,
        )
        for dose, allotted in product(
            accepted.doses(case.profile), (1, (1 + most) // 2, most)
        )
    ]  # fmt: skip
    accepted.judge(case, settings)


def _echoed() -> str:
    """Nothing is wrong: the echo was held against the setting when it was sent."""
    return ""


@pytest.mark.procedure
def test_schedules_accepted(
    case: Case,
    pump: InfusionPump,
    schedule: Schedule,
    readback: ProgramReadback,
    clamp: FlowClamp,
) -> None:
    """Programme weeks of one step a day, and of as many as a day may have."""
    most = round(case.profile.count("schedule.steps_per_day"))
    rates = accepted.rates(case.profile)
    evenly = range(0, MINUTES_A_DAY, MINUTES_A_DAY // most)[:most]
    late = range(MINUTES_A_DAY - most + 1, MINUTES_A_DAY)

    def week(minutes: tuple[int, ...]) -> WeekSchedule:
        rate = cycle(rates)
        return WeekSchedule(
            tuple(
                tuple(Step(minute, next(rate)) for minute in minutes)
                for _ in range(DAYS_A_WEEK)
            )
        )

    def wrong() -> str:
        mode = readback.read_program().mode
        return "" if mode is PumpMode.SCHEDULE else f"{mode.value} is read back"

    clamp.set_closed(False)
    settings = [
        Setting(words, partial(schedule.start_schedule, week(minutes)), wrong)
        for words, minutes in (
            ("one step a day", (0,)),
            (f"{most} steps a day", tuple(evenly)),
            (f"{most} steps a day, the last minutes apart", (0, *late)),
        )
    ]
    accepted.judge(case, settings)
    pump.stop()


@pytest.mark.procedure(short="mL", long="mL")
def test_priming_accepted(
    case: Case,
    pump: InfusionPump,
    priming: Priming,
    readback: ProgramReadback,
    clamp: FlowClamp,
) -> None:
    """Programme primings of a short and of a long catheter."""
    tubing = case.profile.quantity("priming.tubing_volume", VOLUME)

    def wrong(rate: Quantity) -> str:
        return accepted.other_rate(readback.read_program(), PumpMode.PRIMING, rate)

    clamp.set_closed(False)
    settings = [
        Setting(
            f"priming {dose}, then {rate:~P}",
            partial(priming.start_priming, catheter, dose.duration, rate),
            partial(wrong, rate),
        )
        for catheter in (case.numbers["short"], case.numbers["long"])
        for dose in accepted.fast_and_slow(case.profile, tubing + catheter)
        for rate in accepted.rates(case.profile)
    ]
    accepted.judge(case, settings)
    pump.stop()


@pytest.mark.procedure(short="mL", long="mL")
def test_bridges_accepted(
    case: Case,
    pump: InfusionPump,
    bridge: Bridge,
    readback: ProgramReadback,
    clamp: FlowClamp,
) -> None:
    """Programme bridges of a short and of a long catheter, from each rate to each."""

    def wrong(rate: Quantity) -> str:
        return accepted.other_rate(readback.read_program(), PumpMode.BRIDGE, rate)

    clamp.set_closed(False)
    settings = [
        Setting(
            f"bridge of {catheter:~P} at {old:~P}, then {new:~P}",
            partial(bridge.start_bridge, catheter, old, new),
            partial(wrong, new),
        )
        for catheter in (case.numbers["short"], case.numbers["long"])
        for old, new in product(accepted.rates(case.profile), repeat=2)
    ]
    accepted.judge(case, settings)
    pump.stop()


@pytest.mark.procedure(soon="s", late="s")
def test_delayed_starts_accepted(
    case: Case,
    pump: InfusionPump,
    delayed_start: DelayedStart,
    refillable: Refillable,
    readback: ProgramReadback,
    clamp: FlowClamp,
) -> None:
    """Programme each rate for soon and for late."""
    now_s = refillable.read_clock()

    def wrong(start_s: int) -> str:
        told_s = readback.read_program().start_clock_s
        return "" if told_s == start_s else f"a start at {told_s} s is read back"

    clamp.set_closed(False)
    delays = (case.numbers["soon"], case.numbers["late"])
    starts_s = [now_s + round(magnitude(delay, TIME)) for delay in delays]
    settings = [
        Setting(
            f"{rate:~P} from {start_s} s on",
            partial(delayed_start.start_continuous_at, rate, start_s),
            partial(wrong, start_s),
        )
        for rate, start_s in product(accepted.rates(case.profile), starts_s)
    ]
    accepted.judge(case, settings)
    pump.stop()


@pytest.mark.procedure
def test_concentrations_accepted(case: Case, drug: DrugRecord) -> None:
    """Enter the ends of the range of concentrations, and what was filled in."""
    ends = [
        case.profile.quantity(f"drug.concentration_{end}", "ng/mL")
        for end in ("minimum", "maximum")
    ]

    def wrong(given: Quantity) -> str:
        told_ng = drug.read_drug().concentration_ng_per_ml
        is_same = told_ng == round(magnitude(given, "ng/mL"))
        return "" if is_same else f"{told_ng} ng/mL is read back"

    settings = [
        Setting(
            f"{each:~P}", partial(drug.set_concentration, each), partial(wrong, each)
        )
        for each in (*ends, case.start["concentration"])
    ]
    accepted.judge(case, settings)


@pytest.mark.procedure
def test_refills_accepted(case: Case, refillable: Refillable) -> None:
    """Enter refills up to exactly the capacity, and at last what was filled in."""
    full = case.profile.quantity("reservoir.capacity", VOLUME)
    low, tenth = case.profile.quantity("reservoir.low_threshold", VOLUME), 0.1 * full
    contents = (full, case.start["reservoir"])
    lasts = [
        case.profile.quantity(f"refill.{key}", TIME) for key in ("shortest", "longest")
    ]

    def wrong(content: Quantity, threshold: Quantity) -> str:
        told = refillable.read_reservoir()
        given = (round(magnitude(q, "nL")) for q in (content, threshold))
        if (told.volume_nl, told.low_threshold_nl) == tuple(given):
            return ""
        return (
            f"{told.volume_nl} nL and a threshold of {told.low_threshold_nl} nL are"
            " read back"
        )

    settings = [
        Setting(
            f"{content:~P}, low at {threshold:~P}",
            partial(refillable.set_reservoir, content, threshold, last, last),
            partial(wrong, content, threshold),
        )
        for content, threshold, last in product(contents, (tenth, low), lasts)
    ]
    accepted.judge(case, settings)
