"""Every defect of a syringe pump: what the link shows, and what leaves the syringe."""

from __future__ import annotations

from itertools import pairwise

import pytest

from drivers.sim.syringe_pump import SyringeDefect
from tests.drivers.sim.new_era_host import MIN, H, Host, S, running

D = SyringeDefect


def nl(value: float) -> object:
    return pytest.approx(value, abs=300, rel=1e-4)


def test_ignores_stop() -> None:
    host = running("2MH", D.IGNORES_STOP)
    assert [host.ask("STP"), host.ask("STP")] == ["P", "S"]
    host.run_for(H)
    assert host.moved_nl() == nl(2e6)
    assert host.ask("DIS") == "SI0.000W0.000ML"


def test_an_injection_ends_even_if_stop_is_ignored() -> None:
    host = running("60MH", D.IGNORES_STOP, volume="0.5")
    host.run_for(H)
    assert host.moved_nl() == nl(500_000)


def test_drips_while_stopped() -> None:
    host = Host(D.DRIPS)
    host.run_for(H)
    assert host.moved_nl() == nl(60_000)
    assert host.ask("DIS") == "SI0.000W0.000ML"


def test_creeps_after_the_volume_until_it_is_told_to_stop() -> None:
    host = Host(D.CREEPS)
    host.run_for(H)
    assert host.moved_nl() == 0
    host.tell("VOL0.5", "RAT60MH", "RUN")
    host.run_for(30 * S + H)
    assert host.moved_nl() == nl(560_000)
    assert host.ask("DIS") == "SI0.500W0.000ML"
    assert host.ask("STP") == "S?NA"
    host.run_for(H)
    assert host.moved_nl() == nl(560_000)


def test_runs_on_past_the_volume() -> None:
    host = running("60MH", D.RUNS_ON, volume="0.5")
    host.run_for(MIN)
    assert host.moved_nl() == nl(550_000)
    assert host.ask("DIS") == "SI0.500W0.000ML"


def test_injects_at_half_the_rate() -> None:
    host = running("60MH", D.HALF_RATE, volume="0.5")
    host.run_for(30 * S)
    assert host.moved_nl() == nl(250_000)
    assert host.ask("RAT") == "I60.00MH"
    host.run_for(MIN)
    assert host.moved_nl() == nl(500_000)


def test_first_volume_kept() -> None:
    host = running("60MH", D.FIRST_VOLUME, volume="0.5")
    host.run_for(MIN)
    host.tell("VOL1", "RUN")
    assert host.ask("VOL") == "I1.000ML"
    host.run_for(2 * MIN)
    assert host.moved_nl() == nl(1_000_000)


def test_counts_too_much() -> None:
    host = running("2MH", D.COUNTS_TOO_MUCH)
    host.run_for(H)
    assert host.moved_nl() == nl(2e6)
    assert host.ask("DIS") == "II2.200W0.000ML"


def stalled(*defects: SyringeDefect) -> Host:
    host = Host(*defects)
    host.world.set_clamp(host.t_ns, True)
    host.tell("RAT1MH", "RUN")
    host.run_for(140 * S)
    return host


def test_counts_while_stalled() -> None:
    host = stalled(D.COUNTS_STALLED)
    assert host.ask("") == "A?S"
    host.run_for(H - 140 * S)
    assert host.ask("DIS") == "SI1.000W0.000ML"
    assert host.moved_nl() == pytest.approx(38_000, rel=0.01)


def test_keeps_silent_at_stall() -> None:
    host = stalled(D.SILENT_STALL)
    host.run_for(H)
    assert host.ask("DIS") == "II0.038W0.000ML"
    host.world.set_clamp(host.t_ns, False)
    host.touched()
    host.run_for(H)
    assert host.moved_nl() == pytest.approx(38_000, rel=0.01)


def test_ends_early() -> None:
    host = running("60MH", D.ENDS_EARLY)
    host.run_for(8 * MIN + 59 * S)
    assert host.ask("") == "I"
    host.run_for(5 * S)
    assert host.ask("") == "A?S"
    assert host.moved_nl() == pytest.approx(9e6, abs=60_000)


def test_old_rate_kept_after_a_change() -> None:
    host = running("2MH", D.OLD_RATE)
    host.run_for(MIN)
    host.tell("STP", "STP", "RAT4MH", "RUN")
    moved_nl = host.moved_nl()
    host.run_for(H)
    assert host.ask("RAT") == "I4.000MH"
    assert host.moved_nl() - moved_nl == nl(2e6)
    host.tell("STP", "STP")
    host.run_for(2 * MIN)
    moved_nl = host.moved_nl()
    host.tell("RUN")
    host.run_for(15 * MIN)
    assert host.moved_nl() - moved_nl == nl(1e6)


def test_weak_after_a_syringe_change() -> None:
    host = Host(D.WEAK_AFTER_CHANGE)
    for share in (1.0, 0.8, 1.0):
        moved_nl = host.moved_nl()
        host.tell("RAT2MH", "RUN")
        host.run_for(H)
        assert host.moved_nl() - moved_nl == nl(share * 2e6)
        host.tell("STP", "STP")
        if share == 1.0:
            host.world.set_syringe(host.t_ns, 10e6)
            host.touched()


def test_pushes_at_a_syringe_change() -> None:
    host = Host(D.PUSHES)
    host.run_for(S)
    moved_nl = host.moved_nl()
    host.world.set_syringe(host.t_ns, 10e6)
    host.touched()
    host.run_for(S)
    assert moved_nl == 0
    assert host.moved_nl() == nl(100_000)
    assert host.ask("DIS") == "SI0.000W0.000ML"


def test_resumes_by_itself() -> None:
    host = stalled(D.RESUMES)
    assert host.ask("") == "A?S"
    host.run_for(MIN)
    assert host.ask("") == "S"
    host.world.set_clamp(host.t_ns, False)
    host.touched()
    host.run_for(H)
    assert host.ask("") == "I"
    assert host.moved_nl() == pytest.approx(1.038e6, rel=0.05)


def test_starts_after_power_loss() -> None:
    host = running("2MH", D.STARTS_AFTER_POWER)
    for on in (False, True):
        host.world.set_power(host.t_ns, on)
        host.touched()
    host.run_for(H)
    assert host.moved_nl() == nl(2e6)
    assert [host.ask(""), host.ask("")] == ["A?R", "I"]


@pytest.mark.parametrize("changes_syringe", [False, True])
def test_weak_after_power_loss_in_the_next_run_alone(changes_syringe: bool) -> None:
    host = Host(D.WEAK_AFTER_POWER)
    for share in (1.0, 0.8, 1.0):
        moved_nl = host.moved_nl()
        host.tell("RAT2MH", "RUN")
        host.run_for(H)
        assert host.moved_nl() - moved_nl == nl(share * 2e6)
        host.tell("STP", "STP")
        if changes_syringe:
            host.world.set_syringe(host.t_ns, 10e6)
            host.touched()
        if share == 1.0:
            for on in (False, True):
                host.world.set_power(host.t_ns, on)
                host.touched()
            assert host.ask("") == "A?R"


def test_hides_a_reset() -> None:
    host = running("2MH", D.HIDES_RESET)
    for on in (False, True):
        host.world.set_power(host.t_ns, on)
        host.touched()
    assert host.ask("") == "S"


def test_takes_any_rate() -> None:
    host = Host(D.TAKES_ANY_RATE)
    host.tell("RAT5UH", "RUN")
    host.run_for(10 * H)
    assert host.moved_nl() == nl(50_000)


def test_flow_wanders_about_its_mean() -> None:
    host = running("0.5MH", D.WANDERS)
    moved = [0.0]
    for _ in range(4):
        host.run_for(3 * H)
        moved.append(host.moved_nl())
    shares = [b - a for a, b in pairwise(moved)]
    assert shares == [nl(1.95e6), nl(1.05e6), nl(1.95e6), nl(1.05e6)]
    assert host.ask("DIS") == "II6.000W0.000ML"


def test_no_defect_is_left_out_here() -> None:
    assert len(SyringeDefect) == 19
