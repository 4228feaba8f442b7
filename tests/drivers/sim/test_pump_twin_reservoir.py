"""Low, empty and overdue: what the pump twin knows of its reservoir."""

from fractions import Fraction

from drivers.sim.contracts import Level, PumpParameters
from protocols.pump_link.requests import (
    AckAlarms,
    ClearAlarms,
    GetAlarms,
    GetReservoir,
    SetClock,
    WriteRefill,
)
from protocols.pump_link.vocabulary import (
    AlarmFlag,
    LogEvent,
    NakCode,
    PumpMode,
    PumpState,
)
from tests.drivers.sim.pump_twin_host import (
    CLOCK_AT_START_S,
    DAY,
    START_NS,
    ExactMechanism,
    H,
    Host,
    S,
    delivering,
    raised,
)

NONE = AlarmFlag(0)


def test_low_reservoir_by_the_counter() -> None:
    host = delivering(1_000_000)
    host.run_for(H)
    host.infuse(999_000)
    host.run_for(40 * H)
    left_s = Fraction(33_000_000 * 3600, 999_000)
    tick_s = 3600 + -(-left_s.numerator // left_s.denominator)
    assert raised(host)[0] == (tick_s * S, AlarmFlag.LOW_RESERVOIR)
    assert host.log()[3].event is LogEvent.ALARM_RAISED
    assert host.log()[3].clock_s == CLOCK_AT_START_S + tick_s


def test_low_reservoir_is_seen_although_nothing_is_delivered() -> None:
    host = Host()
    host.run_for(S // 2)
    host.refill(6_000_000)
    host.run_for(S)
    assert raised(host) == [(S, AlarmFlag.LOW_RESERVOIR)]


def test_low_reservoir_by_a_sensor_ignores_the_bookkeeping() -> None:
    host = Host(PumpParameters(clock_error_ppm=0.0, level=Level.SENSOR))
    host.refill(40_000_000)
    host.fill(10_000_000.0)
    host.infuse(1_000_000)
    host.run_for(5 * H)
    assert raised(host) == [(4 * H, AlarmFlag.LOW_RESERVOIR)]
    assert host.refused(ClearAlarms(~NONE)).code is NakCode.CAUSE_PRESENT
    host.fill(20_000_000.0)
    assert host.ask(ClearAlarms(~NONE)).active == NONE


def test_a_level_sensor_is_read_rarely() -> None:
    host = Host(PumpParameters(clock_error_ppm=0.0, level=Level.SENSOR))
    host.refill(40_000_000)
    host.infuse(10_000)
    host.run_for(60 * DAY)
    assert host.status().state is PumpState.DELIVERING
    host.block(True)
    host.fill(6_000_000.5)
    host.run_for(H)
    host.ask(AckAlarms(~NONE))
    host.run_for(60 * DAY)
    assert host.mechanism.reads < 500
    assert AlarmFlag.LOW_RESERVOIR not in host.status().alarms


def test_a_level_sensor_is_in_time_for_a_pump_that_delivers_thrice() -> None:
    host = Host(
        PumpParameters(clock_error_ppm=0.0, level=Level.SENSOR),
        mechanism=ExactMechanism(gain=3.0),
    )
    host.refill(40_000_000)
    host.infuse(1_000_000)
    host.run_for(12 * H)
    assert raised(host) == [(34 * H // 3, AlarmFlag.LOW_RESERVOIR)]


def test_the_low_date_is_now_once_the_threshold_is_reached() -> None:
    host = delivering(1_000_000)
    host.run_for(35 * H)
    host.stop()
    reservoir = host.ask(GetReservoir())
    assert reservoir.low_clock_s == CLOCK_AT_START_S + 35 * 3600
    assert reservoir.refill_by_clock_s == reservoir.low_clock_s


def test_polling_does_not_move_an_alarm() -> None:
    host = Host(PumpParameters(clock_error_ppm=13.0, level=Level.SENSOR))
    host.refill(40_000_000)
    host.infuse(777_777)
    for _ in range(7):
        host.run_for(6 * H + 123_456_789)
        host.status()
    host.run_until(60 * H)
    again = Host(PumpParameters(clock_error_ppm=13.0, level=Level.SENSOR))
    again.refill(40_000_000)
    again.infuse(777_777)
    again.run_until(60 * H)
    assert len(raised(host)) == 2
    assert raised(host) == raised(again)


def test_empty_reservoir_stops_the_motor_and_corrects_the_count() -> None:
    host = Host()
    host.refill(10_000_000, 1_000_000)
    host.fill(2_500_000.5)
    begin = host.status().delivered_nl
    host.infuse(1_000_000)
    host.run_for(3 * H)
    dry_s = 9_001
    assert raised(host) == [((dry_s + 60) * S, AlarmFlag.EMPTY_RESERVOIR)]
    assert host.mechanism.speeds[-1] == ((dry_s + 60) * S, 0.0)
    status = host.status()
    assert (status.mode, status.state) == (PumpMode.CONTINUOUS, PumpState.EMPTY)
    assert status.delivered_nl - begin == 1_000_000 * dry_s // 3600


def test_an_empty_pump_goes_on_when_it_is_filled() -> None:
    host = Host()
    host.infuse(1_000_000)
    host.run_for(H)
    assert host.status().state is PumpState.EMPTY
    assert host.refused(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR)).maximum == 0
    host.run_for(S // 4)
    host.refill(40_000_000)
    host.run_for(S)
    assert host.status().state is PumpState.DELIVERING
    assert host.mechanism.speeds[-1] == (H + S, 1_000_000.0)
    assert host.status().alarms is AlarmFlag.EMPTY_RESERVOIR
    assert host.ask(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR)).active == NONE


def test_a_stop_does_not_end_the_cause_of_an_empty_reservoir() -> None:
    host = Host()
    host.infuse(1_000_000)
    host.run_for(H)
    host.stop()
    nak = host.refused(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR))
    assert nak.code is NakCode.CAUSE_PRESENT
    host.fill(1e6)
    host.run_for(S)
    assert host.ask(ClearAlarms(AlarmFlag.EMPTY_RESERVOIR)).active == NONE
    assert host.ask(GetAlarms()).unacknowledged == NONE


class DryAt(ExactMechanism):
    """Runs dry one nanosecond behind a tick of a clock at half speed."""

    MOMENT_NS = START_NS + 200 * S + 1

    def reservoir_dry_at_ns(self, t_ns: int) -> int:
        return max(t_ns, self.MOMENT_NS)


def test_running_dry_just_behind_a_tick_is_seen_at_the_next() -> None:
    host = Host(PumpParameters(clock_error_ppm=-500_000.0), mechanism=DryAt())
    host.infuse(1_000_000)
    host.run_for(H)
    ((_, notice),) = host.notices
    assert notice.uptime_ms == 161_000


def test_a_refill_without_fluid_stays_empty() -> None:
    host = Host()
    host.infuse(1_000_000)
    host.run_for(H)
    host.commit(WriteRefill(40_000_000, 6_000_000, 180, 120))
    host.run_for(H)
    assert host.status().state is PumpState.EMPTY
    assert AlarmFlag.EMPTY_RESERVOIR in host.status().alarms


def test_a_stopped_pump_may_stand_empty_without_alarm() -> None:
    host = Host()
    host.run_for(H)
    assert host.notices == []


def test_overdue_refill_follows_the_clock() -> None:
    host = delivering(2_000)
    late_s = CLOCK_AT_START_S + 120 * 86_400
    host.ask(SetClock(late_s - 10))
    host.run_for(H)
    assert raised(host) == [(11 * S, AlarmFlag.REFILL_OVERDUE)]
    assert host.refused(ClearAlarms(~NONE)).code is NakCode.CAUSE_PRESENT
    host.refill(40_000_000)
    assert host.ask(ClearAlarms(~NONE)).active == NONE
