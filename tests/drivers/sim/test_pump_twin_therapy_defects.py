"""Every seeded fault of the therapy shows in what comes out, or in what is told."""

from collections.abc import Callable

import pytest

from drivers.sim.contracts import PumpParameters
from drivers.sim.pump_defects import Defect
from protocols.pump_link.replies import Nak, PumpMessage
from protocols.pump_link.requests import (
    Commit,
    CommitAt,
    GetDrug,
    GetReservoir,
    Request,
    RequestPatientBolus,
    SetClock,
    WriteBridge,
    WriteDrug,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteRefill,
)
from protocols.pump_link.vocabulary import PumpMode
from tests.drivers.sim.pump_twin_host import CLOCK_AT_START_S, DAY, START_NS, H, Host, S

FULL_NL = 1e9
MONDAY_S = 2 * 86_400
"""The clock on the first Monday."""
BOLUS = WriteProgram(PumpMode.BOLUS, 36_000, 60_000, 600)


def delivered(host: Host, hours: float) -> int:
    """Return what really comes out in the next hours, nL."""
    begin = host.mechanism.reservoir_nl(START_NS + host.now_ns)
    host.run_for(round(hours * H))
    return round(begin - host.mechanism.reservoir_nl(START_NS + host.now_ns))


def on_schedule(host: Host, clock_s: int) -> None:
    host.ask(SetClock(clock_s))
    host.schedule([(0, 10_000), (600, 20_000)], [(0, 40_000)])


def monday_and_tuesday(host: Host) -> list[int]:
    on_schedule(host, MONDAY_S)
    return [delivered(host, 10), delivered(host, 14), delivered(host, 24)]


def after_a_set_clock(host: Host) -> int:
    on_schedule(host, MONDAY_S)
    host.ask(SetClock(MONDAY_S + 36_000))
    return delivered(host, 1)


def after_another_day(host: Host) -> int:
    on_schedule(host, MONDAY_S)
    host.ask(SetClock(MONDAY_S + 86_400))
    return delivered(host, 1)


def periodic(host: Host) -> list[int]:
    host.commit(WritePeriodic(0, 60_000, 600, 3_600))
    return [delivered(host, 1), delivered(host, 9)]


def wishes(host: Host) -> list[int]:
    host.infuse(36_000)
    host.commit(WritePatientBolus(60_000, 600, 2, 3_600))
    volumes = []
    for _ in range(6):
        host.ask(RequestPatientBolus())
        volumes.append(delivered(host, 0.5))
    return volumes


def wish_after_new_settings(host: Host) -> int:
    host.infuse(36_000)
    host.commit(WritePatientBolus(60_000, 600, 2, 7_200))
    host.ask(RequestPatientBolus())
    host.run_for(1_200 * S)
    host.commit(WritePatientBolus(60_000, 600, 2, 7_200))
    host.ask(RequestPatientBolus())
    return delivered(host, 1)


def committed(request: Request[PumpMessage]) -> Callable[[Host], list[int]]:
    """Return what comes out in two hours after a program."""

    def deliver(host: Host) -> list[int]:
        host.commit(request)
        return [delivered(host, 1), delivered(host, 1)]

    return deliver


def boluses(volume_nl: int) -> Callable[[Host], list[int]]:
    """Return what comes of twenty boluses of a volume."""

    def give(host: Host) -> list[int]:
        volumes = []
        for _ in range(20):
            host.commit(WriteProgram(PumpMode.BOLUS, 0, volume_nl, 600))
            volumes.append(delivered(host, 0.5))
        return volumes

    return give


def delayed(host: Host) -> list[int]:
    host.infuse(6_000)
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 60_000, 0, 0)).token
    host.ask(CommitAt(token, CLOCK_AT_START_S + 3_600))
    return [delivered(host, 1), delivered(host, 1)]


def stepped(host: Host) -> list[int]:
    host.infuse(10_000)
    host.infuse(20_000)
    first = delivered(host, 1)
    host.infuse(50_000)
    return [first, delivered(host, 1), delivered(host, 1)]


def after_a_long_stop(host: Host) -> list[int]:
    host.run_for(48 * H)
    host.infuse(10_000)
    first = delivered(host, 1)
    host.stop()
    host.infuse(10_000)
    return [first, delivered(host, 1)]


def bands(host: Host) -> list[int]:
    volumes = []
    for rate in (80_000, 100_000, 170_000):
        host.infuse(rate)
        volumes.append(delivered(host, 1))
    return volumes


def at_the_uptime_wrap(host: Host) -> list[int]:
    host.infuse(10_000)
    host.run_for(49 * DAY)
    return [delivered(host, 1), delivered(host, 24)]


def stopped_in_a_bolus(host: Host) -> list[int]:
    host.commit(BOLUS)
    host.run_for(300 * S)
    host.stop()
    first = delivered(host, 1)
    host.infuse(36_000)
    return [first, delivered(host, 1)]


def repeated_commit(host: Host) -> int:
    frame = host.session.request(Commit(host.ask(BOLUS).token))
    begin = host.mechanism.reservoir_nl(START_NS + host.now_ns)
    host.send(frame)
    host.run_for(S)
    host.send(frame)
    host.run_for(H)
    left = host.mechanism.reservoir_nl(START_NS + host.now_ns)
    return round(begin - left)


def bolus_in_a_stall(host: Host) -> bool:
    host.infuse(36_000)
    host.block(True)
    host.run_for(H)
    return is_refused(host, BOLUS)


def is_refused(host: Host, request: Request[PumpMessage]) -> bool:
    (frame,) = host.send(host.session.request(request))
    return isinstance(host.session.match(frame), Nak)


def steps_out_of_range(host: Host) -> bool:
    try:
        host.schedule([(0, 1_500_000)])
    except AssertionError:
        return True
    return False


def evening_before_noon(host: Host) -> bool:
    try:
        host.schedule([(0, 10_000), (1_080, 10_000), (720, 10_000)])
    except AssertionError:
        return True
    return False


def count(host: Host) -> bool:
    host.infuse(1_000_000)
    begin = host.status().delivered_nl
    host.run_for(20 * H)
    return host.status().delivered_nl - begin == 20_000_000


def states(host: Host) -> str:
    return host.status().state.name


def staged_only(host: Host) -> int:
    host.ask(WriteProgram(PumpMode.CONTINUOUS, 10_000, 0, 0))
    return delivered(host, 1)


def daily_dose(host: Host) -> int:
    host.infuse(10_000)
    host.commit(WriteDrug(1_000_000))
    return host.ask(GetDrug()).daily_dose_ng


def entries_after_a_power_loss(host: Host) -> list[str]:
    host.infuse(10_000)
    host.stop()
    host.power_cycle()
    host.open()
    return [entry.event.name for entry in host.log()]


def low_date(host: Host) -> int:
    host.commit(WriteRefill(1_000_000, 0, 180, 180))
    on_schedule(host, MONDAY_S)
    return host.ask(GetReservoir()).low_clock_s - MONDAY_S


def days_of_a_refill(host: Host) -> int:
    host.commit(WriteRefill(1_000_000, 0, 3, 2))
    reservoir = host.ask(GetReservoir())
    return (reservoir.refill_by_clock_s - reservoir.last_refill_clock_s) // 86_400


PRIMING = WritePriming(41_000, 1_200, 24_000)
BRIDGE = WriteBridge(161_000, 720_000, 36_000)

CASES: list[tuple[Defect, Callable[[Host], object], object, object]] = [
    (Defect.WEEKDAYS_IGNORED, monday_and_tuesday,
     [100_000, 280_000, 960_000], [100_000, 280_000, 380_000]),
    (Defect.STEP_LATE, monday_and_tuesday,
     [100_000, 280_000, 960_000], [105_000, 278_333, 956_667]),
    (Defect.MIDNIGHT_SHIFTS, monday_and_tuesday,
     [100_000, 280_000, 960_000], [100_000, 280_000, 940_000]),
    (Defect.SET_CLOCK_IGNORED, after_a_set_clock, 20_000, 10_000),
    (Defect.WEEKDAY_KEPT, after_another_day, 40_000, 10_000),
    (Defect.PERIOD_LONG, periodic, [60_000, 540_000], [60_000, 516_000]),
    (Defect.PERIODIC_SHORT, periodic, [60_000, 540_000], [48_000, 432_000]),
    (Defect.NO_LOCKOUT, wishes,
     [72_000, 18_000, 72_000, 18_000, 18_000, 18_000],
     [72_000, 72_000, 18_000, 18_000, 18_000, 18_000]),
    (Defect.NO_ALLOTMENT, wishes,
     [72_000, 18_000, 72_000, 18_000, 18_000, 18_000],
     [72_000, 18_000, 72_000, 18_000, 72_000, 18_000]),
    (Defect.LOCKOUT_FORGOTTEN, wish_after_new_settings, 36_000, 90_000),
    (Defect.PATIENT_HALF, wishes,
     [72_000, 18_000, 72_000, 18_000, 18_000, 18_000],
     [42_000, 18_000, 42_000, 18_000, 18_000, 18_000]),
    (Defect.BOLUS_SHORT, committed(BOLUS), [90_000, 36_000], [78_000, 36_000]),
    (Defect.SMALL_BOLUS_SHORT, boluses(20_000), [20_000] * 20, [17_600] * 20),
    (Defect.SMALL_BOLUS_SHORT, boluses(25_000), [25_000] * 20, [25_000] * 20),
    (Defect.TENTH_BOLUS_SHORT, boluses(60_000),
     [60_000] * 20, ([60_000] * 9 + [42_000]) * 2),
    (Defect.BOLUS_TWICE, committed(BOLUS), [90_000, 36_000], [150_000, 36_000]),
    (Defect.BOLUS_LATE, committed(BOLUS), [90_000, 36_000], [117_000, 36_000]),
    (Defect.DOUBLE_AFTER_BOLUS, committed(BOLUS), [90_000, 36_000], [120_000, 72_000]),
    (Defect.BOLUS_IN_ALARM, bolus_in_a_stall, True, False),
    (Defect.STOP_SPARES_BOLUS, stopped_in_a_bolus, [0, 36_000], [30_000, 36_000]),
    (Defect.RUNS_ON, stopped_in_a_bolus, [0, 36_000], [30_000, 36_000]),
    (Defect.BOLUS_RESUMED, stopped_in_a_bolus, [0, 36_000], [0, 63_000]),
    (Defect.REPEAT_ACTS, repeated_commit, 90_010, 144_010),
    (Defect.PRIMING_MORE, committed(PRIMING), [256_000, 24_000], [315_000, 24_000]),
    (Defect.FAST_AFTER_PRIMING, committed(PRIMING),
     [256_000, 24_000], [272_000, 48_000]),
    (Defect.BRIDGE_SHORT, committed(BRIDGE), [378_000, 36_000], [188_950, 36_000]),
    (Defect.BRIDGE_KEEPS_RATE, committed(BRIDGE),
     [378_000, 36_000], [720_000, 720_000]),
    (Defect.START_LATE, delayed, [6_000, 60_000], [6_000, 51_000]),
    (Defect.START_AT_ONCE, delayed, [6_000, 60_000], [60_000, 60_000]),
    (Defect.MINIMUM_NONE, committed(WriteProgram(PumpMode.MINIMUM, 0, 0, 0)),
     [250, 250], [0, 0]),
    (Defect.MINIMUM_TWICE, committed(WriteProgram(PumpMode.MINIMUM, 0, 0, 0)),
     [250, 250], [500, 500]),
    (Defect.SLUGGISH, stepped, [20_000, 50_000, 50_000], [20_000, 45_000, 50_000]),
    (Defect.OVER_AFTER_STOP, after_a_long_stop, [10_000, 10_000], [12_000, 10_000]),
    (Defect.WRONG_BAND, bands,
     [80_000, 100_000, 170_000], [80_000, 112_000, 170_000]),
    (Defect.STOPS_AT_WRAP, at_the_uptime_wrap, [10_000, 240_000], [10_000, 160_465]),
    (Defect.COUNTER_WRAPS, count, True, False),
    (Defect.STATE_STUCK, states, "STOPPED", "DELIVERING"),
    (Defect.STEP_UNLIMITED, steps_out_of_range, True, False),
    (Defect.STEPS_UNORDERED, evening_before_noon, True, False),
    (Defect.CAPACITY_UNLIMITED,
     lambda host: is_refused(host, WriteRefill(40_000_001, 0, 1, 1)), True, False),
    (Defect.CONCENTRATION_UNLIMITED,
     lambda host: is_refused(host, WriteDrug(4_000_001)), True, False),
    (Defect.NO_COMMIT, staged_only, 0, 10_000),
    (Defect.DAILY_DOSE_WRONG, daily_dose, 240_000, 264_000),
    (Defect.ENTRY_LOST, entries_after_a_power_loss,
     ["PROGRAM_COMMITTED", "STOPPED", "RESET", "ALARM_RAISED"],
     ["PROGRAM_COMMITTED", "RESET", "ALARM_RAISED"]),
    (Defect.LABEL_IGNORED, days_of_a_refill, 2, 3),
    (Defect.DATES_IGNORE_SCHEDULE, low_date, 86_400 + 55_800, 360_000),
]  # fmt: skip


@pytest.mark.parametrize(
    ("defect", "act", "healthy", "faulty"), CASES, ids=[c[0].value for c in CASES]
)
def test_a_faulty_unit_does_what_its_fault_says(
    defect: Defect, act: Callable[[Host], object], healthy: object, faulty: object
) -> None:
    for defects, expected in ((frozenset[Defect](), healthy), ({defect}, faulty)):
        host = Host(PumpParameters(clock_error_ppm=0.0, defects=frozenset(defects)))
        host.fill(FULL_NL)
        assert act(host) == expected
