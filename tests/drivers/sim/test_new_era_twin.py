"""The New Era twin alone, by the bytes of the manual."""

from __future__ import annotations

import pytest

from protocols.new_era.frames import safe_frame
from tests.drivers.sim.new_era_host import MIN, H, Host, S, running


def nl(value: float) -> object:
    """A volume, but for the ripple of one step of the drive."""
    return pytest.approx(value, abs=250, rel=1e-5)


def test_the_alarm_of_the_power_on_takes_the_place_of_one_answer() -> None:
    host = Host(reads_alarm=False)
    assert host.send(b"0RAT5UH\r") == b"\x0200A?R\x03"
    assert host.ask("RAT") == "S0.000MH"
    assert host.ask("VER") == "SNE1000V3.923"


def test_settings_are_told_in_four_digits() -> None:
    host = Host()
    host.tell("DIA26.59", "RAT1200MH", "VOL200", "DIRWDR", "PHN2", "BUZ1")
    assert host.send(b"0ADR7\r") == b"\x0207S\x03"
    told = [
        host.send(f"7{each}\r".encode("ascii"))
        for each in ("DIA", "RAT", "VOL", "DIR", "PHN", "BUZ", "ADR", "SAF", "FUN")
    ]
    assert [each[4:-1].decode("ascii") for each in told] == (
        ["26.59", "1200.MH", "200.0ML", "WDR", "2", "1", "07", "0", "RAT"]
    )


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("XYZ", "S?"),
        ("RAT99999UH", "S?OOR"),
        ("RAT600MH", "S?OOR"),
        ("RAT7UH", "S?OOR"),
        ("DIA99.99", "S?OOR"),
        ("VOL12.345", "S?OOR"),
        ("DIRXYZ", "S?OOR"),
        ("SAF256", "S?OOR"),
        ("PHN42", "S?OOR"),
        ("CLDXYZ", "S?OOR"),
        ("STP", "S?NA"),
        ("RUN", "S?NA"),
        ("VER1", "S?"),
    ],
)
def test_what_is_refused(line: str, refusal: str) -> None:
    host = Host()
    assert host.ask(line) == refusal
    assert host.moved_nl() == 0


def test_what_cannot_be_set_while_it_runs() -> None:
    host = running("1MH")
    for line in ("RAT2MH", "VOL1", "DIA20", "DIRWDR", "CLDINF", "RUN", "PUR"):
        assert host.ask(line) == "I?NA"
    assert host.ask("RAT") == "I1.000MH"


def test_the_unit_of_volume_follows_the_diameter_unless_it_is_set() -> None:
    host = Host()
    host.tell("DIA14.00")
    assert host.ask("VOL") == "S0.000UL"
    host.tell("DIA14.01")
    assert host.ask("DIS") == "SI0.000W0.000ML"
    host.tell("VOLUL")
    assert host.ask("DIS") == "SI0.000W0.000UL"


def test_it_delivers_its_rate_and_counts_it() -> None:
    host = running("2MH")
    host.run_for(H)
    assert host.moved_nl() == nl(2e6)
    assert host.ask("DIS") == "II2.000W0.000ML"
    assert host.ask("STP") == "P"
    assert host.ask("STP") == "S"
    host.run_for(H)
    assert host.moved_nl() == nl(2e6)


def test_a_count_is_cut_to_four_digits() -> None:
    host = running("83.33UH")
    host.tell("STP", "VOLUL", "RUN")
    host.run_for(100 * MIN)
    assert host.ask("DIS") == "II138.8W0.000UL"


def test_it_stops_at_the_volume_to_the_nanolitre() -> None:
    host = running("60MH", volume="0.5")
    host.run_for(29 * S)
    assert host.ask("") == "I"
    host.run_for(S)
    assert host.ask("DIS") == "SI0.500W0.000ML"
    host.run_for(H)
    assert host.moved_nl() == nl(500_000)


def test_what_is_left_of_a_volume_after_a_pause_is_left() -> None:
    host = running("60MH", volume="0.5")
    host.run_for(10 * S)
    host.tell("STP")
    host.run_for(H)
    host.tell("RUN")
    host.run_for(MIN)
    assert host.moved_nl() == nl(500_000)
    host.tell("RUN")
    host.run_for(MIN)
    assert host.moved_nl() == nl(1_000_000)


def test_it_withdraws_and_purges() -> None:
    host = running("60MH")
    host.run_for(MIN)
    host.tell("STP", "STP", "DIRREV", "RUN")
    assert host.ask("") == "W"
    host.run_for(30 * S)
    host.tell("STP", "STP")
    assert host.ask("DIS") == "SI1.000W0.500ML"
    assert host.moved_nl() == nl(500_000)
    host.tell("CLDINF", "DIRINF", "PUR")
    assert host.ask("DIS")[:1] == "X"
    host.run_for(S)
    assert host.moved_nl() == pytest.approx(500_000 + 510.25e6 / 3_600, rel=0.01)
    assert host.ask("STP") == "S"


def test_a_wrong_diameter_delivers_by_the_square() -> None:
    host = Host()
    host.tell("DIA26.59", "RAT1MH", "RUN")
    host.run_for(H)
    assert host.moved_nl() == nl(1e6 * (14.57 / 26.59) ** 2)


def test_a_closed_line_stalls_it() -> None:
    host = Host()
    host.world.set_clamp(host.t_ns, True)
    host.tell("RAT1MH", "RUN")
    # 75 kPa at 500 nL/kPa are 37.5 µL, which take 135 s; and 2 s to notice.
    host.run_for(136 * S)
    assert host.ask("") == "I"
    host.run_for(2 * S)
    assert host.ask("") == "A?S"
    assert host.ask("") == "S"
    assert host.moved_nl() == pytest.approx(137 / 3600 * 1e6, rel=0.01)
    host.world.set_clamp(host.t_ns, False)
    host.run_for(H)
    assert host.world.account(host.t_ns).stored_nl == pytest.approx(0, abs=1)


def test_the_end_of_the_syringe_stalls_it() -> None:
    host = running("60MH")
    host.run_for(10 * MIN)
    assert host.ask("") == "I"
    host.run_for(3 * S)
    assert host.ask("RAT5UH") == "A?S"
    assert host.ask("RAT") == "S60.00MH"
    host.world.set_syringe(host.t_ns, 10e6)
    host.touched()
    host.tell("RUN")
    host.run_for(MIN)
    assert host.ask("") == "I"


def test_a_loss_of_power_stops_it_and_loses_the_count_alone() -> None:
    host = running("2MH", volume="5")
    host.run_for(H)
    host.world.set_power(host.t_ns, False)
    host.touched()
    assert host.send(b"0\r") == b""
    host.run_for(H)
    host.world.set_power(host.t_ns, True)
    host.touched()
    host.run_for(H)
    assert host.moved_nl() == nl(2e6)
    assert host.ask("DIS") == "A?R"
    assert host.ask("DIS") == "SI0.000W0.000ML"
    assert host.ask("RAT") == "S2.000MH"
    assert host.ask("VOL") == "S5.000ML"


def safely(host: Host, line: bytes) -> bytes:
    return host.send(safe_frame(line))


def test_safe_mode_begins_and_ends_with_a_safe_frame() -> None:
    host = Host()
    assert safely(host, b"0SAF10") == safe_frame(b"00S")
    assert host.send(b"0VER\r") == b""
    assert safely(host, b"0SAF") == safe_frame(b"00S10")
    # The manual's own frame ends it.
    assert host.send(b"\x02\x08SAF0\x55\x43\x03") == b"\x0200S\x03"
    assert host.ask("VER") == "SNE1000V3.923"


def test_without_a_sign_of_life_it_stops_and_says_so_unasked() -> None:
    host = running("2MH")
    safely(host, b"0SAF10")
    host.run_for(9 * S)
    safely(host, b"0")
    host.run_for(9 * S)
    assert host.unasked == []
    host.run_for(2 * S)
    assert host.unasked == [safe_frame(b"00A?T")]
    moved_nl = host.moved_nl()
    host.run_for(H)
    assert host.moved_nl() == moved_nl
    assert len(host.unasked) == 1
    # What came unasked is not acknowledged; what comes as an answer is.
    assert safely(host, b"0") == safe_frame(b"00A?T")
    assert safely(host, b"0") == safe_frame(b"00S")


def test_other_pump_s_frames_and_lines_are_no_sign_of_life() -> None:
    host = running("2MH")
    safely(host, b"0SAF10")
    for _ in range(4):
        host.run_for(3 * S)
        assert safely(host, b"5") == b""
    assert host.unasked == [safe_frame(b"00A?T")]


def test_a_stall_is_told_unasked_in_safe_mode() -> None:
    host = Host()
    host.world.set_clamp(host.t_ns, True)
    host.tell("RAT1MH", "RUN")
    safely(host, b"0SAF255")
    host.run_for(138 * S)
    assert host.unasked == [safe_frame(b"00A?S")]


def test_it_stays_in_safe_mode_over_a_loss_of_power() -> None:
    host = Host()
    safely(host, b"0SAF10")
    host.world.set_power(host.t_ns, False)
    host.touched()
    host.world.set_power(host.t_ns, True)
    host.touched()
    assert host.unasked == [safe_frame(b"00A?R")]
    assert safely(host, b"0") == safe_frame(b"00A?R")
    assert safely(host, b"0SAF") == safe_frame(b"00S10")


def test_a_damaged_frame_is_answered_as_such_and_not_carried_out() -> None:
    host = Host()
    host.tell("RAT1MH")
    safely(host, b"0SAF10")
    frame = bytearray(safe_frame(b"0RUN"))
    frame[3] ^= 1
    assert host.send(bytes(frame)) == safe_frame(b"00S?COM")
    assert safely(host, b"0") == safe_frame(b"00S")


def test_half_a_frame_is_given_up_after_half_a_second() -> None:
    host = Host()
    assert safely(host, b"0SAF10") == safe_frame(b"00S")
    assert host.send(b"\x02\x20") == b""
    host.run_for(S)
    assert safely(host, b"0") == safe_frame(b"00S")


def test_hands_at_its_keys_start_and_stop_it() -> None:
    host = Host()
    host.world.start_by_hand(host.t_ns, 2_505_999)
    host.touched()
    assert host.ask("RAT") == "I2505.UH"
    host.run_for(H)
    host.world.stop_by_hand(host.t_ns)
    host.touched()
    assert host.ask("") == "S"
    assert host.moved_nl() == nl(2_505_000)
