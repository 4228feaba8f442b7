"""Periodic, patient, priming and bridge doses, minimum mode and delayed start."""

from fractions import Fraction

import pytest

from drivers.sim.contracts import Level, PumpParameters
from protocols.pump_link.replies import Nak, PatientBolusAnswer, PumpMessage
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    Commit,
    CommitAt,
    GetDrug,
    GetIdentity,
    GetLog,
    GetProgram,
    GetReservoir,
    GetScheduleDay,
    GetService,
    Request,
    RequestPatientBolus,
    SelfTest,
    SetAlarmIntervals,
    SetClock,
    WriteBridge,
    WriteDrug,
    WritePatientBolus,
    WritePeriodic,
    WritePriming,
    WriteProgram,
    WriteRefill,
    WriteScheduleDay,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    BolusDecision,
    Feature,
    FieldId,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
)
from tests.drivers.sim.pump_twin_host import (
    CLOCK_AT_START_S,
    DAY,
    EXACT,
    H,
    Host,
    S,
    raised,
)

NONE = AlarmFlag(0)
MINIMUM = WriteProgram(PumpMode.MINIMUM, 0, 0, 0)


def filled(parameters: PumpParameters = EXACT) -> Host:
    host = Host(parameters)
    host.refill(40_000_000)
    return host


def wish(host: Host) -> tuple[str, int, int]:
    answer: PatientBolusAnswer = host.ask(RequestPatientBolus())
    return answer.decision.name, answer.given, answer.lockout_s


def test_periodic_boluses_replace_the_rate_at_once_and_in_every_period() -> None:
    host = filled()
    host.commit(WritePeriodic(5_000, 100_000, 600, 3_600))
    assert host.status().mode is PumpMode.PERIODIC
    host.run_for(2 * H - 1)
    assert host.mechanism.speeds == [
        (0, 600_000.0),
        (600 * S, 5_000.0),
        (H, 600_000.0),
        (H + 600 * S, 5_000.0),
    ]
    program = host.ask(GetProgram())
    assert (program.mode, program.rate_nl_per_h) == (PumpMode.PERIODIC, 5_000)
    dose = (program.bolus_nl, program.bolus_duration_s, program.period_s)
    assert dose == (100_000, 600, 3_600)
    assert host.events()[1:5] == [
        (0, LogEvent.PROGRAM_COMMITTED, 5_000),
        (0, LogEvent.BOLUS_START, 100_000),
        (600, LogEvent.BOLUS_END, 100_000),
        (3_600, LogEvent.BOLUS_START, 100_000),
    ]


def test_a_periodic_bolus_waits_for_a_patients_and_the_next_comes_as_planned() -> None:
    host = filled()
    host.commit(WritePatientBolus(60_000, 600, 4, 600))
    host.commit(WritePeriodic(0, 100_000, 600, 3_600))
    host.run_for(3_300 * S)
    assert wish(host) == ("GRANTED", 1, 600)
    assert host.status().mode is PumpMode.BOLUS
    assert host.ask(GetProgram()).mode is PumpMode.PERIODIC
    host.run_until(2 * H)
    assert host.mechanism.speeds[2:] == [
        (3_300 * S, 360_000.0),
        (3_900 * S, 600_000.0),
        (4_500 * S, 0.0),
        (2 * H, 600_000.0),
    ]


def test_a_periodic_bolus_that_falls_into_a_stall_is_left_out() -> None:
    host = filled()
    host.commit(WritePeriodic(10_000, 100_000, 600, 3_600))
    begin = host.status().delivered_nl
    host.run_for(2_000 * S)
    host.block(True)
    host.run_until(4_000 * S)
    host.block(False)
    host.run_until(3 * H)
    assert host.status().state is PumpState.DELIVERING
    # Two of three boluses, and the rate but for 2000 s of stall.
    expected = 200_000 + Fraction(10_000 * (10_800 - 2_000 - 2 * 600), 3_600)
    assert host.status().delivered_nl - begin == int(expected)


def test_a_patient_bolus_returns_to_the_step_that_is_then_in_force() -> None:
    host = filled()
    host.ask(SetClock(0))
    host.schedule([(0, 2_000), (10, 3_000)])
    host.commit(WritePatientBolus(60_000, 600, 1, 600))
    host.run_for(300 * S)
    wish(host)
    host.run_for(900 * S)
    assert host.mechanism.speeds[1:] == [(300 * S, 360_000.0), (900 * S, 3_000.0)]
    assert host.status().mode is PumpMode.SCHEDULE
    assert host.events()[-3:] == [
        (0, LogEvent.PATIENT_BOLUS_SET, 60_000),
        (300, LogEvent.BOLUS_START, 60_000),
        (900, LogEvent.BOLUS_END, 60_000),
    ]


def test_a_storm_of_wishes_meets_lockout_and_allotment() -> None:
    host = filled()
    host.infuse(10_000)
    host.commit(WritePatientBolus(10_000, 60, 3, 3_600))
    granted = []
    for minute in range(0, 2 * 1_440, 10):
        host.run_until(minute * 60 * S)
        if wish(host)[0] == "GRANTED":
            granted.append(minute)
    assert granted == [0, 60, 120, 1_440, 1_500, 1_560]
    assert wish(host) == ("ALLOTMENT_USED", 3, 600)


def test_the_answer_tells_how_long_the_lockout_lasts() -> None:
    host = filled()
    host.infuse(10_000)
    assert wish(host) == ("NOT_ALLOWED", 0, 0)
    host.commit(WritePatientBolus(10_000, 60, 2, 3_600))
    assert wish(host) == ("GRANTED", 1, 3_600)
    host.run_for(S // 2)
    assert wish(host) == ("LOCKED_OUT", 1, 3_600)
    host.run_until(H)
    assert wish(host) == ("GRANTED", 2, 86_400 - 3_600)
    assert host.events()[-1] == (3_600, LogEvent.BOLUS_START, 10_000)
    host.run_until(H + 1)
    assert wish(host)[0] == "LOCKED_OUT"
    refused = (3_600, LogEvent.PATIENT_BOLUS_REFUSED, BolusDecision.LOCKED_OUT)
    assert host.events()[-1] == refused
    host.run_until(DAY - 1)
    assert wish(host) == ("ALLOTMENT_USED", 2, 1)
    host.run_until(DAY)
    assert wish(host) == ("GRANTED", 2, 3_600)


def test_neither_stop_nor_clock_nor_new_settings_end_a_lockout() -> None:
    host = filled()
    host.infuse(10_000)
    host.commit(WritePatientBolus(10_000, 60, 2, 3_600))
    wish(host)
    host.stop()
    assert wish(host)[0] == "NOT_ALLOWED"
    host.infuse(10_000)
    host.ask(SetClock(CLOCK_AT_START_S + 100_000))
    host.commit(WritePatientBolus(20_000, 120, 3, 7_200))
    assert wish(host) == ("LOCKED_OUT", 1, 7_200)
    host.commit(WritePatientBolus(0, 0, 0, 0))
    assert wish(host) == ("NOT_ALLOWED", 1, 0)


@pytest.mark.parametrize("mode", ["bolus", "priming", "bridge", "stopped"])
def test_only_a_lasting_program_takes_a_patient_bolus(mode: str) -> None:
    host = filled()
    host.commit(WritePatientBolus(10_000, 60, 2, 3_600))
    if mode == "bolus":
        host.bolus(100_000, 600, 10_000)
    elif mode == "priming":
        host.commit(WritePriming(200_000, 3_600, 10_000))
    elif mode == "bridge":
        host.commit(WriteBridge(200_000, 400_000, 10_000))
    assert wish(host)[0] == "NOT_ALLOWED"
    if mode != "stopped":
        host.run_for(H)
        assert wish(host)[0] == "GRANTED"


def test_a_critical_alarm_refuses_every_bolus_until_it_is_cleared() -> None:
    host = filled()
    host.infuse(10_000)
    host.commit(WritePatientBolus(10_000, 60, 2, 60))
    host.block(True)
    host.run_for(H)
    boluses = (
        WriteProgram(PumpMode.BOLUS, 0, 10_000, 60),
        WritePeriodic(0, 10_000, 60, 60),
        WritePriming(1, 3_600, 0),
    )
    for request in boluses:
        nak = host.refused(request)
        assert (nak.code, nak.field) == (NakCode.WRONG_STATE, FieldId.MODE)
    assert wish(host)[0] == "ALARM"
    host.block(False)
    host.run_for(H)
    assert wish(host)[0] == "ALARM"
    host.ask(AckAlarms(~NONE))
    host.ask(ClearAlarms(~NONE))
    assert wish(host)[0] == "GRANTED"
    for request in boluses:
        host.commit(request)


def test_a_bolus_staged_before_the_alarm_is_refused_at_its_commit() -> None:
    host = filled()
    host.infuse(10_000)
    host.block(True)
    host.run_for(290 * S)
    token = host.ask(WriteProgram(PumpMode.BOLUS, 0, 10_000, 60)).token
    host.run_for(15 * S)
    assert host.refused(Commit(token)).code is NakCode.WRONG_STATE
    assert host.status().mode is PumpMode.CONTINUOUS


@pytest.mark.parametrize("how", ["stop", "program"])
def test_a_patient_bolus_that_is_cut_short_does_not_come_back(how: str) -> None:
    host = filled()
    host.infuse(10_000)
    host.commit(WritePatientBolus(60_000, 600, 4, 600))
    wish(host)
    host.run_for(60 * S)
    if how == "stop":
        host.stop()
    host.infuse(20_000)
    assert (60, LogEvent.BOLUS_END, 6_000) in host.events()
    host.run_for(DAY)
    assert host.mechanism.speeds[-1] == (60 * S, 20_000.0)


def test_a_count_that_is_taken_back_behind_the_begin_of_a_dose_lengthens_it_not() -> (
    None
):
    host = filled()
    host.infuse(360_000)
    host.commit(WritePatientBolus(360_000, 1_800, 4, 1_800))
    begin = host.status().delivered_nl
    host.block(True)
    host.run_for(100 * S)
    wish(host)
    host.run_for(400 * S)
    host.block(False)
    host.run_for(1_800 * S)
    assert host.status().delivered_nl - begin == 360_000
    assert host.status().mode is PumpMode.CONTINUOUS


def test_priming_is_a_phase_of_its_own() -> None:
    host = filled()
    staged = host.ask(WritePriming(160_000, 1_800, 10_000))
    assert staged.prime_nl == 359_000
    assert host.ask(Commit(staged.token)).mode is PumpMode.PRIMING
    assert host.ask(GetProgram()).bolus_nl == 359_000
    host.run_for(H)
    assert host.mechanism.speeds == [(0, 718_000.0), (1_800 * S, 10_000.0)]
    assert host.status().mode is PumpMode.CONTINUOUS
    assert host.events()[1:] == [
        (0, LogEvent.PROGRAM_COMMITTED, 10_000),
        (0, LogEvent.PRIMING_START, 359_000),
        (1_800, LogEvent.PRIMING_END, 359_000),
    ]


def test_a_bridge_clears_tubing_and_catheter_at_its_rate() -> None:
    host = filled()
    staged = host.ask(WriteBridge(161_000, 36_000, 12_000))
    assert staged.bridge_nl == 360_000
    host.ask(Commit(staged.token))
    program = host.ask(GetProgram())
    assert (program.bolus_nl, program.bolus_duration_s) == (360_000, 36_000)
    host.run_for(DAY)
    assert host.mechanism.speeds == [(0, 36_000.0), (10 * H, 12_000.0)]
    assert host.events()[2:] == [
        (0, LogEvent.BRIDGE_START, 360_000),
        (36_000, LogEvent.BRIDGE_END, 360_000),
    ]


def test_the_minimum_mode_runs_below_the_least_rate() -> None:
    host = filled()
    assert host.commit(MINIMUM).rate_nl_per_h == 250
    begin = host.status().delivered_nl
    host.run_for(30 * DAY)
    assert host.status().delivered_nl - begin == 250 * 24 * 30
    assert host.status().mode is PumpMode.MINIMUM


def test_a_delayed_start_waits_for_the_clock() -> None:
    host = filled()
    host.infuse(10_000)
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 20_000, 0, 0)).token
    start_s = CLOCK_AT_START_S + 7_200
    assert host.ask(CommitAt(token, start_s)).clock_s == start_s
    assert host.ask(GetProgram()).start_clock_s == start_s
    host.run_for(H)
    host.ask(SetClock(CLOCK_AT_START_S + 1_800))
    host.run_until(DAY)
    assert host.mechanism.speeds[1:] == [(9_000 * S, 20_000.0)]
    assert host.ask(GetProgram()).start_clock_s == 0
    assert host.events()[-3:] == [
        (0, LogEvent.START_PENDING, start_s),
        (3_600, LogEvent.CLOCK_SET, CLOCK_AT_START_S + 3_600),
        (9_000, LogEvent.PROGRAM_COMMITTED, 20_000),
    ]


@pytest.mark.parametrize("how", ["stop", "program"])
def test_a_pending_start_is_forgotten_by(how: str) -> None:
    host = filled()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 20_000, 0, 0)).token
    host.ask(CommitAt(token, CLOCK_AT_START_S + 7_200))
    host.commit(WriteDrug(500_000))
    assert host.ask(GetProgram()).start_clock_s > 0
    if how == "stop":
        host.stop()
    else:
        host.infuse(3_000)
    host.run_for(DAY)
    assert host.status().rate_nl_per_h == (0 if how == "stop" else 3_000)


@pytest.mark.parametrize(
    ("ahead_s", "accepted"), [(0, 0), (1, 1), (2_592_000, 1), (2_592_001, 0)]
)
def test_a_delayed_start_is_within_thirty_days(ahead_s: int, accepted: int) -> None:
    host = Host()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 20_000, 0, 0)).token
    request = CommitAt(token, CLOCK_AT_START_S + ahead_s)
    if accepted:
        host.ask(request)
    else:
        first = CLOCK_AT_START_S + 1
        assert host.refused(request) == Nak(
            0, 0x17, NakCode.OUT_OF_RANGE, FieldId.CLOCK_S, first, first + 2_591_999
        )


def test_only_a_program_can_start_later() -> None:
    host = Host()
    token = host.ask(WriteRefill(1, 0, 1, 1)).token
    nak = host.refused(CommitAt(token, CLOCK_AT_START_S + 60))
    assert (nak.code, nak.field) == (NakCode.WRONG_STATE, FieldId.TOKEN)


def test_a_power_loss_ends_a_dose_and_keeps_everything_else() -> None:
    host = filled()
    host.commit(WriteDrug(2_000_000))
    host.commit(WritePatientBolus(10_000, 60, 4, 60))
    host.commit(WritePeriodic(10_000, 100_000, 600, 3_600))
    host.run_for(300 * S)
    host.supply(0)
    host.run_until(2 * H - 60 * S)
    host.supply(2_900)
    host.run_until(2 * H - S)
    host.open()
    assert (host.status().mode, host.status().rate_nl_per_h) == (
        PumpMode.PERIODIC,
        10_000,
    )
    assert host.ask(GetDrug()).concentration_ng_per_ml == 2_000_000
    assert LogEvent.BOLUS_END in [entry.event for entry in host.log()]
    ends = [e.detail for e in host.log() if e.event is LogEvent.BOLUS_END]
    assert ends == [50_000]
    host.run_until(2 * H)
    assert [speed for _, speed in host.mechanism.speeds] == [
        600_000.0,
        0.0,
        10_000.0,
        600_000.0,
    ]
    assert host.mechanism.speeds[-1][0] == 2 * H


def test_a_pending_start_that_was_missed_without_power_starts_with_it() -> None:
    host = filled()
    token = host.ask(WriteProgram(PumpMode.CONTINUOUS, 20_000, 0, 0)).token
    host.ask(CommitAt(token, CLOCK_AT_START_S + 60))
    host.supply(0)
    host.run_until(H)
    host.supply(2_900)
    host.run_until(H + 3 * S)
    assert host.mechanism.speeds == [(H + 2 * S, 20_000.0)]


@pytest.mark.parametrize(
    ("request_", "daily_nl"),
    [
        (WriteProgram(PumpMode.CONTINUOUS, 10_000, 0, 0), 240_000),
        (MINIMUM, 6_000),
        (WritePeriodic(10_000, 100_000, 600, 7_200), 1_420_000),
        (WriteProgram(PumpMode.BOLUS, 2_000, 10_000, 60), 48_000),
    ],
)
def test_the_daily_dose_is_that_of_the_program(
    request_: WriteProgram | WritePeriodic, daily_nl: int
) -> None:
    host = filled()
    host.commit(WriteDrug(500_001))
    assert host.ask(GetDrug()).daily_dose_ng == 0
    host.commit(request_)
    assert host.ask(GetDrug()).daily_dose_ng == daily_nl * 500_001 // 10**6
    assert host.events()[1] == (0, LogEvent.DRUG_SET, 500_001)


def test_the_daily_dose_of_a_schedule_is_the_present_days() -> None:
    host = filled()
    host.commit(WriteDrug(1_000_000))
    host.ask(SetClock(0))  # a Saturday
    host.schedule([(0, 2_000)], *[[(0, 3_000)]] * 4, [(0, 2_000), (720, 4_000)])
    assert host.ask(GetDrug()).daily_dose_ng == 72_000
    host.run_for(2 * DAY)
    assert host.ask(GetDrug()).daily_dose_ng == 48_000


def test_the_refill_date_counts_periodic_boluses() -> None:
    host = Host()
    host.run_for(7 * S)
    host.commit(WritePeriodic(36_000, 100_000, 1_000, 10_000))
    host.refill(1_000_000, 500_000)
    # In each period 100 µL in 1000 s, then 90 µL in 9000 s: 380 µL in 20000 s, 100 in
    # 1000 s, and 20 µL at 10 nL/s.
    expected = CLOCK_AT_START_S + 7 + 20_000 + 1_000 + 2_000
    for _ in range(5):
        assert host.ask(GetReservoir()).low_clock_s == expected
        host.run_for(4_321 * S)
    host.run_for(DAY)
    assert raised(host)[0] == (23_007 * S, AlarmFlag.LOW_RESERVOIR)


NOT_SUPPORTED = [
    (Feature.BOLUS, WriteProgram(PumpMode.BOLUS, 0, 10_000, 60)),
    (Feature.REFILL, WriteRefill(0, 0, 1, 1)),
    (Feature.ALARM_INTERVALS, SetAlarmIntervals(60, 600)),
    (Feature.LOG, GetLog(0)),
    (Feature.CLOCK, SetClock(0)),
    (Feature.SELF_TEST, SelfTest()),
    (Feature.SCHEDULE, WriteScheduleDay(0, ())),
    (Feature.SCHEDULE, GetScheduleDay(0)),
    (Feature.PERIODIC, WritePeriodic(0, 10_000, 60, 60)),
    (Feature.PATIENT_BOLUS, WritePatientBolus(0, 0, 0, 0)),
    (Feature.PATIENT_BOLUS, RequestPatientBolus()),
    (Feature.MINIMUM_RATE, MINIMUM),
    (Feature.PRIMING, WritePriming(1, 3_600, 0)),
    (Feature.BRIDGE, WriteBridge(1, 2_000, 0)),
    (Feature.DELAYED_START, CommitAt(1, 1)),
    (Feature.DRUG, WriteDrug(1)),
    (Feature.DRUG, GetDrug()),
    (Feature.SERVICE, GetService()),
]


@pytest.mark.parametrize(("feature", "request_"), NOT_SUPPORTED)
def test_an_absent_feature_is_refused_and_not_claimed(
    feature: Feature, request_: Request[PumpMessage]
) -> None:
    host = Host(PumpParameters(clock_error_ppm=0.0, absent=frozenset({feature})))
    nak = host.refused(request_)
    assert (nak.code, nak.field) == (NakCode.NOT_SUPPORTED, FieldId.NONE)
    assert host.ask(GetIdentity()).features == 0xFFFF & ~feature
    host.infuse(10_000)


def test_sensors_are_claimed_where_there_are_any() -> None:
    host = Host(PumpParameters(level=Level.SENSOR, occlusion_kpa=60.0))
    assert host.ask(GetIdentity()).features == 0x3FFFF


@pytest.mark.parametrize(
    ("request_", "field", "minimum", "maximum"),
    [
        (WriteProgram(PumpMode.MINIMUM, 1, 0, 0), FieldId.RATE_NL_PER_H, 0, 0),
        (WriteProgram(PumpMode.MINIMUM, 0, 1, 0), FieldId.BOLUS_NL, 0, 0),
        (WriteProgram(PumpMode.SCHEDULE, 2_000, 0, 0), FieldId.MODE, 1, 2),
        (WritePeriodic(1_999, 1_000, 4, 4), FieldId.RATE_NL_PER_H, 2_000, 1_000_000),
        (WritePeriodic(0, 0, 4, 4), FieldId.BOLUS_NL, 1, 40_000_000),
        (WritePeriodic(0, 1_000, 3, 4), FieldId.BOLUS_DURATION_S, 4, 1_800),
        (WritePeriodic(0, 1_000, 9, 8), FieldId.PERIOD_S, 9, 2_592_000),
        (WritePatientBolus(0, 4, 1, 4), FieldId.BOLUS_NL, 1, 40_000_000),
        (WritePatientBolus(1_000, 3, 1, 4), FieldId.BOLUS_DURATION_S, 4, 1_800),
        (WritePatientBolus(1_000, 4, 25, 4), FieldId.ALLOTTED, 0, 24),
        (WritePatientBolus(1_000, 9, 1, 8), FieldId.LOCKOUT_S, 9, 2_592_000),
        (WritePriming(0, 3_600, 0), FieldId.CATHETER_NL, 1, 2_000_000),
        (WritePriming(2_000_001, 3_600, 0), FieldId.CATHETER_NL, 1, 2_000_000),
        (WritePriming(1_000, 719, 0), FieldId.BOLUS_DURATION_S, 720, 360_000),
        (WritePriming(1_000, 720, 1), FieldId.RATE_NL_PER_H, 2_000, 1_000_000),
        (WriteBridge(0, 2_000, 0), FieldId.CATHETER_NL, 1, 2_000_000),
        (WriteBridge(1, 1_999, 0), FieldId.BRIDGE_RATE_NL_PER_H, 2_000, 1_000_000),
        (WriteBridge(1, 2_000, 1), FieldId.RATE_NL_PER_H, 2_000, 1_000_000),
        (WriteDrug(999), FieldId.CONCENTRATION_NG_PER_ML, 1_000, 4_000_000),
        (WriteDrug(4_000_001), FieldId.CONCENTRATION_NG_PER_ML, 1_000, 4_000_000),
    ],
)  # fmt: skip
def test_refusals_name_field_and_range(
    request_: Request[PumpMessage], field: FieldId, minimum: int, maximum: int
) -> None:
    nak = Host().refused(request_)
    assert nak.code is NakCode.OUT_OF_RANGE
    assert (nak.field, nak.minimum, nak.maximum) == (field, minimum, maximum)
