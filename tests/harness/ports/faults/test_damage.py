"""What a faulty line makes of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.ports.base import LineSettings, Parity
from harness.ports.faults.chance import Chance
from harness.ports.faults.damage import damaged, misread
from harness.ports.faults.fault import FaultKind, LineFault

LINE = LineSettings()
DATA = bytes(range(256)) * 40


def after(kind: FaultKind, rate: float, data: bytes = DATA, seed: int = 1) -> bytes:
    return damaged(data, LineFault(kind, rate), Chance(seed, "balance"), LINE)


def test_noise_flips_one_bit_of_about_as_many_bytes_as_the_rate_says() -> None:
    found = after(FaultKind.NOISE, 0.01)
    flipped = [a ^ b for a, b in zip(DATA, found, strict=True) if a != b]
    assert all(each.bit_count() == 1 for each in flipped)
    assert {*flipped} == {1 << bit for bit in range(8)}
    assert 70 <= len(flipped) <= 140


def test_dropped_bytes_are_missing_and_doubled_ones_stand_twice() -> None:
    few, many = after(FaultKind.DROPPED, 0.01), after(FaultKind.DOUBLED, 0.01)
    assert 70 <= len(DATA) - len(few) <= 140
    assert 70 <= len(many) - len(DATA) <= 140
    assert after(FaultKind.DOUBLED, 1.0, b"ab") == b"aabb"
    assert after(FaultKind.DROPPED, 1.0, b"ab") == after(FaultKind.SILENT, 1.0) == b""


def test_one_seed_is_one_course_and_another_seed_is_another() -> None:
    assert after(FaultKind.NOISE, 0.01) == after(FaultKind.NOISE, 0.01)
    assert after(FaultKind.NOISE, 0.01) != after(FaultKind.NOISE, 0.01, seed=2)


@given(data=st.binary(max_size=200), cut=st.integers(0, 200))
def test_how_bytes_are_cut_into_reads_changes_nothing(data: bytes, cut: int) -> None:
    fault = LineFault(FaultKind.DOUBLED, 0.3)
    chance = Chance(5, "pump")
    parts = [damaged(part, fault, chance, LINE) for part in (data[:cut], data[cut:])]
    assert b"".join(parts) == after_of(fault, data)


def after_of(fault: LineFault, data: bytes) -> bytes:
    return damaged(data, fault, Chance(5, "pump"), LINE)


@given(data=st.binary(max_size=64))
@pytest.mark.parametrize("parity", list(Parity))
def test_the_right_bit_rate_reads_what_was_sent(parity: Parity, data: bytes) -> None:
    line = LineSettings(parity=parity, stop_bits=1 + (parity is Parity.NONE))
    assert misread(data, line, 1.0) == data
    assert misread(data, line, 1.02) == data


def test_half_and_double_the_bit_rate_read_what_the_levels_say() -> None:
    # Sent: start 0, then 0000 1111, stop 1. Read twice as fast: start and seven of the
    # eight low levels, each bit twice; then a start in the last low bit, and ones.
    assert misread(b"\xf0", LINE, 0.5) == b"\x00\xff"
    # Sent: 0, 1010 1010, 1. Read at a quarter: level 6, a low one, then an idle line.
    assert misread(b"\x55", LINE, 4.0) == b"\xfe"


def test_each_end_misreads_the_other_by_its_own_rate() -> None:
    fault = LineFault(FaultKind.WRONG_BAUD, baud=LINE.baud // 2)
    chance = Chance(1, "balance")
    assert damaged(b"\xf0", fault, chance, LINE) == misread(b"\xf0", LINE, 0.5)
    sent = damaged(b"\xf0", fault, chance, LINE, is_sent=True)
    assert sent == misread(b"\xf0", LINE, 2.0) != misread(b"\xf0", LINE, 0.5)
