"""Units that come back from a loss of power otherwise than they should."""

from drivers.sim.contracts import PumpParameters
from drivers.sim.pump_defects import Defect
from protocols.pump_link.requests import GetDrug, WriteDrug
from tests.drivers.sim.pump_twin_host import (
    CLOCK_AT_START_S,
    H,
    Host,
    S,
    delivering,
)


def unit(*defects: Defect) -> PumpParameters:
    return PumpParameters(clock_error_ppm=0.0, defects=frozenset(defects))


def cut_for(host: Host, duration_ns: int) -> None:
    host.supply(0)
    host.run_for(duration_ns)
    host.supply(2_900)


def test_a_unit_that_resumes_late() -> None:
    host = delivering(360_000, unit(Defect.RESUMES_LATE))
    host.run_for(H)
    cut_for(host, H)
    host.run_for(H)
    back_ns = 2 * H + 2 * S
    assert host.mechanism.speeds == [
        (0, 360_000.0),
        (H, 0.0),
        (back_ns + 1_200 * S, 360_000.0),
    ]


def test_a_unit_that_is_weak_after_a_loss_of_power() -> None:
    host = delivering(360_000, unit(Defect.WEAK_AFTER_LOSS))
    host.run_for(H)
    cut_for(host, H)
    host.run_for(H)
    assert host.mechanism.speeds[-1] == (2 * H + 2 * S, 288_000.0)


def test_a_unit_that_takes_a_bolus_up_again() -> None:
    """Of 100 µL in 1000 s it has given 40 µL; 60 µL are left for 600 s."""
    host = delivering(36_000, unit(Defect.DOSE_AFTER_LOSS))
    host.bolus(100_000, 1_000, 36_000)
    host.run_for(400 * S)
    cut_for(host, H)
    host.run_for(H)
    back_ns = 400 * S + H + 2 * S
    assert host.mechanism.speeds[-2:] == [
        (back_ns, 360_000.0),
        (back_ns + 600 * S, 36_000.0),
    ]


def test_a_unit_that_forgets_its_drug() -> None:
    host = delivering(36_000, unit(Defect.CONCENTRATION_LOST))
    host.commit(WriteDrug(500_000))
    cut_for(host, H)
    host.run_for(3 * S)
    host.open()
    assert host.ask(GetDrug()).concentration_ng_per_ml == 0


def test_a_unit_whose_log_is_behind() -> None:
    host = delivering(36_000, unit(Defect.LOG_BEHIND))
    assert host.log()[0].clock_s == CLOCK_AT_START_S - 60
